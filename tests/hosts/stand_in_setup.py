"""Stands in for `installer.setup` inside an installed plug-in, as downloading PyTorch takes too long for a test.

It says the same lines, waits for the file `go` in $STAND_IN, which says how it is to end, and stops when its input is closed.
"""

import json
import os
import sys
import threading
import time

FOLDER = os.environ["STAND_IN"]


def tell(**values):
    print(json.dumps(values), flush=True)


def stop_with_input():
    os.read(0, 1)
    os._exit(130)


def main():
    if "--cost" in sys.argv:
        built = "PyTorch for the processor alone"
        tell(
            build=built,
            download=350e6,
            most_download=3.2e9,
            disk=1.5e9,
            free=39e9,
            folder="/home/zoë/.local/share/style-transfer",
        )
        return
    threading.Thread(target=stop_with_input, daemon=True).start()
    with open(os.path.join(FOLDER, "pid"), "w") as file:
        file.write(str(os.getpid()))
    tell(note="making the worker environment")
    stage = "fetching PyTorch and what it needs: 1.3 GB of 3.1 GB, now torch"
    tell(stage=stage, fraction=0.4, seconds_left=95.0)
    go = os.path.join(FOLDER, "go")
    while not os.path.exists(go):
        time.sleep(0.02)
    with open(go) as file:
        end = file.read()
    if end == "fail":
        tell(error="the worker environment can't be made: the disk is full: make room", details="uv: no space left on device")
        return
    sys.path.insert(0, os.getcwd())
    from nst_core import folders

    folders.data().mkdir(parents=True, exist_ok=True)
    with open(folders.data() / "worker.json", "w") as file:
        json.dump({"python": os.environ["WORKER"], "version": "any"}, file)
    tell(done=os.environ["WORKER"])


main()
