"""Entries of Krita's menus with all their words in the user's language: what the .action file says is English."""

from __future__ import annotations

from typing import Any

from krita import Window


def made(window: Window, name: str, text: str, tip: str, help: str) -> Any:
    """The action `name` of the .action file, in the Filter menu of `window`."""
    action = window.createAction(name, text, "filter")
    action.setIconText(text.rstrip("…"))
    action.setToolTip(tip)
    action.setWhatsThis(help)
    return action
