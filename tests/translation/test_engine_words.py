"""What the engine says is shown in the user's language, and the catalogues know what it says."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator

import pytest

from nst_core import schema
from nst_core.transfer import Transfer
from plugin.common import engine_words, models, schema_words, texts, translation

from .template import REPOSITORY

# Sentences that are put together from parts in the engine; `test_downloads_are_told` and others say them.
COMPOSED = (
    "downloading {name}: {amount}",
    "fetching {title}: {size}, licence",
    "fetching PyTorch and what it needs: {amount}",
    "{label}: the disk is full",
    "{label}: {folder} cannot be written",
)
# What the engine fills in is always the same here: which environment is made, which thing has the fault.
ALWAYS = {"the worker environment": "the {name}", "picture {name} is damaged": "is damaged", "picture {name} is cut": "is cut"}


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalogue", translation.catalogue(["de"]))


def said() -> Iterator[str]:
    """Every literal of the engine and the set-up, with {} for what is filled in."""
    for folder in ("nst_core", "installer"):
        for path in (REPOSITORY / folder).rglob("*.py"):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.JoinedStr):
                    parts = (part.value if isinstance(part, ast.Constant) else "{}" for part in node.values)
                    yield "".join(map(str, parts))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    yield node.value


def test_every_sentence_is_one_that_the_engine_says():
    known = "\n".join(said())
    for sentence in engine_words.SENTENCES:
        if not sentence.startswith(COMPOSED):
            told = sentence
            for here, there in ALWAYS.items():
                told = told.replace(here, there)
            assert re.sub(r"\{\w+\}", "{}", told) in known, sentence


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("finishing", "das Ergebnis wird fertiggestellt"),
        ("painting at 512 px, 3 of 100", "es wird bei 512 px gemalt, 3 von 100"),
        (
            "fetching PyTorch and what it needs: 1.2 GB of 3.2 GB, now torch",
            "Herunterladen von PyTorch und was es braucht: 1,2 GB von 3,2 GB, jetzt torch",
        ),
        ("memory ran out: going on in smaller tiles (96 MB)", "der Speicher reichte nicht: weiter in kleineren Kacheln (96 MB)"),
        ("version 1.2.3 of nothing known", "version 1.2.3 of nothing known"),
        (
            "the worker environment can't be made: the disk is full: make room, or set NST_HOME (and UV_CACHE_DIR) to folders on "
            "another disk",
            "die Umgebung der Engine lässt sich nicht einrichten: die Platte ist voll: schaffen Sie Platz, oder setzen Sie "
            "NST_HOME (und UV_CACHE_DIR) auf Ordner auf einer anderen Platte",
        ),
    ],
)
def test_sentences_are_told_in_german(german: None, sentence: str, wanted: str):
    assert engine_words.told(sentence) == wanted


def test_downloads_are_told(german: None):
    clock = iter((0.0, 2.0))
    transfer = Transfer("microast", 1_900_000, lambda: next(clock))
    transfer.stage(0)
    stage = transfer.stage(1_200_000)
    assert stage == "downloading microast: 1.2 of 1.9 MB, 0.6 MB/s, 1 s left"
    assert engine_words.told(stage) == "Herunterladen von microast: 1,2 von 1,9 MB, 0,6 MB/s, noch 1 s"


def test_parts_of_a_sentence_are_told(german: None):
    told = engine_words.told(
        "model microast: encoder.pth could not be fetched from https://example.org/a (HTTP 503): "
        'run "nst_core models fetch microast" again, or set NST_MODELS_MIRROR to a folder or address that has it, '
        'or get it by other means and run "nst_core models import microast FILE..."'
    )
    assert told == (
        "Modell microast: encoder.pth ließ sich nicht von https://example.org/a (HTTP 503) herunterladen: "
        "rufen Sie „nst_core models fetch microast“ noch einmal auf, oder setzen Sie NST_MODELS_MIRROR auf einen Ordner oder "
        "eine Adresse, wo es liegt, oder besorgen Sie es auf anderem Weg und rufen Sie "
        "„nst_core models import microast FILE...“ auf"
    )


def test_english_is_left_alone():
    stage = "downloading microast: 1.2 of 1.9 MB, 0.6 MB/s, 2 s left"
    assert engine_words.told(stage) == stage
    assert texts.progress(stage, 3.0) == stage


def test_errors_and_times_are_sentences_of_the_language(german: None):
    error = "memory ran out at the smallest working size: close other programs and try again"
    assert texts.sentence(error).startswith("Der Speicher reicht auch für die kleinste Arbeitsgröße nicht: ")
    assert texts.progress("painting", 42.0) == "es wird gemalt, noch etwa 42 s"
    assert models.megabytes(1_901_259) == "1,9 MB"


def test_methods_and_parameters_come_in_the_language_and_values_stay(german: None):
    english, told = schema.METHODS["gatys"], schema_words.method(schema.METHODS["gatys"])
    assert (told.name, told.label) == ("gatys", "Klassische Optimierung")
    assert told.check({}) == english.check({})
    strength, known = (next(one for one in method.parameters if one.name == "strength") for method in (told, english))
    assert (strength.label, strength.low, strength.high) == ("Stärke", known.low, known.high)
    assert [choice.value for choice in told.parameters[1].choices] == [choice.value for choice in english.parameters[1].choices]
    assert told.parameters[1].choices[1].label == "Entwurf"
