"""A style: pen and ink. A castle over a river, an old bridge and a tree, all in hatching and cross-hatching."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .brush import flow_lines, in_chunks, ribbons
from .noise import Array, cells, fractal, gradient, smoothstep
from .oil import scattered, to_bytes
from .photo import blurred, oversampling, shrink

WIDTH, HEIGHT = 1024, 768
PAPER = np.array([0.940, 0.905, 0.825], np.float32)
INK = np.array([0.105, 0.085, 0.110], np.float32)
BISTRE = np.array([0.62, 0.44, 0.28], np.float32)

WATER = 560.0
# left, right, top, foot, roof's height (0: battlements), darkness
TOWERS = (
    (352, 420, 205, 330, 0, 0.10), (236, 292, 150, 350, 92, 0.08), (300, 362, 232, 350, 0, 0.06), (180, 240, 236, 365, 62, 0.12),
    (412, 458, 176, 345, 78, 0.05), (452, 530, 262, 360, 0, 0.02), (522, 556, 226, 375, 52, 0.10),
)  # fmt: skip
ARCHES = ((560, 62), (706, 66), (856, 62))  # column, half width
_DECK = (448.0, 474.0)  # of the bridge: its top, the arches' crown
_CROWN = (  # masses of leaves: column, row, half width, half height
    (905, 250, 92, 74), (985, 180, 92, 84), (850, 180, 74, 62), (925, 110, 86, 66), (1010, 300, 70, 60), (840, 300, 56, 42),
    (960, 40, 80, 56),
)  # fmt: skip

# A pass of the pen: from which darkness, turn from the form's own direction, gap between strokes, their length and width.
_PASSES = (
    (0.13, 0.00, 5.0, 46, 1.15), (0.28, 0.10, 5.0, 40, 1.2), (0.40, 1.00, 4.8, 34, 1.2), (0.52, -0.80, 4.6, 30, 1.3),
    (0.65, 0.50, 4.4, 26, 1.4), (0.78, -0.40, 3.6, 22, 1.7),
)  # fmt: skip


@dataclass
class Drawing:
    """What is where, one value a picture unit: darkness in [0, 1], the hatching's direction in radians, which thing."""

    dark: Array
    angle: Array
    thing: Array
    things: int = 0

    def add(self, where: Array, dark: Array | float, angle: Array | float) -> None:
        """Put a thing in front of all others."""
        self.things += 1
        self.dark = np.where(where, dark, self.dark)
        self.angle = np.where(where, angle, self.angle)
        self.thing = np.where(where, self.things, self.thing)

    def at(self, values: Array, x: Array, y: Array) -> Array:
        """`values` at positions in picture units, the border's beyond it."""
        return values[np.clip(y, 0, HEIGHT - 1).astype(np.int32), np.clip(x, 0, WIDTH - 1).astype(np.int32)]


def _sky(x: Array, y: Array) -> Drawing:
    bent = fractal(x / 190 + 0.3 * gradient(x / 90, y / 60, 1100), y / 105, 5, 1101, 0.55)
    billow = bent + 0.10 - 0.10 * smoothstep(200, 20, y)
    under = fractal(x / 190 + 0.12, y / 105 - 0.22, 5, 1101, 0.55)
    dark = np.where(billow > 0.06, 0.30 * smoothstep(0.02, 0.30, under - bent + 0.04), 0.36 - 0.20 * smoothstep(80, 360, y))
    angle = np.where(billow > 0.06, 0.9 + 3 * bent, -0.22 + 0.20 * gradient(x / 240, y / 120, 1102))
    return Drawing(dark, angle, np.where(billow > 0.06, 1, 0), 1)


def _hills(drawing: Drawing, x: Array, y: Array) -> None:
    for number, (height, rough, dark) in enumerate(((350, 26, 0.20), (404, 22, 0.32))):
        ridge = height + rough * np.sin(x / (150 - 40 * number) + 2 * number) + 8 * fractal(x / 40, 0, 3, 1110 + number)
        slope = 0.35 * np.cos(x / 130 + number) + 0.5
        drawing.add(y > ridge, dark + 0.3 * gradient(x / 46, y / 22, 1112) * (y - ridge) / 60, slope)


