"""The far land of the lake scene: peaks, ranges and wooded hills, with their colours, light and distance."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from . import sky, terrain
from .noise import Array, fractal, ridged, smoothstep

SUN = (-0.88, -0.33, 0.26)
SUNLIGHT = np.array([7.0, 3.7, 1.55], np.float32)
SKYLIGHT = np.array([0.30, 0.44, 0.78], np.float32)
NEAREST, FARTHEST = 1250.0, 15000.0  # metres
_DISTANCES = 1700  # at the reference size

# across, away, height, radius in metres: a main peak left of the middle, ranges behind, wooded hills before.
PEAKS = (
    (-650, 6200, 1900, 2900), (-2700, 4900, 1200, 2100), (-1500, 5400, 1000, 1600), (2400, 5300, 1100, 2000),
    (3600, 5600, 1500, 2200), (1500, 9000, 1750, 3000), (600, 12500, 2200, 3800), (-1100, 2700, 270, 1300),
    (1600, 2500, 210, 1100), (350, 4400, 430, 1300), (-200, 9500, 1500, 2600),
)  # fmt: skip
GULLIES = ((420, 80), (190, 28), (85, 10), (38, 3.5))  # spacing, depth in metres

ROCK, SNOW = (0.165, 0.155, 0.16), (0.86, 0.89, 0.95)
PASTURE, WOOD = (0.13, 0.125, 0.04), (0.040, 0.050, 0.022)


@dataclass(frozen=True)
class FarLand:
    """The picture behind the lake (rows, columns, 3), linear, and the ground that it was made of."""

    picture: Array
    ground: terrain.Fan
    height: Array


def mountains(ground: terrain.Fan) -> Array:
    """Height over the lake in metres, of the ground's shape."""
    x, y = ground.across, ground.away
    bent_x = x + 360 * fractal(x / 1700, y / 1700, 3, 5)
    bent_y = y + 360 * fractal(x / 1700 + 9, y / 1700, 3, 6)
    height = np.zeros_like(x)
    for across, away, top, radius in PEAKS:
        cone = top * np.maximum(1 - np.hypot(bent_x - across, bent_y - away) / radius, 0)
        height = np.maximum(height, cone) + 0.2 * np.minimum(height, cone)
    rise = smoothstep(0, 500, height)
    height = height * (0.78 + 0.40 * ridged(x / 1500 + 2.3, y / 1500 + 0.7, 4, 11, 0.45))
    height += smoothstep(1300, 2000, y) * 30 - 6
    for number, (spacing, depth) in enumerate(GULLIES):
        height += terrain.carve(ground, height, spacing, depth, number + 1) * rise
    return height + fractal(x / 60, y / 60, 4, 77) * 6 * rise


def _upright(ground: terrain.Fan, height: Array) -> tuple[Array, Array, Array]:
    """Both slopes, and the cosine of the steepness."""
    across, away = ground.slopes(height)
    return across, away, 1 / np.sqrt(1 + across**2 + away**2)


def _cover(colour: Array, amount: Array, what: tuple[float, float, float], shade: Array | float) -> Array:
    return colour + (np.array(what, np.float32) * np.asarray(shade, np.float32)[..., None] - colour) * amount[..., None]


def reflectance(ground: terrain.Fan, height: Array, flat: Array) -> Array:
    """Rock, snow, pasture and wood by height and steepness, (..., 3)."""
    x, y = ground.across, ground.away
    strata = 0.8 + 0.45 * fractal(x / 90, (y + 3 * height) / 90, 4, 50) + 0.35 * fractal(x / 900, height / 26, 3, 51)
    colour = strata[..., None] * np.array(ROCK, np.float32)
    patches = fractal(x / 240, y / 240, 4, 9)
    snow = smoothstep(420, 900, height + 300 * patches) * smoothstep(0.42, 0.60, flat + 0.12 * patches)
    pasture = smoothstep(560, 380, height + 150 * patches) * smoothstep(0.6, 0.75, flat)
    wood = smoothstep(480, 330, height + 130 * fractal(x / 200, y / 200, 4, 19)) * smoothstep(0.5, 0.62, flat)
    colour = _cover(colour, snow, SNOW, 1.0)
    colour = _cover(colour, pasture, PASTURE, 0.8 + 0.5 * fractal(x / 50, y / 50, 3, 30))
    return _cover(colour, wood, WOOD, 0.6 + 0.6 * fractal(x / 14, y / 14, 2, 66))


def far_land(camera: terrain.Camera, rows: int, columns: int, scale: float) -> FarLand:
    """Mountains under the evening sky; `scale` is pixels a unit of the reference size."""
    ground = terrain.fan(camera, columns, NEAREST, FARTHEST, round(_DISTANCES * scale))
    height = mountains(ground)
    slope_across, slope_away, flat = _upright(ground, height)
    facing = np.clip((SUN[2] - slope_across * SUN[0] - slope_away * SUN[1]) * flat, 0, 1)
    sunlit = facing * terrain.in_sunlight(ground, height, SUN, 5000)
    light = sunlit[..., None] * SUNLIGHT + (0.4 + 0.6 * flat)[..., None] * SKYLIGHT
    colour = reflectance(ground, height, flat) * light
    veil = (1 - np.exp(-ground.away / 17000 * np.exp(-np.maximum(height, 0) / 1600)))[..., None]
    colour += (sky.air(ground.across / ground.away) - colour) * veil
    seen = terrain.visible(camera, ground, height, rows)
    land = terrain.look_up(colour.astype(np.float32), seen)
    return FarLand(np.where((seen < 0)[..., None], sky.sky(camera, rows, columns, SUN), land).astype(np.float32), ground, height)
