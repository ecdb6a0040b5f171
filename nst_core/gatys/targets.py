"""From pictures to an `Objective`: what the features of content and styles ask for, and how the terms are weighed."""

from __future__ import annotations

from collections.abc import Collection, Hashable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import torch
from torch import Tensor

from ..resampling import resized
from .objective import ContentTerm, Objective, gatys_style, mixed, regions
from .pulse import Pulse
from .recipe import Recipe
from .room import Room
from .scales import SMALLEST

TINY = 1e-20  # what keeps a flat picture's targets from dividing by nothing


class Network(Protocol):
    """`stream.VggStream` or `whole.WholeNetwork`."""

    room: Room

    def moments(self, picture: Tensor, masks: Mapping[str, Tensor | None], pulse: Pulse = ...) -> dict[str, Tensor]: ...

    def features(self, picture: Tensor, layers: Collection[str], pulse: Pulse = ...) -> dict[str, Tensor]: ...

    def sizes(self, picture: Tensor, layers: Collection[str]) -> dict[str, tuple[int, int]]: ...

    def evaluate(self, picture: Tensor, objective: Objective, pulse: Pulse = ...) -> tuple[dict[str, float], Tensor]: ...

    def measure(self, picture: Tensor, objective: Objective, pulse: Pulse = ...) -> tuple[Tensor, Tensor]: ...


@dataclass
class Styles:
    """Style pictures (1, 3, H, W) with their shares, which add up to 1; Gram matrices once computed are kept.

    `guides` (S, H, W) in [0, 1], one for each style, say where on the content it goes; None is everywhere.
    """

    pictures: Sequence[Tensor]
    shares: Sequence[float]
    guides: Tensor | None = None
    known: dict[Hashable, dict[str, Tensor]] = field(default_factory=dict)

    def grams(
        self, network: Network, key: Hashable, layers: Collection[str], side: float, pulse: Pulse
    ) -> list[dict[str, Tensor]]:
        """Of every style with its long side at `side` pixels, or at its own if that is shorter; by layer, (1, C, C)."""
        found = []
        for index, picture in enumerate(self.pictures):
            size = _size(picture, side)
            name = (index, *size, key)
            if name not in self.known:
                small = at_least(resized(picture, *size), SMALLEST)
                self.known[name] = network.moments(small, dict.fromkeys(layers), pulse)
            found.append(self.known[name])
        return found

    def at(self, side: float) -> list[Tensor]:
        """Every style as large as its Gram matrices are taken."""
        return [resized(picture, *_size(picture, side)) for picture in self.pictures]


def _size(picture: Tensor, side: float) -> list[int]:
    """Height and width with the long side at `side` pixels, or at the picture's own if that is shorter."""
    factor = min(side / max(picture.shape[2:]), 1.0)
    return [max(round(length * factor), min(length, SMALLEST)) for length in picture.shape[2:]]


