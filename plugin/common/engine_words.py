"""What the engine and the set-up say, in the user's language: they themselves speak English alone, and to the command line.

A sentence is looked up as it came; where it differs from time to time, a pattern says in which parts, and these are looked up in
turn. What nobody has listed is shown as it came.
"""

from __future__ import annotations

import re
from functools import lru_cache

from .engine_sentences import AROUND, IN_A_HOST, SENTENCES
from .translation import N_, _, number

VERBATIM = ("address", "artist", "file", "files", "folder", "id", "layer", "layers", "model", "name", "names", "value")
"""What is filled in and never looked up: a file may be called "near"."""
SHAPES = {
    "id": r"\S+?",
    "title": ".+",  # as much as it can: a painting's may have commas
    **dict.fromkeys(("have", "number", "seconds", "wanted"), r"[\d.]+"),
}
USUAL_SHAPE = ".+?"

AMOUNT = re.compile(r"(?P<have>[\d.]+(?: [kMG]B)?) of (?P<total>[\d.]+ [kMG]B)")
LEFT = re.compile(r"(?P<time>[\dhmins ]+) left")
NOW = re.compile(r"now (?P<package>\S+)")
NUMBER = re.compile(r"(?P<number>\d+(\.\d+)?)(?P<unit> [kMG]B)?")
UNITS = {" kB": N_("{number} kB"), " MB": N_("{number} MB"), " GB": N_("{number} GB")}


def told(sentence: str) -> str:
    """The engine's `sentence` for somebody who sits before a host, in their language, as far as it is known."""
    known = _(IN_A_HOST.get(sentence, sentence))
    if known != sentence:
        return known
    for pattern, words in _patterns():
        match = pattern.fullmatch(sentence)
        if match:
            return _(words).format(**{name: _part(name, text) for name, text in match.groupdict().items()})
    return sentence


def reason(error: OSError) -> str:
    """Why the system refuses something, in a few words."""
    return _part("reason", error.strerror or str(error))


def _part(name: str, text: str) -> str:
    """What a pattern leaves open: a sentence in its turn, a reason of the system's, or amounts and times, one after the other."""
    if name in VERBATIM:
        return text
    for spelled in (text, text[:1].lower() + text[1:]):
        known = told(spelled)
        if known != spelled:
            return known
    return ", ".join(map(_amount, text.split(", ")))


def _amount(text: str) -> str:
    known = ((AMOUNT, _("{have} of {total}")), (LEFT, _("{time} left")), (NOW, _("now {package}")))
    for pattern, words in known:
        match = pattern.fullmatch(text)
        if match:
            return words.format(**{name: _numbers(part) for name, part in match.groupdict().items()})
    return _numbers(text)


def _numbers(text: str) -> str:
    """Amounts with the language's decimal sign and units; whole numbers, versions and what else is no amount stay as they are."""
    match = NUMBER.match(text)
    if match is None or text[match.end() :] not in ("", "/s") or text.isdecimal():
        return text
    amount = number(float(match["number"]), len(match["number"].partition(".")[2]))
    words = UNITS.get(match["unit"], "{number}")
    return _(words).format(number=amount) + text[match.end() :]


@lru_cache(maxsize=1)
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """What the sentences that have parts look like, and the words for them."""
    every = (*SENTENCES, *IN_A_HOST, *AROUND)
    return [(_pattern(sentence), IN_A_HOST.get(sentence, sentence)) for sentence in every if "{" in sentence]


def _pattern(sentence: str) -> re.Pattern[str]:
    """What a sentence looks like; what is named twice is twice the same."""
    pieces, seen = [], set()
    for place, piece in enumerate(re.split(r"\{(\w+)\}", sentence)):
        if place % 2 == 0:
            pieces.append(re.escape(piece))
        elif piece in seen:
            pieces.append(f"(?P={piece})")
        else:
            seen.add(piece)
            pieces.append(f"(?P<{piece}>{SHAPES.get(piece, USUAL_SHAPE)})")
    return re.compile("".join(pieces), re.DOTALL)
