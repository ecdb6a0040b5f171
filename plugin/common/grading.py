"""What both shims say about grades: rows for a window, the heat map's name, which part two layers share; no host."""

from __future__ import annotations

from collections.abc import Mapping

from .layers import Box

LABELS = {
    "overall": "Overall",
    "content": "Content",
    "style": "Style",
    "style_picture": "Style picture",
}
HINTS = {
    "overall": "The mean of content and style.",
    "content": "What is painted: forms and where they lie, whatever their colours.",
    "style": "How it is painted, beside the compared layer: palette and brushwork, whatever they show.",
    "style_picture": "How it is painted, beside the style picture.",
}
LEGEND = "Heat map: amber where colours or brushwork differ, crimson where forms do; clear where both agree."
LARGEST = 10.0
HEAT_MAP = "heat map"


def rows(grades: Mapping[str, float], words: Mapping[str, str]) -> list[tuple[str, float, str, str]]:
    """Each grade as its label, its number, the number in words, and what it means."""
    return [(LABELS[name], grades[name], f"{grades[name]:.1f}: {words[name]}", HINTS[name]) for name in LABELS if name in grades]


def sentence(grades: Mapping[str, float], words: Mapping[str, str], painted: float) -> str:
    """All grades in one line."""
    told = ", ".join(f"{label.lower()} {text}" for label, _, text, _ in rows(grades, words))
    return f"{told[:1].upper()}{told[1:]}.{part_told(painted)}"


def part_told(painted: float) -> str:
    """What is to be known of a painting that isn't finished; nothing of one that is."""
    return "" if painted > 0.995 else f" Graded on the {painted:.0%} that are painted."


def layer_name(grades: Mapping[str, float]) -> str:
    """What the heat map's layer is called."""
    return f"{grades['overall']:.1f} of 10, {HEAT_MAP}"


def is_heat_map(name: str) -> bool:
    """Whether a layer of this name is one: nobody wants a painting compared with it."""
    return name.endswith(f" of 10, {HEAT_MAP}")


def shared_part(painting: Box, reference: Box, selected: Box | None) -> Box:
    """The rectangle to grade, all in image coordinates: where both layers lie, inside the selection's bounds; may be empty."""
    both = painting.cut(reference)
    return both if selected is None else both.cut(selected)
