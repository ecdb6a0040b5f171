"""Runs inside a full Krita: a painting beside what it was to become, compared in the window, undone, and a failure."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from krita import Krita
from krita_hands import clipped, maximized, screenshot, unlabelled, wait
from style_transfer import comparing, grading_window
from style_transfer.grading import others
from style_transfer.nst_core import client, errors
from style_transfer.qt import QtGui, QtWidgets


def layer_of(document: Any, path: str, name: str) -> Any:
    """A new paint layer on top with a file's pixels."""
    image = QtGui.QImage(path).convertToFormat(QtGui.QImage.Format.Format_ARGB32)
    node = document.createNode(name, "paintlayer")
    node.setPixelData(bytes(image.constBits().asarray(image.sizeInBytes())), 0, 0, image.width(), image.height())
    document.rootNode().addChildNode(node, None)
    return node


def names(document: Any) -> list[str]:
    return [node.name() for node in document.topLevelNodes()]


def compare_grey_layer_with_group(said: dict[str, Any], window: Any, document: Any) -> Iterator[float]:
    """The same picture twice, in grey: as a layer, and in a group that lets through what is below it."""
    path = os.path.join(os.environ["NST_OUT"], "grey.kra")
    document.clone().saveAs(path)
    grey = Krita.instance().openDocument(path)
    grey.setColorSpace("GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc")
    grey.waitForDone()
    painting = next(node for node in grey.topLevelNodes() if node.name() == "my painting")
    group = grey.createGroupLayer("group")
    group.setPassThroughMode(True)
    group.setChildNodes([painting.duplicate()])
    grey.rootNode().addChildNode(group, None)
    window.addView(grey)
    yield 1
    grey.setActiveNode(painting)
    yield 0.5
    Krita.instance().action("style_transfer_compare").trigger()
    yield 1
    shown = comparing.window
    shown.reference.setCurrentIndex(shown.reference.findText("group"))
    shown.compare.click()
    yield from wait(lambda: shown.last is not None, said)
    yield 0.5
    said["grey beside its group"] = shown.last.graded and shown.last.graded.grades
    said["heat map of grey"] = shown.last.layer and [shown.last.layer.colorModel(), grey.activeNode().name()]
    shown.close()
    grey.setModified(False)
    grey.close()


def steps(said: dict[str, Any]) -> Iterator[float]:
    app = Krita.instance()
    window = maximized()
    document = app.openDocument(os.environ["NST_REFERENCE"])
    window.addView(document)
    yield 2
    said["before"] = names(document)
    painting = layer_of(document, os.environ["NST_PAINTING"], "my painting")
    document.refreshProjection()
    document.setActiveNode(painting)
    yield 1
    said["with painting"] = names(document)
    app.action("style_transfer_compare").trigger()
    yield 1
    shown = comparing.window
    said["style at first"] = shown.style.path
    shown.style.choose(os.environ["NST_STYLE"])
    said["unlabelled"], said["clipped"] = unlabelled(shown), clipped(shown)
    yield 0.5
    screenshot("asked")
    shown.compare.click()
    yield from wait(lambda: shown.last is not None, said)
    yield 1
    screenshot("graded")
    graded = shown.last.graded
    said["grades"], said["words"] = graded.grades, graded.words
    said["labels"] = [label.text() for label in shown.findChildren(QtWidgets.QLabel)]
    said["after"] = names(document)
    said["offered"] = [node.name() for node in others(document, painting)]
    heat = shown.last.layer
    with open(os.path.join(os.environ["NST_OUT"], "heat"), "wb") as file:
        file.write(bytes(heat.pixelData(0, 0, document.width(), document.height())))
    said["active"] = document.activeNode().name()
    document.setActiveNode(heat)
    yield 0.5
    try:
        grading_window.painting_of(document)
    except errors.NstError as error:
        said["heat map active"] = error.message
    app.action("edit_undo").trigger()
    yield 1
    said["undone"] = names(document)
    shown.last = None
    shown.style.choose("/nowhere.png")
    shown.compare.click()
    yield from wait(lambda: shown.last is not None, said)
    said["told"] = shown.last.error.message
    yield 0.5
    for box in QtWidgets.QApplication.topLevelWidgets():
        if isinstance(box, QtWidgets.QMessageBox):
            box.close()
    shown.close()
    yield 0.5
    yield from compare_grey_layer_with_group(said, window, document)
    document.setModified(False)
    client.shut_down()
