"""Runs inside Krita (kritarunner): one journey for each case, everything written down; checked outside by `test_krita`."""

from __future__ import annotations

import faulthandler
import json
import os
import time
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

from krita import Document, InfoObject, Krita, Node, Selection
from style_transfer import notes
from style_transfer.common.output import Output
from style_transfer.common.styles import alone
from style_transfer.journey import Journey, Outcome
from style_transfer.nst_core import __version__, client, errors, wire
from style_transfer.order import Order
from style_transfer.pixels import Content
from style_transfer.qt import QtCore, QtGui

PATIENCE = 120  # seconds for one case
RESOLUTION = 150.0
OVER = ("clone", "vector", "file", "fill", "filter")  # kinds of layers over "source"
SHAPES = """<svg xmlns="http://www.w3.org/2000/svg" width="{width}px" height="{height}px" viewBox="0 0 {width} {height}">
<rect x="4" y="6" width="60" height="40" fill="#3060c0"/>
<circle cx="50" cy="40" r="20" fill="#e0a020" fill-opacity="0.5"/></svg>"""
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
    active = chosen(case, document, source, folder)
    shown = active if case["active"] in OVER else source
    write(folder, case, "before", pixels_of(shown, case))
    if document.selection() is not None:
        write(folder, case, "selection", document.selection().pixelData(*case["box"]))
    said: dict[str, Any] = {"tree_before": tree(document.rootNode())}
    started = time.monotonic()
    try:
        outcome = travel(case, document, active, source, lambda content: write_sent(said, case, folder, content))
    except errors.NstError as failure:
        outcome = Outcome(error=failure)
    said["seconds"] = {**outcome.seconds, "whole": time.monotonic() - started}
    error = outcome.error
    said["error"] = error and {"kind": type(error).__name__, "message": error.message, "details": error.details}
    said["notes"] = outcome.notes
    said["open"] = any(document == other for other in Krita.instance().documents())
    if said["open"]:
        look_back(said, case, folder, document, shown, outcome.layer)
        if outcome.picture is not None:
            said["note"] = notes.of(outcome.picture, outcome.layer)
            if outcome.picture != document:
                look_apart(said, case, folder, outcome.picture, outcome.layer)
        document.setModified(False)
        document.close()
    return said


def look_back(
    said: dict[str, Any], case: dict[str, Any], folder: Path, document: Document, source: Node, new: Node | None
) -> None:
    """Write down what the document has become."""
    document.waitForDone()
    said["tree"] = tree(document.rootNode())
    write(folder, case, "after", pixels_of(source, case))
    if new is not None:
        write(folder, case, "new", new.pixelData(*case["box"]))
        said["space"] = [new.colorModel(), new.colorDepth(), new.colorProfile()]
        if case["select"] and not case["meanwhile"]:
            document.selection().invert()  # what the user selects next must not reach the mask
        for mask in new.childNodes():
            write(folder, case, "mask", mask.pixelData(*case["box"]))


def look_apart(said: dict[str, Any], case: dict[str, Any], folder: Path, picture: Document, new: Node) -> None:
    """Write down what the picture is that the result has of its own."""
    said["picture"] = {
        "size": [picture.width(), picture.height()],
        "space": [picture.colorModel(), picture.colorDepth(), picture.colorProfile()],
        "resolution": picture.xRes(),
        "layers": [node.name() for node in picture.topLevelNodes()],
        "modified": picture.modified(),
    }
    write(folder, case, "apart", new.pixelData(0, 0, picture.width(), picture.height()))
    picture.setModified(False)
    picture.close()


def make_document(case: dict[str, Any], folder: Path) -> tuple[Document, Node]:
    """The picture of `case` and its layer "source"."""
    space = (case["model"], case["depth"], case["profile"])
    document = Krita.instance().createDocument(*case["canvas"], case["name"], *(case["document"] or space), RESOLUTION)
    parent = document.rootNode()
    if case["group"]:
        parent = document.createGroupLayer("group")
        document.rootNode().addChildNode(parent, None)
        parent.setPassThroughMode(case["passing"])
    for name in ("below", "source", "above"):
        layer = document.createNode(name, "paintlayer")
        parent.addChildNode(layer, None)
        if name == "source":
            source = layer
    if case["document"]:
        source.setColorSpace(*space)
        document.waitForDone()
    source.setAlphaLocked(case["locked"])
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


def chosen(case: dict[str, Any], document: Document, source: Node, folder: Path) -> Node | None:
    """The layer that is active: "source", what it belongs to, or one of another kind over it, which is made here."""
    known = {"source": source, "group": source.parentNode(), "none": None, "mask": (source.childNodes() or [None])[0]}
    if case["active"] not in OVER:
        return known[case["active"]]
    x, y, width, height = case["box"]
    kind, shape, how = case["active"], Selection(), InfoObject()
    shape.select(x, y, width, height, 255)
    if kind == "clone":
        made = document.createCloneLayer(kind, source)
    elif kind == "vector":
        made = document.createVectorLayer(kind)
    elif kind == "fill":
        how.setProperty("color", "<!DOCTYPE color><color channeldepth='U8'><sRGB r='0.75' g='0.5' b='0.25'/></color>")
        made = document.createFillLayer(kind, "color", how, shape)
    elif kind == "filter":
        made = document.createFilterLayer(kind, Krita.instance().filter("invert"), shape)
    else:
        data = bytes(source.pixelData(x, y, width, height))
        file = folder / "file.png"
        QtGui.QImage(data, width, height, 4 * width, QtGui.QImage.Format.Format_ARGB32).save(str(file))
        made = document.createFileLayer(kind, str(file), "None")
    source.parentNode().addChildNode(made, source)
    if kind == "vector":
        made.addShapesFromSvg(SHAPES.format(width=document.width(), height=document.height()))
    document.refreshProjection()
    document.waitForDone()
    # Krita draws shapes and fills when it turns to its events.
    loop = QtCore.QEventLoop()
    for _ in range(PATIENCE * 20):
        if any(bytes(made.projectionPixelData(*case["box"]))):
            break
        QtCore.QTimer.singleShot(50, loop.quit)
        loop.exec()
    document.waitForDone()
    return made


def pixels_of(node: Node, case: dict[str, Any]) -> Any:
    """What a layer holds, or shows when it holds no pixels of its own."""
    return (node.pixelData if node.type() == "paintlayer" else node.projectionPixelData)(*case["box"])


def select(document: Document, box: list[int], feather: int) -> None:
    """Select a rectangle."""
    shape = Selection()
    shape.select(*box, 255)
    if feather:
        shape.feather(feather)
    document.setSelection(shape)


def write_sent(said: dict[str, Any], case: dict[str, Any], folder: Path, content: Content) -> None:
    """Write down what travels to the worker, and from where."""
    box, picture = content.box, content.picture
    said["sent"] = [box.x, box.y, box.width, box.height, picture.channels, picture.depth]
    write(folder, case, "sent", picture.data)


def travel(case: dict[str, Any], document: Document, node: Node | None, source: Node, sent: Callable[[Content], None]) -> Outcome:
    """Run the journey to its end in an event loop like Krita's own; `sent` is shown what travels."""
    outcomes: list[Outcome] = []
    stages: list[str] = []
    # Not processEvents in a loop of ours: what Krita deletes later is then deleted too late, and Krita 6 crashes.
    loop = QtCore.QEventLoop()
    order = Order(case["method"], alone(case["style"]), case["parameters"])
    journey = Journey(document, node, order, Output(case["output"]))
    sent(journey._content)
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
