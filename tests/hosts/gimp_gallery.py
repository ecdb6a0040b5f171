"""Runs inside GIMP, on the tree's screen: gallery, presets and history of the plug-in's dialog are used and looked into.

What it is told is in `gimp_hands.py`, which lies in $HANDS; $OWN is a folder with pictures of the user's.
"""

import os
import sys

sys.path.insert(0, os.environ["HANDS"])
# What GTK and GIMP are is said there, so it comes first.
from gimp_hands import FOLDER, opened, pump, run, settled, shot, unnamed, until, xdotool

# isort: split
import borrowed
import chosen
import keeping
import order
from common.styles import alone
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk

from nst_core import schema

OWN = os.environ["OWN"]
WAVE = "pack:great-wave"


def find(made, config, image):
    """By keyboard alone: the gallery, a search, a painting that is fetched after a question, and back."""
    window = opened(made, config, image)
    until(lambda: settled(window))
    config.set_property("method", "gatys")
    window.rows._fold.set_expanded(True)
    pump(0.5)
    without = {"settings": unnamed(window.dialog)}
    config.set_property("method", "embedded")
    window.rows._fold.set_expanded(False)
    window.turn_to("history")
    pump(0.3)
    without["history"] = unnamed(window.dialog)
    window.turn_to("settings")
    key("alt+g")
    until(lambda: page(window) == "gallery")
    without["gallery"] = unnamed(window.dialog)
    seen = {"groups": groups(window), "names": names(window), "unnamed": without}
    shot("gallery")
    type_in("hoku")
    until(lambda: groups(window) == {"Public domain": ["Under the Wave off Kanagawa"]})
    progress = []

    def look() -> bool:
        progress.append(window.gallery.fetching._bar.get_text())
        return True

    watch = GLib.timeout_add(30, look)
    asked = answered(Gtk.MessageDialog, lambda box: (shot("fetch-question"), box.response(Gtk.ResponseType.OK)))
    key("Return")
    until(lambda: window.gallery.fetching._bar.get_fraction() > 0.2)
    shot("fetching")
    until(lambda: window.chooser.value == WAVE)
    until(lambda: settled(window) and window.view.after)
    GLib.source_remove(watch)
    seen.update(asked=asked, progress=progress, painted_after=window.live._running.styles[0].source, words=window.view.words)
    seen["fetched"] = names(window)
    shot("fetched")
    key("Escape")
    until(lambda: page(window) == "settings")
    shot("chosen")
    seen["told"] = window.chooser._name.get_text()
    seen["layer name"] = order.from_dialog(config).layer_name
    window.close()
    return seen


def stopped(made, config, image):
    """A download that is stopped, and one that can't begin."""
    window = opened(made, config, image)
    window.turn_to("gallery")
    window.gallery.search.set_text("kunisada")
    until(lambda: len(names(window)) == 1)
    answered(Gtk.MessageDialog, lambda box: box.response(Gtk.ResponseType.OK))
    window.gallery._take_first()
    until(lambda: window.gallery.fetching._bar.get_fraction() > 0.02)
    window.gallery.fetching._stop.clicked()
    pump(0.5)
    seen = {"stopped": [window.gallery.fetching.get_visible(), window.gallery.fetching.busy, window.chooser.value]}
    answered(Gtk.MessageDialog, lambda box: box.response(Gtk.ResponseType.CANCEL))
    window.gallery._take_first()
    seen["refused"] = window.gallery.fetching.busy
    os.environ["NST_OFFLINE"] = "1"
    answered(Gtk.MessageDialog, lambda box: box.response(Gtk.ResponseType.OK))
    window.gallery._take_first()
    until(lambda: window.gallery.fetching._failure.get_mapped())
    shot("fetch-failed")
    seen["failed"] = window.gallery.fetching._failure.get_text()
    del os.environ["NST_OFFLINE"]
    window.close()
    return seen


