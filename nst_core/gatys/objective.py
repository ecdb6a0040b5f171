"""What is minimised, as a function of the features of layers: content and style terms, their values and closed gradients.

Whoever computes features (whole or tile by tile) hands them to a `Tally`, and gets the gradient with respect to them back. Terms
that look at the picture itself are in `terms`.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import torch
import torch.nn.functional as F
from torch import Tensor

from ..device import finest
from ..losses import places
from ..networks.planar import layout
from .pulse import Pulse, no_pulse
from .tiles import Box


@dataclass(frozen=True)
class StyleTerm:
    """weight · Σ_r coverage_r · Σ (G_r - A_r)², with G_r = Σ_p m_r(p) F(p) F(p)ᵀ / Σ_p m_r(p).

    `targets` (R, C, C) are the A of every region; `masks` (R, H, W) in [0, 1] say where a region is, None is everywhere. With
    weight w_l / (4 N²) and one region this is Gatys et al. 2016, equations 3 and 4, w_l/(4 N² M²) Σ (G - A)², for Gram matrices
    that are not divided by the number of places M.
    """

    weight: float
    targets: Tensor
    masks: Tensor | None = None


@dataclass(frozen=True)
class ContentTerm:
    """weight · Σ_p m(p) (F - P)², over all places p and channels; `target` P is (1, C, H, W). Equation 1 has weight ½.

    `counts` (H, W) are the m of every place, None is 1 everywhere.
    """

    weight: float
    target: Tensor
    counts: Tensor | None = None


@dataclass(frozen=True)
class Objective:
    """The terms of each layer, by its name."""

    style: Mapping[str, StyleTerm] = field(default_factory=dict)
    content: Mapping[str, ContentTerm] = field(default_factory=dict)

    @property
    def layers(self) -> set[str]:
        return set(self.style) | set(self.content)

    def scaled(self, factors: Mapping[str, float]) -> Objective:
        """The same terms, their weights times the factors of `names`."""
        return Objective(
            {layer: replace(term, weight=term.weight * factors[f"style {layer}"]) for layer, term in self.style.items()},
            {layer: replace(term, weight=term.weight * factors[f"content {layer}"]) for layer, term in self.content.items()},
        )

    @property
    def names(self) -> list[str]:
        return [f"content {layer}" for layer in self.content] + [f"style {layer}" for layer in self.style]


class Moments:
    """Sums of F Fᵀ over the places of one layer, in every region; float32 at least."""

    def __init__(self, masks: Tensor | None) -> None:
        self.masks = masks
        self.sums: Tensor | None = None
        self._counts: Tensor | float = 0.0

    def add(self, features: Tensor, box: Box) -> None:
        """Count the features (1, C, h, w) of the places in `box`."""
        flat = _flat(features)
        if self.masks is None:
            sums = product(flat, flat)[None]
            self._counts += len(flat)
        else:
            weights = self.masks[:, box.slices[0], box.slices[1]].flatten(1)
            sums = torch.stack([product(flat, flat * weight[:, None].to(flat.dtype)) for weight in weights])
            self._counts = weights.sum(1, dtype=finest(weights.device)) + self._counts
        self.sums = sums if self.sums is None else self.sums.add_(sums)

    def means(self) -> Tensor:
        """G (R, C, C) of every region, per place; zero where a region is empty."""
        assert self.sums is not None
        return self.sums / self.counts.clamp_min(1e-9).to(self.sums)[:, None, None]

    @property
    def counts(self) -> Tensor:
        """How many places were added to every region (R,); on the features' device, and made there."""
        assert self.sums is not None
        if isinstance(self._counts, Tensor):
            return self._counts
        return self.sums.new_full((1,), self._counts, dtype=finest(self.sums.device))


CHUNK = 4096
"""Places in one product: where its result is rounded to bfloat16, the errors of many chunks cancel out."""


def product(left: Tensor, right: Tensor) -> Tensor:
    """leftᵀ · right of (L, C) each, summed in float32 at least."""
    precise = torch.promote_types(left.dtype, torch.float32)
    if left.dtype == precise:
        return left.t() @ right
    whole = len(left) // CHUNK * CHUNK
    total = left[whole:].t().to(precise) @ right[whole:].to(precise)
    if whole:
        chunks = (-1, CHUNK, left.shape[1])
        total += (left[:whole].view(chunks).transpose(1, 2) @ right[:whole].view(chunks)).sum(0, dtype=precise)
    return total


def _flat(features: Tensor) -> Tensor:
    """Features (1, C, h, w) as (L, C), which lie as they do."""
    return places(features.contiguous(memory_format=layout(features)))[0]


def _through(flat: Tensor, matrix: Tensor) -> Tensor:
    """(L, C) times a matrix (C, C); lies as `flat` does."""
    return flat @ matrix if flat.is_contiguous() else (matrix.t() @ flat.t()).t()


