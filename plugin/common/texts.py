"""Words that both shims say alike: sentences, time left, mnemonics, the report behind "Copy details"."""

from __future__ import annotations

import platform
from collections.abc import Mapping
from pathlib import Path

from .engine_words import told
from .translation import _

WORTH_KNOWING = 3.0  # seconds left below which a number would only flicker


def sentence(message: str) -> str:
    """An error's lower-case message as a window shows it: in the user's language as far as it is known, with a capital and a
    full stop."""
    message = capital(told(message))
    return message if message.endswith((".", "!", "?", "…")) else message + "."


def capital(text: str) -> str:
    """`text` with a capital, unless a name begins it that isn't made of letters alone, as a file's with its suffix."""
    first = text.split(" ", 1)[0].rstrip(",:").replace("'", "")
    return text[:1].upper() + text[1:] if first.isalpha() else text


def time_left(seconds: float | None) -> str:
    """`about 12 s left`, `about 3 min left`, or nothing when it is unknown or too short to read."""
    if seconds is None or seconds < WORTH_KNOWING:
        return ""
    if seconds < 100:
        return _("about {seconds:.0f} s left").format(seconds=seconds)
    return _("about {minutes:.0f} min left").format(minutes=seconds / 60)


def progress(stage: str, seconds_left: float | None) -> str:
    """What a progress bar says: the stage, and the time left where that is worth knowing and the stage does not say it itself."""
    return told(stage) if stage.endswith("left") else ", ".join(filter(None, (told(stage), time_left(seconds_left))))


def mnemonic(label: str, taken: set[str], mark: str) -> str:
    """`label` with the toolkit's `mark` before its first letter that no other label has; that letter is added to `taken`."""
    for place, letter in enumerate(label.lower()):
        if letter.isalpha() and letter not in taken:
            taken.add(letter)
            return f"{label[:place]}{mark}{label[place:]}"
    return label


def letters(mark: str, *labels: str) -> set[str]:
    """The letters that `labels` have marked in this language: none of them is left for `mnemonic`."""
    return {label[place + 1].lower() for label in labels for place in [label.find(mark)] if 0 <= place < len(label) - 1}


def report(kind: str, message: str, details: str, versions: Mapping[str, str]) -> str:
    """A failure with its surroundings, for the clipboard; the user's home, and with it their name, is written `~`.

    `kind` is the error's class, `versions` what else to name: {"GIMP": "3.0.4", "log": "/home/ann/…"}.
    """
    known = {**versions, "Python": platform.python_version(), "system": platform.platform()}
    lines = [f"{kind}: {message}", *(f"{name}: {value}" for name, value in known.items()), "", details.strip()]
    return "\n".join(lines).replace(str(Path.home()), "~").rstrip() + "\n"
