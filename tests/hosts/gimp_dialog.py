"""Runs inside GIMP, on the tree's screen: the plug-in's own dialog, made from its own modules, is used and looked into.

What it is told is in `gimp_hands.py`, which lies in $HANDS.
"""

import os
import sys

sys.path.insert(0, os.environ["HANDS"])
# What GTK and GIMP are is said there, so it comes first.
from gimp_hands import (
    counted,
    dialog,
    drag,
    dump,
    live,
    opened,
    pump,
    run,
    settled,
    shot,
    shown,
    until,
    xdotool,
)

# isort: split
import chosen
from common.styles import Chosen, Region, alone
from gi.repository import Gio, GLib, Gtk
from order import Order

from nst_core import schema

BEATS = 20  # of the main loop that show that the window is alive

# -- steps


def rows(made, config, image):
    """Which rows each method shows, and what its choices offer, without and with the fold."""
    window = opened(made, config, image)
    until(lambda: window.catalogue.answered)
    window.rows._fold.set_expanded(True)
    seen = {}
    for name in schema.METHODS:
        window.methods.list.set_active_id(name)
        pump(0.3)
        seen[name] = {
            "plain": shown(window.rows, window.rows._plain),
            "rare": shown(window.rows, window.rows._rare),
            "style": window.chooser.get_mapped(),
            "paint": window.dialog.get_widget_for_response(Gtk.ResponseType.OK).get_sensitive(),
            "values": {row.name: config.get_property(row.name.replace("_", "-")) for row in schema.METHODS[name].parameters},
        }
        shot(f"method-{name}")
    window.close()
    return seen


def starting(made, config, image):
    """What the view says at every beat of the main loop, while the worker is held back by a file's absence, and afterwards."""
    beats = []
    window = dialog.Window(made, config, image, image.get_layers()[0])

    def beat():
        beats.append((window.view.words, window.view.after is not None))
        return True

    timer = GLib.timeout_add(20, beat)
    window.dialog.show()
    until(lambda: len([words for words, _painted in beats if words == "Starting…"]) >= BEATS)
    open(os.environ["GO"], "w").close()
    until(lambda: window.view.after)
    GLib.source_remove(timer)
    shot("started")
    window.close()
    return {"beats": beats}


def preview(made, config, image):
    """The first preview, one after a change, and one after many quick changes."""
    window = opened(made, config, image)
    until(lambda: settled(window))
    seen = {}
    dump("look", window.live._content)
    dump("first", window.view.after)
    jobs = counted()
    config.set_property("strength", 0.5)
    until(lambda: settled(window))
    dump("second", window.view.after)
    seen["jobs_of_one_change"], before = len(jobs), len(jobs)
    for step in range(60):
        config.set_property("strength", 0.16 + step / 100)
        pump(0.01)
    until(lambda: settled(window))
    dump("swept", window.view.after)
    seen.update(swept_to=config.get_property("strength"), jobs_of_60_changes=len(jobs) - before, words=window.view.words)
    seen["most_at_once"] = max(job.alive for job in jobs)
    shot("preview")
    for place in (0.0, 1.0, 0.5):
        window.view._divider.set_value(place)
        pump(0.2)
        dump(f"divided-{place}", window.view._picture.get_pixbuf())
    seen["dragged_to"] = drag(window.view, 0.5, 0.2)
    window.view._divider.grab_focus()
    xdotool("key", "Right", "key", "Right", "key", "Right")
    pump(0.5)
    seen["moved_by_keys_to"] = window.view._divider.get_value()
    seen["zoomed"] = zoomed(window.view)
    window.close()
    return seen


def zoomed(view):
    """Four notches of the wheel, a drag and a key: where the viewport is after each."""

    def looked():
        pump(0.4)
        return [view.viewport.zoom, *view.viewport.centre]

    _, left, top = view._stage.get_window().get_origin()
    xdotool("mousemove", str(left + 300), str(top + 180), "click", "--repeat", "4", "--delay", "100", "4")
    seen = {"wheel": looked(), "pointed at": view.viewport.share((300, 180)), "room": view._room}
    dump("zoomed", view._shown[1])
    shot("zoomed")
    xdotool("mousedown", "1")
    xdotool("mousemove", str(left + 250), str(top + 200), "mouseup", "1")
    seen["dragged"] = looked()
    seen["divider"] = view._divider.get_value()
    xdotool("key", "minus", "key", "Right")
    seen["keys"] = looked()
    xdotool("key", "0")
    return {**seen, "all": looked()}


