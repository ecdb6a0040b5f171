"""Runs inside GIMP, on the tree's screen: several styles are chosen in the plug-in's dialog, weighed, placed and taken out.

What it is told is in `gimp_hands.py`, which lies in $HANDS.
"""

import os
import sys

sys.path.insert(0, os.environ["HANDS"])
# What GTK and GIMP are is said there, so it comes first.
from gimp_hands import counted, dump, opened, pump, run, settled, shot, unnamed, until, xdotool

# isort: split
import buffers
import chosen
import keeping
import order
import pictures
import thumbnails
from common.styles import Chosen, Region
from gi.repository import Gimp, Gtk

from nst_core import folders

OIL, WOODCUT, MOSAIC = (str(pictures.SAMPLES / f"style-{name}.jpg") for name in ("swirled-oil", "woodcut", "mosaic"))


def several(made, config, image):
    """By keyboard: one more style, its weight, its region; another picture for the first one, and its removal."""
    window = opened(made, config, image)
    until(lambda: settled(window))
    chooser, seen = window.chooser, {}
    seen["height"] = chooser.get_preferred_height()
    chooser.add_style.hide()
    seen["height without"] = chooser.get_preferred_height()
    chooser.add_style.show()
    press_until(lambda: page(window) == "gallery", "alt+a")
    pick(window, "woodcut", lambda: len(chooser.styles) == 2)
    seen["added"] = told(config)
    seen["looked at"] = [chooser.value, chooser._title.get_text()]
    seen["unnamed"] = unnamed(window.dialog)
    seen["names"] = [row.get_accessible().get_name() for row in chooser.rows.rows]
    row = chooser.rows.rows[1]
    row.weight.grab_focus()
    key("ctrl+a")
    type_in("0.25")
    press_until(lambda: told(config)[1] == [1, 0.25], "Tab")
    seen["weighed"] = told(config)
    until(lambda: settled(window))
    row.region.grab_focus()
    press_until(lambda: told(config)[2][1] == "inside", "Return", "Down", "Return")
    seen["region"] = told(config)
    until(lambda: settled(window) and window.view.words)
    seen["words"] = window.view.words
    shot("nothing-selected")
    chooser.rows.rows[0].browse.clicked()
    until(lambda: page(window) == "gallery")
    pick(window, "mosaic", lambda: chooser.styles[0].source == MOSAIC)
    seen["replaced"] = told(config)
    chooser.rows.list.select_row(chooser.rows.rows[1])
    chooser.choose(OIL)
    seen["chosen for the second"] = told(config)
    chooser.rows.rows[0].remove.grab_focus()
    press_until(lambda: len(chooser.styles) == 1, "space")
    seen["removed"] = told(config)
    seen["rows"] = [chooser.rows.get_visible(), config.get_property(chosen.WEIGHTS), config.get_property(chosen.REGIONS)]
    window.close()
    return seen


def full(made, config, image):
    """As many as there can be, none that has any weight, and a method that takes none."""
    window = opened(made, config, image)
    until(lambda: settled(window))
    chosen.choose(config, tuple(Chosen(WOODCUT, number / 8) for number in range(8)))
    pump(0.5)
    shot("eight-styles")
    rows, button = window.chooser.rows, window.chooser.add_style
    seen = {"eight": [len(rows.rows), button.get_sensitive(), rows._why.get_mapped() and rows._why.get_text()]}
    chosen.choose(config, (Chosen(WOODCUT, 0), Chosen(OIL, 0)))
    until(lambda: settled(window) and "weight" in window.view.words)
    paint = window.dialog.get_widget_for_response(Gtk.ResponseType.OK)
    seen["weightless"] = [window.view.words, paint.get_sensitive(), button.get_sensitive(), rows._why.get_mapped()]
    config.set_property("method", "anime")
    pump(0.3)
    seen["anime"] = [rows.get_mapped(), button.get_mapped()]
    window.close()
    return seen


