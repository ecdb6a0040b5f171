"""More pictures out of few: crops at many scales, other colours, other palettes, and pictures that no file holds.

All of it is a function of a `random.Random`, so that a seed gives the same pictures anywhere.
"""

from __future__ import annotations

import random
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from .pictures import Pixels, crop, read, scaled

Floats = NDArray[np.float32]

SYNTHETIC_CONTENTS = 0.06
SYNTHETIC_STYLES = 0.08
ENLARGED_CONTENTS = 0.45  # may be larger than the file, up to
ENLARGED = 4
FLIPS = (Image.Transpose.FLIP_LEFT_RIGHT, Image.Transpose.FLIP_TOP_BOTTOM, Image.Transpose.ROTATE_90, Image.Transpose.ROTATE_270)


def content(files: Sequence[Path], side: int, chance: random.Random) -> Pixels:
    """A square of a photograph (side, side, 3): its short side from little more than `side` to several times the file's, so that
    there are smooth areas as large pictures have them; or a smooth or noisy picture, against textures that settle there."""
    if chance.random() < SYNTHETIC_CONTENTS:
        return calm(side, chance)
    picture = read(chance.choice(files))
    short = min(picture.size)
    high = short * ENLARGED if chance.random() < ENLARGED_CONTENTS else short
    picture = crop(scaled(picture, uneven(1.1 * side, high, chance)), side, chance)
    if chance.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    pixels = np.asarray(picture)
    return exposed(pixels, chance) if chance.random() < 0.25 else pixels


def style(files: Sequence[Path], side: int, chance: random.Random) -> Pixels:
    """A square of a painting (side, side, 3), turned, rescaled and recoloured as it comes; or a texture made up here."""
    if chance.random() < SYNTHETIC_STYLES:
        pixels = texture(side, chance)
    else:
        pixels = stroke_scaled(read(chance.choice(files)), side, chance)
    kind = chance.random()
    if kind < 0.15:
        other = np.asarray(crop(scaled(read(chance.choice(files)), 2 * side), side, chance))
        pixels = with_palette(pixels, other)
    elif kind < 0.45:
        pixels = recoloured(pixels, chance)
    return pixels


def uneven(low: float, high: float, chance: random.Random) -> int:
    """A size between the two (their order doesn't matter), all ratios being equally likely."""
    low, high = sorted((low, max(low, high)))
    return round(low * (high / low) ** chance.random())


def stroke_scaled(picture: Image.Image, side: int, chance: random.Random) -> Pixels:
    """A square of a painting at a scale between the whole of it and 1.6 times its pixels; what is enlarged is sharpened, as
    larger strokes have sharp edges too."""
    short = min(picture.size)
    if chance.random() < 0.3:
        picture = scaled(picture, uneven(max(side, short), 1.6 * max(side, short), chance))
        picture = picture.filter(ImageFilter.UnsharpMask(radius=2, percent=80, threshold=2))
    else:
        picture = scaled(picture, uneven(1.05 * side, short, chance))
    picture = crop(picture, side, chance)
    if chance.random() < 0.5:
        picture = picture.transpose(chance.choice(FLIPS))
    return np.asarray(picture)


def exposed(pixels: Pixels, chance: random.Random) -> Pixels:
    """Darker or lighter, softer or harder."""
    values = (pixels.astype(np.float32) / 255) ** np.float32(chance.uniform(0.6, 1.7))
    middle = values.mean()
    return quantised(middle + (values - middle) * np.float32(chance.uniform(0.6, 1.3)))


def recoloured(pixels: Pixels, chance: random.Random) -> Pixels:
    """The same strokes in other colours: channels exchanged, a curve for each channel, another saturation, or the negative."""
    values = pixels.astype(np.float32) / 255
    if chance.random() < 0.5:
        values = values[..., chance.sample(range(3), 3)]
    if chance.random() < 0.5:
        values = values ** np.array([chance.uniform(0.55, 1.8) for _ in range(3)], np.float32)
    if chance.random() < 0.4:
        grey = values.mean(2, keepdims=True)
        values = grey + (values - grey) * np.float32(chance.uniform(0.0, 1.8))
    if chance.random() < 0.08:
        values = 1 - values
    return quantised(values)


