"""A TensorFlow.js graph model as a list of nodes and the constants that they read: a `model.json` and the shards it names."""

from __future__ import annotations

import json
import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import numpy as np

SIZES = {"float32": 4, "int32": 4}


@dataclass(frozen=True)
class Node:
    """`kind` is TensorFlow's own name ("Conv2D"); `name` is also that of its output, and `inputs` are such names."""

    name: str
    kind: str
    inputs: tuple[str, ...]
    attributes: Mapping[str, Any]


class Graph:
    """The graph that `paths` hold: one `.json` and its shards, which may have something before their own names."""

    def __init__(self, paths: Sequence[Path]) -> None:
        (model,) = (path for path in paths if path.suffix == ".json")
        shards = [path for path in paths if path is not model]
        document = json.loads(model.read_bytes())
        self.nodes = {node.name: node for node in map(_node, document["modelTopology"]["node"])}
        self._constants: dict[str, np.ndarray] = {}
        for group in document["weightsManifest"]:
            content = b"".join(_shard(shards, name).read_bytes() for name in group["paths"])
            self._constants |= dict(_tensors(group["weights"], content))

    def constant(self, name: str) -> np.ndarray:
        """The value of a constant; ValueError when there is none of that name."""
        if name not in self._constants:
            raise ValueError(f"{name!r} is not among the weights")
        return self._constants[name]

    def of_kind(self, kind: str) -> Iterator[Node]:
        return (node for node in self.nodes.values() if node.kind == kind)


def _node(entry: Mapping[str, Any]) -> Node:
    inputs = tuple(name.split(":")[0] for name in entry.get("input", ()))
    return Node(str(entry["name"]), str(entry["op"]), inputs, entry.get("attr", {}))


def _shard(shards: Sequence[Path], name: str) -> Path:
    """The file that the model calls `name`, whatever stands before that in its own name."""
    found = [path for path in shards if path.name == name or path.name.endswith(f"-{name}")]
    if len(found) != 1:
        raise ValueError(f"{len(found)} files are called {name!r}")
    return found[0]


def _tensors(entries: Sequence[Mapping[str, Any]], content: bytes) -> Iterator[tuple[str, np.ndarray]]:
    """The tensors that lie one after the other in the `content` of a group; ValueError unless they fill it exactly."""
    import numpy as np

    place = 0
    for entry in entries:
        name, shape, kind = str(entry["name"]), [int(size) for size in entry["shape"]], entry["dtype"]
        if kind not in SIZES or "quantization" in entry or min(shape, default=0) < 0:
            raise ValueError(f"only plain float32 and int32 are read, not {kind} of the shape {shape} as {name!r}")
        size = SIZES[kind] * math.prod(shape)
        if place + size > len(content):
            raise ValueError(f"{name!r} ends at byte {place + size} of {len(content)}")
        dtype = "<f4" if kind == "float32" else "<i4"
        yield name, np.frombuffer(content, dtype, math.prod(shape), place).reshape(shape)
        place += size
    if place != len(content):
        raise ValueError(f"{len(content)} bytes hold weights of {place}")
