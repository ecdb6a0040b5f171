"""The real hosts in other languages: GIMP in German, Krita in French. Every text of ours is theirs, and has room.

Screenshots go to the folder $NST_SCREENSHOTS, where it is set.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import pytest

from plugin.common import translation
from tests.hosts import gimp_driver, krita_driver
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.translation import catalogues

pytestmark = pytest.mark.hosts

HERE = Path(__file__).resolve().parent

# What buttons and signs of the hosts' own say: the tree has no catalogues of theirs.
THEIRS = {"Cancel", "Reset", "Back"}


@pytest.fixture(scope="module")
def german(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What can be read in GIMP, started with LANGUAGE=de as its preferences do it."""
    profile = gimp_driver.make_profile(hosts, tmp_path_factory.mktemp("gimp-german"), shared)
    seen, folder = profile.looked("gimp_words.py", "words", "procedures windows", {"LANGUAGE": "de"}, timeout=500)
    return {**seen, "output": (folder / "output").read_text()}


@pytest.fixture(scope="module")
def french(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What can be read in Krita, its language chosen as its own dialog does it."""
    folder = tmp_path_factory.mktemp("krita-french")
    profile = krita_driver.make_profile(hosts, folder, shared)
    (profile.home / ".config" / "klanguageoverridesrc").write_text("[Language]\nkrita=fr\n")
    photo = REPOSITORY / "nst_core" / "samples" / "scene-lake.jpg"
    return profile.looked("krita_words", folder, timeout=600, NST_PHOTO=str(photo), NST_PREFIX="krita-french")


def english(texts: Iterable[str], language: str) -> set[str]:
    """Those of the texts that should have been translated."""
    known = set()
    for message in catalogues.read(language):
        told, original = catalogues.strings(message)[0], catalogues.originals(message)[0]
        if original and plain(told) != plain(original):
            known.add(plain(original))
    return {text for text in texts if plain(text) in known - THEIRS}


def plain(text: str) -> str:
    """Without the marks of letters and the colon after a label."""
    return text.replace("&", "").replace("_", "").rstrip(": \N{NO-BREAK SPACE}")


def test_gimp_s_menu_and_procedure_browser_are_german(german: dict[str, Any]):
    texts = german["procedures"]["texts"]
    assert "St_ilübertragung …" in texts and "Die Ebene im Stil eines anderen Bildes malen" in texts
    assert english(texts, "de") == set()
    assert "catalog directory" not in "\n".join(line for line in german["output"].splitlines() if "style-transfer" in line)


def test_gimp_s_windows_are_german(german: dict[str, Any]):
    texts = german["windows"]["texts"]
    assert {"embedded", "gatys", "gallery", "history", "question", "failure"} <= set(texts)
    for name, found in texts.items():
        assert english(found, "de") == set(), name
    assert {"Stilübertragung", "Stärke", "Strichgröße", "Malen", "Vorher", "Nachher"} <= set(texts["embedded"])
    assert "In der Zwischenablage ist kein Bild: kopieren Sie erst eines." in texts["failure"]
    assert any("3,3 MB" in text for text in texts["question"])


def test_gimp_s_german_labels_have_room_and_letters_of_their_own(german: dict[str, Any]):
    assert german["windows"]["cut"] == []
    assert german["windows"]["clash"] == {}


def test_krita_s_menu_is_french(french: dict[str, Any]):
    texts = french["texts"]["menu"]
    assert "Transfert de style…" in texts and "Peindre le calque actif comme le dernier" in texts
    assert english(texts, "fr") == set()


def test_krita_s_windows_are_french(french: dict[str, Any]):
    texts = french["texts"]
    assert {"docker", "styles", "history", "presets", "question", "grading", "window-gatys"} <= set(texts)
    for name, found in texts.items():
        assert english(found, "fr") == set(), name
    assert "Couleurs\N{NO-BREAK SPACE}:" in {text.replace("&", "") for text in texts["window-embedded"]}
    assert any("44\N{NO-BREAK SPACE}Mo" in text for text in texts["question"])


def test_krita_s_french_labels_have_room(french: dict[str, Any]):
    assert french["clipped"] == []


def test_krita_s_layer_is_named_in_french(french: dict[str, Any]):
    assert french["layer"] == "huile en tourbillons, Rapide, 100 %"


def test_krita_s_progress_is_french(french: dict[str, Any]):
    assert french["stage"].replace("\N{NO-BREAK SPACE}", " ") == "Peinture en cours, encore 42 s environ"


def test_catalogues_lie_where_the_hosts_look(german: dict[str, Any]):
    """GIMP looks into the folder `locale` beside the plug-in's script; it is the same one for both."""
    assert translation.FOLDER == REPOSITORY / "plugin" / "locale"
    assert german["language"][0] == "de"
