"""Pictures at other sizes where the device has limits; the pixels are held to Pillow's in test_blend."""

from __future__ import annotations

from typing import Any

import pytest
import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode

from nst_core import resampling
from nst_core.resampling import MOST_SHRUNK, bicubic, resized

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
