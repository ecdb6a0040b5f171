"""`demo` ends with a picture or with a sentence."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from installer import commands, demo, environment, uv
from installer.uv import Uv
from nst_core import cli
from nst_core import samples as shipped


@pytest.fixture
def samples(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Small pictures in the place of the bundled ones: "lake" and "swirled-oil"."""
    folder = tmp_path / "samples"
    folder.mkdir()
    ramp = np.linspace(0, 255, 96 * 128 * 3).reshape(96, 128, 3).astype(np.uint8)
    Image.fromarray(ramp).save(folder / "lake.jpg")
    Image.fromarray(np.random.default_rng(1).integers(0, 255, (64, 64, 3), np.uint8)).save(folder / "swirled-oil.jpg")
    monkeypatch.setattr(shipped, "path", lambda name: folder / f"{name}.jpg")
    return folder


@pytest.fixture
def ready(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """uv and the environment are there: this Python."""
    monkeypatch.setattr(uv, "ensure", lambda: Uv(Path("uv"), "0.13.9", private=False))
    monkeypatch.setattr(environment, "ensure", lambda *_: environment.Environment(Path(sys.executable), reused=True))


@pytest.mark.usefixtures("ready")
def test_the_picture_is_what_the_engine_makes_of_the_samples(samples: Path, tmp_path: Path, capfd: pytest.CaptureFixture[str]):
    output = tmp_path / "Zoë's pictures" / "demo.png"
    output.parent.mkdir()
    assert commands.main(["demo", "--output", str(output)]) == 0
    printed = capfd.readouterr().out
    assert f"The picture is at {output}" in printed
    assert all(step in printed for step in ("uv  ", "environment  ", "stylization  ", "together  "))

    direct = tmp_path / "direct.png"
    arguments = [str(samples / "lake.jpg"), "--style", str(samples / "swirled-oil.jpg"), "-o", str(direct), "--in-process"]
    assert cli.main(["stylize", *arguments]) == 0
    ours, theirs = (np.asarray(Image.open(path)).astype(int) for path in (output, direct))
    assert np.abs(ours - theirs).max() <= 1
    assert np.abs(ours - np.asarray(Image.open(samples / "lake.jpg")).astype(int)).max() > 20


@pytest.mark.usefixtures("ready", "samples")
@pytest.mark.parametrize("place", ["absent folder/demo.png", "samples"])
def test_a_place_that_can_t_be_written_is_told_before_anything_is_installed(
    place: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(uv, "ensure", lambda: pytest.fail("too early"))
    assert commands.main(["demo", "--output", str(tmp_path / place)]) == 1
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert error[0].endswith("another --output")


@pytest.mark.usefixtures("ready")
def test_a_failing_engine_fails_the_demo_and_keeps_the_old_picture(
    samples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (samples / "lake.jpg").write_bytes(b"")
    (tmp_path / "demo.png").write_bytes(b"old")
    assert commands.main(["demo", "--output", str(tmp_path / "demo.png")]) == 1
    assert "the sample was not stylized (exit code 3)" in capsys.readouterr().err
    assert (tmp_path / "demo.png").read_bytes() == b"old"


def test_the_steps_and_their_times_are_a_table(monkeypatch: pytest.MonkeyPatch):
    clock = iter([100.0, 100.5, 130.5])
    monkeypatch.setattr("time.monotonic", lambda: next(clock))
    watch = demo.Stopwatch()
    watch.lap("uv", "0.13.9")
    watch.lap("environment", "torch 2.15")
    assert watch.table().splitlines() == [
        "  uv              0.5 s  0.13.9",
        "  environment    30.0 s  torch 2.15",
        "  together       30.5 s",
    ]
