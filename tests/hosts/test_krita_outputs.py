"""Where Krita's results go: cut to the selection, or into a picture of their own; and the note that each carries."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import scenery
from tests.hosts.krita_driver import DEPTHS, PAINTING, Case, Outcome, make_profile
from tests.hosts.own_engine import Paint, own_engine

pytestmark = pytest.mark.hosts

STRENGTH = 0.8
MARGIN = 64
LINEAR = "sRGB-elle-V2-g10.icc"
RESOLUTION = 150.0  # of the pictures

CUT = [
    Case("cut", scenery(260, 200, 1), select=(100, 80, 50, 40), feather=12, output="cut"),
    Case("cut-f16", scenery(260, 200, 2), depth="F16", select=(100, 80, 50, 40), feather=12, output="cut"),
    Case("cut-f32-offset", scenery(180, 150, 3), (40, 25), (320, 240), depth="F32", select=(180, 60, 90, 60), output="cut"),
    Case("cut-linear", scenery(200, 150, 4), depth="U16", profile=LINEAR, select=(60, 50, 50, 40), feather=9, output="cut"),
]
APART = [
    Case("apart", scenery(70, 60, 2), offset=(30, 12), canvas=(160, 120), output="image"),
    Case("apart-u16", scenery(260, 200, 5), depth="U16", select=(100, 80, 50, 40), feather=12, output="image"),
]
WHOLE = Case("cut-nothing-selected", scenery(64, 64, 4), output="cut")
LEFT = Case("cut-strength-0", scenery(200, 150, 6), select=(60, 50, 50, 40), output="cut", parameters={"strength": 0.0})
ALL = [*CUT, *APART, WHOLE, LEFT]

each = pytest.mark.parametrize("name", [case.name for case in ALL])


@pytest.fixture(scope="module")
def painting(shared: Path) -> Path:
    return shared / "pictures" / "samples" / PAINTING


@pytest.fixture(scope="module")
def outcomes(hosts: Hosts, shared: Path, painting: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    for case in ALL:
        case.style = str(painting)
        case.parameters = {"strength": STRENGTH, **case.parameters}
    return make_profile(hosts, tmp_path_factory.mktemp("krita"), shared).cases(ALL, "outputs")


@pytest.fixture(scope="module")
def engine(shared: Path, painting: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paint]:
    with own_engine(shared, tmp_path_factory.mktemp("models"), painting, STRENGTH) as paint:
        yield paint


def bounds(plane: np.ndarray) -> tuple[slice, slice]:
    """Rows and columns of all that isn't 0."""
    rows, columns = (np.flatnonzero(plane.any(axis)) for axis in (1, 0))
    return slice(int(rows[0]), int(rows[-1]) + 1), slice(int(columns[0]), int(columns[-1]) + 1)


def wanted(outcome: Outcome, engine: Paint) -> np.ndarray:
    """What the engine paints around the selection, over the source's rectangle, its alpha as far as it was selected."""
    before, selected = outcome.pixels("before"), outcome.plane("selection")
    around = tuple(slice(max(each.start - MARGIN, 0), each.stop + MARGIN) for each in bounds(selected))
    seen = bounds(before[..., 3])
    around = tuple(slice(max(a.start, b.start), min(a.stop, b.stop)) for a, b in zip(around, seen, strict=True))
    want = np.zeros(before.shape)
    want[around] = engine(before[around])
    want[..., 3] *= selected / 255.0
    return want


@each
def test_layer_keeps_its_colour_space(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    assert outcome.error is None
    assert outcome.said["space"] == [outcome.case.model, outcome.case.depth, outcome.case.profile]
    assert outcome.bytes("after") == outcome.bytes("before")


@pytest.mark.parametrize("case", CUT[:3], ids=lambda case: case.name)
def test_cut_layer_holds_the_selected_part_of_what_the_engine_paints(outcomes: dict[str, Outcome], engine: Paint, case: Case):
    outcome = outcomes[case.name]
    got, want = outcome.pixels("new").astype(np.float64), wanted(outcome, engine)
    full = DEPTHS[case.depth][1]
    assert np.abs(got[..., 3] - want[..., 3]).max() <= (1 if full > 1 else 1e-3)
    seen = want[..., 3] > full / 50
    assert np.abs(got - want)[seen][..., :3].max() <= (1 if full > 1 else 1e-3)
    assert seen.sum() > 500


@pytest.mark.parametrize("case", CUT, ids=lambda case: case.name)
def test_cut_layer_ends_where_the_selection_does_and_has_no_mask(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    assert not outcome.pixels("new")[outcome.plane("selection") == 0][..., 3].any()
    assert not [row for row in outcome.tree if row["parent"] == outcome.new["name"]]
    (source,) = (row for row in outcome.tree if row["name"] == "source")
    assert outcome.new["place"] == source["place"] + 1


def test_cut_at_strength_0_is_the_selected_part_bit_for_bit(outcomes: dict[str, Outcome]):
    outcome = outcomes[LEFT.name]
    inside = outcome.plane("selection") == 255
    assert np.array_equal(outcome.pixels("new")[inside], outcome.pixels("before")[inside])


def test_without_a_selection_nothing_is_cut(outcomes: dict[str, Outcome], engine: Paint):
    outcome = outcomes[WHOLE.name]
    seen = bounds(outcome.pixels("before")[..., 3])
    assert np.array_equal(outcome.pixels("new")[seen], engine(outcome.pixels("before")[seen]))


@pytest.mark.parametrize("case", APART, ids=lambda case: case.name)
def test_new_picture_has_the_layer_alone_and_its_depth_profile_and_resolution(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    picture = outcome.said["picture"]
    seen = outcome.pixels("before")[..., 3] > 0
    rows, columns = bounds(outcome.plane("selection") if case.select else seen)
    assert picture["size"] == [columns.stop - columns.start, rows.stop - rows.start]
    assert picture["space"] == [case.model, case.depth, case.profile]
    assert picture["resolution"] == pytest.approx(RESOLUTION)
    assert len(picture["layers"]) == 1 and picture["modified"]
    assert outcome.tree == outcome.said["tree_before"]


@pytest.mark.parametrize("case", APART, ids=lambda case: case.name)
def test_new_picture_is_what_the_engine_paints(outcomes: dict[str, Outcome], engine: Paint, case: Case):
    outcome = outcomes[case.name]
    width, height = outcome.said["picture"]["size"]
    kind, _, order = DEPTHS[case.depth]
    got = np.frombuffer(outcome.bytes("apart"), kind).reshape(height, width, 4)[..., order].astype(np.float64)
    if case.select:
        part = bounds(outcome.plane("selection"))
        want = wanted(outcome, engine)[part]
    else:
        part = bounds(outcome.pixels("before")[..., 3])
        want = engine(outcome.pixels("before")[part]).astype(np.float64)
    seen = want[..., 3] > DEPTHS[case.depth][1] / 50
    assert np.abs(got - want)[seen].max() <= 1


@each
def test_layer_carries_the_note_of_how_it_was_made(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    note = json.loads(outcome.said["note"])
    assert (note["method"], note["parameters"]["strength"]) == (outcome.case.method, outcome.case.parameters["strength"])
    assert note["styles"] == [{"name": PAINTING, "weight": 1.0}]
    assert "/" not in outcome.said["note"]
