"""Method anime: what the network paints reaches the picture, at every size and strength, and is shown and stopped on the way."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors.torch import load_file

from nst_core import errors
from nst_core.methods import anime
from nst_core.methods.convolutions import total_work
from nst_core.networks import animegan
from nst_core.networks.reduced import reduced
from nst_core.scratch import ScratchSpace
from tests.methods.half import convolve_like_a_graphics_card

CPU = torch.device("cpu")


@pytest.fixture(scope="module")
def state():
    torch.manual_seed(6)
    return animegan.Generator().state_dict()


def rms(first, second):
    return (first - second).square().mean().sqrt().item()


def silent(fraction, stage, preview=None):
    """A report nobody looks at."""


def painted(painter, content, strength=1.0, report=silent):
    return painter.finished(content, painter.render(content, painter.prepare([], silent), {}, report), {"strength": strength})


@pytest.mark.parametrize(("model", "enlargement"), [("animegan2-hayao", "legacy"), ("animegan2-celeba-distill", "aligned")])
def test_the_picture_is_the_networks_in_the_papers_range(state, model, enlargement):
    network = animegan.Generator(enlargement)
    network.load_state_dict(state)
    content = torch.rand(1, 3, 32, 40)
    with torch.no_grad():
        wanted = (network(content * 2 - 1) + 1) / 2
    painter = anime.build(model, state, CPU)
    painter.fast_precision = torch.float32
    assert torch.allclose(painted(painter, content), wanted, atol=1e-5)


@torch.no_grad()
@pytest.mark.parametrize(("precision", "decibels"), [(torch.bfloat16, 40), (torch.float16, 45)])
def test_sixteen_bits_stay_near_float32(shared, monkeypatch, precision, decibels):
    """Of pictures in [-1, 1]."""
    painter = anime.build("animegan2-hayao", load_file(shared / "weights/converted/animegan2-hayao.safetensors"), CPU)
    photograph = Image.open(shared / "pictures/samples/content_city_singapore.jpg").convert("RGB").resize((192, 128))
    content = torch.from_numpy(np.array(photograph)).permute(2, 0, 1)[None] / 127.5 - 1
    convolve_like_a_graphics_card(monkeypatch)
    exact, fast = painter.module(content), reduced(painter.module, animegan.EXACT, precision)(content)
    assert fast.dtype == exact.dtype and not torch.equal(fast, exact)
    assert -10 * ((fast - exact) / 2).square().mean().log10() > decibels


@torch.no_grad()
def test_float16_paints_in_bands_what_it_paints_in_one_piece(shared, monkeypatch, tmp_path):
    painter = anime.build("animegan2-hayao", load_file(shared / "weights/converted/animegan2-hayao.safetensors"), CPU)
    photograph = Image.open(shared / "pictures/samples/content_city_singapore.jpg").convert("RGB").resize((251, 163))
    content = torch.from_numpy(np.array(photograph)).permute(2, 0, 1)[None] / 255
    convolve_like_a_graphics_card(monkeypatch)
    painter.quick, painter.fast_precision = reduced(painter.module, animegan.EXACT, torch.float16), torch.float16
    monkeypatch.setattr(painter.compiled, "paint", lambda *_: None)
    monkeypatch.setattr("nst_core.methods.precisions.QUICK_PIXELS", 1)
    whole = painted(painter, content)
    monkeypatch.setenv("NST_SCRATCH", str(tmp_path))
    monkeypatch.setattr("nst_core.device.budget", lambda place: 0)
    monkeypatch.setattr(ScratchSpace, "rows", lambda *_: 16)
    with ScratchSpace(CPU, painter.facts, *content.shape[2:]) as space:
        assert painter.network(content, space) is painter.quick
    in_bands = painted(painter, content)
    assert not torch.equal(in_bands, whole)
    assert (in_bands - whole).abs().max() <= 1 / 255


@pytest.mark.parametrize("size", [(1, 1), (3, 50), (17, 4), (33, 30)])
@pytest.mark.parametrize("strength", [0.3, 1.0])
def test_any_size_comes_back_as_it_was(state, size, strength):
    found = painted(anime.build("mine", state, CPU), torch.rand(1, 3, *size), strength)
    assert found.shape == (1, 3, *size)
    assert found.min() >= 0 and found.max() <= 1


def test_strength_goes_steadily_from_the_photograph_to_the_drawing(shared):
    painter = anime.build("animegan2-hayao", load_file(shared / "weights/converted/animegan2-hayao.safetensors"), CPU)
    photograph = Image.open(shared / "pictures/samples/content_city_singapore.jpg").convert("RGB").resize((96, 64))
    content = torch.from_numpy(np.array(photograph)).permute(2, 0, 1)[None] / 255
    series = [content, *(painted(painter, content, strength) for strength in (0.25, 0.5, 0.75, 1.0))]
    steps = np.array([rms(first, second) for first, second in zip(series, series[1:])])
    assert steps.min() >= 0.7 * steps.mean() and steps.max() <= 1.4 * steps.mean()
    away = [rms(content, later) for later in series]
    assert away == sorted(away)
    assert rms(content, painted(painter, content, 0.01)) < 0.03 * away[-1]


def test_the_content_is_left_as_it_was(state):
    content = torch.rand(1, 3, 20, 20)
    before = content.clone()
    painted(anime.build("mine", state, CPU), content, 0.5)
    assert torch.equal(content, before)


def test_it_is_shown_and_stopped_between_two_layers(state):
    fractions = []

    def report(fraction, stage, preview=None):
        fractions.append(fraction)
        if len(fractions) == 10:
            raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        painted(anime.build("mine", state, CPU), torch.rand(1, 3, 64, 64), report=report)
    assert fractions == sorted(fractions) and fractions[-1] > fractions[0]


@torch.no_grad()
@pytest.mark.parametrize("most_pixels", [2**18, 1])
def test_the_work_is_known_where_features_are_computed_again(state, monkeypatch, tmp_path, most_pixels):
    """With no memory and no disk for what can be computed again, it takes twice the work, and low bands have halos; the bar must
    not end in the middle."""
    monkeypatch.setenv("NST_SCRATCH", str(tmp_path))
    monkeypatch.setattr("nst_core.device.budget", lambda place: 0)
    monkeypatch.setattr("nst_core.scratch.DISK_FOR_SPEED", 0.0)
    painter = anime.build("animegan2-hayao", state, CPU)
    with ScratchSpace(CPU, painter.facts, 256, 256) as space:
        space.most_pixels = most_pixels
        expected = painter.rehearsed_work(space, 256, 256)
        done = total_work(painter.module, lambda: painter.module(torch.rand(1, 3, 256, 256), space))
    assert expected > 1.5 * painter.least_work * 256**2
    assert expected == pytest.approx(done, rel=0.1)


def test_weights_of_another_network_are_refused(state):
    wrong = dict(state, **{"block_a.0.1.weight": torch.zeros(8, 3, 7, 7)})
    with pytest.raises(errors.ModelError, match="model animegan2-hayao: the weights do not fit the network"):
        anime.build("animegan2-hayao", wrong, CPU)
