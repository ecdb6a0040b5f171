"""Magenta's arbitrary image stylization in its mobile form: two TFLite graphs to the key names of `networks.magenta`.

Which weight is which is read from the graph (what feeds what, in execution order), not from tensor numbers or names.
Batch norms are already folded into the convolutions by TFLite's own converter.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from .tflite_graph import Graph, Operator

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

CONTRACTS = 3
RESIDUALS = 5
EXPANDS = 3


def mobile_predictor(paths: Sequence[Path]) -> dict[str, Tensor]:
    """MobileNetV2 style predictor: `stem`, `blocks.N.{expand,depthwise,project}`, `head`, `bottleneck` (Linear 1280 -> 100).

    The graph is one chain: a convolution, inverted residual blocks (each around one depthwise convolution; the first has
    no expansion), two convolutions with the spatial mean between them. Sandler et al. 2018, table 2.
    """
    graph = _read(paths)
    chain = [operator for operator in graph.operators if operator.kind in ("CONV_2D", "DEPTHWISE_CONV_2D")]
    if len(chain) < 3:
        raise ValueError(f"{len(chain)} convolutions are too few for a MobileNetV2 predictor")
    stem, *middle, head, bottleneck = chain
    state = _convolution(graph, "stem.conv", stem)
    for number, block in enumerate(_inverted_residuals(middle)):
        for name, operator in zip(("expand", "depthwise", "project")[-len(block) :], block):
            state |= _convolution(graph, f"blocks.{number}.{name}.conv", operator)
    return state | _convolution(graph, "head.conv", head) | _linear(graph, "bottleneck", bottleneck)


def mobile_transformer(paths: Sequence[Path]) -> dict[str, Tensor]:
    """Style transformer: `contractN.conv`, `residual.N.{convM,normM}`, `expandN.{conv,norm}` with affine `norm.{beta,gamma}`.

    Every convolution of the picture but the first three is followed by a conditional instance norm, whose gamma (what
    multiplies) and beta (what the scaled mean is subtracted from) are affine maps of the style bottleneck.
    Ghiasi et al. 2017, section 2 and appendix.
    """
    graph = _read(paths)
    maps = {operator.output: operator for operator in graph.operators if _maps_bottleneck(graph, operator)}
    names = list(_layer_names())
    pictures = [operator for operator in graph.operators if operator.kind == "CONV_2D" and operator.output not in maps]
    if len(pictures) != len(names) or len(maps) != 2 * (len(names) - CONTRACTS):
        raise ValueError(f"{len(pictures)} convolutions and {len(maps)} style maps are not those of a Magenta transformer")
    layer_of = dict(zip(pictures, names))
    state: dict[str, Tensor] = {}
    norm = ""
    for operator in graph.operators:
        if operator in layer_of:
            convolution, norm = layer_of[operator]
            # An instance norm takes its input's mean away, and with it whatever bias the convolution had.
            state |= _convolution(graph, convolution, operator, bias=not norm)
        for style_map in (maps[tensor] for tensor in operator.inputs if tensor in maps):
            state |= _linear(graph, f"{norm}.{_role(operator)}", style_map)
    return state


def _read(paths: Sequence[Path]) -> Graph:
    (path,) = paths
    return Graph(path)


def _inverted_residuals(chain: Iterable[Operator]) -> Iterator[list[Operator]]:
    """`chain` cut after every projection, which is the convolution behind a depthwise one."""
    block: list[Operator] = []
    for operator in chain:
        block.append(operator)
        if len(block) > 1 and block[-2].kind == "DEPTHWISE_CONV_2D":
            if len(block) > 3 or operator.kind != "CONV_2D":
                raise ValueError(f"{' '.join(member.kind for member in block)} is no inverted residual block")
            yield block
            block = []
    if block:
        raise ValueError("the last inverted residual block has no projection")


def _layer_names() -> Iterator[tuple[str, str]]:
    """Key of every convolution of the picture in execution order, and that of the norm after it ("" for none)."""
    for number in range(1, CONTRACTS + 1):
        yield f"contract{number}.conv", ""
    for block in range(RESIDUALS):
        for number in (1, 2):
            yield f"residual.{block}.conv{number}.conv", f"residual.{block}.norm{number}"
    for number in range(1, EXPANDS + 1):
        yield f"expand{number}.conv.conv", f"expand{number}.norm"


def _maps_bottleneck(graph: Graph, operator: Operator) -> bool:
    """Whether `operator` is an affine map of the bottleneck: a 1x1 convolution straight on one of the graph's inputs."""
    return operator.kind == "CONV_2D" and operator.inputs[0] in graph.inputs and graph.shape(operator.inputs[1])[1:3] == (1, 1)


def _role(operator: Operator) -> str:
    """What the norm uses a style map for: x * (gamma / deviation) + (beta - mean * gamma / deviation)."""
    roles = {"MUL": "gamma", "SUB": "beta"}
    if operator.kind not in roles:
        raise ValueError(f"a style map feeds {operator.kind}, not a norm's MUL or SUB")
    return roles[operator.kind]


def _convolution(graph: Graph, name: str, operator: Operator, bias: bool = True) -> dict[str, Tensor]:
    """PyTorch's layout, (out, in / groups, height, width): TFLite has (out, h, w, in), depthwise (1, h, w, channels)."""
    axes = (3, 0, 1, 2) if operator.kind == "DEPTHWISE_CONV_2D" else (0, 3, 1, 2)
    layer = {f"{name}.weight": _tensor(graph.constant(operator.inputs[1]).transpose(axes))}
    if bias:
        layer[f"{name}.bias"] = _tensor(graph.constant(operator.inputs[2]))
    return layer


def _linear(graph: Graph, name: str, operator: Operator) -> dict[str, Tensor]:
    """A 1x1 convolution on one pixel as what it is: weight (out, in), bias (out,)."""
    layer = _convolution(graph, name, operator)
    return {key: tensor.flatten(1) if tensor.ndim == 4 else tensor for key, tensor in layer.items()}


def _tensor(values: np.ndarray) -> Tensor:
    import numpy as np
    import torch

    return torch.from_numpy(np.ascontiguousarray(values))
