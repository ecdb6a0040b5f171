"""Spruces as clouds of needles, lit from one side: near ones in full, far ones as small copies."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from .brush import lay
from .noise import Array

BARK = np.array([0.055, 0.040, 0.030], np.float32)
NEEDLES_SHADE = np.array([0.008, 0.014, 0.012], np.float32)
NEEDLES_LIT = np.array([0.62, 0.40, 0.075], np.float32)


@dataclass(frozen=True)
class _Needles:
    """Points of a tree one unit high: `x` to the right, `depth` toward the eye, `y` up, `light` in [0, 1]; all (N,)."""

    x: Array
    depth: Array
    y: Array
    light: Array


def _needles(detail: int, generator: np.random.Generator, sun: float) -> _Needles:
    """Branches in loose whorls, twigs along each branch, needles along each twig; axes: branch, twig, needle."""
    branches, twigs, needles = int(np.clip(detail * 0.4, 50, 420)), 22, int(np.clip(detail * 0.06, 5, 60))
    level = np.sort(generator.random(branches))[:, None, None] ** 1.2
    azimuth = generator.random((branches, 1, 1)) * 2 * np.pi
    reach = (0.20 * (1.0 - level) ** 0.9 + 0.008) * generator.uniform(0.6, 1, (branches, 1, 1))
    # Some branches broke off, as on every real tree.
    reach = reach * np.where(generator.random((branches, 1, 1)) < 0.15, 0.5, 1)
    start = ((np.arange(twigs) // 2 + generator.random((branches, twigs))) / (twigs / 2))[..., None] ** 0.8
    side = np.where(np.arange(twigs) % 2, 1, -1)[None, :, None]
    way = generator.random((branches, twigs, needles))
    twig = reach * 0.42 * (1.12 - start) * way
    out = reach * start + twig * 0.75
    beside = side * twig * 0.65
    fluff = 0.0035 * generator.normal(0, 1, (2, branches, twigs, needles))
    sag = -0.55 * out + 1.3 * out * out / 0.19 * 0.42 - 0.35 * twig * way - np.abs(fluff[0]) * 2.2
    x = out * np.cos(azimuth) - beside * np.sin(azimuth) + fluff[1]
    depth = out * np.sin(azimuth) + beside * np.cos(azimuth)
    y = 0.94 * level + 0.05 + sag
    facing = np.clip(0.32 + 0.60 * np.cos(azimuth) * sun - 0.10 * np.sin(azimuth), 0, 1)
    light = facing * (0.15 + 0.85 * start**1.5) * np.exp(-np.abs(fluff[0]) * 180) * generator.uniform(0.3, 1.3, way.shape)
    return _Needles(*(np.broadcast_to(part, way.shape).ravel() for part in (x, depth, y, light)))


def spruce(height: int, generator: np.random.Generator, sun: float = -1.0, detail: int | None = None) -> Array:
    """One tree as linear premultiplied RGBA (height, height // 2, 4); `sun` < 0: light from the left."""
    canvas = np.zeros((height, height // 2, 4), np.float32)
    needles = _needles(detail or height, generator, sun)
    colour = NEEDLES_SHADE + needles.light[:, None] * (NEEDLES_LIT - NEEDLES_SHADE)
    trunk_y = np.repeat(np.linspace(0, 1, height * 2), 12)
    trunk_x = generator.uniform(-1, 1, trunk_y.size) * 0.010 * (1.06 - trunk_y)
    trunk = BARK * (0.5 + 0.9 * np.clip(sun * trunk_x / 0.010, -0.4, 1))[:, None]
    order = np.argsort(needles.depth, kind="stable")
    back, front = order[: order.size // 2], order[order.size // 2 :]
    for x, y, value in (
        (needles.x[back], needles.y[back], colour[back] * 0.7),
        (trunk_x, trunk_y, trunk),
        (needles.x[front], needles.y[front], colour[front]),
    ):
        opaque = np.concatenate([value, np.ones((len(value), 1))], -1).astype(np.float32)
        lay(canvas, (0.25 + x) * height, (1 - y) * height - 1, opaque)
    return canvas


def shrunk(tree: Array, height: int) -> Array:
    """The tree at about `height` or a little more, by means over whole cells."""
    factor = max(1, tree.shape[0] // height)
    rows, columns = tree.shape[0] // factor, tree.shape[1] // factor
    return tree[: rows * factor, : columns * factor].reshape(rows, factor, columns, factor, 4).mean((1, 3))


def plant(picture: Array, tree: Array, column: float, row: float, veil: float = 0.0, air: Array | None = None) -> None:
    """Put `tree` onto linear `picture` (H, W, 3), foot at (column, row); `veil` of it is lost in the `air`'s colour."""
    height, width = tree.shape[:2]
    left, top = round(column - width / 2), round(row) - height
    x0, y0 = max(left, 0), max(top, 0)
    x1, y1 = min(left + width, picture.shape[1]), min(top + height, picture.shape[0])
    if x0 >= x1 or y0 >= y1:
        return
    part = tree[y0 - top : y1 - top, x0 - left : x1 - left]
    colour = part[..., :3] if air is None else part[..., :3] * (1 - veil) + part[..., 3:] * air * veil
    target = picture[y0:y1, x0:x1]
    target *= 1 - part[..., 3:]
    target += colour
