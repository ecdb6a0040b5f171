"""A style: pointillism. A summer evening on a river bank, in dots of unmixed colour that mix in the eye.

A dot never has the colour that is meant: a pure pigment is drawn by lot, nearer ones more often, now and then the complement.
"""

from __future__ import annotations

import numpy as np

from .brush import lay
from .noise import Array, fractal, gradient, smoothstep
from .oil import Canvas, lit, scattered, to_bytes

Colour = tuple[float, float, float]

WIDTH, HEIGHT = 1024.0, 768.0
SUN = (705.0, 196.0)
FAR_BANK, NEAR_BANK = 372.0, 560.0
BOATS = ((560, 420, 92, 0), (845, 398, 60, 1), (405, 392, 44, 1))  # column, waterline's row, mast, kind of sail
_SAILS = ((1.0, 0.95, 0.84), (0.97, 0.60, 0.24))
LADY, GENTLEMAN = (735, 712, 232), (850, 700, 222)  # foot's column and row, height
POPLARS = ((455, 105), (480, 128), (507, 112), (640, 84), (930, 98), (956, 120), (984, 108))  # column, height
HOUSES = ((590, 26, 20), (690, 22, 17), (722, 16, 24), (780, 30, 18))  # column, width, height of the wall

PIGMENTS = np.array([
    (0.98, 0.95, 0.86), (0.99, 0.90, 0.42), (0.99, 0.76, 0.16), (0.97, 0.54, 0.12), (0.91, 0.29, 0.14), (0.74, 0.10, 0.20),
    (0.93, 0.58, 0.62), (0.62, 0.24, 0.52), (0.38, 0.20, 0.50), (0.16, 0.16, 0.46), (0.12, 0.30, 0.66), (0.32, 0.55, 0.82),
    (0.62, 0.78, 0.90), (0.08, 0.42, 0.46), (0.10, 0.42, 0.22), (0.36, 0.62, 0.20), (0.68, 0.80, 0.28),
])  # fmt: skip
_STRAY = 0.055  # how freely a pigment is drawn
_COMPLEMENTS = 0.085  # share of dots in the complement

_FOLIAGE = (  # column, row, half width, half height
    (120, 130, 165, 130), (250, 210, 120, 92), (40, 270, 120, 100), (190, 60, 150, 90), (300, 110, 92, 74),
    (350, 262, 62, 44), (150, 300, 90, 60),
)  # fmt: skip


def _mix(a: Array | Colour, b: Array | Colour, amount: Array) -> Array:
    """From colour `a` to colour `b`, (3,) or (..., 3), by `amount` (...)."""
    a = np.asarray(a)
    return a + (np.asarray(b) - a) * np.clip(amount, 0, 1)[..., None]


def _over(colour: Array, where: Array, other: Array | Colour) -> Array:
    """`colour`, and `other` where it lies in front."""
    return np.where(where[..., None], other, colour)


def _sky(x: Array, y: Array) -> Array:
    colour = _mix(
        (0.36, 0.52, 0.82),
        (0.96, 0.84, 0.62),
        smoothstep(10, 360, y + 26 * fractal(x / 180, y / 60, 2, 1000)),
    )
    clouds = smoothstep(0.02, 0.34, fractal(x / 260, y / 62, 4, 1001)) * smoothstep(330, 200, y)
    colour = _mix(colour, (0.97, 0.72, 0.66), clouds * 0.85)
    away = np.hypot(x - SUN[0], y - SUN[1])
    colour = _mix(colour, (1.0, 0.86, 0.40), 0.95 * np.exp(-np.square(away / 130)))
    return _mix(colour, (1.0, 0.97, 0.80), smoothstep(47, 42, away))