def _rock(drawing: Drawing, x: Array, y: Array) -> None:
    """The castle's hill: ribs of rock that fall away to both sides, lit from the right."""
    top = (
        330
        + 16 * fractal(x / 50, 0, 4, 1120)
        + 0.0016 * np.square(x - 372)
        + 160 * smoothstep(560, 640, x)
        + 70 * smoothstep(160, 20, x)
    )
    facets, edge, own = cells((x + 0.5 * (y - 330) * np.sign(x - 372)) / 62, (y - 330) / 110, 1121)
    ribs = gradient(x / 34, (y - top) / 120, 1122)
    dark = 0.30 + 0.60 * (own - 0.5) + 0.40 * ribs + 0.25 * smoothstep(420, 150, x) + 0.25 * smoothstep(0.10, 0.0, edge - facets)
    fall = np.pi / 2 - 0.75 * np.tanh((x - 372) / 160) + 0.35 * (own - 0.5)
    drawing.add(y > top, np.clip(dark, 0.04, 0.95), fall)


def _tower(drawing: Drawing, x: Array, y: Array, tower: tuple[float, ...]) -> None:
    left, right, top, foot, roof, extra = tower
    place = (x - left) / (right - left)
    inside = (place >= 0) & (place <= 1)
    round_shade = 0.72 * smoothstep(0.72, 0.0, place) + 0.16 * smoothstep(0.86, 1.0, place) + extra
    teeth = np.where(roof == 0, 9.0 * ((place * 5) % 1 < 0.55), 0)
    rings = 0.28 * (place - 0.5)
    drawing.add(
        inside & (y > top - teeth) & (y < foot), np.clip(round_shade + 0.12 * gradient(x / 9, y / 7, 1130), 0.02, 0.9), rings
    )
    eaves = (place > -0.07) & (place < 1.07) & (y > top + 10) & (y < top + 15)
    drawing.add(eaves, np.clip(round_shade + 0.3, 0, 1), np.zeros_like(x))
    if roof:
        half = (right - left) * 0.60 * np.clip((y - top + roof) / roof, 0, 1)
        middle = (left + right) / 2
        cone = (np.abs(x - middle) < half) & (y < top + 2) & (y > top - roof)
        drawing.add(
            cone,
            np.clip(0.92 * smoothstep(0.75, -0.6, (x - middle) / np.maximum(half, 1)) + 0.22, 0, 1),
            np.pi / 2 - 0.5 * (x - middle) / np.maximum(half, 8),
        )
        drawing.add((np.abs(x - middle) < 0.9) & (y < top - roof + 3) & (y > top - roof - 16), 1.0, np.pi / 2)
    for column, row in ((0.62, 0.30), (0.34, 0.62), (0.70, 0.74)):
        window = (np.abs(place - column) < 2.6 / (right - left)) & (np.abs(y - top - (foot - top) * row) < 5.5)
        drawing.add(window, 1.0, np.pi / 2)


def _bridge(drawing: Drawing, x: Array, y: Array) -> None:
    deck = _DECK[0] + 0.00014 * np.square(x - 706)
    wall = (x > 486) & (y > deck) & (y < WATER)
    stones, edge, own = cells(x / 17, np.floor(y / 10) * 1.7 + 0.5, 1140)
    joints = smoothstep(0.10, 0.02, np.minimum(np.abs(y / 10 - np.round(y / 10)), (edge - stones)))
    drawing.add(wall, np.clip(0.10 + 0.40 * own**2 + 0.40 * joints + 0.18 * smoothstep(deck + 60, WATER, y), 0, 0.9), 0.12)
    for column, half in ARCHES:
        v = (WATER - y) / (WATER - _DECK[1])
        reach = np.hypot((x - column) / half, v)
        ring = (reach < 1.20) & (reach > 1.0) & (y < WATER)
        turn = np.arctan2(v, (x - column) / half)
        drawing.add(ring, 0.08 + 0.5 * smoothstep(0.36, 0.46, np.abs(turn * 5.2 - np.round(turn * 5.2))), turn)
        under = (reach <= 1.0) & (y < WATER)
        drawing.add(
            under,
            np.clip(0.98 - 0.75 * smoothstep(-0.2, 1.0, (x - column) / half) * smoothstep(0.9, 0.4, v), 0, 1),
            np.pi / 2 + 0.3,
        )
        sky = (np.hypot((x - column - 15) / (half * 0.80), v / 0.86) < 1) & (y < WATER)
        drawing.add(sky, 0.06 + 0.2 * smoothstep(WATER - 24, WATER - 8, y), 0.0)
    drawing.add((x > 486) & (np.abs(y - deck) < 3.2), 0.55, 0.0)


