"""What lies on the still life's table, and the skin of each thing."""

from __future__ import annotations

import numpy as np

from .noise import Array, cells, fractal, gradient, smoothstep
from .room import Scene, Skin
from .trace import Balls, Body, Relief, Tube, Turned, spline, turned, unit

# Outlines as (radius, height) in metres, from the axis below to the axis above.
_APPLE = [
    (0, 0.010),
    (0.012, 0.004),
    (0.026, 0.002),
    (0.043, 0.022),
    (0.049, 0.048),
    (0.044, 0.074),
    (0.030, 0.088),
    (0.014, 0.086),
    (0.004, 0.074),
    (0, 0.070),
]
_PEAR = [
    (0, 0.006),
    (0.016, 0.001),
    (0.036, 0.012),
    (0.047, 0.038),
    (0.043, 0.064),
    (0.029, 0.091),
    (0.021, 0.112),
    (0.016, 0.128),
    (0.007, 0.136),
    (0, 0.134),
]
_ORANGE = [(0, 0.001), (0.020, 0.005), (0.041, 0.025), (0.047, 0.047), (0.041, 0.070), (0.021, 0.089), (0.006, 0.091), (0, 0.089)]
_LEMON = [
    (0, -0.056),
    (0.006, -0.054),
    (0.011, -0.047),
    (0.027, -0.031),
    (0.035, 0),
    (0.028, 0.030),
    (0.013, 0.047),
    (0.009, 0.056),
    (0, 0.060),
]
_HALF_ORANGE = [(0, -0.045), (0.022, -0.040), (0.041, -0.018), (0.0465, -0.003)]
_JUG = [
    (0.062, 0.0), (0.068, 0.006), (0.066, 0.016), (0.088, 0.060), (0.106, 0.115), (0.103, 0.165), (0.078, 0.215),
    (0.057, 0.250), (0.053, 0.285), (0.060, 0.320), (0.068, 0.338), (0.070, 0.343), (0.066, 0.344),
    (0.058, 0.325), (0.048, 0.285),
]  # fmt: skip
_JUG_FLOOR = [(0, 0.280)]
_HANDLE = [(0.050, 0.312), (0.085, 0.326), (0.120, 0.305), (0.140, 0.255), (0.136, 0.200), (0.115, 0.160), (0.094, 0.140)]
_STEM = [(0, 0), (0.002, 0.012), (0.008, 0.024), (0.013, 0.030)]

_GRAPES = 62
_CLOTH_THICKNESS = 0.060


def _outline(points: list[tuple[float, float]]) -> Array:
    line = spline(points)
    line[:, 0] = np.maximum(line[:, 0], 0)
    return line


def _jug_outline() -> Array:
    """Base, wall, lip and a little of the inside; dark liquid closes it."""
    line = np.concatenate([np.array([(0, 0)], np.float32), spline(_JUG), np.array(_JUG_FLOOR, np.float32)])
    line[:, 0] = np.maximum(line[:, 0], 0)
    return line


def _at(*position: float) -> Array:
    return np.array(position, np.float32)


def _grapes() -> Balls:
    """A bunch lying on the cloth: balls drop one after another onto a tapering heap; those that pile too high roll off."""
    generator = np.random.default_rng(41)
    centres, radii = np.zeros((0, 3)), np.zeros(0)
    while len(radii) < _GRAPES:
        radius, along = generator.uniform(0.0125, 0.0165), generator.random()
        x = -0.10 + 0.18 * along + generator.normal(0, 0.010)
        z = -0.175 + 0.05 * along + generator.normal(0, 0.022 * (1.3 - abs(2 * along - 0.9)))
        apart = (radius + radii) * 0.93
        over = apart**2 - (centres[:, 0] - x) ** 2 - (centres[:, 2] - z) ** 2
        y = max([radius + 0.006, *(centres[over > 0, 1] + np.sqrt(over[over > 0]))])
        if y < 0.088 - 0.06 * abs(along - 0.5):
            centres, radii = np.vstack([centres, (x, y, z)]), np.append(radii, radius)
    return Balls("grapes", centres.astype(np.float32), radii.astype(np.float32))


