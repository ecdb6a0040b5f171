"""What the scripts that run inside GIMP share: the plug-in's dialog is opened, its steps are run, looked at and written down.

$PLUG_IN is the plug-in's folder, $FOLDER where `seen.json`, pixels and screenshots go, $STEPS which steps to run, $PICTURE the
picture that is opened for them, $STYLE the style that is chosen at first.
"""

import json
import os
import subprocess
import sys
import time
import traceback

import gi

for library in ("Gimp", "GimpUi", "Gegl", "Gtk", "Gdk", "Atk"):
    gi.require_version(library, {"Gegl": "0.4", "Atk": "1.0"}.get(library, "3.0"))
from gi.repository import Atk, Gegl, Gimp, GimpUi, Gio, Gtk  # noqa: E402

FOLDER, PATIENCE = os.environ["FOLDER"], 120.0
sys.path.insert(0, os.environ["PLUG_IN"])
import dialog  # noqa: E402
import live  # noqa: E402
import messages  # noqa: E402
import procedure  # noqa: E402

SEEN: dict = {}


def run(steps):
    """Run those of `steps`, functions by name, that are asked for, each with a fresh config; write down what they saw."""
    try:
        Gegl.init(None)
        GimpUi.init("style-transfer")
        picture = Gio.File.new_for_path(os.environ["PICTURE"])
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, picture)
        for step in os.environ["STEPS"].split():
            made = procedure.create(Gimp.get_plug_in(), f"plug-in-style-transfer-{step}")
            config = made.create_config()
            config.set_property("style", Gio.File.new_for_path(os.environ["STYLE"]))
            try:
                SEEN[step] = steps[step](made, config, image)
            except Exception:
                SEEN[step] = {"broken": traceback.format_exc()}
        image.delete()
    finally:
        with open(os.path.join(FOLDER, "seen.json"), "w", encoding="utf-8") as file:
            json.dump(SEEN, file)


def opened(made, config, image):
    window = dialog.Window(made, config, image, image.get_layers()[0])
    window.dialog.show()
    until(lambda: window.live)
    return window


def settled(window):
    return window.live and not window.live._timer and not window.live._job and window.catalogue.answered


def counted():
    """A list that grows by every job that is started from now on; `alive` is how many ran then, itself included."""
    jobs, real = [], live.client.stylize

    def stylize(*arguments, **named):
        job = real(*arguments, **named)
        jobs.append(job)
        job.alive = sum(not one.done for one in jobs)
        return job

    live.client.stylize = stylize
    return jobs


def drag(view, begin, end):
    """Drag the mouse over the picture between two shares of its width; where the divider is then."""
    picture, (_, left, top) = view._shown[0], view._stage.get_window().get_origin()
    left += (view._room[0] - picture.get_width()) // 2
    for share, button in ((begin, "mousedown"), (end, "mouseup")):
        xdotool("mousemove", str(left + round(share * picture.get_width())), str(top + view._room[1] // 2))
        pump(0.3)
        xdotool(button, "1")
        pump(0.3)
    return view._divider.get_value()


def xdotool(*arguments):
    subprocess.run(["xdotool", *arguments], check=True)


def shown(rows, box):
    """The names of the parameters whose rows are to be seen in `box`."""
    names = {row: name for name, row in rows._rows.items()}
    return [names[row] for row in box.get_children() if row.get_mapped()]


def unnamed(widget):
    """What can have the keyboard in `widget` and that a screen reader would have no name for."""
    found = []
    if (widget.get_can_focus() or isinstance(widget, Gtk.ComboBox)) and widget.get_mapped():
        told = widget.get_accessible()
        if not told.get_name() and not told.ref_relation_set().contains(Atk.RelationType.LABELLED_BY):
            found.append(f"{type(widget).__name__} in {type(widget.get_parent()).__name__}")
    if isinstance(widget, Gtk.Container) and not isinstance(widget, Gtk.ComboBox):  # whose button is a part of it
        widget.forall(lambda child: found.extend(unnamed(child)))
    return found


def dump(name, picture):
    """Write a pixbuf's or a wire picture's pixels, and their size."""
    if hasattr(picture, "get_pixels"):
        width, height, data = picture.get_width(), picture.get_height(), picture.get_pixels()
        row, channels = picture.get_rowstride(), picture.get_n_channels()
        data = b"".join(data[y * row : y * row + width * channels] for y in range(height))
    else:
        width, height, data, channels = picture.width, picture.height, bytes(picture.data), len(picture.channels)
    with open(os.path.join(FOLDER, name + ".pixels"), "wb") as file:
        file.write(data)
    SEEN.setdefault("sizes", {})[name] = [height, width, channels]


def pump(seconds):
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        messages.keep_alive()
        time.sleep(0.005)


def until(condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            shot("stuck")
            raise TimeoutError
        pump(0.02)


def shot(name):
    pump(0.3)
    subprocess.run(["import", "-window", "root", os.path.join(FOLDER, f"gimp-dialog-{name}.png")], check=False)
