"""The plug-in in the real GIMP without a window: every kind of layer comes out as the engine itself paints it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nst_core import raster, schema, stylize
from nst_core.weights import Store
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import PAINTING, WIRE, Case, Outcome, Profile, make_profile, scenery

pytestmark = pytest.mark.hosts

MARGIN = 64  # what the plug-in promises to read around a selection
STRENGTH = 0.8


WHOLE = [
    Case("u8", scenery(96, 80)),
    Case("u8-opaque", scenery(97, 75, 1), alpha=False),
    Case("u8-small-layer", scenery(70, 60, 2), offset=(30, -12), canvas=(160, 120)),
    Case("u8-linear", scenery(64, 64, 3), precision="U8_LINEAR", depth="f32"),
    Case("u8-adobe", scenery(64, 64, 4), profile="new_rgb_adobe", depth="f32"),
    Case("u16", scenery(64, 48, 5), precision="U16_NON_LINEAR", depth="u16"),
    Case("u32", scenery(64, 48, 6), precision="U32_LINEAR", depth="f32"),
    Case("half", scenery(64, 48, 7), precision="HALF_LINEAR", depth="f32"),
    Case("float", scenery(96, 80, 8), precision="FLOAT_LINEAR", depth="f32"),
    Case("float-encoded", scenery(80, 60, 15), precision="FLOAT_NON_LINEAR", depth="f32"),
    Case("float-opaque", scenery(50, 61, 9), precision="FLOAT_NON_LINEAR", depth="f32", alpha=False),
    Case("double", scenery(64, 48, 10), precision="DOUBLE_LINEAR", depth="f32"),
    Case("in-group", scenery(64, 64, 11), group=True),
    Case("the-group", scenery(64, 64, 12), group=True, active="group"),
    Case("effect", scenery(64, 64, 14), (11, 7), (90, 80), effect="gegl:invert-gamma"),
    Case("masked", scenery(64, 64, 13), mask=np.repeat(np.arange(0, 256, 4, dtype=np.uint8)[:, None], 64, 1)),
]
SELECTED = [
    Case("u8-selected", scenery(300, 220), select=(120, 90, 40, 30)),
    Case("u8-feathered", scenery(260, 200, 1), select=(100, 80, 50, 40), feather=12),
    Case("u8-small-layer-feathered", scenery(180, 150, 2), (40, 25), (320, 240), select=(150, 120, 120, 60), feather=8),
    Case("float-feathered", scenery(260, 200, 3), precision="FLOAT_LINEAR", depth="f32", select=(100, 80, 50, 40), feather=12),
    Case("float-selected", scenery(200, 150, 4), precision="FLOAT_LINEAR", depth="f32", select=(0, 0, 10, 10), alpha=False),
    Case(
        "masked-feathered", scenery(128, 128, 5), select=(30, 30, 60, 60), feather=9, mask=np.eye(128, dtype=np.uint8) * 255 // 2
    ),
]
COLOURLESS = [Case("grey", scenery(64, 80), base="gray"), Case("indexed", scenery(80, 64, 1), base="indexed")]
UNCHANGED = [
    Case("u8-strength-0", scenery(64, 64), arguments={"strength": 0.0}),
    Case("u16-strength-0", scenery(64, 64), precision="U16_NON_LINEAR", depth="u16", arguments={"strength": 0.0}),
    Case("float-strength-0", scenery(64, 64), precision="FLOAT_NON_LINEAR", depth="f32", arguments={"strength": 0.0}),
    Case("u8-linear-strength-0", scenery(64, 64), precision="U8_LINEAR", depth="f32", arguments={"strength": 0.0}),
    Case("linear-strength-0", scenery(64, 64), precision="FLOAT_LINEAR", depth="f32", arguments={"strength": 0.0}),
]
GOOD = [*WHOLE, *SELECTED, *COLOURLESS, *UNCHANGED]

names = [case.name for case in GOOD]


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def painting(shared: Path) -> Path:
    return shared / "pictures" / "samples" / PAINTING


@pytest.fixture(scope="module")
def outcomes(profile: Profile, painting: Path) -> dict[str, Outcome]:
    """All good cases, in one start of GIMP with one worker."""
    for case in GOOD:
        case.arguments = {"style": str(painting), "strength": STRENGTH, **case.arguments}
    # One thread, as `one_thread` has it.
    return profile.cases(GOOD, "good", more={"OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def engine(shared: Path, painting: Path, tmp_path_factory: pytest.TempPathFactory):
    """The engine without worker, wire or host: (height, width, channels) pixels in, painted ones out."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_MODELS_MIRROR", str(shared / "weights" / "mirror"))
        warm, store = stylize.Warm(), Store(tmp_path_factory.mktemp("models"))

        def paint(pixels: np.ndarray, strength: float) -> np.ndarray:
            content = raster.Raster(np.ascontiguousarray(pixels), "RGBA" if pixels.shape[2] == 4 else "RGB")
            task = stylize.Task(content, (stylize.Style(painting),), schema.DEFAULT_METHOD, {"strength": strength})
            return stylize.stylize(task, warm, store, lambda *_: None, lambda _: None).raster.pixels

        yield paint


