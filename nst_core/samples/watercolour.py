"""A style: watercolour. Poppies and cornflowers against a loose wet wash."""

from __future__ import annotations

import numpy as np

from .noise import Array, fractal, gradient, smoothstep
from .oil import to_bytes
from .photo import shrink, to_srgb
from .wash import Sheet, Wash, Window, absorbance

ASPECT = 800 / 1024
PAPER = np.array([0.955, 0.935, 0.885], np.float32)
VERMILION, CRIMSON, ROSE = absorbance((0.88, 0.075, 0.022)), absorbance((0.52, 0.010, 0.045)), absorbance((0.85, 0.28, 0.30))
SAP, BLUE_GREEN, OLIVE = absorbance((0.16, 0.30, 0.035)), absorbance((0.045, 0.20, 0.15)), absorbance((0.36, 0.34, 0.05))
CERULEAN, ULTRAMARINE, VIOLET = absorbance((0.20, 0.50, 0.72)), absorbance((0.045, 0.09, 0.48)), absorbance((0.22, 0.15, 0.42))
OCHRE, INDIGO = absorbance((0.82, 0.56, 0.17)), absorbance((0.03, 0.04, 0.10))

# heart's column and row, petal's length, tilt (1 = seen from above), turn, pigment share of crimson
POPPIES = (
    (330, 330, 168, 0.80, 0.3, 0.25), (585, 235, 128, 0.62, 1.1, 0.55), (560, 520, 146, 0.74, 2.0, 0.10),
    (185, 570, 108, 0.58, 0.8, 0.65), (400, 120, 82, 0.50, 2.6, 0.40),
)  # fmt: skip
ROOT = (410.0, 1060.0)
CORNFLOWERS = ((140, 330, 58), (700, 420, 64), (660, 690, 56), (300, 690, 60), (90, 770, 46), (480, 735, 42))
BUDS = ((232, 172, 26, 0.5), (716, 130, 24, -0.6), (90, 470, 22, 0.4))


def _curve(start: tuple[float, float], end: tuple[float, float], bend: float, steps: int = 15) -> Array:
    """A bent line from start to end, (steps, 2)."""
    t = np.linspace(0, 1, steps)[:, None]
    a, b = np.array(start), np.array(end)
    side = np.array([-(b - a)[1], (b - a)[0]])
    return a + (b - a) * t + side * bend * np.sin(np.pi * t)


def _beside(window: Window, line: Array) -> tuple[Array, Array]:
    """Distance to a polyline from each place, negative on its left, and how far along in [0, 1]."""
    best, along, side = np.full(window.x.shape, 1e9, np.float32), np.zeros_like(window.x), np.ones_like(window.x)
    for number, ((x0, y0), (x1, y1)) in enumerate(zip(line[:-1], line[1:])):
        dx, dy = x1 - x0, y1 - y0
        t = np.clip(((window.x - x0) * dx + (window.y - y0) * dy) / (dx * dx + dy * dy), 0, 1)
        apart = np.hypot(window.x - x0 - t * dx, window.y - y0 - t * dy)
        nearer = apart < best
        best = np.where(nearer, apart, best)
        along = np.where(nearer, (number + t) / (len(line) - 1), along)
        side = np.where(nearer, np.sign((window.x - x0) * dy - (window.y - y0) * dx), side)
    return best * side, along


def _blend(a: Array, b: Array, amount: Array) -> Array:
    return a + (b - a) * np.clip(amount, 0, 1)[..., None].astype(np.float32)


def _around(sheet: Sheet, line: Array, reach: float) -> Window:
    (left, top), (right, bottom) = line.min(0) - reach, line.max(0) + reach
    return sheet.window(left, top, right, bottom)


