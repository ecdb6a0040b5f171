"""Runs inside a full Krita: several styles with weights and places, in the docker, in the window, and after another start."""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita import Krita, Selection
from krita_docker import shown_docker
from krita_hands import (
    asked,
    clipped,
    drop,
    maximized,
    our_dialog,
    part,
    photo_in,
    press,
    question,
    screenshot,
    type_text,
    unlabelled,
    until,
    wait,
)
from krita_presets import act, answer, choose
from style_transfer import keeping, last_order
from style_transfer.nst_core import client
from style_transfer.qt import QtCore, QtWidgets

OUT = Path(os.environ["NST_OUT"])
LEFT, RIGHT = "woodcut", "mosaic"
GREY = 160  # of the layer that is a mask, at its right end: its alpha goes from left to right


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What a painter does with several styles; what was seen goes into `said`."""
    window = maximized()
    docker = shown_docker(window)
    said["at the start"] = told(docker.panel.form.mix.styles)
    if "NST_PHOTO" not in os.environ:
        return
    document = photo_in(window)
    yield from settled(docker, said)
    yield from mix(said, docker)
    yield from weigh(said, document, docker)
    yield from part_by_selection(said, document, docker)
    yield from part_by_layer(said, document, docker)
    yield from keep(said, document, docker)
    yield from fill_and_empty(said, docker)
    client.shut_down()
    docker.panel.form.remember()
    document.setModified(False)
    document.close()
    (OUT / "said.json").write_text(json.dumps(said))
    QtWidgets.QApplication.quit()  # so that Krita writes its settings
    yield 30


def mix(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """One more style, by keyboard; another picture in its place."""
    form = docker.panel.form
    said["rows of one"], said["large picture of one"] = len(rows(docker)), form.chooser.isVisible()
    choose_style(form, LEFT)
    yield from press("space", lambda: form.chooser.window_of_styles is not None, at=part(docker, "add-style"))
    gallery = form.chooser.window_of_styles
    yield from until(gallery.isActiveWindow)
    said["rows while choosing"] = len(rows(docker))
    gallery._list.show_value(sample("hatching"))
    yield from press("Return", lambda: not gallery.isVisible())
    said["added"] = told(form.mix.styles)
    said["rows of two"], said["large picture of two"] = len(rows(docker)), form.chooser.isVisible()
    yield from press("space", gallery.isVisible, at=part(rows(docker)[1], "picture"))
    said["marked in the gallery"] = os.path.basename(gallery._list.value())
    gallery._list.show_value(sample(RIGHT))
    yield from press("Return", lambda: not gallery.isVisible())
    said["replaced"] = told(form.mix.styles)
    yield from settled(docker, said)
    said["unlabelled"], said["clipped"] = unlabelled(docker), clipped(docker.panel)
    said["names"] = [widget.accessibleName() for widget in rows(docker)[1].parts()]
    said["order of Tab"] = tabbed(part(rows(docker)[0], "picture"), 11)
    screenshot("styles-two")


def weigh(said: dict[str, Any], document: Any, docker: Any) -> Iterator[float]:
    """A weight that is typed; only it changes, and nothing is read anew."""
    form, pane = docker.panel.form, docker.panel.pane
    source, seen = pane._source, pane.view.after.copy()
    field = rows(docker)[1]._weight.field()
    field.selectAll()
    yield from press("Tab", field.hasFocus, at=rows(docker)[1].parts()[2])
    type_text("0.25")
    yield from press("Return", lambda: form.mix.styles[1].weight == 0.25)
    said["weighed"], said["shares"] = told(form.mix.styles), shares(docker)
    yield from settled(docker, said)
    said["read anew for a weight"] = pane._source is not source
    said["preview has changed"] = pane.view.after != seen
    pane.view.after.save(str(OUT / "preview.png"))
    said["slider"] = rows(docker)[1].findChild(QtWidgets.QSlider).value()
    yield from paint(said, document, docker, "mixed")
    form.mix.show_styles((form.mix.styles[0],))
    yield from paint(said, document, docker, "alone")
    screenshot("styles-painted")


def part_by_selection(said: dict[str, Any], document: Any, docker: Any) -> Iterator[float]:
    """A style for each half; first without a selection."""
    form, pane = docker.panel.form, docker.panel.pane
    form.mix.put(1, sample(RIGHT))
    said["places"] = offered(rows(docker)[0])
    place(rows(docker)[0], "Inside the selection")
    said["places of the other"] = offered(rows(docker)[1])
    yield from wait(lambda: pane.view.said.startswith("Nothing is selected"), said)
    said["nothing selected"] = pane.view.said
    part(docker, "start").click()
    yield from asked(said)
    said["nothing selected, applied"] = [question().text(), question().informativeText()]
    question().close()
    yield from until(lambda: question() is None)
    half = Selection()
    half.select(0, 0, document.width() // 2, document.height(), 255)
    half.feather(6)
    document.setSelection(half)
    whole = (0, 0, document.width(), document.height())
    (OUT / "selection").write_bytes(bytes(document.selection().pixelData(*whole)))
    place(rows(docker)[1], "Outside the selection")
    yield from settled(docker, said)
    pane.view.after.save(str(OUT / "preview-halves.png"))
    screenshot("styles-halves")
    yield from paint(said, document, docker, "halves")
    said["masks on the halves"] = [child.name() for child in docker.panel.last.layer.childNodes()]
    document.setSelection(None)


def part_by_layer(said: dict[str, Any], document: Any, docker: Any) -> Iterator[float]:
    """A style where a layer is light, which is renamed and at last deleted."""
    form, pane = docker.panel.form, docker.panel.pane
    photo = document.activeNode()
    mask = document.createNode("Sky", "paintlayer")
    width, height = document.width(), document.height()
    row = b"".join(bytes((GREY, GREY, GREY, 255 * x // (width - 1))) for x in range(width))
    mask.setPixelData(row * height, 0, 0, width, height)
    mask.setVisible(False)
    document.rootNode().addChildNode(mask, None)
    yield 1  # Krita activates it when it gets to it
    document.setActiveNode(photo)
    place(rows(docker)[1], "Where “Sky” is light")
    place(rows(docker)[0], "Everywhere else")
    mask.setName("Heaven")
    yield from settled(docker, said)
    said["places beside a layer"] = offered(rows(docker)[0])[0]
    pane.view.after.save(str(OUT / "preview-light.png"))
    screenshot("styles-light")
    yield from paint(said, document, docker, "light")
    count = len(form.mix.styles)
    mask.remove()
    yield from wait(lambda: pane.view.said.startswith("There is no layer"), said)
    said["layer gone"] = pane.view.said
    before = len(document.rootNode().childNodes())
    part(docker, "start").click()
    yield from asked(said)
    said["layer gone, applied"] = [question().text(), question().informativeText()]
    question().close()
    yield from until(lambda: question() is None)
    said["left as it was"] = len(document.rootNode().childNodes()) == before and len(form.mix.styles) == count


def keep(said: dict[str, Any], document: Any, docker: Any) -> Iterator[float]:
    """Presets, history and "Apply again" hold all of it."""
    form = docker.panel.form
    place(rows(docker)[1], "Everywhere")
    act(docker, "Save as…")
    yield from asked(said)
    said["suggested name"] = question().textValue()
    yield from answer("Both", said)
    form.mix.show_styles(form.mix.styles[:1])
    said["shown after a change"] = part(docker, "preset").currentText()
    choose(docker, "Both")
    said["of the preset"], said["shown"] = told(form.mix.styles), part(docker, "preset").currentText()
    said["of the history"] = [[entry.parameters["strength"], told(entry.styles)] for entry in keeping.history().all()]
    said["of the last order"] = told(last_order.read().styles)
    Krita.instance().action("style_transfer").trigger()
    yield 0.5
    dialog = our_dialog()
    choose(dialog, "Both")
    yield from wait(lambda: not dialog.panel.pane.preview.running and dialog.panel.pane.view.after is not None, said)
    said["in the window"] = told(dialog.panel.form.mix.styles)
    said["unlabelled in the window"], said["clipped in the window"] = unlabelled(dialog), clipped(dialog)
    screenshot("styles-window")
    dialog.close()
    yield 0.3


def fill_and_empty(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """Eight and no more; a method without styles; and one after the other away, until one is left."""
    form = docker.panel.form
    while part(docker, "add-style").isVisibleTo(docker) and len(form.mix.styles) < 20:
        form.mix.put(len(form.mix.styles), sample("watercolour"))
    said["most"], said["full"] = len(form.mix.styles), part(docker, "full").text()
    drop(rows(docker)[2], sample("pointillism"))
    said["dropped on a row"] = told(form.mix.styles)[1:4]
    drop(docker.panel, sample("hatching"))
    yield from asked(said)
    said["dropped when full"] = [question().text(), question().informativeText(), len(form.mix.styles)]
    question().close()
    yield 0.3
    said["clipped when full"] = clipped(docker.panel)
    screenshot("styles-eight")
    form.choose_method("anime")
    said["of a method without"] = [form.mix.isVisible(), told(form.order().styles)]
    form.choose_method("embedded")
    said["back with the method"] = len(form.mix.styles)
    part(rows(docker)[-1], "remove").click()
    drop(docker.panel, sample("hatching"))
    said["dropped beside the rows"] = told(form.mix.styles)[6:]
    while len(form.mix.styles) > 3:
        part(rows(docker)[-1], "remove").click()
    yield from press("space", lambda: len(form.mix.styles) == 2, at=part(rows(docker)[0], "remove"))
    said["keyboard after removing"] = QtWidgets.QApplication.focusWidget().accessibleName()
    said["left"] = told(form.mix.styles)
    part(rows(docker)[1], "remove").click()
    said["last one left"], said["rows at the end"] = told(form.mix.styles), len(rows(docker))
    said["large picture at the end"] = form.chooser.isVisible()
    choose(docker, "Both")
    form.mix.put(0, sample(LEFT))
    yield 0.3


def settled(docker: Any, said: dict[str, Any]) -> Iterator[float]:
    """Wait until the preview shows what is chosen."""
    pane = docker.panel.pane
    yield 0.3  # until a change of the layer is seen
    yield from wait(lambda: not pane.preview.running and not pane._delay.isActive() and pane.view.after is not None, said)
    yield 0.2  # until it is drawn


def paint(said: dict[str, Any], document: Any, docker: Any, name: str) -> Iterator[float]:
    """Apply; the new layer's pixels are kept as `name`, and the layer is taken away again."""
    panel, source = docker.panel, document.activeNode()
    panel.last = None
    part(docker, "start").click()
    yield from wait(lambda: panel.painting is None and panel.last is not None, said)
    layer = panel.last.layer
    said[f"layer {name}"] = layer.name()
    (OUT / name).write_bytes(bytes(layer.pixelData(0, 0, document.width(), document.height())))
    yield 0.3
    layer.setVisible(False)
    document.setActiveNode(source)
    document.refreshProjection()
    yield from settled(docker, said)


