"""A scene: a mountain lake in the last light, with spruces, rocks and a meadow in front. Computed, not photographed."""

from __future__ import annotations

import numpy as np

from . import sky
from .conifers import plant, shrunk, spruce
from .noise import Array, cells, fractal, smoothstep
from .photo import develop, shrink
from .shore import boulders, meadow
from .terrain import Camera
from .valley import FarLand, far_land

ASPECT = 1024 / 683
HORIZON = 322  # image row at the reference size
FOCAL = 900
EYE = 5.0  # metres over the lake
FAR_SHORE = 1300.0  # metres
_OVERSAMPLING = 1.5
_LEAST_COLUMNS = 384  # with fewer, the rays would miss whole ridges
_REFLECTED_RAYS = 10
WATER = np.array([0.012, 0.034, 0.040], np.float32)
SHALLOW = np.array([0.16, 0.125, 0.075], np.float32)

# foot's column and row, height, in picture units; far ones first
NEAR_SPRUCES = (
    (962, 566, 96), (1003, 574, 150), (236, 574, 120), (198, 570, 168), (985, 586, 205), (150, 577, 255), (262, 586, 92),
    (14, 585, 330), (84, 598, 470),
)  # fmt: skip


def _wooded_shore(land: FarLand, camera: Camera, scale: float, generator: np.random.Generator) -> None:
    """Plant a few thousand spruces on what the camera sees of the near slopes, far ones first."""
    ground, height = land.ground, land.height
    models = [spruce(160, generator, detail=160) for _ in range(12)]
    row = camera.horizon - (height - camera.height) / ground.away * camera.focal
    in_view = row <= np.minimum.accumulate(row, axis=0) + 2 * scale
    away = np.sort(1 / generator.uniform(1 / 4300, 1 / FAR_SHORE, 9000))[::-1]
    column = generator.random(len(away)) * height.shape[1]
    k = np.searchsorted(ground.away[:, 0], away)
    c = column.astype(int)
    x, y = ground.across[k, c], ground.away[k, c]
    grows = (
        in_view[k, c]
        & (height[k, c] > 1)
        & (height[k, c] + 130 * fractal(x / 200, y / 200, 4, 19) < 420 * generator.random(len(k)) + 60)
    )
    size = generator.uniform(14, 27, len(away)) / away * camera.focal
    for i in np.flatnonzero(grows & (size > 1.5)):
        tree = shrunk(models[i % len(models)], max(2, round(size[i])))
        veil = 1 - np.exp(-away[i] / 14000)
        plant(
            land.picture,
            tree,
            column[i],
            row[k[i], c[i]] + 0.1 * size[i],
            veil,
            sky.air(np.array(ground.across[0, c[i]] / ground.away[0, c[i]])),
        )


def _water(picture: Array, camera: Camera, generator: np.random.Generator) -> None:
    """Fill the rows below the horizon: each water point mirrors what lies above, tilted by small waves."""
    rows, columns = picture.shape[:2]
    first = int(camera.horizon + camera.height * camera.focal / FAR_SHORE) + 1
    row, column = np.mgrid[first:rows, 0:columns].astype(np.float32)
    mirrored = np.zeros((*row.shape, 3), np.float32)
    for _ in range(_REFLECTED_RAYS):
        at_row, at_column = row + generator.random(row.shape, np.float32), column + generator.random(row.shape, np.float32)
        below = (at_row - camera.horizon) / camera.focal
        away = camera.height / below
        x = (at_column - camera.middle) / camera.focal * away
        ruffled = 0.25 + 1.1 * smoothstep(0.05, 0.5, fractal(x / 130, away / 45, 3, 200))
        # Far waves are finer than a pixel: what is left of them is chance.
        tilt = 0.012 * ruffled * (fractal(x / 2.2, away / 0.9, 3, 201) * 1.6 + 0.5 * fractal(x / 9, away / 5, 2, 202))
        mirror_row = 2 * camera.horizon - at_row - 2 * np.abs(tilt) * camera.focal
        mirror_column = at_column + 0.02 * ruffled * camera.focal * fractal(x / 1.6 + 40, away / 1.2, 2, 203) * below * 4
        r = np.clip(mirror_row, 0, first - 1).astype(np.int32)
        c = np.clip(mirror_column, 0, columns - 1).astype(np.int32)
        mirrored += picture[r, c]
    below = (row + 0.5 - camera.horizon) / camera.focal
    bounce = (0.02 + 0.98 * (1 - np.clip(below, 0, 1)) ** 5)[..., None]
    stones = _lake_bed(camera, row, column)
    depth = 0.8 * smoothstep(0.20, 0.31, below)[..., None]
    picture[first:] = mirrored / _REFLECTED_RAYS * bounce + (WATER + (stones - WATER) * depth) * (1 - bounce)


def _lake_bed(camera: Camera, row: Array, column: Array) -> Array:
    """Stones under the shallow water, in the shade of the bank, (..., 3)."""
    away = camera.height / ((row + 0.5 - camera.horizon) / camera.focal)
    x = (column - camera.middle) / camera.focal * away
    nearest, _, own = cells(x / 0.30, away / 0.34, 300)
    stone = (0.25 + 0.9 * own) * smoothstep(0.75, 0.25, nearest) + 0.25 * fractal(x / 2.5, away / 2.5, 3, 301)
    return SHALLOW * (stone * 0.75 + 0.15)[..., None]


def render(size: int) -> Array:
    """The photograph, uint8 (size / 1.5, size, 3)."""
    width, height = size, round(size / ASPECT)
    finer = max(_OVERSAMPLING, _LEAST_COLUMNS / size)
    scale = size * finer / 1024
    rows, columns = round(height * finer), round(width * finer)
    camera = Camera(EYE, FOCAL * scale, HORIZON * scale, columns / 2)
    land = far_land(camera, rows, columns, scale)
    # Each part has its own chance, so that none depends on how many numbers another took at this size.
    _wooded_shore(land, camera, scale, np.random.default_rng(20))
    picture = land.picture
    _water(picture, camera, np.random.default_rng(21))
    boulders(picture, scale, np.random.default_rng(22))
    for number, (column, row, tall) in enumerate(NEAR_SPRUCES):
        tree = spruce(round(tall * scale), np.random.default_rng(30 + number), detail=round(tall * 1.6))
        plant(picture, tree, column * scale, row * scale)
    meadow(picture, scale, np.random.default_rng(23))
    return develop(shrink(picture, width, height), 0.62, 3.0, 24)
