"""Runs inside the tree, on its screen: drives GIMP's window with keys as a user would, leaves screenshots and what it saw.

`gimp_window.py PICTURE STYLE`. Writes `seen.json`: by step, the layers top to bottom and, where a wait mattered, its seconds.
"""

import contextlib
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
from gimp_screen import (
    FOLDER,
    clipboard,
    drag_in,
    key,
    layers,
    running,
    search,
    shot,
    start,
    type_in,
    until,
    window,
    xdotool,
)

PICTURE, STYLE = sys.argv[1:]
SEEN: dict = {}


def main():
    start(PICTURE)
    note("opened")

    search("Style Transfer")
    until("the dialog opens", lambda: window("^Style Transfer$"))
    xdotool("mousemove", "20", "980")
    shot("dialog", 1.5)

    key("alt+v")  # the fold's own mnemonic
    shot("dialog-advanced", 1)
    key("alt+v")
    key("alt+i")
    until("the file window opens", lambda: window("^Style picture$"))
    key("ctrl+l")  # GTK's field for a path; it needs a moment, or it swallows the first letters
    time.sleep(1)
    type_in(STYLE)
    shot("chooser", 1)
    key("Return")
    until("the file window closes", lambda: not window("^Style picture$"))
    shot("dialog-filled", 1)

    begun = time.monotonic()
    key("alt+p")
    until("the dialog closes", lambda: not window("^Style Transfer$"))
    shot("starting", 0.7)
    until("the new layer is there", lambda: len(layers()) == 2)
    note("painted", begun)
    shot("result", 1.5)

    key("ctrl+z")
    until("undo removes it", lambda: len(layers()) == 1)
    note("undone")
    shot("undone", 1)

    search("Style Transfer")
    dialog_is_there("the dialog opens again")
    key("alt+t")
    key("ctrl+a")
    type_in("0.5")
    shot("dialog-again", 0.5)
    engines = running("nst_core.engine")
    for engine in engines:
        os.kill(engine, signal.SIGSTOP)  # a fast machine would be done before the button is reached
    key("alt+p")
    until("the dialog closes again", lambda: not window("^Style Transfer$"))
    until("the window with the progress opens", lambda: window("^Painting$"))
    xdotool("windowactivate", "--sync", window("^Painting$"))
    shot("painting", 0.5)
    key("alt+c")
    until("cancel ends the plug-in", lambda: not running("style-transfer.py"))
    for engine in engines:
        with contextlib.suppress(ProcessLookupError):  # the worker ends an engine that doesn't hear
            os.kill(engine, signal.SIGCONT)
    shot("cancelled", 1)
    note("cancelled")

    begun = time.monotonic()
    key("ctrl+f")
    shot("progress", 1.5)
    until("repeat paints again", lambda: len(layers()) == 2)
    note("repeated", begun)
    until("the plug-in has ended", lambda: not running("style-transfer.py"))
    time.sleep(1)  # until then GIMP swallows keys
    key("ctrl+z")
    until("undo removes that too", lambda: len(layers()) == 1)

    key("ctrl+shift+f")
    dialog_is_there("the dialog is shown again")
    shot("dialog-preview", 5)
    drag_in(window("^Style Transfer$"), (300, 200), (90, 200))
    shot("dialog-divided", 0.5)
    key("Escape")
    until("Escape closes it", lambda: not window("^Style Transfer$"))
    note("shown-again")

    os.remove(STYLE)
    key("ctrl+f")
    until("the failure is told", lambda: window("^Style Transfer$"))
    shot("failure", 1)
    key("alt+d")
    shot("failure-copied", 0.5)
    SEEN["clipboard"] = clipboard()
    key("Escape")
    until("the message closes", lambda: not window("^Style Transfer$"))
    time.sleep(1)
    note("failed")
    shot("after-failure", 0.5)
    paint_after_a_painting()


def dialog_is_there(step):
    """A window is there before keys go to it."""
    until(step, lambda: window("^Style Transfer$"))
    xdotool("windowactivate", "--sync", window("^Style Transfer$"))


def paint_after_a_painting():
    """The gallery, a download that is agreed to, Paint and Repeat."""
    key("ctrl+shift+f")
    dialog_is_there("the dialog comes for a painting")
    key("alt+g")
    type_in("hoku")
    key("Return")
    shot("gallery-question", 1.5)
    key("Return")
    until("the painting is fetched", lambda: os.path.isfile(os.environ["PAINTING"]))
    shot("gallery", 3)
    key("alt+p")
    until("the dialog closes for the painting", lambda: not window("^Style Transfer$"))
    until("the painting's layer is there", lambda: len(layers()) == 2)
    until("the plug-in has ended after it", lambda: not running("style-transfer.py"))
    time.sleep(1)
    key("ctrl+f")
    until("repeat paints after the painting", lambda: len(layers()) == 3)
    note("after-a-painting")
    until("the plug-in has ended after that", lambda: not running("style-transfer.py"))
    paint_in_two_styles()
    paint_all()


def paint_in_two_styles():
    """A second style is added; Paint, undo, and Repeat of the same layer."""
    time.sleep(1)
    key("ctrl+shift+f")
    dialog_is_there("the dialog comes for two styles")
    key("alt+a")
    type_in("woodcut")
    key("Return")
    key("Escape")
    shot("two-styles", 3)
    key("alt+p")
    until("the dialog closes for two styles", lambda: not window("^Style Transfer$"))
    for step in ("two-styles", "two-styles-again"):
        until("two styles are painted", lambda: len(layers()) == 4)
        note(step)
        until("the plug-in has ended after two styles", lambda: not running("style-transfer.py"))
        time.sleep(1)
        key("ctrl+z")
        until("two styles are undone", lambda: len(layers()) == 3)
        if step == "two-styles":
            key("ctrl+f")


def paint_all():
    """Repeat with all layers chosen, and one undo."""
    open(os.path.join(FOLDER, "choose-all"), "w").close()
    until("all layers are chosen", lambda: not os.path.exists(os.path.join(FOLDER, "choose-all")))
    time.sleep(1)
    key("ctrl+f")
    until("all layers are painted", lambda: len(layers()) == 6)
    note("all")
    until("the plug-in has ended after all", lambda: not running("style-transfer.py"))
    time.sleep(1)
    shot("all", 0)
    key("ctrl+z")
    until("one undo removes all of them", lambda: len(layers()) < 6)
    time.sleep(1)
    note("all-undone")


def note(step, start=None):
    SEEN[step] = {"layers": layers(), "seconds": None if start is None else time.monotonic() - start}


try:
    main()
finally:
    with open(os.path.join(FOLDER, "seen.json"), "w", encoding="utf-8") as file:
        json.dump(SEEN, file)
