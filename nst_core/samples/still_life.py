"""A scene: fruit, a glazed jug and a linen cloth on an oak table, in window light. Computed, not photographed."""

from __future__ import annotations

import numpy as np

from . import fruit
from .noise import Array
from .photo import develop
from .room import Rays, look, steady
from .trace import unit

ASPECT = 1024 / 768
_SAMPLES = 6
_EYE = np.array([0.02, 0.47, -1.42], np.float32)
_TARGET = np.array([0.012, 0.142, 0.05], np.float32)
_FOCAL = 3.6  # of half the picture's width
_APERTURE = 0.007  # metres, radius
_FOCUS = 1.36  # metres along the view
_SPREAD = np.array([0.8191725, 0.6710436, 0.5497005])
_SPREAD_2D = np.array([0.7548777, 0.5698403])


def _disc(place: Array) -> Array:
    """A place (2,) of the unit square, moved to the unit disc with equal areas."""
    turn, out = 2 * np.pi * place[0], np.sqrt(place[1])
    return out * np.array([np.cos(turn), np.sin(turn)])


def _camera_rays(width: int, height: int, generator: np.random.Generator, place: Array) -> Rays:
    """One ray a pixel through the same `place` (2,) of every pixel, and about the same of the lens."""
    ahead = unit((_TARGET - _EYE)[None])[0]
    right = unit(np.cross(np.array([0, 1, 0], np.float32), ahead)[None])[0]
    up = np.cross(ahead, right)
    row, column = np.mgrid[0:height, 0:width].astype(np.float32)
    x = (column + place[0]) / width * 2 - 1
    y = (1 - (row + place[1]) / height * 2) * height / width
    heading = (ahead * _FOCAL + x[..., None] * right + y[..., None] * up).reshape(-1, 3)
    at_focus = _EYE + heading * np.float32(_FOCUS / _FOCAL)
    # All pixels look through nearly the same place: chance here would roughen every outline that is in focus.
    lens = (_disc(place) + 0.3 * generator.normal(0, 1, (width * height, 2))) * _APERTURE
    origin = _EYE + lens[:, :1] * right + lens[:, 1:] * up
    return Rays(origin.astype(np.float32), unit(at_focus - origin))


def render(size: int) -> Array:
    """The photograph, uint8 (size * 3 / 4, size, 3)."""
    width, height = size, round(size / ASPECT)
    generator = np.random.default_rng(31)
    scene = fruit.scene()
    picture = np.zeros((height, width, 3), np.float32)
    shift = generator.random((width * height, 3), np.float32)
    for number in range(_SAMPLES):
        # Successive samples are spread over window and pixel by (generalised) golden ratios, not left to chance.
        chance = ((shift + number * _SPREAD) % 1).astype(np.float32)
        place = ((0.5 + number * _SPREAD_2D) % 1).astype(np.float32)
        # Light from around is soft: every other sample is enough, and it counts twice.
        sample = look(scene, _camera_rays(width, height, generator, place), generator, chance, bounces=number % 2 == 0)
        light, normal, way = (
            part.reshape(height, width, -1) for part in (sample.light + 2 * sample.bounced, sample.normal, sample.way)
        )
        # Averaged sample by sample, where every pixel has one surface: outlines stay clean. Reflectance is not averaged.
        light = steady(light, normal, np.minimum(way[..., 0], 20))
        picture += (sample.colour.reshape(picture.shape) * light + sample.mirrored.reshape(picture.shape)) / _SAMPLES
    return develop(picture, 1.12, 2.6, 32)
