"""Strokes of another size: what the network makes of the content at another size, with the content's own detail."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from safetensors.torch import load_file

from nst_core import device, schema
from nst_core.methods import arbitrary, embedded, strokes
from nst_core.methods.codes import CodePainter
from nst_core.methods.painter import Style
from nst_core.progress import silent
from tests.conftest import REPOSITORY
from tests.methods.test_arbitrary import CPU, photograph, real_state, rms, scene
from tests.methods.tiny import random_microast


@pytest.fixture(scope="module")
def painter():
    return arbitrary.build("microast", random_microast().state_dict(), CPU)


@pytest.fixture(scope="module")
def prepared(painter):
    return painter.prepare([Style(torch.rand(1, 3, 40, 40, generator=torch.Generator().manual_seed(2)))], silent)


def real_painter(shared, model) -> CodePainter:
    if model == "embedded":
        return embedded.build(model, load_file(REPOSITORY / "nst_core/networks/embedded.safetensors"), CPU)
    return arbitrary.build(model, real_state(shared, model), CPU)


def render(painter, content, prepared, scale, strength=1.0):
    return painter.render(content, prepared, {"strength": strength, "style_scale": scale}, silent)


def test_every_method_that_takes_styles_has_the_same_parameter():
    with_styles = [method for method in schema.METHODS.values() if method.styles]
    found = [next(one for one in method.parameters if one.name == "style_scale") for method in with_styles]
    assert len(found) == 3 and len(set(found)) == 1


def test_the_default_changes_no_number(painter, prepared):
    content = scene(40, 56)
    without = painter.render(content, prepared, {"strength": 1.0}, silent)
    assert torch.equal(render(painter, content, prepared, schema.STYLE_SCALE.default), without)


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_the_network_sees_the_content_at_the_size_that_gives_such_strokes(painter, prepared, monkeypatch, scale):
    seen = []
    decode = painter.decode

    def watched(content, *rest):
        seen.append(content.shape)
        return decode(content, *rest)

    monkeypatch.setattr(painter, "decode", watched)
    assert render(painter, scene(48, 64), prepared, scale).shape == (1, 3, 48, 64)
    assert seen == [(1, 3, round(48 / scale), round(64 / scale))]


@pytest.mark.parametrize("model", ["embedded", "microast", "magenta-mobile"])
def test_real_strokes_get_coarser_the_larger_they_are(shared, model):
    painter = real_painter(shared, model)
    prepared = painter.prepare([Style(photograph(shared, "style_vangogh_wheat_field_1889", 400))], silent)
    # Calm content: what varies from pixel to pixel is paint.
    calm = F.interpolate(photograph(shared, "content_landscape_lake_sherburne", 24), (192, 288), mode="bicubic").clamp(0, 1)
    paintings = [render(painter, calm, prepared, scale) for scale in (1.0, 2.0, 4.0)]
    roughness = [painting.diff(dim=3).abs().mean() / painting.std() for painting in paintings]
    assert roughness[0] > 1.15 * roughness[1] > 1.15 * 1.15 * roughness[2]


@pytest.mark.parametrize("scale", [0.5, 2.0, 4.0])
def test_weak_strength_is_near_the_content_at_any_size_of_strokes(painter, prepared, scale):
    content = torch.rand(1, 3, 48, 64, generator=torch.Generator().manual_seed(3))
    full = rms(content, render(painter, content, prepared, scale))
    assert rms(content, render(painter, content, prepared, scale, 0.02)) <= 0.06 * full


@pytest.mark.parametrize("contrast", [1.0, 0.5, -0.4])
def test_detail_comes_back_in_the_paintings_contrast(contrast):
    """Where the painting is the content with other tones, its enlargement is the whole content with those tones."""
    grey = torch.rand(1, 1, 60, 80, generator=torch.Generator().manual_seed(4)).expand(1, 3, 60, 80).contiguous()
    small = strokes.sized(grey, 2.0, 1, 10**9)
    toned = 0.5 + contrast * (grey - 0.5)
    back = strokes.brought_back(0.5 + contrast * (small - 0.5), small, grey, 1.0)
    enlarged = F.interpolate(0.5 + contrast * (small - 0.5), (60, 80), mode="bicubic", antialias=True)
    assert rms(back, toned) < 0.1 * rms(enlarged, toned)


def test_no_detail_comes_back_where_the_painting_has_nothing_of_the_content():
    content = torch.rand(1, 3, 60, 80)
    small = strokes.sized(content, 2.0, 1, 10**9)
    flat = torch.full_like(small, 0.25)
    assert torch.allclose(strokes.brought_back(flat, small, content, 1.0), torch.tensor(0.25), atol=1e-5)


def test_a_content_grows_as_far_as_memory_goes_and_shrinks_as_far_as_the_network_goes(painter, prepared, monkeypatch):
    assert strokes.sized(scene(40, 60), 0.5, 9, 40 * 60 * 2).shape[2:] == (57, 85)
    assert strokes.sized(scene(40, 60), 0.5, 9, 100).shape[2:] == (40, 60)
    assert strokes.sized(scene(20, 60), 4.0, 10, 10**9).shape[2:] == (10, 30)
    assert strokes.sized(scene(5, 60), 4.0, 10, 10**9).shape[2:] == (5, 60)
    told: list[str] = []
    monkeypatch.setattr(painter, "log", told.append)
    monkeypatch.setattr(device, "budget", lambda place: 10**9)
    render(painter, scene(40, 60), prepared, 0.5)
    assert told == []
    monkeypatch.setattr(type(painter), "most_pixels", 40 * 60 * 2)
    render(painter, scene(40, 60), prepared, 0.5)
    assert told == [
        "the strokes come out 0.70 times as large instead of 0.5 times: finer ones do not fit in the memory that is free"
    ]


@pytest.mark.parametrize("scale", [0.25, 4.0])
@pytest.mark.parametrize(("height", "width"), [(1, 1), (3, 70), (33, 50)])
def test_any_size_comes_back_as_it_was(painter, prepared, height, width, scale):
    content = torch.rand(1, 3, height, width)
    before = content.clone()
    painted = render(painter, content, prepared, scale, 0.7)
    assert painted.shape == content.shape and painted.isfinite().all()
    assert painted.min() >= 0 and painted.max() <= 1
    assert torch.equal(content, before)
