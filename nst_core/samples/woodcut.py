"""A style: a woodcut in black and red on cream paper. Sun, peaks and sea, with a sail and a bent pine.

The black block is described by what the knife took away: every region has a line field, whose whole numbers are cuts, and a
tone, which is how wide the cuts are.
"""

from __future__ import annotations

import numpy as np

from .noise import Array, cells, fractal, gradient, smoothstep, uniform
from .oil import to_bytes
from .photo import oversampling, shrink

ASPECT = 800 / 1024
PAPER = np.array([0.945, 0.905, 0.800], np.float32)
BLACK = np.array([0.085, 0.075, 0.080], np.float32)
RED = np.array([0.780, 0.135, 0.085], np.float32)

SUN = (520.0, 285.0, 132.0)
HORIZON = 640.0
BOAT = (560.0, 668.0)
PEAKS = ((250, 285, 330), (30, 430, 230), (455, 455, 220), (720, 400, 300), (600, 500, 190))  # column, row, half width at the sea
_FANS = (  # column, row, size
    (250, 236, 74), (180, 300, 62), (330, 262, 58), (118, 262, 60), (392, 330, 46), (66, 350, 58), (232, 372, 50),
    (150, 420, 44), (20, 270, 54),
)  # fmt: skip
_LIMBS = (  # of the pine, each from the root outward: column, row, half width
    ((120, 640, 40), (132, 560, 27), (176, 480, 22), (168, 400, 18), (205, 330, 14), (250, 270, 6)),
    ((170, 430, 13), (110, 370, 9), (60, 345, 4)),
    ((176, 400, 12), (262, 372, 8), (390, 338, 3)),
    ((196, 345, 10), (140, 292, 7), (110, 262, 3)),
    ((215, 322, 9), (280, 284, 6), (335, 262, 3)),
    ((110, 370, 7), (30, 290, 3)),
)
_FAN_PARTS = ((-0.62, 0.10, 0.62), (0.60, 0.14, 0.62), (0.0, -0.12, 0.78), (-0.3, 0.22, 0.55), (0.34, 0.24, 0.55))
_FINEST = 0.11  # no knife cuts finer


def _cut(lines: Array, tone: Array, sharp: float = 5.0) -> Array:
    """1 where the knife went: `tone` of the way between whole numbers of `lines`; soft by about a pixel."""
    beside = np.abs(lines - np.round(lines)) * 2
    tone = np.where(tone < _FINEST, -1, np.minimum(tone, 1.2))
    return smoothstep(-0.5, 0.5, (tone - beside) * sharp)


def _hand(x: Array, y: Array, seed: int) -> Array:
    """How far a hand strays, in picture units."""
    return 3.0 * gradient(x / 60, y / 60, seed) + 1.0 * gradient(x / 14, y / 14, seed + 1)


def _sky(x: Array, y: Array) -> Array:
    """Dashes in rings around the sun, shorter and thinner away from it."""
    dx, dy = x - SUN[0], y - SUN[1]
    radius, turn = np.hypot(dx, dy) + _hand(x, y, 700), np.arctan2(dy, dx)
    depth = 40.0
    ring = np.floor(radius / depth)
    inside = radius / depth - ring
    count = np.round(2 * np.pi * (ring + 0.5) * depth / 10.5)
    lines = turn / (2 * np.pi) * count + 0.5 * ring
    own = uniform(np.round(lines).astype(np.int32), ring.astype(np.int32), 702)
    reach = 0.72 - 0.00062 * radius
    taper = np.sqrt(np.clip(np.minimum(inside / 0.10, (0.97 - 0.30 * own - inside) / 0.45), 0, 1))
    return _cut(lines, (reach + 0.22 * (own - 0.5)) * taper)


