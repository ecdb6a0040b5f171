"""SqueezeNet's features, of both versions, against torchvision's."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from nst_core.networks import squeezenet

MEAN, DEVIATION = (torch.tensor(values)[:, None, None] for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225]))


def random_state(version):
    torch.manual_seed(1)
    state = squeezenet.SqueezeNet(version).state_dict()
    return {key: torch.randn_like(value) * (2 / max(value[0].numel(), 50)) ** 0.5 for key, value in state.items()}


@pytest.mark.parametrize(("version", "name"), [("1.0", "squeezenet1_0"), ("1.1", "squeezenet1_1")])
def test_features_are_those_of_torchvisions_network(version, name):
    models = pytest.importorskip("torchvision.models")
    state, picture = random_state(version), torch.rand(2, 3, 61, 80)
    theirs = getattr(models, name)().features.eval()
    theirs.load_state_dict({key[len("features.") :]: value for key, value in state.items()})
    network = squeezenet.build(state | {"classifier.1.bias": torch.zeros(1000)})
    found = network(picture, ["conv1", "fire3", "fire5", "fire9"])
    x = (picture - MEAN) / DEVIATION
    with torch.no_grad():
        for place, layer in enumerate(theirs):
            x = layer(x)
            for name, number in network.places.items():
                if name in found and int(number) == place:
                    assert torch.allclose(found[name], F.relu(x), rtol=1e-4, atol=1e-4), name
    assert found["fire9"].shape[1] == 512 and found["fire9"].std() > 0


@pytest.mark.parametrize("version", ["1.0", "1.1"])
def test_the_minimum_side_is_enough(version):
    side = squeezenet.FACTS.minimum_side
    network = squeezenet.build(random_state(version))
    assert network(torch.rand(1, 3, side, side), ["fire9"])["fire9"].numel() > 0
    with pytest.raises(RuntimeError):
        network(torch.rand(1, 3, 16, 64), ["fire9"])


def test_an_unknown_layer_is_named_with_those_there_are():
    with pytest.raises(KeyError, match=r"no fire10, only conv1, fire2, .* fire9"):
        squeezenet.SqueezeNet()(torch.rand(1, 3, 32, 32), ["fire10"])


def test_weights_of_no_known_version_are_refused():
    with pytest.raises(ValueError, match="no SqueezeNet begins with 65 channels"):
        squeezenet.build({"features.0.weight": torch.zeros(65, 3, 3, 3)})


def test_gradients_go_to_the_picture_alone():
    network, picture = squeezenet.build(random_state("1.1")), torch.rand(1, 3, 32, 32, requires_grad=True)
    network(picture, ["fire4"])["fire4"].sum().backward()
    assert picture.grad is not None and picture.grad.abs().sum() > 0
    assert all(parameter.grad is None for parameter in network.parameters())


def test_the_converted_weights_load_and_see(shared):
    state = load_file(shared / "weights/converted/squeezenet1_0.safetensors")
    found = squeezenet.build(state)(torch.rand(1, 3, 64, 64), ["fire9"])["fire9"]
    assert found.shape == (1, 512, 3, 3) and found.std() > 0
