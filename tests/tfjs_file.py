"""Writes TensorFlow.js graph models with the names and shapes of Magenta's published ones, to test what reads them."""

from __future__ import annotations

import hashlib
import json
from pathlib import Path
from typing import Any

import numpy as np

from nst_core.networks import inception

SHARD = 4 * 2**20
EPSILON = 0.001
# SHA-256 of the sorted lines "name shape dtype" of the weights in the published model.json.
PUBLISHED = {
    "predictor": "5bb602f9f89641e1e33f6b04f92305b5b1f9b699f1c5cb73d7297e82e426eef4",
    "transformer": "00d4c887ced5da38a7a0599561edb82fc600ab8e0f79d07c37800d081927b728",
}
# Batch norms without a factor share a constant of their size; these are the ones that the others were folded into.
ONES = {
    160: "Mixed_6d/Branch_1/Conv2d_0a_1x1",
    128: "Mixed_6b/Branch_1/Conv2d_0a_1x1",
    384: "Mixed_6a/Branch_0/Conv2d_1a_1x1",
    48: "Mixed_5d/Branch_1/Conv2d_0a_1x1",
    96: "Mixed_6a/Branch_1/Conv2d_0b_3x3",
    80: "Conv2d_3b_1x1",
    32: "Conv2d_1a_3x3",
    64: "Mixed_6a/Branch_1/Conv2d_0a_1x1",
    192: "Mixed_6e/Branch_0/Conv2d_0a_1x1",
}
BLOCKS = {
    f"contract/conv{n}": (3 if n > 1 else 9, inputs, outputs) for n, inputs, outputs in ((1, 3, 32), (2, 32, 64), (3, 64, 128))
}
BLOCKS |= {f"residual/residual{n}/conv{m}": (3, 128, 128) for n in range(1, 6) for m in (1, 2)}
BLOCKS |= {"expand/conv1/conv": (3, 128, 64), "expand/conv2/conv": (3, 64, 32), "expand/conv3/conv": (9, 32, 3)}
INTEGERS = {
    "transformer": {
        "transformer/expand/conv2/mul/x": (),
        "transformer/contract/Pad_1/paddings": (4, 2),
        "transformer/contract/Pad/paddings": (4, 2),
        "transformer/expand/conv3/strided_slice/stack": (1,),
        "transformer/expand/conv3/strided_slice/stack_1": (1,),
        "transformer/expand/conv1/strided_slice_1/stack_1": (1,),
        "transformer/residual/residual1/conv1/StyleNorm/moments/mean/reduction_indices": (2,),
        "transformer/expand/conv3/conv/StyleNorm/ExpandDims/dim": (),
    },
    "predictor": {"InceptionV3/Mixed_5b/concat/axis": (), "bottleneck/Mean/reduction_indices": (2,)},
}


class TfjsModel:
    """One half with random weights: `values` by their published names, `write` to files called as the manifest has them."""

    def __init__(self, half: str, seed: int = 11) -> None:
        self.half = half
        self.random = np.random.default_rng(seed)
        self.values: dict[str, np.ndarray] = {name: np.zeros(shape, np.int32) for name, shape in INTEGERS[half].items()}
        self.nodes: list[dict[str, Any]] = []
        if half == "predictor":
            self._predictor()
        else:
            self._transformer()

    def fingerprint(self) -> str:
        lines = sorted(f"{name} {list(value.shape)} {value.dtype}" for name, value in self.values.items())
        return hashlib.sha256("\n".join(lines).encode()).hexdigest()

    def write(self, folder: Path, spoil: Any = None) -> None:
        """`spoil` may change the document of `model.json` before it is written."""
        content = b"".join(value.tobytes() for value in self.values.values())
        pieces = [content[start : start + SHARD] for start in range(0, len(content), SHARD)]
        names = [f"group1-shard{number}of{len(pieces)}" for number in range(1, len(pieces) + 1)]
        weights = [{"name": name, "shape": value.shape, "dtype": str(value.dtype)} for name, value in self.values.items()]
        document = {"modelTopology": {"node": self.nodes}, "weightsManifest": [{"paths": names, "weights": weights}]}
        if spoil:
            spoil(document)
        (folder / f"{self.half}-model.json").write_text(json.dumps(document))
        for name, piece in zip(names, pieces):
            (folder / f"{self.half}-{name}").write_bytes(piece)

    def _predictor(self) -> None:
        for key, value in inception.Predictor().state_dict().items():
            if key.endswith(".conv.weight"):
                outputs, inputs, height, width = value.shape
                name = key.removesuffix(".conv.weight").replace(".", "/")
                self._normalised(name, (height, width, inputs, outputs), f"InceptionV3/{ONES[outputs]}/BatchNorm/Const")
        self._convolution("Conv", (1, 1, 768, 100))
        self._biased("Conv")

    def _transformer(self) -> None:
        self.values["transformer/residual/residual1/conv1/StyleNorm/batchnorm/add/y"] = np.array(1e-5, np.float32)
        for block, (side, inputs, outputs) in BLOCKS.items():
            name = f"transformer/{block}"
            if block.startswith("contract"):
                self._normalised(name, (side, side, inputs, outputs), f"{name}/BatchNorm/Const")
                continue
            self._convolution(name, (side, side, inputs, outputs))
            for map_ in ("Conv", "Conv_1"):
                self._convolution(f"style_params/{name}/StyleNorm/{map_}", (1, 1, 100, outputs))
                self._biased(f"style_params/{name}/StyleNorm/{map_}")

    def _convolution(self, name: str, shape: tuple[int, ...]) -> None:
        self.values[f"{name}/weights"] = self._noise(shape, (2 / np.prod(shape[:3])) ** 0.5)
        self._node("Conv2D", f"{name}/Conv2D", "Placeholder", f"{name}/weights")

    def _biased(self, name: str) -> None:
        self.values[f"{name}/biases"] = self._noise(self.values[f"{name}/weights"].shape[3:], 0.3)
        self._node("BiasAdd", f"{name}/BiasAdd", f"{name}/Conv2D", f"{name}/biases")

    def _normalised(self, name: str, shape: tuple[int, ...], ones: str) -> None:
        self._convolution(name, shape)
        norm = f"{name}/BatchNorm"
        self.values[ones] = np.ones(shape[3:], np.float32)
        self.values[f"{norm}/beta"] = self._noise(shape[3:], 0.3)
        self.values[f"{norm}/moving_mean"] = self._noise(shape[3:], 0.3)
        self.values[f"{norm}/moving_variance"] = self.random.uniform(0.5, 2, shape[3:]).astype(np.float32)
        read = [ones, f"{norm}/beta", f"{norm}/moving_mean", f"{norm}/moving_variance"]
        self._node("FusedBatchNorm", f"{norm}/FusedBatchNorm", f"{name}/Conv2D", *read, epsilon={"f": EPSILON})

    def _node(self, kind: str, name: str, *inputs: str, **attributes: Any) -> None:
        self.nodes.append({"op": kind, "name": name, "input": list(inputs), "attr": attributes})

    def _noise(self, shape: tuple[int, ...], deviation: float) -> np.ndarray:
        return (self.random.standard_normal(shape, np.float32) * deviation).astype(np.float32)
