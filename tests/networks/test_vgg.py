"""VGG's features: torchvision's keys and numbers, cut networks, both normalisations."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import vgg


@pytest.fixture(scope="module")
def random_state() -> dict[str, torch.Tensor]:
    torch.manual_seed(0)
    network = vgg.Vgg(19, "conv3_2", vgg.TORCHVISION)
    return {key: torch.randn_like(value) * 0.05 for key, value in network.state_dict().items()}


@pytest.mark.parametrize("depth", [16, 19])
def test_keys_and_shapes_are_torchvisions(depth):
    models = pytest.importorskip("torchvision.models")
    with torch.device("meta"):
        theirs = getattr(models, f"vgg{depth}")().features.state_dict(prefix="features.")
        ours = vgg.Vgg(depth, f"conv5_{vgg.BLOCKS[depth][-1]}").state_dict()
    assert {key: value.shape for key, value in ours.items()} == {key: value.shape for key, value in theirs.items()}


def test_features_are_those_of_torchvisions_network(random_state):
    models = pytest.importorskip("torchvision.models")
    theirs = models.vgg19().features[:13].eval()  # to conv3_2, without its ReLU
    theirs.load_state_dict({key[len("features.") :]: value for key, value in random_state.items()})
    network = vgg.build(random_state, vgg.TORCHVISION)
    picture = torch.rand(2, 3, 37, 50)
    mean, deviation = (torch.tensor(values)[:, None, None] for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))
    with torch.no_grad():
        wanted = F.relu(theirs((picture - mean) / deviation))
    found = network(picture, ["conv1_1", "conv3_2"])
    assert found["conv1_1"].shape == (2, 64, 37, 50)
    assert torch.allclose(found["conv3_2"], wanted, atol=1e-5)


def test_caffe_weights_see_blue_first_and_bytes(random_state):
    network = vgg.build(random_state, vgg.CAFFE)
    blue = torch.zeros(1, 3, 8, 8)
    blue[:, 2] = 1
    seen = network.normalised(blue)
    assert torch.allclose(seen[0, :, 0, 0], torch.tensor([255 - 103.939, -116.779, -123.68]))


def test_a_cut_network_ends_where_its_weights_do(random_state):
    network = vgg.build(random_state)
    with pytest.raises(KeyError, match="ends at conv3_2: it has no conv4_1"):
        network(torch.rand(1, 3, 32, 32), ["conv4_1"])


def test_bfloat16_features_are_close(random_state):
    picture = torch.rand(1, 3, 64, 64)
    precise = vgg.build(random_state)(picture, ["conv3_1"])["conv3_1"]
    rough = vgg.build(random_state).bfloat16()(picture, ["conv3_1"])["conv3_1"]
    assert rough.dtype == torch.bfloat16
    assert float((rough.float() - precise).norm() / precise.norm()) < 0.02


def test_gradients_go_to_the_picture_alone(random_state):
    network = vgg.build(random_state)
    picture = torch.rand(1, 3, 32, 32, requires_grad=True)
    network(picture, ["conv2_1"])["conv2_1"].sum().backward()
    assert picture.grad is not None and picture.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_converted_weights_load(shared):
    from safetensors.torch import load_file

    state = load_file(shared / "weights" / "converted" / "vgg19-caffe-conv1_1-conv3_4.safetensors")
    found = vgg.build(state)(torch.rand(1, 3, 32, 32), ["conv3_4"])
    assert found["conv3_4"].shape == (1, 256, 8, 8)


def published_weights() -> dict[str, torch.Tensor]:
    """A file like `vgg_normalised.pth`: its keys, and a 1x1 convolution that turns colours around and takes a mean away."""
    torch.manual_seed(4)
    numbers = [0, 2, 5, 9, 12, 16, 19, 22, 25, 29, 32, 35, 38, 42, 45, 48, 51]
    channels = [3, 3, 64, 64, 128, 128, *[256] * 4, *[512] * 8]
    state = {}
    for number, inputs, outputs in zip(numbers, channels, channels[1:]):
        state[f"{number}.weight"] = torch.randn(outputs, inputs, 3, 3) * (2 / inputs / 9) ** 0.5
        state[f"{number}.bias"] = torch.randn(outputs) * 0.1
    state["0.weight"], state["0.bias"] = torch.eye(3).flip(0)[:, :, None, None] * 2, torch.tensor([-0.5, -0.4, -0.6])
    return state


def test_normalised_weights_see_what_their_first_convolution_makes_of_a_picture():
    state = published_weights()
    network = vgg.build(state)
    assert [int(number) for number in network.features] == list(vgg.positions(19).values())
    picture = torch.rand(1, 3, 21, 38)
    x = F.conv2d(picture, state["0.weight"], state["0.bias"])
    for number in (2, 5, 9):
        if number == 9:
            x = F.max_pool2d(x, 2, ceil_mode=True)
        x = F.relu(F.conv2d(F.pad(x, (1,) * 4, mode="reflect"), state[f"{number}.weight"], state[f"{number}.bias"]))
    assert torch.allclose(network(picture, ["conv2_1"])["conv2_1"], x, atol=1e-4)


def test_normalised_weights_are_numbered_as_published():
    published = [key for key in published_weights() if key.endswith(".weight")][1:]
    assert [f"{place}.weight" for place in vgg.published_places().values()] == published


def test_classifiers_are_left_out(random_state):
    network = vgg.build(random_state | {"classifier.0.weight": torch.zeros(9, 9)})
    assert set(network.state_dict()) == set(random_state)


def test_what_is_no_vgg_is_refused():
    with pytest.raises(KeyError):
        vgg.build({"decoder.weight": torch.zeros(1)})
