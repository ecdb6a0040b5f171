"""The yardstick paints what the engine paints, by another way."""

from __future__ import annotations

import pytest
import torch

from nst_core.bench import plain
from nst_core.networks.sheets import Space
from tests.methods.tiny import random_embedded, random_magenta, random_microast

CONTENT = torch.rand(1, 3, 96, 80, generator=torch.Generator().manual_seed(1))


def test_microast_equals_its_plain_form():
    network = random_microast()
    code = network.code(torch.rand(1, 3, 40, 40))
    wanted = plain.microast_plain(network, CONTENT, code)
    assert (network(CONTENT, code, Space(CONTENT.device, 1)) - wanted).abs().max() < 1e-5


@pytest.mark.parametrize("border", ["reflect", "constant"])
def test_magenta_equals_its_plain_form(border):
    network, bottleneck = random_magenta(border), torch.randn(1, 100)
    wanted = plain.magenta_plain(network, CONTENT, bottleneck)
    assert (network.transformer(CONTENT, bottleneck, Space(CONTENT.device, 1)) - wanted).abs().max() < 5e-5


def test_embedded_equals_its_plain_form():
    network = random_embedded()
    code = network.encode(torch.rand(1, 3, 40, 40))
    assert (network(CONTENT, code) - plain.embedded_plain(network, CONTENT, code)).abs().max() < 1e-5
