"""An evening sky: clear air that warms toward the sun and the horizon, and a broken sheet of cloud lit from the side."""

from __future__ import annotations

import numpy as np

from .noise import Array, fractal, smoothstep
from .terrain import Camera

ZENITH = np.array([0.07, 0.17, 0.46], np.float32)
MIDDLE = np.array([0.30, 0.44, 0.70], np.float32)
HORIZON_SUN = np.array([1.45, 0.82, 0.45], np.float32)
HORIZON_AWAY = np.array([0.72, 0.60, 0.66], np.float32)
CLOUD_SHADE = np.array([0.27, 0.31, 0.45], np.float32)
CLOUD_LIT = np.array([1.75, 0.92, 0.48], np.float32)
_CLOUD_BASE = 2600.0  # metres


def toward_sun(direction: Array) -> Array:
    """How warm the air is at a view direction (across / away): 1 at the picture's left, 0 at its right."""
    return smoothstep(0.65, -0.75, direction)


def air(direction: Array) -> Array:
    """The colour that distance fades to, (..., 3)."""
    warm = toward_sun(direction)[..., None]
    return np.array([0.36, 0.44, 0.66], np.float32) * (1 - warm) + np.array([0.95, 0.62, 0.44], np.float32) * warm


def _density(x: Array, y: Array) -> Array:
    """The cloud sheet's thickness over the ground position in metres."""
    bent_x = x + 1100 * fractal(x / 2900, y / 2900, 2, 90)
    bent_y = y + 1100 * fractal(x / 2900 + 5, y / 2900, 2, 91)
    return fractal(bent_x / 4300 + 3.3, bent_y / 2700 + 0.4, 7, 93, 0.56)


def sky(camera: Camera, rows: int, columns: int, sun: tuple[float, float, float]) -> Array:
    """Linear light (rows, columns, 3); below the horizon it goes on as the horizon's colour."""
    row, column = np.mgrid[0:rows, 0:columns].astype(np.float32) + 0.5
    across = (column - camera.middle) / camera.focal
    up = np.maximum((camera.horizon - row) / camera.focal, 0.004)
    elevation = up / np.sqrt(1 + up * up + across * across)
    warm = toward_sun(across)[..., None]
    horizon = HORIZON_SUN * warm + HORIZON_AWAY * (1 - warm)
    high, low = (1 - np.exp(-elevation * 5))[..., None], np.exp(-elevation * 12)[..., None]
    clear = MIDDLE * (1 - high) + ZENITH * high
    clear = clear + (horizon - clear) * low
    x, y = across / up * _CLOUD_BASE, _CLOUD_BASE / up
    here = _density(x, y)
    sunward = _density(x + sun[0] * 420, y + sun[1] * 420)
    cover = smoothstep(-0.02, 0.26, here + 0.06)
    light = np.clip(0.42 + 2.6 * (here - sunward) - 0.5 * (here - 0.12), 0.02, 1.3)[..., None]
    cloud = CLOUD_SHADE + CLOUD_LIT * light * (0.55 + 0.6 * warm)
    distance = np.exp(-y / 40000)[..., None]
    cloud = cloud * distance + horizon * (1 - distance)
    return clear + (cloud - clear) * (cover * 0.95)[..., None]
