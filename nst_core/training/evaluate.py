"""How good a model is on pictures that it never saw: the losses that a run's journal keeps and that `bench.quality` compares."""

from __future__ import annotations

import statistics
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import torch
from torch import Tensor

from .. import errors
from ..losses import relative_content, relative_gram
from ..networks.vgg import Vgg
from . import pictures
from .objective import contrasts

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1")
CONTENT_LAYER = "conv3_3"

Painter = Callable[[Tensor, Tensor], Tensor]
"""A content and a style, each (1, 3, H, W) in [0, 1], to the stylized content."""


@dataclass(frozen=True)
class Held:
    """Held-out pictures (3, side, side) in [0, 1], and which content goes with which style, by their places."""

    contents: list[Tensor]
    styles: list[Tensor]
    pairs: list[tuple[int, int]]


def held(contents: Path, styles: Path, side: int, pairs: int, device: torch.device | None = None) -> Held:
    """The middles of the held-out pictures of two folders, paired so that every picture comes about equally often.

    Raises UsageError when there are none.
    """
    files = [pictures.split(folder).held_out for folder in (contents, styles)]
    for folder, found in zip((contents, styles), files):
        if not found:
            raise errors.UsageError(f"none of the pictures in {folder} is held out for evaluation: give more than 60 of them")
    cut = [[pictures.to_tensor(pictures.centre(pictures.read(path), side)).to(device).float() / 255 for path in f] for f in files]
    step = next(step for step in range(7, 1000) if len(cut[1]) % step or len(cut[1]) == 1)  # neighbours are often alike
    return Held(cut[0], cut[1], [(index % len(cut[0]), index * step % len(cut[1])) for index in range(pairs)])


@torch.no_grad()
def judge_pairs(vgg: Vgg, painter: Painter, chosen: Held) -> list[dict[str, float]]:
    """The losses of every pair: relative Gram at the style layers and relative squared error at the content layer, both at the
    pictures' own size, and the share of the content's contrast whose sign is turned around."""
    found = []
    for content, style in ((chosen.contents[i][None], chosen.styles[j][None]) for i, j in chosen.pairs):
        picture = painter(content, style)
        painted = vgg(picture, {*STYLE_LAYERS, CONTENT_LAYER})
        wanted = vgg(style, STYLE_LAYERS)
        losses = {layer: float(relative_gram(painted[layer], wanted[layer])) for layer in STYLE_LAYERS}
        losses[CONTENT_LAYER] = float(relative_content(painted[CONTENT_LAYER], vgg(content, [CONTENT_LAYER])[CONTENT_LAYER]))
        losses["reversed"] = reversed_contrast(picture, content)
        found.append(losses)
    return found


def reversed_contrast(painted: Tensor, content: Tensor) -> float:
    """Of the contrast between all pairs of areas of `content`, the share whose sign is the other one in `painted`: 0 to 1."""
    found, wanted = contrasts(painted), contrasts(content)
    return float((wanted.abs() * (wanted * found < 0)).sum() / wanted.abs().sum().clamp(min=1e-6))


def judge(vgg: Vgg, painter: Painter, chosen: Held) -> dict[str, float]:
    """The means of `judge_pairs`."""
    found = judge_pairs(vgg, painter, chosen)
    return {name: statistics.fmean(losses[name] for losses in found) for name in found[0]}
