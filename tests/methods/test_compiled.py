"""Networks compiled by OpenVINO paint what PyTorch paints; where it is absent or fails, PyTorch does it."""

from __future__ import annotations

import importlib.util
import sys
from types import SimpleNamespace

import pytest
import torch
from safetensors.torch import load_file

from nst_core import folders
from nst_core.bench import random_weights
from nst_core.errors import Cancelled
from nst_core.methods import anime, arbitrary, compiled, embedded
from nst_core.methods.codes import CodePainter
from nst_core.methods.painter import Style
from nst_core.networks import adain, animegan, inception, magenta
from nst_core.progress import silent
from tests.conftest import REPOSITORY
from tests.methods.test_arbitrary import CPU, photograph, scene
from tests.methods.tiny import lively, random_embedded, random_magenta, random_microast

needs_openvino = pytest.mark.skipif(importlib.util.find_spec("openvino") is None, reason="needs OpenVINO (pip install openvino)")
SIZES = [(96, 96), (61, 130), (130, 61)]


@pytest.fixture(autouse=True)
def allowed(home, monkeypatch):
    monkeypatch.setenv("NST_OPENVINO", "1")
    monkeypatch.setattr(compiled, "LOADING", 0.0)


def painters():
    return {
        "embedded": lambda: embedded.build("embedded", random_embedded().state_dict(), CPU),
        "microast": lambda: arbitrary.build("microast", lively(random_microast()).state_dict(), CPU),
        "magenta-mobile": lambda: arbitrary.build("magenta-mobile", random_magenta().state_dict(), CPU),
        "magenta": lambda: arbitrary.build(
            "magenta", lively(magenta.Magenta(4, inception.Predictor(), "constant")).state_dict(), CPU
        ),
        "adain": lambda: arbitrary.build("adain", lively(adain.AdaIN()).state_dict(), CPU),
        "legacy": lambda: anime.build("mine", lively(animegan.Generator()).state_dict(), CPU),
        "aligned": lambda: anime.build("animegan2-celeba-distill", lively(animegan.Generator()).state_dict(), CPU),
    }


def prepared_for(painter, style):
    return None if isinstance(painter, anime.Anime) else painter.prepare([Style(style)], silent)


def by_torch(painter, content, prepared, monkeypatch):
    with monkeypatch.context() as without:
        without.setattr(painter.compiled, "_usable", False)
        return painter.render(content, prepared, {"strength": 1.0}, silent)


@needs_openvino
@pytest.mark.parametrize("name", painters())
def test_in_full_precision_every_size_is_what_pytorch_paints(name, monkeypatch):
    painter = painters()[name]()
    monkeypatch.setattr(painter, "fast_precision", torch.float32, raising=False)
    monkeypatch.setattr(compiled, "has_bfloat16", lambda core: False)
    monkeypatch.setattr(painter, "log", pytest.fail)
    prepared = prepared_for(painter, torch.rand(1, 3, 50, 60, generator=torch.Generator().manual_seed(1)))
    for size in SIZES:
        content = torch.rand(1, 3, *size, generator=torch.Generator().manual_seed(2))
        found = painter.render(content, prepared, {"strength": 1.0}, silent)
        assert painter.compiled._model and found.shape == content.shape
        assert (found - by_torch(painter, content, prepared, monkeypatch)).abs().max() <= 1e-4, size


@needs_openvino
@pytest.mark.parametrize("content", ["content_city_singapore", "content_landscape_lake_sherburne"])
@pytest.mark.parametrize("name", ["embedded", "microast", "magenta", "adain"])
def test_in_fast_precision_real_pictures_stay_within_forty_decibels(shared, name, content, monkeypatch):
    painter: CodePainter
    if name == "embedded":
        painter = embedded.build("embedded", load_file(REPOSITORY / "nst_core/networks/embedded.safetensors"), CPU)
    elif name == "microast":
        painter = arbitrary.build("microast", load_file(shared / "weights/converted/microast.safetensors"), CPU)
    else:
        painter = arbitrary.build(name, random_weights.state("arbitrary", name), CPU)
    monkeypatch.setattr(painter, "fast_precision", torch.float32)
    prepared = prepared_for(painter, photograph(shared, "style_vangogh_starry_night_1889", 384))
    picture = photograph(shared, content, 400)
    apart = painter.render(picture, prepared, {"strength": 1.0}, silent) - by_torch(painter, picture, prepared, monkeypatch)
    assert painter.compiled._model
    assert -10 * apart.square().mean().log10() > 40