def _far_side(x: Array, y: Array, colour: Array) -> Array:
    """Hills, a wood, poplars and a pale village across the river."""
    hill = FAR_BANK - 46 - 24 * np.sin(x / 170 + 1) - 10 * np.sin(x / 47)
    colour = _over(colour, y > hill, _mix((0.46, 0.45, 0.74), (0.80, 0.62, 0.66), smoothstep(hill - 5, hill + 55, y)))
    wood = FAR_BANK - 22 - 13 * np.abs(gradient(x / 17, 0, 1002)) - 9 * np.sin(x / 60)
    colour = _over(colour, y > wood, _mix((0.22, 0.42, 0.36), (0.52, 0.66, 0.34), 0.5 + gradient(x / 12, y / 12, 1003)))
    for column, tall in POPLARS:
        up = (FAR_BANK - y) / tall
        poplar = (up > 0) & (up < 1) & (np.abs(x - column) < 11.5 * np.sin(np.pi * np.clip(up, 0, 1) ** 0.7).clip(0) ** 0.6)
        colour = _over(colour, poplar, _mix((0.15, 0.33, 0.38), (0.62, 0.70, 0.28), smoothstep(-6, 9, x - column)))
    for column, wide, tall in HOUSES:
        eaves = FAR_BANK - tall
        colour = _over(colour, (np.abs(x - column) < wide / 2) & (y < FAR_BANK) & (y > eaves), (0.98, 0.88, 0.72))
        colour = _over(colour, (y <= eaves) & (np.abs(x - column) < (y - eaves + 11) * wide / 18), (0.86, 0.36, 0.22))
    return colour


def _boats(x: Array, y: Array, colour: Array) -> Array:
    for column, row, mast, kind in BOATS:
        u, v = (x - column) / mast, (row - y) / mast
        sail = (v > 0.10) & (v < 1) & (u > -0.03) & (u < (1 - v) * 0.52)
        jib = (v > 0.12) & (v < 0.86) & (u < -0.06) & (u > -(0.86 - v) * 0.40)
        hull = (v > -0.02) & (v < 0.10) & (np.abs(u) < 0.46 + 0.6 * v)
        colour = _over(colour, sail, _mix(_SAILS[kind], (0.70, 0.62, 0.84), smoothstep(0.30, 0.0, u)))
        colour = _over(colour, jib, np.array(_SAILS[kind]) * 0.92)
        colour = _over(colour, hull, (0.42, 0.15, 0.26))
    return colour


def _above_water(x: Array, y: Array) -> Array:
    return _boats(x, y, _far_side(x, y, _sky(x, y)))


def _river(x: Array, y: Array) -> Array:
    """What stands above, upside down, in broken bands, and a glitter under the sun."""
    deep = y - FAR_BANK
    broken = 9 * gradient(x / 46, y / 5, 1010) * smoothstep(0, 60, deep)
    colour = _above_water(x + broken, 2 * FAR_BANK - y + 0.22 * deep)
    for column, row, mast, kind in BOATS:
        below = (y - row) / mast
        shade = (below > 0) & (below < 0.95) & (np.abs(x - column - 6 + broken) < 0.40 * mast * (1 - 0.8 * below))
        colour = np.where(
            (shade & (y > row))[..., None],
            _mix(colour, [(0.97, 0.90, 0.80), (0.95, 0.58, 0.30)][kind], np.full(x.shape, 0.8)),
            colour,
        )
    colour = _mix(colour, (0.22, 0.42, 0.72), 0.20 + 0.30 * smoothstep(0, 190, deep))
    glitter = np.exp(-np.square((x - SUN[0] + broken * 2) / (26 + 0.30 * deep))) * (0.55 + 0.6 * gradient(x / 34, y / 4.5, 1011))
    return _mix(colour, (1.0, 0.88, 0.46), glitter)


def _bank(x: Array, y: Array) -> Array:
    """Grass in sun and in violet shade."""
    colour = _mix(
        (0.44, 0.64, 0.24),
        (0.90, 0.84, 0.36),
        0.35 + 0.8 * fractal(x / 110, y / 30, 3, 1020),
    )
    tree_shade = smoothstep(0.10, -0.12, np.hypot((x - 180) / 430, (y - 672) / 76) - 1 + 0.3 * fractal(x / 60, y / 26, 3, 1021))
    shade = np.maximum(tree_shade, smoothstep(715, 765, y + 20 * gradient(x / 90, y / 40, 1022)))
    for column, row, _ in (LADY, GENTLEMAN):
        shade = np.maximum(shade, smoothstep(1.0, 0.7, np.hypot((x - column + 66) / 84, (y - row + 2) / 9)))
    return _mix(colour, (0.16, 0.26, 0.42), 0.86 * shade)


