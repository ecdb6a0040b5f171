"""What the engine says is shown in the user's language, and the catalogues know what it says."""

from __future__ import annotations

import gettext
import re
from pathlib import Path

import pytest

from nst_core import errors, imagefile, schema
from nst_core.manifest import Source
from nst_core.progress import silent
from nst_core.reply import Patience
from nst_core.shelf import Shelf
from nst_core.transfer import Transfer
from plugin.common import engine_words, schema_words, texts, translation
from plugin.common.engine_sentences import AROUND, IN_A_HOST, REASONS, SENTENCES

from . import sentences
from .catalogues import PLACEHOLDER, placeholders

PUT_TOGETHER = ("downloading", "pack:", "channels")  # words that the engine keeps in a place of their own


LABEL = re.compile(r"^(model )?\{\}: ")  # before what is said of a model or a painting


class Masked(gettext.NullTranslations):
    """A language of dots, in which all is known that has been listed, and what is not is found by its letters."""

    known = frozenset((*SENTENCES, *AROUND, *REASONS, *IN_A_HOST.values()))

    def gettext(self, message: str) -> str:
        if message not in self.known:
            return message
        return "".join(part if PLACEHOLDER.fullmatch(part) else "·" for part in re.split(r"(\{\w+\})", message))


@pytest.fixture
def german(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalogue", translation.catalogue(["de"]))


@pytest.fixture
def masked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(translation, "_catalogue", Masked())


def left_in_english(sentence: str) -> bool:
    """Whether something of it is in no table; what was filled in must not look like words."""
    return sentences.LIKE_A_SENTENCE.search(engine_words.told(sentence)) is not None


def test_every_sentence_that_a_host_can_meet_is_listed(masked: None):
    listed = "\n".join((*SENTENCES, *IN_A_HOST, *AROUND))
    lacking = []
    for place, text in sentences.met():
        part = re.compile(".+?".join(map(re.escape, LABEL.sub("", text.strip()).split("{}"))))
        if left_in_english(text.replace("{}", "7")) and not part.search(listed):
            lacking.append(f"{place}: {text}")
    assert not lacking, "put it into plugin/common/engine_sentences.py, or into sentences.BESIDE when no host's job comes there"


def test_what_no_host_meets_is_there():
    assert not list(sentences.stale())


def test_every_listed_sentence_is_one_that_the_engine_says():
    said = {
        LABEL.sub("", text.strip())
        for text in sentences.all_of_them()
        if " " in text.strip() or text in (*SENTENCES, *PUT_TOGETHER)
    }
    parts = [re.compile("(.+?)".join(map(re.escape, text.split("{}")))) for text in said]
    for sentence in (*SENTENCES, *IN_A_HOST, *AROUND):
        assert not unsaid(sentence, parts), sentence


def unsaid(sentence: str, parts: list[re.Pattern[str]]) -> str:
    """The letters of `sentence` that are in none of the `parts` that fit into it, but for what is filled in."""
    left = [*re.sub(r"\{\w+\}", lambda found: " " * len(found[0]), sentence)]
    for match in (match for part in parts for match in part.finditer(sentence)):
        filled_in = {place for group in range(1, match.re.groups + 1) for place in range(*match.span(group))}
        for place in {*range(*match.span())} - filled_in:
            left[place] = " "
    return "".join(filter(str.isalpha, left))


def test_what_a_host_is_told_instead_has_the_same_parts():
    for said, told in IN_A_HOST.items():
        assert placeholders(told) <= placeholders(said)
        assert "installer" not in told and "nst_core" not in told


MEANS = (
    "set NST_MODELS_MIRROR to a folder or address that has it, "
    'or get it by other means and run "nst_core models import microast FILE..."'
)


@pytest.mark.parametrize(
    "sentence",
    [
        "fetching MicroAST: 1.9 MB, licence MIT, commercial use: yes (https://example.org/a)",
        "style pack:x: the disk is full at /a: free 12.5 MB, or set NST_HOME to a folder elsewhere",
        "model x: /a cannot be written (Permission denied): make it writable, or set NST_HOME to a folder elsewhere",
        "model x: x.safetensors was damaged (SHA-256 41f0… instead of c8d8…) and is deleted; a.pth could not be fetched from "
        "/b/a.pth (damaged: 3 bytes instead of 4; deleted) nor from https://example.org/a (another file: 3 bytes instead of 4) "
        f'nor from https://example.org/b (no connection): run "nst_core models fetch microast" again, or {MEANS}',
        "model x: a.pth could not be fetched from /b/a.pth (cannot be read: Input/output error): go online, or " + MEANS,
        "model x: a.pth is not on this machine, and offline mode keeps it from being fetched from https://example.org/a: "
        f"go online, or {MEANS}",
        "model x: it is not on this machine: install the program again",
        "model x: x.safetensors is damaged: 3 bytes instead of 4: install the program again",
        "model x: x.safetensors is damaged: 3 bytes instead of 4: "
        'run "nst_core models import x FILE" with the file that you made it from',
        "style a.tif: left out 2 extra channels",
        "style 2 3.tif: ignored its colour profile, which is damaged or of another kind; converted from CMYK to sRGB",
        "style a.tif: converted from a nameless profile to sRGB",
        "the style picture /a/b.png is 9×9 pixels: it must have at least 16 on each side",
        "method anime takes no style pictures, not 1",
        "method embedded takes 1 to 8 style pictures, not 9",
        "the engine stopped in mid-job (it was killed, perhaps because memory ran out): "
        "try again, or with a smaller working size",
        "the engine stopped in mid-job (signal 11): try again, or with a smaller working size",
        "the worker environment can't be made: uv failed with the lines above",
    ],
)
def test_nothing_stays_english_of_what_is_put_together(masked: None, sentence: str):
    assert not left_in_english(sentence), engine_words.told(sentence)


@pytest.mark.parametrize("content", [b"", b"8BPS", b"nothing", b"\x89PNG\r\n\x1a\n\0\0\0", b"\xff\xd8\xff\xe0", b"GIF89a", None])
def test_nothing_stays_english_of_what_is_wrong_with_a_picture(masked: None, tmp_path: Path, content: bytes | None):
    if content is not None:
        (tmp_path / "a.png").write_bytes(content)
    with pytest.raises(errors.PictureError) as caught:
        imagefile.read(tmp_path / "a.png")
    assert str(tmp_path) in engine_words.told(caught.value.message) and not left_in_english(caught.value.message)


@pytest.mark.parametrize("mirror", ["", "/nowhere"])
def test_nothing_stays_english_of_what_can_not_be_fetched(masked: None, tmp_path: Path, mirror: str):
    source = Source("a.pth", "https://example.org/a.pth", sha256="0" * 64)
    shelf = Shelf(tmp_path, "model", "tiny", (source,), offline=True, mirror=mirror, patience=Patience(attempts=1))
    with pytest.raises(errors.ModelError) as caught:
        shelf.fetch(silent)
    assert (mirror or "example.org") in caught.value.message
    assert not left_in_english(caught.value.message), engine_words.told(caught.value.message)


def test_names_stay_as_they_are(german: None):
    """Whatever a file is called, and whatever a title has in it."""
    assert engine_words.told("picture near is a folder: name a file in it").startswith("das Bild near ")
    assert engine_words.told("waiting for another program that fetches 007").count("007") == 1
    credit = "style pack:venice: Venice, from the Porch of Madonna della Salute, J. M. W. Turner, about 1835; CC0; from x"
    told = "Stil pack:venice: Venedig, von der Vorhalle der Madonna della Salute, J. M. W. Turner, um 1835; CC0; von x"
    assert engine_words.told(credit) == told


def test_who_sits_before_a_host_is_told_what_to_do_there():
    error = (
        f'model microast: a.pth could not be fetched from /a (not there): run "nst_core models fetch microast" again, or {MEANS}'
    )
    assert engine_words.told(error) == (
        "model microast: a.pth could not be fetched from /a (not there): check the network and try again, "
        "or set NST_MODELS_MIRROR to a folder or address that has it, and start this program again"
    )
    missing = 'the worker\'s Python is not set up (there is none at /a): run "python3 -m installer install" once'
    assert "/a" in engine_words.told(missing) and "installer" not in engine_words.told(missing)


@pytest.mark.parametrize(
    ("sentence", "wanted"),
    [
        ("finishing", "das Ergebnis wird fertiggestellt"),
        ("painting at 512 px, 3 of 100", "es wird mit 512 px gemalt, 3 von 100"),
        (
            "fetching PyTorch and what it needs: 1.2 GB of 3.2 GB, now torch",
            "PyTorch und alles Nötige werden heruntergeladen: 1,2 GB von 3,2 GB, jetzt torch",
        ),
        (
            "memory ran out: going on in smaller tiles (96 MB)",
            "der Speicher reichte nicht: weiter geht es in kleineren Kacheln (96 MB)",
        ),
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
        "model microast: encoder.pth could not be fetched from https://example.org/a (HTTP 503) nor from /a (not there): "
        f"go online, or {MEANS}"
    )
    assert told == (
        "Modell microast: encoder.pth ließ sich nicht von https://example.org/a (HTTP 503) und auch nicht von /a (dort nicht "
        "vorhanden) holen: gehen Sie online, oder setzen Sie NST_MODELS_MIRROR auf einen Ordner oder eine Adresse, wo es liegt, "
        "und starten Sie dieses Programm neu"
    )


def test_english_is_left_alone():
    stage = "downloading microast: 1.2 of 1.9 MB, 0.6 MB/s, 2 s left"
    assert engine_words.told(stage) == stage
    assert texts.progress(stage, 3.0) == stage


def test_errors_and_times_are_sentences_of_the_language(german: None):
    error = "memory ran out at the smallest working size: close other programs and try again"
    assert texts.sentence(error).startswith("Der Speicher reicht auch für die kleinste Arbeitsgröße nicht: ")
    assert texts.progress("painting", 42.0) == "es wird gemalt, noch etwa 42 s"
    assert translation.size(1_901_259) == "1,9 MB"


def test_methods_and_parameters_come_in_the_language_and_values_stay(german: None):
    english, told = schema.METHODS["gatys"], schema_words.method(schema.METHODS["gatys"])
    assert (told.name, told.label) == ("gatys", "Klassische Optimierung")
    assert told.check({}) == english.check({})
    strength, known = (next(one for one in method.parameters if one.name == "strength") for method in (told, english))
    assert (strength.label, strength.low, strength.high) == ("Stärke", known.low, known.high)
    assert [choice.value for choice in told.parameters[1].choices] == [choice.value for choice in english.parameters[1].choices]
    assert told.parameters[1].choices[1].label == "Entwurf"
