"""The optimisation around the gradient: scales, averages, stopping, memory, seeds, guides, traces."""

from __future__ import annotations

import csv
import math
import weakref
from dataclasses import replace
from functools import partial

import pytest
import torch
from PIL import Image

from nst_core import errors, schema
from nst_core.gatys.objective import ContentTerm, Objective, Tally, named
from nst_core.gatys.optimisers import Adam
from nst_core.gatys.precision import dtype_of
from nst_core.gatys.recipe import BEST, DRAFT, PRESETS, for_network, layer_weights, recipe
from nst_core.gatys.room import KEPT_COST, SMALLEST_TILE, TILE_COST, TILE_VALUES, Room
from nst_core.gatys.run import PATIENCE, Run, settled
from nst_core.gatys.scales import grown, scales
from nst_core.gatys.stream import VggStream
from nst_core.gatys.targets import VARIANCE_ROWS, more_at_the_border, variance
from nst_core.gatys.tiles import Box
from nst_core.gatys.views import TURN, VIEWS, View
from nst_core.gatys.whole import WholeNetwork
from nst_core.methods import gatys
from nst_core.methods.painter import Style
from nst_core.progress import silent
from nst_core.regions import Regions
from nst_core.resampling import bandlimited, resized
from tests.gatys.networks import random_state, random_vgg, textured

CONTENT, STYLE = textured(48, 64), textured(60, 44, 1)


@pytest.fixture(scope="module")
def painter():
    return gatys.build("vgg19", random_vgg(19, "conv2_2").state_dict(), torch.device("cpu"))


def paint(painter, report=silent, content=CONTENT, styles=(STYLE,), **given):
    parameters = schema.check("gatys", {"model": "vgg19", "precision": "float32", **given})
    prepared = painter.prepare([Style(style) for style in styles], silent)
    return painter.render(content, prepared, parameters, report)


@pytest.mark.parametrize("preset", ["best", "draft", "classic"])
@pytest.mark.parametrize(("height", "width"), [(33, 50), (5, 40), (1, 1)])
def test_every_preset_gives_back_the_size_it_was_given(painter, preset, height, width):
    content = textured(height, width)
    before = content.clone()
    painted = paint(painter, content=content, preset=preset, iterations=2)
    assert painted.shape == content.shape
    assert 0 <= painted.min() <= painted.max() <= 1
    assert torch.equal(content, before)
    assert not torch.equal(painted, content)


@pytest.mark.parametrize("preset", ["best", "classic"])
def test_a_seed_repeats_a_run_bit_for_bit(painter, preset):
    runs = [paint(painter, preset=preset, iterations=3, init="mix", seed=seed) for seed in (1, 1, 2)]
    assert torch.equal(runs[0], runs[1])
    assert not torch.equal(runs[0], runs[2])


def test_noise_and_content_are_what_a_run_begins_with(painter):
    """After no real step: with a learning rate near nothing the start itself comes back."""
    still = {"preset": "classic", "optimiser": "adam", "learning_rate": "1e-9", "iterations": 1}
    assert torch.allclose(paint(painter, init="content", **still), CONTENT, atol=1e-6)
    noise, mixed = paint(painter, init="noise", **still), paint(painter, init="mix", noise_ratio=0.7, **still)
    assert (noise - 0.5).abs().max() < 20.1 / 255
    assert torch.allclose(mixed, 0.3 * CONTENT + 0.7 * noise, atol=1e-6)


def test_a_draft_begins_even_ground_uneven_where_larger_scales_follow(painter):
    """As strong as the recipe says, by the seed; a picture that is painted at one size only is taken as it is."""
    still, even = {"preset": "draft", "learning_rate": "1e-9"}, torch.full((1, 3, 96, 200), 0.5)
    first, again, other = (paint(painter, content=even, seed=seed, **still) for seed in (1, 1, 2))
    assert torch.equal(first, again)
    assert not torch.equal(first, other)
    assert float(resized(first, 48, 100).std()) == pytest.approx(DRAFT.grain, rel=0.4)
    assert torch.allclose(paint(painter, content=even[:, :, :, :150], **still), even[:, :, :, :150], atol=1e-6)


