"""An ONNX file as a list of nodes and the constants that they read: the protobuf wire format by hand, no runtime and no package.

Field numbers are those of onnx.proto (ONNX 1.0 and newer). Nothing is nested deeper than the functions below go, every length is
checked against the bytes that are there, and numbers are views of the file, so that a file takes no more memory than its size.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Union

if TYPE_CHECKING:
    import numpy as np

MODEL_GRAPH = 7
GRAPH_NODE, GRAPH_INITIALIZER = 1, 5
NODE_INPUT, NODE_OUTPUT, NODE_OPERATOR = 1, 2, 4
TENSOR_DIMENSIONS, TENSOR_TYPE, TENSOR_FLOATS, TENSOR_NAME, TENSOR_RAW, TENSOR_LOCATION = 1, 2, 4, 8, 9, 14

FLOAT = 1  # TensorProto.DataType
VARINT, FIXED64, BYTES, FIXED32 = 0, 1, 2, 5

Field = tuple[int, Union[int, memoryview]]


@dataclass(frozen=True)
class Node:
    """`kind` is ONNX's own name ("Conv"); inputs and outputs are names of values, an absent optional input is ""."""

    kind: str
    inputs: tuple[str, ...]
    outputs: tuple[str, ...]


class Graph:
    """The graph of an ONNX file; `nodes` are in an order in which they can be computed, as the format demands."""

    def __init__(self, path: Path) -> None:
        graphs = [value for number, value in _fields(memoryview(path.read_bytes())) if number == MODEL_GRAPH]
        if len(graphs) != 1:
            raise ValueError("not an ONNX file")
        nodes: list[Node] = []
        self._constants: dict[str, memoryview] = {}
        for number, value in _fields(_bytes(graphs[0])):
            if number == GRAPH_NODE:
                nodes.append(_node(_bytes(value)))
            elif number == GRAPH_INITIALIZER:
                tensor = _bytes(value)
                self._constants[_text(tensor, TENSOR_NAME)] = tensor
        self.nodes = tuple(nodes)

    def __contains__(self, name: str) -> bool:
        """Whether the value called `name` is a constant."""
        return name in self._constants

    def constant(self, name: str) -> np.ndarray:
        """The value of a constant as float32; ValueError when it is none, of another type, or another size than it says."""
        if name not in self:
            raise ValueError(f"{name!r} is computed, not constant")
        return _floats(self._constants[name], name)


def _node(message: memoryview) -> Node:
    inputs, outputs, kind = [], [], ""
    for number, value in _fields(message):
        if number == NODE_INPUT:
            inputs.append(_string(value))
        elif number == NODE_OUTPUT:
            outputs.append(_string(value))
        elif number == NODE_OPERATOR:
            kind = _string(value)
    return Node(kind, tuple(inputs), tuple(outputs))


def _floats(tensor: memoryview, name: str) -> np.ndarray:
    import numpy as np

    shape: list[int] = []
    content = memoryview(b"")
    for number, value in _fields(tensor):
        if number == TENSOR_DIMENSIONS:
            shape += [value] if isinstance(value, int) else _varints(value)
        elif number == TENSOR_TYPE and value != FLOAT:
            raise ValueError(f"{name!r} is of type {value!r}, not float32")
        elif number in (TENSOR_FLOATS, TENSOR_RAW):
            content = _bytes(value)
        elif number == TENSOR_LOCATION and value:
            raise ValueError(f"{name!r} lies in another file")
    if max(shape, default=0) >= 2**31 or 4 * math.prod(shape) != len(content):
        raise ValueError(f"{name!r} has {len(content)} bytes for the shape {shape}")
    return np.frombuffer(content, "<f4").reshape(shape).astype(np.float32)


def _fields(message: memoryview) -> Iterator[Field]:
    """Every field of a message as (number, value): an integer, or the bytes of what has a length."""
    place = 0
    while place < len(message):
        key, place = _varint(message, place)
        number, kind = key >> 3, key & 7
        value: int | memoryview
        if kind == VARINT:
            value, place = _varint(message, place)
        elif kind in (FIXED32, FIXED64):
            code, size = ("<I", 4) if kind == FIXED32 else ("<Q", 8)
            (value,) = struct.unpack(code, message[place : place + size])
            place += size
        elif kind == BYTES:
            size, place = _varint(message, place)
            value = message[place : place + size]
            if len(value) != size:
                raise ValueError(f"field {number} has {size} bytes, but {len(value)} are left")
            place += size
        else:
            raise ValueError(f"field {number} is of the unknown kind {kind}")
        yield number, value


def _varint(message: memoryview, place: int) -> tuple[int, int]:
    """A number of up to 64 bits, seven of them in a byte, the lowest first; and the place behind it."""
    number = 0
    for shift in range(0, 70, 7):
        if place >= len(message):
            raise ValueError("the file ends in the middle of a number")
        byte = message[place]
        place += 1
        number |= (byte & 0x7F) << shift
        if byte < 0x80:
            return number, place
    raise ValueError("a number has more than 64 bits")


def _varints(packed: memoryview) -> list[int]:
    numbers, place = [], 0
    while place < len(packed):
        number, place = _varint(packed, place)
        numbers.append(number)
    return numbers


def _bytes(value: int | memoryview) -> memoryview:
    if isinstance(value, int):
        raise ValueError(f"a number, {value}, stands where a message should")
    return value


def _string(value: int | memoryview) -> str:
    return bytes(_bytes(value)).decode("utf-8")


def _text(message: memoryview, wanted: int) -> str:
    return next((_string(value) for number, value in _fields(message) if number == wanted), "")
