"""Runs inside a full Krita: a long painting that is kept as it is, the places for results, and the note in the saved file."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from typing import Any

from krita import Krita, Selection
from krita_docker import our_docker, shown_docker
from krita_hands import clipped, focus_canvas, key, maximized, our_dialog, part, screenshot, tree, unlabelled, wait
from style_transfer import notes
from style_transfer.extension import ACTION, AGAIN
from style_transfer.nst_core import client
from style_transfer.progress_window import ProgressWindow
from style_transfer.qt import QtWidgets

ENDLESS = {"model": os.environ["NST_MODEL"], "preset": "classic", "iterations": 100_000}


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What was seen goes into `said`."""
    app = Krita.instance()
    window = maximized()
    docker = shown_docker(window)
    document = app.openDocument(os.environ["NST_PHOTO"])
    document.scaleImage(160, 107, 72, 72, "Bicubic")
    document.waitForDone()
    window.addView(document)
    yield 2
    app.action("zoom_to_fit").trigger()
    source = document.activeNode()
    docker.panel.pane._live.setChecked(False)
    app.action(ACTION).trigger()
    yield 1
    yield from keep_in(said, document, our_dialog().panel, "dialog")
    yield from undo_and_redo(said, window, document)
    yield from choose_places(said, document, source)
    our_dialog().close()
    yield 0.5
    document.setActiveNode(source)
    yield from keep_in(said, document, docker.panel, "docker")
    yield from keep_in_the_small_window(said, document, source)
    yield from cancel(said, document, docker.panel, source)
    yield from save_and_open(said, document)
    client.shut_down()


def keep_in(said: dict[str, Any], document: Any, panel: Any, name: str) -> Iterator[float]:
    """Begin a painting that takes hours, and keep it when there is something."""
    before = tree(document)
    begin(panel)
    said[f"offered at once in the {name}"] = part(panel, "keep").isVisible()
    yield from wait(lambda: part(panel, "keep").isVisible(), said)
    yield 0.3
    said[f"clipped in the {name}"] = clipped(panel.window() if name == "dialog" else panel)
    said[f"unlabelled in the {name}"] = unlabelled(panel)
    said[f"shown in the {name}"] = panel.pane.view.after is not None
    screenshot(f"keep-{name}")
    part(panel, "keep").click()
    said[f"told in the {name}"] = part(panel, "stage").text()
    yield from wait(lambda: panel.painting is None, said)
    yield 0.5
    said[f"error in the {name}"] = panel.last.error and panel.last.error.message
    said[f"kept in the {name}"] = len(tree(document)) - len(before)
    said[f"painted in the {name}"] = painted(document, panel.last.layer)


def begin(panel: Any) -> None:
    panel.form.choose_method("gatys")
    panel.form.set_parameters(ENDLESS)
    part(panel, "start").click()


def painted(document: Any, layer: Any) -> bool:
    """Whether the layer has a picture, and not its source's."""
    place = (0, 0, document.width(), document.height())
    data = bytes(layer.pixelData(*place))
    return any(data) and data != bytes(document.topLevelNodes()[0].pixelData(*place))


def undo_and_redo(said: dict[str, Any], window: Any, document: Any) -> Iterator[float]:
    """One step takes the kept layer away."""
    focus_canvas(window)
    yield 0.3
    key("ctrl+z")
    yield 1
    said["undone"] = tree(document)
    key("ctrl+shift+z")
    yield 1