class Counting:
    """A report that raises at its call number `at`, and remembers the fractions that it was told."""

    def __init__(self, at=10**9, error=errors.Cancelled):
        self.at, self.error, self.fractions = at, error, []

    def __call__(self, fraction, stage, preview=None):
        self.fractions.append(fraction)
        if len(self.fractions) == self.at:
            raise self.error()


def test_progress_goes_from_nothing_to_all_without_a_step_back(painter):
    report = Counting()
    paint(painter, report, preset="best", iterations=5)
    assert report.fractions[0] == 0
    assert report.fractions[-1] > 0.9
    assert report.fractions == sorted(report.fractions)


def test_cancel_ends_it_and_finish_keeps_the_newest(painter, tmp_path):
    with pytest.raises(errors.Cancelled):
        paint(painter, Counting(40), preset="classic", iterations=1000)
    losses = tmp_path / "kept.csv"
    kept = paint(painter, Counting(200, errors.Finish), preset="classic", iterations=1000, losses=str(losses))
    done = len(table(losses))
    assert 0 < done < 200
    assert torch.equal(kept, paint(painter, preset="classic", iterations=done))


def table(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_a_finish_before_the_first_iterate_gives_the_content(painter):
    assert torch.allclose(paint(painter, Counting(1, errors.Finish), preset="best"), CONTENT, atol=1e-6)


def test_losses_and_snapshots_are_written(painter, tmp_path):
    given = {"preset": "classic", "iterations": 9, "tv_weight": "0.5", "every": 4}
    paint(painter, losses=str(tmp_path / "l.png"), snapshots=str(tmp_path / "steps"), **given)
    rows = table(tmp_path / "l.csv")
    assert [row["iteration"] for row in rows] == [str(number) for number in range(1, 10)]
    terms = [name for name in rows[0] if name not in ("iteration", "side", "total")]
    assert terms == ["content conv2_2", "style conv1_1", "style conv2_1", "total variation"]
    for row in rows:
        assert sum(float(row[name]) for name in terms) == pytest.approx(float(row["total"]))
    colours = Image.open(tmp_path / "l.png").convert("RGB").getcolors(1 << 20)
    assert colours is not None and len(colours) > len(terms)
    assert sorted(path.name for path in (tmp_path / "steps").iterdir()) == ["00004.png", "00008.png"]


def test_strength_moves_from_the_content_to_the_style(painter):
    away = [(paint(painter, preset="best", iterations=6, strength=s) - CONTENT).norm() for s in (0.1, 0.5, 1.0)]
    assert away[0] < away[1] < away[2]


def test_content_strength_keeps_more(painter):
    away = [(paint(painter, preset="best", iterations=8, content_strength=s) - CONTENT).norm() for s in (0.0, 0.5, 1.0)]
    assert away[0] > away[1] > away[2]


@pytest.mark.parametrize(("height", "width"), [(48, 64), (20, 90)])  # the second is smaller than the network's smallest
def test_a_guide_leaves_the_rest_alone(painter, height, width):
    content, left = textured(height, width), width // 3
    mask = torch.zeros(1, height, width, dtype=torch.uint8)
    mask[:, :, :left] = 255
    given = schema.check(
        "gatys", {"model": "vgg19", "precision": "float32", "iterations": 5, "tv_weight": "0"}
    )  # it smooths all over
    styles = painter.in_regions(painter.prepare([Style(STYLE)], silent), Regions(((0,),), (1.0,), mask))
    moved = (painter.render(content, styles, given, silent) - content).abs().mean((0, 1, 2))
    assert moved[:left].mean() > 5 * moved[-left:].mean()


def test_styles_count_in_proportion_to_their_weights(painter):
    def mixed(*weights):
        parameters = schema.check("gatys", {"model": "vgg19", "preset": "classic", "iterations": 4})
        styles = [Style(STYLE, weights[0]), Style(textured(50, 50, 7), weights[1])]
        return painter.render(CONTENT, painter.prepare(styles, silent), parameters, silent)

    assert torch.equal(mixed(1, 0), paint(painter, preset="classic", iterations=4))
    assert torch.allclose(mixed(1, 3), mixed(2, 6), atol=1e-5)
    assert not torch.allclose(mixed(1, 3), mixed(3, 1), atol=1e-3)


def test_out_of_memory_lowers_the_tile_and_goes_on(painter, monkeypatch):
    wanted = paint(painter, preset="classic", iterations=3)
    measure, failures = VggStream.measure, []

    def failing(self, *arguments):
        if self.room.tile > 2**24:
            failures.append(self.room.tile)
            raise torch.OutOfMemoryError("out of memory")
        return measure(self, *arguments)

    monkeypatch.setattr(VggStream, "measure", failing)
    told: list[str] = []
    monkeypatch.setattr(painter, "log", told.append)
    assert torch.allclose(paint(painter, preset="classic", iterations=3), wanted, atol=1e-5)
    assert failures
    assert any("smaller tiles" in line for line in told)


def test_a_network_without_tiles_does_not_try_the_same_again(monkeypatch):
    tried = []

    def failing(self, *arguments):
        tried.append(1)
        raise torch.OutOfMemoryError("out of memory")

    monkeypatch.setattr(WholeNetwork, "measure", failing)
    with pytest.raises(torch.OutOfMemoryError):
        paint(gatys.build("squeezenet1_1", random_state("squeezenet1_1"), torch.device("cpu")), model="squeezenet1_1")
    assert len(tried) == 1


def test_tiles_are_as_large_as_what_is_kept_leaves_room_for(painter, monkeypatch):
    """A quarter of it, as operators make copies; several views are kept too, and less where features have half the bits."""

    def tile(free, precision="float32", preset="classic"):
        monkeypatch.setattr(gatys.device, "budget", lambda place: kept + free)
        parameters = schema.check("gatys", {"model": "vgg19", "precision": precision, "preset": preset})
        run, _ = painter.run(CONTENT, painter.prepare([Style(STYLE)], silent), parameters, silent)
        return run.network.room.tile

    kept = 48 * 64 * painter.facts.bytes_per_pixel
    assert tile(8e7) == pytest.approx(2e7)
    assert 2e7 < tile(8e7, "bfloat16") < 2e7 + kept / 4
    assert 2e7 - kept / 4 < tile(8e7, preset="best") < 2e7
    assert tile(-1e9) == SMALLEST_TILE


def test_what_a_tile_has_no_use_for_keeps_outputs_until_memory_runs_out():
    cpu = torch.device("cpu")
    most = TILE_VALUES * 4
    assert Room.within(1e10, cpu, torch.float32) == Room(most, (1e10 - TILE_COST * most) / KEPT_COST)
    assert Room.within(1e8, cpu, torch.float32) == Room(2.5e7, 0)
    assert Room.within(1e10, torch.device("cuda"), torch.float32) == Room(2.5e9, 0)
    assert Room(most, 1e9).less(1e12) == Room(most / 2, 0)
    assert Room(most, 1e9).less(3e7) == Room(1.5e7, 0)
    assert Room(SMALLEST_TILE).least and not Room(most).least


def test_where_memory_is_short_one_view_is_kept_at_a_time(painter, monkeypatch):
    """Until the second turn the picture is the one without views; each view's content is gone before the next one's is there."""
    began: list[View] = []
    contents: list[weakref.ref[torch.Tensor]] = []
    together: list[int] = []
    goal_of = Run._goal

    def goal(self, content, view, stage):
        together.append(sum(content() is not None for content in contents))
        found = goal_of(self, content, view, stage)
        began.append(view)
        contents.extend(weakref.ref(term.target) for term in found.content.values())
        return found

    monkeypatch.setattr(Run, "_goal", goal)
    monkeypatch.setitem(PRESETS, "best", replace(BEST, first_side=0))
    given = {"preset": "best", "iterations": TURN}
    all_kept = paint(painter, **given)
    assert (began, together) == (list(VIEWS), [0, 1, 2, 3])
    monkeypatch.setattr(gatys.device, "budget", lambda place: 1e5)  # bytes: for fewer pixels than 48 x 64
    for recorded in (began, contents, together):
        recorded.clear()
    turn = paint(painter, **given)
    assert not torch.allclose(turn, all_kept, atol=1e-2)
    paint(painter, preset="best", iterations=5 * TURN)
    assert (began, together) == ([VIEWS[0], *VIEWS, VIEWS[0]], [0] * 6)
    monkeypatch.setitem(PRESETS, "best", replace(BEST, first_side=0, views=1))
    assert torch.equal(turn, paint(painter, **given))


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16])
def test_a_contents_variance_is_that_of_all_its_values(dtype):
    features = (torch.rand(1, 8, 2 * VARIANCE_ROWS + 5, 30) + torch.linspace(0, 9, 2 * VARIANCE_ROWS + 5)[:, None]).to(dtype)
    for lying in (torch.contiguous_format, torch.channels_last):
        found = variance(features.contiguous(memory_format=lying))
        assert found == pytest.approx(float(features.double().var(correction=0)), rel=1e-5)


