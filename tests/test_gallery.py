"""The gallery that both hosts share: what is in it, in which order, and what it remembers."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from nst_core import samples
from nst_core.weights import Store
from plugin.common import gallery, models, translation
from plugin.common.gallery import FAVOURITES, FOLDER, PAINTINGS, RECENT, SAMPLES, Entry, Gallery

REPOSITORY = Path(gallery.__file__).resolve().parents[2]
OWN = [sample for sample in samples.SAMPLES if sample.kind == "style"]
WOODCUT, MOSAIC = (str(samples.path(name)) for name in ("woodcut", "mosaic"))
WAVE = "pack:great-wave"


@pytest.fixture
def settings(home: Path) -> Path:
    return home / "data" / "settings"


@pytest.fixture
def styles(settings: Path) -> Gallery:
    return Gallery(settings, samples.SAMPLES, Store(offline=True).paintings)


@pytest.fixture
def mine(styles: Gallery, tmp_path: Path) -> Path:
    """The user's own folder: two pictures, and what is none."""
    folder = tmp_path / "mine"
    folder.mkdir()
    for name in ("Zebra.JPG", "my große welle.jpeg"):
        shutil.copy(WOODCUT, folder / name)
    (folder / "notes.txt").write_text("not a picture")
    (folder / "letter.jpg").write_text("not a picture either")
    (folder / "empty.png").write_bytes(b"")
    (folder / "folder.png").mkdir()
    shutil.copy(WOODCUT, folder / ".hidden.jpg")
    styles.folder = str(folder)
    return folder


def values(entries: list[Entry], group: str | None = None) -> list[str]:
    return [entry.value for entry in entries if group in (None, entry.group)]


def test_a_new_gallery_has_our_styles_then_the_paintings(styles: Gallery):
    entries = styles.entries()
    assert values(entries) == [str(sample.path) for sample in OWN] + [painting.id for painting in Store().paintings()]
    assert {entry.group for entry in entries[: len(OWN)]} == {SAMPLES}
    assert {entry.group for entry in entries[len(OWN) :]} == {PAINTINGS}
    assert all(entry.picture and entry.picture.is_file() and entry.facts is None for entry in entries[: len(OWN)])


def test_a_painting_is_a_tile_with_its_size_until_it_is_fetched(styles: Gallery, mirror: Path):
    wave = styles.entry(WAVE)
    assert wave and wave.picture is None and wave.facts
    assert translation.size(wave.facts.size) == "0.1 MB"
    assert "Katsushika Hokusai, about 1831; public domain" in wave.credit
    headline, text = models.question(wave.facts)
    assert headline == "Download Under the Wave off Kanagawa?" and "Commercial use: allowed" in text
    path = Store().fetch(WAVE)
    fetched = styles.entry(WAVE)
    assert fetched and fetched.picture == path and fetched.facts is None


def test_the_last_used_comes_first_and_stays_at_home_too(styles: Gallery):
    for value in (WOODCUT, WAVE, MOSAIC, WOODCUT):
        styles.used(value)
    assert values(styles.entries(), RECENT) == [WOODCUT, MOSAIC, WAVE] == values(styles.entries())[:3]
    assert WOODCUT in values(styles.entries(), SAMPLES) and WAVE in values(styles.entries(), PAINTINGS)


def test_no_more_than_twelve_are_recent(styles: Gallery, tmp_path: Path):
    pictures = [str(shutil.copy(WOODCUT, tmp_path / f"{number}.jpg")) for number in range(15)]
    for value in pictures:
        styles.used(value)
    assert values(styles.entries(), RECENT) == pictures[:2:-1]


def test_favourites_follow_the_recent_ones_in_their_own_order(styles: Gallery):
    styles.used(MOSAIC)
    for value in (WAVE, WOODCUT, MOSAIC):
        styles.favourite(value, True)
    styles.favourite(WAVE, True)
    styles.favourite(MOSAIC, False)
    assert values(styles.entries())[:3] == [MOSAIC, WOODCUT, WAVE]
    assert values(styles.entries(), FAVOURITES) == [WOODCUT, WAVE]
    assert styles.is_favourite(WAVE) and not styles.is_favourite(MOSAIC)


def test_the_users_folder_is_shown_without_what_is_no_picture(styles: Gallery, mine: Path):
    assert values(styles.entries())[-2:] == [str(mine / name) for name in ("my große welle.jpeg", "Zebra.JPG")]
    assert [entry.title for entry in styles.entries() if entry.group == FOLDER] == ["my große welle", "Zebra"]


@pytest.mark.parametrize("folder", ["", "/nowhere", "\0"])
def test_a_folder_that_is_not_there_shows_nothing(styles: Gallery, folder: str):
    styles.folder = folder
    assert styles.folder == folder and values(styles.entries(), FOLDER) == []