def choose_places(said: dict[str, Any], document: Any, source: Any) -> Iterator[float]:
    """Each place for the result once, by the button beside Apply; a soft selection is there."""
    app, panel = Krita.instance(), our_dialog().panel
    shape = Selection()
    shape.select(40, 30, 60, 40, 255)
    shape.feather(6)
    document.setSelection(shape)
    document.setActiveNode(source)
    panel.form.choose_method("embedded")
    button = part(panel, "output")
    for place, entry in (("cut", 1), ("image", 2), ("masked", 0)):
        document.setActiveNode(source)
        panel.activateWindow()
        button.setFocus()
        key("space")
        yield from wait(lambda: button.menu_of_places.isVisible(), said)
        yield 0.3
        if place == "cut":
            screenshot("places")
        button.menu_of_places.actions()[entry].trigger()
        button.menu_of_places.close()
        yield 0.5
        said[f"tooltip for {place}"] = button.toolTip()
        said[f"target for {place}"] = part(panel, "target").text()
        before, panel.last = tree(document), None
        part(panel, "start").click()
        yield from wait(lambda: panel.painting is None and panel.last is not None, said)
        yield 0.7
        said[f"new for {place}"] = [row for row in tree(document) if row not in before]
        picture = app.activeDocument()
        said[f"apart for {place}"] = picture != document and [picture.width(), picture.height(), tree(picture)]
        if picture != document:
            screenshot("new-image")
            said["undo in the new image"] = app.action("edit_undo").text().strip()
            said["title"] = picture.name()
            picture.setModified(False)
            picture.close()
        else:
            app.action("edit_undo").trigger()
        yield 1
        said[f"left for {place}"] = tree(document) == before
    document.setSelection(None)


def keep_in_the_small_window(said: dict[str, Any], document: Any, source: Any) -> Iterator[float]:
    """Apply again, and keep it there."""
    app = Krita.instance()
    before = tree(document)
    document.setActiveNode(source)
    yield 0.5
    app.action(AGAIN).trigger()
    yield from wait(lambda: windows() and part(windows()[0], "keep").isVisible(), said)
    small = windows()[0]
    yield 0.3
    screenshot("keep-small-window")
    said["clipped in the small window"], said["unlabelled in the small window"] = clipped(small), unlabelled(small)
    part(small, "keep").click()
    yield from wait(lambda: len(tree(document)) > len(before), said)
    yield 0.5
    said["kept in the small window"] = len(tree(document)) - len(before)


def windows() -> list[Any]:
    """The small window, when it is there."""
    return [
        widget for widget in QtWidgets.QApplication.topLevelWidgets() if isinstance(widget, ProgressWindow) and widget.isVisible()
    ]


def cancel(said: dict[str, Any], document: Any, panel: Any, source: Any) -> Iterator[float]:
    """After a picture has come, cancelling still leaves nothing; nor after "Keep" was pressed."""
    document.setActiveNode(source)
    yield 0.5
    before = tree(document)
    begin(panel)
    yield from wait(lambda: part(panel, "keep").isVisible(), said)
    part(panel, "keep").click()
    part(panel, "cancel").click()
    said["idle after cancel"] = panel.painting is None
    yield 0.5
    said["left after cancel"] = tree(document) == before


def save_and_open(said: dict[str, Any], document: Any) -> Iterator[float]:
    """The notes are in the file, without those of layers that are gone."""
    (first, *_others) = [node for node in document.topLevelNodes() if notes.of(document, node)]
    said["noted"] = len(json.loads(bytes(document.annotation("style-transfer"))))
    first.remove()
    document.waitForDone()
    yield 0.5
    layers = [node for node in document.topLevelNodes() if notes.of(document, node)]
    said["layers with a note"] = [node.name() for node in layers]
    path = os.environ["NST_OUT"] + "/saved.kra"
    document.saveAs(path)
    document.waitForDone()
    opened = Krita.instance().openDocument(path)
    said["notes when it is opened"] = {node.name(): notes.of(opened, node) for node in opened.topLevelNodes()}
    source = opened.topLevelNodes()[0]
    notes.keep(opened, source, our_docker(Krita.instance().activeWindow()).panel.form.order())
    said["noted at the end"] = len(json.loads(bytes(opened.annotation("style-transfer"))))
    opened.setModified(False)
    opened.close()
