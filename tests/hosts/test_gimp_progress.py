"""The window that shows a job in the real GIMP: stage, time left, the growing picture, and two ways to stop.

Screenshots go to the folder $NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from safetensors.torch import save_file

from nst_core import folders, manifest, provenance
from tests.gatys.networks import random_state
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import Profile, make_profile

pytestmark = pytest.mark.hosts

MODEL = "squeezenet1_1"
KEEP = "Keep What Is Painted"


@pytest.fixture(scope="module")
def seen(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    put_network(profile)
    steps = "kept grown cancelled escaped several closed large"
    return profile.looked("gimp_progress.py", "progress", steps, {"MODEL": MODEL}, timeout=120)[0]


def put_network(profile: Profile) -> None:
    """SqueezeNet with random weights, as if it had been fetched: what it paints is no matter."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_HOME", str(profile.nst_home))
        file = folders.models() / MODEL / f"{MODEL}.safetensors"
        file.parent.mkdir(parents=True)
        save_file(random_state(MODEL), file.with_suffix(".made"))
        provenance.settle(file.with_suffix(".made"), file, manifest.load().model(MODEL))


def test_what_is_painted_can_be_kept(seen: dict[str, Any]):
    told = seen["kept"]
    (name,) = told["end"]
    assert name.startswith("swirled oil, ") and told["layers left"] == 0
    assert told["buttons"] == {KEEP: [True, True], "Cancel": [True, True]}
    assert told["picture"] and told["text"].startswith("Painting at 512 pixels, about ")


def test_what_the_engine_has_painted_is_kept(seen: dict[str, Any]):
    assert seen["grown"]["pictures"] > 1
    assert len(seen["grown"]["end"]) == 1 and seen["grown"]["layers left"] == 0


def test_image_can_be_used_meanwhile(seen: dict[str, Any]):
    assert not any(told.get("modal") for told in seen.values())


@pytest.mark.parametrize("step", ["cancelled", "escaped", "several", "large"])
def test_cancel_leaves_the_image_as_it_was(seen: dict[str, Any], step: str):
    assert (seen[step]["end"], seen[step]["layers left"]) == ("Cancelled", 0)


def test_method_that_does_not_grow_shows_no_picture_and_has_nothing_to_keep(seen: dict[str, Any]):
    assert seen["cancelled"]["buttons"][KEEP][0] is False and not seen["cancelled"]["picture"]


def test_layers_are_counted(seen: dict[str, Any]):
    assert seen["several"]["text"].startswith("Layer 1 of 2: painting")


def test_closing_the_image_ends_the_job(seen: dict[str, Any]):
    assert seen["closed"]["end"] == "NstError" and seen["closed"]["layers left"] is None


def test_window_comes_before_a_large_layer_is_read(seen: dict[str, Any]):
    assert seen["large"]["seen while the layer is read"] == [True]
