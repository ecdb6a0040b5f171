"""The near shore of the lake scene: boulders at the waterline, and a meadow of single blades and flowers."""

from __future__ import annotations

import numpy as np

from .brush import in_chunks, lay, ribbons
from .noise import Array, cells, fractal, smoothstep
from .valley import SKYLIGHT, SUNLIGHT

# Light from the left, a little above and before the rocks: across, up, toward the eye.
_LIGHT = np.array([-0.78, 0.42, 0.46], np.float32)
_STONE = np.array([0.20, 0.185, 0.17], np.float32)
_LICHEN = np.array([0.20, 0.19, 0.06], np.float32)
_WET = 0.35

HORIZON, EYE = 322, 2.4  # of the meadow: image row, metres over the ground
SOIL = np.array([0.020, 0.022, 0.010], np.float32)
GRASS_ROOT = np.array([0.012, 0.020, 0.007], np.float32)
GRASSES = np.array([(0.26, 0.30, 0.045), (0.40, 0.36, 0.07), (0.60, 0.42, 0.15), (0.14, 0.24, 0.06)], np.float32)
LUPIN, DAISY, BUTTERCUP = (0.32, 0.13, 0.62), (0.95, 0.86, 0.74), (0.95, 0.62, 0.05)
_BLADES = 42000
_FLOWERS = 520
STONES_IN_GRASS = ((316, 630, 70), (772, 632, 52), (692, 642, 128), (116, 664, 84), (628, 668, 46))  # column, foot's row, width


def waterline(x: Array) -> Array:
    """The image row where the bank begins at each column, both in picture units."""
    bank = 612 - 62 * smoothstep(430, 40, x) - 50 * smoothstep(770, 1010, x)
    return bank + 9 * fractal(x / 70, np.full_like(x, 0.5), 4, 400)


def boulder(width: int, height: int, seed: int) -> Array:
    """One stone as linear premultiplied RGBA (height, width, 4), wet and dark at its foot."""
    v, u = np.mgrid[0:height, 0:width].astype(np.float32)
    u, v = u / width * 2 - 1, 1 - v / height
    bend = 0.22 * fractal(u * 1.3 + seed, v * 1.3, 3, 410)
    top = (1 - np.abs(u + bend) ** 2.6) * (0.86 + 0.3 * fractal(u * 2 + 7 * seed, np.zeros_like(u), 2, 411))
    inside = smoothstep(0, 2.5 / height, top - v)
    dome = np.sqrt(np.clip(1 - np.square(u) * 0.9 - np.square(v / np.maximum(top, 0.05)) * 0.9, 0.02, 1))
    nearest, second, _ = cells(u * 1.6 + seed, v * 1.6, 412)
    relief = dome * 0.9 + 0.30 * nearest + 0.20 * fractal(u * 4 + seed, v * 4, 5, 413, 0.6)
    slope_v, slope_u = np.gradient(relief, 1 / height, 2 / width)
    length = np.sqrt(slope_u**2 + slope_v**2 + 1)
    lit = np.clip((-slope_u * _LIGHT[0] + slope_v * _LIGHT[1] + _LIGHT[2]) / length, 0, 1)
    lit *= 0.6 + 0.4 * smoothstep(0.0, 0.12, second - nearest)
    lichen = smoothstep(0.1, 0.4, fractal(u * 5 + seed, v * 5, 4, 414))[..., None] * 0.6
    stone = (_STONE + (_LICHEN - _STONE) * lichen) * (0.8 + 0.5 * fractal(u * 11, v * 11 + seed, 3, 415))[..., None]
    colour = stone * (lit[..., None] * SUNLIGHT * 0.8 + SKYLIGHT * (0.25 + 0.5 * v)[..., None])
    colour *= (_WET + (1 - _WET) * smoothstep(0.04, 0.14, v + 0.05 * bend))[..., None]
    return np.concatenate([colour * inside[..., None], inside[..., None]], -1).astype(np.float32)


def _set_down(picture: Array, stone: Array, column: float, row: float, in_water: bool) -> None:
    """Lay a boulder on the picture with its foot at (column, row); water shows it a second time, upside down."""
    height, width = stone.shape[:2]
    left, foot = round(column - width / 2), round(row)
    parts = [(stone, foot - height)]
    if in_water:
        mirrored = stone[::-1] * np.array([0.42, 0.45, 0.5, 0.8], np.float32)
        parts.insert(0, (mirrored[: int(height * 0.7)], foot))
    for part, top in parts:
        x0, x1 = max(left, 0), min(left + width, picture.shape[1])
        y0, y1 = max(top, 0), min(top + part.shape[0], picture.shape[0])
        if x0 < x1 and y0 < y1:
            cut = part[y0 - top : y1 - top, x0 - left : x1 - left]
            picture[y0:y1, x0:x1] = picture[y0:y1, x0:x1] * (1 - cut[..., 3:]) + cut[..., :3]


def boulders(picture: Array, scale: float, generator: np.random.Generator) -> None:
    """A scatter of stones along the waterline, far ones first; linear `picture` (H, W, 3) is changed."""
    x = np.concatenate([generator.uniform(0, 1024, 46), generator.normal([300] * 9 + [655] * 10 + [860] * 6, 34)])
    row = waterline(x.astype(np.float32)) + generator.normal(-2, 10, len(x))
    width = 9 + 34 * generator.random(len(x)) ** 2.5 + 26 * (generator.random(len(x)) < 0.16)
    for number in np.argsort(row):
        flat = generator.uniform(0.42, 0.68)
        stone = boulder(max(4, round(width[number] * 2 * scale)), max(3, round(width[number] * flat * scale)), number)
        in_water = row[number] < waterline(x[number : number + 1].astype(np.float32))[0] + 2
        _set_down(picture, stone, x[number] * scale, row[number] * scale, bool(in_water))


