"""The plug-in in the real Krita without a window: every kind of layer comes out as the engine itself paints it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import scenery
from tests.hosts.krita_driver import DEPTHS, PAINTING, SRGB, Case, Outcome, Profile, make_profile
from tests.hosts.own_engine import Paint, own_engine

pytestmark = pytest.mark.hosts

MARGIN = 64  # what the plug-in promises to read around a selection
STRENGTH = 0.8
LINEAR = "sRGB-elle-V2-g10.icc"
ADOBE = "ClayRGB-elle-V2-g22.icc"
CMYK = ("CMYKA", "U8", "Chemical proof")
FINE = "arbitrary"


def opaque(width: int, height: int, seed: int = 0) -> np.ndarray:
    picture = scenery(width, height, seed)
    picture[..., 3] = 1
    return picture


WHOLE = [
    Case("u8", opaque(96, 80)),
    Case("u8-alpha", scenery(97, 75, 1)),
    Case("u8-small-layer", scenery(70, 60, 2), offset=(30, 12), canvas=(160, 120)),
    Case("u8-over-the-edge", opaque(120, 60, 3), offset=(-40, 12), canvas=(100, 90)),
    Case("u8-far-over-the-edge", opaque(200, 150, 4), offset=(-100, 12), canvas=(130, 60)),
    Case("u8-in-group", scenery(64, 64, 5), group=True),
    Case("u16", scenery(64, 48, 6), depth="U16"),
    Case("u16-small-layer", opaque(64, 80, 7), offset=(10, 20), canvas=(128, 128), depth="U16"),
    Case("f16", scenery(64, 48, 8), depth="F16"),
    Case("f32", scenery(96, 80, 9), depth="F32"),
    Case("f32-small-layer", scenery(50, 61, 10), offset=(10, 20), canvas=(128, 128), depth="F32"),
    Case("u8-microast", opaque(96, 80, 11), method="arbitrary"),
]
SELECTED = [
    Case("u8-selected", opaque(300, 220), select=(120, 90, 40, 30)),
    Case("u8-feathered", scenery(260, 200, 1), select=(100, 80, 50, 40), feather=12),
    Case("u8-small-layer-feathered", scenery(180, 150, 2), (40, 25), (320, 240), select=(150, 120, 120, 60), feather=8),
    Case("u8-selected-anew", scenery(260, 200, 3), select=(100, 80, 50, 40), feather=12, meanwhile="select"),
    Case("u16-feathered", scenery(260, 200, 4), depth="U16", select=(100, 80, 50, 40), feather=12),
    Case("f32-feathered", opaque(260, 200, 5), depth="F32", select=(100, 80, 50, 40), feather=12),
    Case("f32-corner", scenery(200, 150, 6), depth="F32", select=(-20, -20, 30, 30)),
]
CONVERTED = [
    Case("f32-linear", scenery(96, 80), depth="F32", profile=LINEAR, method=FINE),
    Case("f16-linear", scenery(96, 80, 1), depth="F16", profile=LINEAR, method=FINE),
    Case("u16-linear", scenery(96, 80, 2), depth="U16", profile=LINEAR, method=FINE),
    Case(
        "f32-linear-feathered",
        scenery(260, 200, 3),
        depth="F32",
        profile=LINEAR,
        method=FINE,
        select=(100, 80, 50, 40),
        feather=12,
    ),
]
UNCHANGED = [
    Case("u8-strength-0", scenery(64, 64), parameters={"strength": 0.0}),
    Case("u16-strength-0", scenery(64, 64), depth="U16", parameters={"strength": 0.0}),
    Case("f32-strength-0", scenery(64, 64), depth="F32", parameters={"strength": 0.0}),
    Case("f32-linear-strength-0", scenery(64, 64) * 3, depth="F32", profile=LINEAR, parameters={"strength": 0.0}),
    Case("u8-adobe-strength-0", scenery(64, 64), profile=ADOBE, parameters={"strength": 0.0}),
]
OTHERS = [
    Case("u8-adobe", opaque(64, 64, 4), profile=ADOBE),
    Case("the-group", scenery(64, 64, 1), group=True, active="group"),
    Case("masked", opaque(64, 64, 2), masked=(10, 10, 30, 40)),
    Case("deleted", scenery(600, 500, 3), group=True, meanwhile="delete"),
    Case("masked-selected", scenery(160, 120, 5), masked=(10, 10, 120, 90), select=(60, 40, 50, 30), feather=6),
    Case("fill", opaque(96, 80, 3), active="fill"),
]
KINDS = [
    Case("clone", scenery(96, 80, 1), active="clone"),
    Case("vector", opaque(96, 80), active="vector"),
    Case("file", scenery(96, 80, 2), active="file"),
    Case("filter", opaque(96, 80, 4), active="filter"),
    Case("group-passing", scenery(64, 64, 5), group=True, active="group", passing=True),
    Case("alpha-locked", scenery(64, 64, 6), locked=True),
    Case("u8-in-float-picture", scenery(64, 64, 7), document=("RGBA", "F32", LINEAR)),
    Case("f32-in-u8-picture", scenery(64, 64, 8), depth="F32", document=("RGBA", "U8", SRGB)),
    Case("u16-in-cmyk-picture", scenery(160, 120, 9), depth="U16", document=CMYK, select=(50, 40, 40, 30), feather=4),
]
WANTED = {"f16", "f16-linear", "u16-linear", "the-group", "fill"}  # of the others, what UNCHANGED has not
LEFT = [
    replace(case, name=f"{case.name}-strength-0", parameters={"strength": 0.0})
    for case in (*KINDS, *(case for case in (*WHOLE, *CONVERTED, *OTHERS) if case.name in WANTED))
]
GOOD = [*WHOLE, *SELECTED, *CONVERTED, *UNCHANGED, *OTHERS, *KINDS, *LEFT]

each = pytest.mark.parametrize("name", [case.name for case in GOOD])


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("krita"), shared)


@pytest.fixture(scope="module")
def painting(shared: Path) -> Path:
    return shared / "pictures" / "samples" / PAINTING


@pytest.fixture(scope="module")
def outcomes(profile: Profile, painting: Path) -> dict[str, Outcome]:
    """All cases, in one start of kritarunner with one worker."""
    for case in GOOD:
        case.style = str(painting)
        case.parameters = {"strength": STRENGTH, **case.parameters}
    return profile.cases(GOOD, "good")


@pytest.fixture(scope="module")
def engine(shared: Path, painting: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paint]:
    with own_engine(shared, tmp_path_factory.mktemp("models"), painting, STRENGTH) as paint:
        yield paint


def region(outcome: Outcome) -> tuple[slice, slice]:
    """Rows and columns, in the source, of what must have travelled: what it shows around the selection, or on the canvas."""
    case = outcome.case
    (x, y), (width, height) = case.offset, case.size
    canvas = (-x, -y, case.canvas[0] - x, case.canvas[1] - y)
    wanted = canvas if case.select is None else extent(outcome.plane("selection"))
    shown = outcome.pixels("before")[..., -1] if not case.masked else np.ones((height, width))
    left, top, right, bottom = extent(shown)
    return (
        slice(max(top, wanted[1] - MARGIN), min(bottom, wanted[3] + MARGIN)),
        slice(max(left, wanted[0] - MARGIN), min(right, wanted[2] + MARGIN)),
    )


def extent(plane: np.ndarray) -> tuple[int, int, int, int]:
    """Left, top, right and bottom of all that isn't 0."""
    rows, columns = np.nonzero(plane)
    return int(columns.min()), int(rows.min()), int(columns.max()) + 1, int(rows.max()) + 1


