"""Magenta's arbitrary image stylization in full: TensorFlow.js graphs to the key names of `networks.magenta` and `.inception`.

Batch norms are folded into their convolutions, each with what the graph says it reads (they share their constant factors).
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .tfjs_graph import Graph, Node

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

Values = Mapping[str, "np.ndarray"]

ROLES = {"Conv": "beta", "Conv_1": "gamma"}
"""Which of a conditional norm's two maps is which; the same in all of Magenta's transformers."""


def either_half(paths: Sequence[Path]) -> dict[str, Tensor]:
    """The state dict of the predictor or of the transformer, whichever the graph in `paths` is."""
    import numpy as np
    import torch

    graph = Graph(paths)
    half = _predictor if any(name.startswith("InceptionV3/") for name in graph.nodes) else _transformer
    return {key: torch.from_numpy(np.array(value, np.float32)) for key, value in half(graph).items()}


def _predictor(graph: Graph) -> Values:
    """`InceptionV3.<the published name>.conv`, and `bottleneck` (Linear 768 -> 100)."""
    state: dict[str, np.ndarray] = {}
    for norm in graph.of_kind("FusedBatchNorm"):
        convolution = graph.nodes[norm.inputs[0]]
        state |= _folded(convolution.name.removesuffix("/Conv2D").replace("/", ".") + ".conv", graph, convolution, norm)
    for sum_ in graph.of_kind("BiasAdd"):
        weight = graph.constant(graph.nodes[sum_.inputs[0]].inputs[1])
        state |= {"bottleneck.weight": weight[0, 0].T, "bottleneck.bias": graph.constant(sum_.inputs[1])}
    return state


def _transformer(graph: Graph) -> Values:
    """`contractN.conv`, `residual.N.{convM,normM}`, `expandN.{conv,norm}`; keys as those of the mobile transformer."""
    state: dict[str, np.ndarray] = {}
    for norm in graph.of_kind("FusedBatchNorm"):
        convolution = graph.nodes[norm.inputs[0]]
        state |= _folded(_layer(convolution.name)[0], graph, convolution, norm)
    for convolution in graph.of_kind("Conv2D"):
        name, weight = convolution.name, graph.constant(convolution.inputs[1])
        if name.startswith("style_params/"):
            place, _, map_ = name.removesuffix("/Conv2D").rpartition("/StyleNorm/")
            key = f"{_layer(place.removeprefix('style_params/'))[1]}.{ROLES[map_]}"
            bias = graph.constant(f"{name.removesuffix('/Conv2D')}/biases")
            state |= {f"{key}.weight": weight[0, 0].T, f"{key}.bias": bias}
        elif f"{_layer(name)[0]}.weight" not in state:
            state[f"{_layer(name)[0]}.weight"] = weight.transpose(3, 2, 0, 1)
    return state


def _layer(name: str) -> tuple[str, str]:
    """The keys of a convolution of the picture and of the norm behind it, by the published name."""
    found = re.match(r"transformer/(contract|residual|expand)/(?:residual(\d)/)?conv(\d)", name)
    if not found:
        raise ValueError(f"{name!r} is no layer of a Magenta transformer")
    block, residual, number = found.groups()
    if block == "contract":
        return f"contract{number}.conv", ""
    if block == "expand":
        return f"expand{number}.conv.conv", f"expand{number}.norm"
    place = f"residual.{int(residual or 0) - 1}"
    return f"{place}.conv{number}.conv", f"{place}.norm{number}"


def _folded(key: str, graph: Graph, convolution: Node, norm: Node) -> Values:
    """A convolution with the batch norm behind it, in PyTorch's layout (out, in, height, width)."""
    weight = graph.constant(convolution.inputs[1]).astype("f8")
    factor, beta, mean, variance = (graph.constant(name).astype("f8") for name in norm.inputs[1:5])
    scale = factor / (variance + float(norm.attributes["epsilon"]["f"])) ** 0.5
    return {f"{key}.weight": (weight * scale).transpose(3, 2, 0, 1), f"{key}.bias": beta - mean * scale}
