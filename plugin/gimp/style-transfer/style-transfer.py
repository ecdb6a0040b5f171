#!/usr/bin/env python3
"""Filters → Style Transfer… for GIMP 3: what GIMP starts; the work is done in the modules beside it."""

from __future__ import annotations

import sys

import gi

for library in ("Gimp", "GimpUi", "Gegl", "Gtk", "Gdk"):
    # Asked for before anything imports them; nothing is loaded yet. Gegl has a numbering of its own.
    gi.require_version(library, "0.4" if library == "Gegl" else "3.0")

import grading  # noqa: E402
import procedure  # noqa: E402
from gi.repository import Gimp  # noqa: E402


class StyleTransfer(Gimp.PlugIn):
    """Two procedures; their texts are English until a translation exists, so GIMP is told that there is none."""

    def do_set_i18n(self, name: str) -> bool:
        return False

    def do_query_procedures(self) -> list[str]:
        return [procedure.NAME, grading.NAME]

    def do_create_procedure(self, name: str) -> Gimp.Procedure:
        return (grading if name == grading.NAME else procedure).create(self, name)


Gimp.main(StyleTransfer.__gtype__, sys.argv)
