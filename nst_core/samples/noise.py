"""Seeded noise over the plane: the grain of everything the samples show. Pure functions of position, so a picture keeps
its composition at every size."""

from __future__ import annotations

import numpy as np

Array = np.ndarray

# 256 unit gradients: finer than the classic eight, so that no direction shows through in flat skies.
_ANGLES = np.arange(256, dtype=np.float32) * np.float32(2 * np.pi / 256)
_GRADIENT_X = np.cos(_ANGLES)
_GRADIENT_Y = np.sin(_ANGLES)
# Turning each octave by an odd angle keeps the lattices from lining up.
_TURN_COS, _TURN_SIN = np.float32(0.8), np.float32(0.6)


def hashed(x: Array, y: Array, seed: int) -> Array:
    """32 well-mixed bits for each pair of integers; int32 arrays in, uint32 out."""
    bits = x.astype(np.uint32) * np.uint32(0x9E3779B1)
    bits ^= y.astype(np.uint32) * np.uint32(0x85EBCA77)
    bits ^= np.uint32((seed * 0xC2B2AE3D + 0x27D4EB2F) & 0xFFFFFFFF)
    bits ^= bits >> np.uint32(15)
    bits *= np.uint32(0x2C1B3C6D)
    bits ^= bits >> np.uint32(12)
    bits *= np.uint32(0x297A2D39)
    bits ^= bits >> np.uint32(15)
    return bits


def uniform(x: Array, y: Array, seed: int) -> Array:
    """A number in [0, 1) for each pair of integers, float32."""
    return (hashed(x, y, seed) >> np.uint32(8)).astype(np.float32) * np.float32(2.0**-24)


def gradient(x: Array, y: Array | float, seed: int) -> Array:
    """Perlin's gradient noise (2002 fade curve): one hill a unit, about [-1, 1], float32 of x's shape."""
    x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
    left, top = np.floor(x), np.floor(y)
    column, row = left.astype(np.int32), top.astype(np.int32)
    dx, dy = x - left, y - top

    def corner(step_x: int, step_y: int) -> Array:
        index = hashed(column + step_x, row + step_y, seed) & np.uint32(255)
        return _GRADIENT_X[index] * (dx - step_x) + _GRADIENT_Y[index] * (dy - step_y)

    fade_x = dx * dx * dx * (dx * (dx * 6 - 15) + 10)
    fade_y = dy * dy * dy * (dy * (dy * 6 - 15) + 10)
    upper, lower = corner(0, 0), corner(0, 1)
    upper += fade_x * (corner(1, 0) - upper)
    lower += fade_x * (corner(1, 1) - lower)
    upper += fade_y * (lower - upper)
    return upper * np.float32(1.5)


def fractal(x: Array, y: Array | float, octaves: int, seed: int, gain: float = 0.5, lacunarity: float = 2.0) -> Array:
    """Octaves of gradient noise, each `lacunarity` times finer and `gain` times fainter; about [-1, 1]."""
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    amplitude, sum_of_amplitudes = 1.0, 0.0
    for octave in range(octaves):
        total += np.float32(amplitude) * gradient(x, y, seed + 101 * octave)
        sum_of_amplitudes += amplitude
        amplitude *= gain
        x, y = (x * _TURN_COS - y * _TURN_SIN) * lacunarity + 7.3, (x * _TURN_SIN + y * _TURN_COS) * lacunarity - 3.1
    return total / np.float32(sum_of_amplitudes)


def ridged(x: Array, y: Array, octaves: int, seed: int, gain: float = 0.5) -> Array:
    """Musgrave's ridged multifractal in [0, 1]: sharp crests, and detail only where there is already height."""
    x, y = np.asarray(x, np.float32), np.asarray(y, np.float32)
    total = np.zeros(np.broadcast_shapes(x.shape, y.shape), np.float32)
    weight: Array | float = 1.0
    amplitude, sum_of_amplitudes = 1.0, 0.0
    for octave in range(octaves):
        crest = np.square(1 - np.minimum(np.abs(gradient(x, y, seed + 101 * octave)), 1))
        crest *= weight
        total += np.float32(amplitude) * crest
        weight = np.clip(crest * 2, 0, 1)
        sum_of_amplitudes += amplitude
        amplitude *= gain
        x, y = (x * _TURN_COS - y * _TURN_SIN) * 2 + 7.3, (x * _TURN_SIN + y * _TURN_COS) * 2 - 3.1
    return total / np.float32(sum_of_amplitudes)


def cells(x: Array, y: Array, seed: int, jitter: float = 0.9) -> tuple[Array, Array, Array]:
    """Worley's cells, one point a unit square: distance to the nearest and to the second point, and the nearest's
    own random number in [0, 1)."""
    x, y = np.broadcast_arrays(np.asarray(x, np.float32), np.asarray(y, np.float32))
    column, row = np.floor(x).astype(np.int32), np.floor(y).astype(np.int32)
    nearest = np.full(x.shape, 9, np.float32)
    second = np.full(x.shape, 9, np.float32)
    own = np.zeros(x.shape, np.float32)
    for step_y in (-1, 0, 1):
        for step_x in (-1, 0, 1):
            cell_x, cell_y = column + step_x, row + step_y
            bits = hashed(cell_x, cell_y, seed)
            point_x = (bits & np.uint32(0x3FF)).astype(np.float32) * np.float32(jitter / 1024) + cell_x + (1 - jitter) / 2
            point_y = (bits >> np.uint32(10) & np.uint32(0x3FF)).astype(np.float32) * np.float32(jitter / 1024)
            distance = np.hypot(point_x - x, point_y + cell_y + (1 - jitter) / 2 - y)
            closer = distance < nearest
            second = np.where(closer, nearest, np.minimum(second, distance))
            own = np.where(closer, (bits >> np.uint32(20)).astype(np.float32) * np.float32(1 / 4096), own)
            nearest = np.where(closer, distance, nearest)
    return nearest, second, own


def smoothstep(low: float, high: float, value: Array) -> Array:
    """0 below `low`, 1 above `high`, smooth between; `low` may be the larger one."""
    t = np.clip((value - low) / (high - low), 0, 1)
    return t * t * (3 - 2 * t)