def at_least(picture: Tensor, side: int) -> Tensor:
    """The picture, repeated where a side is shorter than `side`."""
    rows, columns = (-(-side // length) for length in picture.shape[2:])
    return picture.repeat(1, 1, rows, columns) if rows * columns > 1 else picture


def objective(
    network: Network,
    recipe: Recipe,
    content: Tensor,
    styles: Styles,
    key: Hashable,
    style_side: float,
    strength: float,
    pulse: Pulse,
) -> Objective:
    """The terms at the content's size: (1, 3, H, W) in [0, 1].

    `strength` in [0, 1] goes from the content's own Gram matrices to the styles'. `key` names network and precision in the
    styles' memory. Weights are those of the papers; where the recipe balances, every term is divided by its target's size.
    """
    maps = network.features(content, recipe.content, pulse)
    grams = styles.grams(network, key, recipe.style, style_side, pulse)
    masks = _masks(styles, recipe.style, network, content)
    own = network.moments(content, masks, pulse) if strength < 1 else None
    style = {}
    for layer, weight in recipe.style.items():
        each = [one[layer] for one in grams]
        target = mixed(each, styles.shares) if styles.guides is None else torch.cat(each)
        size = float(target.square().sum((1, 2)).mean()) + TINY
        target = target if own is None else own[layer].lerp(target, strength)
        term = gatys_style(recipe.style_weight * weight, target, masks[layer])
        style[layer] = replace(term, weight=recipe.style_weight * weight / size) if recipe.balanced else term
    terms = {layer: _content(maps[layer], recipe, weight, content.shape[2]) for layer, weight in recipe.content.items()}
    return Objective(style, terms)


def balance(network: Network, recipe: Recipe, goal: Objective, content: Tensor, styles: Styles) -> dict[str, float]:
    """For every term of `goal` the factor that makes its first gradient as long as its weight says.

    A style's pull is measured at the content, where the painting starts; the content's at a picture that has nothing of it, the
    style laid over the same frame.
    """
    foreign = resized(styles.pictures[0], *content.shape[2:])
    factors = {}
    for name in goal.names:
        kind, layer = name.split()
        alone = Objective({layer: goal.style[layer]}, {}) if kind == "style" else Objective({}, {layer: goal.content[layer]})
        _, gradient = network.measure(content if kind == "style" else foreign, alone)
        weights, share = (recipe.style, recipe.style_weight) if kind == "style" else (recipe.content, recipe.content_weight)
        factors[name] = share * weights[layer] / (float(gradient.norm()) + TINY)
    return factors


def _content(features: Tensor, recipe: Recipe, weight: float, height: int) -> ContentTerm:
    """Equation 1, or relative to how much the content's features vary; of a content with so many rows."""
    counts = more_at_the_border(features, recipe.border, BORDER * features.shape[2] / height) if recipe.border else None
    if recipe.balanced:
        return ContentTerm(weight / (variance(features) * features.numel() + TINY), features, counts)
    return ContentTerm(recipe.content_weight * weight / 2, features, counts)


def variance(features: Tensor) -> float:
    """Of all values of a map (1, C, H, W), in float32 at least; some rows at a time, as a copy of them all may find no room."""
    precise = torch.promote_types(features.dtype, torch.float32)
    bands = features.split(VARIANCE_ROWS, 2)
    mean = torch.stack([band.sum(dtype=precise) for band in bands]).sum() / features.numel()
    return float(torch.stack([(band.to(precise) - mean).square_().sum() for band in bands]).sum()) / features.numel()


VARIANCE_ROWS = 64
BORDER = 12.0
"""Pixels inwards at which what the content counts more at the border has fallen to 1/e."""


def more_at_the_border(features: Tensor, more: float, reach: float) -> Tensor:
    """What every place of a map (1, C, H, W) counts, (H, W): 1 inside, 1 + `more` at the outermost places.

    Where the picture ends, nothing disagrees with a stroke from without: blots of the style's strongest colours, which the
    content would drive away elsewhere, begin there and stay.
    """
    rows, columns = (_to_the_end(length, features.device) for length in features.shape[2:])
    nearest = torch.minimum(rows[:, None], columns[None])
    return 1 + more * torch.exp(-nearest / reach)


def _to_the_end(length: int, place: torch.device) -> Tensor:
    """How many places every place is from the nearer end of its line."""
    index = torch.arange(length, device=place, dtype=torch.float32)
    return torch.minimum(index, length - 1 - index)


def _masks(styles: Styles, layers: Collection[str], network: Network, content: Tensor) -> dict[str, Tensor | None]:
    """The guides at every layer's size; those of styles with a smaller share are weaker."""
    if styles.guides is None:
        return dict.fromkeys(layers)
    shares = torch.tensor(styles.shares).to(styles.guides)
    guides = styles.guides * (shares / shares.max())[:, None, None]
    return {layer: regions(guides, *size) for layer, size in network.sizes(content, layers).items()}
