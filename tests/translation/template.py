"""Every text that a user can meet: out of the plug-ins' sources, and out of the engine's data, which stays English itself."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Union
from xml.etree import ElementTree

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_file

from nst_core import samples, schema
from plugin.common.layers import style_name
from plugin.common.translation import DOMAIN, FOLDER

REPOSITORY = Path(__file__).resolve().parents[2]
PLUGIN = REPOSITORY / "plugin"
DESKTOP = PLUGIN / "krita" / "style_transfer.desktop"
ACTIONS = PLUGIN / "krita" / "style_transfer.action"
MANIFEST = REPOSITORY / "models_manifest.json"
TEMPLATE = FOLDER / f"{DOMAIN}.pot"
KEYWORDS = {"_": None, "N_": None, "ngettext": (1, 2), "pgettext": ((1, "c"), 2)}
COMMENTS = "Translators:"  # how a comment for them begins
DESKTOP_KEYS = ("Name", "Comment")
HEADER = """\
# Texts of Style Transfer for GIMP and Krita.
# Made from the sources by `python -m tests.translation`; translations lie beside this file, as LANGUAGE.po.
"""

KEPT_HEADERS = ("MIME-Version", "Content-Type", "Content-Transfer-Encoding", "Language", "Plural-Forms")

# Where a text stands, the text (with its plural), what translators should know, and its context.
Text = tuple[str, Any, list[str], Union[str, None]]


def template() -> Catalog:
    """All texts in the order of their places; a text that stands in several is there once."""
    made = catalogue()
    for place, text, comments, context in (*_of_sources(), *_of_data()):
        made.add(text, locations=[(place, 0)], auto_comments=comments, context=context)
    return made


class Words(Catalog):
    """A catalogue without dates and names of people in its header: it changes only with the texts."""

    @property
    def mime_headers(self) -> list[tuple[str, str]]:
        return [(name, value) for name, value in super().mime_headers if name in KEPT_HEADERS]


def catalogue(language: str | None = None) -> Catalog:
    """An empty one."""
    return Words(language, domain=DOMAIN, header_comment=HEADER.rstrip(), fuzzy=False)


def sources() -> list[Path]:
    """The plug-ins' modules."""
    return sorted(PLUGIN.rglob("*.py"))


def _of_sources() -> Iterator[Text]:
    for path in sources():
        place = path.relative_to(REPOSITORY).as_posix()
        found = extract_from_file("python", path, KEYWORDS, [COMMENTS], strip_comment_tags=True)
        for _line, text, comments, context in found:
            yield place, text, comments, context


def _of_data() -> Iterator[Text]:
    """What the host shows of data: it looks the words up as they come."""
    for text in _of_schema():
        yield "nst_core/schema.py", text, [], None
    for sample in samples.SAMPLES:
        if sample.kind == "style":
            yield "nst_core/samples", sample.title, [], None
            yield "nst_core/samples", style_name(sample.path), ["The same picture in a layer's name."], None
    for text in _of_manifest():
        yield MANIFEST.name, text, [], None
    for text in desktop_texts().values():
        yield DESKTOP.relative_to(REPOSITORY).as_posix(), text, [], None
    for action in ElementTree.parse(ACTIONS).iter("Action"):
        for tag in ("text", "toolTip", "whatsThis", "iconText"):
            yield ACTIONS.relative_to(REPOSITORY).as_posix(), str(action.findtext(tag)), [], None


def _of_schema() -> Iterator[str]:
    """What the dialogs show; parameters for experts are the command line's, which is English."""
    for method in schema.METHODS.values():
        yield from (method.label, method.help)
        for parameter in method.parameters:
            yield from (parameter.label, parameter.help, *(choice.label for choice in parameter.choices))


def _of_manifest() -> Iterator[str]:
    """Titles of paintings, years and licences that have words in them."""
    document = json.loads(MANIFEST.read_text(encoding="utf-8"))
    things = list(document["models"].values())
    for pack in document["packs"].values():
        for name, painting in pack["paintings"].items():
            yield painting["title"]
            yield style_name(name)
            if re.search("[a-z]", painting["year"]):
                yield painting["year"]
            things.append(painting)
    for thing in things:
        if re.search(r"[(:]", thing["licence"]["name"]):
            yield thing["licence"]["name"]


def desktop_texts() -> dict[str, str]:
    """What Krita's list of plug-ins shows, by its key."""
    lines = DESKTOP.read_text(encoding="utf-8").splitlines()
    told = dict(line.split("=", 1) for line in lines if "=" in line)
    return {key: told[key] for key in DESKTOP_KEYS}