def test_a_run_ends_when_nothing_moves_any_more(painter, tmp_path):
    losses = tmp_path / "l.csv"
    paint(painter, preset="classic", iterations=500, tolerance="0.2", losses=str(losses))
    assert 2 * PATIENCE <= len(table(losses)) < 200
    assert settled([1.0] * 2 * PATIENCE, 1e-3)
    assert not settled([1.0] * 2 * PATIENCE, 0.0)
    assert not settled([2.0] * PATIENCE + [1.0] * PATIENCE, 1e-3)


def test_scales_grow_to_the_pictures_own_size():
    sizes = [(scale.height, scale.width) for scale in scales(300, 400, BEST)]
    assert sizes[-1] == (300, 400)
    assert sizes == sorted(sizes)
    assert BEST.first_side * 0.8 < sizes[0][1] < BEST.first_side * 1.5
    for smaller, larger in zip(sizes, sizes[1:]):
        assert larger[1] / smaller[1] == pytest.approx(BEST.step, rel=0.02)


@pytest.mark.parametrize("detail", [0.0, 0.4, 1.0])
def test_a_grown_picture_brings_back_detail_from_the_content(detail):
    content = textured(48, 64) * 0.8 + 0.1
    blurred = bandlimited(resized(content, 24, 32), 48, 64)
    found = grown(resized(content, 24, 32), content, detail)
    assert torch.allclose(found, blurred.lerp(content, detail), atol=1e-6)
    same = grown(content, content, detail)
    assert torch.equal(same, content) and same.data_ptr() != content.data_ptr()


