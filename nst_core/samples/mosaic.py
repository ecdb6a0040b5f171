"""A style: a floor mosaic of stone and glass. Two fish circling a star in moving water, inside a border.

Every tessera is a cell of a Voronoi diagram whose metric is a square turned along the local flow (Hausner 2001, "Simulating
decorative mosaics"); cells of different things never cross the outline between them.
"""

from __future__ import annotations

import numpy as np

from .noise import Array, fractal, gradient, smoothstep
from .oil import to_bytes
from .photo import blurred, oversampling, shrink

WIDTH, HEIGHT = 1024.0, 768.0
_ROUNDS = 7
_STRANGER = 6.0  # a tessera of another thing counts as this many sizes farther away
_GROUT = np.array([0.30, 0.265, 0.235], np.float32)

CENTRE = (512.0, 384.0)
RING = (290.0, 205.0)  # the fishes' way around the centre: half axes
EYE_AT = (0.105, 16.0)  # along the fish, outward from its spine
WATER, FISH, FIN, EYE, STAR, LINE, FRIEZE, TOOTH = range(8)
_SIZES = np.array([13.5, 10.0, 9.5, 6.5, 9.5, 11.0, 12.0, 12.0])

_SEA = np.array(
    [(0.03, 0.08, 0.22), (0.04, 0.17, 0.36), (0.06, 0.32, 0.50), (0.14, 0.50, 0.60), (0.42, 0.70, 0.68), (0.74, 0.83, 0.74)]
)
_CORAL = np.array(
    [(0.45, 0.06, 0.06), (0.72, 0.14, 0.07), (0.88, 0.34, 0.10), (0.95, 0.60, 0.20), (0.97, 0.84, 0.52), (0.96, 0.92, 0.80)]
)
_GOLD = np.array(
    [(0.30, 0.20, 0.10), (0.60, 0.38, 0.08), (0.83, 0.58, 0.12), (0.93, 0.76, 0.30), (0.96, 0.90, 0.62), (0.97, 0.95, 0.86)]
)


