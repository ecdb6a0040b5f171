"""Runs inside a full Krita: the docker beside a painting, its preview, and "Apply again"."""

from __future__ import annotations

import os
import subprocess
import time
import weakref
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from krita import Krita, Selection
from krita_hands import (
    clipped,
    engine_stands_still,
    focus_canvas,
    key,
    maximized,
    part,
    photo_in,
    screenshot,
    tree,
    turns,
    unlabelled,
    until,
    wait,
)
from style_transfer import pixels
from style_transfer.nst_core import client
from style_transfer.qt import QtCore, QtGui

OUT = Path(os.environ["NST_OUT"])
BLUE = b"\xd0\x40\x20\xff"  # as Krita's 8-bit layers hold it


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What a painter does with the docker; what was seen goes into `said`."""
    app = Krita.instance()
    window = maximized()
    docker = shown_docker(window)
    yield 2
    panel, pane = docker.panel, docker.panel.pane
    pictures: list[Any] = []
    pane.preview.painted.connect(pictures.append)
    said["without a picture"] = pane.view.said
    said["target without a picture"] = part(docker, "start").toolTip()

    document = photo_in(window)
    yield from settled(pane, said)
    source = document.activeNode()
    keep(pane, "first")
    said["target"] = part(docker, "start").toolTip()
    said["unlabelled"], said["clipped"] = unlabelled(docker), clipped(panel)
    screenshot("docker")

    said["latencies"] = []
    for strength in (0.9, 0.8, 0.7, 0.6):
        started, count = time.monotonic(), len(pictures)
        panel.form.set_parameters({"strength": strength})
        yield from wait(lambda seen=count: len(pictures) > seen, said)
        said["latencies"].append({**pane.preview.timings, "shown": time.monotonic() - started})
    with engine_stands_still():
        panel.form.set_parameters({"strength": 0.55})
        yield from until(lambda: pane.preview.running)
        said["turns while a preview is under way"] = yield from turns(lambda: pane.preview.running)
    yield from settled(pane, said)
    count = len(pictures)
    for step in range(20):  # a slider that is dragged
        panel.form.set_parameters({"strength": 0.2 + step / 25})
        yield 0.03
    panel.form.set_parameters({"strength": 0.5})
    yield from settled(pane, said)
    said["pictures while dragging"] = len(pictures) - count
    keep(pane, "dragged")
    panel.form.restore_defaults()
    yield from settled(pane, said)

    yield from use_the_divider(said, docker)
    yield from paint_on(said, window, document, pane, pictures)

    shape = Selection()
    shape.select(document.width() // 4, document.height() // 4, document.width() // 2, document.height() // 2, 255)
    document.setSelection(shape)
    yield from settled(pane, said)
    keep(pane, "selected")
    said["target with a selection"] = part(docker, "start").toolTip()
    screenshot("docker-selected")
    document.setSelection(None)
    yield from settled(pane, said)

    empty = document.createNode("empty", "paintlayer")
    document.rootNode().addChildNode(empty, None)
    yield 1  # Krita activates it when it gets to it
    document.setActiveNode(empty)
    yield from wait(lambda: pane.view.said, said)
    said["empty layer"] = pane.view.said
    said["target on the empty layer"] = part(docker, "start").toolTip()
    yield 0.5
    document.setActiveNode(source)
    yield from wait(lambda: not pane.view.said, said)
    yield from settled(pane, said)
    said["back on the layer"] = pane.view.said

    readings = watch_reading(docker)
    said["layers before"] = tree(document)
    part(docker, "start").click()
    yield from wait(lambda: panel.painting is None and panel.last is not None, said)
    said["layers applied"] = tree(document)
    yield from settled(pane, said)
    document.setActiveNode(source)
    yield 0.5
    again = app.action("style_transfer_again")
    again.setShortcut(QtGui.QKeySequence("Ctrl+Alt+Y"))
    focus_canvas(window)
    yield 0.5
    key("ctrl+alt+y")
    yield from wait(lambda: len(tree(document)) > len(said["layers applied"]), said)
    yield 0.5
    screenshot("docker-again")
    said["layers applied again"] = tree(document)
    with engine_stands_still():
        part(docker, "start").click()
        yield from until(lambda: len(readings) == 3)
        part(docker, "cancel").click()
    said["told while a layer is read"] = [told for told, _picture in readings[::2]]  # "Apply again" has a window of its own
    yield from until(lambda: not any(picture() for _told, picture in readings))
    said["pictures that are held"] = [number for number, (_told, picture) in enumerate(readings) if picture()]

    second = app.createDocument(300, 200, "second", "RGBA", "F32", "sRGB-elle-V2-g10.icc", 72.0)
    second.topLevelNodes()[0].setPixelData(bytes(300 * 200 * 16), 0, 0, 300, 200)
    window.addView(second)
    yield from wait(lambda: pane._source is not None and pane._source.image.width() == 300, said)
    yield from settled(pane, said)
    said["second document"] = [pane._source.image.width(), pane._source.image.height()]
    grey = yield from look_at_grey_layers(said, window, pane)
    panel.form.set_parameters({"strength": 0.6})  # a picture is on its way when they are closed
    for each in (grey, second, document):
        each.setModified(False)
        each.close()
    yield 2  # Krita hides its dockers then
    said["running when all is closed"] = pane.preview.running
    count = len(pictures)
    photo_in(window)
    yield from wait(lambda: len(pictures) > count, said)
    docker.setVisible(False)
    yield 0.3
    said["watching when hidden"] = pane._watch.isActive()
    client.shut_down()


def watch_reading(docker: Any) -> list[tuple[str, Any]]:
    """A list that grows by every layer that is read from now on: what the docker's last drawn words were, and the picture, which
    is not held by that."""
    readings: list[tuple[str, Any]] = []
    read, drawn = pixels.read, Drawn(part(docker, "stage"))

    def watched(*given: Any, **named: Any) -> Any:
        content = read(*given, **named)
        readings.append((drawn.text, weakref.ref(content.picture)))
        return content

    pixels.read = watched
    return readings


class Drawn(QtCore.QObject):
    """Keeps the `text` of a label that was drawn last."""

    def __init__(self, label: Any) -> None:
        super().__init__(label)
        self.text = ""
        label.installEventFilter(self)

    def eventFilter(self, label: Any, event: Any) -> bool:
        if event.type() == QtCore.QEvent.Type.Paint:
            self.text = label.text()
        return False


def look_at_grey_layers(said: dict[str, Any], window: Any, pane: Any) -> Generator[float, None, Any]:
    """A grey layer, and then the group that it lies in, which lets through what is below; gives their picture."""
    grey = Krita.instance().createDocument(200, 150, "grey", "GRAYA", "U8", "Gray-D50-elle-V2-srgbtrc.icc", 72.0)
    group = grey.createGroupLayer("group")
    group.setPassThroughMode(True)
    grey.rootNode().addChildNode(group, None)
    layer = grey.createNode("layer", "paintlayer")
    layer.setPixelData(bytes(value for place in range(200 * 150) for value in (place % 251, 255)), 0, 0, 200, 150)
    group.addChildNode(layer, None)
    grey.refreshProjection()
    window.addView(grey)
    yield 1
    for name, node in (("grey", layer), ("passing", group)):
        grey.setActiveNode(node)
        yield from wait(lambda node=node: pane._traced and pane._traced.layer == node.uniqueId().toString(), said)
        yield from settled(pane, said)
        keep(pane, name)
    return grey


def use_the_divider(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """Drag it, move it by keyboard, zoom and come back."""
    view = docker.panel.pane.view
    docker.activateWindow()
    middle = view.mapToGlobal(view.rect().center())
    start = ["mousemove", str(middle.x()), str(middle.y()), "mousedown", "1"]
    subprocess.run(["xdotool", *start, "mousemove_relative", "--", "-60", "0", "mouseup", "1"], check=True)
    yield from until(lambda: view.divider < 0.4 and not view._dragging)
    dragged = view.divider
    said["divider dragged"] = [dragged, 0.5 - 60 / view._area().width()]
    key("Right")
    yield from until(lambda: view.divider != dragged)
    said["divider by keyboard"] = view.divider
    key("plus")
    yield from until(lambda: view.viewport.zoom > 1)
    said["zoom"] = view.viewport.zoom
    key("0")
    key("Home")
    yield from until(lambda: view.divider == 0)
    said["all shown"] = [view.viewport.zoom, view.divider]
    view.move_divider(0.5)


def paint_on(said: dict[str, Any], window: Any, document: Any, pane: Any, pictures: list[Any]) -> Iterator[float]:
    """A stroke, with and without Live, and a change by another plug-in."""
    live = pane._live
    focus_canvas(window)
    count, seen = len(pictures), pane._source.image
    canvas = window.qwindow().centralWidget()
    place = canvas.mapToGlobal(canvas.rect().center())
    subprocess.run(["xdotool", "mousemove", str(place.x()), str(place.y()), "mousedown", "1"], check=True)
    for _ in range(6):
        subprocess.run(["xdotool", "mousemove_relative", "15", "9"], check=True)
        yield 0.2
    said["pictures in mid-stroke"] = len(pictures) - count
    subprocess.run(["xdotool", "mouseup", "1"], check=True)
    yield from wait(lambda: len(pictures) > count, said)
    said["stroke is seen"] = pane._source.image != seen
    yield from settled(pane, said)
    screenshot("docker-stroke")

    live.setChecked(False)
    count, seen = len(pictures), pane._source.image
    document.activeNode().setPixelData(BLUE * 200 * 200, 100, 100, 200, 200)
    document.refreshProjection()
    yield 2
    said["pictures when not live"] = len(pictures) - count
    live.setChecked(True)
    yield from wait(lambda: len(pictures) > count, said)
    yield from settled(pane, said)
    keep(pane, "live")


def our_docker(window: Any) -> Any:
    (docker,) = (docker for docker in window.dockers() if docker.objectName() == "style_transfer_docker")
    return docker


def shown_docker(window: Any) -> Any:
    """Our docker, in sight."""
    docker = our_docker(window)
    docker.setVisible(True)
    docker.raise_()
    return docker


def settled(pane: Any, said: dict[str, Any]) -> Iterator[float]:
    """Wait until the preview shows what it should and has nothing to do."""
    yield 0.6  # for a look at the layer
    yield from wait(
        lambda: (
            not pane.preview.running
            and not pane._delay.isActive()
            and pane.view.after is not None
            and pane._traced == pane._trace()
        ),  # on a busy machine that look may be long in coming
        said,
    )
    yield 0.3  # until it is seen


def keep(pane: Any, name: str) -> None:
    """Both pictures of the preview, for the test outside."""
    pane.view.before.save(str(OUT / f"{name}-before.png"))
    pane.view.after.convertToFormat(QtGui.QImage.Format.Format_ARGB32).save(str(OUT / f"{name}-after.png"))