def _dressed(colour: Array, parts: tuple[tuple[Array, Colour, Colour], ...], light: Array) -> Array:
    """Parts of a figure in front of `colour`, each from its dark to its bright colour by `light`."""
    for where, dark, bright in parts:
        colour = _over(colour, where, _mix(dark, bright, light))
    return colour


def _lady(x: Array, y: Array, colour: Array) -> Array:
    """A lady with a parasol, the sun behind her."""
    column, row, tall = LADY
    u, v = (x - column) / tall, (row - y) / tall
    skirt = (v > 0) & (v < 0.56) & (np.abs(u + 0.05 * np.clip(0.4 - v, 0, 1)) < 0.21 - 0.29 * v + 0.03 * np.sin(v * 9))
    arm = (np.abs((u - 0.02) - 0.30 * (v - 0.62)) < 0.022) & (v > 0.55) & (v < 0.72)
    torso = (np.hypot(u / 0.070, (v - 0.63) / 0.13) < 1) | arm
    head = np.hypot(u - 0.005, v - 0.815) < 0.060
    hat = np.hypot((u - 0.005) / 0.085, (v - 0.868) / 0.040) < 1
    handle = (np.abs(u - 0.10 + 0.06 * (v - 0.6)) < 0.008) & (v > 0.6) & (v < 1.08)
    parasol = (np.hypot((u - 0.07) / 0.27, (v - 0.98) / 0.155) < 1) & (v > 0.98 - 0.02 * np.cos(u * 40))
    parts = (
        (skirt, (0.28, 0.15, 0.42), (0.80, 0.38, 0.46)),
        (torso, (0.24, 0.16, 0.46), (0.72, 0.30, 0.44)),
        (handle, (0.40, 0.20, 0.20), (0.60, 0.30, 0.20)),
        (head, (0.62, 0.30, 0.26), (0.90, 0.56, 0.42)),
        (hat, (0.20, 0.08, 0.30), (0.62, 0.16, 0.30)),
        (parasol, (0.90, 0.32, 0.16), (1.00, 0.74, 0.36)),
    )
    return _dressed(colour, parts, smoothstep(-0.12, 0.12, u))


def _gentleman(x: Array, y: Array, colour: Array) -> Array:
    """A man in a top hat beside her."""
    column, row, tall = GENTLEMAN
    u, v = (x - column) / tall, (row - y) / tall
    legs = (v > 0) & (v < 0.48) & (np.abs(np.abs(u) - 0.042) < 0.040)
    coat = (v > 0.30) & (v < 0.80) & (np.abs(u) < 0.105 - 0.06 * np.abs(v - 0.62))
    head = np.hypot(u, v - 0.86) < 0.052
    hat = ((v > 0.895) & (v < 1.01) & (np.abs(u) < 0.052)) | ((np.abs(v - 0.900) < 0.012) & (np.abs(u) < 0.088))
    parts = (
        (legs, (0.28, 0.26, 0.48), (0.62, 0.54, 0.62)),
        (coat, (0.10, 0.13, 0.36), (0.30, 0.40, 0.70)),
        (head, (0.80, 0.50, 0.42), (0.98, 0.80, 0.62)),
        (hat, (0.10, 0.10, 0.28), (0.26, 0.28, 0.50)),
    )
    return _dressed(colour, parts, smoothstep(-0.10, 0.10, -u))


def _tree(x: Array, y: Array, colour: Array) -> Array:
    middle = 168 + 16 * np.sin(y / 110) + 5 * gradient(y / 40, 0, 1030)
    spread = 19 + 26 * smoothstep(560, 680, y) ** 2
    trunk = (np.abs(x - middle) < spread) & (y > 150) & (y < 668)
    colour = _over(colour, trunk, _mix((0.22, 0.12, 0.34), (0.80, 0.46, 0.26), smoothstep(-8, 20, x - middle)))
    for number, (column, row, across, down) in enumerate(_FOLIAGE):
        u, v = (x - column) / across, (y - row) / down
        mass = np.hypot(u, v) + 0.34 * fractal(x / 48 + number, y / 48, 4, 1031) < 0.94
        light = 0.42 + 0.50 * u - 0.42 * v + 0.6 * fractal(x / 30, y / 30, 2, 1032 + number)
        leaf = _mix((0.08, 0.26, 0.30), (0.30, 0.56, 0.22), light * 1.5)
        colour = _over(colour, mass, _mix(leaf, (0.86, 0.84, 0.30), smoothstep(0.62, 1.05, light)))
    return colour


