"""MicroAST against the published code, and its parts against plain ways to say the same."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import torch.nn.functional as F
from PIL import Image
from safetensors.torch import load_file

from nst_core.networks import microast, microast_mixed, sheets
from tests.methods.tiny import random_microast


def tensor(pixels: np.ndarray) -> torch.Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float()


@pytest.fixture(scope="module")
def network(shared):
    network = microast.MicroAST()
    network.load_state_dict(load_file(shared / "weights/converted/microast.safetensors"))
    return network.eval().requires_grad_(False)


@pytest.mark.parametrize("index", [0, 1])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_the_picture_is_that_of_the_published_code(network, shared, index, layout):
    network = network.to(memory_format=layout)
    reference = np.load(shared / f"weights/reference/microast-{index}.npz")
    painted = network(tensor(reference["content"]) / 255, network.code(tensor(reference["style"]) / 255))
    assert (painted - tensor(reference["output"])).abs().max() <= 1e-4


@pytest.fixture(scope="module")
def photograph(shared):
    return tensor(np.array(Image.open(shared / "pictures/samples/content_landscape_lake_sherburne.jpg").resize((192, 128)))) / 255


@pytest.fixture(scope="module")
def starry(network, shared):
    painting = Image.open(shared / "pictures/samples/style_vangogh_starry_night_1889.jpg").resize((256, 200))
    return network.code(tensor(np.array(painting)) / 255)


@pytest.mark.parametrize("cut", [(0, 0), (1, 3), (2, 0)])
def test_the_mixed_form_in_float32_is_the_network(network, photograph, starry, cut):
    picture = photograph[:, :, cut[0] :, cut[1] :]
    apart = microast_mixed.paint(network, picture, starry, torch.float32) - network(picture, starry)
    assert apart.abs().max() <= 1e-4


def test_its_convolutions_in_bfloat16_keep_forty_decibels_because_means_are_taken_out(network, photograph, starry, monkeypatch):
    def decibels():
        apart = microast_mixed.paint(network, photograph, starry, torch.bfloat16) - network(photograph, starry)
        return -10 * apart.square().mean().log10()

    kept = decibels()
    centred = microast_mixed.centred
    monkeypatch.setattr(microast_mixed, "centred", lambda layer, x, mean, *how: centred(layer, x, mean * 0, *how))
    assert kept > 40 and kept > decibels() + 3


@pytest.mark.parametrize(("height", "width"), [(microast.FACTS.minimum_side, 9), (17, 401), (64, 64), (30, 31)])
def test_sides_come_out_rounded_up_to_the_size_multiple(height, width):
    network = random_microast()
    painted = network(torch.rand(1, 3, height, width), network.code(torch.rand(1, 3, 16, 16)))
    multiple = microast.FACTS.size_multiple
    assert painted.shape == (1, 3, -(-height // multiple) * multiple, -(-width // multiple) * multiple)


def test_the_minimum_side_is_the_shortest_that_works():
    network, side = random_microast(), microast.FACTS.minimum_side - 1
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 3, side, 64), network.code(torch.rand(1, 3, 16, 16)))


def test_a_residual_layer_is_modulated_as_the_paper_says():
    layer, x = random_microast().decoder.dec1, torch.randn(1, 64, 7, 9)
    signal = microast.Signal(*torch.randn(4, 1, 64, 1, 1))

    def convolved(part, x):
        return F.conv2d(F.pad(x, (1, 1, 1, 1), mode="reflect"), part.conv_layer.weight, part.conv_layer.bias)

    inner = F.relu(signal.weight * convolved(layer.conv1, x) + signal.bias * x)
    wanted = x + signal.weight * convolved(layer.conv2, inner) + signal.bias * inner
    assert torch.allclose(layer(x, signal), wanted, atol=1e-5)


def test_restyled_features_have_the_signals_statistics():
    features = torch.randn(1, 64, 40, 50) * 3 + 1
    signal = microast.Signal(torch.randn(1, 64, 1, 1), torch.rand(1, 64, 1, 1) + 0.5, torch.ones(1), torch.ones(1))
    sheet = sheets.MemorySheet(features.shape, 4)
    sheets.run(lambda band: band, [sheets.MemorySheet(features.shape, 4, features)], sheet, sheets.Space(features.device))
    mean, deviation = microast.moments(microast.restyled(sheet, signal)(features))
    assert torch.allclose(mean, signal.mean, atol=1e-4)
    assert torch.allclose(deviation, signal.deviation, atol=1e-3)
