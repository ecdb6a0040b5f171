"""The split, and crops that lie where they say."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from nst_core.errors import PictureError
from nst_core.training import pictures


def test_the_split_depends_on_names_alone(folders, tmp_path):
    there = pictures.split(folders[0])
    assert there.held_out and len(there.training) + len(there.held_out) == 70
    for path in there.held_out:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    (tmp_path / there.training[0].name).write_bytes(there.training[0].read_bytes())
    here = pictures.split(tmp_path)
    assert [path.name for path in here.held_out] == [path.name for path in there.held_out]
    assert [path.name for path in here.training] == [there.training[0].name]


def test_about_one_in_twenty_is_held_out():
    count = sum(pictures.is_held_out(f"picture {index}.jpg") for index in range(4000))
    assert 150 < count < 250


def test_a_folder_without_pictures_is_named(tmp_path):
    with pytest.raises(PictureError, match="has no pictures to train on"):
        pictures.split(tmp_path)
    with pytest.raises(PictureError, match="is no folder"):
        pictures.split(tmp_path / "missing")


def test_a_damaged_picture_is_named(tmp_path):
    (tmp_path / "bad.jpg").write_bytes(b"no picture")
    with pytest.raises(PictureError, match="can't be read as a picture"):
        pictures.read(tmp_path / "bad.jpg")


def test_scaled_keeps_proportions_and_crop_is_a_part():
    picture = Image.fromarray(np.random.default_rng(0).integers(0, 255, (40, 60, 3), dtype=np.uint8))
    assert pictures.scaled(picture, 20).size == (30, 20)
    part = np.asarray(pictures.crop(picture, 16, random.Random(0)))
    whole = np.asarray(picture)
    assert any(np.array_equal(whole[row : row + 16, column : column + 16], part) for row in range(25) for column in range(45))


def test_tensors_and_images_are_each_others_inverse():
    pixels = np.random.default_rng(0).integers(0, 256, (5, 7, 3), dtype=np.uint8)
    assert np.array_equal(np.asarray(pictures.to_image(pictures.to_tensor(pixels).float() / 255)), pixels)