def _stem(name: str, base: Array, tilt: float, spin: float, size: float) -> Tube:
    return Tube(name, base, turned(tilt, spin), spline(_STEM) * np.float32(size), 0.0016 * size)


def _bodies() -> tuple[Body, ...]:
    apple, pear, orange, half = (
        _outline(_APPLE),
        _outline(_PEAR),
        _outline(_ORANGE),
        _outline([*_HALF_ORANGE, (0.0465, 0.0), (0, 0.0)]),
    )
    lying = turned(1.42, -0.6)
    return (
        Turned("jug", _at(-0.135, 0, 0.17), turned(0, 0.4), _jug_outline()),
        Tube("jug handle", _at(-0.135, 0, 0.17), turned(0, 2.75), spline(_HANDLE), 0.0085, 1.7),
        Turned("apple red", _at(-0.300, 0.004, 0.020), turned(0.18, 0.9), apple, 0.95),
        _stem("stem", _at(-0.300, 0.072, 0.020), 0.2, 2.0, 1.0),
        Turned("apple gold", _at(-0.215, 0.006, -0.085), turned(-0.25, 2.2), apple * np.float32(0.96), 0.96),
        _stem("stem", _at(-0.200, 0.070, -0.092), -0.2, 0.4, 0.9),
        Turned("pear", _at(0.135, 0.003, 0.130), turned(-0.06, 0.3), pear * np.float32(1.25), 0.97),
        _stem("stem", _at(0.143, 0.166, 0.130), -0.1, 0.2, 1.1),
        Turned("pear ripe", _at(0.225, 0.052, 0.060), lying, pear * np.float32(1.15), 0.96),
        _stem("stem", _at(0.225, 0.052, 0.060) + _at(0, 0.152, 0) @ lying, 1.4, -0.6, 1.0),
        Turned("orange", _at(0.070, 0.004, 0.005), turned(0.4, 0.5), orange, 0.98),
        Turned("orange", _at(0.325, 0.002, 0.165), turned(-0.5, 1.5), orange, 0.98),
        Turned("half orange", _at(0.165, 0.046, -0.085), turned(1.05, -1.85), half),
        Turned("lemon", _at(0.275, 0.036, -0.075), turned(1.5, 0.55), _outline(_LEMON), 0.97),
        _grapes(),
    )


def _cloth(x: Array, z: Array) -> Array:
    """Height of the linen over the table in metres; -1 beyond its wavy hem."""
    u = (x + 0.02) * 0.94 + (z + 0.06) * 0.34
    v = (z + 0.06) * 0.94 - (x + 0.02) * 0.34
    hem = np.maximum(np.abs(u) - 0.325 - 0.012 * np.sin(v * 23), np.abs(v) - 0.175 - 0.012 * np.sin(u * 17 + 1))
    folds = 0.5 + 0.5 * np.sin(u * 26 + 2.2 * np.sin(v * 7 + 0.6) + 4 * v)
    crumple = gradient(u * 9, v * 9, 50) * 0.5 + gradient(u * 21, v * 21, 51) * 0.16
    # The cloth is flat where fruit weighs it down and rises toward its edge.
    rise = smoothstep(0.10, 0.36, np.hypot(u * 0.9, v * 1.9))
    height = 0.004 + rise * (0.032 * folds**2.5 + 0.024 * np.abs(crumple)) + 0.007 * np.abs(crumple)
    return np.where(hem < 0, height * smoothstep(0.0, -0.03, hem) * 0.8 + 0.003, -1).astype(np.float32)


def _mix(a: Array | tuple[float, ...], b: Array | tuple[float, ...], amount: Array) -> Array:
    a, b = np.asarray(a, np.float32), np.asarray(b, np.float32)
    return a + (b - a) * amount[..., None]


def _bumped(normal: Array, strength: float, place: Array, seed: int) -> Array:
    """Normals (N, 3) that stray a little, one bump a unit of `place` (N, 3)."""
    x, y, z = place.T
    shift = np.stack(
        [gradient(x + z, y - 0.7 * z, seed), gradient(y + x, z - 0.6 * x, seed + 1), gradient(z + y, x - 0.8 * y, seed + 2)], -1
    )
    return unit(normal + np.float32(strength) * shift)


def _around(local: Array) -> Array:
    return np.arctan2(local[:, 2], local[:, 0])


