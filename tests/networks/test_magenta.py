"""Magenta's mobile predictor and transformer against LiteRT's outputs, and their parts against plain ways to say the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from nst_core.networks import magenta, sheets
from tests.methods.tiny import random_magenta


def tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float()


@pytest.fixture(scope="module")
def network(shared):
    parts = {
        name: load_file(shared / f"weights/converted/magenta-mobile-{name}.safetensors") for name in ("predictor", "transformer")
    }
    state = {f"{part}.{key}": value for part, tensors in parts.items() for key, value in tensors.items()}
    network = magenta.Magenta(magenta.channels_of(state))
    network.load_state_dict(state)
    return network.eval().requires_grad_(False)


@pytest.fixture(params=[0, 1])
def reference(shared, request):
    return np.load(shared / f"weights/reference/magenta-mobile-{request.param}.npz")


@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_picture_is_that_of_the_original_runtime(network, reference, layout):
    transformer = network.transformer.to(memory_format=layout)
    painted = transformer(tensor(reference["content"]) / 255, torch.from_numpy(reference["bottleneck"])[None])
    assert (painted - tensor(reference["output"])).abs().max() <= 1e-4


def test_the_bottleneck_is_that_of_the_original_runtime(network, reference):
    found = network.predictor(tensor(reference["style"]) / 255)
    assert F.cosine_similarity(found, torch.from_numpy(reference["bottleneck"])[None]).item() >= 0.999


@pytest.mark.parametrize("channels", [4, 32])
def test_the_width_is_read_from_the_weights(channels):
    state = magenta.Magenta(channels).state_dict()
    assert magenta.channels_of(state) == channels
    assert state["transformer.expand1.conv.conv.weight"].shape == (channels * 2, channels * 4, 3, 3)


@pytest.mark.parametrize(("height", "width"), [(magenta.FACTS.minimum_side, 9), (17, 401), (64, 64)])
def test_sides_come_out_rounded_up_to_the_size_multiple(height, width):
    painted = random_magenta().transformer(torch.rand(1, 3, height, width), torch.randn(1, magenta.BOTTLENECK))
    multiple = magenta.FACTS.size_multiple
    assert painted.shape == (1, 3, -(-height // multiple) * multiple, -(-width // multiple) * multiple)


def test_the_minimum_side_is_the_shortest_that_works():
    with pytest.raises(RuntimeError):
        random_magenta().transformer(torch.rand(1, 3, magenta.FACTS.minimum_side - 1, 64), torch.randn(1, magenta.BOTTLENECK))


@pytest.mark.parametrize(
    ("size", "stride", "before", "after"), [(8, 1, 1, 1), (7, 1, 1, 1), (8, 2, 0, 1), (7, 2, 1, 1), (256, 2, 0, 1)]
)
def test_same_padding_is_tensorflows(size, stride, before, after):
    layer, x = magenta.SameConv(2, 3, 3, stride, linear=True), torch.randn(1, 2, size, size)
    wanted = F.conv2d(F.pad(x, (before, after, before, after)), layer.conv.weight, layer.conv.bias, stride)
    assert torch.allclose(layer(x), wanted, atol=1e-6)


def test_the_conditional_norm_is_an_instance_norm_with_the_bottlenecks_factors():
    norm, bottleneck, x = magenta.ConditionalNorm(6), torch.randn(1, magenta.BOTTLENECK), torch.randn(1, 6, 9, 11) * 2 + 3
    with torch.no_grad():
        wanted = F.instance_norm(x, weight=norm.gamma(bottleneck)[0], bias=norm.beta(bottleneck)[0], eps=1e-5)
        sheet = sheets.MemorySheet(x.shape, 1)
        sheets.run(lambda band: band, [sheets.Picture(x.shape, x)], sheet, sheets.Space(x.device))
        assert torch.allclose(norm(sheet, bottleneck)(x), wanted, atol=1e-5)


def test_a_transformer_four_times_as_wide_takes_four_times_the_room():
    assert magenta.facts_of(8) == magenta.FACTS
    assert magenta.facts_of(32).kept_bytes_per_pixel == 4 * magenta.FACTS.kept_bytes_per_pixel
    assert magenta.facts_of(32).band_bytes_per_pixel == 4 * magenta.FACTS.band_bytes_per_pixel


@torch.no_grad()
@pytest.mark.parametrize("channels", [4, 8])
def test_the_facts_count_every_sheet(channels, monkeypatch):
    """But the one at full size, which is counted instead of kept where there is no room."""
    space, alive, most = sheets.Space(torch.device("cpu"), 1), {}, []

    def placed(shape, every, itemsize):
        sheet = sheets.MemorySheet(shape, every)
        alive[sheet] = 4 * shape[1] * shape[2] * shape[3]
        most.append(sum(alive.values()))
        monkeypatch.setattr(sheet, "close", lambda: alive.pop(sheet))
        return sheet

    monkeypatch.setattr(space, "placed", placed)
    monkeypatch.setattr(space, "holds", lambda *_: False)
    magenta.Magenta(channels).transformer(torch.rand(1, 3, 64, 48), torch.randn(1, magenta.BOTTLENECK), space)
    assert max(most) == magenta.facts_of(channels).kept_bytes_per_pixel * 64 * 48
