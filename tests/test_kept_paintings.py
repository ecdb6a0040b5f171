"""What is only finished otherwise isn't painted again, and looks as if it had been; with real painters of random weights."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from nst_core import device, errors, methods, paintings, schema, user_models
from nst_core.methods.painter import Painter
from nst_core.networks import animegan
from nst_core.paintings import Paintings
from nst_core.progress import silent
from nst_core.raster import Raster
from nst_core.stylize import Style, Task, stylize
from nst_core.warm import Warm
from tests.gatys.networks import random_vgg
from tests.methods.tiny import random_embedded

HEIGHT, WIDTH = 40, 56
GIVEN: dict[str, dict[str, Any]] = {
    "embedded": {},
    "anime": {"model": "animegan2-hayao"},
    "gatys": {"model": "vgg19", "preset": "draft", "iterations": 1, "precision": "float32"},
}


def picture(seed: int, channels: str = "RGB", side: tuple[int, int] = (HEIGHT, WIDTH)) -> Raster:
    grid = np.random.default_rng(seed).integers(0, 256, (side[0] // 8, side[1] // 8, len(channels)), np.uint8)
    return Raster(np.kron(grid, np.ones((8, 8, 1), np.uint8)), channels)


def random_animegan() -> animegan.Generator:
    torch.manual_seed(4)
    return animegan.Generator()


@pytest.fixture(scope="module")
def store() -> SimpleNamespace:
    makers: dict[str, Callable[[], Any]] = {
        "embedded": random_embedded,
        "animegan2-hayao": random_animegan,
        "vgg19": lambda: random_vgg(19, "conv2_2"),
    }
    states = {name: make().state_dict() for name, make in makers.items()}
    return SimpleNamespace(state=lambda model, report: states[model])


class Studio:
    """Paints with one warm engine, and counts what its networks paint."""

    def __init__(self, store: SimpleNamespace, method: str, monkeypatch: pytest.MonkeyPatch) -> None:
        self.warm, self.painted = Warm(), 0
        self.given: list[set[str]] = []
        self._store, self._method = store, method
        self._styles = (Style(picture(7, side=(32, 32))),) if schema.method(method).styles else ()
        build = methods.of(method).build

        def counted(*arguments: Any) -> Painter:
            painter = build(*arguments)
            render = painter.render

            def counting(content: Any, prepared: Any, parameters: Any, report: Any) -> Any:
                self.painted += 1
                self.given.append(set(parameters))
                return render(content, prepared, parameters, report)

            monkeypatch.setattr(painter, "render", counting)
            return painter

        monkeypatch.setattr(methods.of(method), "build", counted)

    def paint(
        self, content: Raster, warm: Warm | None = None, styles: Any = None, report: Any = silent, **changes: Any
    ) -> np.ndarray:
        task = Task(content, self._styles if styles is None else styles, self._method, {**GIVEN[self._method], **changes})
        found = stylize(task, warm or self.warm, self._store, report, lambda _: None)  # type: ignore[arg-type]
        return found.raster.pixels


@pytest.fixture(params=GIVEN)
def studio(request: pytest.FixtureRequest, store: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Studio:
    return Studio(store, request.param, monkeypatch)


@pytest.fixture
def quick(store: SimpleNamespace, monkeypatch: pytest.MonkeyPatch) -> Studio:
    return Studio(store, "embedded", monkeypatch)


def finishing(method: str) -> list[dict[str, Any]]:
    """A change of each parameter that acts on the painting."""
    values: dict[str, list[Any]] = {"blend": [0.5], "strength": [0.4, 0.7]}
    found = []
    for parameter in schema.method(method).everything:
        if parameter.role == "finishing":
            of_choices = [choice.value for choice in parameter.choices if choice.value != parameter.default]
            found += [{parameter.name: value} for value in of_choices or values[parameter.name]]
    return found


def test_what_acts_on_the_painting_runs_no_network_and_gives_what_a_fresh_run_gives(studio):
    for content in (picture(1), picture(2, "RGBA")):
        for size in (0, 32):
            before = studio.painted
            first = studio.paint(content, size=size)
            reused = {str(change): studio.paint(content, size=size, **change) for change in finishing(studio._method)}
            assert np.array_equal(studio.paint(content, size=size), first)  # nobody has changed what is kept
            assert studio.painted == before + 1
            for change in finishing(studio._method):
                fresh = studio.paint(content, Warm(), size=size, **change)
                assert np.array_equal(reused[str(change)], fresh)
                assert not np.array_equal(fresh, first)


def test_the_strength_costs_a_run_where_it_is_part_of_what_the_network_sees(studio):
    studio.paint(picture(1))
    studio.paint(picture(1), strength=0.5)
    assert studio.painted == {"embedded": 2, "gatys": 2, "anime": 1}[studio._method]


def test_a_painter_never_gets_what_acts_on_its_painting(studio):
    studio.paint(picture(1))
    finished = {name for change in finishing(studio._method) for name in change}
    assert studio.given == [{one.name for one in schema.method(studio._method).everything} - finished]


def test_everything_that_the_network_sees_is_told_apart(quick):
    base = picture(1, "RGBA")
    one_step = Raster(base.pixels.copy(), "RGBA")
    one_step.pixels[3, 4, 1] ^= 1
    seen_through = Raster(base.pixels.copy(), "RGBA")
    seen_through.pixels[:9, :9, 3] = 0
    left = np.zeros((HEIGHT, WIDTH, 1), np.uint8)
    left[:, :20] = 255
    one, two = picture(7, side=(32, 32)), picture(8, side=(32, 32))
    jobs: list[tuple[Raster, tuple[Style, ...], dict[str, Any]]] = [
        (base, (Style(one),), {}),
        (one_step, (Style(one),), {}),
        (seen_through, (Style(one),), {}),
        (Raster(base.pixels.reshape(WIDTH, HEIGHT, 4), "RGBA"), (Style(one),), {}),
        (base, (Style(two),), {}),
        (base, (Style(one), Style(two)), {}),
        (base, (Style(one, 2.0), Style(two)), {}),
        (base, (Style(one, mask=Raster(left, "L")),), {}),
        (base, (Style(one, mask=Raster(255 - left, "L")),), {}),
        (base, (Style(one),), {"size": 32}),
        (base, (Style(one),), {"strength": 0.9}),
    ]
    got = [quick.paint(content, styles=styles, **changes) for content, styles, changes in jobs]
    runs = quick.painted
    assert runs >= len(jobs)
    again = [quick.paint(content, styles=styles, **changes) for content, styles, changes in jobs]
    assert quick.painted == runs
    assert all(np.array_equal(one, other) for one, other in zip(got, again))


def test_a_style_file_that_was_painted_over_is_another_style(quick, tmp_path):
    from PIL import Image

    file = tmp_path / "style.png"
    for seed in (1, 2):
        Image.fromarray(picture(seed, side=(32, 32 + 8 * seed)).pixels).save(file)
        quick.paint(picture(1), styles=(Style(file),))
    assert quick.painted == 2


def test_what_a_run_writes_is_written_by_every_run(store, monkeypatch, tmp_path):
    studio, table = Studio(store, "gatys", monkeypatch), tmp_path / "losses.csv"
    for _ in range(2):
        studio.paint(picture(1), losses=str(table))
        assert table.stat().st_size > 0
        table.unlink()


def test_an_optimisation_that_was_cut_short_is_not_taken_for_a_whole_one(store, monkeypatch):
    studio, told = Studio(store, "gatys", monkeypatch), []

    def finish_once(fraction: float, stage: str, preview: Any = None) -> None:
        told.append(stage)
        if sum("painting" in stage for stage in told) == 4:
            told.append("painting")  # once
            raise errors.Finish()

    cut = studio.paint(picture(1), report=finish_once)
    whole = studio.paint(picture(1))
    assert studio.painted == 2
    assert not np.array_equal(cut, whole)


def test_who_comes_back_after_a_rest_finds_the_painting(quick):
    content = picture(1)
    quick.paint(content)
    quick.warm.rest()
    assert not quick.warm.networks and not quick.warm.styles
    half = quick.paint(content, blend=0.5)
    assert quick.painted == 1
    quick.warm.release()
    assert np.array_equal(half, quick.paint(content, blend=0.5))
    assert quick.painted == 2


def test_release_and_short_memory_drop_all(quick, monkeypatch):
    quick.paint(picture(1))
    assert HEIGHT * WIDTH * paintings.PIXEL_BYTES <= quick.warm.paintings.bytes < 2 * HEIGHT * WIDTH * paintings.PIXEL_BYTES
    quick.warm.release()
    assert quick.warm.paintings.bytes == 0
    large = picture(3, side=(16, 800))
    quick.paint(picture(1))
    monkeypatch.setattr(device, "budget", lambda place: 10)
    quick.paint(large)
    assert quick.warm.paintings.bytes == 0


def test_they_never_take_more_than_their_budget(monkeypatch):
    kept, painting = Paintings(limit=5000), torch.zeros(1, 3, 10, 10)
    for number in range(10):
        kept.keep(number, painting.clone())
        kept.get(0)  # which keeps it from being the oldest
        assert kept.bytes <= 5000
    assert [number for number in range(10) if kept.get(number) is not None] == [0, 7, 8, 9]
    kept.keep("large", torch.zeros(1, 3, 30, 30))
    kept.keep("part of something large", torch.zeros(1, 3, 30, 30)[:, :, :2, :2])
    assert kept.get("large") is kept.get("part of something large") is None
    assert kept.bytes == 4800
    monkeypatch.setattr(device, "budget", lambda place: 8 * 2500)
    kept.keep("last", painting)
    assert kept.bytes == 2400


def test_a_layer_that_could_not_be_kept_is_not_even_hashed(quick, monkeypatch):
    quick.warm.paintings = Paintings(limit=HEIGHT * WIDTH * paintings.PIXEL_BYTES - 1)
    content: Raster = picture(1)

    def fingerprint(source: Any) -> str:
        assert source is not content
        return str(source)

    monkeypatch.setattr("nst_core.pictures.fingerprint", fingerprint)
    quick.paint(content)
    quick.paint(content)
    assert quick.painted == 2


def test_the_users_own_models_are_read_once_a_job(quick, monkeypatch):
    read: list[Path] = []
    found = user_models.found

    def counted(root: Path) -> Any:
        read.append(root)
        return found(root)

    monkeypatch.setattr(user_models, "found", counted)
    quick.paint(picture(1))
    assert len(read) == 1