def _apple(local: Array, normal: Array, red: bool) -> Skin:
    turn, height = _around(local), local[:, 1]
    x, z = np.cos(turn), np.sin(turn)
    streaks = 0.55 * fractal(x * 6 + 3, z * 6 + height * 22, 4, 60) + 0.45 * fractal(x * 24, z * 24 + height * 14, 3, 61)
    blush = smoothstep(
        -0.55, 0.45, streaks + (0.42 if red else -0.40) + 0.8 * fractal(x * 0.9 + (0 if red else 4), z * 0.9, 2, 62)
    )
    colour = _mix((0.60, 0.36, 0.07) if red else (0.62, 0.46, 0.07), (0.42, 0.016, 0.014) if red else (0.62, 0.10, 0.03), blush)
    nearest, _, own = cells(turn * 9, height * 190, 63)
    colour = _mix(colour, (0.75, 0.60, 0.30), smoothstep(0.20, 0.08, nearest) * (own > 0.55) * 0.7)
    hollow = smoothstep(0.020, 0.006, np.hypot(local[:, 0], local[:, 2])) * (height > 0.05)
    colour = _mix(colour, (0.26, 0.20, 0.04), hollow * 0.8)
    return Skin(
        colour,
        _bumped(normal, 0.012, local * 260, 64),
        np.full(len(local), 0.045, np.float32),
        np.full(len(local), 0.06, np.float32),
    )


def _pear(local: Array, normal: Array, ripe: bool) -> Skin:
    turn, height = _around(local), local[:, 1]
    x, z = np.cos(turn), np.sin(turn)
    mottle = fractal(local[:, 0] * 55 + 3, local[:, 1] * 55 + local[:, 2] * 40, 4, 70)
    colour = _mix((0.42, 0.44, 0.07), (0.66, 0.50, 0.09), smoothstep(-0.4, 0.4, mottle + (0.35 if ripe else -0.1)))
    blush = smoothstep(
        0.1, 0.9, 0.55 * x - 0.55 * z + 0.5 * fractal(x * 2, height * 30 + z * 2, 3, 71) + (0.25 if ripe else -0.05)
    )
    colour = _mix(colour, (0.60, 0.15, 0.04), blush * 0.75)
    nearest, _, own = cells(turn * 14, height * 330, 72)
    russet = smoothstep(0.32, 0.12, nearest) * (own > 0.35) * 0.55 + 0.8 * smoothstep(0.13, 0.16, height + 0.02 * mottle) * 0.7
    colour = _mix(colour, (0.24, 0.15, 0.05), np.clip(russet, 0, 1))
    return Skin(
        colour,
        _bumped(normal, 0.03, local * 330, 73),
        np.full(len(local), 0.035, np.float32),
        np.full(len(local), 0.14, np.float32),
    )


def _citrus(local: Array, normal: Array, colour: tuple[float, ...], shade: tuple[float, ...]) -> Skin:
    pores, _, _ = cells(local[:, 0] * 330 + local[:, 2] * 120, local[:, 1] * 330 + local[:, 2] * 200, 80)
    patches = fractal(local[:, 0] * 40, local[:, 1] * 40 + local[:, 2] * 30, 3, 81)
    base = _mix(shade, colour, smoothstep(-0.6, 0.3, patches)) * (0.82 + 0.24 * smoothstep(0.1, 0.5, pores))[:, None]
    return Skin(
        base,
        _bumped(normal, 0.11, local * 300, 82),
        np.full(len(local), 0.045, np.float32),
        np.full(len(local), 0.10, np.float32),
    )