def test_what_has_gone_is_left_out_and_comes_back_with_its_file(styles: Gallery, mine: Path):
    zebra = mine / "Zebra.JPG"
    styles.used(str(zebra))
    styles.favourite(str(zebra), True)
    away = zebra.rename(mine / "away.txt")
    assert values(styles.entries(), RECENT) == values(styles.entries(), FAVOURITES) == []
    away.rename(zebra)
    assert values(styles.entries(), RECENT) == values(styles.entries(), FAVOURITES) == [str(zebra)]


@pytest.mark.parametrize(
    ("search", "found"),
    [
        ("hokusai", [WAVE]),
        ("WAVE off", [WAVE]),
        ("wave bruegel", []),
        ("apache mosaic", [MOSAIC]),
        ("style-woodcut.jpg", [WOODCUT]),
        ("GROSSE welle", []),
        ("GROßE welle", ["my große welle.jpeg"]),
        ("jpeg", ["my große welle.jpeg"]),
    ],
)
def test_search_finds_all_words_in_title_credit_and_file(styles: Gallery, mine: Path, search: str, found: list[str]):
    assert values(styles.entries(search)) == [str(mine / one) if one.endswith("jpeg") else one for one in found]


def test_search_shows_each_style_once(styles: Gallery):
    styles.used(WAVE)
    styles.favourite(WAVE, True)
    assert [(entry.value, entry.group) for entry in styles.entries("hokusai")] == [(WAVE, RECENT)]


def test_what_is_remembered_means_the_same_in_the_other_hosts_copy(styles: Gallery, settings: Path, tmp_path: Path):
    # As the other host's plug-in has the samples: a folder of its own.
    other = tmp_path / "pykrita" / "style_transfer" / "nst_core" / "samples"
    shutil.copytree(Path(WOODCUT).parent, other, ignore=shutil.ignore_patterns("*.py", "__pycache__"))

    class Copy:
        kind, title, path = "style", "Woodcut", other / "style-woodcut.jpg"

    styles.used(WOODCUT)
    styles.favourite(WOODCUT, True)
    there = Gallery(settings, [Copy], list)
    assert values(there.entries()) == [str(Copy.path)] * 3
    there.favourite(str(Copy.path), False)
    assert not styles.is_favourite(WOODCUT)


@pytest.mark.parametrize(
    "text", ["", "[1]", "{", '{"recent": 5, "favourites": [1, null], "folder": {}}', '{"recent": ["\\u0000"]}']
)
def test_a_spoilt_file_is_an_empty_memory_and_can_be_written_again(styles: Gallery, settings: Path, text: str):
    settings.mkdir(parents=True)
    (settings / gallery.FILE).write_text(text)
    assert values(styles.entries(), RECENT) == [] and styles.folder == ""
    styles.used(WOODCUT)
    assert values(styles.entries())[0] == WOODCUT


def test_a_disk_that_refuses_costs_nothing_but_the_memory(styles: Gallery, settings: Path):
    settings.parent.mkdir(parents=True)
    settings.write_text("a file where the folder should be")
    styles.used(WOODCUT)
    assert values(styles.entries(), RECENT) == []


@pytest.mark.parametrize("value", ["", "/nowhere.jpg", "pack:mona-lisa", "\0", str(REPOSITORY)])
def test_what_is_no_style_has_no_entry(styles: Gallery, value: str):
    assert styles.entry(value) is None


def test_letters_survive_a_python_without_a_locale(tmp_path: Path):
    # As Krita runs it: names from the system and names from Qt are spelt differently there.
    folder = tmp_path / "Größe"
    folder.mkdir()
    shutil.copy(WOODCUT, folder / "ä.jpg")
    script = (
        "import json, sys\n"
        "from pathlib import Path\n"
        "from plugin.common.gallery import Gallery\n"
        "assert sys.getfilesystemencoding() == 'ascii', sys.getfilesystemencoding()\n"
        f"folder = json.loads({json.dumps(json.dumps(str(folder)))})\n"
        "gallery = Gallery(Path(sys.argv[1]), [], list)\n"
        "gallery.folder = folder\n"
        "gallery.used(folder + '/\\xe4.jpg')\n"
        "told = [[entry.value, entry.title, str(entry.picture)] for entry in gallery.entries()]\n"
        "print(json.dumps(told))\n"
    )
    environment = {**os.environ, "LC_ALL": "C", "PYTHONCOERCECLOCALE": "0", "PYTHONUTF8": "0", "PYTHONPATH": str(REPOSITORY)}
    command = [sys.executable, "-c", script, str(tmp_path / "settings")]
    done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, check=True)
    path = str(folder / "ä.jpg")
    assert json.loads(done.stdout) == [[path, "ä", path]] * 2
