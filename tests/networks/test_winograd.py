"""Winograd's convolutions beside direct ones in float64."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import winograd

pytestmark = pytest.mark.skipif(not winograd.is_there(), reason="this PyTorch or this processor has no NNPACK")


@pytest.fixture(autouse=True)
def any_threads(monkeypatch):
    monkeypatch.setattr(winograd, "MOST_THREADS", 1000)


def drawn(*shape: int, seed: int = 0) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("workspace", [winograd.WORKSPACE, 1], ids=["at once", "in strips"])
@pytest.mark.parametrize("zeros", [0, 1, 2])
@pytest.mark.parametrize("size", [(50, 64), (31, 57), (4, 90), (65, 3)])
def test_it_is_the_direct_convolution_to_a_few_parts_in_a_million(size, zeros, workspace, monkeypatch):
    monkeypatch.setattr(winograd, "WORKSPACE", workspace)
    x, weight, bias = drawn(1, 24, *size), drawn(40, 24, 3, 3, seed=1), drawn(40, seed=2)
    wanted = F.conv2d(x.double(), weight.double(), bias.double(), padding=zeros)
    found = winograd.convolution(x, weight.contiguous(memory_format=torch.channels_last), bias, zeros)
    assert found.shape == wanted.shape and found.is_contiguous()
    assert (found - wanted).norm() < 1e-5 * wanted.norm()
    unbiased = winograd.convolution(x, weight, None, zeros)
    assert (unbiased + bias[:, None, None] - wanted).norm() < 1e-5 * wanted.norm()


def test_strips_are_even_and_fit_into_the_workspace():
    for height in (1, 6, 7, 100, 1000, 3001):
        rows = winograd._rows_at_once(height, 1000, 128)
        assert rows % winograd.TILE == 0
        assert rows == winograd.TILE or rows * 1000 * 128 * 4 * winograd.EXPANSION <= winograd.WORKSPACE * 1.1
        assert rows * -(-height // rows) - height < -(-height // rows) * winograd.TILE


def test_it_pays_for_large_maps_in_float32_and_few_threads(monkeypatch):
    large = torch.zeros(1, 64, 100, 100)
    assert winograd.pays(large)
    assert not winograd.pays(large.double())
    assert not winograd.pays(large[..., :20, :20])
    assert not winograd.pays(large.to("meta"))
    assert not winograd.pays(large.expand(2, -1, -1, -1))
    monkeypatch.setattr(torch, "get_num_threads", lambda: 1001)
    assert not winograd.pays(large)
