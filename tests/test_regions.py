"""A style for each region: shares and coverage by their definitions, and whole jobs against paintings of one style each."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from PIL import Image

from nst_core import cli, client, errors, imagefile, raster, schema
from nst_core.methods import embedded, gatys, regions
from nst_core.methods import painter as painters
from nst_core.progress import Report, silent
from nst_core.raster import Raster
from nst_core.regions import regions as regions_of
from nst_core.stylize import Style, Task, stylize
from nst_core.warm import Warm
from nst_core.weights import Store
from tests.gatys.networks import random_vgg, textured

HEIGHT, WIDTH = 48, 64
PATIENCE = 60.0
RED, BLUE = (Raster(np.tile(np.array(colour, np.uint8), (32, 32, 1)), "RGB") for colour in ((220, 40, 30), (20, 60, 200)))


def content(channels: int = 3) -> Raster:
    pixels = np.random.default_rng(0).integers(0, 256, (HEIGHT // 8, WIDTH // 8, channels), np.uint8)
    return Raster(np.kron(pixels, np.ones((8, 8, 1), np.uint8)), {3: "RGB", 4: "RGBA"}[channels])


def grey(values: np.ndarray) -> Raster:
    return Raster(np.ascontiguousarray(values, np.uint8)[..., None], "L")


LEFT = np.zeros((HEIGHT, WIDTH), np.uint8)
LEFT[:, : WIDTH // 2] = 255
RAMP = np.tile(np.linspace(0, 255, WIDTH).round().astype(np.uint8), (HEIGHT, 1))


def paint(*styles: Style, picture: Raster | None = None, method: str = "embedded", **parameters) -> np.ndarray:
    task = Task(picture or content(), styles, method, parameters)
    return stylize(task, Warm(), Store(), silent, lambda _: None).raster.pixels


def test_shares_and_coverage_are_what_they_are_defined_to_be():
    masks = [np.random.default_rng(seed).integers(0, 256, (HEIGHT, WIDTH), np.uint8) for seed in (1, 2)]
    masks[1][:5], masks[0][:3] = 0, 0
    weights = [3.0, 0.5, 2.0]
    found = regions_of([grey(masks[0]), None, grey(masks[1])], ["a", None, "b"], weights, content())
    assert found is not None
    both = masks[0].astype(float) + masks[1]
    planes = {0: masks[0] / 255, 1: (255 - both.clip(0, 255)) / 255, 2: masks[1] / 255}
    rows = slice(2, 40)
    shares, coverage = found.shares(rows).numpy()[:, 0], found.coverage(rows).numpy()[0, 0]
    total = sum(weight * plane for weight, plane in zip(weights, planes.values()))
    for (style,), share in zip(found.members, shares):
        assert np.allclose(share, (weights[style] * planes[style] / total)[rows], atol=1e-6)
    assert np.allclose(coverage, 1)
    alone = regions_of([grey(masks[0])], ["a"], [1.0], content())
    assert alone is not None
    assert np.allclose(alone.coverage(rows).numpy()[0, 0], (masks[0] / 255)[rows], atol=1e-6)
    assert np.array_equal(alone.shares(rows).numpy()[0, 0], (masks[0] > 0)[rows])


def test_inside_a_mask_is_the_style_and_outside_the_layer_bit_for_bit():
    got, whole = paint(Style(RED, mask=grey(LEFT))), paint(Style(RED))
    assert np.array_equal(got[:, : WIDTH // 2], whole[:, : WIDTH // 2])
    assert np.array_equal(got[:, WIDTH // 2 :], content().pixels[:, WIDTH // 2 :])
    assert not np.array_equal(whole, content().pixels)


def test_a_float_layer_keeps_infinities_outside():
    pixels = content().pixels / np.float32(255)
    pixels[0, -1] = np.inf
    got = paint(Style(RED, mask=grey(LEFT)), picture=Raster(pixels, "RGB"))
    assert np.array_equal(got[:, WIDTH // 2 :], pixels[:, WIDTH // 2 :])


def test_soft_masks_mix_the_paintings_and_the_rest_is_what_is_left_over():
    red, blue = (paint(Style(style)).astype(float) for style in (RED, BLUE))
    share = RAMP[..., None] / 255
    for other in (grey(255 - RAMP), None):
        got = paint(Style(RED, mask=grey(RAMP)), Style(BLUE, mask=other))
        assert np.abs(got - (share * red + (1 - share) * blue)).max() <= 1.01


def test_weights_count_where_masks_overlap():
    red, blue = (paint(Style(style)).astype(float) for style in (RED, BLUE))
    got = paint(Style(RED, 3.0, grey(LEFT)), Style(BLUE, 1.0, grey(np.full_like(LEFT, 255))))
    assert np.abs(got[:, : WIDTH // 2] - (0.75 * red + 0.25 * blue)[:, : WIDTH // 2]).max() <= 1.01
    assert np.abs(got[:, WIDTH // 2 :] - blue[:, WIDTH // 2 :]).max() <= 1.01


def test_styles_of_one_region_are_mixed_as_ever():
    mixed = paint(Style(RED, 2.0), Style(BLUE, 1.0))
    got = paint(Style(RED, 2.0, grey(LEFT)), Style(BLUE, 1.0, grey(LEFT)))
    assert np.array_equal(got[:, : WIDTH // 2], mixed[:, : WIDTH // 2])


def test_a_working_size_and_a_mask_of_another_size_fit():
    small = grey(LEFT[::2, ::2])
    got, whole = paint(Style(RED, mask=small), size=40), paint(Style(RED), size=40)
    assert np.abs(got[:, : WIDTH // 2 - 3].astype(int) - whole[:, : WIDTH // 2 - 3]).max() <= 1
    assert np.array_equal(got[:, WIDTH // 2 + 3 :], content().pixels[:, WIDTH // 2 + 3 :])


def test_transparent_parts_of_a_mask_are_black():
    white = np.full((HEIGHT, WIDTH, 2), 255, np.uint8)
    white[..., 1] = LEFT
    assert np.array_equal(paint(Style(RED, mask=Raster(white, "LA"))), paint(Style(RED, mask=grey(LEFT))))


def test_a_black_mask_is_refused_and_one_of_two_is_not_painted():
    black = grey(np.zeros_like(LEFT))
    with pytest.raises(errors.UsageError, match="black everywhere"):
        paint(Style(RED, mask=black))
    assert np.array_equal(paint(Style(RED, mask=grey(LEFT)), Style(BLUE, mask=black)), paint(Style(RED, mask=grey(LEFT))))


@pytest.mark.parametrize("kept", ["luminance", "histogram"])
def test_colours_can_be_kept_in_regions(kept):
    """Each region has those of the layer there: the red and the blue one are no redder or bluer than it."""
    picture = content()
    plain, got = (paint(Style(RED, mask=grey(LEFT)), Style(BLUE), preserve_color=one) for one in ("none", kept))
    for columns in (slice(0, WIDTH // 2), slice(WIDTH // 2, None)):
        wanted, before, now = (pixels[:, columns].mean((0, 1)) for pixels in (picture.pixels, plain, got))
        assert np.abs(now - wanted).max() < 12 < np.abs(before - wanted).max()


def test_another_mask_or_weight_reads_no_style_again(monkeypatch):
    warm, seen = Warm(), []  # type: ignore[var-annotated]
    read = embedded.Embedded.read

    def counted(painter: embedded.Embedded, picture: torch.Tensor, report: Report) -> Any:
        seen.append(picture)
        return read(painter, picture, report)

    monkeypatch.setattr(embedded.Embedded, "read", counted)

    def painted(warm: Warm, *styles: Style) -> np.ndarray:
        task = Task(content(), styles, "embedded", {})
        return stylize(task, warm, Store(), silent, lambda _: None).raster.pixels

    painted(warm, Style(RED, mask=grey(LEFT)), Style(BLUE))
    others = (Style(RED, 2.0, mask=grey(RAMP)), Style(BLUE)), (Style(RED), Style(BLUE, 0.5))
    got = [painted(warm, *styles) for styles in others]
    assert len(seen) == 2
    assert all(np.array_equal(one, painted(Warm(), *styles)) for one, styles in zip(got, others))


class Fractions(painters.Painter):
    """Tells how far it is, and nothing else."""

    facts = gatys.STREAMED

    def read(self, picture, report):
        report(1.0, "reading")

    def mix(self, known, weights):
        return len(known)

    def render(self, content, prepared, parameters, report):
        for fraction in (0.0, 0.5, 1.0):
            report(fraction, "painting")
        return content * 0 + prepared / 4


def test_progress_goes_over_all_regions_once(monkeypatch):
    monkeypatch.setattr(regions, "BAND_PIXELS", 3 * WIDTH)
    found = regions_of([grey(RAMP), None, None], ["a", None, None], [1.0, 1.0, 1.0], content())
    assert found is not None
    told: list[float] = []
    painter = regions.RegionPainter(Fractions(), found)
    styles = [painters.Style(torch.zeros(1, 3, 4, 4))] * 3
    prepared = painter.prepare(styles, lambda fraction, *_: told.append(fraction))
    painted = painter.render(torch.rand(1, 3, HEIGHT, WIDTH), prepared, {}, lambda fraction, *_: told.append(fraction))
    assert told == pytest.approx([1 / 3, 2 / 3, 1.0, 0.0, 0.25, 0.5, 0.5, 0.75, 1.0])
    ramp, rest = RAMP / 255.0, 2 * (1 - RAMP / 255.0)
    assert np.allclose(painted[0, 0].numpy(), (ramp * 0.25 + rest * 0.5) / (ramp + rest), atol=1e-5)


def test_masks_and_what_gathers_the_paintings_count_when_a_size_is_chosen():
    found = regions_of([grey(RAMP), None], ["a", None], [1.0, 1.0], content())
    assert found is not None and len(found.masks) == 2
    alone, budget = Fractions.facts.bytes_per_pixel, 10**9
    pixels = regions.RegionPainter(Fractions(), found).facts.pixels_in(budget)
    assert (alone + 3 * 12) * pixels == pytest.approx(budget, rel=1e-3)


@pytest.mark.parametrize("size", [(48, 64), (20, 28)])  # the smaller one is repeated for the network
def test_gatys_paints_regions_itself(size):
    painter = gatys.build("vgg19", random_vgg(19, "conv2_2").state_dict(), torch.device("cpu"))
    picture = textured(*size)
    left = np.zeros(size, np.uint8)
    left[:, : size[1] // 3] = 255
    layer = Raster(np.zeros((*size, 3), np.uint8), "RGB")
    styles = [painters.Style(textured(60, 44, seed)) for seed in (1, 5)]
    parameters = schema.check("gatys", {"preset": "best", "iterations": 2, "precision": "float32"})

    def painted(*masks):
        found = regions_of(masks, [index if mask is not None else None for index, mask in enumerate(masks)], [1.0, 1.0], layer)
        assert found is not None
        one = regions.RegionPainter(painter, found)
        return one.render(picture, one.prepare(styles, silent), parameters, silent)

    first, second = painted(grey(left), None), painted(grey(left), grey(255 - left))
    assert torch.equal(first, second)
    swapped = painted(None, grey(left))
    near, far = slice(0, size[1] // 4), slice(size[1] // 2, None)
    for part in (near, far):
        assert (first - swapped)[..., part].abs().mean() > 0.002


def saved(path: Path, values: Raster) -> str:
    Image.fromarray(values.pixels.squeeze()).save(path)
    return str(path)


def command(folder: Path, *more: str) -> int:
    given = [saved(folder / "photo.png", content()), "--style", saved(folder / "red.png", RED)]
    given += ["--style", saved(folder / "blue.png", BLUE), "-o", str(folder / "out.png"), "--in-process", *more]
    return cli.main(["stylize", *given])


def test_the_command_line_takes_a_mask_for_each_style(tmp_path, home):
    left = saved(tmp_path / "left.png", grey(LEFT))
    assert command(tmp_path, "--style-mask", left, "--style-mask", "rest") == 0
    wanted = paint(Style(RED, mask=grey(LEFT)), Style(BLUE))
    assert np.array_equal(imagefile.read(tmp_path / "out.png").raster.pixels, wanted)


@pytest.mark.parametrize(
    ("masks", "code", "words"),
    [(["left.png"], 2, "2 --style but 1 --style-mask"), (["left.png", "gone.png"], 3, "gone.png does not exist")],
)
def test_masks_that_do_not_fit_are_refused_at_once(tmp_path, home, capsys, masks, code, words):
    saved(tmp_path / "left.png", grey(LEFT))
    given = [word for mask in masks for word in ("--style-mask", str(tmp_path / mask))]
    assert command(tmp_path, *given) == code
    assert words in capsys.readouterr().err
    assert not (tmp_path / "out.png").exists()


def test_masks_travel_to_the_worker_as_pixels_and_as_files(tmp_path, home, monkeypatch):
    monkeypatch.setenv("NST_PYTHON", sys.executable)

    def travelling(picture: Raster) -> client.Picture:
        header, data = raster.to_wire(picture)
        return client.Picture(**header, data=bytes(data))

    monkeypatch.chdir(tmp_path)
    saved(tmp_path / "right.png", grey(255 - LEFT))
    styles = [client.Style(travelling(RED), 1.0, travelling(grey(LEFT))), client.Style(travelling(BLUE), mask="right.png")]
    try:
        got = client.stylize(travelling(content()), styles, "embedded", {}).result(PATIENCE)
    finally:
        client.shut_down()
    wanted = paint(Style(RED, mask=grey(LEFT)), Style(BLUE))
    assert np.array_equal(np.frombuffer(got.data, np.uint8).reshape(HEIGHT, WIDTH, 3), wanted)
