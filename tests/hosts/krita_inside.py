"""Runs inside Krita (kritarunner): one journey for each case, everything written down; checked outside by `test_krita`."""

from __future__ import annotations

import faulthandler
import json
import os
import time
import traceback
from pathlib import Path
from typing import Any

from krita import Document, Krita, Node, Selection
from style_transfer.journey import Journey, Order, Outcome
from style_transfer.nst_core import __version__, client, errors, wire
from style_transfer.qt import QtCore

PATIENCE = 120  # seconds for one case
AT_ONCE = ("delete", "select")  # the others are about a worker that paints


def __main__(arguments: list[str]) -> None:
    """Run the cases of the folder `arguments[0]`."""
    folder = Path(arguments[0])
    faulthandler.enable()  # when Krita crashes, say where we were
    Krita.instance().setBatchmode(True)
    for case in json.loads((folder / "cases.json").read_text()):
        usual = dict(os.environ)
        os.environ.update(case["environment"])
        try:
            said = run(case, folder)
        except Exception:
            said = {"broken": traceback.format_exc()}
        os.environ.clear()
        os.environ.update(usual)
        (folder / f"{case['name']}.json").write_text(json.dumps(said))
    client.shut_down()


def run(case: dict[str, Any], folder: Path) -> dict[str, Any]:
    """One journey; what came of it, with the pixels in files beside it."""
    document, source = make_document(case, folder)
    write(folder, case, "before", source.pixelData(*case["box"]))
    if document.selection() is not None:
        write(folder, case, "selection", document.selection().pixelData(*case["box"]))
    said: dict[str, Any] = {"tree_before": tree(document.rootNode())}
    active = {"source": source, "group": source.parentNode(), "none": None, "mask": (source.childNodes() or [None])[0]}
    started = time.monotonic()
    try:
        outcome = travel(case, document, active[case["active"]], source)
    except errors.NstError as failure:
        outcome = Outcome(error=failure)
    said["seconds"] = {**outcome.seconds, "whole": time.monotonic() - started}
    error = outcome.error
    said["error"] = error and {"kind": type(error).__name__, "message": error.message, "details": error.details}
    said["notes"] = outcome.notes
    said["open"] = any(document == other for other in Krita.instance().documents())
    if said["open"]:
        look_back(said, case, folder, document, source, outcome.layer)
        document.setModified(False)
        document.close()
    return said


def look_back(
    said: dict[str, Any], case: dict[str, Any], folder: Path, document: Document, source: Node, new: Node | None
) -> None:
    """Write down what the document has become."""
    document.waitForDone()
    said["tree"] = tree(document.rootNode())
    write(folder, case, "after", source.pixelData(*case["box"]))
    if new is not None:
        write(folder, case, "new", new.pixelData(*case["box"]))
        said["space"] = [new.colorModel(), new.colorDepth(), new.colorProfile()]
        if case["select"] and not case["meanwhile"]:
            document.selection().invert()  # what the user selects next must not reach the mask
        for mask in new.childNodes():
            write(folder, case, "mask", mask.pixelData(*case["box"]))


def make_document(case: dict[str, Any], folder: Path) -> tuple[Document, Node]:
    """The picture of `case` and its layer "source"."""
    space = (case["model"], case["depth"], case["profile"])
    document = Krita.instance().createDocument(*case["canvas"], case["name"], *space, 72.0)
    parent = document.rootNode()
    if case["group"]:
        parent = document.createGroupLayer("group")
        document.rootNode().addChildNode(parent, None)
    for name in ("below", "source", "above"):
        layer = document.createNode(name, "paintlayer")
        parent.addChildNode(layer, None)
        if name == "source":
            source = layer
    source.setPixelData((folder / f"{case['name']}.pixels").read_bytes(), *case["box"])
    if case["masked"]:
        mask = document.createTransparencyMask("mask")
        shape = Selection()
        shape.select(*case["masked"], 255)
        mask.setSelection(shape)
        source.addChildNode(mask, None)
    if case["select"]:
        select(document, case["select"], case["feather"])
    document.refreshProjection()
    document.waitForDone()
    return document, source


def select(document: Document, box: list[int], feather: int) -> None:
    """Select a rectangle."""
    shape = Selection()
    shape.select(*box, 255)
    if feather:
        shape.feather(feather)
    document.setSelection(shape)


def travel(case: dict[str, Any], document: Document, node: Node | None, source: Node) -> Outcome:
    """Run the journey to its end in an event loop like Krita's own."""
    outcomes: list[Outcome] = []
    stages: list[str] = []
    # Not processEvents in a loop of ours: what Krita deletes later is then deleted too late, and Krita 6 crashes.
    loop = QtCore.QEventLoop()
    journey = Journey(document, node, Order(case["method"], case["style"], case["parameters"]))
    journey.progressed.connect(lambda progress: stages.append(progress.stage))
    journey.ended.connect(outcomes.append)
    journey.ended.connect(lambda _outcome: loop.quit())
    disturbances = [case["meanwhile"]] if case["meanwhile"] else []
    if case["meanwhile"] in AT_ONCE:  # the job is on its way; a clock could come later than a fast worker
        disturb(disturbances.pop(), document, source, journey)

    def look() -> None:
        if disturbances and any(not stage.startswith("starting") for stage in stages):
            disturb(disturbances.pop(), document, source, journey)

    clock = QtCore.QTimer()
    clock.timeout.connect(look)
    clock.start(5)
    QtCore.QTimer.singleShot(PATIENCE * 1000, loop.quit)
    loop.exec()
    if not outcomes:
        raise RuntimeError(f"no end after {PATIENCE} s; stages: {stages}")
    if disturbances:
        raise RuntimeError(f"the worker was done before the case could {disturbances[0]}: give it a larger picture")
    (outcome,) = outcomes
    return outcome


def disturb(how: str, document: Document, source: Node, journey: Journey) -> None:
    """Do what a user or a misfortune does while the worker paints."""
    if how == "close":
        document.setModified(False)
        document.close()
    elif how == "delete":
        source.remove()
        document.waitForDone()  # Krita removes it in a stroke of its own, which the result must not overtake
    elif how == "select":
        document.selection().invert()  # in place, as Krita's tools do
    elif how == "cancel":
        journey.cancel()
    elif how == "kill":
        os.kill(client.request("hello", {"version": __version__, "protocol": wire.PROTOCOL})["engine"], 9)
    else:
        raise ValueError(how)


def tree(root: Node) -> list[dict[str, Any]]:
    """All nodes below `root`, bottom to top, children after their parents."""
    rows = []
    for place, node in enumerate(root.childNodes()):
        bounds = node.bounds()
        rows.append(
            {
                "name": node.name(),
                "type": node.type(),
                "parent": root.name(),
                "place": place,
                "box": [bounds.x(), bounds.y(), bounds.width(), bounds.height()],
                "visible": node.visible(),
                "opacity": node.opacity(),
                "blending": node.blendingMode(),
            }
        )
        rows += tree(node)
    return rows


def write(folder: Path, case: dict[str, Any], name: str, pixels: Any) -> None:
    """Keep pixels for the test outside."""
    (folder / f"{case['name']}.{name}").write_bytes(bytes(pixels))
