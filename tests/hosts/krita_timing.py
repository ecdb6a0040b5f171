"""How long a layer takes in Krita, from the order to the new layer; a measurement, not a test.

    python -m tests.hosts.krita_timing [--side 1024] [--depth U8|U16|F32] [--profile NAME]

Outside it starts kritarunner with itself as the script; inside it measures four runs: the first use of the model (its
weights are fetched from the mirror and converted), a cold one (the worker starts), and two warm ones.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

PARTS = {
    "read": "read the layer (and convert its colours)",
    "connect": "find or start the worker",
    "send": "send the pixels",
    "prepare": "load the model, look at the style",
    "model": "paint",
    "finish": "colours, alpha, depth",
    "receive": "the engine's start, queue and way back",
    "insert": "put the new layer in",
    "all": "all, from order to new layer",
}


RUNS = ("first use", "cold", "warm", "warm again")


def __main__(arguments: list[str]) -> None:
    """Inside Krita: measure the journeys and write the seconds of each as JSON."""
    from krita import Krita
    from style_transfer.common.styles import alone
    from style_transfer.journey import Journey
    from style_transfer.nst_core import client
    from style_transfer.order import Order
    from style_transfer.qt import QtCore

    out, side, depth, profile, photo, style = arguments
    document = Krita.instance().createDocument(int(side), int(side), "timing", "RGBA", depth, profile, 72.0)
    picture = Krita.instance().openDocument(photo)
    picture.scaleImage(int(side), int(side), 72, 72, "Bicubic")
    picture.setColorSpace("RGBA", depth, profile)
    picture.waitForDone()
    source = document.topLevelNodes()[0]
    source.setPixelData(picture.topLevelNodes()[0].pixelData(0, 0, int(side), int(side)), 0, 0, int(side), int(side))
    seconds = []
    loop = QtCore.QEventLoop()
    for run in RUNS:
        if run == "cold":
            client.shut_down()
        outcomes: list = []
        started = time.monotonic()
        journey = Journey(document, source, Order("arbitrary", alone(style), {"model": "microast"}))
        journey.ended.connect(outcomes.append)
        journey.ended.connect(lambda _outcome: loop.quit())
        loop.exec()
        document.waitForDone()
        whole = time.monotonic() - started
        if outcomes[0].error is not None:
            raise outcomes[0].error
        seconds.append({**outcomes[0].seconds, "all": whole})
    client.shut_down()
    Path(out).write_text(json.dumps(seconds))
    for each in (picture, document):
        each.setModified(False)
        each.close()


def main() -> None:
    """Outside: make a fresh home, run, print a table."""
    import argparse
    import tempfile

    from tests.hosts.conftest import Hosts
    from tests.hosts.krita_driver import SRGB, make_profile

    parser = argparse.ArgumentParser(description="How long a layer takes in Krita.")
    parser.add_argument("--side", type=int, default=1024)
    parser.add_argument("--depth", choices=("U8", "U16", "F16", "F32"), default="U8")
    parser.add_argument("--profile", default=SRGB)
    options = parser.parse_args()
    shared = (Path(__file__).resolve().parents[3] / "shared").resolve()
    samples = shared / "pictures" / "samples"
    with tempfile.TemporaryDirectory(prefix="krita-timing-") as folder:
        profile = make_profile(Hosts(), Path(folder), shared)
        out = Path(folder) / "seconds.json"
        pictures = (samples / "content_landscape_lake_sherburne.jpg", samples / "style_vangogh_starry_night_1889.jpg")
        given = (out, options.side, options.depth, options.profile, *pictures)
        done = profile.runner("krita_timing", *map(str, given))
        if not out.is_file():
            sys.exit(done.stdout)
        seconds = json.loads(out.read_text())
    print(f"{options.side}×{options.side} {options.depth}, {options.profile}, {os.cpu_count()} cores; seconds:")
    print(" " * 42, "".join(f"{run:>12}" for run in RUNS))
    for run in seconds:
        run["receive"] = run.get("answer", 0) - sum(run.get(part, 0) for part in ("prepare", "model", "finish"))
    for name, meaning in PARTS.items():
        print(f"  {meaning:40}", "".join(f"{run.get(name, 0):12.3f}" for run in seconds))


if __name__ == "__main__":
    main()