def constant(gradient: torch.Tensor, x: torch.Tensor) -> tuple[float, torch.Tensor]:
    return 0.0, gradient


def test_adam_is_torchs():
    ours, theirs = torch.ones(1, 3, 4, 4), torch.ones(1, 3, 4, 4, requires_grad=True)
    reference = torch.optim.Adam([theirs], lr=0.1, betas=(0.9, 0.99))
    adam = Adam(0.1, (0.9, 0.99))
    for seed in range(5):
        gradient = textured(4, 4, seed)
        adam.step(ours, partial(constant, gradient))
        theirs.grad = gradient
        reference.step()
    assert torch.allclose(ours, theirs, atol=1e-6)


def test_levels_move_what_a_region_agrees_on_faster():
    """A gradient that is even moves every level alike; one that changes its sign from pixel to pixel moves only the finest."""
    even = torch.ones(1, 3, 8, 8)
    woven = even * torch.tensor([1.0, -1.0]).repeat(4)
    for gradient, wanted in ((even, 3.0), (woven, 1.0)):
        picture = torch.zeros(1, 3, 8, 8)
        Adam(0.1, levels=3).step(picture, partial(constant, gradient))
        assert torch.allclose(picture, -0.1 * wanted * gradient, atol=1e-6)


def test_levels_hardly_show_their_grid():
    """Steps of the picture between squares of two by two against those within, after noise: 1.22 when squares shared nothing."""
    picture, generator = torch.zeros(1, 3, 128, 128), torch.Generator().manual_seed(0)
    adam = Adam(0.1, (0.9, 0.99), levels=5, damping=1.0)
    for _ in range(10):
        adam.step(picture, partial(constant, torch.randn(picture.shape, generator=generator)))
    steps = picture.diff(dim=2).abs().mean((0, 1, 3))
    assert float(steps[1::2].mean() / steps[0::2].mean()) == pytest.approx(1, abs=0.16)


