"""Runs inside GIMP, on the tree's screen: the plug-in's windows in GIMP's language, and all that can be read in them.

What it is told is in `gimp_hands.py`, which lies in $HANDS.
"""

import os
import sys

sys.path[:0] = [os.environ["HANDS"], os.environ["PLUG_IN"]]
from common import translation  # noqa: E402
from gi.repository import GLib  # noqa: E402

# As the plug-in's script does it, before anything with texts is imported.
translation.speak(GLib.get_language_names())

from gimp_hands import SEEN, messages, opened, pump, run, settled, shot, until  # noqa: E402

# isort: split
import chosen  # noqa: E402
from common.styles import Chosen, Region  # noqa: E402
from gi.repository import Gimp, Gtk, Pango  # noqa: E402

from nst_core import errors, samples, schema  # noqa: E402

OIL, MOSAIC = (str(samples.path(name)) for name in ("swirled-oil", "mosaic"))


def procedures(_made, _config, _image):
    """What GIMP itself knows: its menu's entries, and what its procedure browser shows."""
    seen = []
    for name in ("plug-in-style-transfer", "plug-in-style-transfer-compare"):
        procedure = Gimp.get_pdb().lookup_procedure(name)
        seen += [procedure.get_menu_label(), procedure.get_blurb(), procedure.get_help()]
        for argument in procedure.get_arguments():
            seen += [argument.nick, argument.blurb]
    return {"texts": seen}


def windows(made, config, image):
    """Every method's rows, the gallery, the history, the question before a download and a failure."""
    window = opened(made, config, image)
    until(lambda: settled(window))
    seen: dict = {"texts": {}, "cut": []}

    def look(name, widget):
        pump(0.3)
        seen["texts"][name] = sorted(set(read(widget)))
        seen["cut"] += [f"{name}: {text}" for text in cut(widget)]
        shot(f"words-{name}")

    window.rows._fold.set_expanded(True)
    for name in (schema.DEFAULT_METHOD, "gatys"):  # the one that paints at once, and the one with the most rows
        window.methods.list.set_active_id(name)
        until(lambda: window.live and not window.live._job)
        look(name, window.dialog)
    here = Region("inside")
    chosen.choose(config, (Chosen(OIL, 1, here), Chosen(MOSAIC, 0.5, here), Chosen(OIL, 1, Region("outside"))))
    pump(0.5)
    look("mix", window.dialog)
    for page in ("gallery", "history"):
        window.turn_to(page)
        look(page, window.dialog)
    window.turn_to("settings")
    seen["clash"] = clashes(window.dialog)
    facts = next(facts for facts in window.catalogue.facts.values() if not facts.installed and facts.commercial == "unclear")
    GLib.timeout_add(700, lambda: answer(look, "question"))
    messages.agreed(facts, window.dialog)
    GLib.timeout_add(700, lambda: answer(look, "failure"))
    failure = errors.PictureError(translation._("there is no picture on the clipboard: copy one first"))
    messages.tell(failure, translation._("The layer was not painted."))
    window.close()
    return seen


def answer(look, name):
    """Look at the window that waits for an answer, and close it."""
    waiting = [one for one in Gtk.Window.list_toplevels() if isinstance(one, Gtk.MessageDialog) and one.get_mapped()]
    look(name, waiting[0])
    waiting[0].response(Gtk.ResponseType.CANCEL)
    return False


def below(widget):
    """The widget and all that is mapped in it."""
    if widget.get_mapped():
        yield widget
        inside: list = []
        if isinstance(widget, Gtk.Container):
            widget.forall(inside.append)
        for child in inside:
            yield from below(child)


def read(widget):
    """Everything that says something to somebody."""
    for one in below(widget):
        yield from filter(None, (one.get_tooltip_text(), one.get_accessible().get_name()))
        if isinstance(one, Gtk.Label):
            yield one.get_text()
        if isinstance(one, Gtk.ComboBoxText):
            yield from (row[0] for row in one.get_model())
        if isinstance(one, Gtk.Entry) and one.get_placeholder_text():
            yield one.get_placeholder_text()
        if isinstance(one, Gtk.Window) and one.get_title():
            yield one.get_title()


def cut(widget):
    """The labels that are shown shortened, though they were not made for long names; and what has less room than it asks for."""
    for one in below(widget):
        if isinstance(one, Gtk.Label) and one.get_ellipsize() == Pango.EllipsizeMode.NONE:
            room = one.get_allocated_width() + one.get_margin_start() + one.get_margin_end()
            least = one.get_preferred_width()[0]
            if room < least:
                yield f"{one.get_text()} {room} < {least}"


def clashes(widget):
    """The letters that several labels of the window have."""
    found: dict = {}
    for one in below(widget):
        if isinstance(one, Gtk.Label) and one.get_mnemonic_keyval() != 0xFFFFFF:
            found.setdefault(chr(one.get_mnemonic_keyval()).lower(), []).append(one.get_text())
    return {letter: labels for letter, labels in found.items() if len(labels) > 1}


SEEN["language"] = GLib.get_language_names()
run({"procedures": procedures, "windows": windows})
