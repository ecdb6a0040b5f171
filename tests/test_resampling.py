"""Pictures at other sizes: bicubic where the device has limits (its pixels are held to Pillow's in test_blend), band-limited."""

from __future__ import annotations

import math
from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from nst_core import resampling
from nst_core.resampling import MOST_SHRUNK, ROWS, bandlimited, bicubic, resized

GPU = torch.device("cuda", 0)


class Watched(TorchDispatchMode):
    """Notes where pictures are interpolated."""

    def __init__(self) -> None:
        super().__init__()
        self.places: list[str] = []

    def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        if "upsample" in str(function):
            self.places.append(given[0].device.type)
        return function(*given, **(named or {}))


@pytest.mark.parametrize(("size", "place"), [((64, 40), "cuda"), ((63, 40), "cpu"), ((64, 39), "cpu")])
def test_a_gpu_shrinks_as_far_as_it_can_and_the_cpu_beyond(size, place):
    with FakeTensorMode(), Watched() as watched:
        small = bicubic(torch.rand(1, 3, 64 * MOST_SHRUNK, 40 * MOST_SHRUNK, device=GPU), *size)
    assert watched.places == [place]
    assert small.device == GPU and small.shape == (1, 3, *size)


def test_what_a_gpu_does_not_know_the_cpu_does(monkeypatch):
    known, places = resampling._interpolated, []

    def interpolated(picture, height, width):
        places.append(picture.device.type)
        if picture.device.type != "cpu":
            raise NotImplementedError("aten::_upsample_bicubic2d_aa.out")
        return known(picture, height, width)

    monkeypatch.setattr(resampling, "_interpolated", interpolated)
    with FakeTensorMode():
        assert bicubic(torch.rand(1, 3, 20, 30, device=GPU), 10, 20).device == GPU
    assert places == ["cuda", "cpu"]


def test_a_picture_of_the_size_is_left_alone_and_others_stay_in_range():
    edge = torch.zeros(1, 3, 16, 16)
    edge[..., 8:] = 1
    assert resized(edge, 16, 16) is edge
    assert bicubic(edge, 32, 32).max() > 1.01
    assert resized(edge, 32, 32).max() == 1


def cosine(waves: int, count: int) -> torch.Tensor:
    """So many half waves on so many pixels, taken at their centres."""
    return torch.cos(math.pi * waves * (torch.arange(count, dtype=torch.float64) + 0.5) / count)


@pytest.mark.parametrize("size", [(40, 33), (2 * ROWS + 7, 31), (31, 29), (40, 29)])
def test_a_cosine_is_the_same_cosine_on_more_pixels(size):
    known = torch.stack([cosine(a, 31)[:, None] * cosine(b, 29) for a, b in ((0, 0), (7, 0), (30, 28))])[None]
    wanted = torch.stack([cosine(a, size[0])[:, None] * cosine(b, size[1]) for a, b in ((0, 0), (7, 0), (30, 28))])[None]
    found = bandlimited(known, *size)
    assert torch.allclose(found, wanted, atol=1e-12)
    assert found.is_contiguous()
    assert torch.allclose(bandlimited(known.float(), *size), wanted.float(), atol=1e-5)


def test_a_band_limited_picture_is_as_sharp_between_pixels_as_at_them():
    """White noise twice as large: bicubic, rows beside an edge of the smaller pixels differ more than those within one."""
    noise = torch.randn(1, 3, 64, 64, generator=torch.Generator().manual_seed(0))

    def unevenness(picture: torch.Tensor) -> float:
        steps = picture.diff(dim=2).abs().mean((0, 1, 3))
        return float(steps[1::2].mean() / steps[0::2].mean())

    assert unevenness(bicubic(noise, 128, 128)) > 1.3
    assert unevenness(bandlimited(noise, 128, 128)) == pytest.approx(1, abs=0.02)
