"""Method `embedded`: pieces and precisions that nobody sees."""

from __future__ import annotations

import pytest
import torch
from safetensors.torch import load_file

from nst_core.methods import embedded, precisions
from nst_core.methods.painter import Style
from nst_core.networks import embedded as network
from nst_core.networks.sheets import Space
from nst_core.progress import silent
from tests.conftest import REPOSITORY
from tests.methods.half import convolve_like_a_graphics_card
from tests.methods.test_arbitrary import photograph

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def painter():
    return embedded.build("embedded", load_file(REPOSITORY / "nst_core/networks/embedded.safetensors"), CPU)


@pytest.fixture(scope="module")
def content(shared):
    return photograph(shared, "content_city_singapore", 420)


@pytest.fixture(scope="module")
def prepared(painter, shared):
    return painter.prepare([Style(photograph(shared, "style_hokusai_great_wave_928px", 384))], silent)


@torch.no_grad()
@pytest.mark.parametrize("rows", [16, 48, 176])
def test_a_large_picture_in_bands_is_the_same_as_in_one_piece(painter, content, prepared, monkeypatch, rows):
    monkeypatch.setattr(precisions, "QUICK_PIXELS", 0)
    monkeypatch.setattr(embedded, "IN_ONE_PIECE", 0)
    pixels = rows * content.shape[3]
    painted = painter.decode(content, prepared, Space(CPU, pixels, pixels))
    assert painter.module.trunk_precision == torch.float32
    assert (painted - painter.module(content, prepared)).abs().max() <= 1e-4


@torch.no_grad()
@pytest.mark.parametrize("rows", [16, 48])
def test_float16_paints_in_bands_what_it_paints_in_one_piece(painter, content, prepared, monkeypatch, rows):
    convolve_like_a_graphics_card(monkeypatch)
    monkeypatch.setattr(painter, "fast_precision", torch.float16)
    whole = painter.decode(content, prepared, Space(CPU))
    monkeypatch.setattr(precisions, "QUICK_PIXELS", 0)
    monkeypatch.setattr(embedded, "IN_ONE_PIECE", 0)
    in_bands = painter.decode(content, prepared, Space(CPU, rows * content.shape[3], rows * content.shape[3]))
    assert painter.module.trunk_precision == torch.float16
    assert not torch.equal(in_bands, whole)
    assert (in_bands - whole).abs().max() <= 1 / 255


@torch.no_grad()
@pytest.mark.parametrize(("precision", "decibels"), [(torch.bfloat16, 40), (torch.float16, 45)])
def test_sixteen_bits_stay_near_float32(painter, content, prepared, monkeypatch, precision, decibels):
    convolve_like_a_graphics_card(monkeypatch)
    monkeypatch.setattr(painter, "fast_precision", precision)
    fast = painter.decode(content, prepared, Space(CPU))
    monkeypatch.setattr(painter, "fast_precision", torch.float32)
    exact = painter.decode(content, prepared, Space(CPU))
    assert not torch.equal(fast, exact)
    assert -10 * (fast - exact).square().mean().log10() > decibels


def test_the_facts_bound_what_a_sheet_takes():
    """Features in float32 at a quarter, an eighth and a sixteenth of the size."""
    kept = 4 * (network.QUARTER / 16 + network.EIGHTH / 64 + network.SIXTEENTH / 256)
    assert kept <= network.FACTS.kept_bytes_per_pixel


@torch.no_grad()
@pytest.mark.parametrize(("contrast", "ground"), [(0.02, 0.0), (0.02, 1.0), (0.1, 1.0), (0.3, 1.0)])
def test_faint_pictures_keep_their_precision(painter, content, prepared, monkeypatch, contrast, ground):
    """A pencil sketch on white paper: what little differs is amplified, and in bfloat16 would be rounding in part."""
    monkeypatch.setattr(painter, "fast_precision", torch.bfloat16)
    faint = content * contrast + ground * (1 - contrast)
    painted = painter.decode(faint, prepared, Space(CPU))
    monkeypatch.setattr(painter, "fast_precision", torch.float32)
    assert torch.equal(painted, painter.decode(faint, prepared, Space(CPU)))
