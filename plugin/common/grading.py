"""What both shims say about grades: rows for a window, the heat map's name, which part two layers share; no host."""

from __future__ import annotations

import re
from collections.abc import Mapping

from .engine_words import told
from .layers import Box
from .translation import N_, _, number

LABELS = {
    "overall": _("Overall"),
    "content": _("Content"),
    "style": _("Style"),
    "style_picture": _("Style picture"),
}
HINTS = {
    "overall": _("The mean of content and style."),
    "content": _("What is painted: forms and where they lie, whatever their colours."),
    "style": _("How it is painted, beside the compared layer: palette and brushwork, whatever they show."),
    "style_picture": _("How it is painted, beside the style picture."),
}
LEGEND = _("Heat map: amber where colours or brushwork differ, crimson where forms do; clear where both agree.")
LARGEST = 10.0
NUMBER = re.compile(r" #\d+$")  # which GIMP adds to a name that another layer has
HEAT_MAP = N_("{grade} of 10, heat map")


def rows(grades: Mapping[str, float], words: Mapping[str, str]) -> list[tuple[str, float, str, str]]:
    """Each grade as its label, its number, the number in words, and what it means."""
    return [
        (LABELS[name], grades[name], f"{number(grades[name], 1)}: {told(words[name])}", HINTS[name])
        for name in LABELS
        if name in grades
    ]


def part_told(painted: float) -> str:
    """What is to be known of a painting that isn't finished; nothing of one that is."""
    share = f"{painted * 100:.0f}"
    return "" if painted > 0.995 else " " + _("Graded on the {share} % that are painted.").format(share=share)


def layer_name(grades: Mapping[str, float]) -> str:
    """What the heat map's layer is called."""
    return _(HEAT_MAP).format(grade=number(grades["overall"], 1))


def is_heat_map(name: str) -> bool:
    """Whether a layer of this name is one, in the user's language or in English: nobody wants a painting compared with it."""
    plain = NUMBER.sub("", name)
    return any(plain.endswith(words.partition("}")[2]) for words in (HEAT_MAP, _(HEAT_MAP)))


def shared_part(painting: Box, reference: Box, selected: Box | None) -> Box:
    """The rectangle to grade, all in image coordinates: where both layers lie, inside the selection's bounds; may be empty."""
    both = painting.cut(reference)
    return both if selected is None else both.cut(selected)
