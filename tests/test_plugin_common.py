"""What both shims share: the part of a layer to read, the new layer's name, the words of messages."""

from __future__ import annotations

import ast
import sys
from pathlib import Path

import pytest

from plugin.common import grading, layers, models, texts, translation
from plugin.common.layers import Box

COMMON = Path(layers.__file__).resolve().parent


def pixels(box: Box) -> set[tuple[int, int]]:
    """Every pixel in the box: the other way to do a rectangle's arithmetic."""
    return {(x, y) for x in range(box.x, box.x + box.width) for y in range(box.y, box.y + box.height)}


@pytest.mark.parametrize(
    "other", [Box(2, 3, 4, 5), Box(-3, -3, 5, 6), Box(4, 4, 1, 1), Box(20, 20, 3, 3), Box(9, 0, 5, 5), Box(0, 0, 0, 0)]
)
def test_cut_is_the_pixels_in_both(other: Box):
    box = Box(0, 0, 9, 7)
    assert pixels(box.cut(other)) == pixels(other.cut(box)) == pixels(box) & pixels(other)
    assert box.cut(other).empty == (not pixels(box) & pixels(other))


def test_grown_has_every_pixel_within_the_margin():
    want = {(x + dx, y + dy) for x, y in pixels(Box(5, 6, 3, 2)) for dx in range(-2, 3) for dy in range(-2, 3)}
    assert pixels(Box(5, 6, 3, 2).grown(2)) == want


def test_moved_there_and_back_is_the_same():
    assert Box(1, 2, 3, 4).moved(-10, 7) == Box(-9, 9, 3, 4)
    assert Box(1, 2, 3, 4).moved(-10, 7).moved(10, -7) == Box(1, 2, 3, 4)


def test_region_without_a_selection_is_the_whole_layer():
    assert layers.region(Box(-5, 7, 100, 50), None) == Box(-5, 7, 100, 50)


def test_region_is_the_selection_with_its_margin_inside_the_layer():
    assert layers.region(Box(0, 0, 1000, 1000), Box(500, 400, 20, 10), 64) == Box(436, 336, 148, 138)
    assert layers.region(Box(0, 0, 100, 1000), Box(90, 400, 200, 10), 64) == Box(26, 336, 74, 138)


def test_region_is_empty_where_the_selection_only_comes_near():
    assert layers.region(Box(0, 0, 100, 100), Box(110, 10, 20, 20), 64).empty


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("/a/starry_night.jpg", "starry night"),
        ("wave.tar.png", "wave.tar"),
        ("C/style-swirled-oil.jpg", "swirled oil"),
        ("style_of_mine.png", "style of mine"),
        ("pack:great-wave", "great wave"),
        ("/p/__Große  Welle_.webp", "Große Welle"),
        ("a" * 60 + ".png", "a" * 39 + "…"),
    ],
)
def test_style_name_is_the_file_in_words(file: str, name: str):
    assert layers.style_name(file) == name


def test_layer_name_tells_model_styles_and_strength():
    assert layers.layer_name("MicroAST", ["starry night"], 0.8) == "starry night, MicroAST, 80 %"
    assert layers.layer_name("Magenta", ["a", "b"], 1) == "a + b, Magenta, 100 %"
    assert layers.layer_name("Hayao", [], None) == "Hayao"


@pytest.mark.parametrize(
    ("message", "sentence"),
    [
        ("the worker was lost: try again", "The worker was lost: try again."),
        ("wave.png is not a picture", "wave.png is not a picture."),
        ("l'image n'existe pas", "L'image n'existe pas."),
        ("is it there?", "Is it there?"),
        ("painting, about 6 s left", "Painting, about 6 s left."),
    ],
)
def test_sentence_has_a_capital_and_a_stop(message: str, sentence: str):
    assert texts.sentence(message) == sentence


@pytest.mark.parametrize(("seconds", "left"), [(None, ""), (1.0, ""), (12.4, "about 12 s left"), (150.0, "about 2 min left")])
def test_time_left_is_told_where_it_is_worth_it(seconds: float | None, left: str):
    assert texts.time_left(seconds) == left
    assert texts.progress("painting", seconds) == (f"painting, {left}" if left else "painting")
    assert texts.progress("1 of 2 MB, 3 s left", seconds) == "1 of 2 MB, 3 s left"