def keys(made, config, image):
    """Arrow keys and Return over the tiles, and the star's own key."""
    window = opened(made, config, image)
    pressed = []
    window.dialog.connect("response", lambda _dialog, response: pressed.append(response))
    before = window.dialog.get_focus()
    key("alt+g")
    until(lambda: page(window) == "gallery")
    key("Down", "Right", "Right", "Return")
    seen = {"third": chosen_name(window)}
    key("alt+v")
    until(lambda: "Favourites" in groups(window))
    seen["starred"] = groups(window)
    shot("favourite")
    window.gallery.search.grab_focus()
    key("Down", "Down", "Right", "Return")  # the favourite, then the first of the next group
    seen["further down"] = chosen_name(window)
    key("alt+b")
    until(lambda: page(window) == "settings")
    seen["back"] = [window.dialog.get_focus() is before, window.dialog.get_visible()]
    seen["pressed"] = pressed
    window.gallery.star._gallery.folder = OWN
    window.turn_to("gallery")
    seen["with a folder"] = groups(window)
    window.gallery.search.set_text("nothing like this")
    until(lambda: not groups(window))
    shot("nothing-found")
    window.close()
    return seen


def elsewhere(made, config, image):
    """A style from a layer, from the clipboard, and from a file that is dragged onto the window."""
    window = opened(made, config, image)
    seen = {"menu": [item.get_label() for item in window.chooser.menu().get_children()]}
    layer = image.get_layers()[0]
    window.chooser._take(lambda: borrowed.of_layer(layer))
    seen["layer"] = window.chooser.value
    Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).clear()
    window.chooser._take(borrowed.of_clipboard)
    seen["empty clipboard"] = [window.chooser._name.get_text(), window.chooser.value]
    picture = GdkPixbuf.Pixbuf.new_from_file_at_scale(os.environ["PICTURE"], 64, 48, False)
    Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).set_image(picture)
    click_menu(window.chooser, "The clipboard")
    until(lambda: window.chooser.value != seen["layer"])
    seen["clipboard"] = window.chooser.value
    path = os.path.join(OWN, "a wave.jpg")
    drag_file(path, window)
    until(lambda: window.chooser.value == path)
    shot("dropped")
    seen["dropped"] = window.chooser.value
    window.close()
    return seen


def presets(made, config, image):
    """Saved by keyboard, changed, chosen again, renamed, exported, deleted, imported."""
    window = opened(made, config, image)
    row = window.presets
    config.set_property("strength", 0.5)
    seen = {"first": offered(row)}
    answered(Gtk.Dialog, lambda box: (shot("preset-name"), type_in("Soft evening"), key("Return")))
    until(window.dialog.is_active)
    window.presets.menu_button.grab_focus()
    key("Return")
    until(row.menu.get_mapped)  # on a busy machine not yet, and the button would have the next key
    pump(0.5)
    key("Return")  # the menu's first entry
    until(lambda: row.current == "Soft evening")
    seen["saved"] = offered(row)
    shot("preset")
    config.set_property("strength", 0.9)
    config.set_property("method", "gatys")
    seen["changed"] = offered(row)
    row.list.set_active_id("Soft evening")
    seen["chosen again"] = [config.get_property("strength"), config.get_property("method"), *offered(row)]
    shot("preset-menu-before")
    answered(Gtk.Dialog, lambda box: (type_in("Dusk"), key("Return")))
    row._items["Rename…"].activate()
    seen["renamed"] = offered(row)
    path = os.path.join(FOLDER, "dusk.json")
    answered(
        Gtk.FileChooserDialog,
        lambda box: (box.set_current_folder(FOLDER), box.set_current_name("dusk.json"), take_file(box, path)),
    )
    row._items["Export…"].activate()
    seen["exported"] = os.path.isfile(path)
    row._items["Delete"].activate()
    seen["deleted"] = offered(row)
    config.set_property("strength", 0.1)
    answered(Gtk.FileChooserDialog, lambda box: (box.set_filename(path), take_file(box, path)))
    row._items["Import…"].activate()
    seen["imported"] = [config.get_property("strength"), *offered(row)]
    with open(path, "w", encoding="utf-8") as file:
        file.write("{}")
    answered(Gtk.FileChooserDialog, lambda box: (box.set_filename(path), take_file(box, path)))
    row._items["Import…"].activate()
    seen["told"] = window.view.words
    window.close()
    return seen


def history(made, config, image):
    """Two results remembered; the older one applied again by keyboard."""
    window = opened(made, config, image)
    window.turn_to("history")
    shot("history-empty")
    window.turn_to("settings")
    layer = image.get_layers()[0]
    method = schema.method("embedded")
    style = window.chooser.value
    keeping.painted(order.Order(method, alone(style), {**method.defaults, "strength": 0.3, "blend": 0.6}), layer)
    other = os.path.join(OWN, "a wave.jpg")
    keeping.painted(order.Order(method, alone(other), {**method.defaults, "preserve_color": "luminance"}), layer)
    key("alt+y")
    until(lambda: page(window) == "history")
    pump(0.5)
    shot("history")
    rows = window.history.list.get_children()
    seen = {"names": [row.get_accessible().get_name() for row in rows]}
    key("Down", "Return")
    until(lambda: page(window) == "settings")
    seen["applied"] = [config.get_property("strength"), config.get_property("blend"), window.chooser.value == style]
    tiles = window.chooser._tiles.get_children()
    seen["at hand"] = [tile.get_accessible().get_name() for tile in tiles[:2]]
    window.close()
    return seen