@needs_openvino
def test_a_model_is_converted_once_for_these_weights_and_the_oldest_make_room(monkeypatch):
    converted = compiled.converted
    count: list[int] = []

    def counted(*given):
        count.append(1)
        return converted(*given)

    monkeypatch.setattr(compiled, "converted", counted)
    for seed in (1, 1, 2):
        module = lively(random_microast(), seed)
        arbitrary.build("microast", module.state_dict(), CPU).compiled.load()
    assert len(count) == 2
    monkeypatch.setattr(compiled, "KEPT", 1)
    compiled.prune()
    assert sorted(path.suffix for path in (folders.cache() / "openvino").iterdir() if path.suffix != ".blob") == [".bin", ".xml"]


@needs_openvino
@pytest.mark.parametrize("stop", [Cancelled, ConnectionResetError])
def test_it_is_shown_and_stopped_while_it_computes(monkeypatch, stop):
    monkeypatch.setattr(compiled, "PATIENCE", 0)
    painter = painters()["legacy"]()
    painter.fast_precision = torch.float32
    fractions = []

    def report(fraction, stage, preview=None):
        fractions.append(fraction)
        if len(fractions) == 4:
            raise stop

    with pytest.raises(stop):
        painter.render(scene(256, 256), None, {"strength": 1.0}, report)
    assert fractions == sorted(fractions) and fractions[-1] < 1
    assert painter.compiled.takes(scene(64, 64), 10**9)
    assert painter.render(scene(64, 64), None, {"strength": 1.0}, silent).isfinite().all()


@needs_openvino
def test_nothing_of_its_telemetry_is_loaded():
    compiled.imported()
    assert sys.modules.get("openvino_telemetry") is None


def test_when_it_fails_pytorch_paints_and_the_user_is_told_once(monkeypatch):
    def broken(*_):
        raise RuntimeError("Exception from src/somewhere.cpp:1:\nno such operator: aten::unheard_of")

    monkeypatch.setattr(compiled, "compiled", broken)
    monkeypatch.setattr(compiled, "available", lambda: True)
    painter = painters()["microast"]()
    told: list[str] = []
    monkeypatch.setattr(painter, "log", told.append)
    content, prepared = scene(64, 64), prepared_for(painter, torch.rand(1, 3, 40, 40))
    found = [painter.render(content, prepared, {"strength": 1.0}, silent) for _ in range(2)]
    assert torch.equal(*found)
    assert told == ["OpenVINO can't run this network here, PyTorch does: no such operator: aten::unheard_of"]


def test_what_it_is_not_for_is_left_to_pytorch(monkeypatch):
    monkeypatch.setattr(compiled, "available", lambda: True)
    one = compiled.Compiled(random_microast(), None, 1e4)
    picture = scene(64, 64)
    room = one.plain.compiled_bytes_per_pixel * 64 * 64
    assert one.takes(picture, room)
    assert not one.takes(picture, room - 1)
    assert not one.takes(torch.full((1, 3, 64, 64), 0.5), room)
    monkeypatch.setattr(compiled, "LOADING", 1.0)
    assert not one.takes(picture, room)
    monkeypatch.setattr(one, "_model", SimpleNamespace())
    assert one.takes(picture, room)


@needs_openvino
def test_memory_stays_for_the_next_picture_unless_that_is_large_or_for_pytorch(monkeypatch):
    painter, given_back = painters()["microast"](), []
    code = prepared_for(painter, torch.rand(1, 3, 40, 40))
    give_back = painter.compiled.give_back
    monkeypatch.setattr(painter.compiled, "give_back", lambda: given_back.append(give_back()))

    def paint(budget):
        given_back.clear()
        assert (painter.compiled.paint(scene(64, 64), code, budget, silent, pytest.fail) is None) == (budget == 0)
        return len(given_back)

    assert paint(10**9) == 0
    assert paint(0) == 1
    monkeypatch.setattr(compiled, "KEPT_MEMORY", painter.compiled.plain.compiled_bytes_per_pixel * 64 * 64 - 1)
    assert paint(10**9) == 1


@needs_openvino
def test_it_can_be_forbidden_from_job_to_job(monkeypatch):
    network = painters()["embedded"]().compiled
    assert network.takes(scene(64, 64), 10**9)
    monkeypatch.setenv("NST_OPENVINO", "0")
    network.load()
    assert not network.takes(scene(64, 64), 10**9) and network._model is None