def _backdrop(sheet: Sheet) -> None:
    """Big wet washes that leave the paper white here and there, and run into one another."""
    window = sheet.window(0, 0, 1024, 1024)
    x, y = window.x, window.y
    for number, (column, row, across, down, pigment, strength) in enumerate((
        (190, 250, 330, 300, CERULEAN, 0.62), (650, 330, 280, 330, OCHRE, 0.50), (560, 640, 330, 230, CERULEAN, 0.55),
        (170, 720, 270, 260, OCHRE, 0.42), (690, 120, 200, 150, VIOLET, 0.34), (360, 860, 460, 150, SAP, 0.42),
        (80, 480, 170, 190, VIOLET, 0.38),
    )):  # fmt: skip
        shape = 1 - np.hypot((x - column) / across, (y - row) / down) + 0.55 * fractal(x / 210, y / 210, 5, 930 + number, 0.55)
        inside = shape * 150 - 18
        wet = 0.9 if number % 2 else 0.35
        sheet.lay(window, inside, pigment, Wash(strength, 0.35, wet, 0.5, 5.0), 0.55 + 0.5 * smoothstep(0, 130, inside))
    for number, (column, row, size) in enumerate(((110, 150, 70), (640, 610, 90), (720, 300, 60), (250, 800, 80), (60, 640, 52))):
        sheet.bloom(column, row, size, 1.0, number * 5)


def _stem(sheet: Sheet, end: tuple[float, float], bend: float, thick: float) -> None:
    line = _curve((ROOT[0] + (end[0] - ROOT[0]) * 0.22, ROOT[1]), end, bend)
    window = _around(sheet, line, 12)
    apart, along = _beside(window, line)
    width = thick * (1.15 - 0.5 * along) + 0.9 * gradient(along * 17, thick, 940)
    pigment = _blend(BLUE_GREEN, OLIVE, 0.5 + 0.9 * gradient(along * 5 + end[0], 0, 941))
    sheet.lay(window, width - np.abs(apart), pigment, Wash(0.85, 0.5, 0, 0.3, 0.8), 0.8 + 0.4 * np.sign(apart) * 0.5)


def _leaf(sheet: Sheet, start: tuple[float, float], end: tuple[float, float], bend: float, wide: float, seed: int) -> None:
    """A long blade in two strokes, the midrib left white between them; one half turns to the light."""
    line = _curve(start, end, bend)
    window = _around(sheet, line, wide * 1.2)
    apart, along = _beside(window, line)
    lobes = 1 + 0.30 * np.sin(along * 26 + seed) * smoothstep(0.95, 0.7, along)
    half = wide * np.sin(np.pi * np.clip(along, 0, 1) ** 0.8).clip(0) ** 0.8 * lobes
    pigment = _blend(SAP, BLUE_GREEN, 0.5 + 0.8 * gradient(along * 3 + seed, 0, 942) + 0.25 * np.sign(apart))
    for sign, strength in ((1, 0.95), (-1, 0.62)):
        inside = np.minimum(half - np.abs(apart), sign * apart - 0.9)
        sheet.lay(window, inside, pigment, Wash(strength, 0.65, 0, 0.35, 1.6), 0.65 + 0.6 * along)


def _petal(sheet: Sheet, flower: tuple[float, ...], turn: float, part: float, share: float, seed: int) -> None:
    column, row, length, tilt, *_ = flower
    length = length * part
    window = sheet.window(column - length * 1.15, row - length * 1.15, column + length * 1.15, row + length * 1.15)
    dx, dy = window.x - column, (window.y - row) / tilt
    c, s = np.cos(turn), np.sin(turn)
    u, v = (dx * c + dy * s) / length, (dy * c - dx * s) / length
    fan = np.arctan2(v, np.maximum(u, 1e-3))
    crinkle = 0.055 * gradient(fan * 7 + seed, 0, 950) + 0.028 * gradient(fan * 21 + seed, 0, 951)
    half = 0.66 * np.sin(np.pi * np.clip(u / 1.04, 0, 1) ** 0.74).clip(0) ** 0.55 * (1 + 0.10 * gradient(u * 4 + seed, 0, 952))
    inside = np.minimum(half - np.abs(v), 0.98 + crinkle - np.hypot(u, 0.55 * v)) * length * 0.8
    folds = gradient(fan * 10 + seed, u * 1.1, 953) + 0.5 * gradient(fan * 26 + seed, u * 1.5, 954)
    light = smoothstep(0.15, 0.75, fractal(u * 1.5 + seed, v * 1.5, 3, 955) + 0.25)
    load = 0.46 + 0.62 * (1 - np.clip(u, 0, 1)) ** 1.6 + 0.20 * folds + 0.22 * smoothstep(0.75, 1.0, u) - 0.34 * light
    pigment = _blend(VERMILION, CRIMSON, share + 0.4 * folds + 0.45 * (1 - u) ** 2)
    pigment = _blend(pigment, ROSE, 0.7 * light)
    sheet.lay(window, inside, pigment, Wash(0.80, 0.75, 0, 0.22, 1.5), np.clip(load, 0.14, 1.6))
    blotch = (0.24 - np.hypot((u - 0.17) * 0.9, v * 1.3) + 0.05 * folds) * length
    sheet.lay(window, np.minimum(blotch, inside), INDIGO, Wash(0.55, 0.3, 0.22, 0.3, 2.0))


