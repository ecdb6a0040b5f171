"""Which precision a device paints in, and what happens where that has no room for a network's features."""

from __future__ import annotations

import pytest
import torch

from nst_core.methods import precisions
from nst_core.methods.precisions import TwoPrecisions, fast_precision
from nst_core.networks import embedded
from nst_core.networks.moments import moments
from nst_core.networks.sheets import Space

CARD = torch.device("cuda")


@pytest.mark.parametrize("capability", [(7, 5), (8, 0), (9, 0)])
@pytest.mark.parametrize("half_is_safe", [False, True])
def test_a_graphics_card_paints_in_float16_where_the_network_bears_it(monkeypatch, capability, half_is_safe):
    monkeypatch.setattr(torch.cuda, "get_device_capability", lambda device: capability)
    wanted = torch.float16 if half_is_safe and capability >= (8, 0) else torch.float32
    assert fast_precision(CARD, half_is_safe) == wanted


def test_a_processor_takes_bfloat16_where_it_has_it(monkeypatch):
    for has_it, dtype in ((True, torch.bfloat16), (False, torch.float32)):
        monkeypatch.setattr(precisions, "computes_in_bfloat16", lambda place, has_it=has_it: has_it)
        assert fast_precision(torch.device("cpu"), True) == dtype


class Painter(TwoPrecisions):
    """Of one even colour."""

    facts = embedded.FACTS

    def __init__(self, precision: torch.dtype, value: float) -> None:
        self.fast_precision = precision
        self.value = value

    def render(self, *_: object) -> torch.Tensor:
        return torch.full((1, 3, 2, 2), self.value).to(self.fast_precision).float()


@pytest.mark.parametrize(
    ("precision", "small", "banded", "large"),
    [(torch.float32, False, False, False), (torch.bfloat16, True, False, False), (torch.float16, True, True, True)],
)
def test_only_float16_paints_large_pictures_and_bands_in_16_bits(monkeypatch, precision, small, banded, large):
    monkeypatch.setattr(precisions, "QUICK_PIXELS", 1000)
    painter = Painter(precision, 0.5)
    given = [(picture(25, 40), Space(CARD)), (picture(25, 40), Space(CARD, most_pixels=999)), (picture(26, 40), Space(CARD))]
    assert [painter.is_quick(*one) for one in given] == [small, banded, large]


def picture(height: int, width: int) -> torch.Tensor:
    return torch.rand(1, 3, height, width)


def test_weights_that_float16_has_no_room_for_are_painted_in_float32_from_then_on():
    large, small = Painter(torch.float16, 1e5), Painter(torch.float16, 0.5)
    assert torch.equal(large.with_room(large.render), torch.full((1, 3, 2, 2), 1e5))
    assert large.fast_precision == torch.float32
    assert torch.equal(small.with_room(small.render), torch.full((1, 3, 2, 2), 0.5))
    assert small.fast_precision == torch.float16


def test_the_moments_of_large_halves_are_numbers():
    """Of two pictures, as graphics cards compute them for one as well."""
    features = (torch.rand(2, 3, 40, 40) * 2000 + 5000).half()
    mean, variance = moments(features)
    wanted = torch.var_mean(features.double(), (2, 3), correction=0)
    assert torch.allclose(mean.double(), wanted[1], rtol=1e-5) and torch.allclose(variance.double(), wanted[0], rtol=1e-3)
