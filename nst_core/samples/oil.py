"""Thick oil paint: strokes with bristle marks and ridges at their edges, lit so that the relief shows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Callable

import numpy as np

from .brush import Field, flow_lines, in_chunks, ribbons, topmost
from .noise import Array, gradient, smoothstep
from .photo import blurred, shrink

OVERSAMPLING = 2
Paint = Callable[[Array, Array, np.random.Generator], Array]
"""The pigment (N, 3), sRGB-encoded in [0, 1], that a painter picks for strokes at (x, y)."""


@dataclass(frozen=True)
class Layer:
    """Strokes of one brush: spacing, length and width in picture units; `waver` is how much lengths and widths differ."""

    spacing: float
    length: float
    width: float
    waver: float = 0.25
    turn: float = 0.10  # radians by which a hand misses the flow


_BRISTLES = 24  # different marks that brushes leave
_ALONG, _ACROSS = 128, 64  # cells of a mark


@dataclass(frozen=True)
class _Marks:
    """What brushes leave, one row a brush, one column a cell along * _ACROSS + across."""

    streak: Array  # about [-1, 1]
    mixed: Array  # share of the second pigment
    height: Array  # of a brush one unit wide
    kept: Array  # False where the bristles missed

    @classmethod
    def made(cls) -> _Marks:
        """Streaks along the stroke, ridges where paint was pushed aside, a lump where the brush lifted, worn ends."""
        brush = np.arange(_BRISTLES, dtype=np.float32)[:, None, None] * 17.3
        along = np.linspace(0, 1, _ALONG, dtype=np.float32)[:, None]
        across = np.linspace(-1, 1, _ACROSS, dtype=np.float32)
        edge = np.abs(across)
        streak = gradient(across * 3.2 + brush, along * 1.3 + brush, 500) + 0.6 * gradient(across * 8 + brush, along * 2.2, 501)
        mixed = 0.6 * smoothstep(-0.5, 0.6, streak + 0.45 * gradient(across * 0.9 + 2 * brush, along * 0.8, 502))
        ridge, lump = np.exp(-np.square((edge - 0.80) / 0.16)), np.exp(-np.square((along - 0.95) / 0.06))
        height = (0.55 + 0.45 * streak) * (1 - 0.5 * edge**2) + 0.55 * ridge + 0.5 * lump
        worn = (edge > 0.93 + 0.25 * streak) | (along > 0.97 + 0.09 * streak) | (along < 0.03 - 0.06 * streak)
        return cls(*(part.reshape(_BRISTLES, -1) for part in (streak, mixed, height, ~worn)))


@dataclass
class Canvas:
    """Paint as (rows, columns, 4): colour and height; `scale` pixels a picture unit, `units` wide and high."""

    paint: Array
    scale: float
    units: tuple[float, float]

    @classmethod
    def primed(cls, width: int, height: int, units: tuple[float, float], ground: tuple[float, float, float]) -> Canvas:
        """A bare canvas in one colour, with room for oversampling; `width` and `height` in final pixels."""
        paint = np.zeros((height * OVERSAMPLING, width * OVERSAMPLING, 4), np.float32)
        paint[..., :3] = ground
        return cls(paint, width / units[0] * OVERSAMPLING, units)


def scattered(width: float, height: float, spacing: float, generator: np.random.Generator) -> tuple[Array, Array]:
    """Places in random order, about `spacing` apart, a little beyond the edges too."""
    x, y = np.meshgrid(np.arange(-spacing, width + spacing, spacing), np.arange(-spacing, height + spacing, spacing))
    x, y = (v.ravel() + generator.uniform(-0.6, 0.6, v.size) * spacing for v in (x, y))
    order = generator.permutation(x.size)
    return x[order].astype(np.float32), y[order].astype(np.float32)


def strokes(canvas: Canvas, x: Array, y: Array, layer: Layer, flow: Field, paint: Paint, generator: np.random.Generator) -> None:
    """Paint one stroke at each place, in order."""
    size = np.clip(generator.normal(1, layer.waver, (2, len(x))), 0.5, 1.6).astype(np.float32)
    # Big ones first: small strokes stay whole, and strokes of one chunk need about as many points.
    order = np.argsort(-np.round(size[0] * size[1], 1), kind="stable")
    x, y, size = x[order], y[order], size[:, order]
    miss = generator.normal(0, layer.turn, len(x)).astype(np.float32)
    lines = flow_lines(x, y, lambda px, py: flow(px, py) + miss, layer.length * size[0])
    s = np.linspace(0, 1, lines.shape[1], dtype=np.float32)
    # A brush lands, spreads and lifts.
    profile = 0.62 + 0.38 * np.sin(np.pi * np.clip(s * 0.8 + 0.18, 0, 1))
    widths = (layer.width * size[1])[:, None] * profile
    colour = paint(x, y, generator).astype(np.float32)
    second = paint(x, y, generator).astype(np.float32)
    marks = _Marks.made()
    brush = generator.integers(0, _BRISTLES, len(x))
    for part in in_chunks(lines, widths, canvas.scale):
        columns, rows, along, across = ribbons(lines[part], widths[part], canvas.scale)
        cell = (along * (_ALONG - 1)).astype(np.int32) * _ACROSS + ((across + 1) * ((_ACROSS - 1) / 2)).astype(np.int32)
        pixels, points = topmost(canvas.paint.shape, columns, rows, marks.kept[brush[part][:, None, None], cell])
        stroke = part.start + points // cell[0].size
        mark = brush[stroke], cell.ravel()[points]
        # Two pigments on one brush, not quite mixed.
        pigment = colour[stroke] + (second - colour)[stroke] * marks.mixed[mark][:, None]
        painted = canvas.paint.reshape(-1, 4)
        painted[pixels, :3] = pigment * (1 + np.float32(0.10) * marks.streak[mark])[:, None]
        painted[pixels, 3] = marks.height[mark] * np.float32(layer.width**0.5)


def cover(
    canvas: Canvas,
    layer: Layer,
    flow: Field,
    paint: Paint,
    generator: np.random.Generator,
    where: Callable[[Array, Array], Array] | None = None,
) -> None:
    """Strokes all over the canvas, or only where `where` (x, y) holds."""
    x, y = scattered(*canvas.units, layer.spacing, generator)
    if where is not None:
        inside = where(x, y)
        x, y = x[inside], y[inside]
    strokes(canvas, x, y, layer, flow, paint, generator)


def lit(canvas: Canvas, width: int, height: int, relief: float = 0.27) -> Array:
    """The painting under light from the upper left, (height, width, 3) in [0, 1]."""
    level = canvas.paint[..., 3]
    unit = canvas.scale / OVERSAMPLING
    level = blurred(level, 0.7 * unit) if unit > 0.6 else level
    down, right = np.gradient(level)
    slope = -(0.75 * right + 0.65 * down) * np.float32(unit)
    light = 1 + np.float32(relief) * np.tanh(slope * 1.4)
    shine = np.float32(0.16) * smoothstep(0.45, 1.5, slope)
    picture = canvas.paint[..., :3] * light[..., None] + shine[..., None]
    return np.clip(shrink(picture, width, height), 0, 1)


def to_bytes(picture: Array) -> Array:
    """sRGB-encoded [0, 1] to uint8."""
    return (np.clip(picture, 0, 1) * 255 + 0.5).astype(np.uint8)