def _cut_orange(local: Array, normal: Array) -> Skin:
    """Ten segments of wet pulp between pale membranes, pith, and the peel below."""
    peel = _citrus(local, normal, (0.80, 0.27, 0.015), (0.72, 0.20, 0.01))
    radius, turn = np.hypot(local[:, 0], local[:, 2]) / 0.0465, _around(local)
    wedge = turn / (2 * np.pi) * 10 + 0.12 * fractal(radius * 2, turn * 0.5, 2, 85)
    to_wall = np.abs(wedge - np.round(wedge)) / 10 * 2 * np.pi * radius
    vesicles = fractal(wedge * 3.1, radius * 5 - np.abs(wedge - np.floor(wedge) - 0.5) * 3, 4, 86, 0.6)
    pulp = _mix((0.80, 0.24, 0.012), (0.95, 0.48, 0.06), smoothstep(-0.5, 0.5, vesicles))
    pale = np.maximum(
        smoothstep(0.045, 0.015, to_wall), np.maximum(smoothstep(0.80, 0.85, radius), smoothstep(0.12, 0.07, radius))
    )
    face = _mix(pulp, (0.86, 0.70, 0.40), pale)
    face = _mix(face, (0.82, 0.30, 0.02), smoothstep(0.95, 0.97, radius))
    cut = (local[:, 1] > -0.0015)[:, None]
    wet = _bumped(normal, 0.16, local * 420, 87)
    shine = np.where(cut[:, 0], 0.05 * (1 - 0.7 * pale), peel.gloss).astype(np.float32)
    return Skin(np.where(cut, face, peel.colour), np.where(cut, wet, peel.normal), shine, np.full(len(local), 0.07, np.float32))


def _grape(local: Array, normal: Array) -> Skin:
    whose = local[:, 3]
    bloom = smoothstep(-0.35, 0.5, fractal(local[:, 0] * 130 + whose * 3.7, local[:, 1] * 130 + local[:, 2] * 90, 4, 90))
    tint = (np.sin(whose * 12.9898) * 43758.5) % 1
    colour = _mix(_mix((0.055, 0.008, 0.035), (0.11, 0.012, 0.03), tint), (0.17, 0.15, 0.27), bloom * 0.55)
    return Skin(colour, normal, (0.05 * (1 - 0.75 * bloom)).astype(np.float32), (0.05 + 0.12 * bloom).astype(np.float32))


def _glaze(local: Array, normal: Array, handle: bool) -> Skin:
    """Teal glaze that ran down and stopped above the foot; below it the bare clay, with the potter's rings."""
    turn, height = _around(local), local[:, 1]
    x, z = np.cos(turn), np.sin(turn)
    run = 0.062 + 0.018 * gradient(x * 2.4, z * 2.4, 100) + 0.010 * gradient(x * 6, z * 6, 101)
    glazed = np.ones_like(height) if handle else smoothstep(-0.0015, 0.0015, height - run)
    depth = (
        fractal(x * 3, z * 3 + height * 16, 4, 102)
        + 0.16 * np.sin(height * 300 + 3 * gradient(x, z, 103))
        + 0.5 * fractal(x * 14, z * 14 + height * 120, 3, 106)
    )
    glaze = _mix((0.012, 0.085, 0.105), (0.05, 0.25, 0.23), smoothstep(-0.7, 0.8, depth))
    # Glaze is thin on edges, where the clay shines through, and thick where the drips end.
    thin = np.maximum(smoothstep(0.336, 0.343, height), 0.8 * smoothstep(0.004, 0.0, np.abs(height - 0.252)))
    glaze = _mix(glaze, (0.30, 0.17, 0.08), np.clip(thin, 0, 1) * (0 if handle else 0.8) * np.ones_like(height))
    glaze = _mix(glaze, (0.008, 0.05, 0.07), smoothstep(0.010, 0.002, height - run) * (0 if handle else 0.7))
    clay = _mix((0.40, 0.19, 0.09), (0.28, 0.12, 0.06), smoothstep(-0.3, 0.4, fractal(x * 9, height * 240 + z * 3, 4, 104)))
    inside = (height > 0.27) & (np.hypot(local[:, 0], local[:, 2]) < 0.046)
    colour = _mix(clay, glaze, glazed) * np.where(inside & ~np.array(handle), 0.15, 1)[:, None]
    rings = normal + np.stack(
        [np.zeros_like(x), 0.016 * np.sin(height * 420) + 0.008 * gradient(x * 3, height * 60, 105), np.zeros_like(x)], -1
    )
    return Skin(colour, unit(rings), (0.055 * glazed).astype(np.float32), np.full(len(local), 0.012, np.float32))