def masked(made, config, image):
    """The preview with two styles left and one right; then with another weight, for which nothing is read again."""
    width, height = image.get_width(), image.get_height()
    image.select_rectangle(Gimp.ChannelOps.REPLACE, 0, 0, width // 2, height)
    window = opened(made, config, image)
    inside = Region("inside")
    chosen.choose(config, (Chosen(OIL, 1, inside), Chosen(MOSAIC, 1, inside), Chosen(WOODCUT, 1, Region("outside"))))
    until(lambda: settled(window) and window.view.after)
    dump("look", window.live._content)
    dump("equal", window.view.after)
    reads, real = [], buffers.get

    def get(*arguments):
        reads.append(arguments)
        return real(*arguments)

    buffers.get = get
    jobs = counted()
    window.chooser.rows.rows[1].weight.set_value(0.2)
    until(lambda: jobs and settled(window))
    dump("weighed", window.view.after)
    seen = {"reads": len(reads), "told": told(config)}
    shot("three-regions")
    chosen.choose(config, (Chosen(OIL), Chosen(MOSAIC)))
    until(lambda: settled(window) and window.live._content.width < window.live._content.height)
    dump("limited", window.live._content)
    buffers.get = real
    window.close()
    Gimp.Selection.none(image)
    return seen


def pruned(made, config, image):
    """A cache for four thumbnails, of which the first two are looked at again and again."""
    thumbnails.MOST_KEPT = 4
    made_of, real = [], thumbnails._by_gtk

    def by_gtk(path):
        made_of.append(os.path.basename(path))
        return real(path)

    thumbnails._by_gtk = by_gtk
    paths = sorted(str(path) for path in pictures.SAMPLES.glob("*.jpg"))
    for path in paths:
        for one in (*paths[:2], path):
            assert thumbnails.thumbnail(one)
            pump(0.02)  # file systems count time in steps
    thumbnails._by_gtk = real
    return {"pictures": len(paths), "made": made_of, "kept": len(list((folders.cache() / "thumbnails").iterdir()))}


def remembered(made, config, image):
    """A preset and a result with several styles, each applied again."""
    both = (Chosen(OIL, 0.5, Region("layer", "", "Background")), Chosen(WOODCUT))
    chosen.choose(config, both)
    window = opened(made, config, image)
    window.presets._ask_name = lambda *_: "Two"
    window.presets._save()
    keeping.painted(order.from_dialog(config), image.get_layers()[0])
    chosen.choose(config, (Chosen(MOSAIC),))
    seen = {"changed": window.presets.current}
    window.presets.list.set_active_id("Two")
    seen["preset"] = [window.presets.current, chosen.styles(config) == both]
    chosen.choose(config, (Chosen(MOSAIC),))
    window.turn_to("history")
    first = window.history.list.get_row_at_index(0)
    seen["result"] = first.get_accessible().get_name()
    window._again(first.entry)
    seen["again"] = chosen.styles(config) == both
    seen["at hand"] = [entry.value for entry in keeping.gallery().entries()[:2]] == [OIL, WOODCUT]
    window.close()
    return seen


# -- helpers


def told(config):
    """Sources by their file's name, weights and regions."""
    sources, weights, regions = chosen.told(chosen.styles(config))
    return [[os.path.basename(source) for source in sources], weights, regions]


def page(window):
    return window.pages.get_visible_child_name()


def pick(window, words, done):
    """Take the first that the gallery's search finds, and go back."""
    window.gallery.search.set_text(words)
    until(lambda: window.gallery._flows and len(window.gallery._flows[0].get_children()) == 1)
    window.gallery.search.grab_focus()
    press_until(done, "Return")
    press_until(lambda: page(window) == "settings", "Escape")


def key(*pressed):
    for one in pressed:
        xdotool("key", "--clearmodifiers", one)
        pump(0.3)


def press_until(done, *pressed):
    """Keys that the window may not be ready to hear."""
    for _ in range(60):
        if done():
            return
        key(*pressed)
        pump(0.5)
    raise TimeoutError(pressed)


def type_in(text):
    xdotool("type", "--delay", "30", text)
    pump(0.5)


run({name: value for name, value in globals().items() if callable(value)})