def _river(drawing: Drawing, x: Array, y: Array) -> None:
    """The banks' image in the water, drawn in level strokes that open toward the front."""
    mirrored = np.clip(2 * WATER - y + 5 * gradient(x / 30, y / 5, 1150), 0, HEIGHT - 1).astype(np.int32)
    image = drawing.dark[mirrored, x.astype(np.int32)]
    bands = 0.5 + 0.9 * fractal(x / 150, y / 9, 3, 1151)
    shore = WATER + 5 * gradient(x / 60, 0, 1152)
    dark = np.clip(image * 0.95 * smoothstep(760, 600, y) * (0.55 + 0.6 * bands) + 0.10 * bands, 0, 0.92)
    drawing.add(y > shore, dark, 0.03 * np.sin(x / 40))


def _meadow(drawing: Drawing, x: Array, y: Array) -> None:
    bank = (
        700
        - 46 * smoothstep(560, 1000, x)
        + 30 * smoothstep(330, 470, x) * smoothstep(640, 540, x)
        - 64 * smoothstep(330, 0, x)
        + 7 * fractal(x / 26, 0, 3, 1160)
    )
    tufts = gradient(x / 30, y / 17, 1161)
    drawing.add(
        y > bank,
        np.clip(0.36 + 0.60 * tufts + 0.30 * smoothstep(700, 768, y), 0.05, 1),
        -np.pi / 2 + 0.5 * gradient(x / 40, y / 30, 1162),
    )


def _tree(drawing: Drawing, x: Array, y: Array) -> None:
    """A trunk with its bark along it, and masses of leaves in front, scribbled round their middles."""
    middle = 948 + 16 * np.sin(y / 90) - 20 * smoothstep(420, 200, y)
    wide = 19 + 30 * smoothstep(590, 690, y) ** 2 - 8 * smoothstep(400, 250, y)
    across = (x - middle) / wide
    bark = 0.30 * gradient(across * 3, y / 38, 1163)
    drawing.add(
        (np.abs(across) < 1) & (y > 150) & (y < 690),
        np.clip(0.50 - 0.55 * across + bark, 0.05, 1),
        np.pi / 2 - 0.5 * across + 0.3 * gradient(x / 20, y / 50, 1164),
    )
    ragged, clumps = 0.42 * fractal(x / 34, y / 34, 4, 1165, 0.6), 0.7 * fractal(x / 22, y / 22, 2, 1166)
    scribble = 0.8 + 2.2 * gradient(x / 24, y / 24, 1167)
    for column, row, half_width, half_height in _CROWN:
        u, v = (x - column) / half_width, (y - row) / half_height
        dark = np.clip(0.36 + 0.45 * v - 0.40 * u + clumps, 0.05, 1)
        drawing.add(np.hypot(u, v) + ragged < 0.9, dark, scribble + np.arctan2(v, u))


def _composed() -> Drawing:
    # A row of columns and a column of rows: what depends on one of them alone is computed only once for it.
    y, x = (places.astype(np.float32) + np.float32(0.5) for places in np.ogrid[0:HEIGHT, 0:WIDTH])
    drawing = _sky(x, y)
    _hills(drawing, x, y)
    _rock(drawing, x, y)
    for tower in sorted(TOWERS, key=lambda t: t[3]):
        _tower(drawing, x, y, tower)
    _bridge(drawing, x, y)
    _river(drawing, x, y)
    _meadow(drawing, x, y)
    _tree(drawing, x, y)
    return drawing


def _apart(lines: Array, gap: float) -> Array:
    """Numbers of the strokes (N, S, 2) that a hand draws: in turn, none over a place that another already fills."""
    cell = gap / 2
    taken = np.zeros((int(HEIGHT / cell) + 80, int(WIDTH / cell) + 80), bool)
    rows, columns = (
        (np.clip(lines[..., i] / cell, -38, size / cell + 38)).astype(np.int32) + 39 for i, size in ((1, HEIGHT), (0, WIDTH))
    )
    drawn = []
    for number in range(len(lines)):
        row, column = rows[number], columns[number]
        if taken[row, column].mean() < 0.25:
            drawn.append(number)
            for down in (-1, 0, 1):
                for right in (-1, 0, 1):
                    taken[row + down, column + right] = True
    return np.array(drawn, np.int64)


