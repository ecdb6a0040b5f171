"""Looks of our own for widgets: GTK's style sheets, and text that stands back behind what can be chosen."""

from __future__ import annotations

from typing import Any

from gi.repository import Gdk, Gtk

QUIET = 0.75
"""Opacity that can be read in every theme and in a selected row, unlike an insensitive label or the themes' "dim-label"; and an
insensitive one is announced as if it could be used at other times."""


def use(sheet: bytes) -> None:
    """Give widgets these looks on this screen."""
    provider = Gtk.CssProvider()
    provider.load_from_data(sheet)
    Gtk.StyleContext.add_provider_for_screen(Gdk.Screen.get_default(), provider, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)


def quiet_label(text: str = "", **properties: Any) -> Gtk.Label:
    return Gtk.Label(label=text, opacity=QUIET, **properties)
