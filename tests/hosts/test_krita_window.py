"""The plug-in in a full Krita window, by mouse and keyboard: opened, run, undone, cancelled, with screenshots of each."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

PHOTO = REPOSITORY / "nst_core" / "samples" / "scene-lake.jpg"  # ours, like the styles: the screenshots may be shown
NEW = "swirled oil, Quick, 100 %"
SELECTED = "woodcut, Quick, 100 %"
STRANGE = "Gemälde für Ōtani #1.jpg"
BACKGROUND = ["Background", []]


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in the window wrote down."""
    folder = tmp_path_factory.mktemp("krita-window")
    strange = folder / STRANGE
    shutil.copy(PHOTO.with_name("style-mosaic.jpg"), strange)
    profile = make_profile(hosts, folder, shared)
    return profile.looked("krita_window", folder, timeout=600, NST_PHOTO=str(PHOTO), NST_STRANGE=str(strange))


def test_menu_entry_waits_for_a_picture(said: dict[str, Any]):
    assert not said["enabled without a picture"] and said["enabled with a picture"]


def test_menu_entry_opens_the_dialog(said: dict[str, Any]):
    assert "Style Transfer…" in said["menu"]
    assert said["dialog opened by mouse"]


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["unlabelled"] == []
    assert said["clipped"] == []


def test_fold_opens_by_keyboard(said: dict[str, Any]):
    assert {"Strength:", "Working size:", "Device:"} <= set(said["shown by the fold"])


def test_run_puts_the_new_layer_above_and_makes_it_active(said: dict[str, Any]):
    assert said["outcome"]["error"] is None
    assert said["layers"] == [BACKGROUND, [NEW, []]]
    assert said["active"] == NEW


def test_window_stays_alive_while_a_job_runs(said: dict[str, Any]):
    assert said["turns while a job is under way"] == 20


def test_one_undo_takes_the_layer_away(said: dict[str, Any]):
    assert said["layers after undo"] == [BACKGROUND]
    assert said["layers after redo"] == [BACKGROUND, [NEW, []]]


def test_one_undo_takes_the_layer_and_its_mask_away(said: dict[str, Any]):
    assert said["target"] == "Paints the selected part of “Background” on a new layer above it."
    assert said["layers with selection"] == [*said["layers before selection"], [SELECTED, [["Selection", []]]]]
    assert said["layers with selection after undo"] == said["layers before selection"]
    # Nothing of ours is left in the history, such as a mask's own step that would change nothing.
    assert said["next to undo with selection after undo"] == said["next to undo before selection"]


def test_source_is_untouched(said: dict[str, Any]):
    assert said["source unchanged"]


def test_cancel_works_at_once(said: dict[str, Any]):
    assert said["busy before cancel"]
    assert said["idle after cancel"]
    assert said["layers after cancel"] == [BACKGROUND]
    assert said["message after cancel"] == "Cancelled; the picture is as it was."


def test_closing_the_dialog_cancels_the_job(said: dict[str, Any]):
    assert said["job ended with the dialog"]


def test_file_of_any_name_is_dropped_and_painted_with(said: dict[str, Any]):
    # Krita runs Python under an ASCII locale: a name beyond that reaches the worker all the same.
    assert said["dropped"].endswith(STRANGE) and said["dropped picture is shown"]
    assert said["layers with the dropped style"] == [BACKGROUND, ["Gemälde für Ōtani #1, Quick, 100 %", [["Selection", []]]]]


def test_browsing_starts_where_the_last_style_lay(said: dict[str, Any]):
    assert said["browsing starts in"] == str(Path(said["dropped"]).parent)
    assert said["browsed"] == said["dropped"]


def test_style_is_remembered(said: dict[str, Any]):
    assert said["remembered style"].endswith("style-pointillism.jpg")


def test_failure_is_one_sentence_with_details_to_copy(said: dict[str, Any]):
    assert "/nowhere/at <b>all</b>.png" in said["failure"] and not said["failure with markup"]
    assert said["failure"].count("\n") == 0 and said["failure"].endswith(".")
    assert "Krita: " in said["details"] and "PictureError" in said["details"]
    assert said["failure still shown"]


def test_picture_closed_while_a_job_runs_is_told(said: dict[str, Any]):
    assert said["closed picture"] == "The picture was closed before the result came: open it and try again."