def region(outcome: Outcome) -> tuple[int, int, int, int]:
    """Left, top, right and bottom, in the layer, of what the plug-in must have read: from the selection's own pixels."""
    width, height = outcome.said["before"]["size"]
    if not outcome.said["selection"]:
        return 0, 0, width, height
    x, y = outcome.case.offset
    canvas = outcome.selection()
    rows, columns = np.nonzero(canvas)
    inside = (columns >= x) & (columns < x + width) & (rows >= y) & (rows < y + height)
    columns, rows = columns[inside] - x, rows[inside] - y
    left, top = max(0, columns.min() - MARGIN), max(0, rows.min() - MARGIN)
    return left, top, min(width, columns.max() + 1 + MARGIN), min(height, rows.max() + 1 + MARGIN)


def source(outcome: Outcome) -> np.ndarray:
    """The pixels that travelled, without alpha where the layer has none."""
    left, top, right, bottom = region(outcome)
    pixels = outcome.wire("before")[top:bottom, left:right, : len(outcome.case.channels)].copy()
    if outcome.case.effect:
        pixels[..., :3] = 255 - pixels[..., :3]  # what gegl:invert-gamma shows
    return pixels


def expected(outcome: Outcome, engine) -> np.ndarray:
    """What the new layer must hold, always with alpha."""
    painted = engine(source(outcome), outcome.case.arguments["strength"])
    if painted.shape[2] == 4:
        return painted
    opaque = np.full((*painted.shape[:2], 1), WIRE[outcome.case.depth][1], painted.dtype)
    return np.concatenate([painted, opaque], 2)


def tolerance(case: Case) -> float:
    """How far the layer's own precision lets its pixels lie from what was written, in units of the wire."""
    if case.precision.startswith("HALF"):
        return 2e-3  # 11 bits of linear light, encoded
    if case.precision == "U8_LINEAR":
        return 0.03  # half a step of 1/255 in the darkest linear light, encoded
    if case.profile:
        return 8e-3  # half a step of the other profile, whose primaries lie farther apart
    if case.depth != "f32":
        return 0
    return 5e-6 if converted(case) else 1e-6


def converted(case: Case) -> bool:
    """Whether the layer's colours were converted to floats on their way. Of its conversions babl takes the fastest that is near
    enough, judged by a stopwatch: the plug-in may have read the same pixels some 1e-6 apart from this test."""
    return case.depth == "f32" and not (case.precision == "FLOAT_NON_LINEAR" and case.alpha)


@pytest.mark.parametrize("name", names)
def test_succeeds(outcomes: dict[str, Outcome], name: str):
    assert outcomes[name].status == "success", outcomes[name].message


@pytest.mark.parametrize("case", [*WHOLE, *SELECTED, *UNCHANGED], ids=lambda case: case.name)
def test_new_layer_is_what_the_engine_paints(outcomes: dict[str, Outcome], engine, case: Case):
    outcome = outcomes[case.name]
    got, want = outcome.wire("new").astype(np.float64), expected(outcome, engine).astype(np.float64)
    assert got.shape == want.shape
    visible = want[..., 3] > 0  # what a colour is where nothing shows, babl doesn't keep in every format
    difference = np.abs(got - want)
    assert difference[..., 3].max() <= tolerance(case)
    if converted(case) and case.arguments["strength"] > 0:
        # Another last bit is another rounding in bfloat16, and then the whole picture is, by 47 dB and more.
        assert np.sqrt((difference[visible] ** 2).mean()) <= 0.01
    else:
        assert difference[visible].max() <= tolerance(case)


