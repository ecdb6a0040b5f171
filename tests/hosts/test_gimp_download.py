"""A model's download in the real GIMP: the progress bar tells how far it is, and a cancelled one goes on where it was."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nst_core import samples
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import HERE, Case, Outcome, Profile, make_profile, scenery
from tests.loopback import Loopback, serving

pytestmark = pytest.mark.hosts

SLOW = 0.004  # seconds between two kilobytes: MicroAST's 1.9 MB take eight
STYLE = samples.path("swirled-oil")


@pytest.fixture
def profile(hosts: Hosts, shared: Path, tmp_path: Path) -> Profile:
    return make_profile(hosts, tmp_path, shared)


@pytest.fixture
def mirror(shared: Path) -> Iterator[Loopback]:
    """MicroAST's files on a slow server."""
    folder = shared / "weights" / "mirror" / "microast"
    with serving() as loopback:
        loopback.files = {f"microast/{path.name}": path.read_bytes() for path in folder.iterdir()}
        loopback.pace = SLOW
        yield loopback


def test_progress_bar_tells_bytes_rate_and_time_left(profile: Profile, mirror: Loopback):
    told = {"PLUG_IN": str(profile.plug_in), "FOLDER": str(profile.folder), "STYLE": str(STYLE)}
    done = profile.batch(HERE / "gimp_download.py", {**told, "NST_MODELS_MIRROR": mirror.address})
    assert done.returncode == 0, done.stdout
    texts = json.loads((profile.folder / "texts.json").read_text())
    parts = [re.search(r"downloading microast: ([\d.]+) of 1\.9 MB, [\d.]+ [kM]B/s, \d+ s left$", text) for text in texts]
    have = [float(part[1]) for part in parts if part]
    assert len(have) > 5 and have == sorted(have) and have[-1] > 1
    assert all(text.startswith("Style Transfer: ") and text.count("left") <= 1 for text in texts)


def test_cancelled_download_stops_and_the_next_one_goes_on_where_it_was(profile: Profile, mirror: Loopback):
    # GIMP's Cancel kills the plug-in's process.
    arguments, now = {"style": str(STYLE), "method": "arbitrary"}, profile.folder / "now"
    killed = Case("killed", scenery(64, 64), kill=(["style-transfer.py", "-run"], str(now)), arguments=arguments)
    again = Case("again", scenery(64, 64), arguments=arguments)
    threading.Thread(target=touch_when, args=(now, lambda: mirror.sent > 900_000), daemon=True).start()
    outcomes: dict[str, Outcome] = profile.cases([killed, again], "cases", more={"NST_MODELS_MIRROR": mirror.address})
    assert outcomes["killed"].status in ("execution-error", "calling-error")
    assert outcomes["killed"].tree == outcomes["killed"].said["tree_before"]
    assert outcomes["again"].status == "success", outcomes["again"].message
    assert [path for path, begin in mirror.asked if begin not in ("", "bytes=0-")]
    whole = sum(map(len, mirror.files.values()))
    assert mirror.sent < 1.2 * whole  # what was there was not fetched again


def touch_when(path: Path, condition: Callable[[], bool]) -> None:
    while not condition():
        time.sleep(0.02)
    path.touch()
