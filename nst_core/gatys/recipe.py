"""The three ways to run the optimisation, as data: the classic of the papers, the best that we know, and a quick draft."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from ..errors import UsageError

Weights = dict[str, float]


@dataclass(frozen=True)
class Recipe:
    """Everything that the optimisation can be told.

    style, content: layers with their weights; empty until `for_network` has chosen them.
    content_weight, style_weight: α and β of Gatys et al. 2016, equation 7; when `balanced`, shares of the first gradient.
    tv_weight: of the total variation, as sum of squares; when `balanced`, a share of the first gradient like the others.
    second_order: the variation is the sum of the second differences' lengths, and its weight what the styles' own would cost.
    iterations: at the last scale; `coarse_iterations` at each scale before it.
    first_side: long side in pixels of the first scale, 0 for one scale only; each next one is larger by `step`.
    grain: standard deviation of the unevenness that a start from the content gets where larger scales follow.
    average: decay of the running average of iterates, which is the result and starts the next scale; 0 for none.
    balanced: every term is divided by its own size and by the length of its first gradient.
    bounded: the picture is kept within [0, 1] after every step.
    levels, damping: what `optimisers.Adam` makes of them.
    detail: how much of what the smaller scale could not hold comes from the content; it saves a draft iterations.
    views: how many of `views.VIEWS` are taken in turns; 1 is the plain picture.
    border: how many times more than elsewhere the content counts at the picture's very border, beside the once.
    coarse_precision: of small scales before the last one, where `precision` doesn't hold for them as well.
    winograd: float32 convolves by Winograd's method where that pays, and rounds ten times as coarsely.
    tolerance: a scale ends when the loss changes relatively by less within `PATIENCE` iterations; 0 for never.
    """

    optimiser: str = "lbfgs"
    learning_rate: float = 1.0
    iterations: int = 500
    coarse_iterations: int = 0
    first_side: int = 0
    step: float = 2**0.5
    style: Weights = field(default_factory=dict)
    content: Weights = field(default_factory=dict)
    content_weight: float = 1.0
    style_weight: float = 1000.0
    tv_weight: float = 0.0
    second_order: bool = False
    pooling: str = "max"
    padding: str = "network"
    init: str = "content"
    noise_ratio: float = 0.7
    grain: float = 0.0
    average: float = 0.0
    balanced: bool = False
    bounded: bool = False
    tolerance: float = 0.0
    precision: str = "float32"
    coarse_precision: str = ""
    winograd: bool = False
    history: int = 10
    levels: int = 1
    damping: float = 0.0
    views: int = 1
    detail: float = 0.0
    border: float = 0.0


CLASSIC = Recipe()
BEST = Recipe(
    optimiser="adam",
    learning_rate=0.02,
    iterations=120,
    coarse_iterations=80,
    first_side=112,
    content_weight=0.1,
    style_weight=1.0,
    tv_weight=0.1,
    second_order=True,
    padding="reflect",
    average=0.95,
    balanced=True,
    bounded=True,
    tolerance=2e-3,
    precision="auto",
    coarse_precision="float32",
    winograd=True,
    levels=5,
    damping=1.0,
    views=4,
    border=2.0,
)
DRAFT = replace(
    BEST,
    iterations=3,
    coarse_iterations=15,
    learning_rate=0.03,
    step=2.0,
    first_side=128,
    content_weight=0.15,
    tv_weight=0.05,
    second_order=False,  # tuned with squares
    grain=0.034,
    average=0.5,
    detail=0.7,
    coarse_precision="",
)
PRESETS = {"best": BEST, "draft": DRAFT, "classic": CLASSIC}

STYLE_LAYERS: dict[str, Sequence[str]] = {
    "vgg19": ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"),
    "vgg16": ("conv1_2", "conv2_2", "conv3_3", "conv4_3"),
    "squeezenet": ("conv1", "fire3", "fire5", "fire7"),
}
CONTENT_LAYERS: dict[str, Sequence[str]] = {
    "vgg19": ("conv4_2", "conv3_3", "conv2_2", "conv1_2", "conv1_1"),
    "vgg16": ("conv4_3", "conv3_3", "conv2_2", "conv1_2", "conv1_1"),
    "squeezenet": ("fire5", "fire4", "fire3", "fire2", "conv1"),
}
"""The papers' and the networks' usual choice first; the first one that the weights reach is taken."""


def recipe(parameters: Mapping[str, Any]) -> Recipe:
    """The preset with what was asked for over it; `parameters` by the names of the schema."""
    base = PRESETS[parameters["preset"]]
    changes: dict[str, Any] = {}
    for name in ("optimiser", "pooling", "init", "precision"):
        if parameters[name] != "auto":
            changes[name] = parameters[name]
    if parameters["precision"] != "auto":
        changes |= {"coarse_precision": "", "winograd": False}
    for name in ("learning_rate", "content_weight", "style_weight", "tv_weight", "tolerance"):
        if parameters[name] != "":
            changes[name] = float(parameters[name])
    for name, target in (("style_layers", "style"), ("content_layers", "content")):
        if parameters[name]:
            changes[target] = layer_weights(parameters[name])
    if parameters["iterations"]:
        changes |= {"iterations": parameters["iterations"], "tolerance": changes.get("tolerance", 0.0)}
    changes["noise_ratio"] = parameters["noise_ratio"]
    chosen = replace(base, **changes)
    if chosen.optimiser != base.optimiser and "learning_rate" not in changes:
        chosen = replace(chosen, learning_rate=1.0 if chosen.optimiser == "lbfgs" else 0.02)
    if chosen.optimiser == "lbfgs":  # it learns from differences of gradients, which would be the views' or the rounding's
        chosen = replace(chosen, views=1, winograd=False, precision="float32" if chosen.precision == "auto" else chosen.precision)
    # 0.5 is the preset's own; each end is a factor of ten away.
    return replace(chosen, content_weight=chosen.content_weight * 100 ** (parameters["content_strength"] - 0.5))


def layer_weights(text: str) -> Weights:
    """`conv1_1:1,conv2_1:0.5` or `conv1_1,conv2_1`; UsageError when it is neither."""
    found: Weights = {}
    for item in text.replace(" ", "").split(","):
        name, colon, weight = item.partition(":")
        try:
            found[name] = float(weight) if colon else 1.0
        except ValueError:
            raise UsageError(f"layer weight {item!r} is not understood: write for instance conv1_1:1,conv2_1:0.5") from None
        if not name or not 0 <= found[name] < float("inf"):
            raise UsageError(f"layer weight {item!r} is not understood: write for instance conv1_1:1,conv2_1:0.5")
    return found


def for_network(chosen: Recipe, family: str, names: Sequence[str], log: Callable[[str], None]) -> Recipe:
    """The recipe with layers for a network whose layers are `names`; what was chosen by hand must be among them (UsageError).

    Says so in `log` when weights end before a layer that would have been chosen.
    """
    missing = [layer for layer in (*chosen.style, *chosen.content) if layer not in names]
    if missing:
        raise UsageError(f"the network has no layer {', '.join(missing)}: it has {', '.join(names)}")
    style, content = dict(chosen.style), dict(chosen.content)
    if not style:
        usual = STYLE_LAYERS[family]
        reached = [layer for layer in usual if layer in names]
        style = {layer: 1 / len(reached) for layer in reached}
        if len(reached) < len(usual):
            log(f"the weights end at {names[-1]}: style is taken from {', '.join(reached)}")
    if not content:
        content = {next(layer for layer in CONTENT_LAYERS[family] if layer in names): 1.0}
        if CONTENT_LAYERS[family][0] not in content:
            log(f"the weights end at {names[-1]}: content is taken from {', '.join(content)}")
    return replace(chosen, style=style, content=content)
