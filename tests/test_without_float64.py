"""A GPU that has no float64, as Apple's: nothing is computed there in it. Stood for by a fake CUDA device, whose tensors have a
device, a dtype and a shape, and no data."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
import torch
from torch import Tensor
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves

from nst_core import device, laplacian
from nst_core.gatys import objective
from nst_core.gatys.objective import ContentTerm, Objective, StyleTerm
from nst_core.gatys.stream import VggStream
from nst_core.guided import guided_filter
from nst_core.laplacian import matting_laplacian
from nst_core.networks import animegan, vgg
from nst_core.resampling import bandlimited

GPU = torch.device("cuda", 0)


class WithoutFloat64(TorchDispatchMode):
    """Refuses what such a GPU refuses: a float64 of its own, and to cast one on the way to another device."""

    def __torch_dispatch__(self, function: Any, types: Any, given: Any = (), named: Any = None) -> Any:
        found = function(*given, **(named or {}))
        made = [one for one in tree_leaves(found) if isinstance(one, Tensor) and one.dtype == torch.float64]
        assert all(one.device != GPU for one in made), f"{function} makes float64 on the GPU"
        taken = [one for one in tree_leaves(given) if isinstance(one, Tensor)]
        cast = made and any(one.device == GPU and one.dtype != torch.float64 for one in taken)
        assert not cast, f"{function} casts to float64 and leaves the GPU at once"
        return found


@pytest.fixture(autouse=True)
def gpu(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    def finest(place: torch.device) -> torch.dtype:
        return torch.float32 if place.type == "cuda" else torch.float64

    for module in (device, objective, laplacian):
        monkeypatch.setattr(module, "finest", finest)
    with FakeTensorMode(allow_non_fake_inputs=True), WithoutFloat64():
        yield


def on_gpu(*shape: int) -> Tensor:
    return torch.rand(shape, device=GPU)


def test_the_stand_in_refuses():
    with pytest.raises(AssertionError, match="makes float64"):
        on_gpu(3).double()
    with pytest.raises(AssertionError, match="leaves the GPU"):
        on_gpu(3).to("cpu", torch.float64)


def test_anime_is_enlarged():
    for axis in (2, 3):
        doubled = animegan.doubled(on_gpu(1, 8, 6, 10), axis, 0, 10)
        assert doubled.device == GPU and doubled.dtype == torch.float32
        assert doubled.shape[axis] == 2 * (6, 10)[axis - 2]


def test_a_scale_is_enlarged():
    grown = bandlimited(on_gpu(1, 3, 20, 30), 29, 42)
    assert grown.device == GPU and grown.dtype == torch.float32 and grown.shape == (1, 3, 29, 42)


def test_a_guided_filter_and_a_matting_laplacian():
    filtered = guided_filter(on_gpu(1, 3, 40, 50), on_gpu(1, 3, 40, 50), 4, 1e-3)
    energy, gradient = matting_laplacian(on_gpu(1, 3, 40, 50)).energy_and_gradient(on_gpu(1, 3, 40, 50))
    assert filtered.device == energy.device == gradient.device == GPU


def test_an_evaluation():
    with GPU:
        network = vgg.Vgg(19, last="conv2_2")
    stream = VggStream(network)
    picture, masks = on_gpu(1, 3, 48, 64), on_gpu(2, 48, 64)
    targets = stream.moments(picture, {"conv1_1": masks})
    goal = Objective(
        {"conv1_1": StyleTerm(1.0, targets["conv1_1"], masks)},
        {"conv2_2": ContentTerm(1.0, stream.features(picture, ["conv2_2"])["conv2_2"])},
    )
    values, gradient = stream.measure(picture, goal)
    assert values.dtype == torch.float32 and gradient.shape == picture.shape and gradient.device == GPU
