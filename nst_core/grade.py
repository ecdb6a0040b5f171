"""How near a painting comes to a picture that it was to become, 0 to 10, for style and content apart, and where it doesn't.

Nothing is learnt here and nothing downloaded: `manner` tells of style, `likeness` of content. Numbers of pixels, as tests
need them, are in `compare`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor

from . import blend, pictures, raster
from .errors import PictureError
from .likeness import likeness, structure, unlikeness
from .manner import Manner, around, blurred, manner, palette_distance, texture_distance
from .perceptual import to_oklab
from .progress import Log, Report, part, silent
from .raster import Raster
from .weights import Store

AREA = 2**18  # pixels that are looked at: as many as one sees at a glance, and the scale of strokes is the same for all
LEAST_PAINTED = 0.01  # share of the picture below which there is nothing to grade
MOST_DISTORTION = 1.06  # of sides' ratios: a pixel's row more or less is no other shape

# Distances at which a grade has fallen to 10/e; set by the halves of paintings, by the eye's grades in tests/graded_pairs.py.
PALETTE_REACH, TEXTURE_REACH, FALL = 0.027, 1.6, 1.5

WORDS = ((9.95, "the same"), (8.0, "very near"), (6.0, "near"), (4.0, "on the way"), (2.5, "far"), (0.0, "something else"))

STYLE_HUE, CONTENT_HUE = (1.0, 0.68, 0.05), (0.90, 0.04, 0.33)
"""Amber where colours or brushwork differ, crimson where forms do."""
HEAT = 0.75  # greatest opacity: the painting shows through
CALM, HOT = 0.18, 0.80  # differences that don't show at all, and that show in full


@dataclass(frozen=True)
class Grades:
    """0 (nothing in common) to 10 (the same)."""

    overall: float
    """The mean of content and style; of the two grades for style where a style picture is there."""
    content: float
    """What is painted, beside the reference: blind to colour."""
    style: float
    """How it is painted, beside the reference: blind to what it shows."""
    style_picture: float | None
    """How it is painted, beside the style picture; None without one."""
    painted: float
    """The share of the picture that was graded: where painting and reference are both opaque, in [0, 1]."""

    @property
    def by_name(self) -> dict[str, float]:
        """The grades that there are."""
        named = (
            ("overall", self.overall),
            ("content", self.content),
            ("style", self.style),
            ("style_picture", self.style_picture),
        )
        return {name: value for name, value in named if value is not None}

    def as_json(self) -> dict[str, Any]:
        """`grades` rounded to hundredths, `words` for each, and the share that is `painted`."""
        grades = {name: round(value, 2) for name, value in self.by_name.items()}
        return {
            "grades": grades,
            "words": {name: word(value) for name, value in grades.items()},
            "painted": round(self.painted, 4),
        }

    def __str__(self) -> str:
        told = [f"{name.replace('_', ' ')} {value:.1f} ({word(value)})" for name, value in self.by_name.items()]
        if self.painted < 0.995:
            told.append(f"graded on the {self.painted:.0%} that are painted")
        return ", ".join(told)


@dataclass(frozen=True)
class Graded:
    """The grades, and an RGBA picture of the painting's size and depth: transparent where it agrees, warm where it differs."""

    grades: Grades
    heat_map: Raster


def word(grade: float) -> str:
    """A grade in a word or two."""
    return next(name for least, name in WORDS if grade >= least)


@torch.inference_mode()
def grade(painting: Raster, reference: Raster, style: Raster | None = None, report: Report = silent) -> Graded:
    """Grade `painting` beside `reference`, which shows the same at any size of the same shape, and beside a style picture.

    Only what is opaque in both is graded. Raises PictureError when that is next to nothing, when a picture is too small, and
    when the shapes differ.
    """
    _check(painting, reference, style)
    report(0.0, "looking at the pictures")
    area = min(AREA, *(one.width * one.height for one in (painting, reference, style) if one))
    one, seen = _looked_at(painting, area)
    other, covered = _looked_at(reference, area, like=one)
    seen = ((seen > 0.5) & (covered > 0.5)).float()
    painted = float(seen.mean())
    if painted < LEAST_PAINTED:
        raise PictureError("there is nothing to grade: paint on the layer where the picture that it is compared with is opaque")
    report(0.3, "comparing content")
    forms = structure(one), structure(other)
    content = 10 * max(likeness(*forms, seen), 0.0)
    report(0.5, "comparing style")
    own = manner(one, seen)
    beside = style_grade(own, manner(other, seen))
    report(0.7, "comparing style")
    picture = None if style is None else style_grade(own, manner(*_looked_at(style, area)))
    report(0.85, "drawing the heat map")
    heat = _heat(_style_differences(one, other) * seen, _content_differences(*forms) * seen)
    overall = (content + (beside if picture is None else (beside + picture) / 2)) / 2
    drawn = _drawn(heat, painting, part(report, 0.85, 1.0))
    return Graded(Grades(overall, content, beside, picture, painted), drawn)