@pytest.mark.parametrize(
    ("count", "told"),
    [(0, "size unknown"), (1_901_259, "1.9 MB"), (30_400_000, "30 MB"), (575_000_000, "575 MB"), (3_200_000_000, "3.2 GB")],
)
def test_bytes_are_told_in_digits_that_count(count: int, told: str):
    assert translation.size(count) == told


def test_no_two_labels_get_the_same_mnemonic():
    taken = {"s"}
    labels = ["Strength", "Size", "Tile", "tts"]
    assert [texts.mnemonic(label, taken, "_") for label in labels] == ["S_trength", "S_ize", "Ti_le", "tts"]


def test_report_names_everything_but_the_user(monkeypatch: pytest.MonkeyPatch):
    home = str(Path.home())
    text = texts.report("PictureError", f"{home}/a.png is empty", f"line 1\n{home}/b.py", {"GIMP": "3.0.4"})
    assert home not in text and "PictureError: ~/a.png is empty" in text and "~/b.py" in text
    assert "GIMP: 3.0.4" in text and f"Python: {sys.version.split()[0]}" in text


@pytest.mark.parametrize("module", sorted(COMMON.glob("*.py")), ids=lambda path: path.name)
def test_common_imports_nothing_but_the_standard_library(module: Path):
    for node in ast.walk(ast.parse(module.read_text(encoding="utf-8"))):
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        if isinstance(node, ast.ImportFrom) and node.level == 0:
            names.append(node.module or "")
        assert {name.split(".")[0] for name in names} <= sys.stdlib_module_names


def facts(**changed: object) -> models.Facts:
    row = {"id": "adain", "title": "AdaIN", "size": 30_400_000, "licence": "MIT", "commercial": "yes", "installed": False}
    row["source"] = "https://github.com/naoto0804/pytorch-AdaIN/releases/download/v0.0.0/decoder.pth"
    return models.from_answer({"models": [{**row, "path": "", "description": "more than is asked for", **changed}]})["adain"]


@pytest.mark.parametrize(
    ("changed", "label"),
    [
        ({}, "AdaIN (30 MB to download)"),
        ({"installed": True}, "AdaIN"),
        ({"commercial": "no"}, "AdaIN (30 MB to download, non-commercial)"),
        ({"commercial": "unclear", "installed": True}, "AdaIN (licence unclear)"),
        ({"size": 0}, "AdaIN (to be downloaded)"),
        ({"size": 1_901_259}, "AdaIN (1.9 MB to download)"),
    ],
)
def test_picker_marks_what_must_be_downloaded_and_what_may_not_be_sold(changed: dict[str, object], label: str):
    assert models.marked("AdaIN", facts(**changed)) == label


def test_picker_shows_the_bare_name_while_nothing_is_known():
    assert models.marked("AdaIN", None) == "AdaIN"


@pytest.mark.parametrize(("commercial", "told"), [("yes", "allowed"), ("no", "not allowed"), ("unclear", "unclear")])
def test_question_tells_size_licence_and_commercial_use(commercial: str, told: str):
    headline, text = models.question(facts(commercial=commercial))
    assert headline == "Download AdaIN?"
    assert "30 MB" in text and "Licence: MIT." in text and f"Commercial use: {told}" in text
    assert text.endswith("Source: github.com/naoto0804/pytorch-AdaIN.")


def test_source_is_the_server_and_on_a_shared_one_the_project():
    assert (
        models.publisher("https://raw.githubusercontent.com/EndyWon/MicroAST/5a6c/models/a.tar") == "github.com/EndyWon/MicroAST"
    )
    assert models.publisher("https://download.pytorch.org/models/vgg19-dcbb9e9d.pth") == "download.pytorch.org"
    assert models.publisher("https://huggingface.co/vumichien/Hayao/resolve/f84714b/a.onnx") == "huggingface.co/vumichien/Hayao"


@pytest.mark.parametrize(("name", "found"), [("7.4 of 10, heat map", True), ("7.4 of 10, heat map #12", True), ("map #1", False)])
def test_heat_maps_are_known_by_their_names(name: str, found: bool):
    assert grading.is_heat_map(name) is found