def guide(x: Array, y: Array) -> Array:
    """The colour that is meant at each place, sRGB-encoded (..., 3) in [0, 1]."""
    shore = NEAR_BANK + 12 * np.sin(x / 150 + 2) + 5 * gradient(x / 30, 0, 1040) - 30 * smoothstep(420, 60, x)
    colour = _over(_river(x, y), y < FAR_BANK, _above_water(x, y))
    colour = _boats(x, y, colour)
    colour = _over(colour, y > shore, _bank(x, y))
    colour = _gentleman(x, y, _lady(x, y, _tree(x, y, colour)))
    margin = np.minimum(np.minimum(x, WIDTH - x), np.minimum(y, HEIGHT - y))
    # The painted border answers what it touches with the complement, as Seurat's do.
    border = _mix(1 - colour, (0.10, 0.10, 0.36), np.full(x.shape, 0.62))
    return _over(colour, margin < 22, border)


def _drawn(meant: Array, generator: np.random.Generator) -> Array:
    """A pigment for each dot, by lot, tinted a little toward what is meant, (N, 3)."""
    answer = generator.random(len(meant)) < _COMPLEMENTS
    grey = meant @ np.array([0.30, 0.59, 0.11])
    # The complement at the same lightness: it makes a colour ring without making it paler.
    target = np.where(answer[:, None], np.clip(grey[:, None] - 1.4 * (meant - grey[:, None]), 0, 1), meant)
    apart = np.square(target[:, None] - PIGMENTS).sum(-1)
    lots = -apart / _STRAY + generator.gumbel(0, 1, apart.shape)
    chosen = PIGMENTS[lots.argmax(1)]
    return np.clip(chosen + (meant - chosen) * np.where(answer, 0.25, 0.34)[:, None], 0, 1)


def _dots(canvas: Canvas, spacing: float, radius: float, generator: np.random.Generator) -> None:
    """Round dabs all over the canvas, thicker at their rims, where the brush pressed the paint out."""
    x, y = scattered(WIDTH, HEIGHT, spacing, generator)
    colour = _drawn(guide(x, y), generator).astype(np.float32)
    size = (radius * canvas.scale * generator.uniform(0.78, 1.18, len(x))).astype(np.float32)[:, None]
    reach = int(np.ceil(size.max()))
    step = np.arange(-reach, reach + 1, dtype=np.float32)
    across, down = (v.ravel()[None] for v in np.meshgrid(step, step))
    turn = generator.uniform(0, np.pi, (len(x), 1)).astype(np.float32)
    long = (across * np.cos(turn) + down * np.sin(turn)) * 0.90
    wide = (down * np.cos(turn) - across * np.sin(turn)) * 1.10
    away = np.hypot(long, wide) / size
    height = (1 - away**2) * 1.2 + 0.9 * np.exp(-np.square((away - 0.72) / 0.2))
    shade = 1 + 0.05 * long / size
    values = np.concatenate([colour[:, None] * shade[..., None], height[..., None].astype(np.float32)], -1)
    lay(canvas.paint, x[:, None] * canvas.scale + across, y[:, None] * canvas.scale + down, values, away < 1)


def render(size: int) -> Array:
    """The painting, uint8 (size * 3 / 4, size, 3)."""
    width, height = size, round(size * HEIGHT / WIDTH)
    generator = np.random.default_rng(101)
    canvas = Canvas.primed(width, height, (WIDTH, HEIGHT), (0.86, 0.80, 0.70))
    _dots(canvas, 8.5, 6.6, generator)
    _dots(canvas, 6.6, 4.4, generator)
    _dots(canvas, 5.8, 3.3, generator)
    return to_bytes(lit(canvas, width, height, relief=0.16))