def style_grade(one: Manner, other: Manner) -> float:
    """0 to 10: the geometric mean for palette and texture, as neither makes up for the other."""
    palette = math.exp(-((palette_distance(one, other) / PALETTE_REACH) ** FALL))
    texture = math.exp(-((texture_distance(one, other) / TEXTURE_REACH) ** FALL))
    return 10 * math.sqrt(palette * texture)


def at_area(picture: Tensor, area: int = AREA) -> Tensor:
    """`picture` (N, C, H, W) in its own shape with about `area` pixels."""
    height, width = picture.shape[2:]
    factor = math.sqrt(area / (height * width))
    return blend.resize(picture, (max(round(width * factor), 1), max(round(height * factor), 1)))


def style_picture(source: pictures.Source, store: Store, report: Report, log: Log) -> Raster:
    """A style as a job names it, as pixels."""
    return pictures.pixels(pictures.at_hand(source, store, report, log), log)


def _check(painting: Raster, reference: Raster, style: Raster | None) -> None:
    for picture, name in ((painting, "the painting"), (reference, "the reference"), (style, "the style picture")):
        if picture is not None:
            raster.demand_size(picture, name)
    ratio = painting.width * reference.height / (painting.height * reference.width)
    if max(ratio, 1 / ratio) > MOST_DISTORTION:
        sizes = f"{painting.width}×{painting.height} and {reference.width}×{reference.height}"
        raise PictureError(f"the painting and the reference have different shapes ({sizes}): cut both to the same part")


def _looked_at(picture: Raster, area: int, like: Tensor | None = None) -> tuple[Tensor, Tensor]:
    """Colours (1, 3, h, w), drawn on under what is transparent, and opacity (1, 1, h, w), at `area` or at the size of `like`."""
    colours, alpha = raster.visible(picture)
    if alpha is None:
        alpha = torch.ones_like(colours[:, :1])
    else:
        colours = blend.fill_transparent_(colours, alpha)
    small = at_area(colours, area) if like is None else blend.resize(colours, (like.shape[3], like.shape[2]))
    return small, F.interpolate(alpha, size=small.shape[2:], mode="area")


def _content_differences(one: list[Tensor], other: list[Tensor]) -> Tensor:
    """Where forms differ, (1, 1, h, w) in [0, 1]."""
    levels = [level for level in (1, 2, 3) if level < len(one)] or [0]
    maps = [unlikeness(one, other, level, radius=16 >> level) for level in levels]
    return sum(_enlarged(found, one[0]) for found in maps) / len(maps)  # type: ignore[return-value]


def _style_differences(one: Tensor, other: Tensor) -> Tensor:
    """Where colours or the strength of brushwork differ, (1, 1, h, w) in [0, 1]."""
    first, second = to_oklab(one), to_oklab(other)
    colour = around(first - second, 6).square().sum(1, keepdim=True).sqrt() / 0.25
    energies = [around((x - blurred(blurred(x)))[:, :1].square(), 8) for x in (first, second)]
    brushwork = ((energies[0] + 1e-4) / (energies[1] + 1e-4)).log().abs() / 4
    return torch.maximum(colour, brushwork).clamp(0, 1)


def _heat(style: Tensor, content: Tensor) -> Tensor:
    """Both differences as colour and opacity, (1, 4, h, w) in [0, 1]."""
    style, content = (((x - CALM) / (HOT - CALM)).clamp(0, 1) for x in (style, content))
    share = content / (style + content).clamp_min(1e-6)
    amber, crimson = (torch.tensor(hue).view(1, 3, 1, 1) for hue in (STYLE_HUE, CONTENT_HUE))
    return torch.cat([torch.lerp(amber, crimson, share), HEAT * torch.maximum(style, content)], 1)


def _drawn(heat: Tensor, like: Raster, report: Report) -> Raster:
    """`heat` at the size of `like`, plane by plane, as the canvas may be large."""
    pixels = np.empty((like.height, like.width, 4), like.pixels.dtype)
    for plane in range(4):
        report(plane / 4, "drawing the heat map")
        large = F.interpolate(heat[:, plane : plane + 1], size=pixels.shape[:2], mode="bilinear", align_corners=False)
        pixels[..., plane] = raster.to_depth(large[0, 0].numpy(), pixels.dtype)
    return Raster(pixels, "RGBA")


def _enlarged(x: Tensor, like: Tensor) -> Tensor:
    return F.interpolate(x, size=like.shape[2:], mode="bilinear", align_corners=False)