def _heart(sheet: Sheet, flower: tuple[float, ...], generator: np.random.Generator) -> None:
    """A pale pod with a star on it, in a ring of dark stamens."""
    column, row, length, tilt, *_ = flower
    size = length * 0.115
    window = sheet.window(column - size * 4, row - size * 4, column + size * 4, row + size * 4)
    dx, dy = window.x - column, (window.y - row) / tilt
    away, turn = np.hypot(dx, dy), np.arctan2(dy, dx)
    sheet.taken[window.part] *= (1 - 0.85 * smoothstep(size + 1, size - 1, away))[..., None]
    sheet.lay(window, size - away, _blend(SAP, OLIVE, 0.5 + dx / size), Wash(0.7, 0.6, 0, 0.3, 0.8))
    sheet.lay(
        window, 1.4 - np.abs(np.sin(turn * 5)) * away * 0.45 + np.where(away < size, 0, -9), INDIGO, Wash(0.5, 0.1, 0, 0.2, 0.5)
    )
    inside = np.full(window.x.shape, -9.0, np.float32)
    for angle, out, dot in zip(
        generator.random(70) * 2 * np.pi, generator.normal(2.0, 0.36, 70) * size, generator.uniform(1.1, 2.7, 70)
    ):
        inside = np.maximum(inside, dot - np.hypot(dx - out * np.cos(angle), dy - out * np.sin(angle)))
    sheet.lay(window, inside, INDIGO, Wash(0.95, 0.2, 0, 0.2, 0.6))


def _poppy(sheet: Sheet, flower: tuple[float, ...], seed: int, generator: np.random.Generator) -> None:
    column, row, length, _, turn, share = flower
    window = sheet.window(column - length * 1.7, row - length * 1.7, column + length * 1.7, row + length * 1.7)
    glow = (1.25 - np.hypot(window.x - column - 0.3 * length, window.y - row - 0.4 * length) / length) * length * 0.5
    sheet.lay(window, glow, ROSE, Wash(0.28, 0.1, 0.95, 0.4, 4.0))
    # The white of the paper has to be kept under the petals: a lifted wash.
    clean = smoothstep(0.96, 0.82, np.hypot(window.x - column, (window.y - row) / flower[3]) / length)
    sheet.taken[window.part] *= (1 - 0.93 * clean)[..., None]
    for number, (shift, part) in enumerate(
        ((0.0, 1.0), (np.pi, 0.96), (np.pi * 0.52, 0.94), (np.pi * 1.47, 0.98), (np.pi * 0.25, 0.60), (np.pi * 1.22, 0.62))
    ):
        angle = turn + shift + generator.normal(0, 0.12)
        _petal(
            sheet, flower, angle, part * generator.uniform(0.94, 1.05), share * (1 if number % 2 else 0.6), seed * 31 + number * 7
        )
    _heart(sheet, flower, generator)