def absent(made, config, image):
    """A painting that is chosen but not on the disk: nothing is fetched for a preview, and Paint asks."""
    config.set_property("style", chosen.style_property("pack:starry-night"))
    window = opened(made, config, image)
    until(lambda: "not on this machine" in window.view.words)
    seen = {"words": window.view.words}
    shot("absent")
    asked = answered(Gtk.MessageDialog, lambda box: box.response(Gtk.ResponseType.OK))
    GLib.timeout_add(300, lambda: window.dialog.response(Gtk.ResponseType.OK))
    seen["accepted"], seen["asked"] = window.ask(), asked
    window.close()
    return seen


# -- helpers


def page(window):
    return window.pages.get_visible_child_name()


def chosen_name(window):
    return os.path.basename(window.chooser.value)


def groups(window):
    """By group: the titles of its tiles."""
    return {
        flow.get_accessible().get_name(): [tile.entry.title for tile in flow.get_children()] for flow in window.gallery._flows
    }


def names(window):
    """By title: what a screen reader says of the tile."""
    return {tile.entry.title: tile.get_accessible().get_name() for flow in window.gallery._flows for tile in flow.get_children()}


def offered(row):
    """The chosen preset, and all there are."""
    return [row.current, [entry[1] for entry in row.list.get_model() if entry[1]]]


def answered(kind, act):
    """When the next window of `kind` comes up, let `act` do something with it; what it said comes into the list."""
    said = []

    def look():
        boxes = [top for top in Gtk.Window.list_toplevels() if type(top) is kind and top.get_mapped()]
        for box in boxes:
            said.extend([box.get_property("text"), box.get_property("secondary-text")] if kind is Gtk.MessageDialog else [])
            act(box)
        return not boxes

    GLib.timeout_add(300, look)
    return said


def take_file(box, path):
    """Accept what a file window has chosen, as soon as it has."""
    until(lambda: box.get_filename() == path)
    box.response(Gtk.ResponseType.OK)


def click_menu(chooser, label):
    """Open the menu of sources and activate one of its entries."""
    menu = chooser.menu()
    menu.popup_at_widget(chooser.open, Gdk.Gravity.SOUTH_WEST, Gdk.Gravity.NORTH_WEST, None)
    pump(0.5)
    shot("take-from")
    (item,) = (item for item in menu.get_children() if item.get_label() == label)
    assert item.get_sensitive()
    item.activate()
    menu.popdown()
    pump(0.3)


def drag_file(path, window):
    """Drag a file out of a window of ours, as out of a file manager, and let it go over the preview."""
    source = Gtk.Window(title="files", default_width=120, default_height=80)
    handle = Gtk.Button(label="a file")
    handle.drag_source_set(Gdk.ModifierType.BUTTON1_MASK, [], Gdk.DragAction.COPY)
    handle.drag_source_add_uri_targets()
    handle.connect("drag-data-get", lambda _h, _c, data, _i, _t: data.set_uris([GLib.filename_to_uri(path, None)]))
    source.add(handle)
    source.show_all()
    source.move(0, 0)
    pump(0.5)
    _, left, top = handle.get_window().get_origin()
    _, to_left, to_top = window.view._stage.get_window().get_origin()
    xdotool("mousemove", str(left + 40), str(top + 30))
    xdotool("mousedown", "1")
    for share in (0.1, 0.3, 0.6, 1.0):
        x, y = (round(begin + share * (end + 150 - begin)) for begin, end in ((left, to_left), (top, to_top)))
        xdotool("mousemove", str(x), str(y))
        pump(0.2)
    xdotool("mouseup", "1")
    pump(0.5)
    source.destroy()


def key(*pressed):
    for one in pressed:
        xdotool("key", "--clearmodifiers", one)
        pump(0.3)


def type_in(text):
    xdotool("type", "--delay", "30", text)
    pump(0.5)


run({name: value for name, value in globals().items() if callable(value)})
