"""The whole GIMP, closed in mid-job, by its user and by the system: nothing of ours is left over, and it starts again."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import make_profile

pytestmark = pytest.mark.hosts

# What is under way (from the dialog, or without one), how GIMP is closed, and GIMP's own exit status.
CLOSED = [("painting", "closed_by_the_user", 0), ("repeating", "terminated", 1), ("painting", "terminated", 1)]


@pytest.fixture(scope="module")
def seen(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What was left each time."""
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    return profile.driven("gimp_quit.py", "quit", 2048, profile.plug_in, more={"NST_FAREWELL_SECONDS": "5"}, timeout=550)


@pytest.mark.parametrize(("job", "way", "status"), CLOSED)
def test_closing_gimp_in_mid_job_leaves_nothing_behind(seen: dict[str, Any], job: str, way: str, status: int):
    assert seen[f"{job} {way}"] == {"status": status, "windows": [], "scratch": [], "faults": []}


def test_worker_ends_soon_after_the_last_gimp(seen: dict[str, Any]):
    assert seen["at the end"] == {"workers": 1, "scratch": [], "address": False}