def _peak(x: Array, y: Array, peak: tuple[float, float, float], seed: int) -> tuple[Array, Array]:
    """A mountain: where it is, and its cuts; lit from the right, where the sun stands."""
    column, row, wide = peak
    down = y - row
    rough = 16 * fractal(x / 60 + seed, 0, 4, 710 + seed)
    half = wide * np.clip(down + rough, 0, None) / (HORIZON - row) + 1
    inside = (down + rough > np.abs(x - column) * (HORIZON - row) / wide) & (y < HORIZON + 4)
    spine = column + 26 * gradient(y / 46, seed, 711) + 12 * gradient(y / 15, seed, 712) - 0.10 * down
    across = (x - spine) / half
    ribs = 0.55 * np.abs(gradient((x - column) / 48 + 0.006 * down, down / 120 + seed, 713))
    steep = np.where(across > 0, (x - 0.72 * down), (x + 0.72 * down)) + _hand(x, y, 714 + seed)
    lines = steep / np.where(across > 0, 8.0, 9.5)
    lit = np.where(across > 0, 0.80 - 0.35 * across - ribs, 0.24 - 0.16 * np.abs(across) + 0.25 * ribs)
    snow = smoothstep(95, 40, down + 70 * np.abs(gradient(x / 26, y / 90 + seed, 716))) * (across > -0.15)
    breaks = smoothstep(-0.35, -0.2, gradient(lines * 0.7, down / 30, 717 + seed))
    return inside, _cut(lines, lit * breaks + 0.9 * snow)


def _sea(x: Array, y: Array) -> Array:
    """Rows of waves, higher toward the front: pale crests over dark troughs."""
    near = np.clip((y - HORIZON) / (1024 - HORIZON), 0.001, 1)
    swell = np.log(near * 9 + 1) * 5.2
    heave = (0.10 + 0.20 * near) * (np.sin(x / (24 + 75 * near) + 2.1 * np.floor(swell)) + 0.6 * gradient(x / 70, y / 70, 721))
    wave = swell + heave
    inside = wave - np.floor(wave)
    lines = wave * 5 + 0.25 * gradient(x / 20, y / 20, 722)
    own = gradient(x / (30 + 60 * near) + 9 * np.round(lines), np.round(lines) * 3.7, 723)
    tone = 0.92 * smoothstep(0.55, 0.0, inside) + 0.10 + 0.42 * own - 0.12
    glitter = 0.55 * smoothstep(120, 20, np.abs(x - SUN[0]) - 60 * near) * smoothstep(0.9, 0.2, near)
    return _cut(lines, tone + glitter * (0.6 + own), 3.5)


def _sail(x: Array, y: Array) -> tuple[Array, Array, Array]:
    """The boat: its sail, the cuts in the sail, its hull."""
    u, v = x - BOAT[0], BOAT[1] - y
    belly = 10 * np.sin(np.clip(v / 150, 0, 1) * np.pi)
    main = (v > 14) & (v < 150) & (u > -4) & (u < (150 - v) * 0.56 + belly * 0.6)
    jib = (v > 16) & (v < 128) & (u < -9) & (u > -(128 - v) * 0.42 - belly * 0.4 - 4)
    seams = _cut((u - 0.25 * v) / 15, np.full_like(x, 0.17))
    hull = (v > -8) & (v < 10 + 0.0009 * u * u) & (np.abs(u) < 66 + v * 1.2)
    mast = (np.abs(u + 6) < 1.9) & (v > 0) & (v < 160)
    return main | jib, seams, hull | mast


def _cliff(x: Array, y: Array) -> tuple[Array, Array]:
    """The near rock at the left, and its cuts along the bedding."""
    edge = 300 + 46 * fractal(y / 90, 3, 4, 730) - 150 * smoothstep(760, 560, y) + 60 * smoothstep(800, 1000, y)
    top = 560 + 60 * fractal(x / 110, 0, 4, 731) + 0.35 * x
    inside = (x < edge) & (y > top)
    facets, _, own = cells((x + 0.4 * y) / 95, (y - 0.2 * x) / 130, 732)
    lean = 0.5 + 1.6 * (own - 0.5)
    lines = (y + lean * x + _hand(x, y, 733)) / 10
    tone = 0.16 + 0.55 * own * smoothstep(0.75, 0.2, facets) + 0.35 * smoothstep(60, 6, edge - x) * (own > 0.3)
    breaks = smoothstep(-0.3, -0.1, gradient(lines * 0.9, x / 34, 734))
    return inside, _cut(lines, tone * breaks)