def with_palette(pixels: Pixels, other: Pixels) -> Pixels:
    """The strokes of one picture with mean and covariance of another's colours (a linear map between the Cholesky factors)."""
    values, wanted = (picture.reshape(-1, 3).astype(np.float64) / 255 for picture in (pixels, other))
    ridge = 1e-4 * np.eye(3)  # a grey picture has no covariance to divide by
    ours, theirs = (np.linalg.cholesky(np.cov(colours.T) + ridge) for colours in (values, wanted))
    moved = (values - values.mean(0)) @ np.linalg.inv(ours).T @ theirs.T + wanted.mean(0)
    return quantised(moved.reshape(pixels.shape).astype(np.float32))


def quantised(values: NDArray[np.floating]) -> Pixels:
    return (np.clip(values, 0, 1) * 255).round().astype(np.uint8)


def calm(side: int, chance: random.Random) -> Pixels:
    """A clean gradient between two colours, half of the time with fine noise, sometimes with one hard edge across."""
    values = gradient(side, chance)
    if chance.random() < 0.3:
        values = np.where(field(side, 2, chance)[..., None] > 0, values, gradient(side, chance))
    if chance.random() < 0.5:
        values = values + generator(chance).normal(0, chance.uniform(0.005, 0.08), (side, side, 1)).astype(np.float32)
    return quantised(values)


def gradient(side: int, chance: random.Random) -> Floats:
    angle = chance.uniform(0, 2 * np.pi)
    rows, columns = np.mgrid[0:side, 0:side].astype(np.float32) / side - 0.5
    way = (np.cos(angle) * columns + np.sin(angle) * rows + 0.5).clip(0, 1)[..., None]
    first, second = (generator(chance).random(3, np.float32) for _ in range(2))
    return first + (second - first) * way * np.float32(chance.random())


def texture(side: int, chance: random.Random) -> Pixels:
    """Two to five colours laid out by smooth noise: blots, bands, or strokes along a flow."""
    kind = chance.randrange(3)
    plane = field(side, chance.uniform(1.5, 10), chance)
    if kind == 1:
        plane = np.sin(plane * chance.uniform(2, 8) + field(side, chance.uniform(5, 20), chance) * chance.uniform(0, 1))
    elif kind == 2:
        plane = smeared(generator(chance).normal(0, 1, (side, side)).astype(np.float32), plane, chance.randint(6, 20))
    ranks = plane.argsort(axis=None).argsort().reshape(plane.shape) / plane.size
    colours = generator(chance).random((chance.randint(2, 5), 3), np.float32)
    place = ranks * (len(colours) - 1)
    below = np.minimum(place.astype(int), len(colours) - 2)
    share = (place - below).astype(np.float32)[..., None]
    hardness = chance.uniform(1, 12)  # from blends to flat areas with edges
    share = 1 / (1 + np.exp(-(share - 0.5) * hardness)) if hardness > 3 else share
    return quantised(colours[below] * (1 - share) + colours[below + 1] * share)


def field(side: int, waves: float, chance: random.Random) -> Floats:
    """Smooth noise (side, side) of mean 0 and deviation 1: about `waves` waves across, finer ones of half the height in it."""
    total = np.zeros((side, side), np.float32)
    for octave in range(3):
        cells = min(max(2, round(waves * 2**octave)), side)
        grid = Image.fromarray(generator(chance).normal(0, 1, (cells, cells)).astype(np.float32))
        total += np.asarray(grid.resize((side, side), Image.Resampling.BICUBIC)) / 2**octave
    return (total - total.mean()) / (total.std() + 1e-6)


def smeared(noise: Floats, direction: Floats, length: int) -> Floats:
    """`noise` averaged along lines of `length` pixels whose angle is `direction` (radians): line integral convolution, short."""
    rows, columns = np.mgrid[0 : noise.shape[0], 0 : noise.shape[1]].astype(np.float32)
    total = np.zeros_like(noise)
    for step in range(-(length // 2), length // 2 + 1):
        down = (rows + step * np.sin(direction)).round().astype(int) % noise.shape[0]
        across = (columns + step * np.cos(direction)).round().astype(int) % noise.shape[1]
        total += noise[down, across]
    return total / np.float32(length // 2 * 2 + 1)


def generator(chance: random.Random) -> np.random.Generator:
    """NumPy's generator, seeded by ours."""
    return np.random.default_rng(chance.getrandbits(64))
