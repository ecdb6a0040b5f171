"""Mountains as a camera sees them: heights evaluated where the view rays pass, carved by gullies, lit by a low sun.

The ground is sampled on a fan of rays: row k of every array is a distance, column c a direction, so that near ground gets
fine steps and far ground coarse ones. What a pixel shows is then a search in one column.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Array, hashed, smoothstep


@dataclass(frozen=True)
class Camera:
    """A level camera over a lake: lengths in metres, picture measures in pixels."""

    height: float
    focal: float
    horizon: float
    middle: float


@dataclass(frozen=True)
class Fan:
    """Ground points under the view rays, (distances, columns): `across` and `away` in metres."""

    across: Array
    away: Array

    def slopes(self, height: Array) -> tuple[Array, Array]:
        """Partial derivatives of `height` to `across` and `away`."""
        by_row, by_column = np.gradient(height)
        away_by_row = np.gradient(self.away[:, 0])[:, None]
        across_by_row, across_by_column = np.gradient(self.across, axis=0), np.gradient(self.across, axis=1)
        slope_across = by_column / across_by_column
        return slope_across, (by_row - slope_across * across_by_row) / away_by_row


def fan(camera: Camera, columns: int, near: float, far: float, steps: int) -> Fan:
    """Rays through all `columns` of the picture, `steps` distances with a constant ratio from `near` to `far`."""
    away = np.geomspace(near, far, steps, dtype=np.float32)[:, None]
    direction = (np.arange(columns, dtype=np.float32) + 0.5 - camera.middle) / camera.focal
    return Fan(away * direction, np.broadcast_to(away, (steps, columns)))


def smoothed(values: Array, radius: int) -> Array:
    """Mean over a square of 2 * radius + 1 samples, twice, so that the kernel is a tent; (distances, columns)."""
    for axis in (0, 1, 0, 1):
        padded = np.pad(values, [(radius + 1, radius) if a == axis else (0, 0) for a in (0, 1)], mode="edge")
        sums = np.cumsum(padded, axis=axis, dtype=np.float64)
        size = values.shape[axis]
        last, first = np.take(sums, np.arange(size) + 2 * radius + 1, axis), np.take(sums, np.arange(size), axis)
        values = ((last - first) / (2 * radius + 1)).astype(np.float32)
    return values


def carve(ground: Fan, height: Array, spacing: float, depth: float, seed: int) -> Array:
    """Height change by gullies that run down the slope, `spacing` metres apart; (distances, columns) in metres.

    Every cell of a jittered lattice carries stripes along the local fall line; blending the stripes' phases rather than
    their heights keeps the gullies sharp where cells meet, and they branch where the slope turns.
    """
    # On a crest the fall line turns round within one sample; smoothing lets the gullies fade there instead.
    metres_a_sample = ground.across[height.shape[0] // 2, 1] - ground.across[height.shape[0] // 2, 0]
    slope_x, slope_y = ground.slopes(smoothed(height, max(1, round(spacing * 0.12 / metres_a_sample))))
    steepness = np.hypot(slope_x, slope_y) + np.float32(1e-6)
    along_x, along_y = -slope_y / steepness, slope_x / steepness
    x, y = ground.across / np.float32(spacing * 2), ground.away / np.float32(spacing * 2)
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    cosine = np.zeros_like(height)
    sine = np.zeros_like(height)
    for step_y in (-1, 0, 1):
        for step_x in (-1, 0, 1):
            bits = hashed(column + step_x, row + step_y, seed)
            to_x = x - column - step_x - (bits & np.uint32(0xFFFF)).astype(np.float32) * np.float32(1 / 65536)
            to_y = y - row - step_y - (bits >> np.uint32(16)).astype(np.float32) * np.float32(1 / 65536)
            weight = np.square(np.maximum(1 - (to_x * to_x + to_y * to_y) / np.float32(2.2), 0))
            phase = (to_x * along_x + to_y * along_y) * np.float32(4 * np.pi)
            cosine += weight * np.cos(phase)
            sine += weight * np.sin(phase)
    stripe = cosine / (np.hypot(cosine, sine) + np.float32(0.15))
    return np.float32(depth) * (stripe - 1) * smoothstep(0.1, 0.8, steepness)


def in_sunlight(ground: Fan, height: Array, sun: tuple[float, float, float], reach: float, steps: int = 48) -> Array:
    """How much of the sun each point sees, in [0, 1]; `sun` is the direction to it (across, away, up)."""
    first, ratio = ground.away[0, 0], np.log(ground.away[1, 0] / ground.away[0, 0])
    width = height.shape[1]
    slope_middle = ground.across[0] / ground.away[0]
    clearance = np.full(height.shape, 1e9, np.float32)
    for step in range(1, steps + 1):
        way = reach * (step / steps) ** 2
        x, y = ground.across + np.float32(sun[0] * way), ground.away + np.float32(sun[1] * way)
        k = np.clip(np.log(np.maximum(y, first) / first) / ratio, 0, height.shape[0] - 1).astype(np.int32)
        c = (x / np.maximum(y, 1) - slope_middle[0]) / (slope_middle[1] - slope_middle[0])
        # Beyond the picture's sides nothing is known, and nothing casts a shadow.
        known = (c >= 0) & (c < width)
        blocker = height[k, np.clip(c, 0, width - 1).astype(np.int32)]
        over = (height + np.float32(sun[2] * way) - blocker) / np.float32(way * 0.02 + 4)
        clearance = np.where(known, np.minimum(clearance, over), clearance)
    return smoothstep(-1, 1, clearance)


def visible(camera: Camera, ground: Fan, height: Array, rows: int) -> Array:
    """Which ground every pixel sees: fractional index of distance (rows, columns), -1 where the sky is."""
    image_row = camera.horizon - (height - camera.height) / ground.away * camera.focal
    skyline = np.minimum.accumulate(image_row, axis=0)
    wanted = np.arange(rows, dtype=np.float32) + 0.5
    seen = np.full((rows, height.shape[1]), -1, np.float32)
    for column in range(height.shape[1]):
        rising = -skyline[:, column]
        index = np.searchsorted(rising, -wanted)
        hit = (index > 0) & (index < len(rising))
        before, after = rising[index[hit] - 1], rising[index[hit]]
        seen[hit, column] = index[hit] - 1 + (-wanted[hit] - before) / np.maximum(after - before, 1e-6)
        seen[index == 0, column] = 0
    return seen


def look_up(values: Array, seen: Array) -> Array:
    """`values` (distances, columns, ...) at the fractional distances of `visible`; sky gets the farthest ground."""
    position = np.where(seen < 0, values.shape[0] - 1, seen)
    lower = np.minimum(position.astype(np.int32), values.shape[0] - 2)
    columns = np.arange(values.shape[1])[None, :]
    part = position - lower
    if values.ndim == 3:
        part = part[..., None]
    return values[lower, columns] * (1 - part) + values[lower + 1, columns] * part
