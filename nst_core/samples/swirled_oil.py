"""A style: thick swirling oil strokes. Sunrise over a wheat field, with a cypress and a farm under a turning sky."""

from __future__ import annotations

import numpy as np

from .noise import Array, fractal, gradient, smoothstep
from .oil import Canvas, Layer, cover, lit, scattered, strokes, to_bytes

WIDTH, HEIGHT = 1024.0, 800.0
SUN = (742.0, 190.0)
# column, row, radius, turning: the eddies of the sky
EDDIES = ((350, 205, 120, 1.0), (545, 330, 78, -1.0), (120, 95, 85, -0.9), (930, 400, 80, 0.9), (560, 75, 70, 0.8))
CYPRESSES = ((176, 735, 640, 66), (262, 668, 330, 36))  # foot's column and row, height, half width
FARM = (610.0, 548.0)
_HOUSES = (  # left, top, right, bottom around the farm's place, the brush's angle, colour
    (-52, -34, 2, 2, 0.0, (0.90, 0.86, 0.72)),
    (4, -26, 44, 4, 0.0, (0.72, 0.74, 0.78)),
    (-60, -56, 8, -30, -0.12, (0.80, 0.26, 0.12)),
    (0, -44, 52, -22, 0.10, (0.66, 0.20, 0.16)),
    (-36, -18, -28, 2, 1.57, (0.12, 0.20, 0.42)),
    (16, -12, 23, 4, 1.57, (0.14, 0.16, 0.34)),
)

_SKY = np.array(
    [(0.05, 0.09, 0.30), (0.08, 0.20, 0.50), (0.14, 0.36, 0.66), (0.33, 0.58, 0.74), (0.62, 0.79, 0.74), (0.90, 0.90, 0.68)]
)
_FIRE = np.array([(0.99, 0.97, 0.78), (0.99, 0.86, 0.35), (0.98, 0.70, 0.16), (0.97, 0.80, 0.42), (0.80, 0.85, 0.62)])
_HILLS = np.array(
    [(0.10, 0.13, 0.36), (0.16, 0.24, 0.50), (0.34, 0.30, 0.58), (0.30, 0.48, 0.62), (0.20, 0.42, 0.40), (0.46, 0.62, 0.58)]
)
_WHEAT = np.array([(0.45, 0.26, 0.08), (0.70, 0.42, 0.09), (0.88, 0.62, 0.12), (0.96, 0.80, 0.28), (0.98, 0.92, 0.58)])
_POPPY = (0.82, 0.13, 0.09)
_GREEN = np.array([(0.03, 0.09, 0.09), (0.05, 0.17, 0.12), (0.10, 0.27, 0.14), (0.24, 0.38, 0.13), (0.40, 0.46, 0.16)])
_EARTH = np.array([(0.44, 0.28, 0.30), (0.62, 0.44, 0.38), (0.80, 0.64, 0.50), (0.50, 0.46, 0.58)])


def _pick(palette: Array, place: Array, generator: np.random.Generator, spread: float = 0.13) -> Array:
    """Pigments at `place` in [0, 1] along the palette, each hand's pick a little off, (N, 3)."""
    at = np.clip(place + generator.normal(0, spread, place.shape), 0, 1) * (len(palette) - 1)
    lower = np.minimum(at.astype(int), len(palette) - 2)
    part = (at - lower)[:, None]
    return palette[lower] * (1 - part) + palette[lower + 1] * part


def _far_hills(x: Array) -> Array:
    return 478 - 42 * np.sin(x / 210 + 0.4) - 22 * np.sin(x / 83 + 2)


def _near_hills(x: Array) -> Array:
    return 548 - 26 * np.sin(x / 260 + 2.6) - 8 * np.sin(x / 71)


def _path(y: Array) -> tuple[Array, Array]:
    """The path's middle column and half width at each row."""
    down = np.clip((y - 560) / 240, 0, 1)
    return FARM[0] - 40 - 150 * down + 70 * np.sin(down * 4.2), 4 + 62 * down**1.5


def _in_cypress(x: Array, y: Array) -> Array:
    inside = np.zeros(x.shape, bool)
    for column, row, tall, wide in CYPRESSES:
        up = (row - y) / tall
        flame = wide * np.sqrt(np.clip(up, 0, 1)) ** 0.5 * np.clip(1 - up, 0, 1) ** 0.62 * (1 + 0.22 * np.sin(up * 19 + column))
        inside |= (up > 0) & (up < 1) & (np.abs(x - column - 12 * np.sin(up * 6)) < flame)
    return inside


def _wind(x: Array, y: Array) -> Array:
    """The sky's direction: a wavy wind to the right, and eddies that turn and draw in."""
    right, down = np.ones_like(x), 0.42 * np.cos(x / 95 + y / 160) + 0.3 * np.sin(y / 60 + x / 210)
    for column, row, radius, turning in (*EDDIES, (*SUN, 105, 1.3)):
        dx, dy = (x - column) / radius, (y - row) / radius
        pull = 5.0 * turning * np.exp(-(dx * dx + dy * dy) / 1.35**2)
        right = right - pull * dy - 0.35 * np.abs(pull) * dx
        down = down + pull * dx - 0.35 * np.abs(pull) * dy
    return np.arctan2(down, right)


