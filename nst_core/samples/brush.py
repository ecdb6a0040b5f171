"""Strokes as ribbons of coloured points, laid onto a canvas in painter's order.

Thousands of strokes become one array of points and one assignment: where several fall on a pixel, the last one stays, as on a
canvas. Painting at twice the final size and averaging gives clean edges.
"""

from __future__ import annotations

from typing import Callable

import numpy as np

from .noise import Array

Field = Callable[[Array, Array], Array]
"""An angle in radians (0 = to the right, growing downwards) for each position in picture units."""

_POINTS_A_PIXEL = 1.3  # enough that a bent ribbon leaves no holes
_POINTS_AT_ONCE = 4_000_000  # keeps a chunk's arrays near 100 MB


def flow_lines(x: Array, y: Array, field: Field, length: Array, steps: int = 9) -> Array:
    """Curves through (x, y) along `field`, half of `length` (N,) to each side: (N, steps, 2), from tail to head."""
    half = steps // 2
    line = np.empty((len(x), 2 * half + 1, 2), np.float32)
    line[:, half] = np.stack([x, y], -1)
    stride = np.asarray(length, np.float32) / (2 * half)
    for sign in (-1, 1):
        here = line[:, half].copy()
        heading = field(here[:, 0], here[:, 1])
        for step in range(1, half + 1):
            middle = here + 0.5 * sign * stride[:, None] * np.stack([np.cos(heading), np.sin(heading)], -1)
            turned = field(middle[:, 0], middle[:, 1])
            # A direction field has no arrowheads: keep going the way that we came.
            turned = np.where(np.cos(turned - heading) < 0, turned + np.pi, turned)
            here = here + sign * stride[:, None] * np.stack([np.cos(turned), np.sin(turned)], -1)
            heading = turned
            line[:, half + sign * step] = here
    return line


def ribbons(lines: Array, widths: Array, scale: float) -> tuple[Array, Array, Array, Array]:
    """Points that fill ribbons along `lines` (N, S, 2), `widths` (N, S) across, in picture units.

    Returns pixel columns and rows (float, at `scale` pixels a unit), the place along in [0, 1] and across in [-1, 1], all
    (N, along, across).
    """
    lengths = np.hypot(*np.moveaxis(np.diff(lines, axis=1), -1, 0)).sum(1)
    along = max(2, int(np.ceil(lengths.max() * scale * _POINTS_A_PIXEL)))
    across = max(1, int(np.ceil(widths.max() * scale * _POINTS_A_PIXEL)))
    place = np.linspace(0, lines.shape[1] - 1, along, dtype=np.float32)
    knot = np.minimum(place.astype(np.int32), lines.shape[1] - 2)
    part = place - knot
    tangent = np.gradient(lines, axis=1)
    normal = (
        np.stack([-tangent[..., 1], tangent[..., 0]], -1) / np.maximum(np.hypot(*np.moveaxis(tangent, -1, 0)), 1e-6)[..., None]
    )
    offset = normal * (widths / 2)[..., None]

    def between(values: Array) -> Array:
        return values[:, knot] * (1 - part)[:, None] + values[:, knot + 1] * part[:, None]

    t = (np.linspace(-1, 1, across, dtype=np.float32) if across > 1 else np.zeros(1, np.float32))[None, None, :]
    spine, reach = between(lines)[:, :, None, :], between(offset)[:, :, None, :]
    points = (spine + reach * t[..., None]) * np.float32(scale)
    s = np.broadcast_to((place / (lines.shape[1] - 1))[None, :, None], points.shape[:3])
    return points[..., 0], points[..., 1], s, np.broadcast_to(t, points.shape[:3])


def in_chunks(lines: Array, widths: Array, scale: float) -> list[slice]:
    """Slices of strokes, in order, whose ribbons fit into memory together."""
    lengths = np.hypot(*np.moveaxis(np.diff(lines, axis=1), -1, 0)).sum(1)
    points = max(1.0, float(lengths.max() * widths.max() * (scale * _POINTS_A_PIXEL) ** 2))
    size = max(1, int(_POINTS_AT_ONCE / points))
    return [slice(start, start + size) for start in range(0, len(lines), size)]


def topmost(shape: tuple[int, ...], columns: Array, rows: Array, where: Array | None = None) -> tuple[Array, Array]:
    """Which pixels of a canvas (H, W, ...) the points fall on, and the last point on each: two arrays of flat numbers."""
    column, row = np.floor(columns).astype(np.int32), np.floor(rows).astype(np.int32)
    inside = (column >= 0) & (row >= 0) & (column < shape[1]) & (row < shape[0])
    if where is not None:
        inside &= where
    points = np.flatnonzero(inside)
    last = np.full(shape[0] * shape[1], -1, np.int32)
    # Of several values for one place, numpy keeps the last.
    last[(row * np.int32(shape[1]) + column).ravel()[points]] = points
    pixels = np.flatnonzero(last >= 0)
    return pixels, last[pixels]


def lay(canvas: Array, columns: Array, rows: Array, values: Array, where: Array | None = None) -> None:
    """Put `values` (..., channels) onto `canvas` (H, W, channels) at the points; the last point on a pixel stays."""
    pixels, points = topmost(canvas.shape, columns, rows, where)
    canvas.reshape(-1, canvas.shape[2])[pixels] = values.reshape(-1, canvas.shape[2])[points]
