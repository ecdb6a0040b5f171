"""What two pictures of one size show: whether edges lie in the same places and run the same way, blind to colour and contrast."""

from __future__ import annotations

import math

import torch
from torch import Tensor

from .manner import LEAST_SIDE, around, blurred, slopes
from .perceptual import to_oklab

LEVELS = 5
DIRECTIONS = 4
TOLERANCE = 2  # pixels of a level: a hand doesn't draw a line exactly where another one did
NEIGHBOURHOOD = 7  # pixels of a level within which contrast is evened out
LEAST_EDGE = 0.004  # OKLab lightness per pixel, below any edge that one sees
FLAT = 1e-3  # variance of features: two empty canvases are alike


def structure(picture: Tensor) -> list[Tensor]:
    """Per octave, from the finest, how strong edges of each direction are, (1, DIRECTIONS, h, w), for (1, 3, H, W) in [0, 1].

    Strengths are divided by those around them, as in Dalal and Triggs 2005, "Histograms of oriented gradients for human
    detection": what is left after a style has changed all colours and contrasts. An edge is the same with light and dark
    turned around.
    """
    light = to_oklab(picture)[:, :1]
    levels: list[Tensor] = []
    while len(levels) < LEVELS and (not levels or min(light.shape[2:]) >= LEAST_SIDE):
        low = blurred(light)
        right, down = slopes(low)
        strength, twice = torch.hypot(right, down), 2 * torch.atan2(down, right)
        turns = (1 + torch.cos(twice - 2 * math.pi * k / DIRECTIONS) for k in range(DIRECTIONS))
        edges = around(torch.cat([strength * turn / 2 for turn in turns], 1), TOLERANCE)
        levels.append(edges / (around(strength, NEIGHBOURHOOD) + strength.mean() / 2 + LEAST_EDGE))
        light = low[:, :, ::2, ::2]
    return levels


def likeness(one: list[Tensor], other: list[Tensor], seen: Tensor) -> float:
    """From about 0 (unrelated) to 1 (the same) for two `structure`s, where `seen` (1, 1, H, W) is 1.

    The mean over the octaves of the correlation with the same variance in both: 1 less the squared difference over the
    sum of the variances.
    """
    found = []
    for first, second in zip(one, other):
        first, second = (level - _mean(level, seen) for level in (first, second))
        different, there = (_mean(x, seen).sum() for x in ((first - second).square(), first.square() + second.square()))
        found.append(float(1 - different / (there + FLAT)) if different > 0 else 1.0)
        seen = seen[:, :, ::2, ::2]
    return sum(found) / len(found)


def unlikeness(one: list[Tensor], other: list[Tensor], level: int, radius: int) -> Tensor:
    """How much the octave `level` differs at every place of it, (1, 1, h, w) in [0, 1]: 0 is equal, 1 unrelated."""
    first, second = one[level], other[level]
    different = around((first - second).square().sum(1, keepdim=True), radius)
    centred = [x - x.mean((2, 3), keepdim=True) for x in (first, second)]
    there = around(sum(x.square().sum(1, keepdim=True) for x in centred), radius)  # type: ignore[arg-type]
    return (different / (there + there.mean() / 4 + FLAT)).clamp(0, 1)


def _mean(x: Tensor, seen: Tensor) -> Tensor:
    return (x * seen).sum((2, 3), keepdim=True) / seen.sum()
