"""AdaIN against its published layers said plainly, and in bands."""

from __future__ import annotations

import copy
from unittest import mock

import pytest
import torch
import torch.nn.functional as F

from nst_core.methods import convolutions
from nst_core.networks import adain, vgg, winograd
from nst_core.networks.sheets import Picture, Space

CPU = torch.device("cpu")
SIZES = [(71, 20), (66, 9)]
EXACT = 5e-5  # of the largest value: a halo that is one step short gives 0.04
# Where the published Sequentials have their convolutions, and what stands before some of them.
ENCODER = {0: "", 2: "", 5: "", 9: "pool", 12: "", 16: "pool", 19: "", 22: "", 25: "", 29: "pool"}
DECODER = {1: "", 5: "enlarge", 8: "", 11: "", 14: "", 18: "enlarge", 21: "", 25: "enlarge", 28: ""}


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(5)
    network = adain.AdaIN()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, (2 / parameter[0].numel()) ** 0.5 if parameter.ndim == 4 else 0.1)
    return network.eval().requires_grad_(False)


def layers(state, prefix, numbers, x):
    """Convolutions after padding by reflection, a ReLU behind all but 1x1 ones and the last."""
    for number, before in numbers.items():
        if before:
            x = F.max_pool2d(x, 2, ceil_mode=True) if before == "pool" else x.repeat_interleave(2, 2).repeat_interleave(2, 3)
        weight, bias = (state[f"{prefix}.{number}.{part}"] for part in ("weight", "bias"))
        margin = weight.shape[2] // 2
        x = F.conv2d(F.pad(x, (margin,) * 4, mode="reflect") if margin else x, weight, bias)
        if number not in (0, 28):
            x = F.relu(x)
    return x


def test_the_picture_is_that_of_the_layers_said_plainly(network):
    content, style, state = torch.rand(1, 3, 37, 50), torch.rand(1, 3, 64, 48), network.state_dict()
    features, wanted = (layers(state, "encoder", ENCODER, picture) for picture in (content, style))
    mean, deviation = features.mean((2, 3), keepdim=True), (features.var((2, 3), keepdim=True) + 1e-5).sqrt()
    restyled = (features - mean) / deviation * (wanted.var((2, 3), keepdim=True) + 1e-5).sqrt()
    restyled = restyled + wanted.mean((2, 3), keepdim=True)
    painted = layers(state, "decoder", DECODER, restyled)
    assert painted.shape == (1, 3, 40, 56)
    assert torch.allclose(network(content, network.code(style)), painted, atol=1e-4 * float(painted.abs().max()))


def test_the_features_are_those_of_the_normalised_vgg(network):
    """The same file is read by both, which say it in different ways."""
    picture = torch.rand(1, 3, 40, 50)
    found = vgg.build(network.encoder.state_dict())(picture, ["conv4_1"])["conv4_1"]
    features = network.features(Picture(picture.shape, picture), Space(CPU)).read(0, 5)
    assert torch.allclose(features, found, rtol=1e-3, atol=1e-4 * float(found.max()))


@pytest.mark.parametrize("size", SIZES)
def test_in_bands_it_is_the_same(network, size):
    content, code = torch.rand(1, 3, *size), network.code(torch.rand(1, 3, 50, 60))
    whole = network(content, code)
    assert (network(content, code, Space(CPU, 1, 1)) - whole).abs().max() <= EXACT * whole.abs().max()


@pytest.mark.parametrize(("height", "width"), [(adain.FACTS.minimum_side, 9), (17, 201), (64, 64)])
def test_sides_come_out_rounded_up_to_the_size_multiple(network, height, width):
    painted = network(torch.rand(1, 3, height, width), network.code(torch.rand(1, 3, 16, 16)))
    assert painted.shape == (1, 3, -(-height // 8) * 8, -(-width // 8) * 8)


def test_the_minimum_side_is_the_shortest_that_works(network):
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 3, adain.FACTS.minimum_side - 1, 64), network.code(torch.rand(1, 3, 16, 16)))


def test_what_the_published_encoder_has_beyond_is_left_out(network):
    state = network.state_dict() | {"encoder.32.weight": torch.zeros(512, 512, 3, 3), "encoder.32.bias": torch.zeros(512)}
    assert set(adain.needed(state)) == set(network.state_dict())


@pytest.mark.skipif(not winograd.is_there(), reason="this PyTorch or this processor has no NNPACK")
def test_by_winograds_method_it_is_the_same_and_its_work_is_still_seen(network, monkeypatch):
    monkeypatch.setattr(winograd, "LEAST_PLACES", 300)
    monkeypatch.setattr(winograd, "convolution", fast := mock.Mock(wraps=winograd.convolution))
    network = copy.deepcopy(network).to(memory_format=torch.channels_last)  # as painters have it
    content, code = torch.rand(1, 3, 130, 170), network.code(torch.rand(1, 3, 64, 48))

    def painted(threads):
        monkeypatch.setattr(winograd, "MOST_THREADS", threads)
        fast.reset_mock()
        pictures = []
        work = convolutions.total_work(network, lambda: pictures.append(network(content, code)))
        return pictures[0], work, fast.call_count

    (direct, work, none), (picture, same_work, some) = painted(0), painted(1000)
    direct_in_any_case = ["the change of colours", *(before for before in DECODER.values() if before == "enlarge")]
    assert (none, some) == (0, len(ENCODER) + len(DECODER) - len(direct_in_any_case))
    assert same_work == work
    assert (picture - direct).norm() < 2e-5 * direct.norm()
