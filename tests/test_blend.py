"""Mixing, resizing and filling give what Pillow and plain formulas give, and leave alone what they must."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from torch import Tensor

from nst_core import blend as blend_module
from nst_core.blend import blend, enlarge, fill_transparent_, resize, with_excess, working_size

GENERATOR = torch.Generator().manual_seed(3)


def random(*shape: int) -> Tensor:
    return torch.rand(*shape, generator=GENERATOR)


# --- mixing -----------------------------------------------------------------------------------------------------------


def test_blend_is_the_weighted_sum_and_exact_at_its_ends() -> None:
    result, original = random(1, 3, 9, 7), random(1, 3, 9, 7)
    assert torch.equal(blend(result, original, 0), original)
    assert torch.equal(blend(result, original, 1), result)
    for amount in (0.1, 0.5, 0.9):
        want = amount * result.double() + (1 - amount) * original.double()
        assert (blend(result, original, amount) - want).abs().max() < 1e-6


# --- sizes ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("given", "want"),
    [
        ((4000, 3000, 1000), (1000, 750)),
        ((3000, 4000, 1000), (750, 1000)),
        ((100, 50, 400), (400, 200)),
        ((401, 300, 0), (401, 300)),
        ((401, 300, 0, 4), (400, 300)),
        ((1000, 1, 100), (100, 1)),
        ((10000, 10, 512, 4, 16), (512, 16)),
        ((1, 1, 0, 4, 16), (16, 16)),
        ((30, 30, 0, 8, 20), (32, 32)),
        ((30, 1, 0, 8, 20), (32, 24)),
    ],
)
def test_working_sizes(given: tuple, want: tuple) -> None:
    assert working_size(*given) == want


@pytest.mark.parametrize("size", [(33, 20), (7, 90), (200, 150), (1, 1), (60, 41)])
def test_resizing_is_pillows_bicubic_within_the_pictures_own_range(size: tuple[int, int]) -> None:
    picture = random(1, 3, 40, 60)
    got = resize(picture, size)
    assert got.shape[-2:] == (size[1], size[0])
    for plane, source in zip(got[0], picture[0]):
        want = np.asarray(Image.fromarray(source.numpy(), "F").resize(size, Image.Resampling.BICUBIC))
        assert np.abs(plane.numpy() - want.clip(float(source.min()), float(source.max()))).max() < 1e-5


def test_resizing_never_overshoots_and_keeps_high_dynamic_range() -> None:
    edge = torch.zeros(1, 1, 8, 8)
    edge[..., 4:] = 7.0
    got = resize(edge, (64, 64))
    assert got.min() == 0 and got.max() == 7


def test_a_picture_at_its_own_size_is_itself() -> None:
    picture = random(1, 3, 5, 6)
    assert torch.equal(resize(picture, (6, 5)), picture)


# --- transparency -----------------------------------------------------------------------------------------------------


def filled(rgb: Tensor, alpha: Tensor) -> Tensor:
    return fill_transparent_(rgb.clone(), alpha)


def test_visible_pixels_keep_their_colour_bit_for_bit() -> None:
    rgb, alpha = random(1, 3, 37, 53), random(1, 1, 37, 53) * (random(1, 1, 37, 53) > 0.5)
    alpha[0, 0, 0, 0] = 1 / 65535
    got = filled(rgb, alpha)
    seen = (alpha > 0).expand_as(rgb)
    assert torch.equal(got[seen], rgb[seen])
    assert torch.equal(filled(rgb, torch.ones(1, 1, 37, 53)), rgb)


@pytest.mark.parametrize("hidden", [0.0, 1.0, 1e30, float("nan"), float("inf")])
def test_hidden_colours_have_no_influence(hidden: float) -> None:
    rgb, alpha = random(1, 3, 37, 53), (random(1, 1, 37, 53) > 0.7).float()
    spoilt = torch.where(alpha > 0, rgb, hidden)
    assert torch.equal(filled(spoilt, alpha), filled(rgb, alpha))


def test_filling_stays_between_the_visible_colours_and_takes_the_nearest() -> None:
    rgb = torch.zeros(1, 3, 64, 96)
    rgb[..., :8] = torch.tensor([0.9, 0.2, 0.1])[:, None, None]
    rgb[..., 88:] = torch.tensor([0.1, 0.3, 0.8])[:, None, None]
    alpha = torch.zeros(1, 1, 64, 96)
    alpha[..., :8] = alpha[..., 88:] = 1
    got = filled(rgb, alpha)[0]
    assert got[0].min() >= 0.1 - 1e-6 and got[0].max() <= 0.9 + 1e-6
    assert (got[:, :, 10] - rgb[0, :, :, 0]).abs().max() < 0.1
    assert (got[:, :, 85] - rgb[0, :, :, -1]).abs().max() < 0.1
    across = got[0].mean(dim=0)
    assert (across.diff() <= 1e-3).all()  # from red to blue without a way back
    assert across.diff().abs().max() < 0.1  # and without a seam


def test_filling_continues_a_smooth_picture() -> None:
    y, x = torch.meshgrid(torch.linspace(0, 1, 120), torch.linspace(0, 1, 160), indexing="ij")
    rgb = torch.stack([x, y, 0.5 * (x + y)])[None]
    alpha = torch.ones(1, 1, 120, 160)
    alpha[..., 40:80, 60:100] = 0
    assert (filled(rgb, alpha) - rgb).abs().max() < 0.1


def test_one_colour_fills_all() -> None:
    colour = torch.tensor([0.25, 0.5, 0.75])[None, :, None, None]
    alpha = torch.zeros(1, 1, 45, 70)
    alpha[0, 0, 44, 3] = 0.5
    got = filled(colour.expand(1, 3, 45, 70) * (alpha > 0), alpha)
    assert (got - colour).abs().max() < 1e-6


def test_a_wholly_transparent_picture_becomes_middle_grey() -> None:
    for height, width in ((1, 1), (5, 8), (33, 2)):
        got = filled(random(1, 3, height, width), torch.zeros(1, 1, height, width))
        assert torch.equal(got, torch.full((1, 3, height, width), 0.5))


@pytest.mark.parametrize("size", [(37, 53), (64, 96), (101, 40)])
def test_filling_in_bands_has_no_seam(monkeypatch: pytest.MonkeyPatch, size: tuple[int, int]) -> None:
    rgb, alpha = random(1, 3, *size), (random(1, 1, *size) > 0.8).float()
    alpha[..., 10:30, 5:30] = 0
    whole = filled(rgb, alpha)
    monkeypatch.setattr(blend_module, "FILL_PIXELS", 8 * size[1])
    assert (filled(rgb, alpha) - whole).abs().max() < 1e-6


# --- enlarging --------------------------------------------------------------------------------------------------------


def test_a_painting_that_is_its_content_is_the_original_with_all_detail_and_the_copy_without() -> None:
    original = random(1, 3, 40, 60)
    small = resize(original, (30, 20))
    assert (enlarge(small.clone(), small, original, 1) - original).abs().max() < 1e-6
    assert torch.equal(enlarge(small.clone(), small, original, 0), resize(small, (60, 40)))
    half = enlarge(small.clone(), small, original, 0.5)
    want = (original + resize(small, (60, 40))) / 2
    assert (half - want).abs().mean() < 0.01


def test_excess_is_what_clamping_takes_away() -> None:
    original = torch.tensor([-0.5, 0.25, 1.0, 7.5, float("nan"), float("inf")])
    result = torch.full((6,), 0.5)
    assert with_excess(result, original).tolist() == [0.0, 0.5, 0.5, 7.0, 0.5, 0.5]
    assert torch.equal(result, torch.full((6,), 0.5))