def _turned(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """Place around the ring in [0, 1) from each fish's nose, which fish, and distance outward from its spine."""
    dx, dy = (x - CENTRE[0]) / RING[0], (y - CENTRE[1]) / RING[1]
    turn = (np.arctan2(dy, dx) / (2 * np.pi) + 0.60) % 1
    which = (turn >= 0.5).astype(np.int32)
    along = (turn % 0.5) * 2
    outward = (np.hypot(dx, dy) - 1) * (RING[0] + RING[1]) / 2
    return along, which, outward + 9 * np.sin(along * 9.5)


def _girth(along: Array) -> Array:
    """Half the fish's height along its length, from a blunt nose to the root of the tail."""
    body = np.clip(along / 0.74, 0, 1)
    return np.where(along < 0.74, 84 * np.sin(np.pi * body**0.72).clip(0) ** 0.82 + 9 * smoothstep(0.5, 0.95, body), 0)


def _things(x: Array, y: Array) -> Array:
    """Which thing is at each place, int8."""
    along, _, outward = _turned(x, y)
    girth = _girth(along)
    thing = np.full(x.shape, WATER, np.int8)
    fork = 0.93 - 0.10 * np.exp(-np.square(outward / 22))
    tail = (along > 0.70) & (along < fork) & (np.abs(outward) < 10 + 470 * np.clip(along - 0.72, 0, 1) ** 1.1)
    sweep = np.sin(np.clip((along - 0.17) / 0.43, 0, 1) * np.pi).clip(0) ** 0.6
    back = (along > 0.17) & (along < 0.60) & (outward > 0) & (outward < girth + 50 * sweep * (0.8 + 0.2 * np.cos(along * 90)))
    belly = (along > 0.34) & (along < 0.56) & (outward < 0) & (outward > -girth - 34 * np.clip((along - 0.34) / 0.22, 0, 1))
    thing[tail | back | belly] = FIN
    thing[np.abs(outward) < girth] = FISH
    eye = np.hypot((along - EYE_AT[0]) * 800, outward - EYE_AT[1])
    thing[eye < 17] = EYE
    dx, dy = x - CENTRE[0], y - CENTRE[1]
    turn = np.arctan2(dy, dx)
    thing[np.hypot(dx, dy) < 62 + 30 * np.cos(turn * 8)] = STAR
    margin = np.minimum(np.minimum(x, WIDTH - x), np.minimum(y, HEIGHT - y))
    thing[margin < 66] = LINE
    thing[margin < 54] = FRIEZE
    thing[margin < 13] = LINE
    place = np.where(np.minimum(x, WIDTH - x) < np.minimum(y, HEIGHT - y), y - HEIGHT / 2, x - WIDTH / 2) / 40.0
    saw = np.abs(place - np.round(place)) * 2
    thing[(margin < 54) & (margin >= 13) & (margin - 13 < 41 * (1 - saw))] = TOOTH
    return thing


def _direction(things: Array, x: Array, y: Array, unit: float) -> Array:
    """The way rows of tesserae run, in radians: around the things, along the waves, along the border."""
    solid = ((things != WATER) & (things < LINE)).astype(np.float32)
    # Far away from everything, only the widest blur has a slope left: rows round a thing slowly turn into waves.
    pull = blurred(solid, 6 / unit) + 0.7 * blurred(solid, 20 / unit) + 0.5 * blurred(solid, 44 / unit)
    down, right = np.gradient(pull * 40 / unit)
    waves = 0.05 + 0.02 * np.cos(x / 60 + 3 * gradient(x / 200, y / 120, 800))
    wave_right = 0.35 * np.cos(x / 46 + y / 90 + 2 * gradient(x / 220, y / 150, 801))
    angle = np.arctan2(down + waves, right - waves * wave_right) + np.pi / 2
    along, _, outward = _turned(x, y)
    body = (things == FISH) & (np.abs(outward) < _girth(along) - 9)
    around = np.arctan2((y - CENTRE[1]) / RING[1] ** 2, (x - CENTRE[0]) / RING[0] ** 2) + np.pi / 2
    angle = np.where(body, around, angle)
    angle = np.where(things == FIN, around + 0.5 * np.sign(outward), angle)
    upright = np.minimum(x, WIDTH - x) < np.minimum(y, HEIGHT - y)
    return np.where(things >= LINE, np.where(upright, np.pi / 2, 0), angle).astype(np.float32)


def _seeds(things: Array, unit: float, generator: np.random.Generator) -> tuple[Array, Array, Array]:
    """Where tesserae start, and the thing that each belongs to: a jittered lattice of its own size for every thing."""
    found = []
    for thing, size in enumerate(_SIZES):
        x, y = np.meshgrid(np.arange(size / 2, WIDTH, size * 0.97), np.arange(size / 2, HEIGHT, size * 0.97))
        x, y = (v.ravel() + generator.uniform(-0.3, 0.3, v.size) * size for v in (x, y))
        row, column = ((v / unit).astype(int).clip(0, n - 1) for v, n in zip((y, x), things.shape))
        mine = things[row, column] == thing
        found.append(np.stack([x[mine], y[mine], np.full(mine.sum(), thing)]))
    x, y, thing = np.concatenate(found, 1)
    return x, y, thing.astype(np.int8)


def _nearest(things: Array, x: Array, y: Array, thing: Array, angle: Array, unit: float) -> Array:
    """The tessera of each pixel, by the turned square metric, of the shape of `things`."""
    rows, columns = things.shape
    best = np.full(rows * columns, np.iinfo(np.int64).max)
    reach = int(np.ceil(1.35 * _SIZES.max() / unit))
    step = np.arange(-reach, reach + 1)
    shift_x, shift_y = (v.ravel() for v in np.meshgrid(step, step))
    for part in np.array_split(np.arange(len(x)), max(1, len(x) * len(shift_x) // 1_500_000)):
        column = np.floor(x[part] / unit).astype(int)[:, None] + shift_x
        row = np.floor(y[part] / unit).astype(int)[:, None] + shift_y
        dx, dy = (column + 0.5) * unit - x[part][:, None], (row + 0.5) * unit - y[part][:, None]
        c, s = np.cos(angle[part])[:, None], np.sin(angle[part])[:, None]
        along, across = np.abs(dx * c + dy * s), np.abs(dy * c - dx * s)
        size = _SIZES[thing[part]][:, None]
        inside = (column >= 0) & (row >= 0) & (column < columns) & (row < rows)
        index = np.where(inside, row * columns + column, 0)
        distance = (np.maximum(along, across) * 0.85 + np.hypot(along, across) * 0.15) / size
        distance = distance + _STRANGER * (things.ravel()[index] != thing[part][:, None])
        packed = (distance * (1 << 20)).astype(np.int64) << 20 | part[:, None]
        np.minimum.at(best, index[inside], packed[inside])
    return (best & ((1 << 20) - 1)).reshape(rows, columns)


def _settle(generator: np.random.Generator) -> tuple[Array, Array, Array, Array]:
    """Tesserae after Lloyd's rounds at a fixed, coarse resolution, so that every size of picture has the same ones."""
    unit = 2.0
    py, px = (np.mgrid[0 : int(HEIGHT / unit), 0 : int(WIDTH / unit)].astype(np.float32) + 0.5) * np.float32(unit)
    things = _things(px, py)
    turn = _direction(things, px, py, unit)
    x, y, thing = _seeds(things, unit, generator)

    def angle() -> Array:
        return turn[(y / unit).astype(int).clip(0, turn.shape[0] - 1), (x / unit).astype(int).clip(0, turn.shape[1] - 1)]

    for _ in range(_ROUNDS):
        owner = _nearest(things, x, y, thing, angle(), unit).ravel()
        own = things.ravel() == thing[owner]
        count = np.bincount(owner[own], minlength=len(x))
        kept = count > 0
        x = np.where(kept, np.bincount(owner[own], px.ravel()[own], len(x)) / np.maximum(count, 1), x)
        y = np.where(kept, np.bincount(owner[own], py.ravel()[own], len(y)) / np.maximum(count, 1), y)
    return x, y, thing, angle()


def _shade(palette: Array, place: Array) -> Array:
    at = np.clip(place, 0, 1) * (len(palette) - 1)
    lower = np.minimum(at.astype(int), len(palette) - 2)
    return palette[lower] + (palette[lower + 1] - palette[lower]) * (at - lower)[:, None]


def _colours(x: Array, y: Array, thing: Array, generator: np.random.Generator) -> Array:
    """Each tessera's stone, (N, 3)."""
    along, which, outward = _turned(x, y)
    girth = np.maximum(_girth(along), 1)
    chance = generator.normal(0, 0.075, len(x))
    waves = np.sin(y / 17 + 1.6 * np.sin(x / 46 + y / 90 + 2 * gradient(x / 220, y / 150, 801)))
    sea = 0.34 + 0.20 * waves + 0.30 * fractal(x / 210, y / 120, 2, 810)
    glow = smoothstep(250, 60, np.hypot(x - CENTRE[0], y - CENTRE[1]))
    colour = _shade(_SEA, sea + chance + 0.34 * glow)
    rim = (thing == WATER) & (np.abs(outward) < girth + 12) & (girth > 3)
    colour = np.where(rim[:, None], _shade(_SEA, 0.02 + chance), colour)
    scales = 0.5 + 0.5 * np.cos(along * 100 + 2.6 * np.abs(np.sin(outward / 15.0)))
    body = (
        0.54 - 0.34 * outward / girth + 0.36 * (scales - 0.5) * smoothstep(0.2, 0.26, along) + 0.16 * smoothstep(0.24, 0.0, along)
    )
    body -= 0.55 * np.exp(-np.square((along - 0.21 + 0.00001 * outward**2) / 0.013))  # the gill
    fin = 0.42 + 0.34 * np.cos(along * 150 + outward * 0.10) + 0.1
    eye = np.hypot((along - EYE_AT[0]) * 800, outward - EYE_AT[1])
    for number, palette in ((0, _CORAL), (1, _GOLD)):
        mine = which == number
        colour = np.where((mine & (thing == FISH))[:, None], _shade(palette, body + chance), colour)
        other = _GOLD if number == 0 else _CORAL
        colour = np.where((mine & (thing == FIN))[:, None], _shade(other, fin + chance), colour)
    colour = np.where((thing == EYE)[:, None], np.where((eye < 7.5)[:, None], (0.05, 0.05, 0.08), (0.96, 0.93, 0.82)), colour)
    away = np.hypot(x - CENTRE[0], y - CENTRE[1])
    colour = np.where((thing == STAR)[:, None], _shade(_CORAL, 0.95 - away / 95 + chance), colour)
    for kind, stone in ((LINE, (0.16, 0.12, 0.12)), (FRIEZE, (0.90, 0.85, 0.72)), (TOOTH, (0.62, 0.17, 0.10))):
        colour = np.where((thing == kind)[:, None], np.array(stone) + chance[:, None] * (0.5, 0.5, 0.4), colour)
    return np.clip(colour * (1 + generator.normal(0, 0.055, (len(x), 1))), 0.02, 1)


def _grouted(owner: Array, gap: float) -> Array:
    """1 on the tesserae, 0 in the joints between them, `gap` pixels to each side of a border."""
    solid = np.ones(owner.shape, np.float32)
    for angle in np.arange(12) * np.pi / 6:
        for part in (0.55, 1.0):
            shift = round(np.sin(angle) * gap * part), round(np.cos(angle) * gap * part)
            solid *= np.roll(owner, shift, (0, 1)) == owner
    return solid


def _lit(owner: Array, stones: Array, unit: float, generator: np.random.Generator) -> Array:
    """The mosaic in raking light: every stone tilts its own way, has bevelled edges and a rough face; joints lie in shadow."""
    rows, columns = owner.shape
    y, x = np.mgrid[0:rows, 0:columns].astype(np.float32) * np.float32(unit)
    solid = _grouted(owner, max(1.0, 1.15 / unit))
    level = blurred(solid, max(1, 0.8 / unit))
    down, right = np.gradient(level)
    bevel = -(0.7 * right + 0.7 * down) * np.float32(1.6 / unit)
    tilt = generator.normal(0, 0.06, (len(stones), 2)).astype(np.float32)
    shine = generator.random(len(stones)).astype(np.float32) ** 6
    count = np.maximum(np.bincount(owner.ravel(), minlength=len(stones)), 1)
    middle_x, middle_y = (np.bincount(owner.ravel(), v.ravel(), len(stones)) / count for v in (x, y))
    slant = (
        (x - middle_x.astype(np.float32)[owner]) * tilt[owner, 0] + (y - middle_y.astype(np.float32)[owner]) * tilt[owner, 1]
    ) / 3
    chips = fractal(x / 5, y / 5, 3, 820)
    light = 1 + np.clip(slant, -0.2, 0.25) + 0.10 * chips + 0.22 * np.clip(-bevel, -1.2, 1.2)
    picture = (
        stones.astype(np.float32)[owner] * light[..., None]
        + (0.20 * shine[owner] * smoothstep(0.0, 0.25, slant + 0.05))[..., None]
    )
    grout = _GROUT * (0.82 + 0.22 * fractal(x / 2.4, y / 2.4, 2, 821) + 0.15 * fractal(x / 90, y / 90, 2, 822))[..., None]
    return grout + (picture - grout) * smoothstep(0.25, 0.75, level)[..., None]


def render(size: int) -> Array:
    """The mosaic, uint8 (size * 3 / 4, size, 3)."""
    generator = np.random.default_rng(81)
    x, y, thing, angle = _settle(generator)
    width, height = size, round(size * HEIGHT / WIDTH)
    finer = oversampling(size)
    unit = WIDTH / (size * finer)
    py, px = (np.mgrid[0 : height * finer, 0 : width * finer].astype(np.float32) + 0.5) * np.float32(unit)
    owner = _nearest(_things(px, py), x, y, thing, angle, unit)
    stones = _colours(x, y, thing, generator)
    return to_bytes(shrink(_lit(owner, stones, unit, generator), width, height))
