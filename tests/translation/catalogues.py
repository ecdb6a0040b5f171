"""The catalogues as they lie in the repository: read, brought in line with the template, compiled."""

from __future__ import annotations

import io
import re
from pathlib import Path

from babel.messages.catalog import Catalog, Message
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po

from plugin.common.translation import DOMAIN, FOLDER

from . import template

PLACEHOLDER = re.compile(r"\{(\w+)(![a-z])?(:[^}]*)?\}")


def languages() -> list[str]:
    """Those that there are translations into."""
    return sorted(path.stem for path in FOLDER.glob("*.po"))


def source(language: str) -> Path:
    """What a translator works on."""
    return FOLDER / f"{language}.po"


def compiled(language: str) -> Path:
    """What the plug-ins read."""
    return FOLDER / language / "LC_MESSAGES" / f"{DOMAIN}.mo"


def read(language: str) -> Catalog:
    """The language's translations."""
    with open(source(language), "rb") as file:
        return read_po(file, language, DOMAIN)


def written(catalogue: Catalog) -> bytes:
    """The catalogue as a file's contents."""
    stream = io.BytesIO()
    write_po(stream, catalogue, width=120, omit_header=False, ignore_obsolete=True, include_lineno=False)
    return stream.getvalue()


def updated(old: Catalog, texts: Catalog) -> Catalog:
    """The template's texts with the translations that there are; nothing is guessed from similar texts."""
    new = template.catalogue(str(old.locale))
    for message in texts:
        if message.id:
            known = old.get(message.id, message.context)
            string = known.string if known and not known.fuzzy else None
            comments, context = message.auto_comments, message.context
            new.add(message.id, string, message.locations, message.flags, comments, context=context)
    return new


def binary(catalogue: Catalog) -> bytes:
    """The catalogue as programs read it."""
    stream = io.BytesIO()
    write_mo(stream, catalogue)
    return stream.getvalue()


def strings(message: Message) -> list[str]:
    """A message's translations: one, or one for each plural form."""
    found = message.string if isinstance(message.string, (tuple, list)) else [message.string]
    return [text or "" for text in found]


def originals(message: Message) -> list[str]:
    """The English text, or that for one and that for many."""
    return list(message.id) if isinstance(message.id, (tuple, list)) else [message.id]


def placeholders(text: str) -> set[str]:
    """The names of what is filled in."""
    return {match[1] for match in PLACEHOLDER.finditer(text)}


def desktop() -> str:
    """Krita's entry for the plug-in with a line for each translated key and language after the English one."""
    lines = []
    known = {language: read(language) for language in languages()}
    for line in template.DESKTOP.read_text(encoding="utf-8").splitlines():
        key = line.split("=", 1)[0]
        if key.endswith("]") and "=" in line:
            continue
        lines.append(line)
        if key in template.DESKTOP_KEYS:
            english = line.split("=", 1)[1]
            lines += [f"{key}[{language}]={found[english].string}" for language, found in known.items() if found[english].string]
    return "\n".join(lines) + "\n"