def test_damping_leaves_even_ground_in_peace():
    gradient = torch.ones(1, 3, 8, 8)
    gradient[..., 4:] = 0.01
    plain, damped = torch.zeros(2, 1, 3, 8, 8)
    Adam(0.1).step(plain, partial(constant, gradient))
    Adam(0.1, damping=1.0).step(damped, partial(constant, gradient))
    assert torch.allclose(plain[..., 4:], plain[..., :4], atol=1e-6)
    assert damped[..., 0].abs().min() > 30 * damped[..., -1].abs().max()


@pytest.mark.parametrize("view", [View(), View(3, 0), View(0, 5), View(7, 2)])
def test_a_view_mirrors_what_it_adds_and_has_autograds_adjoint(view):
    picture = textured(12, 9).double().requires_grad_()
    seen = view.of(picture)
    assert torch.equal(seen[:, :, view.rows :, view.columns :], picture)
    assert torch.equal(seen[:, :, view.rows :, : view.columns], picture[..., 1 : view.columns + 1].flip(3))
    height, width = seen.shape[2:]
    weight = textured(height, width, 3).double()
    (wanted,) = torch.autograd.grad((seen * weight).sum(), picture)
    assert torch.allclose(view.back(weight, picture.detach()), wanted)


def test_views_begin_differently_for_every_pool():
    corners = [(view.rows, view.columns) for view in VIEWS]
    assert {(row % 2, column % 2) for row, column in corners} == {(0, 0), (0, 1), (1, 0), (1, 1)}
    assert {row % 4 for row, _ in corners} == {column % 4 for _, column in corners} == {0, 1, 2, 3}
    assert len({(row % 8, column % 8) for row, column in corners}) == 4


def test_lbfgs_always_sees_the_plain_picture_and_in_full_precision():
    chosen = recipe(schema.check("gatys", {"optimiser": "lbfgs"}))
    assert (chosen.views, chosen.precision) == (1, "float32")
    assert recipe(schema.check("gatys", {"optimiser": "lbfgs", "precision": "bfloat16"})).precision == "bfloat16"
    assert recipe(schema.check("gatys", {})).views > 1


@pytest.mark.parametrize("preset", ["draft", "best"])
def test_bfloat16_paints_the_same_picture(painter, preset):
    full, low = (paint(painter, preset=preset, iterations=24, precision=name) for name in ("float32", "bfloat16"))
    assert -10 * (full - low).square().mean().log10() > 48  # plain Adam: 41 and 46


def test_best_is_precise_in_coarse_scales_and_a_draft_is_fast_throughout(painter, monkeypatch):
    """What coarse scales differ by would be another picture in the end: with bfloat16 in all of them, 30 dB instead of 47."""
    content, seen = textured(32, 190), set()
    measure = VggStream.measure

    def watched(self, picture, *others):
        seen.add((next(width for width in (190, 134, 95) if picture.shape[3] >= width), self._dtype))  # a view may add to it
        return measure(self, picture, *others)

    def dtypes(preset, precision="auto"):
        monkeypatch.setitem(PRESETS, preset, replace(PRESETS[preset], coarse_iterations=2))
        seen.clear()
        paint(painter, content=content, preset=preset, iterations=2, precision=precision)
        return [dtype for _, dtype in sorted(seen, key=lambda one: one[0])]

    low = torch.bfloat16
    monkeypatch.setattr(VggStream, "measure", watched)
    monkeypatch.setattr(gatys, "dtype_of", lambda name, place: getattr(torch, "bfloat16" if name == "auto" else name))
    assert dtypes("best") == [torch.float32, torch.float32, low]
    assert dtypes("draft") == [low, low]  # scales of 95 and 190
    assert dtypes("best", "bfloat16") == [low, low, low]
    monkeypatch.setattr("nst_core.gatys.run.COARSE_PIXELS", 32 * 100)  # between the scales
    assert dtypes("best") == [torch.float32, low, low]


