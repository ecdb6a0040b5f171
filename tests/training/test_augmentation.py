"""Augmentation: repeatable from a seed, and it changes what it says it changes."""

from __future__ import annotations

import random

import numpy as np
import pytest

from nst_core.training import augmentation, pictures


@pytest.mark.parametrize("draw", [augmentation.content, augmentation.style])
def test_a_seed_gives_the_same_pictures_and_another_seed_others(folders, draw):
    files = pictures.split(folders[1]).training
    made = [[draw(files, 48, random.Random(f"{seed} {index}")) for index in range(12)] for seed in (1, 1, 2)]
    assert all(pixels.shape == (48, 48, 3) and pixels.dtype == np.uint8 for pixels in made[0])
    assert all(np.array_equal(one, other) for one, other in zip(made[0], made[1]))
    assert not any(np.array_equal(one, other) for one, other in zip(made[0], made[2]))


def test_a_palette_brings_mean_and_covariance_of_the_other_colours():
    chance = np.random.default_rng(0)
    ours = np.clip(chance.normal(120, 20, (64, 64, 3)), 0, 255).astype(np.uint8)
    mixing = np.array([[18, 6, 0], [0, 14, 4], [2, 0, 9]])
    theirs = np.clip(chance.normal(0, 1, (64, 64, 3)) @ mixing + [100, 140, 90], 0, 255).astype(np.uint8)
    moved = augmentation.with_palette(ours, theirs).reshape(-1, 3).astype(float)
    wanted = theirs.reshape(-1, 3).astype(float)
    assert np.allclose(moved.mean(0), wanted.mean(0), atol=0.6)
    assert np.allclose(np.cov(moved.T), np.cov(wanted.T), atol=12)


def test_a_grey_picture_takes_a_palette_without_failing():
    grey = np.full((16, 16, 3), 90, np.uint8)
    colours = np.random.default_rng(0).integers(0, 256, (16, 16, 3), dtype=np.uint8)
    assert np.abs(augmentation.with_palette(grey, colours).mean((0, 1)) - colours.mean((0, 1))).max() < 3


def test_calm_pictures_have_small_slopes_and_textures_large_ones():
    def slope(pixels):
        return np.median(np.abs(np.diff(pixels.astype(float), axis=1)).mean(2))

    calm = [slope(augmentation.calm(64, random.Random(index))) for index in range(20)]
    textures = [slope(augmentation.texture(64, random.Random(index))) for index in range(20)]
    assert np.median(calm) < 8 < np.mean(textures)


def test_uneven_sizes_lie_between_their_bounds_whatever_their_order():
    chance = random.Random(0)
    sizes = [augmentation.uneven(150, 100, chance) for _ in range(200)]
    assert all(100 <= size <= 150 for size in sizes) or all(size == 150 for size in sizes)