def meadow(picture: Array, scale: float, generator: np.random.Generator) -> None:
    """Cover the bank with soil, then with grass, stones and flowers, far ones first; linear `picture` is changed."""
    rows, columns = np.mgrid[0 : picture.shape[0], 0 : picture.shape[1]].astype(np.float32) / np.float32(scale)
    bank = smoothstep(-1, 3, rows - waterline(columns))
    picture += (SOIL * (0.6 + fractal(columns / 9, rows / 5, 3, 420))[..., None] - picture) * bank[..., None]
    x = generator.uniform(-20, 1044, _BLADES).astype(np.float32)
    y = (waterline(x) + 3 + 150 * generator.random(_BLADES).astype(np.float32) ** 1.15).astype(np.float32)
    order = np.argsort(y)
    x, y = x[order], y[order]
    clump = fractal(x / 46, y / 22, 3, 421)
    grows = generator.random(_BLADES) < 0.85 + 1.6 * clump
    x, y, clump = x[grows], y[grows], clump[grows]
    tall = (
        (y - HORIZON)
        / EYE
        * (0.15 + 0.16 * clump + 0.12 * generator.random(len(x)) ** 2)
        * smoothstep(0, 22, y - waterline(x) + 6)
    )
    # Trees out of sight throw long shadows over parts of the meadow.
    sunlit = 0.22 + 0.78 * smoothstep(-0.16, 0.14, fractal(x / 240 + 0.3 * y / 22, y / 26, 3, 422))
    flowers = np.zeros(len(x), bool)
    flowers[generator.choice(len(x), _FLOWERS, replace=False)] = True
    start = 0
    for column, row, width in (*STONES_IN_GRASS, (0, 2000, 0)):
        end = int(np.searchsorted(y, row))
        band = slice(start, end)
        _blades(picture, scale, generator, x[band], y[band], tall[band], clump[band], sunlit[band])
        chosen = np.flatnonzero(flowers[band]) + start
        _flowers(picture, scale, generator, x[chosen], y[chosen], tall[chosen] * 1.3, sunlit[chosen])
        if width:
            _set_down(
                picture, boulder(round(width * scale), round(width * 0.56 * scale), column), column * scale, row * scale, False
            )
        start = end


def _blades(
    picture: Array, scale: float, generator: np.random.Generator, x: Array, y: Array, tall: Array, clump: Array, sunlit: Array
) -> None:
    lean = generator.normal(0.10, 0.26, len(x)).astype(np.float32)
    bend = generator.normal(0.10, 0.3, len(x)).astype(np.float32)
    s = np.linspace(0, 1, 7, dtype=np.float32)
    lines = np.stack(
        [x[:, None] + tall[:, None] * (lean[:, None] * s + bend[:, None] * s**2), y[:, None] - tall[:, None] * s], -1
    )
    widths = (generator.uniform(0.8, 1.9, len(x))[:, None] * (1.02 - s**2) * ((y - HORIZON) / 300)[:, None]).astype(np.float32)
    kind = np.clip(generator.normal(1.2 + 1.4 * clump, 0.8), 0, 3).round().astype(int)
    lit = (0.25 + 0.95 * generator.random(len(x)) ** 1.5 + 0.5 * clump) * (0.75 + 0.5 * smoothstep(700, 100, x)) * sunlit
    tip = GRASSES[kind] * np.clip(lit, 0.06, 1.7)[:, None].astype(np.float32)
    for part in in_chunks(lines, widths, scale):
        columns, rows, along, _ = ribbons(lines[part], widths[part], scale)
        colour = GRASS_ROOT + (tip[part][:, None, None] - GRASS_ROOT) * (along**1.5)[..., None]
        lay(picture, columns, rows, colour.astype(np.float32))


def _flowers(
    picture: Array, scale: float, generator: np.random.Generator, x: Array, y: Array, tall: Array, sunlit: Array
) -> None:
    """Lupins stand in drifts, daisies and buttercups between them."""
    drift = fractal(x / 90, y / 60, 2, 430)
    lupin = drift > 0.06
    for number in range(len(x)):
        metre = (y[number] - HORIZON) / EYE * scale
        top = (y[number] - tall[number]) * scale
        if lupin[number]:
            length, dots, spread, petals = 0.16 * metre, 70, 0.016 * metre, np.array(LUPIN)
        else:
            length, dots, spread = 0.012 * metre, 26, 0.016 * metre
            petals = np.array(DAISY if generator.random() < 0.45 else BUTTERCUP)
        s = np.sort(generator.random(dots))[::-1]
        dot_x = x[number] * scale + generator.normal(0, 1, dots) * spread * (0.35 + 0.65 * s if lupin[number] else 0.7)
        dot_y = top + s * length
        shade = (
            np.clip(0.55 - 0.35 * (dot_x - x[number] * scale) / spread + generator.normal(0, 0.25, dots), 0.12, 1.4)
            * sunlit[number]
        )
        size = max(1, round(0.009 * metre))
        for step_y in range(size):
            for step_x in range(size):
                lay(picture, dot_x + step_x, dot_y + step_y, (petals * shade[:, None]).astype(np.float32))
