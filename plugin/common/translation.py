"""The user's language: gettext catalogues in the folder `locale` beside this package, of one domain for both hosts.

A process speaks one language, that of its host, from its start to its end; what is chosen in the host's settings holds from the
next start on. So the catalogue is this module's one piece of state: the shim names the languages once (`speak`), before it
imports what holds texts. Until then, and wherever no catalogue is found, texts are English.
"""

from __future__ import annotations

import gettext
import re
import struct
from collections.abc import Iterable
from pathlib import Path

DOMAIN = "style-transfer"
FOLDER = Path(__file__).resolve().parent.parent / "locale"
SOURCE_LANGUAGES = ("en", "C", "POSIX")  # in which the texts are written
PLACE = re.compile(r"[A-Za-z]{1,8}(_[A-Za-z0-9]{2,8})*")  # a language's name, which is part of a path

_catalogue = gettext.NullTranslations()


def speak(languages: Iterable[str], folder: Path = FOLDER) -> None:
    """From now on, give texts in the first of `languages` that there is: names as systems write them, "de_AT.UTF-8", "pt-BR"."""
    global _catalogue
    _catalogue = catalogue(languages, folder)


def catalogue(languages: Iterable[str], folder: Path = FOLDER) -> gettext.NullTranslations:
    """The first language's catalogue that can be read in `folder`; an empty one when English comes first or nothing is there."""
    for language in languages:
        for name in _spellings(language):
            if name in SOURCE_LANGUAGES:
                return gettext.NullTranslations()
            try:
                with open(folder / name / "LC_MESSAGES" / f"{DOMAIN}.mo", "rb") as file:
                    return gettext.GNUTranslations(file)
            except (OSError, ValueError, LookupError, struct.error):
                continue  # not there, or damaged: a text in English is better than none
    return gettext.NullTranslations()


def _(message: str) -> str:
    """`message` in the user's language."""
    return _catalogue.gettext(message) if message else ""


def ngettext(one: str, many: str, count: int) -> str:
    """That of the two which goes with `count`, in the user's language."""
    return _catalogue.ngettext(one, many, count)


def pgettext(context: str, message: str) -> str:
    """`message` in the user's language, where the same English word means different things."""
    return _catalogue.pgettext(context, message)


def N_(message: str) -> str:
    """`message` as it is: marked for the catalogues, and translated where it is used."""
    return message


def number(value: float, digits: int) -> str:
    """`value` with so many decimals, and with the language's own sign before them: 1.9 in English, 1,9 in German."""
    return f"{value:.{digits}f}".replace(".", pgettext("decimal sign", "."))


def size(count: float) -> str:
    """Bytes as people read them, `1.9 MB`, `575 MB`, `3.2 GB`; `size unknown` for 0."""
    if count <= 0:
        return _("size unknown")
    if count >= 1e9:
        return _("{number} GB").format(number=number(count / 1e9, 1))
    return _("{number} MB").format(number=number(count / 1e6, 1 if count < 10e6 else 0))


def _spellings(language: str) -> list[str]:
    """The folders where its catalogue may lie, the more precise one first; none for what can't be a language."""
    name = re.split(r"[.@]", language)[0].replace("-", "_")
    return [name, name.split("_")[0]] if PLACE.fullmatch(name) else []
