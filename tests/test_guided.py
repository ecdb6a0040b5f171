"""The guided filter against its definition with numpy, window by window."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core import guided
from nst_core.guided import guided_filter


def random(seed: int, *shape: int) -> torch.Tensor:
    return torch.rand(1, *shape, generator=torch.Generator().manual_seed(seed))


def by_definition(picture: torch.Tensor, guide: torch.Tensor, radius: int, epsilon: float) -> np.ndarray:
    """He 2013, equations 19 to 21: a ridge regression in every window, then the mean of all maps over a pixel."""
    pixels, colours = (whole[0].permute(1, 2, 0).double().numpy() for whole in (picture, guide))
    height, width, channels = pixels.shape
    maps = np.empty((height, width, 4, channels))
    for row, column in np.ndindex(height, width):
        window = np.s_[max(row - radius, 0) : row + radius + 1, max(column - radius, 0) : column + radius + 1]
        inside = np.c_[colours[window].reshape(-1, 3), np.ones(colours[window][..., 0].size)]
        ridge = np.diag([epsilon * len(inside)] * 3 + [0])
        maps[row, column] = np.linalg.solve(inside.T @ inside + ridge, inside.T @ pixels[window].reshape(-1, channels))
    filtered = np.empty((height, width, channels))
    for row, column in np.ndindex(height, width):
        window = np.s_[max(row - radius, 0) : row + radius + 1, max(column - radius, 0) : column + radius + 1]
        filtered[row, column] = np.append(colours[row, column], 1) @ maps[window].mean((0, 1))
    return filtered.transpose(2, 0, 1)[None]


@pytest.mark.parametrize(("radius", "epsilon"), [(1, 1e-2), (3, 1e-4), (3, 1e-6), (30, 1e-2)])
@pytest.mark.parametrize("channels", [1, 3])
def test_it_is_a_ridge_regression_in_every_window(radius, epsilon, channels):
    picture, guide = random(1, channels, 13, 10), random(2, 3, 13, 10)
    guide[..., 6:] = 0.5  # a flat part
    got = guided_filter(picture, guide, radius, epsilon).numpy()
    assert np.allclose(got, by_definition(picture, guide, radius, epsilon), atol=1e-6, rtol=0)


def test_a_grey_guide_is_no_special_case():
    picture, guide = random(1, 3, 12, 12), random(2, 1, 12, 12).expand(1, 3, 12, 12).contiguous()
    got = guided_filter(picture, guide, 2, 1e-6).numpy()
    assert np.allclose(got, by_definition(picture, guide, 2, 1e-6), atol=1e-5, rtol=0)


def test_bands_change_nothing(monkeypatch):
    picture, guide = random(1, 3, 40, 9), random(2, 3, 40, 9)
    whole = guided_filter(picture, guide, 3, 1e-4)
    monkeypatch.setattr(guided, "BAND_PIXELS", 1)
    assert torch.allclose(guided_filter(picture, guide, 3, 1e-4), whole, atol=1e-6)


def test_a_recoloured_photograph_stays_as_it_is():
    guide = random(2, 3, 20, 20)
    recoloured = 0.1 + 0.6 * guide.flip(1)
    assert torch.allclose(guided_filter(recoloured, guide, 4, 1e-9), recoloured, atol=1e-5)
