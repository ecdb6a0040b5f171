"""What a user must know of a model before using it, in words: what has to be downloaded, and what its licence allows."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from .translation import _, size

# As a mark in a list, and as a sentence's end; commercial use that is allowed needs no mark.
MARKS = {"no": _("non-commercial"), "unclear": _("licence unclear")}
COMMERCIAL = {"yes": _("allowed"), "no": _("not allowed"), "unclear": _("unclear: nobody states it, so better not")}

# Servers on which everybody publishes.
SHARED_SERVERS = ("github.com", "huggingface.co")


@dataclass(frozen=True)
class Facts:
    """A model as the worker describes it; `size` is in bytes, 0 when unknown; `commercial` is "yes", "no" or "unclear".

    `source` is the address of its first file.
    """

    id: str
    title: str
    size: int
    licence: str
    commercial: str
    installed: bool
    source: str


def from_answer(answer: Mapping[str, Any]) -> dict[str, Facts]:
    """All models by id, from the worker's answer to "models"; what it says beyond these facts is left aside."""
    return {row["id"]: Facts(**{fact.name: row[fact.name] for fact in fields(Facts)}) for row in map(told, answer["models"])}


def marks(facts: Facts | None) -> str:
    """What a picker must tell beside the name; "" when there is nothing, or nothing is known yet."""
    if facts is None:
        return ""
    known = facts.size > 0
    download = _("{size} to download").format(size=size(facts.size)) if known else _("to be downloaded")
    return ", ".join(filter(None, ("" if facts.installed else download, MARKS.get(facts.commercial, ""))))


def marked(label: str, facts: Facts | None) -> str:
    """A picker's entry: `AdaIN (30 MB to download, non-commercial)`, or `label` alone."""
    beside = marks(facts)
    return f"{label} ({beside})" if beside else label


def question(facts: Facts) -> tuple[str, str]:
    """What is asked before the first use of a model that is not on the disk: a headline, and what the answer depends on."""
    lines = (
        _("Size: {size}, fetched once and kept on this machine.").format(size=size(facts.size)),
        _("Licence: {licence}.").format(licence=facts.licence),
        _("Commercial use: {allowed}.").format(allowed=COMMERCIAL.get(facts.commercial, COMMERCIAL["unclear"])),
        _("Source: {publisher}.").format(publisher=publisher(facts.source)),
    )
    return _("Download {title}?").format(title=facts.title), "\n".join(lines)


def told(row: Mapping[str, Any]) -> dict[str, Any]:
    """A model or painting, as the worker describes it, with its words in the user's language."""
    title, licence = row["title"], row["licence"]
    return {**row, "title": _(title), "licence": _(licence)}


def publisher(address: str) -> str:
    """Whose address that is: the server and, where people publish, their name and the project's.

    >>> publisher("https://github.com/naoto0804/pytorch-AdaIN/releases/download/v0.0.0/decoder.pth")
    'github.com/naoto0804/pytorch-AdaIN'
    """
    server, *rest = address.split("://", 1)[-1].replace("raw.githubusercontent.com/", "github.com/", 1).split("/")
    return "/".join([server, *rest[:2]] if server in SHARED_SERVERS else [server])
