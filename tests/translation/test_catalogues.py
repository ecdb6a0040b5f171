"""The catalogues say what the sources say, in every language and whole."""

from __future__ import annotations

import gettext
import re

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po

from plugin.common import translation

from . import catalogues, template

LANGUAGES = catalogues.languages()
MARK = re.compile(r"(?<!&)[_&](?=\w)")  # before the letter that is pressed with Alt


@pytest.fixture(scope="module")
def texts() -> Catalog:
    return template.template()


@pytest.fixture(scope="module", params=LANGUAGES)
def language(request: pytest.FixtureRequest) -> str:
    return str(request.param)


@pytest.fixture(scope="module")
def translated(language: str) -> Catalog:
    return catalogues.read(language)


def messages(catalogue: Catalog) -> list[Message]:
    """All but the header."""
    return [message for message in catalogue if message.id]


def keys(catalogue: Catalog) -> list[tuple[str | None, str]]:
    return sorted((message.context or "", repr(message.id)) for message in messages(catalogue))


def test_german_and_french_are_there():
    assert {"de", "fr"} <= set(LANGUAGES)


def test_template_is_what_the_sources_say(texts: Catalog):
    with open(template.TEMPLATE, "rb") as file:
        assert keys(read_po(file)) == keys(texts), "run python -m tests.translation"


def test_language_has_the_texts_of_the_template(translated: Catalog, texts: Catalog):
    assert keys(translated) == keys(texts), "run python -m tests.translation"


def test_every_text_is_translated(translated: Catalog):
    lacking = [m.id for m in messages(translated) if m.fuzzy or not all(catalogues.strings(m))]
    assert not lacking


def test_plurals_have_all_forms(translated: Catalog):
    short = [m.id for m in messages(translated) if m.pluralizable and len(catalogues.strings(m)) != translated.num_plurals]
    assert not short


def test_what_is_filled_in_is_named_alike(translated: Catalog):
    for message in messages(translated):
        wanted = set().union(*map(catalogues.placeholders, catalogues.originals(message)))
        for text in catalogues.strings(message):
            assert catalogues.placeholders(text) == wanted, message.id


def test_labels_mark_one_letter_where_the_english_one_does(translated: Catalog):
    for message in messages(translated):
        for text in catalogues.strings(message):
            assert len(MARK.findall(text)) == len(MARK.findall(catalogues.originals(message)[0])), message.id


def test_texts_begin_and_end_alike(translated: Catalog):
    """A sentence ends like one, a button that opens something has its dots, lines stay lines."""
    for message in messages(translated):
        original = catalogues.originals(message)[0]
        if message.context == "decimal sign":
            continue
        for text in catalogues.strings(message):
            for sign in (".", "…", "?", ":", " ", "\n"):
                assert text.endswith(sign) == original.endswith(sign), message.id
            assert text.count("\n") == original.count("\n"), message.id
            assert text.count("<b>") == original.count("<b>"), message.id


def test_no_sign_of_french_can_begin_or_end_a_line():
    """French has spaces before some signs; where a window breaks a line, an ordinary one would leave the sign alone."""
    for message in messages(catalogues.read("fr")):
        for text in catalogues.strings(message):
            assert not re.search(r" [:;?!»%](?!\w)|« ", text), text


def test_compiled_catalogue_says_what_its_source_says(translated: Catalog, language: str):
    with open(catalogues.compiled(language), "rb") as file:
        compiled = gettext.GNUTranslations(file)
    for message in messages(translated):
        one, *many = catalogues.originals(message)
        if many:
            got = [compiled.ngettext(one, many[0], count) for count in (1, 2)]
        else:
            got = [compiled.pgettext(message.context, one) if message.context else compiled.gettext(one)]
        assert got == catalogues.strings(message), "run python -m tests.translation"


def test_krita_s_list_of_plug_ins_is_translated():
    assert template.DESKTOP.read_text(encoding="utf-8") == catalogues.desktop(), "run python -m tests.translation"


def test_every_text_of_krita_s_actions_is_set_by_the_shim(texts: Catalog):
    """Krita looks the .action file's texts up in its own catalogue, where they are not."""
    actions = template.ACTIONS.relative_to(template.REPOSITORY).as_posix()
    for message in messages(texts):
        places = [place for place, _ in message.locations]
        (text,) = catalogues.originals(message)[:1]
        if actions in places and not text.endswith("…"):
            opened = texts.get(f"{text}…")  # the text beside an icon is that of the menu without its dots
            assert len(places) > 1 or opened, text


def test_languages_are_chosen_as_the_host_names_them(tmp_path):
    folder = translation.FOLDER
    german, french = (translation.catalogue([name], folder).gettext("Cancel") for name in ("de", "fr"))
    assert german != french != "Cancel"
    for names, wanted in (
        (["de_AT.UTF-8", "C"], german),
        (["fr-CA", "fr"], french),
        (["xx", "fr"], french),
        (["en_GB", "de"], "Cancel"),
        (["C", "de"], "Cancel"),
        (["../../de"], "Cancel"),
        ([], "Cancel"),
    ):
        assert translation.catalogue(names, folder).gettext("Cancel") == wanted, names


def test_damaged_or_missing_catalogue_leaves_english(tmp_path):
    broken = tmp_path / "de" / "LC_MESSAGES" / f"{translation.DOMAIN}.mo"
    broken.parent.mkdir(parents=True)
    for content in (b"", b"\xde\x12\x04\x95", b"not a catalogue at all"):
        broken.write_bytes(content)
        assert translation.catalogue(["de"], tmp_path).gettext("Cancel") == "Cancel"
    assert translation.catalogue(["fr"], tmp_path).gettext("Cancel") == "Cancel"
