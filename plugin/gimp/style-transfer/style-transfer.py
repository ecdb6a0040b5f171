#!/usr/bin/env python3
"""Filters → Style Transfer… for GIMP 3: what GIMP starts; the work is done in the modules beside it."""

from __future__ import annotations

import sys

import gi

for library in ("Gimp", "GimpUi", "Gegl", "Gtk", "Gdk"):
    # Asked for before anything imports them; nothing is loaded yet. Gegl has a numbering of its own.
    gi.require_version(library, "0.4" if library == "Gegl" else "3.0")

from common import translation  # noqa: E402
from gi.repository import Gimp, GLib  # noqa: E402

# Before anything with texts is imported. GIMP hands the language that was chosen in its preferences on in the environment.
translation.speak(GLib.get_language_names())

import grading  # noqa: E402
import procedure  # noqa: E402


class StyleTransfer(Gimp.PlugIn):
    """Two procedures; GIMP finds the catalogues in the folder `locale` by itself."""

    def do_query_procedures(self) -> list[str]:
        return [procedure.NAME, grading.NAME]

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        return (grading if name == grading.NAME else procedure).create(self, name)


Gimp.main(StyleTransfer.__gtype__, sys.argv)
