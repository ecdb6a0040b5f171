"""What `train anime` looks at: crops, grey versions, smoothed edges."""

from __future__ import annotations

import random

import numpy as np
import pytest
import torch
from PIL import Image

from nst_core.training import anime_data as data
from nst_core.training import pictures


def smoothed(values: np.ndarray) -> np.ndarray:
    """Edges thickened to 5×5 and blurred there, pixel by pixel, on one plane (H, W) in [0, 1]."""
    height, width = values.shape
    padded = np.pad(values, 2, mode="reflect")
    slopes = np.zeros_like(values)
    for row in range(height):
        for column in range(width):
            window = padded[row + 1 : row + 4, column + 1 : column + 4]
            across = (window[:, 2] - window[:, 0]) @ [1, 2, 1]
            down = (window[2] - window[0]) @ [1, 2, 1]
            slopes[row, column] = abs(across) + abs(down)
    found = {tuple(place) for place in np.argwhere(slopes > 200 / 255)}
    waiting = list(found)
    while waiting:
        row, column = waiting.pop()
        for near in ((row + dy, column + dx) for dy in (-1, 0, 1) for dx in (-1, 0, 1)):
            inside = 0 <= near[0] < height and 0 <= near[1] < width
            if inside and near not in found and slopes[near] > 100 / 255:
                found.add(near)
                waiting.append(near)
    bell = np.array([[np.exp(-(y * y + x * x) / (2 * 1.1**2)) for x in range(-2, 3)] for y in range(-2, 3)])
    bell /= bell.sum()
    result = values.copy()
    for row in range(height):
        for column in range(width):
            if any(abs(row - y) <= 2 and abs(column - x) <= 2 for y, x in found):
                result[row, column] = (padded[row : row + 5, column : column + 5] * bell).sum()
    return result


def test_edges_are_smoothed_as_pixel_by_pixel():
    """A steep edge that fades out, a weak one alone, a weak one beside a steep one, noise, and a plain."""
    rows, columns = np.mgrid[0:24, 0:32]
    picture = 0.2 + 0.5 * (columns > 9) * np.clip((20 - rows) / 14, 0, 1) + 0.06 * (columns > 20) + 0.002 * rows
    picture[:6, 26:] += random.Random(1).random() * 0.3
    given = torch.from_numpy(2 * picture - 1)[None, None].expand(1, 3, 24, 32)
    found = (data.edge_smoothed(given) + 1) / 2
    wanted = smoothed(picture)
    assert np.abs(wanted - picture).max() > 0.1 and (wanted == picture).any()
    assert all(np.allclose(plane, wanted, atol=1e-9) for plane in found[0].numpy())


def test_a_picture_without_edges_stays_as_it_is():
    calm = torch.linspace(-0.5, 0.5, 20)[None, None, None].expand(2, 3, 16, 20)
    assert torch.equal(data.edge_smoothed(calm), data.edge_smoothed(calm.clone()))
    assert torch.allclose(data.edge_smoothed(calm), calm, atol=1e-6)


@pytest.fixture
def source(folders) -> data.Source:
    files = [pictures.split(folder).training for folder in folders]
    return data.Source(files[0], files[1], data.Cut(32, 1.5, 3, 7), torch.device("cpu"), 2)


def test_a_batch_is_a_function_of_seed_and_step(source, folders):
    files = [pictures.split(folder).training for folder in folders]
    again = data.Source(files[0], files[1], data.Cut(32, 1.5, 3, 7), torch.device("cpu"), 1)
    other = data.Source(files[0], files[1], data.Cut(32, 1.5, 3, 8), torch.device("cpu"), 1)
    for step in range(3):
        there = source.batch(step)
    here = again.batch(2)
    for name in ("photographs", "styles", "grey", "edges"):
        assert torch.equal(getattr(there, name), getattr(here, name))
        assert getattr(here, name).shape == (3, 3, 32, 32)
    assert not torch.equal(other.batch(2).photographs, here.photographs)


def test_grey_and_smoothed_pictures_are_those_of_the_batchs_own_styles(source):
    batch = source.batch(0)
    luma = batch.styles.double().numpy().transpose(0, 2, 3, 1) @ [0.299, 0.587, 0.114]
    assert np.allclose(batch.grey[:, 1].numpy(), luma, atol=1e-5)
    for index in range(3):
        assert np.allclose((batch.edges[index, 0].numpy() + 1) / 2, smoothed((luma[index] + 1) / 2), atol=1e-4)


def test_crops_come_from_all_scales_in_between_and_are_mirrored_half_of_the_time(tmp_path):
    ramp = np.tile(np.linspace(0, 255, 128).round().astype(np.uint8)[None, :, None], (128, 1, 3))
    Image.fromarray(ramp).save(tmp_path / "ramp.png")
    steps = []
    for index in range(60):
        pixels = data.square(tmp_path / "ramp.png", data.Cut(32, 2.0, 1, 0), random.Random(index)).astype(float)
        steps.append((pixels[:, -1] - pixels[:, 0]).mean() / 31)
    scales = 255 / 128 / np.abs(steps)  # enlargement by what the ramp's slope became, in sides of the whole picture
    sides = 128 * scales
    assert sides.min() > 31 and sides.max() < 66 and np.ptp(sides) > 20
    assert 15 < sum(step < 0 for step in steps) < 45
