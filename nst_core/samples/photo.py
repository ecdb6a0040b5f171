"""From linear light to a photograph's pixels: tone curve, glow, vignette, grain."""

from __future__ import annotations

import numpy as np

from .noise import Array

_GLOW = 0.10


def blurred(picture: Array, radius: float) -> Array:
    """Three running means a direction, which is a Gaussian to the eye; (H, W) or (H, W, C), `radius` in pixels."""
    box = max(1, round(radius))
    for axis in (0, 1) * 3:
        pads = [(0, 0)] * picture.ndim
        pads[axis] = (box + 1, box)
        sums = np.cumsum(np.pad(picture, pads, mode="edge"), axis=axis, dtype=np.float64)
        size = picture.shape[axis]
        window = 2 * box + 1
        picture = ((np.take(sums, np.arange(size) + window, axis) - np.take(sums, np.arange(size), axis)) / window).astype(
            np.float32
        )
    return picture


def shrink(picture: Array, width: int, height: int) -> Array:
    """Mean over areas to (height, width, C), float32; exact for any ratio, because it integrates and differs."""
    for axis, wanted in ((0, height), (1, width)):
        size = picture.shape[axis]
        if size == wanted:
            continue
        sums = np.concatenate(
            [np.zeros_like(np.take(picture, [0], axis), np.float64), np.cumsum(picture, axis, np.float64)], axis
        )
        edges = np.linspace(0, size, wanted + 1)
        lower = np.minimum(edges.astype(int), size - 1)
        part = (edges - lower).reshape([-1 if a == axis else 1 for a in range(picture.ndim)])
        at_edge = np.take(sums, lower, axis) * (1 - part) + np.take(sums, lower + 1, axis) * part
        picture = (np.diff(at_edge, axis=axis) * (wanted / size)).astype(np.float32)
    return picture


def oversampling(size: int) -> int:
    """Pixels to compute for each final one, so that lines a picture unit wide keep their width at small sizes too."""
    return max(2, -(-1024 // size))


def filmic(light: Array) -> Array:
    """Linear light to [0, 1]: a toe for deep shadows and a shoulder for highlights (Narkowicz's fit of the ACES curve)."""
    return np.clip(light * (2.51 * light + 0.03) / (light * (2.43 * light + 0.59) + 0.14), 0, 1)


def to_srgb(light: Array) -> Array:
    """Linear [0, 1] to sRGB-encoded [0, 1] (IEC 61966-2-1)."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 1e-6) ** (1 / 2.4) - 0.055)


def develop(light: Array, exposure: float, grain: float, seed: int, saturation: float = 1.1) -> Array:
    """Linear (H, W, 3) to uint8 sRGB; `grain` is the noise's standard deviation in the middle tones, of 255."""
    height, width = light.shape[:2]
    light = light * np.float32(exposure)
    glow = blurred(np.minimum(light, 4), width / 90) * np.float32(0.7) + blurred(np.minimum(light, 4), width / 25) * np.float32(
        0.3
    )
    light = light + (glow - light) * np.float32(_GLOW)
    across, down = np.linspace(-1, 1, width, dtype=np.float32), np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    light = light * (1 - 0.16 * np.square(across**2 * 0.6 + down**2 * 0.5))[..., None]
    grey = light @ np.array([0.2126, 0.7152, 0.0722], np.float32)
    light = np.maximum(grey[..., None] + (light - grey[..., None]) * np.float32(saturation), 0)
    encoded = to_srgb(filmic(light)) * 255
    noise = np.random.default_rng(seed).normal(0, 1, (height + 1, width + 1, 4)).astype(np.float32)
    # Film's grains are a little larger than a pixel, and mostly grey.
    noise = noise[:-1, :-1] + noise[1:, :-1] * 0.5 + noise[:-1, 1:] * 0.5
    noise = noise[..., 3:] * 0.75 + noise[..., :3] * 0.3
    encoded += noise * grain * (0.35 + 0.65 * np.sin(np.pi * np.clip(encoded / 255, 0, 1)))
    return np.clip(encoded + 0.5, 0, 255).astype(np.uint8)
