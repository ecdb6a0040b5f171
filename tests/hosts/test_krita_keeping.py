"""Keep what is painted, choose where results go, and how a layer was made is in the file: by hand in a full Krita."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from nst_core import folders, manifest, provenance
from tests.gatys.networks import random_state
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import Profile, make_profile

pytestmark = pytest.mark.hosts

MODEL = "squeezenet1_1"
SAMPLES = REPOSITORY / "nst_core" / "samples"
PLACES = ("dialog", "docker", "small window")
NEW = "swirled oil, Quick, 100 %"


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in the window wrote down."""
    folder = tmp_path_factory.mktemp("krita-keeping")
    profile = make_profile(hosts, folder, shared)
    put_network(profile)
    return profile.looked("krita_keeping", folder, timeout=500, NST_PHOTO=str(SAMPLES / "scene-lake.jpg"), NST_MODEL=MODEL)


def put_network(profile: Profile) -> None:
    """SqueezeNet with random weights, as if it had been fetched: what it paints is no matter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_HOME", str(profile.nst_home))
        file = folders.models() / MODEL / f"{MODEL}.safetensors"
        file.parent.mkdir(parents=True)
        save_file(random_state(MODEL), file.with_suffix(".made"))
        provenance.settle(file.with_suffix(".made"), file, manifest.load().model(MODEL))


@pytest.mark.parametrize("place", PLACES)
def test_what_is_painted_so_far_is_kept_as_a_layer(said: dict[str, Any], place: str):
    assert said[f"kept in the {place}"] == 1


@pytest.mark.parametrize("place", PLACES[:2])
def test_keeping_is_offered_when_there_is_something_and_it_is_shown(said: dict[str, Any], place: str):
    assert not said[f"offered at once in the {place}"]
    assert said[f"shown in the {place}"]
    assert said[f"told in the {place}"] == "Keeping what is painted"
    assert said[f"error in the {place}"] is None and said[f"painted in the {place}"]


@pytest.mark.parametrize("place", PLACES)
def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any], place: str):
    assert said[f"clipped in the {place}"] == []
    assert said[f"unlabelled in the {place}"] == []


def test_one_undo_takes_the_kept_layer_away(said: dict[str, Any]):
    assert said["undone"] == [["Background", []]]


def test_cancelling_leaves_nothing_even_while_keeping(said: dict[str, Any]):
    assert said["idle after cancel"] and said["left after cancel"]


def test_place_is_chosen_by_keyboard_and_told(said: dict[str, Any]):
    assert said["tooltip for cut"] == "Where the result goes. New layer, cut to the selection."
    assert said["target for image"] == "Paints the selected part of “Background” as a new image."
    assert said["target for masked"] == "Paints the selected part of “Background” on a new layer above it."


def test_each_place_gets_its_layer_and_one_undo_takes_it_away(said: dict[str, Any]):
    assert said["new for cut"] == [[NEW, []]]
    assert said["new for masked"] == [[NEW, [["Selection", []]]]]
    assert said["left for cut"] and said["left for masked"]


def test_new_image_is_shown_with_the_selected_part_alone(said: dict[str, Any]):
    assert said["new for image"] == [] and said["left for image"]
    width, height, layers = said["apart for image"]
    assert 60 <= width <= 100 and 40 <= height <= 80 and layers == [[NEW, []]]
    assert said["title"] == NEW
    assert said["undo in the new image"] in ("Undo", "&Undo")


def test_notes_are_saved_with_the_picture(said: dict[str, Any]):
    found = {name: json.loads(note) for name, note in said["notes when it is opened"].items() if note}
    assert sorted(found) == sorted(set(said["layers with a note"])) and found
    for note in found.values():
        assert (note["method"], note["model"]) == ("gatys", MODEL)
        assert note["styles"] == [{"name": "style-swirled-oil.jpg", "weight": 1.0}]
    assert str(SAMPLES) not in json.dumps(found)


def test_notes_of_layers_that_are_gone_go(said: dict[str, Any]):
    assert said["noted"] == 3  # kept in three windows; the undone ones have gone
    assert said["noted at the end"] == len(said["layers with a note"]) + 1
