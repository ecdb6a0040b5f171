"""Runs inside the tree, on its screen: drives GIMP's window with keys as a user would, leaves screenshots and what it saw.

`gimp_window.py PICTURE STYLE FOLDER`. GIMP's own state comes from `gimp_watch.py`, which runs inside it meanwhile.
Writes `seen.json`: by step, the layers top to bottom and, where a wait mattered, its seconds.
"""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time

PICTURE, STYLE, FOLDER = sys.argv[1:]
HERE = os.path.dirname(os.path.abspath(__file__))
PATIENCE = 120.0
SEEN: dict = {}


def main():
    with open(os.path.join(FOLDER, "gimp.log"), "w", encoding="utf-8") as log:
        watch = f"exec(open({os.path.join(HERE, 'gimp_watch.py')!r}).read())"
        command = ["gimp", "--no-splash", "--no-data", PICTURE, "--batch-interpreter=python-fu-eval", "-b", watch]
        subprocess.Popen(command, stdout=log, stderr=log, env={**os.environ, "FOLDER": FOLDER})
    until("GIMP shows the picture", lambda: len(layers()) == 1 and window("GIMP$"))
    xdotool("windowsize", window("GIMP$"), "1560", "940", "windowmove", window("GIMP$"), "10", "20")
    time.sleep(2)
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

    start = time.monotonic()
    key("alt+p")
    until("the dialog closes", lambda: not window("^Style Transfer$"))
    shot("starting", 0.7)
    until("the new layer is there", lambda: len(layers()) == 2)
    note("painted", start)
    shot("result", 1.5)

    key("ctrl+z")
    until("undo removes it", lambda: len(layers()) == 1)
    note("undone")
    shot("undone", 1)

    search("Style Transfer")
    until("the dialog opens again", lambda: window("^Style Transfer$"))
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

    start = time.monotonic()
    key("ctrl+f")
    shot("progress", 1.5)
    until("repeat paints again", lambda: len(layers()) == 2)
    note("repeated", start)
    until("the plug-in has ended", lambda: not running("style-transfer.py"))
    time.sleep(1)  # until then GIMP swallows keys
    key("ctrl+z")
    until("undo removes that too", lambda: len(layers()) == 1)

    key("ctrl+shift+f")
    until("the dialog is shown again", lambda: window("^Style Transfer$"))
    xdotool("windowactivate", "--sync", window("^Style Transfer$"))
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


def paint_after_a_painting():
    """The gallery, a download that is agreed to, Paint and Repeat."""
    key("ctrl+shift+f")
    until("the dialog comes for a painting", lambda: window("^Style Transfer$"))
    xdotool("windowactivate", "--sync", window("^Style Transfer$"))
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
    until("the dialog comes for two styles", lambda: window("^Style Transfer$"))
    xdotool("windowactivate", "--sync", window("^Style Transfer$"))
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


def layers():
    """The layers of the only image, top to bottom, as GIMP said last."""
    try:
        with open(os.path.join(FOLDER, "state.json"), encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return []


def window(title):
    """The id of a visible window with this title, or ""."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", title], stdout=subprocess.PIPE, text=True, check=False
    )
    return found.stdout.split()[-1] if found.stdout.split() else ""


def search(action):
    """GIMP's own way to run anything by its name."""
    xdotool("mousemove", "600", "500")
    key("slash")
    until("the search opens", lambda: window("^Search Actions$"))
    type_in(action)
    shot("search", 1)
    key("Return")


def running(program):
    """The processes of this test that have `program` in their command line."""
    home = f"NST_HOME={os.environ['NST_HOME']}\0".encode()
    found = []
    for entry in filter(str.isdigit, os.listdir("/proc")):
        try:
            with open(f"/proc/{entry}/cmdline", "rb") as line, open(f"/proc/{entry}/environ", "rb") as environment:
                if program.encode() in line.read() and home in environment.read():
                    found.append(int(entry))
        except OSError:
            continue
    return found


def xdotool(*arguments):
    subprocess.run(["xdotool", *arguments], check=True)


def key(name):
    xdotool("key", "--clearmodifiers", name)
    time.sleep(0.5)


def type_in(text):
    xdotool("type", "--delay", "40", text)
    time.sleep(1)


def drag_in(target, begin, end):
    """Drag with the mouse between two places in a window."""
    xdotool("mousemove", "--window", target, *map(str, begin), "mousedown", "1")
    xdotool("mousemove", "--window", target, *map(str, end), "mouseup", "1")


def clipboard():
    script = (
        "import gi; gi.require_version('Gtk', '3.0'); from gi.repository import Gdk, Gtk; "
        "print(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_text())"
    )
    return subprocess.run(["python3", "-c", script], stdout=subprocess.PIPE, text=True, check=True, timeout=20).stdout


def until(what, condition):
    deadline = time.monotonic() + PATIENCE
    while not condition():
        if time.monotonic() > deadline:
            shot("stuck", 0)
            raise SystemExit(f"never: {what}")
        time.sleep(0.1)


def shot(name, wait):
    """A picture of the screen, after `wait` seconds for it to be drawn."""
    time.sleep(wait)
    subprocess.run(["import", "-window", "root", os.path.join(FOLDER, f"gimp-{name}.png")], check=True)


def note(step, start=None):
    SEEN[step] = {"layers": layers(), "seconds": None if start is None else time.monotonic() - start}


try:
    main()
finally:
    with open(os.path.join(FOLDER, "seen.json"), "w", encoding="utf-8") as file:
        json.dump(SEEN, file)