def share(pixels: np.ndarray) -> np.ndarray:
    """Pixels as shares of full scale."""
    return pixels.astype(np.float64) / (np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1)


def encoded(linear: np.ndarray) -> np.ndarray:
    """sRGB's curve (IEC 61966-2-1) over the colours of (…, 4) pixels in [0, 1]."""
    curved = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 0) ** (1 / 2.4) - 0.055)
    return np.concatenate([curved[..., :3], linear[..., 3:]], -1)


@each
def test_succeeds(outcomes: dict[str, Outcome], name: str):
    assert outcomes[name].error is None


@pytest.mark.parametrize("case", [*WHOLE, *SELECTED, *KINDS], ids=lambda case: case.name)
def test_new_layer_is_what_the_engine_paints(outcomes: dict[str, Outcome], engine, case: Case):
    outcome = outcomes[case.name]
    rows, columns = region(outcome)
    want = engine(outcome.pixels("before")[rows, columns], case.method)
    got = outcome.pixels("new")[rows, columns]
    if case.depth.startswith("U"):
        assert np.array_equal(got, want)
    else:
        assert np.abs(got.astype(np.float64) - want).max() <= 1e-6


@pytest.mark.parametrize("case", [*WHOLE, *SELECTED, *CONVERTED, *KINDS], ids=lambda case: case.name)
def test_new_layer_is_painted_there_and_nowhere_else(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    rows, columns = region(outcome)
    change = outcome.pixels("new").astype(np.float64) - outcome.pixels("before")
    assert np.abs(change[rows, columns, :3]).mean() > 0.03 * DEPTHS[case.depth][1]
    elsewhere = outcome.pixels("new").copy()
    elsewhere[rows, columns] = 0
    assert not elsewhere.any()


@each
def test_transparency_is_kept_bit_for_bit(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    if outcome.case.masked:
        return  # it shows through the mask: a test of its own
    rows, columns = region(outcome)
    before, new = (outcome.pixels(which)[rows, columns, -1] for which in ("before", "new"))
    assert np.array_equal(before, new)


@pytest.mark.parametrize("case", CONVERTED, ids=lambda case: case.name)
def test_linear_light_is_painted_as_the_eye_sees_it(outcomes: dict[str, Outcome], engine, case: Case):
    outcome = outcomes[case.name]
    full = DEPTHS[case.depth][1]
    rows, columns = region(outcome)
    before, new = (encoded(outcome.pixels(which)[rows, columns].astype(np.float64) / full) for which in ("before", "new"))
    sent, want = (share(pixels) for pixels in (outcome.sent(), engine(outcome.sent(), case.method)))
    # Krita's profiles hold sRGB's curve as a table (1.6e-4 off in the shadows).
    assert np.abs(sent - before).max() <= 1e-3
    assert np.abs(new - want).max() <= 1e-3


@pytest.mark.parametrize("case", [*UNCHANGED, *LEFT], ids=lambda case: case.name)
def test_strength_0_gives_the_layer_bit_for_bit(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    rows, columns = region(outcome)
    assert outcome.pixels("new")[rows, columns].tobytes() == outcome.pixels("before")[rows, columns].tobytes()


@each
def test_new_layer_has_the_colour_space_of_the_picture(outcomes: dict[str, Outcome], name: str):
    case = outcomes[name].case
    assert outcomes[name].said["space"] == [case.model, case.depth, case.profile]


@each
def test_source_is_untouched(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    assert outcome.bytes("after") == outcome.bytes("before")
    if outcome.case.meanwhile:
        return  # somebody else touched the picture
    before = [{**row, "place": 0} for row in outcome.said["tree_before"]]
    names = [row["name"] for row in before]
    assert [{**row, "place": 0} for row in outcome.tree if row["name"] in names] == before


@each
def test_new_layer_lies_right_above_its_source(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    if outcome.case.meanwhile == "delete":
        return  # a test of its own
    (old,) = (row for row in outcome.tree if row["name"] == outcome.case.active)
    assert (outcome.new["parent"], outcome.new["place"]) == (old["parent"], old["place"] + 1)
    assert (outcome.new["type"], outcome.new["opacity"], outcome.new["blending"]) == ("paintlayer", 255, "normal")
    assert outcome.new["visible"]


@pytest.mark.parametrize("case", [case for case in WHOLE if (case.content[..., 3] == 1).all()], ids=lambda case: case.name)
def test_new_layer_lies_where_the_source_lies(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    rows, columns = region(outcome)
    x, y = case.offset
    assert outcome.new["box"] == [x + columns.start, y + rows.start, columns.stop - columns.start, rows.stop - rows.start]


def test_new_layer_says_how_it_was_made(outcomes: dict[str, Outcome]):
    assert outcomes["u8"].new["name"] == "style hokusai great wave 928px, Quick, 80 %"
    assert outcomes["u8-microast"].new["name"] == "style hokusai great wave 928px, MicroAST, 80 %"


@pytest.mark.parametrize("case", [case for case in GOOD if case.select], ids=lambda case: case.name)
def test_selection_becomes_the_mask(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    (mask,) = (row for row in outcome.tree if row["parent"] == outcome.new["name"])
    assert mask["type"] == "transparencymask"
    assert outcome.plane("selection").max() > 230
    assert np.array_equal(outcome.plane("mask"), outcome.plane("selection"))


def test_without_a_selection_there_is_no_mask(outcomes: dict[str, Outcome]):
    assert not [row for row in outcomes["u8"].tree if row["type"] == "transparencymask"]


def test_what_a_mask_hides_is_hidden_in_the_new_layer(outcomes: dict[str, Outcome]):
    outcome = outcomes["masked"]
    assert outcome.case.masked is not None
    x, y, width, height = outcome.case.masked
    want = np.zeros(outcome.case.size[::-1], np.uint8)
    want[y : y + height, x : x + width] = 255
    assert np.array_equal(outcome.pixels("new")[..., 3], want)


def test_when_the_source_is_deleted_the_new_layer_comes_on_top(outcomes: dict[str, Outcome], engine):
    outcome = outcomes["deleted"]
    assert "source" not in [row["name"] for row in outcome.tree]
    tops = [row["name"] for row in outcome.tree if row["parent"] == "root"]
    assert tops[-1] == outcome.new["name"]
    rows, columns = region(outcome)
    assert np.array_equal(outcome.pixels("new")[rows, columns], engine(outcome.pixels("before")[rows, columns]))


def test_wide_gamut_is_painted_in_its_own_profile(outcomes: dict[str, Outcome], engine):
    outcome = outcomes["u8-adobe"]
    # Neutral colours of both profiles lie on their curves alone: gamma 2.2 here, sRGB's there.
    before = outcome.pixels("before").astype(np.float64) / 255
    to_srgb = np.array([[1.3984, -0.3984, 0], [0, 1, 0], [0, -0.0429, 1.0429]])  # linear, both D65 (Adobe RGB (1998), IEC 61966)
    linear = np.clip(before[..., :3] ** 2.19921875 @ to_srgb.T, 0, 1)
    assert np.abs(share(outcome.sent()) - encoded(np.concatenate([linear, before[..., 3:]], -1))).max() <= 2 / 255
    painted = share(engine(outcome.sent()))[..., :3]
    light = np.where(painted <= 0.04045, painted / 12.92, ((painted + 0.055) / 1.055) ** 2.4)
    want = np.clip(light @ np.linalg.inv(to_srgb).T, 0, 1) ** (1 / 2.19921875)
    difference = np.abs(outcome.pixels("new")[..., :3] / 255 - want)
    assert difference.mean() <= 0.5 / 255 and difference.max() <= 2 / 255
