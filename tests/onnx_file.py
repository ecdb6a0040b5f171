"""Writes small ONNX files in protobuf's wire format, to test what reads them; and AnimeGANv2's graph as tf2onnx leaves it."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence

import numpy as np


def varint(number: int) -> bytes:
    content = b""
    while number > 0x7F:
        content += bytes([number & 0x7F | 0x80])
        number >>= 7
    return content + bytes([number])


def message(number: int, content: bytes | str) -> bytes:
    """A field that has a length."""
    content = content.encode() if isinstance(content, str) else content
    return varint(number << 3 | 2) + varint(len(content)) + content


def tensor(name: str, values: np.ndarray, floats: bool = False) -> bytes:
    """A TensorProto: raw, or with `floats` as packed numbers; packed dimensions then, too."""
    kind = {"float32": 1, "int64": 7}[str(values.dtype)]
    if floats:
        dimensions, content = message(1, b"".join(map(varint, values.shape))), message(4, values.tobytes())
    else:
        dimensions = b"".join(varint(1 << 3) + varint(size) for size in values.shape)
        content = message(9, values.tobytes())
    return dimensions + varint(2 << 3) + varint(kind) + message(8, name) + content


def node(kind: str, inputs: Sequence[str], output: str) -> bytes:
    epsilon = message(1, "epsilon") + varint(2 << 3 | 5) + struct.pack("<f", 1e-5)  # an attribute, to be skipped
    return b"".join(message(1, name) for name in inputs) + message(2, output) + message(4, kind) + message(5, epsilon)


def model(nodes: Sequence[bytes], constants: Sequence[bytes]) -> bytes:
    graph = b"".join(message(1, one) for one in nodes) + message(2, "tf2onnx") + b"".join(message(5, one) for one in constants)
    version = varint(1 << 3) + varint(6)
    return version + message(2, "tf2onnx") + message(7, graph)


class AnimeGan:
    """The graph that tf2onnx makes of the published TensorFlow generator, layer by layer from a PyTorch port's state dict.

    Constants are called as tf2onnx calls them where it doesn't fold them, and numbered where it does.
    """

    def __init__(self, state: Mapping[str, np.ndarray]) -> None:
        self.state = state
        self.nodes: list[bytes] = []
        self.constants: list[bytes] = []
        self.last = "generator_input:0"
        self.skip = ""
        for scope, key in self._layers():
            self._convolution(scope, key)

    def content(self) -> bytes:
        pads = tensor("pad_const__6", np.zeros(8, np.int64))
        return model(self.nodes, [pads, *reversed(self.constants)])

    @staticmethod
    def _layers() -> list[tuple[str, str]]:
        layers = []
        for block, count in zip("ABCDE", (3, 2, 6, 2, 3)):
            for number in range(count):
                key = f"block_{block.lower()}.{number}"
                if block == "C" and 1 <= number <= 4:
                    scopes = (f"C/r{number}/Conv", f"C/r{number}/r{number}", f"C/r{number}/Conv_1")
                    layers += list(zip(scopes, (f"{key}.layers.0.1", f"{key}.layers.1.1", f"{key}.layers.2")))
                else:
                    layers.append((f"{block}/Conv_{number}", f"{key}.1"))
        return [*layers, ("out_layer/Conv", "out_layer.0")]

    def _add(self, kind: str, *inputs: str) -> str:
        output = f"{kind}__{len(self.nodes)}:0"
        self.nodes.append(node(kind, inputs, output))
        return output

    def _constant(self, name: str, values: np.ndarray) -> str:
        name = name or f"const_fold_opt__{len(self.constants)}"
        self.constants.append(tensor(name, np.ascontiguousarray(values), floats=len(self.constants) % 2 == 1))
        return name

    def _convolution(self, scope: str, key: str) -> None:
        name = f"generator/G_MODEL/{scope}/Conv2D/ReadVariableOp:0"
        inputs = [self._add("Pad", self.last, "pad_const__6"), self._constant(name, self.state[f"{key}.weight"])]
        if f"{key}.bias" in self.state:
            inputs.append(self._constant(f"generator/G_MODEL/{scope}/BiasAdd/ReadVariableOp:0", self.state[f"{key}.bias"]))
        x = self._add("Conv", *inputs)
        self.last = x if key == "out_layer.0" else self._norm(x, key)

    def _norm(self, x: str, key: str) -> str:
        place, _, number = key.rpartition(".")
        norm = f"{place}.{int(number) + 1}"
        gamma = self._constant("", self.state[f"{norm}.weight"][None, :, None, None])
        beta = self._constant("", self.state[f"{norm}.bias"][None, :, None, None])
        mean = self._add("ReduceMean", x)
        apart = self._add("Sub", x, mean)
        variance = self._add("Add", self._add("ReduceMean", self._add("Mul", apart, apart)), "epsilon")
        factor = self._add("Mul", self._add("Reciprocal", self._add("Sqrt", variance)), gamma)
        offset = self._add("Sub", beta, self._add("Mul", mean, factor))
        return self._add("LeakyRelu", self._add("Add", self._add("Mul", x, factor), offset))
