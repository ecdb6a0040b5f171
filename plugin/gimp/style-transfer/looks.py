"""Looks of our own for widgets, as GTK's style sheets."""

from __future__ import annotations

from gi.repository import Gdk, Gtk


def use(sheet: bytes) -> None:
    """Give widgets these looks on this screen."""
    provider = Gtk.CssProvider()
    provider.load_from_data(sheet)
    Gtk.StyleContext.add_provider_for_screen(Gdk.Screen.get_default(), provider, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