def _hatch(ink: Array, scale: float, drawing: Drawing, generator: np.random.Generator) -> None:
    """All passes of the pen; `ink` (rows, columns) holds how much lies on the paper."""
    soft = blurred(drawing.dark.astype(np.float32), 1)
    for threshold, turn, gap, length, width in _PASSES:
        x, y = scattered(WIDTH, HEIGHT, gap, generator)
        keep = drawing.at(soft, x, y) > threshold + generator.normal(0, 0.03, len(x))
        x, y = x[keep], y[keep]
        slip = generator.normal(0, 0.04, len(x)).astype(np.float32)
        angle = drawing.at(drawing.angle, x, y).astype(np.float32) + np.float32(turn) + slip

        def direction(px: Array, py: Array, own: Array = angle, turn: float = turn) -> Array:
            there = drawing.at(drawing.angle, px, py).astype(np.float32) + np.float32(turn)
            wobble = 0.10 * gradient(px / 17, py / 17, 1170)
            # Follow the form as long as it bends gently; never turn sharply in mid-stroke.
            return own + np.clip(np.sin(there - own) * np.sign(np.cos(there - own)), -0.5, 0.5) + wobble

        lines = flow_lines(x, y, direction, length * generator.uniform(0.55, 1.25, len(x)), 13)
        apart = _apart(lines, gap)
        lines, x, y = lines[apart], x[apart], y[apart]
        home = drawing.at(drawing.thing, x, y)
        s = np.linspace(0, 1, lines.shape[1], dtype=np.float32)
        pressure = 0.35 + 0.65 * np.sin(np.pi * (0.12 + 0.80 * s)) ** 0.7
        widths = (width * generator.uniform(0.75, 1.25, len(x)))[:, None] * pressure
        for part in in_chunks(lines, widths, scale):
            columns, rows, _, _ = ribbons(lines[part], widths[part].astype(np.float32), scale)
            at_x, at_y = columns / np.float32(scale), rows / np.float32(scale)
            same = drawing.at(drawing.thing, at_x, at_y) == home[part][:, None, None]
            dark_enough = drawing.at(soft, at_x, at_y) > threshold - 0.07
            inside = same & dark_enough & (columns >= 0) & (rows >= 0) & (columns < ink.shape[1]) & (rows < ink.shape[0])
            mark = np.zeros(ink.shape, bool)
            mark[rows[inside].astype(np.int32), columns[inside].astype(np.int32)] = True
            ink[mark] = np.minimum(ink[mark] + 0.88, 1.0)


def _outlines(ink: Array, scale: float, drawing: Drawing) -> None:
    """A restless contour where one thing ends and another begins, drawn twice, with gaps."""
    rows, columns = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]].astype(np.float32) / np.float32(scale)
    for number, (stray, weight) in enumerate(((1.3, 0.95), (2.6, 0.62))):
        x = columns + stray * gradient(columns / 24, rows / 24, 1180 + number)
        y = rows + stray * gradient(columns / 24, rows / 24, 1182 + number)
        pen = 0.45 + 0.40 * gradient(columns / 40, rows / 40, 1184 + number)
        edge = np.zeros(ink.shape, bool)
        for dx, dy in ((1, 0), (0, 1), (0.7, 0.7), (0.7, -0.7)):
            edge |= drawing.at(drawing.thing, x + dx * pen, y + dy * pen) != drawing.at(drawing.thing, x - dx * pen, y - dy * pen)
        drawn = (
            edge
            & (gradient(columns / 30, rows / 30, 1186 + number) > -0.22 + 0.28 * number)
            & (drawing.at(drawing.thing, x, y) > 0)
        )
        ink[drawn] = np.maximum(ink[drawn], weight)


def render(size: int) -> Array:
    """The sheet, uint8 (size * 3 / 4, size, 3)."""
    width, height = size, round(size * HEIGHT / WIDTH)
    finer = oversampling(size)
    scale = size * finer / WIDTH
    generator = np.random.default_rng(111)
    drawing = _composed()
    ink = np.zeros((height * finer, width * finer), np.float32)
    _hatch(ink, scale, drawing, generator)
    _outlines(ink, scale, drawing)
    rows, columns = np.mgrid[0 : ink.shape[0], 0 : ink.shape[1]].astype(np.float32) / np.float32(scale)
    fibre = fractal(columns / 4, rows / 4, 3, 1190) + 0.6 * fractal(columns / 240, rows / 180, 3, 1191)
    paper = PAPER * (1 + 0.028 * fibre)[..., None]
    # A thin wash of bistre holds the shadows together.
    wash = blurred(drawing.dark.astype(np.float32), 5)
    tone = drawing.at(wash, columns, rows) * (0.85 + 0.4 * fractal(columns / 70, rows / 70, 3, 1192))
    paper = paper * (1 - (1 - BISTRE) * (0.42 * smoothstep(0.28, 0.9, tone))[..., None])
    ink *= 0.93 + 0.10 * fractal(columns / 7, rows / 7, 2, 1193)
    return to_bytes(shrink(paper + (INK - paper) * np.clip(ink, 0, 1)[..., None], width, height))