def rows(inside: Any) -> list[Any]:
    """The rows of the styles, as they are shown."""
    return [row for row in inside.findChildren(QtWidgets.QWidget, "style-row") if not row.isHidden()]


def tabbed(first: Any, count: int) -> list[str]:
    """The names of what Tab leads to, from `first` on."""
    found: list[str] = []
    widget = first
    while len(found) < count:
        inner = isinstance(widget.parent(), QtWidgets.QAbstractSpinBox)
        if widget.focusPolicy() & QtCore.Qt.FocusPolicy.TabFocus and widget.isVisible() and not inner:
            found.append(widget.accessibleName() or widget.text().replace("&", ""))
        widget = widget.nextInFocusChain()
    return found


def sample(name: str) -> str:
    return f"{keeping.samples_folder()}/style-{name}.jpg"


def choose_style(form: Any, name: str) -> None:
    form.mix.show_styles(())
    form.choose_style(sample(name))


def offered(row: Any) -> list[str]:
    picker = part(row, "region")
    picker._fill()
    return [picker.itemText(place) for place in range(picker.count())]


def place(row: Any, text: str) -> None:
    """As a user does, who picks from the list."""
    at = offered(row).index(text)
    part(row, "region").setCurrentIndex(at)
    part(row, "region").activated.emit(at)


def shares(inside: Any) -> list[str]:
    return [part(row, "share").text() for row in rows(inside)]


def told(styles: Any) -> list[Any]:
    return [[os.path.basename(one.source), one.weight, one.region.kind, one.region.name] for one in styles]