def _flow(x: Array, y: Array) -> Array:
    """Which way the brush goes: wind above, slopes and furrows below, flames in the trees."""
    slope = np.arctan(-0.2 * np.cos(x / 210 + 0.4) - 0.26 * np.cos(x / 83 + 2)) + 0.5 * gradient(x / 60, y / 40, 600)
    middle, _ = _path(y)
    furrows = np.arctan2(np.ones_like(x), (x - middle) / 190) + 0.35 * gradient(x / 90, y / 60, 601)
    ground = np.where(y > _near_hills(x) + 4, furrows, slope)
    up = -np.pi / 2 + 0.45 * np.sin(y / 34 + x / 17) + 0.25 * gradient(x / 25, y / 50, 602)
    return np.where(_in_cypress(x, y), up, np.where(y < _far_hills(x), _wind(x, y), ground)).astype(np.float32)


def _sky(x: Array, y: Array, generator: np.random.Generator) -> Array:
    bands = 0.34 + 0.34 * fractal(x / 170, y / 70, 3, 610) + 0.20 * smoothstep(200, 480, y)
    for number, (column, row, radius, _) in enumerate(EDDIES):
        away = np.hypot(x - column, y - row) / radius
        turn = np.arctan2(y - row, x - column)
        rings = 0.5 + 0.5 * np.sin(away * 10 - turn * (1 if number % 2 else -1) + number)
        bands = bands + (0.12 + 0.85 * rings - bands) * smoothstep(1.25, 0.75, away)
    colour = _pick(_SKY, bands, generator, 0.12)
    away = np.hypot(x - SUN[0], y - SUN[1])
    halo = _pick(_FIRE, np.clip((away - 30) / 150 + 0.13 * np.sin(away / 8.5), 0, 1), generator, 0.07)
    return np.where((generator.random(len(x)) < smoothstep(215, 120, away))[:, None], halo, colour)


def _paint(x: Array, y: Array, generator: np.random.Generator) -> Array:
    colour = _sky(x, y, generator)
    hills = 0.35 + 0.45 * fractal(x / 70, y / 26, 3, 611) + 0.004 * (y - 480)
    wheat = 0.50 + 0.45 * fractal(x / 90, y / 34, 3, 612) + 0.12 * smoothstep(600, 760, x) - 0.1 * smoothstep(700, 800, y)
    middle, half = _path(y)
    green = 0.34 + 0.5 * fractal(x / 28, y / 60, 3, 613)
    for where, palette, place in (
        (y > _far_hills(x), _HILLS, hills),
        (y > _near_hills(x), _WHEAT, wheat),
        ((y > 556) & (np.abs(x - middle) < half), _EARTH, 0.5 + 0.5 * fractal(x / 30, y / 14, 2, 614)),
        (_in_cypress(x, y), _GREEN, green),
    ):
        colour = np.where(where[:, None], _pick(palette, place, generator), colour)
    return colour


def _farm(canvas: Canvas, generator: np.random.Generator) -> None:
    """Two houses of a few flat strokes: walls, roofs, doors."""
    x0, y0 = FARM
    for left, top, right, bottom, angle, colour in _HOUSES:
        x, y = scattered(right - left, bottom - top, 7, generator)
        inside = (x > 0) & (x < right - left) & (y > 0) & (y < bottom - top)
        where_x, where_y = x[inside] + left + x0, y[inside] + top + y0

        def pigment(px: Array, py: Array, chance: np.random.Generator, colour: tuple[float, ...] = colour) -> Array:
            return np.clip(np.array(colour) + chance.normal(0, 0.05, (len(px), 3)), 0, 1)

        def along(px: Array, py: Array, angle: float = angle) -> Array:
            return np.full_like(px, angle)

        strokes(canvas, where_x, where_y, Layer(7, 17, 8), along, pigment, generator)


def _poppies(canvas: Canvas, generator: np.random.Generator) -> None:
    """Drifts of red dabs in the wheat, larger toward the front."""
    x, y = scattered(WIDTH, HEIGHT, 13, generator)
    middle, half = _path(y)
    grow = (
        (y > 588) & (np.abs(x - middle) > half + 8) & (gradient(x / 120, y / 40, 620) > 0.22) & (generator.random(len(x)) < 0.5)
    )
    x, y = x[grow], y[grow]

    def pigment(px: Array, py: Array, chance: np.random.Generator) -> Array:
        return np.clip(np.array(_POPPY) + chance.normal(0, 0.06, (len(px), 3)), 0, 1)

    for near, size in ((y < 680, 6.5), (y >= 680, 10.0)):
        strokes(canvas, x[near], y[near], Layer(0, size * 1.6, size, turn=1.0), _flow, pigment, generator)


def render(size: int) -> Array:
    """The painting, uint8 (size / 1.28, size, 3)."""
    width, height = size, round(size * HEIGHT / WIDTH)
    generator = np.random.default_rng(61)
    canvas = Canvas.primed(width, height, (WIDTH, HEIGHT), (0.45, 0.36, 0.28))
    cover(canvas, Layer(24, 84, 34), _flow, _paint, generator)
    cover(canvas, Layer(11, 56, 15), _flow, _paint, generator)
    _farm(canvas, generator)
    cover(
        canvas,
        Layer(8.5, 40, 9.5),
        _flow,
        _paint,
        generator,
        lambda x, y: (np.abs(x - FARM[0]) > 64) | (np.abs(y - FARM[1] + 26) > 36),
    )
    _poppies(canvas, generator)
    x, y = scattered(WIDTH, HEIGHT, 9, generator)
    trees = _in_cypress(x, y)
    order = np.argsort(-y[trees])
    strokes(canvas, x[trees][order], y[trees][order], Layer(9, 46, 9), _flow, _paint, generator)
    return to_bytes(lit(canvas, width, height))
