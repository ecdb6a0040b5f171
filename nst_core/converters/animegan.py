"""AnimeGANv2's generator from ONNX files that were made of its TensorFlow graph, to the key names of `networks.animegan`.

Which weight is which is read from the graph: the network is one chain of convolutions, each but the last with a normalisation
before the next. A norm's gamma is the constant that the reciprocal of the deviation is multiplied by, its beta the one that the
scaled mean is subtracted from. How the file's own maker named them doesn't matter.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .onnx_graph import Graph, Node

if TYPE_CHECKING:
    from torch import Tensor

LAYERS = {"block_a": 3, "block_b": 2, "block_c": 6, "block_d": 2, "block_e": 3}
INVERTED_RESIDUALS = tuple(f"block_c.{number}" for number in (1, 2, 3, 4))
LAST = "out_layer.0"


def generator(paths: Sequence[Path]) -> dict[str, Tensor]:
    """The state dict of the generator in the one file of `paths`; ValueError when its graph is another network's."""
    import torch

    (path,) = paths
    graph = Graph(path)
    names = list(_layer_names())
    chain = _chain(graph)
    if len(chain) != len(names):
        raise ValueError(f"{len(chain)} convolutions are not those of an AnimeGANv2 generator")
    state: dict[str, Tensor] = {}
    for (convolution, norm), layer in zip(names, chain):
        keys = (f"{convolution}.weight", f"{convolution}.bias", f"{norm}.weight", f"{norm}.bias")
        for key, constant in zip(keys, layer):
            if constant:
                values = torch.from_numpy(graph.constant(constant))
                state[key] = values if key == keys[0] else values.flatten()
    return state


def _layer_names() -> Iterator[tuple[str, str]]:
    """Every convolution in the order of computation, and the norm behind it ("" for none)."""
    for block, count in LAYERS.items():
        for number in range(count):
            layer = f"{block}.{number}"
            if layer in INVERTED_RESIDUALS:
                yield from ((f"{layer}.layers.{inner}.1", f"{layer}.layers.{inner}.2") for inner in (0, 1))
                yield f"{layer}.layers.2", f"{layer}.layers.3"
            else:
                yield f"{layer}.1", f"{layer}.2"
    yield LAST, ""


def _chain(graph: Graph) -> list[list[str]]:
    """The constants of every convolution: weight, bias, gamma and beta; "" for what it doesn't have."""
    chain: list[list[str]] = []
    kinds = {output: node.kind for node in graph.nodes for output in node.outputs}
    for node in graph.nodes:
        if node.kind == "Conv":
            chain.append([node.inputs[1], node.inputs[2] if len(node.inputs) > 2 else "", "", ""])
        elif not chain:
            continue
        elif _is_factor(graph, node, kinds):
            chain[-1][2] = next(name for name in node.inputs if name in graph)
        elif node.kind == "Sub" and node.inputs[0] in graph and node.inputs[1] not in graph:
            chain[-1][3] = node.inputs[0]
    return chain


def _is_factor(graph: Graph, node: Node, kinds: dict[str, str]) -> bool:
    """Whether `node` multiplies the reciprocal of a deviation by a constant."""
    return (
        node.kind == "Mul"
        and any(name in graph for name in node.inputs)
        and any(kinds.get(name) == "Reciprocal" for name in node.inputs)
    )
