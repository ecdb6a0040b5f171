"""The yardstick paints what the engine paints, by another way; the bench says what was measured."""

from __future__ import annotations

import pytest
import torch

from nst_core.bench import at_hand, feedforward, random_weights
from nst_core.errors import ModelError
from nst_core.methods import arbitrary
from nst_core.networks import plain
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


def test_rows_tell_speed_share_and_memory(monkeypatch):
    network = random_microast()
    monkeypatch.setattr(feedforward, "feedforward_models", lambda: iter([("arbitrary", "microast"), ("arbitrary", "adain")]))

    class Disk:
        def __init__(self, offline):
            assert offline

        def state(self, model):
            if model == "adain":
                raise ModelError("model adain: not there")
            return network.state_dict()

    monkeypatch.setattr(at_hand, "Store", Disk)
    monkeypatch.setattr(feedforward.measure, "convolution_peak", lambda place: 1e12)
    row, random = feedforward.rows((64,))
    assert (row["weights"], random["weights"]) == ("the model's", "random")
    assert row["megapixels_per_second"] == pytest.approx(64**2 / 1e6 / row["seconds"])
    assert row["speedup"] == pytest.approx(row["plain_seconds"] / row["seconds"])
    assert row["peak_share"] == pytest.approx(row["gflops"] / 1000) and row["cold"] > 0
    table = feedforward.text([row, random])
    assert [line[0] for line in table] == ["model", "microast", "adain (random weights)"] and len(
        {len(line) for line in table}
    ) == 1


def test_operations_are_those_of_the_published_layers():
    """Of Magenta's transformer, two a multiply-add, by hand."""
    painter = arbitrary.build("magenta-mobile", random_magenta().state_dict(), torch.device("cpu"))
    c = 4
    wanted = 81 * 3 * c + 9 * c * 2 * c / 4 + 9 * 2 * c * 4 * c / 16 + 10 * 9 * (4 * c) ** 2 / 16
    wanted += 9 * 4 * c * 2 * c / 4 + 9 * 2 * c * c + 81 * c * 3
    assert feedforward._operations(painter, torch.randn(1, 100)) == pytest.approx(2 * wanted, rel=1e-3)


def test_random_weights_are_always_the_same_and_leave_others_chance_alone():
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    first, second = (random_weights.state("arbitrary", "microast") for _ in range(2))
    assert torch.equal(torch.rand(3), expected)
    assert all(torch.equal(first[name], second[name]) for name in first)