def test_the_content_counts_more_at_the_border():
    features, target = (torch.rand(1, 4, 5, 8, dtype=torch.float64) for _ in range(2))
    counts = more_at_the_border(features, 3.0, 1.5).double()
    assert counts[2, 4] == pytest.approx(1 + 3 * math.exp(-2 / 1.5))
    assert counts[1, 7] == counts[0, 3] == counts[4, 0] == pytest.approx(4.0)
    goal = Objective({}, {"one": ContentTerm(0.7, target, counts)})
    tally = Tally(goal)
    for box in (Box(0, 5, 0, 6), Box(0, 5, 6, 8)):
        tally.add("one", features[(..., *box.slices)], box)
    tally.close()
    features.requires_grad_()
    energy = 0.7 * (counts * (features - target).square()).sum()
    (wanted,) = torch.autograd.grad(energy, features)
    assert named(tally.values, goal)["content one"] == pytest.approx(energy.item())
    found = tally.gradient("one", features.detach()[..., 6:], Box(0, 5, 6, 8))
    assert torch.allclose(found, wanted[..., 6:])


def test_layers_are_chosen_from_what_the_weights_have():
    told: list[str] = []
    names = list(random_vgg(19, "conv3_4").places)
    chosen = for_network(recipe(schema.check("gatys", {})), "vgg19", names, told.append)
    assert list(chosen.style) == ["conv1_1", "conv2_1", "conv3_1"]
    assert list(chosen.content) == ["conv3_3"]
    assert len(told) == 2
    assert all("conv3_4" in line for line in told)


@pytest.mark.parametrize("text", ["conv1_1:x", ":1", "conv1_1:-1", "conv1_1:inf"])
def test_layer_weights_that_are_none_are_refused(text):
    with pytest.raises(errors.UsageError, match="write for instance"):
        layer_weights(text)


def test_layers_that_the_network_lacks_are_refused(painter):
    with pytest.raises(errors.UsageError, match=r"no layer conv9_9: it has conv1_1, conv1_2"):
        paint(painter, style_layers="conv9_9")


@pytest.mark.parametrize(("name", "value"), [("tolerance", "much"), ("style_layers", "conv1_1;conv2_1"), ("precision", "int8")])
def test_expert_texts_are_checked(name, value):
    with pytest.raises(errors.UsageError, match=name):
        schema.check("gatys", {name: value})


def test_numbers_that_the_device_does_not_have_are_refused():
    assert dtype_of("float64", torch.device("cpu")) == torch.float64
    with pytest.raises(errors.UsageError, match="device mps has no numbers of precision float64"):
        dtype_of("float64", torch.device("mps"))


@pytest.mark.parametrize(
    ("given", "exact"), [({"preset": "classic"}, True), ({"precision": "float32"}, True), ({"precision": "auto"}, False)]
)
def test_float32_is_exact_where_it_is_asked_for(painter, given, exact):
    seen = set()
    paint(painter, lambda *_: seen.add(torch.backends.cudnn.allow_tf32), iterations=2, **{"precision": "auto", **given})
    assert seen == {not exact}


def test_weights_that_do_not_fit_are_refused():
    with pytest.raises(errors.ModelError, match="model vgg19: the weights do not fit"):
        gatys.build("vgg19", {"decoder.weight": torch.zeros(1)}, torch.device("cpu"))
    with pytest.raises(errors.ModelError, match="'microast' is unknown to method gatys"):
        gatys.build("microast", {}, torch.device("cpu"))
