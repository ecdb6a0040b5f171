"""What a job takes along holds where it is painted, and no longer than the job."""

from __future__ import annotations

import pytest

from nst_core import limits


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for name in (limits.MEMORY, limits.SCRATCH, limits.OPENVINO):
        monkeypatch.setenv(name, "")  # and back, whatever a test adopts


def said():
    return limits.memory(), limits.scratch(), limits.openvino()


def test_what_is_taken_along_says_the_same_elsewhere(monkeypatch, tmp_path):
    monkeypatch.setenv(limits.MEMORY, " 6 ")
    monkeypatch.setenv(limits.SCRATCH, "mine")
    monkeypatch.setenv(limits.OPENVINO, "0")
    asked = ("6", str(tmp_path / "mine"), False)
    assert said() == asked
    taken = limits.here()
    limits.adopt({})
    assert said() == ("", "", True)
    limits.adopt(taken)
    assert said() == asked
