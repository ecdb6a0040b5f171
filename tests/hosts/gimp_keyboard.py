"""Runs inside GIMP, on the tree's screen: the plug-in's dialog by the keyboard alone.

What it is told is in `gimp_hands.py`, which lies in $HANDS.
"""

import os
import sys

sys.path.insert(0, os.environ["HANDS"])
# What GTK and GIMP are is said there, so it comes first.
from gimp_hands import opened, pump, run, settled, shot, until, xdotool

# isort: split
import chosen
from common.styles import Chosen
from gi.repository import Atk, Gdk, Gtk

from nst_core import samples

MARGIN = 2  # points around a control in which it may show that it has the keyboard
MOST = 60
# What could have the keyboard by itself, but leads to what is in it.
PASSED = (Gtk.ScrolledWindow, Gtk.Viewport, Gtk.FlowBox, Gtk.ListBox, Gtk.ComboBox)


def one_style(made, config, image):
    """All of the settings with one style, unfolded."""
    window = opened(made, config, image)
    until(lambda: settled(window) and window.view.after)
    window.rows._fold.set_expanded(True)
    pump(0.5)
    seen = led_through(window.dialog)
    shot("keyboard")
    window.close()
    return seen


def two_styles(made, config, image):
    """The list of styles, and the gallery, from which Escape leads back."""
    chosen.choose(config, tuple(Chosen(str(samples.path(name))) for name in ("swirled-oil", "woodcut")))
    window = opened(made, config, image)
    until(lambda: settled(window) and window.view.after)
    seen = led_through(window.dialog)
    xdotool("key", "alt+g")
    until(window.gallery.search.has_focus)
    pump(0.5)
    seen["gallery"] = led_through(window.dialog)
    seen["marked"] = [name_of(tile) for flow in window.gallery._flows for tile in flow.get_selected_children()]
    shot("keyboard-gallery")
    xdotool("key", "Escape")
    until(lambda: window.pages.get_visible_child_name() == "settings")
    pump(0.2)
    seen["back at"] = name_of(window.dialog.get_focus())
    window.close()
    return seen


# -- hands


def led_through(window):
    """The names of what Tab leads to from where the keyboard is until it comes there again; what of it does not show it
    (`blind`), is not wholly in sight then (`hidden`), or is left out though it could be led to (`missed`)."""
    led: list = []
    blind, hidden, before = [], [], None
    while len(led) < MOST:
        now = window.get_focus()
        if now is None or now in led:
            break
        whole = look(window)
        if before is not None and cut(before, now) == cut(whole, now):  # GTK marks nothing before the first Tab
            blind.append(name_of(now))
        if not in_sight(now):
            hidden.append(name_of(now))
        led.append(now)
        before = whole
        xdotool("key", "Tab")
        until(lambda now=now: window.get_focus() is not now)
        pump(0.1)
    missed = [name_of(widget) for widget in reachable(window) if widget not in led]
    return {"led": [name_of(widget) for widget in led], "blind": blind, "hidden": hidden, "missed": missed}


def reachable(widget):
    """What in `widget` Tab should come by."""
    if (
        isinstance(widget, (Gtk.ScrolledWindow, Gtk.Viewport, Gtk.FlowBox, Gtk.ListBox, Gtk.ComboBox))
        or not widget.get_can_focus()
    ):
        found = []
    else:
        found = [widget] if widget.get_mapped() and widget.is_sensitive() else []
    if isinstance(widget, Gtk.Container):
        widget.forall(lambda child: found.extend(reachable(child)))
    return found


def look(window):
    """The whole window as it is seen."""
    inside = window.get_window()
    return Gdk.pixbuf_get_from_window(inside, 0, 0, inside.get_width(), inside.get_height())


def cut(picture, widget):
    """What is seen of a control and close around it."""
    left, top = widget.translate_coordinates(widget.get_toplevel(), 0, 0)
    right, bottom = left + widget.get_allocated_width() + MARGIN, top + widget.get_allocated_height() + MARGIN
    left, top = max(0, left - MARGIN), max(0, top - MARGIN)
    size = min(right, picture.get_width()) - left, min(bottom, picture.get_height()) - top
    return picture.new_subpixbuf(left, top, *size).copy().get_pixels()


def in_sight(widget):
    """Whether nothing of it is scrolled away."""
    around = widget.get_parent()
    while around is not None and not isinstance(around, Gtk.ScrolledWindow):
        around = around.get_parent()
    if around is None:
        return True
    top = widget.translate_coordinates(around, 0, 0)[1]
    return top >= 0 and top + widget.get_allocated_height() <= around.get_allocated_height()


def name_of(widget):
    """What a screen reader calls it, without what comes after the first comma."""
    chooser = widget.get_ancestor(Gtk.ComboBox)  # which is called after what is chosen
    told = (chooser or widget).get_accessible()
    if chooser or not told.get_name():
        told = told.ref_relation_set().get_relation_by_type(Atk.RelationType.LABELLED_BY).get_target()[0]
    return told.get_name().split(",")[0]


run({"one": one_style, "two": two_styles})