def overtaken(made, config, image):
    """A job that takes for ever but shows what it has so far, and a change meanwhile."""
    made_jobs, real = [], live.client.stylize

    class Endless:
        done, cancelled, timings = False, False, {}

        def __init__(self):
            self.events = [live.client.Preview(live.client.Picture(30, 20, "RGB", "u8", bytes(30 * 20 * 3)))]

        def next_event(self):
            return self.events.pop() if self.events else None

        def cancel(self):
            self.cancelled = True

    def stylize(*arguments, **named):
        made_jobs.append(Endless())
        return made_jobs[-1]

    window = opened(made, config, image)
    until(lambda: settled(window))
    live.client.stylize = stylize
    config.set_property("blend", 0.5)
    until(lambda: len(made_jobs) == 1)
    until(lambda: window.view.after and window.view.after.get_width() == 30)
    config.set_property("blend", 0.6)
    until(lambda: len(made_jobs) == 2)
    seen = {"first": made_jobs[0].cancelled, "second": made_jobs[1].cancelled}
    window.close()
    live.client.stylize = real
    return {**seen, "second_after_closing": made_jobs[1].cancelled}


def question(made, config, image):
    """Paint with a model that is not on the disk: asked, refused, asked again, agreed."""
    window = opened(made, config, image)
    until(lambda: settled(window))

    def offered():
        return [row[0] for row in window.rows._rows["model"].list.get_model()]

    def state():
        pump(0.5)
        return [window.view.words, window.dialog.get_widget_for_response(Gtk.ResponseType.OK).get_sensitive()]

    window.methods.list.set_active_id("anime")
    looks = {"without a look": state()}
    window.rows._rows["model"].list.set_active_id("animegan2-hayao")
    looks.update({"with a look": state(), "looks": offered()})
    shot("anime")
    window.methods.list.set_active_id("embedded")
    window.methods.list.set_active_id("anime")
    looks["kept"] = config.get_property("model")
    window.methods.list.set_active_id("arbitrary")
    pump(0.5)
    seen = {
        **looks,
        "offered": offered(),
        "words": window.view.words,
        "after": window.view.after is not None,
        "asked": [],
    }
    answers = [Gtk.ResponseType.CANCEL, Gtk.ResponseType.OK]

    def press():
        boxes = [top for top in Gtk.Window.list_toplevels() if isinstance(top, Gtk.MessageDialog) and top.get_mapped()]
        if not boxes:
            window.dialog.response(Gtk.ResponseType.OK)
            return True
        (box,) = boxes
        shot("question")
        seen["asked"].append([box.get_property("text"), box.get_property("secondary-text")])
        box.response(answers.pop(0))
        return bool(answers)

    GLib.timeout_add(700, press)
    seen["accepted"] = window.ask()
    window.close()
    embedded = schema.method("embedded")
    seen["bundled"] = dialog.may_fetch(Order(embedded, alone(os.environ["STYLE"]), embedded.defaults))
    return seen


def failure(made, config, image):
    """No worker, then no style picture."""
    window = opened(made, config, image)
    until(lambda: window.view.words not in ("", "Starting…"))
    seen = {"words": window.view.words, "after": window.view.after is not None}
    seen["points"] = window.view._picture.get_pixel_size()
    dump("dense", window.view._shown[0])
    dump("dense look", window.live._content)
    shot("failure")
    window.close()
    return seen


def places(made, config, image):
    """What can become of the result, by where the styles go."""
    window, seen = opened(made, config, image), {}
    for name in ("everywhere", "inside", "layer"):
        chosen.choose(config, (Chosen(os.environ["STYLE"], 1, Region(name)), Chosen(os.environ["STYLE"])))
        seen[name] = [row[0] for row in window.output.list.get_model()], window.output.list.get_active_text()
    window.close()
    return seen


def refused(made, config, image):
    """What can be chosen but not painted, and then something that can."""
    window = opened(made, config, image)
    until(lambda: settled(window))
    config.set_property("style", Gio.File.new_for_path("/bin/sh"))
    until(lambda: window.view.words)
    seen = {"words": window.view.words, "after": window.view.after is not None}
    config.set_property("style", Gio.File.new_for_path(os.environ["STYLE"]))
    until(lambda: settled(window) and window.view.after)
    seen["then"] = window.view.words
    window.close()
    return seen


run(globals())
