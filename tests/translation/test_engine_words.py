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
COMPOSED = ("downloading {name}: {amount}", "fetching {title}: {size}, licence", "fetching PyTorch and what it needs: {amount}")


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
            assert re.sub(r"\{\w+\}", "{}", sentence) in known, sentence


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("finishing", "das Ergebnis wird fertiggestellt"),
        ("painting at 512 px, 3 of 100", "es wird bei 512 px gemalt, 3 von 100"),
        (
            "fetching PyTorch and what it needs: 1.2 GB of 3.2 GB, now torch",
            "PyTorch und was es braucht wird heruntergeladen: 1,2 GB von 3,2 GB, jetzt torch",
        ),
        ("memory ran out: going on in smaller tiles (96 MB)", "der Speicher reichte nicht: weiter in kleineren Kacheln (96 MB)"),
        ("version 1.2.3 of nothing known", "version 1.2.3 of nothing known"),
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
    assert engine_words.told(stage) == "microast wird heruntergeladen: 1,2 von 1,9 MB, 0,6 MB/s, noch 1 s"


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
