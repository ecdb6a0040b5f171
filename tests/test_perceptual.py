"""Between a photograph and a drawing: OKLab's known colours, even steps, no seams, and lines that go ahead."""

from __future__ import annotations

import pytest
import torch

from nst_core import perceptual
from nst_core.perceptual import between, from_oklab, to_oklab


def pictures(height=40, width=50):
    torch.manual_seed(1)
    return torch.rand(1, 3, height, width), torch.rand(1, 3, height, width)


@pytest.mark.parametrize(
    ("colour", "lab"),
    # From the space's own publication: white is 1, 0, 0; the others to three digits from its reference code.
    [((1, 1, 1), (1, 0, 0)), ((0, 0, 0), (0, 0, 0)), ((1, 0, 0), (0.628, 0.225, 0.126)), ((0, 0, 1), (0.452, -0.032, -0.312))],
)
def test_known_colours_are_where_oklab_has_them(colour, lab):
    found = to_oklab(torch.tensor(colour, dtype=torch.float32)[None, :, None, None])
    assert torch.allclose(found.flatten(), torch.tensor(lab, dtype=torch.float32), atol=1e-3)


def test_colours_come_back():
    picture, _ = pictures()
    assert torch.allclose(from_oklab(to_oklab(picture)), picture, atol=2e-5)


def test_the_ends_are_the_two_pictures():
    original, drawn = pictures()
    assert torch.equal(between(original, drawn.clone(), 1.0), drawn)
    assert torch.allclose(between(original, drawn.clone(), 0.0), original, atol=2e-5)


def test_flat_colours_go_evenly():
    original, drawn = (
        torch.tensor(colour)[None, :, None, None].expand(1, 3, 30, 30) for colour in ([0.9, 0.5, 0.2], [0.1, 0.4, 0.8])
    )
    start, end = to_oklab(original), to_oklab(drawn)
    for amount in (0.25, 0.5, 0.75):
        found = to_oklab(between(original, drawn.clone(), amount))
        assert torch.allclose(found, start + (end - start) * amount, atol=1e-4)


def test_lines_go_ahead_of_colours():
    original = torch.full((1, 3, 61, 61), 0.5)
    drawn = original.clone()
    drawn[:, :, :, 30] = 0.0
    start, end = (float(to_oklab(picture)[0, 0, 30, 30]) for picture in (original, drawn))
    found = float(to_oklab(between(original, drawn.clone(), 0.5))[0, 0, 30, 30])
    assert (found - start) / (end - start) > 0.6


def test_every_step_goes_further_from_the_photograph():
    original, drawn = pictures()
    steps = [between(original, drawn.clone(), number / 10) for number in range(11)]
    apart = [float((step - original).square().mean().sqrt()) for step in steps]
    assert apart == sorted(apart)
    grown = [after - before for before, after in zip(apart, apart[1:])]
    assert max(grown) < 6 * min(grown)  # in noise, where everything is texture


def test_bands_have_no_seams(monkeypatch):
    original, drawn = pictures(97, 31)
    whole = between(original, drawn.clone(), 0.4)
    monkeypatch.setattr(perceptual, "BAND_PIXELS", 31 * 20)
    assert torch.allclose(between(original, drawn.clone(), 0.4), whole, atol=1e-6)