def _limb(x: Array, y: Array, points: tuple[tuple[float, float, float], ...]) -> tuple[Array, Array, Array]:
    """A tapering limb through (column, row, half width): inside, place along in units, place across in [-1, 1]."""
    inside, along, across, done = np.zeros(x.shape, bool), np.zeros_like(x), np.zeros_like(x), 0.0
    for (x0, y0, w0), (x1, y1, w1) in zip(points[:-1], points[1:]):
        length = float(np.hypot(x1 - x0, y1 - y0))
        t = np.clip(((x - x0) * (x1 - x0) + (y - y0) * (y1 - y0)) / length**2, 0, 1)
        side = ((x - x0) * (y1 - y0) - (y - y0) * (x1 - x0)) / length
        apart = np.hypot(x - x0 - t * (x1 - x0), y - y0 - t * (y1 - y0))
        here = apart < w0 + (w1 - w0) * t
        along = np.where(here & ~inside, done + t * length, along)
        across = np.where(here & ~inside, side / (w0 + (w1 - w0) * t), across)
        inside |= here
        done += length
    return inside, along, across


def _trunk(x: Array, y: Array) -> tuple[Array, Array]:
    """The pine's trunk and boughs, with bark cut along them."""
    bent_x, bent_y = x + 7 * gradient(x / 50, y / 50, 740), y + 7 * gradient(x / 50, y / 50, 741)
    inside, cuts = np.zeros(x.shape, bool), np.zeros_like(x)
    for limb in reversed(_LIMBS):
        wider = tuple((column, row, half + 5.0) for column, row, half in limb)
        around, along, across = _limb(bent_x, bent_y, wider)
        across *= 1 + 5.0 / np.interp(along, (0, 250), (limb[0][2], limb[-1][2] + 4))
        bark = across * 2.2 + 0.35 * gradient(along / 40, across * 1.3, 742)
        light = 0.06 + 0.62 * smoothstep(-0.2, 0.9, across)
        breaks = smoothstep(-0.30, -0.1, gradient(along / 20, np.round(bark) * 5.3, 743))
        own = np.where(np.abs(across) < 1, _cut(bark, light * breaks * (np.abs(across) < 0.88), 3), 1)
        cuts = np.where(around, own, cuts)
        inside |= around
    return inside, cuts


def _fan(x: Array, y: Array, size: float, seed: int) -> tuple[Array, Array, Array]:
    """One fan of needles around (0, 0): a toothed half disc, its cuts from the middle outward, and the cut around it."""
    dy = y * 1.45
    radius, turn = np.hypot(x, dy) / size, np.arctan2(dy, x)
    teeth = turn * 11
    rim = 0.86 + 0.16 * np.abs(teeth - np.round(teeth)) * 2 * np.sign(-dy) + 0.08 * gradient(turn * 3, seed, 744)
    above = dy < 0.42 * size
    own = uniform(np.round(turn * 8.5).astype(np.int32), np.full(x.shape, seed, np.int32), 745)
    tone = 0.50 * smoothstep(0.20, 0.6, radius - 0.3 * own) * smoothstep(0.0, 0.16, rim - radius) * (0.5 + 0.8 * own)
    return (radius < rim) & above, _cut(turn * 8.5, tone, 3), (radius < rim + 0.09) & above


