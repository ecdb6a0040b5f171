"""Runs inside GIMP, on the tree's screen: the plug-in is called where nothing is set up, with a stand-in for the installer.

What it is told is in `gimp_hands.py`, which lies in $HANDS, and in `stand_in_setup.py`.
"""

import os
import sys

sys.path.insert(0, os.environ["HANDS"])
# What GTK and GIMP are is said there, so it comes first.
from gimp_hands import procedure, run, shot, until

# isort: split
import first_use
from gi.repository import Gimp, GLib, Gtk

from nst_core import client, errors

STAND_IN = os.environ["STAND_IN"]


def escape(window):
    """What the key does: no window manager says here which window has the keyboard."""
    window.dialog.emit("close")


def called(hands):
    """What `demand` comes to while `hands`, a generator that is given the window, go on in the main loop."""
    windows: list = []
    failures: list = []
    seen: dict = {}

    class Watched(first_use.Window):
        def __init__(self):
            super().__init__()
            windows.append(self)

    def beat():
        if windows:
            working.append(working[-1] if working else hands(windows[0], seen))
            next(working[-1], None)
        return True

    working = []
    real, first_use.Window = first_use.Window, Watched
    tell, first_use.messages.tell = first_use.messages.tell, lambda *failure: failures.append(failure)
    timer = GLib.timeout_add(50, beat)
    try:
        first_use.demand()
        seen["end"] = "ready"
    except errors.NstError as error:
        seen["end"] = type(error).__name__
    finally:
        first_use.messages.tell = tell
        GLib.source_remove(timer)
        first_use.Window = real
    seen["told"] = [(error.message, error.details, headline) for error, headline in failures]
    seen["child lives"] = child_lives()
    return seen


def child_lives():
    """Whether the stand-in still runs a moment later."""
    path = os.path.join(STAND_IN, "pid")
    if not os.path.exists(path):
        return None
    with open(path) as file:
        place = f"/proc/{file.read()}"
    os.remove(path)
    try:
        until(lambda: not os.path.exists(place))
    except TimeoutError:
        return True
    return False


def offered(window, seen):
    """Until the offer can be read."""
    while not window.dialog.get_mapped():
        yield
    seen["offer"] = [window.headline.get_text(), window.text.get_text()]


def begun(window, seen):
    """Until the stand-in has told how far it is."""
    yield from offered(window, seen)
    window.dialog.get_widget_for_response(Gtk.ResponseType.OK).clicked()
    while window.bar.get_fraction() < 0.4:
        yield
    seen["progress"] = [window.headline.get_text(), window.text.get_text(), window.bar.get_fraction()]


def go(how):
    with open(os.path.join(STAND_IN, "go"), "w") as file:
        file.write(how)


# -- steps


def declined(made, config, image):
    """The whole call, refused with Escape."""

    def hands(window, seen):
        yield from offered(window, seen)
        shot("first-use-offer")
        escape(window)

    windows, real = [], first_use.demand

    def demand():
        first_use.demand = real
        windows.append(called(hands))
        if windows[0]["end"] == "Cancelled":
            raise errors.Cancelled()

    first_use.demand = demand
    values = procedure.run(made, Gimp.RunMode.INTERACTIVE, image, image.get_layers(), config)
    return {**windows[0], "status": values.index(0).value_nick, "layers": len(image.get_layers())}


def cancelled(made, config, image):
    def hands(window, seen):
        yield from begun(window, seen)
        shot("first-use-progress")
        escape(window)

    return called(hands)


def failing(made, config, image):
    def hands(window, seen):
        yield from begun(window, seen)
        go("fail")

    seen = called(hands)
    os.remove(os.path.join(STAND_IN, "go"))
    return seen


def ready(made, config, image):
    def hands(window, seen):
        yield from begun(window, seen)
        go("done")

    return {**called(hands), "is there": client.is_set_up()}


run({"declined": declined, "cancelled": cancelled, "failing": failing, "ready": ready})
