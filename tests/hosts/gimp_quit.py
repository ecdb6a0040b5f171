"""Runs in the tree, on its screen: GIMP is closed while a job of the plug-in stands still, and started again.

`gimp_quit.py PICTURE PLUG_IN`. Writes `seen.json`: by way of closing, what was left of it.
"""

import contextlib
import json
import os
import signal
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import gimp_screen as screen
from gimp_screen import FOLDER, key, layers, running, until, window, xdotool

PICTURE, PLUG_IN = sys.argv[1:]
sys.path.insert(0, PLUG_IN)
from nst_core import client, wire  # noqa: E402

BEFORE = set(os.listdir("/tmp"))
SIZE = 10_000_000  # bytes: the picture has more, and takes longer to paint than to look whether it is there
PLUG_INS, ENGINE, WORKER = "style-transfer.py", "nst_core.engine", "nst_core\0worker"


def main():
    seen = {}
    # Each start but the first follows one that was closed in another way, and has to paint, too.
    for begin, close in ((painting, closed_by_the_user), (repeating, terminated), (painting, terminated)):
        seen[f"{begin.__name__} {close.__name__}"] = left_after(begin, close)
    workers = running(WORKER)
    until("the worker ends", lambda: not any(map(there, workers)))
    seen["at the end"] = {"workers": len(workers), "scratch": scratch(), "address": wire.address_file().exists()}
    with open(os.path.join(FOLDER, "seen.json"), "w", encoding="utf-8") as file:
        json.dump(seen, file)


def left_after(begin, close):
    """What is left when GIMP, started for it, is closed while a job stands still."""
    gimp = screen.start(PICTURE)
    client.ask_for(gimp.pid)  # what is asked here is not to keep the worker
    begin()
    processes = [gimp.pid, *running(PLUG_INS), *running(ENGINE)]
    assert running(PLUG_INS) and running(ENGINE), "no job stands still"
    screen.shot(f"{begin.__name__}-{close.__name__}", 0)
    close(gimp)
    status = gimp.wait(screen.PATIENCE)
    until("all that worked for it have ended", lambda: not any(map(there, processes)))
    with open(os.path.join(FOLDER, "gimp.log"), encoding="utf-8", errors="replace") as log:
        faults = [line for line in log if "Traceback" in line or ("CRITICAL" in line and "style-transfer" in line)]
    return {"status": status, "windows": screen.titles(), "scratch": scratch(), "faults": faults}


# -- a job that stands still


def painting():
    """From the dialog, with the window that shows how far it is."""
    open_dialog("Style Transfer")
    stand_still()
    key("alt+p")
    until("a job stands still", lambda: stand_still() and window("^Painting$"))


def repeating():
    """The last choices once more, without a window: the first time they are painted to the end."""
    open_dialog("Style Transfer")
    key("alt+p")
    until("the layer is painted", lambda: len(layers()) == 2)
    until("the plug-in has ended", lambda: not running(PLUG_INS))
    time.sleep(1)  # until then GIMP swallows keys
    key("ctrl+z")
    until("undo removes it", lambda: len(layers()) == 1)
    before = received()
    xdotool("key", "ctrl+f")
    until("the engine has the layer", lambda: received() - before > SIZE)
    stand_still()


def received():
    """How many bytes the engine has read."""
    (engine,) = running(ENGINE)
    with open(f"/proc/{engine}/io", encoding="utf-8") as file:
        return int(file.readline().split()[1])


def open_dialog(name):
    screen.search(name)
    until("the dialog opens", lambda: window("^Style Transfer$"))
    for _ in range(2):  # what the dialog has asked comes first, and then its preview
        time.sleep(1)
        client.request("models")


def stand_still():
    """Stop every engine, also one that the worker has begun in place of another."""
    for engine in running(ENGINE):
        with contextlib.suppress(ProcessLookupError):
            os.kill(engine, signal.SIGSTOP)
    return True


# -- ways to close the program


def closed_by_the_user(_gimp):
    xdotool("windowactivate", "--sync", window("GIMP$"))
    key("ctrl+q")


def terminated(gimp):
    gimp.terminate()


# -- what is left


def there(process):
    """Whether it runs; one that has ended and was not yet waited for does not."""
    try:
        with open(f"/proc/{process}/stat", encoding="utf-8") as file:
            return file.read().rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


def scratch():
    """What lies newly in the folder for temporary files, beside GIMP's own, which 3.2 leaves, and a running worker's."""
    worker = wire.saved_address() if running(WORKER) else None
    kept = {os.path.basename(os.path.dirname(worker.address))} if worker else set()
    new = set(os.listdir("/tmp")) - BEFORE - kept
    return sorted(name for name in new if not name.startswith("gimp"))


main()