def _needles(x: Array, y: Array) -> tuple[Array, Array]:
    """Fans of needles over the boughs, each parted by a cut from those behind it."""
    inside, cuts = np.zeros(x.shape, bool), np.zeros_like(x)
    unit = x[0, 1] - x[0, 0]
    for number, (column, row, size) in enumerate(_FANS):
        for step, (right, down, part) in enumerate(_FAN_PARTS):
            middle_x, middle_y, reach = column + right * size, row + down * size, size * part * 1.25
            rows, columns = (
                slice(max(0, int((m - reach) / unit)), max(0, int((m + reach) / unit))) for m in (middle_y, middle_x)
            )
            window = (rows, columns)
            here, cut, around = _fan(x[window] - middle_x, y[window] - middle_y, size * part, 750 + number * 7 + step)
            cuts[window] = np.where(here, cut, np.where(inside[window] & around, 1, cuts[window]))
            inside[window] |= here
    return inside, cuts


def _blocks(x: Array, y: Array) -> tuple[Array, Array]:
    """Ink of the black and of the red block, 0 or 1 with soft edges."""
    sun = np.hypot(x - SUN[0], y - SUN[1]) + 0.6 * _hand(x, y, 760) - SUN[2]
    black = 1 - _sky(x, y)
    black = np.where(sun < 9, 0, black)
    bars = _cut((y - SUN[1]) / 21 + 0.4 * gradient(x / 80, y / 30, 761), 0.34 * smoothstep(SUN[1] - 10, SUN[1] + 130, y))
    red = np.where(sun < 0, 1 - bars, 0)
    for number in (3, 1, 4, 2, 0):
        inside, cuts = _peak(x, y, PEAKS[number], number)
        black, red = np.where(inside, 1 - cuts, black), np.where(inside, 0, red)
    water = y > HORIZON
    black = np.where(water, 1 - _sea(x, y), black)
    path = water & (np.abs(x - SUN[0] - 14 * gradient(x / 40, y / 12, 762)) < 74 - 0.1 * (y - HORIZON))
    red = np.where(path, 1.0 * (y < 905), np.where(water, 0, red))
    sail, seams, hull = _sail(x, y)
    black, red = np.where(sail, 0, black), np.where(sail, 1 - seams, red)
    black, red = np.where(hull, 1, black), np.where(hull, 0, red)
    for inside, cuts in (_cliff(x, y), _trunk(x, y), _needles(x, y)):
        black, red = np.where(inside, 1 - cuts, black), np.where(inside, 0, red)
    margin = np.minimum(np.minimum(x, 800 - x), np.minimum(y, 1024 - y)) + 0.7 * _hand(x, y, 763)
    frame = smoothstep(19, 20, margin)
    return black * frame, red * frame


def _printed(x: Array, y: Array, black: Array, red: Array) -> Array:
    """Both inks on the paper: flecks that took no ink, and ink that is thinner here and there."""
    fibre = 0.5 * fractal(x / 3, y / 16, 3, 770) + 0.5 * fractal(x / 14, y / 3, 3, 771)
    paper = PAPER * (1 + 0.045 * fibre + 0.03 * fractal(x / 180, y / 180, 3, 772))[..., None]
    grain = fractal(x / 2.6, y / 2.6, 3, 773)
    pressure = fractal(x / 130, y / 130, 3, 774)
    black = black * smoothstep(-0.62, -0.45, grain + 0.22 * pressure)
    red = red * smoothstep(-0.50, -0.28, grain + 0.3 * pressure) * (0.93 + 0.07 * pressure)
    picture = paper * (1 - red[..., None] * (1 - RED))
    return picture + (BLACK * (1 + 0.5 * np.clip(grain, 0, 1))[..., None] - picture) * black[..., None]


def render(size: int) -> Array:
    """The print, uint8 (size, size * 0.78, 3)."""
    width, height = round(size * ASPECT), size
    finer = oversampling(size)
    unit = np.float32(1024 / (size * finer))
    y, x = np.mgrid[0 : height * finer, 0 : width * finer].astype(np.float32) * unit
    black, red = _blocks(x, y)
    # The red block never lies quite where the black one does.
    red = np.roll(red, (round(2 / unit), round(-1 / unit)), (0, 1))
    return to_bytes(shrink(_printed(x, y, black.astype(np.float32), red.astype(np.float32)), width, height))
