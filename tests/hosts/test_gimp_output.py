"""Where results go in the real GIMP: above their layers or into a new image, several at once, with a note that is saved."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from nst_core import __version__, samples, schema
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import HERE, make_profile

pytestmark = pytest.mark.hosts

NAME = "woodcut, Quick, 80 %"
STYLE = samples.path("woodcut")


@pytest.fixture(scope="module")
def folder(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Where the script inside GIMP left what it saw."""
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    folder = profile.folder / "output"
    folder.mkdir()
    done = profile.batch(HERE / "gimp_output.py", {"FOLDER": str(folder), "PLUG_IN": str(profile.plug_in), "STYLE": str(STYLE)})
    assert (folder / "seen.json").is_file(), done.stdout
    return folder


@pytest.fixture(scope="module")
def seen(folder: Path) -> dict[str, Any]:
    seen = json.loads((folder / "seen.json").read_text())
    broken = [step["broken"] for step in seen.values() if "broken" in step]
    assert not broken, broken[0]
    return seen


def names(rows: list[dict[str, Any]]) -> list[str]:
    """The layers' names, those of the new ones without their numbers."""
    return [NAME if row["name"].startswith(NAME) else row["name"] for row in rows]


def new(rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [row for row in rows if row["name"].startswith(NAME)]


def pixels(folder: Path, name: str, size: list) -> np.ndarray:
    return np.fromfile(folder / name, np.float32).reshape(size[1], size[0], -1)


def test_each_of_several_layers_is_painted_where_it_lies(seen: dict[str, Any]):
    several = seen["several"]
    assert several["status"] == "success", several["message"]
    assert names(several["after"]) == [NAME, "top", NAME, "group", "inside", NAME, "hidden", NAME, "ground"]
    places = {row["name"]: row["box"] for row in several["before"]}
    assert [row["box"] for row in new(several["after"])] == [places[name] for name in ("top", "group", "hidden", "ground")]
    assert several["here"]


def test_what_was_hidden_stays_so_and_the_new_ones_are_chosen(seen: dict[str, Any]):
    made = new(seen["several"]["after"])
    assert [row["visible"] for row in made] == [True, True, False, True]
    assert all(row["chosen"] for row in made)
    others = [row for row in seen["several"]["after"] if row not in made]
    assert others == [{**row, "chosen": False} for row in seen["several"]["before"]]


def test_layer_that_the_selection_misses_is_left_out(seen: dict[str, Any]):
    assert seen["partly_selected"]["status"] == "success"
    assert names(seen["partly_selected"]["after"]) == ["top", "group", "inside", "hidden", NAME, "ground"]


@pytest.mark.parametrize("place", ["masked", "cut", "image"])
def test_source_image_stays_or_gets_one_layer(seen: dict[str, Any], place: str):
    told = seen["places"][place]
    assert told["status"] == "success", told["message"]
    if place == "image":
        assert told["after"] == told["before"] and not told["dirty"]
    else:
        assert names(told["after"]) == [NAME, *names(told["before"])]


def test_cut_result_is_the_masked_one_within_the_selection(seen: dict[str, Any], folder: Path):
    places = seen["places"]
    selected = pixels(folder, "selection", places["selection"])[..., 0]
    (masked,), (cut,) = new(places["masked"]["after"]), new(places["cut"]["after"])
    assert (masked["mask"], cut["mask"]) == (True, False)
    rows, columns = np.nonzero(selected)
    top, bottom = max(rows.min(), 12), min(rows.max(), 12 + 60 - 1)  # as far as the layer goes
    left, right = max(columns.min(), 15), min(columns.max(), 15 + 80 - 1)
    assert cut["box"] == [left, top, right - left + 1, bottom - top + 1]
    whole = pixels(folder, "place-masked", places["masked"]["pixels"])
    x, y = masked["box"][:2]
    want = whole[top - y : bottom - y + 1, left - x : right - x + 1].copy()
    want[..., 3] *= selected[top : bottom + 1, left : right + 1]
    got = pixels(folder, "place-cut", places["cut"]["pixels"])
    assert np.abs(got - want)[..., 3].max() <= 1e-6
    assert np.abs(got - want)[want[..., 3] > 0].max() <= 1e-6


def test_new_image_holds_the_cut_result_and_is_of_the_same_kind(seen: dict[str, Any], folder: Path):
    told = seen["places"]["image"]
    assert told["kind"] == seen["places"]["kind"]
    (row,) = told["result"]
    size = told["pixels"]
    assert row["box"] == [0, 0, *size[:2]] and told["canvas"] == size[:2]
    assert row["name"] == NAME and row["visible"] and not row["mask"]
    image, cut = (pixels(folder, f"place-{place}", size) for place in ("image", "cut"))
    # Each was painted by itself, and babl doesn't read floats to the last bit alike, which bfloat16 makes visible.
    assert np.sqrt(((image - cut) ** 2).mean()) <= 0.01


def test_several_layers_keep_their_places_in_a_new_image(seen: dict[str, Any]):
    told = seen["several_into_a_new_image"]
    assert [row["box"] for row in told["result"]] == [[15, 12, 80, 60], [0, 0, 80, 60], [0, 0, 80, 60]]
    assert told["canvas"] == [95, 72]


def test_new_image_has_the_palette_of_an_indexed_one(seen: dict[str, Any]):
    told = seen["new_image_of_few_colours"]
    assert told["base"] == "indexed" and told["colours"] > 3 and told["same"], told["message"]


def test_saved_image_says_how_it_was_made_and_not_where(seen: dict[str, Any], folder: Path):
    ((note, persistent),) = [row["note"] for row in new(seen["saved"]["after"])]
    assert persistent
    assert (note["method"], note["engine"]) == (schema.DEFAULT_METHOD, __version__)
    assert note["model"] == schema.model_of(schema.DEFAULT_METHOD, schema.METHODS[schema.DEFAULT_METHOD].defaults)
    assert note["styles"] == [{"name": STYLE.name, "weight": 1.0}]
    assert note["parameters"]["strength"] == 0.8
    xcf = (folder / "saved.xcf").read_bytes()
    assert STYLE.name.encode() in xcf and str(STYLE.parent).encode() not in xcf


@pytest.mark.parametrize("when", ["between", "meanwhile"])
def test_cancel_among_several_leaves_the_image_as_it_was(seen: dict[str, Any], when: str):
    told = seen["stopped"][f"cancelled-{when}"]
    assert told["ended"] == "Cancelled" and not any(name.startswith("woodcut") for name in told["after"])


def test_keeping_among_several_keeps_those_that_are_finished(seen: dict[str, Any]):
    for told in (seen["stopped"]["kept-between"], seen["stopped"]["kept-meanwhile"]):
        assert told["ended"] == "painted"
        made = [index for index, name in enumerate(told["after"]) if name.startswith("woodcut")]
        # The second one may have been finished before the wish was heard.
        assert made[0] == 0 and told["after"][1] == "top"
    assert sum(name.startswith("woodcut") for name in seen["stopped"]["kept-between"]["after"]) == 1


def test_progress_counts_the_layers(seen: dict[str, Any]):
    told = seen["stopped"]["kept-meanwhile"]["told"]
    assert all(text.startswith("layer 1 of 2: ") == (fraction < 0.5) for fraction, text in told if fraction != 0.5)
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions) and max(fractions) <= 1
