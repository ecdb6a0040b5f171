"""What goes wrong around the real Krita: one sentence for the user, the picture as it was, and the next job works."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

import numpy as np
import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import scenery
from tests.hosts.krita_driver import PAINTING, Case, Outcome, make_profile

pytestmark = pytest.mark.hosts

LARGE = (1200, 1000)  # takes long enough for something to happen meanwhile
EMPTY = np.zeros((64, 64, 4))

FAILING = [
    Case("missing-style", scenery(64, 64), style="missing"),
    Case("folder-as-style", scenery(64, 64), style="folder"),
    Case("empty-style", scenery(64, 64), style="empty"),
    Case("broken-style", scenery(64, 64), style="broken"),
    Case("tiny-layer", np.ones((1, 1, 4)), canvas=(64, 64)),
    Case("empty-layer", EMPTY),
    Case("layer-off-the-canvas", np.ones((32, 32, 4)), offset=(100, 100), canvas=(64, 64)),
    Case("selection-beside-the-layer", np.ones((32, 32, 4)), canvas=(128, 128), select=(80, 80, 40, 40)),
    Case("no-layer", scenery(64, 64), active="none"),
    Case("mask", scenery(64, 64), masked=(0, 0, 40, 40), active="mask"),
    Case("unknown-model", scenery(64, 64), method="arbitrary", parameters={"model": "picasso"}),
    Case("cancelled", scenery(*LARGE), method="arbitrary", meanwhile="cancel"),
    Case("closed", scenery(*LARGE), method="arbitrary", meanwhile="close"),
    Case("killed", scenery(*LARGE), method="arbitrary", meanwhile="kill"),
    Case("no-python", scenery(64, 64), environment={"NST_PYTHON": "/nowhere/python", "NST_HOME": "other"}),
    Case("no-installation", scenery(64, 64), environment={"NST_HOME": "other"}),
]
LAST = Case("afterwards", scenery(64, 64))

# What the sentence must name, and the cure that it must give.
WORDS = {
    "missing-style": ("no such picture.png", "check"),
    "folder-as-style": ("a folder.png", "folder"),
    "empty-style": ("empty.png", "empty"),
    "broken-style": ("broken.png", ""),
    "tiny-layer": ("1×1", "16"),
    "empty-layer": ('"source"', "choose"),
    "layer-off-the-canvas": ("canvas", "choose"),
    "selection-beside-the-layer": ("selection", "choose"),
    "no-layer": ("no layer is active", "choose"),
    "mask": ("transparency mask", "choose"),
    "unknown-model": ("picasso", "choose"),
    "cancelled": ("cancelled", ""),
    "closed": ("closed", "try again"),
    "killed": ("killed", "try again"),
    "no-python": ("/nowhere/python", "installer install"),
    "no-installation": ("Python", "installer install"),
}


@pytest.fixture(scope="module")
def outcomes(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """All cases one after another, then a good one with the same worker."""
    folder = tmp_path_factory.mktemp("krita-failures")
    profile = make_profile(hosts, folder, shared)
    painting = shared / "pictures" / "samples" / PAINTING
    styles = {
        "missing": folder / "no such picture.png",
        "folder": folder / "a folder.png",
        "empty": folder / "empty.png",
        "broken": folder / "broken.png",
        "": folder / "Gemälde.jpg",
    }
    styles["folder"].mkdir()
    styles["empty"].touch()
    styles["broken"].write_bytes(painting.read_bytes()[:2000])
    shutil.copy(painting, styles[""])
    for case in (*FAILING, LAST):
        case.style = str(styles[case.style])
        if "NST_HOME" in case.environment:
            case.environment["NST_HOME"] = str(folder / "other")
    return profile.cases([*FAILING, LAST], "cases")


each = pytest.mark.parametrize("name", [case.name for case in FAILING])


@each
def test_failure_is_one_sentence_that_says_what_to_do(outcomes: dict[str, Outcome], name: str):
    error = outcomes[name].error
    assert error is not None
    named, cure = WORDS[name]
    assert named in error["message"] and cure in error["message"]
    assert "\n" not in error["message"]
    assert "internal error" not in error["message"]


@each
def test_picture_is_as_it_was(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    if name == "closed":
        assert not outcome.said["open"]
        return
    assert outcome.tree == outcome.said["tree_before"]
    assert outcome.bytes("after") == outcome.bytes("before")


def test_cancel_is_at_once(outcomes: dict[str, Outcome]):
    error = outcomes["cancelled"].error
    assert error is not None and error["kind"] == "Cancelled"


def test_next_job_works(outcomes: dict[str, Outcome]):
    outcome = outcomes["afterwards"]
    assert outcome.error is None
    assert outcome.new["name"] == "Gemälde, Quick, 100 %"
    assert outcome.bytes("new") != outcome.bytes("before")


def test_nothing_of_ours_is_written_beside_the_plug_in(outcomes: dict[str, Outcome]):
    plugin = outcomes["afterwards"].folder.parent / "home" / ".local" / "share" / "krita" / "pykrita" / "style_transfer"
    # Krita deletes the folder when the plug-in is updated.
    kinds = {path.suffix for path in plugin.rglob("*") if path.is_file() and "__pycache__" not in path.parts}
    assert kinds <= {".py", ".html", ".json", ".jpg", ".safetensors", ".txt", ".mo", ""}, kinds
    assert os.access(plugin, os.R_OK)
