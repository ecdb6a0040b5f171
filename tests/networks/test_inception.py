"""Magenta's full predictor against torchvision's InceptionV3, told to round and to clip as the published graph does."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import inception


@pytest.fixture(scope="module")
def network():
    torch.manual_seed(2)
    network = inception.Predictor()
    for parameter in network.parameters():
        torch.nn.init.normal_(parameter, 0, (2 / parameter[0].numel()) ** 0.5 if parameter.ndim > 1 else 0.3)
    return network.eval().requires_grad_(False)


def test_it_has_as_many_weights_as_the_published_one(network):
    assert sum(parameter.numel() for parameter in network.parameters()) == 9_033_348


def test_features_are_those_of_torchvisions_inception(network, monkeypatch):
    models = pytest.importorskip("torchvision.models")
    with torch.random.fork_rng():
        theirs = models.inception_v3(aux_logits=False, init_weights=False, transform_input=False).eval()
    theirs_convolutions = dict(_convolutions(theirs))
    ours = dict(_convolutions(network.InceptionV3))
    assert len(ours) == 70
    for name, layer in zip(_torchvision_names(), ours.values()):
        theirs_convolutions[name].weight.data = layer.weight
        norm = theirs.get_submodule(name.replace(".conv", ".bn"))
        norm.bias.data, norm.eps = layer.bias.clone(), 0.0  # the rest of it is one and zero
    pool = F.avg_pool2d
    monkeypatch.setattr(F, "avg_pool2d", lambda *given, **named: pool(*given, **named | {"count_include_pad": False}))
    monkeypatch.setattr(F, "relu", F.relu6)
    x = style = torch.rand(1, 3, 200, 160)
    with torch.no_grad():
        for name, layer in theirs.named_children():
            x = layer(x)
            if name == "Mixed_6e":
                break
    found = network.InceptionV3(style)
    assert found.shape == x.shape and found.std() > 0.1
    assert torch.allclose(found, x, atol=1e-4)
    wanted = x.flatten(2).mean(2) @ network.bottleneck.weight.T + network.bottleneck.bias
    assert torch.allclose(network(style), wanted, atol=1e-4)


def _convolutions(module):
    return ((name, layer) for name, layer in module.named_modules() if isinstance(layer, torch.nn.Conv2d))


def _torchvision_names():
    """torchvision's names of the convolutions in the order of ours: trunk, then branch by branch."""
    yield from (f"Conv2d_{name}.conv" for name in ("1a_3x3", "2a_3x3", "2b_3x3", "3b_1x1", "4a_3x3"))
    fives = ("1x1", "5x5_1", "5x5_2", "3x3dbl_1", "3x3dbl_2", "3x3dbl_3", "_pool")
    sixes = ("1x1", *(f"7x7_{n}" for n in (1, 2, 3)), *(f"7x7dbl_{n}" for n in range(1, 6)), "_pool")
    branches = {
        **dict.fromkeys(("Mixed_5b", "Mixed_5c", "Mixed_5d"), fives),
        "Mixed_6a": ("3x3", "3x3dbl_1", "3x3dbl_2", "3x3dbl_3"),
        **dict.fromkeys(("Mixed_6b", "Mixed_6c", "Mixed_6d", "Mixed_6e"), sixes),
    }
    for mixed, names in branches.items():
        yield from (f"{mixed}.branch{name}.conv" for name in names)
