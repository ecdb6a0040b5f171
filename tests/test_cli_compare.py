"""Grades by the command line and through the worker."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_core import cli, client, errors, imagefile
from nst_core.raster import Raster
from tests.graded_pairs import FILES
from tests.hand import PAINTED

HAND, AFTER = (PAINTED / f"lake-after-oil{name}.jpg" for name in ("-by-hand", ""))


@pytest.fixture
def worker(home: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("NST_PYTHON", sys.executable)
    yield
    client.shut_down()


def picture(path: Path, channels: str = "RGB", times: int = 1) -> client.Picture:
    """An opaque picture at a quarter of its size, so many times beside and below itself."""
    with Image.open(path) as image:
        pixels = np.tile(np.asarray(image.convert("RGB").reduce(4).convert("RGBA")), (times, times, 1))
    order = {"RGB": [0, 1, 2], "BGRA": [2, 1, 0, 3]}[channels]
    return client.Picture(pixels.shape[1], pixels.shape[0], channels, "u8", pixels[..., order].tobytes())


def test_the_command_grades_and_writes_the_heat_map(home: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    heat = tmp_path / "heat.png"
    given = ["compare", str(HAND), str(AFTER), "--style", str(FILES["oil"]), "--heat-map", str(heat)]
    assert cli.main([*given, "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert set(told["grades"]) == set(told["words"]) == {"overall", "content", "style", "style_picture"}
    assert told["grades"]["style"] > 6 and told["painted"] == 1
    written = imagefile.read(heat).raster
    assert written.channels == "RGBA" and (written.width, written.height) == Image.open(HAND).size
    assert 0 < (written.pixels[..., 3] > 0).mean() < 0.7
    assert cli.main(["compare", str(HAND), str(HAND), "--grade"]) == 0
    assert capsys.readouterr().out == "overall 10.0 (the same), content 10.0 (the same), style 10.0 (the same)\n"


@pytest.mark.parametrize(
    ("given", "code", "words"),
    [
        (["--style", "nowhere.jpg"], 3, "nowhere.jpg does not exist"),
        (["--style", "pack:nothing"], 4, "nothing"),
        (["--heat-map", "heat.xyz"], 2, "heat.xyz"),
    ],
)
def test_what_can_not_be_graded_is_told_in_a_sentence(
    home: Path, capsys: pytest.CaptureFixture[str], given: list[str], code: int, words: str
) -> None:
    assert cli.main(["compare", str(HAND), str(AFTER), *given]) == code
    said = capsys.readouterr().err
    assert said.count("\n") == 1 and words in said


def test_the_worker_grades_as_the_engine_does(worker: None) -> None:
    from nst_core.grade import grade

    hand, after = (np.frombuffer(one.data, np.uint8).reshape(one.height, one.width, 3) for one in map(picture, (HAND, AFTER)))
    want = grade(Raster(hand, "RGB"), Raster(after, "RGB"), imagefile.read(FILES["oil"]).raster)
    job = client.compare(picture(HAND, "BGRA"), picture(AFTER), FILES["oil"])
    stages = []
    while (event := job.next_event(timeout=60)) is not None:
        stages.append(event.stage if isinstance(event, client.Progress) else "")
    got = job.result()
    assert got.grades == want.grades.as_json()["grades"] and got.painted == 1 and set(got.words) == set(got.grades)
    assert got.heat_map.channels == "BGRA"
    heat = np.frombuffer(got.heat_map.data, np.uint8).reshape(want.heat_map.pixels.shape)
    assert (heat[..., [2, 1, 0, 3]] == want.heat_map.pixels).all()
    assert "looking at the pictures" in stages
    with pytest.raises(errors.PictureError, match="different shapes"):
        client.compare(picture(HAND), picture(FILES["woodcut"])).result(60)
    # Seconds of work: word of its end must not be under way before the cancel.
    cancelled = client.compare(picture(HAND, times=24), picture(AFTER, times=24))
    cancelled.cancel()
    with pytest.raises(errors.Cancelled):
        cancelled.result(60)