@pytest.mark.parametrize("case", [*WHOLE, *SELECTED], ids=lambda case: case.name)
def test_new_layer_is_painted(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    colours = outcome.wire("new")[..., :3].astype(np.float64) - source(outcome)[..., :3]
    assert np.abs(colours).mean() > 0.03 * WIRE[case.depth][1]


@pytest.mark.parametrize("case", UNCHANGED, ids=lambda case: case.name)
def test_strength_0_gives_the_layer_bit_for_bit(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    assert outcome.native("new") == outcome.native("before")


@pytest.mark.parametrize("name", names)
def test_source_is_untouched(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    assert outcome.native("after") == outcome.native("before")
    before = outcome.said["tree_before"]
    kept = [row for row in outcome.tree if row["name"] in outcome.old]
    still = ("name", "parent", "box", "type", "mask", "visible", "opacity")
    assert [[row[key] for key in still] for row in kept] == [[row[key] for key in still] for row in before]


def test_source_keeps_its_effect(outcomes: dict[str, Outcome]):
    assert outcomes["effect"].said["effects"] == 1


@pytest.mark.parametrize("name", names)
def test_new_layer_lies_right_above_its_source_and_is_active(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    new = outcome.new
    wanted = "group" if outcome.case.active == "group" else "source"
    (old,) = (row for row in outcome.tree if row["name"] == wanted)
    assert (new["parent"], new["position"] + 1) == (old["parent"], old["position"])
    assert [row["name"] for row in outcome.tree if row["active"]] == [new["name"]]
    left, top, right, bottom = region(outcome)
    assert new["box"] == [old["box"][0] + left, old["box"][1] + top, right - left, bottom - top]


def test_new_layer_says_how_it_was_made(outcomes: dict[str, Outcome]):
    assert outcomes["u8"].new["name"] == "style hokusai great wave 928px, Quick, 80 %"
    note = outcomes["u8"].said["new"]["note"]
    assert note["method"] == schema.DEFAULT_METHOD and note["parameters"]["strength"] == STRENGTH
    assert note["styles"] == [{"name": PAINTING, "weight": 1.0}]
    assert set(outcomes["u8"].said["new"]["seconds"]) >= {"read", "job", "insert", "total"}


@pytest.mark.parametrize("case", SELECTED, ids=lambda case: case.name)
def test_selection_becomes_the_mask(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    left, top, right, bottom = region(outcome)
    x, y = case.offset
    want = outcome.selection()[y + top : y + bottom, x + left : x + right]
    if case.mask is not None:
        want = np.minimum(want, case.mask[top:bottom, left:right] / 255)
    assert 0.9 < outcome.selection().max() <= 1
    assert np.abs(outcome.mask() - want).max() <= 1e-6


def test_own_mask_of_the_source_is_kept(outcomes: dict[str, Outcome]):
    outcome = outcomes["masked"]
    assert outcome.case.mask is not None
    assert np.abs(outcome.mask() - outcome.case.mask / 255).max() <= 1e-6


def test_without_a_selection_there_is_no_mask(outcomes: dict[str, Outcome]):
    assert not outcomes["u8"].new["mask"]


def test_grey_image_takes_the_lightness_of_the_painting(outcomes: dict[str, Outcome], engine):
    outcome = outcomes["grey"]
    painted = expected(outcome, engine)[..., :3] / 255
    # babl's luminance: linear light, weighted with sRGB's primaries as adapted to D50.
    linear = np.where(painted <= 0.04045, painted / 12.92, ((painted + 0.055) / 1.055) ** 2.4)
    light = linear @ [0.22248840, 0.71690369, 0.06060791]
    want = np.where(light <= 0.0031308, light * 12.92, 1.055 * light ** (1 / 2.4) - 0.055)
    got = outcome.wire("new")[..., :3] / 255
    assert np.abs(got - want[..., None]).max() <= 1.5 / 255
    assert outcome.new["type"] == "graya-image"


def test_indexed_image_takes_the_nearest_colours_of_its_palette(outcomes: dict[str, Outcome], engine):
    outcome = outcomes["indexed"]
    palette = np.unique(outcome.wire("before")[..., :3].reshape(-1, 3), axis=0).astype(int)
    got = outcome.wire("new")[..., :3].reshape(-1, 3).astype(int)
    assert {tuple(row) for row in np.unique(got, axis=0)} <= {tuple(row) for row in palette}
    want = expected(outcome, engine)[..., :3].reshape(-1, 1, 3).astype(int)
    nearest = np.abs(want - palette).max(2).min(1)
    assert np.abs(want[:, 0] - got).max(1).mean() <= 1.5 * nearest.mean()
