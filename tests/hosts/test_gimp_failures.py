"""What can go wrong around the plug-in in the real GIMP: one sentence, the image as it was, and the next job works."""

from __future__ import annotations

import subprocess
from pathlib import Path

import numpy as np
import pytest

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import HERE, PAINTING, Case, Outcome, Profile, make_profile, scenery

pytestmark = pytest.mark.hosts

LARGE = np.zeros((2048, 2048, 4)) + 0.5  # some seconds of work for this method: long enough to be interrupted
SLOW = {"method": "arbitrary"}
SMALL = scenery(64, 64)

FAILING = [
    Case("no-style", SMALL),
    Case("style-missing", SMALL, arguments={"style": "/nowhere/at all.jpg"}),
    Case("style-is-a-folder", SMALL, arguments={"style": "/usr"}),
    Case("style-is-no-picture", SMALL, arguments={"style": "/bin/sh"}),
    Case("style-far-away", SMALL, arguments={"style": "https://example.org/wave.jpg"}),
    Case("one-pixel", scenery(1, 1)),
    Case("selection-elsewhere", SMALL, canvas=(200, 200), select=(100, 100, 20, 20)),
    Case("layer-mask", SMALL, active="mask", mask=np.full((64, 64), 200, np.uint8)),
    Case("channel", SMALL, active="channel"),
    Case("engine-killed", LARGE, kill=(["nst_core.engine"], "painting"), arguments=SLOW),
    Case("worker-killed", LARGE, kill=(["nst_core", "worker"], "painting"), arguments=SLOW),
    Case("plug-in-killed", LARGE, kill=(["style-transfer.py", "-run"], "painting"), arguments=SLOW),
]
WORKING = [Case(f"after-{case.name}", SMALL) for case in FAILING if case.kill]

# Words that the one sentence must have, and the status that the caller gets.
WANTED = {
    "no-style": ("calling-error", ["no style picture is chosen"]),
    "style-missing": ("execution-error", ["/nowhere/at all.jpg"]),
    "style-is-a-folder": ("execution-error", ["/usr", "folder"]),
    "style-is-no-picture": ("execution-error", ["/bin/sh"]),
    "style-far-away": ("calling-error", ["https://example.org/wave.jpg", "save it"]),
    "one-pixel": ("execution-error", ["1×1", "16"]),
    "selection-elsewhere": ("calling-error", ["selection does not touch the layer"]),
    "layer-mask": ("calling-error", ["layer mask"]),
    "channel": ("calling-error", ["channel 'red things'"]),
    "engine-killed": ("execution-error", ["engine stopped in mid-job"]),
    "worker-killed": ("execution-error", ["worker was lost"]),
}


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def outcomes(profile: Profile, shared: Path) -> dict[str, Outcome]:
    """All failures in one start of GIMP, each that kills something followed by a job that must work; the model is warm first."""
    painting = str(shared / "pictures" / "samples" / PAINTING)
    cases = [Case("warm-up", SMALL, arguments=SLOW)]
    for case in FAILING:
        cases.append(case)
        cases += [after for after in WORKING if after.name == f"after-{case.name}"]
    for case in cases:
        if case.name != "no-style":
            case.arguments = {"style": painting, **case.arguments}
    return profile.cases(cases, "bad")


@pytest.mark.parametrize("name", WANTED)
def test_failure_is_told_in_one_sentence(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    status, words = WANTED[name]
    assert outcome.status == status
    assert "\n" not in outcome.message
    assert all(word in outcome.message for word in words), outcome.message


def test_killed_plug_in_is_an_error(outcomes: dict[str, Outcome]):
    assert outcomes["plug-in-killed"].status in ("execution-error", "calling-error")


@pytest.mark.parametrize("name", [case.name for case in FAILING])
def test_failure_leaves_the_image_as_it_was(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    assert outcome.tree == outcome.said["tree_before"]
    assert outcome.native("after") == outcome.native("before")
    assert outcome.said["selection_after"] == outcome.said["selection"]


@pytest.mark.parametrize("name", [case.name for case in WORKING])
def test_next_job_works(outcomes: dict[str, Outcome], name: str):
    assert outcomes[name].status == "success", outcomes[name].message


@pytest.mark.parametrize("python", ["", "/nowhere/python3"], ids=["not-set-up", "gone"])
def test_missing_worker_python_is_told(profile: Profile, shared: Path, python: str, request: pytest.FixtureRequest):
    name = request.node.callspec.id
    bare = profile.folder / f"home {name}"  # data folders in which nothing was installed
    bare.mkdir()
    case = Case("no-python", SMALL, arguments={"style": str(shared / "pictures" / "samples" / PAINTING)})
    more = {"NST_HOME": str(bare), **({"NST_PYTHON": python} if python else {})}
    outcome = profile.cases([case], name, more=more)["no-python"]
    assert outcome.status == "execution-error"
    assert python in outcome.message and "python3 -m installer install" in outcome.message
    assert outcome.tree == outcome.said["tree_before"]


@pytest.mark.parametrize("gone", ["image", "layer", "short"])
def test_what_vanishes_while_the_worker_paints(profile: Profile, gone: str):
    """Image closed, layer deleted, or a result of the wrong size: the plug-in's own code in GIMP, with a worker of our making."""
    folder = profile.folder / gone
    folder.mkdir()
    result = run_journey(profile, folder, gone)
    assert result.returncode == 0, result.stdout
    said = (folder / "said").read_text()
    assert {"image": "image was closed", "layer": "layer was deleted", "short": "bytes came back"}[gone] in said
    assert (folder / "left").read_text() == {"image": "no image", "layer": "other", "short": "source other"}[gone]


def run_journey(profile: Profile, folder: Path, gone: str) -> subprocess.CompletedProcess[str]:
    return profile.batch(HERE / "gimp_vanishing.py", {"PLUG_IN": str(profile.plug_in), "FOLDER": str(folder), "GONE": gone})
