"""One job from raster to raster, around a network that is made up: what is fitted, kept, and done when memory runs out."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from nst_core import device, errors, stylize
from nst_core.methods import agreement
from nst_core.methods import painter as painters
from nst_core.raster import Raster
from nst_core.stylize import Style, Task
from nst_core.warm import KEPT_STYLES, Warm


class Painter(painters.Painter):
    """Stands in for a method and its painter: paints the mean of style and content; counts what it was asked for."""

    facts: Any = SimpleNamespace(pixels_in=lambda budget, scratch: budget // 100, band_pixels=0)

    def __init__(self) -> None:
        self.builds = 0
        self.styles: list[torch.Tensor] = []
        self.sizes: list[tuple[int, ...]] = []
        self.fail_above = 10**9

    def build(self, model, state, place):
        self.builds += 1
        return self

    def read(self, picture, report):
        self.styles.append(picture)
        return picture.mean((2, 3), keepdim=True)

    def mix(self, known, weights):
        return sum(one * weight / sum(weights) for one, weight in zip(known, weights))

    def render(self, content, prepared, parameters, report):
        strength = parameters["strength"]
        self.sizes.append(tuple(content.shape[2:]))
        if max(content.shape) > self.fail_above:
            raise RuntimeError("DefaultCPUAllocator: can't allocate memory: you tried to allocate 7 bytes")
        return content * (1 - strength / 2) + prepared * strength / 2


@pytest.fixture
def painter(monkeypatch: pytest.MonkeyPatch) -> Painter:
    painter = Painter()
    monkeypatch.setattr(stylize.methods, "of", lambda name: painter)
    return painter


RED, BLUE = (Raster(np.full((32, 32, 3), colour, np.uint8), "RGB") for colour in ((200, 40, 40), (20, 60, 220)))
STORE = SimpleNamespace(state=lambda model, report: {})


def raster(height: int = 40, width: int = 60, channels: int = 3, seed: int = 0) -> Raster:
    pixels = np.random.default_rng(seed).integers(0, 256, (height, width, channels), np.uint8)
    return Raster(pixels, {3: "RGB", 4: "RGBA"}[channels])


def run(content: Raster, warm: Warm | None = None, log: list[str] | None = None, style: Raster | None = None, **parameters):
    task = Task(content, (Style(style or raster(32, 32, seed=1)),), "arbitrary", parameters)
    said = [] if log is None else log
    return stylize.stylize(task, warm or Warm(), STORE, lambda *_: None, said.append).raster  # type: ignore[arg-type]


def test_the_network_sees_the_working_size_and_the_layer_keeps_its_own(painter):
    assert run(raster(40, 60), size=30).pixels.shape == (40, 60, 3)
    assert painter.sizes == [(20, 30)]


def test_a_narrow_layer_keeps_sixteen_pixels_while_painting(painter):
    run(raster(16, 200), size=50)
    assert painter.sizes == [(16, 50)]


def test_hidden_colours_change_nothing_that_is_seen(painter):
    content = raster(channels=4)
    content.pixels[:, :20, 3] = 0
    content.pixels[:, 20:, 3] = 200
    other = Raster(content.pixels.copy(), "RGBA")
    other.pixels[:, :20, :3] = 255 - other.pixels[:, :20, :3]
    one, two = run(content, size=24), run(other, size=24)
    assert np.array_equal(one.pixels[:, 20:], two.pixels[:, 20:])
    assert np.array_equal(one.pixels[..., 3], content.pixels[..., 3])


def test_a_pixel_that_is_no_number_spoils_no_other(painter):
    pixels = np.random.default_rng(0).random((20, 20, 3), np.float32)
    pixels[3, 4] = np.nan
    out = run(Raster(pixels, "RGB")).pixels
    assert np.isfinite(np.delete(out.reshape(-1, 3), 3 * 20 + 4, axis=0)).all()


DEPTHS: dict[str, Any] = {"u8": np.uint8, "u16": np.uint16, "f16": np.float16, "f32": np.float32}


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("blend", [1.0, 0.5])
def test_what_the_painter_leaves_alone_keeps_every_bit(painter, monkeypatch, depth, blend):
    """All that a float layer may hold included: highlights, negative values, the smallest steps."""
    values = np.random.default_rng(0).random((40, 60, 3)) * 3 - 1
    scale = np.iinfo(DEPTHS[depth]).max if depth.startswith("u") else 1
    pixels = (values.clip(0, 1) * scale if scale > 1 else values).astype(DEPTHS[depth])
    monkeypatch.setattr(painter, "render", lambda content, *_: content.clone())
    out = run(Raster(pixels, "RGB"), blend=blend).pixels
    assert out.dtype == pixels.dtype
    assert np.abs(out.astype(np.float64) - pixels).max() <= (0 if blend == 1 or scale > 1 else 1e-6)


def test_highlights_are_as_far_above_white_as_they_were(painter):
    pixels = np.full((40, 60, 3), 0.5, np.float32)
    pixels[10:20, 10:20], pixels[25:30, 10:20] = 5.0, -0.25
    flat = run(Raster(pixels.clip(0, 1), "RGB")).pixels
    assert np.allclose(run(Raster(pixels, "RGB")).pixels - flat, pixels - pixels.clip(0, 1), atol=1e-6)


@pytest.mark.parametrize(("strength", "least", "most"), [(0.05, 0.9, 0.97), (0.5, 0.45, 0.55), (1.0, 0, 0.01)])
def test_a_weak_strength_keeps_what_is_finer_than_the_working_size(painter, monkeypatch, strength, least, most):
    """A chequerboard, which no working size shows, fades out with the strength instead of going at once."""
    monkeypatch.setattr(painter, "render", lambda content, *_: content.clone())
    board = (np.indices((80, 80)).sum(0) % 2 * 200 + 20).astype(np.uint8)
    out = run(Raster(np.repeat(board[..., None], 3, axis=2), "RGB"), size=40, strength=strength).pixels
    assert least <= out[20:60, 20:60].std() / board.std() <= most


def test_pieces_are_halved_before_anything_else_is_given_up(painter, monkeypatch):
    monkeypatch.setattr(painter, "facts", SimpleNamespace(pixels_in=lambda budget, scratch: 10**9, band_pixels=1))
    shares = []

    def render(content, *_):
        shares.append(painter.share)
        if painter.share > 0.25:
            raise MemoryError
        return content.clone()

    monkeypatch.setattr(painter, "render", render)
    said: list[str] = []
    run(raster(), log=said)
    assert shares == [1, 0.5, 0.25]
    assert all("pieces of half the size" in text for text in said) and len(said) == 2


def test_the_gpu_gives_up_to_the_cpu_when_small_pieces_do_not_help(painter, monkeypatch):
    monkeypatch.setattr(painter, "facts", SimpleNamespace(pixels_in=lambda budget, scratch: 10**9, band_pixels=1))
    places = iter([torch.device("meta")])
    monkeypatch.setattr(device, "choose", lambda name: next(places))
    monkeypatch.setattr(device, "budget", lambda place: 10**9)
    monkeypatch.setattr(device, "release", lambda place: None)
    tried = []

    def render(content, *_):
        tried.append((content.device.type, painter.share))
        if content.device.type != "cpu":
            raise torch.OutOfMemoryError
        return content.clone()

    monkeypatch.setattr(painter, "render", render)
    monkeypatch.setattr(painter, "read", lambda *_: None)
    monkeypatch.setattr(painter, "mix", lambda *_: None)
    said: list[str] = []
    run(raster(), log=said)
    assert tried == [("meta", 1), ("meta", 0.5), ("meta", 0.25), ("meta", 0.125), ("cpu", 1)]
    assert said[-1] == "the GPU's memory ran out: the CPU goes on"


def test_for_a_gpu_that_fails_the_cpu_goes_on_then_and_later(painter, monkeypatch):
    monkeypatch.setattr(painter, "facts", SimpleNamespace(pixels_in=lambda budget, scratch: 10**9, band_pixels=1))
    monkeypatch.setattr(device, "choose", lambda name: torch.device("meta"))
    monkeypatch.setattr(device, "budget", lambda place: 10**9)
    tried = []

    def render(content, *_):
        tried.append(content.device.type)
        if content.device.type != "cpu":
            raise RuntimeError("no kernel image is available\nCompile with another option.")
        return content.clone()

    monkeypatch.setattr(painter, "render", render)
    monkeypatch.setattr(painter, "read", lambda *_: None)
    monkeypatch.setattr(painter, "mix", lambda *_: None)
    said: list[str] = []
    warm = Warm()
    run(raster(), warm, log=said)
    run(raster(seed=2), warm, log=said)
    assert tried == ["meta", "cpu", "cpu"]
    assert said == ["the GPU failed, the CPU goes on: no kernel image is available"]


def test_a_gpu_whose_numbers_are_wrong_paints_nothing(painter, monkeypatch):
    asked = []

    def demand(place):
        asked.append(place.type)
        if place.type != "cpu":
            raise RuntimeError("its features are not those of the CPU")

    monkeypatch.setattr(agreement, "demand", demand)
    monkeypatch.setattr(device, "choose", lambda name: torch.device("meta"))
    said: list[str] = []
    warm = Warm()
    for seed in (1, 2):
        run(raster(seed=seed), warm, log=said)
    warm.release()
    run(raster(seed=3), warm, log=said)
    assert asked == ["meta", "cpu"]
    assert said == ["the GPU failed, the CPU goes on: its features are not those of the CPU"]


def test_a_changed_strength_prepares_nothing_again(painter):
    warm = Warm()
    first = run(raster(), warm, strength=0.5)
    second = run(raster(), warm, strength=0.8)
    assert (painter.builds, len(painter.styles)) == (1, 1)
    assert not np.array_equal(first.pixels, second.pixels)


@pytest.mark.parametrize("again", [(Style(RED, 3.0), Style(BLUE)), (Style(BLUE), Style(RED)), (Style(RED),)])
def test_another_mix_of_the_same_styles_reads_none_again(painter, again):
    def mixed(warm: Warm, *styles: Style) -> np.ndarray:
        task = Task(raster(), styles, "arbitrary", {})
        return stylize.stylize(task, warm, STORE, lambda *_: None, lambda _: None).raster.pixels  # type: ignore[arg-type]

    warm = Warm()
    mixed(warm, Style(RED), Style(BLUE))
    got = mixed(warm, *again)
    assert len(painter.styles) == 2
    assert np.array_equal(got, mixed(Warm(), *again))
    assert len(painter.styles) == 2 + len(again)


def test_another_style_is_prepared_and_the_oldest_is_forgotten(painter):
    warm = Warm()
    for seed in range(KEPT_STYLES):
        run(raster(), warm, style=raster(32, 32, seed=seed))
    assert len(painter.styles) == KEPT_STYLES
    assert len(warm.styles) == KEPT_STYLES
    warm.release()
    assert not warm.networks
    assert not warm.styles


def test_kept_colours_are_those_of_the_layer(painter):
    content, red = raster(), Raster(np.full((40, 40, 3), (200, 60, 60), np.uint8), "RGB")
    plain, on_average, exactly = (
        run(content, style=red, preserve_color=kept).pixels for kept in ("none", "histogram", "luminance")
    )
    means = [pixels.mean((0, 1)) for pixels in (plain, on_average, exactly, content.pixels)]
    assert np.abs(means[0] - means[3]).max() > 3
    assert np.abs(means[1] - means[3]).max() < 1
    # Exactly: what is left of the differences between the channels, but where the gamut leaves no room.
    chroma = [pixels[..., 0].astype(float) - pixels[..., 2] for pixels in (exactly, content.pixels)]
    assert np.median(np.abs(chroma[0] - chroma[1])) <= 1


def test_kept_colours_are_weighed_by_what_is_seen(painter):
    content = raster(channels=4)
    content.pixels[:, :30, 3], content.pixels[:, 30:, 3] = 0, 255
    content.pixels[:, 30:, 0] = content.pixels[:, 30:, 0] // 2 + 120
    got = run(content, preserve_color="histogram").pixels
    assert np.abs(got[:, 30:, :3].mean((0, 1)) - content.pixels[:, 30:, :3].mean((0, 1))).max() < 1.5


def test_what_does_not_fit_is_painted_smaller_and_said(painter, monkeypatch):
    monkeypatch.setattr(device, "budget", lambda place: 100 * 600 * 400)
    said: list[str] = []
    assert run(raster(600, 900), log=said).pixels.shape == (600, 900, 3)
    assert painter.sizes == [(400, 600)]
    assert "600 pixels" in said[0]


def test_the_content_that_is_in_memory_need_not_fit_once_more(painter, monkeypatch):
    """100 bytes a pixel are wanted; 88 are free, and 12 hold the content, which is the network's input at its own size alone."""
    monkeypatch.setattr(device, "budget", lambda place: 88 * 600 * 900)
    run(raster(600, 900))
    run(raster(600, 900), size=880)
    assert painter.sizes == [(600, 900), (563, 844)]


def test_a_small_picture_is_tried_even_if_no_memory_seems_free(painter, monkeypatch):
    monkeypatch.setattr(device, "budget", lambda place: 0)
    run(raster(600, 900))
    assert painter.sizes == [(256, 384)]


def test_when_memory_runs_out_the_working_size_is_halved_and_said(painter):
    painter.fail_above = 500
    said: list[str] = []
    assert run(raster(20, 1000), log=said).pixels.shape == (20, 1000, 3)
    assert [width for _, width in painter.sizes] == [1000, 500]
    assert "500 pixels" in said[0]


def test_when_nothing_helps_the_error_says_so(painter):
    painter.fail_above = 10
    with pytest.raises(errors.OutOfMemory, match="memory"):
        run(raster(20, 1000))


@pytest.mark.parametrize("error", [ZeroDivisionError, RuntimeError])
def test_other_failures_are_not_taken_for_memory(painter, monkeypatch, error):
    def render(*_):
        raise error

    monkeypatch.setattr(painter, "render", render)
    with pytest.raises(error):
        run(raster())
