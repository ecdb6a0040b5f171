"""The first use in the real Krita where no environment is set up: offered, refused, cancelled, failed, done.

A stand-in for the installer's process says its lines, as downloading PyTorch would take too long.
"""

from __future__ import annotations

import shutil
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import HERE, make_profile

pytestmark = pytest.mark.hosts

PHOTO = REPOSITORY / "nst_core" / "samples" / "scene-lake.jpg"


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in the window wrote down."""
    folder = tmp_path_factory.mktemp("krita-first-use")
    profile = make_profile(hosts, folder, shared)
    shutil.copy(HERE / "stand_in_setup.py", profile.resources / "pykrita" / "style_transfer" / "installer" / "setup.py")
    told = {"NST_HOME": str(folder / "bare"), "STAND_IN": str(folder), "WORKER": sys.executable, "NST_PHOTO": str(PHOTO)}
    return profile.looked("krita_first_use", folder, timeout=120, **told)


def test_what_it_takes_is_told_before_anything_is_done(said: dict[str, Any]):
    headline, text = said["offer"]
    assert headline == "<b>Set up Style Transfer?</b>"
    assert "350 MB (3.2 GB where" in text and "1.5 GB; 39.0 GB are free" in text and "zoë" in text
    assert said["offers at once"] == 1


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["unlabelled"] == said["clipped"] == []


def test_who_refuses_is_left_alone(said: dict[str, Any]):
    assert not said["begun by refusing"]


def test_progress_shows_stage_and_time_left(said: dict[str, Any]):
    assert said["progress"] == [
        "<b>Setting up Style Transfer</b>",
        "Fetching PyTorch and what it needs: 1.3 GB of 3.1 GB, now torch, about 95 s left.",
        400,
    ]


def test_cancel_ends_the_installer_and_never_blocks_the_window(said: dict[str, Any]):
    assert said["child lives after cancel"] is False
    assert said["turns while it is made"] == 20


def test_failure_is_told_in_one_sentence(said: dict[str, Any]):
    assert said["failure"] == [
        "Style Transfer was not set up.",
        "The worker environment can't be made: the disk is full: make room.",
    ]


def test_docker_offers_it_too_and_all_works_afterwards(said: dict[str, Any]):
    headline, text, there = said["ready"]
    assert there and headline == "<b>Style Transfer is ready to paint.</b>" and "Apply" in text
    assert said["opened afterwards"]
