"""A strength that is dragged: which paintings are made, which are shown as they are, and how near the others come."""

from __future__ import annotations

import queue
import random
from collections.abc import Callable
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from nst_core import engine, errors, imagefile, methods, samples, series, stylize
from nst_core.methods import codes, embedded
from nst_core.methods.painter import Painter
from nst_core.networks import animegan
from nst_core.progress import Report, silent
from nst_core.raster import Raster
from nst_core.series import NODES, missing, near
from nst_core.stylize import Style, Task
from nst_core.warm import Warm
from nst_core.weights import Store
from tests.gatys.networks import random_vgg
from tests.methods.tiny import random_embedded

HEIGHT, WIDTH = 40, 56
SWEEP = [step / 40 for step in range(1, 41)]


def picture(seed: int, channels: str = "RGB", side: tuple[int, int] = (HEIGHT, WIDTH)) -> Raster:
    grid = np.random.default_rng(seed).integers(0, 256, (side[0] // 8, side[1] // 8, len(channels)), np.uint8)
    return Raster(np.kron(grid, np.ones((8, 8, 1), np.uint8)), channels)


STYLE = (Style(picture(7, side=(32, 32))),)


class Table:
    """One engine that stays warm, and the strengths that its network has painted."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, method: str = "embedded", store: Any = None) -> None:
        self.warm = Warm()
        self.painted: list[float | None] = []
        self.ahead: Callable[[Report], None] | None = None
        self._method = method
        state = random_embedded().state_dict() if store is None else None
        self._store: Any = store or SimpleNamespace(state=lambda model, report: state)
        build = methods.of(method).build

        def counted(*arguments: Any) -> Painter:
            painter = build(*arguments)
            render = painter.render

            def counting(content: Any, prepared: Any, parameters: Any, report: Any) -> Any:
                made = render(content, prepared, parameters, report)
                self.painted.append(parameters.get("strength"))
                return made

            monkeypatch.setattr(painter, "render", counting)
            return painter

        monkeypatch.setattr(methods.of(method), "build", counted)

    def look(self, strength: float, content: Raster | None = None, preview: bool = True, **more: Any) -> np.ndarray:
        styles = more.pop("styles", STYLE)
        task = Task(content or picture(1), styles, self._method, {"strength": strength, **more}, preview)
        result = stylize.stylize(task, self.warm, self._store, silent, lambda _: None)
        self.ahead = result.ahead
        return result.raster.pixels

    def layer(self, strength: float, content: Raster | None = None, **more: Any) -> np.ndarray:
        """What an engine paints that has painted nothing before."""
        kept = self.warm, list(self.painted), self.ahead
        self.warm = Warm(self.warm.networks, self.warm.styles)
        try:
            return self.look(strength, content, preview=False, **more)
        finally:
            self.warm, self.painted, self.ahead = kept

    def paint_ahead(self, report: Report = silent) -> None:
        assert self.ahead is not None
        self.ahead(report)


@pytest.fixture
def table(monkeypatch: pytest.MonkeyPatch) -> Table:
    return Table(monkeypatch)


def distance(first: np.ndarray, second: np.ndarray) -> np.ndarray:
    return np.abs(first.astype(int) - second)


@pytest.mark.parametrize("seed", range(20))
def test_whatever_the_order_a_look_costs_one_painting_at_most_and_all_of_them_two_a_step(seed):
    chance, painted = random.Random(seed), 0
    kept: list[float] = []
    for _ in range(200):
        strength = chance.choice([round(chance.uniform(0.01, 1), 2), *NODES])
        if not near(strength, kept):
            kept.append(missing(strength, kept))
            painted += 1
        found = near(strength, kept)
        steps = [0.0, *NODES]
        assert found == (strength,) or any(low <= min(found) and max(found) <= high for low, high in zip(steps, steps[1:]))
        assert found == (strength,) or (found[-1] > strength and (len(found) == 1 or found[0] < strength))
        assert len(found) == 2 or found == (strength,) or found[0] <= NODES[0]
    assert painted <= 2 * len(NODES)
    assert (strength in kept) == (near(strength, kept) == (strength,))


def test_dragging_from_the_first_picture_paints_each_node_once(table):
    for strength in reversed(SWEEP):
        table.look(strength)
    assert table.painted == sorted(NODES, reverse=True)


def test_when_all_is_painted_ahead_dragging_paints_nothing(table):
    table.look(0.6)
    table.paint_ahead()
    assert table.painted == [0.6, 0.5, 0.75, 0.9, 0.2, 1.0]
    for strength in SWEEP:
        table.look(strength, blend=0.7, preserve_color="luminance")
    assert len(table.painted) == 6
    table.paint_ahead()
    assert len(table.painted) == 6


def test_nodes_what_was_painted_itself_and_layers_are_exact(table):
    for strength in (0.6, 0.33, *NODES):
        assert np.array_equal(table.look(strength), table.layer(strength))
    assert table.painted == [0.6, 0.33, *NODES]
    content = picture(1, "RGBA")
    assert np.array_equal(table.look(0.0, content), content.pixels)
    assert table.painted.count(0.4) == 0
    assert not np.array_equal(table.look(0.4), table.layer(0.4))
    assert table.painted.count(0.4) == 0
    assert np.array_equal(table.look(0.4, preview=False), table.layer(0.4))
    assert np.array_equal(table.look(0.4), table.layer(0.4))


def test_a_large_picture_is_exact_though_a_first_look_is_wanted(table, monkeypatch):
    monkeypatch.setattr(stylize, "LARGEST_LOOK", WIDTH - 1)
    monkeypatch.setattr(stylize, "PREVIEW_SIDE", 32)
    for strength in (1.0, 0.9, 0.95):
        assert np.array_equal(table.look(strength), table.layer(strength))
        assert table.ahead is None


@pytest.mark.parametrize("more", [{}, {"style_scale": 2.0}, {"regions": True}])
def test_between_the_nodes_nobody_sees_a_difference(monkeypatch, more):
    """With the network that is part of the program, and what it makes of a real scene."""
    scene = imagefile.read(samples.path("lake")).raster
    content = Raster(np.ascontiguousarray(scene.pixels[::6, ::6]), "RGB")
    styles: tuple[Style, ...] = (Style(samples.path("swirled-oil")),)
    if more.pop("regions", False):
        mask = np.zeros((content.height, content.width, 1), np.uint8)
        mask[:, content.width // 2 :] = 255
        styles = (Style(samples.path("swirled-oil"), mask=Raster(mask, "L")),)
    table = Table(monkeypatch, store=Store())
    table.look(1.0, content, styles=styles, **more)
    table.paint_ahead()
    assert len(table.painted) == len(NODES)
    for strength in (0.1, 0.35, 0.63, 0.95):
        found = distance(
            table.look(strength, content, styles=styles, **more), table.layer(strength, content, styles=styles, **more)
        )
        assert found.mean() < 1 and np.quantile(found, 0.999) < 8
        if styles[0].mask is not None:
            assert found[:, : content.width // 2].max() == 0
    assert len(table.painted) == len(NODES)


def test_of_a_network_that_answers_linearly_to_its_code_the_look_is_exact():
    painter = embedded.build("embedded", random_embedded().state_dict(), torch.device("cpu"))
    content, base, change = (torch.rand(1, 3, 8, 8, dtype=torch.float64) for _ in range(3))

    def painted(strength: float) -> torch.Tensor:
        share, opacity = 1 / (2 - strength), strength * (2 - strength)
        return content * (1 - opacity) + opacity * (base * 0.5 + change * 0.5 * share)

    for low, strength, high in ((0.2, 0.3, 0.5), (0.5, 0.74, 0.75), (0.9, 0.97, 1.0), (0.31, 0.32, 0.45)):
        got = painter.between(content, {high: painted(high), low: painted(low)}, strength)
        assert (got - painted(strength)).abs().max() < 1e-12
    alone = painter.between(content, {0.2: painted(0.2)}, 1e-6)
    assert (alone - content).abs().max() < 1e-5


def test_the_share_between_two_strengths_is_their_place_on_the_way_of_the_code():
    for low, high in ((0.2, 0.5), (0.9, 1.0)):
        middle = 2 - 2 / (codes.style_share(low) + codes.style_share(high))
        assert codes.weights_between([low, high], middle) == pytest.approx({low: 0.5, high: 0.5})


@pytest.mark.parametrize(
    ("method", "given", "painted"),
    [
        ("gatys", {"model": "vgg19", "preset": "draft", "iterations": 1, "precision": "float32"}, [1.0, 0.9, 0.95]),
        ("anime", {"model": "animegan2-hayao", "styles": ()}, [None]),  # it acts on the painting
    ],
)
def test_of_other_methods_nothing_is_mixed_and_nothing_painted_ahead(monkeypatch, method, given, painted):
    state = (random_vgg(19, "conv2_2") if method == "gatys" else animegan.Generator()).state_dict()
    table = Table(monkeypatch, method, SimpleNamespace(state=lambda model, report: state))
    for strength in (1.0, 0.9, 0.95):
        got = table.look(strength, **given)
        assert table.ahead is None
        assert np.array_equal(got, table.layer(strength, **given))
    assert table.painted == painted


def test_a_content_that_is_being_painted_on_is_not_painted_ahead(table):
    table.look(1.0, picture(1))
    assert table.ahead is not None
    for seed in (2, 3):  # strokes
        table.look(1.0, picture(seed))
        assert table.ahead is None
    table.look(0.8, picture(3))
    assert table.ahead is not None
    table.look(0.8, picture(4), styles=(Style(picture(9, side=(32, 32))),))
    assert table.ahead is not None


def test_only_one_slow_node_is_painted_ahead_at_a_time(table, monkeypatch):
    monkeypatch.setattr(series, "SLOW", -1.0)
    table.look(1.0)
    for count in (2, 3, 4, 5, 5):
        table.paint_ahead()
        assert len(table.painted) == count


def test_nothing_is_painted_ahead_that_cannot_be_kept(table, monkeypatch):
    table.look(1.0)
    monkeypatch.setattr(table.warm.paintings, "_limit", 2 * HEIGHT * WIDTH * 12 - 1)
    monkeypatch.setattr(table.warm.paintings, "keep", lambda key, painting: None)
    table.paint_ahead()
    assert table.painted == [1.0, 0.9]


def test_what_is_dropped_in_the_midst_leaves_nothing_behind(table):
    table.look(1.0)
    told: list[float] = []

    def interrupted(fraction: float, stage: str, preview: Any = None) -> None:
        told.append(fraction)
        if len(told) == 9:
            raise errors.Cancelled()

    with pytest.raises(errors.Cancelled):
        table.paint_ahead(interrupted)
    assert len(told) == 9 and table.painted == [1.0]
    assert np.array_equal(table.look(0.9), table.layer(0.9))


class Waiting(engine.Engine):
    """An engine that has nothing to do, and no worker."""

    def __init__(self) -> None:
        self._inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
        self._ahead = None


@pytest.fixture
def waiting(monkeypatch: pytest.MonkeyPatch) -> Waiting:
    monkeypatch.setattr(engine, "CALM", 0.0)
    return Waiting()


def test_a_request_drops_what_is_painted_ahead_at_its_next_word(waiting):
    words = []

    def long(report: Report) -> None:
        for _ in range(100):
            words.append("painting")
            if len(words) == 3:
                waiting._inbox.put("request")
            report(0.5, "painting")

    waiting._ahead = long
    assert waiting._next() == "request"
    assert len(words) == 3
    assert waiting._ahead is None


def test_a_request_that_is_there_already_goes_first(waiting):
    waiting._ahead = lambda report: pytest.fail("it should not begin")
    waiting._inbox.put("request")
    assert waiting._next() == "request"


def test_what_fails_ahead_of_a_request_harms_none(waiting, capsys):
    def failing(report: Report) -> None:
        waiting._inbox.put("request")
        raise RuntimeError("out of memory")

    waiting._ahead = failing
    assert waiting._next() == "request"
    assert "out of memory" in capsys.readouterr().err
