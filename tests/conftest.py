"""What all tests share: the material beside the project (absent for users), a home of their own, the weights' mirror."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from nst_core.waiting import wait_briefly

os.environ.setdefault("NST_OPENVINO", "0")  # tests are of the engine itself; those of OpenVINO ask for it
wait_briefly()  # before a test imports torch: CI's machines are busy

REPOSITORY = Path(__file__).resolve().parents[1]
SHARED = (REPOSITORY.parent / "shared").resolve()  # a link to it would lead nowhere inside the hosts' tree


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup() -> None:
    """Chance is the same for a test and its fixtures, whichever tests have run in this process before."""
    if "tests.pictures" in sys.modules:
        sys.modules["tests.pictures"].begin_anew()
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(0)


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder with real weights, reference outputs and photographs; it lies beside the project, never in it."""
    if not SHARED.is_dir():
        pytest.skip("needs the real weights and pictures in ../shared")
    return SHARED


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A fresh NST_HOME: no test reads or writes the user's own data."""
    monkeypatch.setenv("NST_HOME", str(tmp_path / "home"))
    for name in ("NST_OFFLINE", "NST_MODELS_MIRROR", "NST_PYTHON"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path / "home"


@pytest.fixture
def mirror(shared: Path, home: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The original model files as a mirror folder: first use without a network."""
    folder = shared / "weights" / "mirror"
    monkeypatch.setenv("NST_MODELS_MIRROR", str(folder))
    return folder