def _cornflower(sheet: Sheet, column: float, row: float, size: float, seed: int, generator: np.random.Generator) -> None:
    """A ruff of forked rays around a violet middle."""
    window = sheet.window(column - size * 1.2, row - size * 1.2, column + size * 1.2, row + size * 1.2)
    for number in range(9):
        turn = number * 2 * np.pi / 9 + generator.normal(0, 0.14)
        c, s, far = np.cos(turn), np.sin(turn), size * generator.uniform(0.78, 1.08)
        u, v = ((window.x - column) * c + (window.y - row) * s) / far, ((window.y - row) * c - (window.x - column) * s) / far
        teeth = 0.92 + 0.12 * np.cos(v * 46)
        inside = np.minimum(0.05 + 0.30 * np.clip(u, 0, 1) ** 1.3 - np.abs(v), np.minimum(u - 0.1, teeth - u)) * far
        pigment = _blend(ULTRAMARINE, CERULEAN, 0.35 + 0.7 * gradient(u * 3 + seed, v * 3 + number, 960))
        sheet.lay(window, inside, pigment, Wash(0.70, 0.7, 0, 0.4, 1.2), 0.55 + 0.5 * u)
    away = np.hypot(window.x - column, window.y - row)
    sheet.lay(
        window,
        (0.27 + 0.06 * np.sin(np.arctan2(window.y - row, window.x - column) * 11)) * size - away,
        VIOLET,
        Wash(0.9, 0.6, 0, 0.4, 1.5),
    )


def _bud(sheet: Sheet, column: float, row: float, size: float, lean: float) -> None:
    window = sheet.window(column - size * 2, row - size * 2, column + size * 2, row + size * 2)
    c, s = np.cos(lean), np.sin(lean)
    u, v = ((window.x - column) * c + (window.y - row) * s) / size, ((window.y - row) * c - (window.x - column) * s) / size
    shell = (1 - np.hypot(u * 1.55, v)) * size * 0.7
    sheet.lay(window, np.minimum(shell, (v + 0.25 - 0.2 * u) * size), _blend(SAP, BLUE_GREEN, 0.5 + u), Wash(0.9, 0.6))
    sheet.lay(window, np.minimum(shell, (-v - 0.15 + 0.2 * u) * size), VERMILION, Wash(0.85, 0.6))


def _splatter(sheet: Sheet, generator: np.random.Generator) -> None:
    for pigment, count in ((VERMILION, 60), (SAP, 46), (ULTRAMARINE, 40), (OCHRE, 40)):
        middle = generator.uniform((100, 100), (700, 950))
        for _ in range(count):
            column, row = middle + generator.normal(0, 170, 2)
            size = 0.8 + 3.6 * generator.random() ** 4
            window = sheet.window(column - size, row - size, column + size, row + size)
            sheet.lay(window, size - np.hypot(window.x - column, window.y - row), pigment, Wash(0.55, 0.6, 0, 0.2, 0.5))


def render(size: int) -> Array:
    """The sheet, uint8 (size, size * 0.78, 3)."""
    width, height = round(size * ASPECT), size
    generator = np.random.default_rng(91)
    sheet = Sheet(width, height, 1024 / size)
    _backdrop(sheet)
    for number, (column, row, _, *_) in enumerate(CORNFLOWERS):
        _stem(sheet, (column, row), 0.10 * (-1) ** number, 2.3)
    for column, row, size_, lean in BUDS:
        _stem(sheet, (column, row + size_ * 0.8), -0.12 * np.sign(lean), 2.0)
    for number, flower in enumerate(POPPIES):
        _stem(sheet, (flower[0], flower[1]), 0.07 * (-1) ** number, 3.8)
    for number in range(13):
        start = (ROOT[0] + generator.normal(0, 90), generator.uniform(640, 1010))
        side = generator.choice((-1, 1))
        end = (start[0] + side * generator.uniform(120, 270), start[1] - generator.uniform(40, 260))
        _leaf(sheet, start, end, side * generator.uniform(0.08, 0.22), generator.uniform(11, 22), number * 3)
    for number, (column, row, reach) in enumerate(CORNFLOWERS):
        _cornflower(sheet, column, row, reach, number * 9, generator)
    for bud in BUDS:
        _bud(sheet, *bud)
    for number, flower in sorted(enumerate(POPPIES), key=lambda item: item[1][2]):
        _poppy(sheet, flower, number, generator)
    _splatter(sheet, generator)
    return to_bytes(to_srgb(shrink(sheet.seen(PAPER), width, height)))