class Tally:
    """One evaluation: first every tile's features are added, then the tally is closed, then it gives gradients.

    Nothing in it waits for the device: an evaluation can be recorded there (`graphs`).
    """

    def __init__(self, objective: Objective) -> None:
        self._objective = objective
        self._moments = {layer: Moments(term.masks) for layer, term in objective.style.items()}
        self._squares: dict[str, Tensor] = {}
        self._slopes: dict[str, Tensor] = {}
        self.values = torch.empty(0)

    def add(self, layer: str, features: Tensor, box: Box) -> None:
        """Count features (1, C, h, w), which are those of the places in `box`."""
        if layer in self._moments:
            self._moments[layer].add(features, box)
        if layer in self._objective.content:
            difference = self._difference(layer, features, box)
            squares = (difference * self._counted(layer, difference, box)).sum(dtype=finest(features.device))
            self._squares[layer] = squares + self._squares.get(layer, 0)

    def close(self) -> None:
        """All features were added: `values` (K,) has every term now, in the order of the objective's names."""
        values = [content.weight * self._squares[layer] for layer, content in self._objective.content.items()]
        for layer, style in self._objective.style.items():
            moments = self._moments[layer]
            error = moments.means() - style.targets
            coverage = moments.counts / (moments.counts.sum() if style.masks is None else style.masks[0].numel())
            values.append(style.weight * (coverage * error.square().sum((1, 2), dtype=finest(error.device))).sum())
            # dL/dF = F (D + Dᵀ) with D = dL/dG, and G - A is symmetric.
            shares = coverage / moments.counts.clamp_min(1e-9)
            self._slopes[layer] = error * (4 * style.weight * shares).to(error)[:, None, None]
        self.values = torch.stack(values)

    def gradient(self, layer: str, features: Tensor, box: Box) -> Tensor:
        """Of all terms of the layer with respect to the features (1, C, h, w) in `box`; in their dtype and layout."""
        found: Tensor | None = None
        if layer in self._slopes:
            flat = _flat(features)
            slopes = self._slopes[layer].to(features.dtype)
            masks = self._objective.style[layer].masks
            if masks is None:
                pull = _through(flat, slopes[0])
            else:
                weights = masks[:, box.slices[0], box.slices[1]].flatten(1).to(features.dtype)
                pull = sum(
                    (_through(flat, slope) * weight[:, None] for slope, weight in zip(slopes, weights)), torch.zeros_like(flat)
                )
            found = pull.view(1, *features.shape[2:], features.shape[1]).permute(0, 3, 1, 2)
        if layer in self._objective.content:
            difference = self._difference(layer, features, box)
            pull = self._counted(layer, difference, box) * (2 * self._objective.content[layer].weight)
            found = pull.to(features.dtype) if found is None else found.add_(pull)
        assert found is not None
        return found

    def _difference(self, layer: str, features: Tensor, box: Box) -> Tensor:
        target = self._objective.content[layer].target[:, :, box.slices[0], box.slices[1]]
        return features.to(torch.promote_types(features.dtype, torch.float32)) - target

    def _counted(self, layer: str, difference: Tensor, box: Box) -> Tensor:
        """The difference times what its places count."""
        counts = self._objective.content[layer].counts
        return difference if counts is None else difference * counts[box.slices]


class Measured(ABC):
    """A network that measures an objective."""

    @abstractmethod
    def measure(self, picture: Tensor, objective: Objective, pulse: Pulse = no_pulse) -> tuple[Tensor, Tensor]:
        """The value of every term (K,) at `picture` (1, 3, H, W), RGB in [0, 1], in the order of the objective's names, and the
        gradient of their sum, of the picture's shape. Nothing waits for the device."""

    def evaluate(self, picture: Tensor, objective: Objective, pulse: Pulse = no_pulse) -> tuple[dict[str, float], Tensor]:
        """What `measure` gives, the values by their terms' names."""
        values, gradient = self.measure(picture, objective, pulse)
        return named(values, objective), gradient


def named(values: Tensor, objective: Objective) -> dict[str, float]:
    """An evaluation's values by the names of their terms; read in one go, as the device is waited for."""
    return dict(zip(objective.names, values.tolist()))


def gatys_style(weight: float, targets: Tensor, masks: Tensor | None = None) -> StyleTerm:
    """The term w_l / (4 N² M²) Σ (G - A)² of a layer, for targets (R, N, N) that are divided by their number of places."""
    return StyleTerm(weight / (4 * targets.shape[-1] ** 2), targets, masks)


def mixed(targets: Sequence[Tensor], shares: Sequence[float]) -> Tensor:
    """One target for several styles; as Σ s_i |G - A_i|² = |G - Σ s_i A_i|² + a constant when Σ s_i is 1, nothing is lost."""
    return sum((target * share for target, share in zip(targets[1:], shares[1:])), targets[0] * shares[0])


def regions(masks: Tensor, height: int, width: int) -> Tensor:
    """Masks (R, H, W) at the size of a layer's map, by averaging."""
    # Apple's GPUs average areas of one size only.
    given = masks.cpu() if masks.device.type == "mps" else masks
    return F.adaptive_avg_pool2d(given[None], (height, width))[0].to(masks.device)