def _oak(local: Array, normal: Array) -> Skin:
    """Planks along the table with growth rings, pores, gaps and wear."""
    x, z = local[:, 0], local[:, 2]
    plank = np.floor(z / 0.155 + 0.42)
    inside = z / 0.155 + 0.42 - plank
    ring = fractal(x * 1.6 + plank * 7.1, z * 16 + plank * 3.3, 4, 110)
    rings = 0.5 + 0.5 * np.sin(ring * 34 + z * 60)
    fibre = fractal(x * 14, z * 420 + plank * 5, 3, 111)
    colour = _mix(
        (0.115, 0.055, 0.024),
        (0.26, 0.135, 0.062),
        np.clip(0.45 * rings + 0.55 * smoothstep(-0.7, 0.7, fibre) + 0.22 * ring, 0, 1),
    )
    colour *= (0.82 + 0.36 * np.sin(plank * 12.9 + 1) ** 2)[:, None]
    gap = smoothstep(0.022, 0.008, np.minimum(inside, 1 - inside))
    stains = smoothstep(0.2, 0.6, fractal(x * 6, z * 6, 4, 113))
    colour = colour * (1 - 0.8 * gap)[:, None] * (1 - 0.3 * stains)[:, None]
    pushed = normal + np.stack([0 * x, 0 * x, 0.06 * fibre + 0.5 * gap * np.sign(inside - 0.5)], -1)
    return Skin(colour, unit(pushed), (0.03 * (1 - gap)).astype(np.float32), np.full(len(x), 0.16, np.float32))


def _linen(local: Array, normal: Array) -> Skin:
    x, z = local[:, 0], local[:, 2]
    u, v = (x + 0.02) * 0.94 + (z + 0.06) * 0.34, (z + 0.06) * 0.94 - (x + 0.02) * 0.34
    weave = (
        0.10 * np.sin(u * 2400) * np.sin(v * 2400)
        + 0.16 * fractal(u * 90, v * 700, 2, 120)
        + 0.16 * fractal(u * 700, v * 90, 2, 121)
    )
    colour = np.array([0.78, 0.73, 0.64], np.float32) * (0.95 + 0.35 * weave)[:, None]
    edge = np.abs(u)
    stripe = smoothstep(0.003, 0.001, np.abs(edge - 0.265) - 0.009) + smoothstep(0.002, 0.0005, np.abs(edge - 0.286) - 0.0025)
    colour = _mix(colour, (0.075, 0.115, 0.30), np.clip(stripe, 0, 1) * (0.8 + 0.4 * weave))
    still = np.zeros(len(x), np.float32)
    return Skin(colour, _bumped(normal, 0.10, np.stack([u, v, 0 * u], -1) * 380, 122), still, still)


def _plaster(local: Array, normal: Array) -> Skin:
    x, y = local[:, 0], local[:, 1]
    tone = fractal(x * 2.2, y * 2.2, 6, 130, 0.6)
    colour = _mix((0.115, 0.105, 0.080), (0.21, 0.185, 0.135), smoothstep(-0.5, 0.5, tone))
    still = np.zeros(len(x), np.float32)
    return Skin(colour, normal, still, still)


def _skin(name: str, local: Array, point: Array, normal: Array) -> Skin:
    if name.startswith("apple"):
        return _apple(local, normal, name.endswith("red"))
    if name.startswith("pear"):
        return _pear(local, normal, name.endswith("ripe"))
    if name.startswith("jug"):
        return _glaze(local, normal, name.endswith("handle"))
    if name == "orange":
        return _citrus(local, normal, (0.80, 0.27, 0.015), (0.72, 0.20, 0.01))
    if name == "lemon":
        return _citrus(local, normal, (0.86, 0.62, 0.03), (0.74, 0.55, 0.03))
    if name == "stem":
        bark = _mix((0.10, 0.06, 0.03), (0.20, 0.13, 0.06), fractal(local[:, 0] * 400, local[:, 1] * 200, 2, 140) * 0.5 + 0.5)
        return Skin(bark, normal, *np.zeros((2, len(local)), np.float32))
    makers = {"half orange": _cut_orange, "grapes": _grape, "table": _oak, "cloth": _linen, "wall": _plaster}
    return makers[name](local, normal)


def scene() -> Scene:
    """The still life, ready to be looked at."""
    return Scene(_bodies(), Relief.of(_cloth, (-0.5, -0.4), (0.5, 0.4)), _CLOTH_THICKNESS, _skin)
