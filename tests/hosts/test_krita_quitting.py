"""The whole of Krita is closed in mid-job, from whichever window the job was begun: nothing is left, and the next start works."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import HERE, Profile, keep_pictures, make_profile

pytestmark = pytest.mark.hosts

# What is under way, in an engine that stands still, and the way out: File → Quit, the same with a picture to lose, or SIGTERM.
CASES = {"dialog:quit": 0, "preview:unsaved": 0, "docker:terminated": -15, "several:quit": 0}
AFTERWARDS = "dialog:painted"


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("krita-quitting"), shared)


@pytest.fixture(scope="module")
def seen(profile: Profile) -> dict[str, Any]:
    """What each case left behind, one after another in one home."""
    screenshots = profile.folder / "screenshots"
    screenshots.mkdir()
    told = {
        "NST_CASES": " ".join([*CASES, AFTERWARDS]),
        "NST_PHOTO": str(REPOSITORY / "nst_core" / "samples" / "scene-lake.jpg"),
        "NST_SCREENSHOTS": str(screenshots),
        "NST_FAREWELL_SECONDS": "5",  # after which a worker ends whose last program has ended
        "NST_SCRATCH": str(profile.folder / "scratch"),
    }
    watch = [sys.executable, str(HERE / "krita_watch.py"), str(profile.folder)]
    done = profile.window("krita_quitting", profile.folder, told, timeout=590, command=watch)
    keep_pictures(screenshots)
    path = profile.folder / "seen.json"
    assert path.is_file(), done.stdout
    return json.loads(path.read_text())


each = pytest.mark.parametrize("case", CASES)


@each
def test_krita_ends_as_if_nothing_was_under_way(seen: dict[str, Any], case: str):
    assert "begun" in seen[case], seen[case]
    assert seen[case]["status"] == CASES[case], seen[case]["output"]
    assert "Traceback" not in seen[case]["output"]
    assert "said" not in seen[case]  # the script inside would have had to break for that


@each
def test_no_process_is_left(seen: dict[str, Any], case: str):
    assert seen[case]["engine outlives"] is False
    assert seen[case]["worker outlives"] is False


def test_no_file_is_left(seen: dict[str, Any], profile: Profile):
    assert seen["temporary files"] == []
    assert list(profile.folder.glob("scratch/*")) == []
    left = {path.name for path in (profile.nst_home / "data").rglob("*")}
    assert not [name for name in left if name.startswith(".") or name.endswith(".part")]


def test_next_start_paints(seen: dict[str, Any]):
    said = seen[AFTERWARDS]["said"]
    assert "broken" not in said and said["error"] is None
    assert len(said["layers"]) == 3
