"""Watercolour: translucent washes on rough paper. Pigments absorb light and layers multiply; where a wash dries, its rim darkens,
and heavy pigments settle in the hollows of the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .noise import Array, fractal, gradient, smoothstep

OVERSAMPLING = 2
_MARGIN = 14.0  # picture units around a shape that its uneven edge may reach


@dataclass(frozen=True)
class Wash:
    """How a shape is filled: `strength` of the pigment, darkening of the `rim`, and how wet: 0 gives a crisp edge, 1 one that
    runs out over some 40 picture units; `grain` is how much the pigment settles, `ragged` how far the edge strays."""

    strength: float = 0.8
    rim: float = 0.6
    wet: float = 0.0
    grain: float = 0.35
    ragged: float = 2.0


@dataclass(frozen=True)
class Window:
    """A part of the sheet: positions in picture units, and where its pixels are."""

    x: Array
    y: Array
    part: tuple[slice, slice]


def absorbance(colour: tuple[float, float, float]) -> Array:
    """What a full wash of a pigment takes from each channel, (3,); `colour` is how it looks on white, linear in (0, 1]."""
    return -np.log(np.clip(np.array(colour, np.float32), 0.004, 1))


class Sheet:
    """Paper that takes washes. `taken` (rows, columns, 3) is the absorbance so far."""

    def __init__(self, width: int, height: int, unit: float) -> None:
        self.unit = np.float32(unit / OVERSAMPLING)
        self.taken = np.zeros((height * OVERSAMPLING, width * OVERSAMPLING, 3), np.float32)
        everything = self.window(0, 0, 1e9, 1e9)
        tooth = fractal(everything.x / 5.5, everything.y / 5.5, 3, 900, 0.6) + 0.5 * fractal(
            everything.x / 15, everything.y / 15, 2, 901
        )
        self.tooth = tooth.astype(np.float32)
        x, y = everything.x, everything.y
        self._stray = fractal(x / 22, y / 22, 4, 910, 0.6)
        self._run = gradient(x / 60, y / 60, 911)
        self._pools = 1 + np.float32(0.34) * fractal(x / 75, y / 75, 3, 912)

    def window(self, left: float, top: float, right: float, bottom: float) -> Window:
        """The pixels between these picture coordinates."""
        rows, columns = self.taken.shape[:2]
        r0, r1 = (int(np.clip((v / self.unit), 0, rows)) for v in (top - _MARGIN, bottom + _MARGIN))
        c0, c1 = (int(np.clip((v / self.unit), 0, columns)) for v in (left - _MARGIN, right + _MARGIN))
        y, x = np.mgrid[r0:r1, c0:c1].astype(np.float32) * self.unit
        return Window(x, y, (slice(r0, r1), slice(c0, c1)))

    def lay(self, window: Window, inside: Array, pigment: Array, wash: Wash, load: Array | float = 1.0) -> None:
        """Fill where `inside`, a distance in picture units, is positive; `pigment` (3,) or a place's own (..., 3); `load` is how
        much paint the brush left there."""
        if not inside.size:
            return
        inside = inside + np.float32(wash.ragged * (1 + 5 * wash.wet)) * self._stray[window.part]
        if wash.wet:
            reach = 4 + 36 * wash.wet
            cover = smoothstep(-0.35 * reach, reach, inside + 0.35 * reach * self._run[window.part])
        else:
            cover = smoothstep(-0.6, 0.9, inside)
        rim = np.exp(-np.maximum(inside, 0) / 2.6) + 0.35 * np.exp(-np.maximum(inside, 0) / 9)
        settled = 1 - wash.grain * self.tooth[window.part]
        amount = (
            cover * np.float32(wash.strength) * load * self._pools[window.part] * settled * (1 + wash.rim * rim * (1 - wash.wet))
        )
        self.taken[window.part] += np.maximum(amount, 0)[..., None] * pigment

    def bloom(self, column: float, row: float, size: float, strength: float, seed: int) -> None:
        """A backrun: a drop of water pushes pigment outward into a feathered, darker rim."""
        window = self.window(column - size * 1.3, row - size * 1.3, column + size * 1.3, row + size * 1.3)
        turn = np.arctan2(window.y - row, window.x - column)
        fringe = fractal(np.cos(turn) * 3 + seed, np.sin(turn) * 3, 5, 920, 0.65)
        away = np.hypot(window.x - column, window.y - row) / size * (1 + 0.35 * fringe)
        push = 0.35 * np.exp(-np.square((away - 0.9) / 0.07)) - 0.45 * smoothstep(0.95, 0.2, away)
        self.taken[window.part] *= 1 + np.float32(strength) * push[..., None]

    def seen(self, paper: Array) -> Array:
        """The sheet in soft light from the upper left, linear (rows, columns, 3)."""
        down, right = np.gradient(self.tooth)
        light = np.asarray(1 - np.float32(0.030) * (right + down) / self.unit)
        return paper * np.exp(-self.taken) * np.clip(light, 0.8, 1.1)[..., None]
