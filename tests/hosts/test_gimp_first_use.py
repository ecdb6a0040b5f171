"""The first use in the real GIMP where no environment is set up: offered, refused, cancelled, failed, done.

A stand-in for the installer's process says its lines, as downloading PyTorch would take too long. Screenshots go to the folder
$NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import HERE, make_profile

pytestmark = pytest.mark.hosts


@pytest.fixture(scope="module")
def seen(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """By step, what the script in GIMP wrote down."""
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    shutil.copy(HERE / "stand_in_setup.py", profile.plug_in / "installer" / "setup.py")
    told = {"STAND_IN": str(profile.folder), "WORKER": sys.executable, "NST_HOME": str(profile.folder / "bare")}
    return profile.looked("gimp_first_use.py", "seen", "declined cancelled failing ready", told, timeout=120)[0]


def test_what_it_takes_is_told_before_anything_is_done(seen: dict[str, Any]):
    headline, text = seen["declined"]["offer"]
    assert headline == "Set up Style Transfer?"
    assert "350 MB (3.2 GB where" in text and "1.5 GB; 39.0 GB are free" in text and "zoë" in text


def test_who_refuses_is_left_alone(seen: dict[str, Any]):
    assert seen["declined"]["end"] == "Cancelled"
    assert (seen["declined"]["status"], seen["declined"]["layers"]) == ("cancel", 1)
    assert seen["declined"]["child lives"] is None  # nothing was begun


def test_progress_shows_stage_and_time_left(seen: dict[str, Any]):
    headline, text, fraction = seen["cancelled"]["progress"]
    assert headline == "Setting up Style Transfer"
    assert text == "Fetching PyTorch and what it needs: 1.3 GB of 3.1 GB, now torch, about 95 s left."
    assert fraction == pytest.approx(0.4)


def test_cancel_ends_the_installer(seen: dict[str, Any]):
    assert seen["cancelled"]["end"] == "Cancelled"
    assert seen["cancelled"]["child lives"] is False


def test_failure_is_told_with_its_details(seen: dict[str, Any]):
    ((error, details, headline),) = seen["failing"]["told"]
    assert error == "the worker environment can't be made: the disk is full: make room"
    assert "no space left" in details
    assert headline == "Style Transfer was not set up."
    assert seen["failing"]["end"] == "Cancelled"  # so that nobody tells it a second time


def test_when_it_is_done_the_plug_in_goes_on(seen: dict[str, Any]):
    assert seen["ready"]["end"] == "ready" and seen["ready"]["is there"]
