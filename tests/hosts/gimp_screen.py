"""What the scripts that drive GIMP's window from outside share: GIMP is started, keys are pressed, windows are waited for.

$FOLDER is where screenshots go, what GIMP says (`gimp.log`) and its state, which `gimp_watch.py` writes inside it.
"""

import json
import os
import subprocess
import time

FOLDER = os.environ["FOLDER"]
HERE = os.path.dirname(os.path.abspath(__file__))
STATE = os.path.join(FOLDER, "state.json")
PATIENCE = 120.0


def start(picture):
    """GIMP with its window and this picture in it; comes back when keys can be pressed."""
    if os.path.exists(STATE):
        os.remove(STATE)
    watch = f"exec(open({os.path.join(HERE, 'gimp_watch.py')!r}).read())"
    command = ["gimp", "--no-splash", "--no-data", picture, "--batch-interpreter=python-fu-eval", "-b", watch]
    with open(os.path.join(FOLDER, "gimp.log"), "a", encoding="utf-8") as log:
        gimp = subprocess.Popen(command, stdout=log, stderr=log)
    until("GIMP shows the picture", lambda: len(layers()) == 1 and window("GIMP$"))
    xdotool("windowsize", window("GIMP$"), "1560", "940", "windowmove", window("GIMP$"), "10", "20")
    time.sleep(2)
    return gimp


def layers():
    """The layers of the only image, top to bottom, as GIMP said last."""
    try:
        with open(STATE, encoding="utf-8") as file:
            return json.load(file)
    except (OSError, ValueError):
        return []


def window(title):
    """The id of a visible window with this title, or ""."""
    found = subprocess.run(
        ["xdotool", "search", "--onlyvisible", "--name", title], stdout=subprocess.PIPE, text=True, check=False
    )
    return found.stdout.split()[-1] if found.stdout.split() else ""


def titles():
    """Of all windows that can be seen, as far as they have one; the window manager has one, too."""
    command = ["xdotool", "search", "--onlyvisible", "--name", ".", "getwindowname", "%@"]
    found = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=False)
    return [title for title in found.stdout.splitlines() if title and title != "Openbox"]


def search(action):
    """GIMP's own way to run anything by its name. It closes when the focus leaves it, as it may right after it has opened on a
    busy machine: then it is opened again."""
    for _ in range(5):
        xdotool("mousemove", "600", "500")
        key("slash")
        until("the search opens", lambda: window("^Search Actions$"))
        time.sleep(0.5)
        if not window("^Search Actions$"):
            continue
        type_in(action)
        shot("search", 1)
        if window("^Search Actions$"):
            key("Return")
            return
    raise SystemExit("never: the search stays open")


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
