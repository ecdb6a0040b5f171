"""Where a result goes, and the note that it carries into a saved picture."""

from __future__ import annotations

import doctest
import json
import os
from pathlib import Path

import pytest

from plugin.common import output
from plugin.common.output import Output


def told(styles: list[tuple[str, float]], **parameters: object) -> dict:
    return json.loads(output.note("gatys", "vgg19", styles, parameters, "1.2.3"))


def test_choices_are_found_by_what_scripts_say():
    assert [Output(value) for value in ("masked", "cut", "image")] == list(Output)
    assert output.DEFAULT is Output.MASKED
    assert all(choice.label and choice.help.endswith(".") for choice in Output)
    assert [choice.cut for choice in Output] == [False, True, True]


@pytest.mark.parametrize(("chosen", "above"), [(Output.MASKED, "masked"), (Output.CUT, "cut"), (Output.IMAGE, "masked")])
def test_selection_that_says_where_styles_go_masks_and_cuts_nothing(chosen: Output, above: str):
    assert [value for value, _ in output.places(False, chosen)] == ["masked", "cut", "image"]
    assert output.places(True, chosen) == [(above, "New layer above"), ("image", "New image")]


def test_note_says_how_the_layer_was_made():
    assert told([("pack:great-wave", 0.25), ("wave.jpg", 0.75)], steps=300, strength=0.5, model="vgg19") == {
        "method": "gatys",
        "model": "vgg19",
        "styles": [{"name": "pack:great-wave", "weight": 0.25}, {"name": "wave.jpg", "weight": 0.75}],
        "parameters": {"steps": 300, "strength": 0.5, "model": "vgg19"},
        "engine": "1.2.3",
    }


@pytest.mark.parametrize("path", ["/home/ann/my styles/wave.jpg", r"C:\Users\ann\wave.jpg", r"\\server\ann\wave.jpg"])
def test_note_tells_of_no_folder(path: str):
    assert told([(path, 1.0)])["styles"] == [{"name": "wave.jpg", "weight": 1.0}]


def test_parameters_tell_of_no_folder():
    log, masks = os.path.abspath("ann/log.csv"), os.pathsep.join(map(os.path.abspath, ["ann/a.png", "ann/b.png"]))
    kept = told([], log=log, masks=masks, words="one/two", none=None)["parameters"]
    assert kept == {"log": "log.csv", "masks": os.pathsep.join(["a.png", "b.png"]), "words": "one/two", "none": None}


def test_note_keeps_every_script_readable():
    assert (
        told([(str(Path("/a") / "Große Welle, 神奈川沖浪裏.jpg"), 1.0)])["styles"][0]["name"] == "Große Welle, 神奈川沖浪裏.jpg"
    )


def test_one_layer_is_not_counted():
    assert output.of_several(1, 1, "painting") == "painting"
    assert output.of_several(2, 3, "painting") == "layer 2 of 3: painting"


def test_examples_hold():
    assert doctest.testmod(output).failed == 0
