"""Runs inside a full Krita: presets saved, chosen, renamed, deleted, exported and imported, and results applied again."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita import Krita
from krita_docker import shown_docker
from krita_hands import (
    asked,
    clipped,
    maximized,
    menu_entry,
    our_dialog,
    part,
    photo_in,
    press,
    question,
    screenshot,
    tree,
    type_text,
    unlabelled,
    until,
    wait,
)
from style_transfer import keeping, last_order, picture_cell
from style_transfer.nst_core import client
from style_transfer.qt import QtGui, QtWidgets

OUT = Path(os.environ["NST_OUT"])


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What a painter does with presets and history; what was seen goes into `said`."""
    window = maximized()
    docker = shown_docker(window)
    document = photo_in(window)
    yield from wait(lambda: docker.panel.pane.view.after is not None, said)
    yield from keep_and_choose(said, docker)
    yield from change(said, docker)
    yield from move(said, docker)
    yield from results(said, window, document, docker)
    client.shut_down()


def keep_and_choose(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """Save by keyboard, and come back to what was saved."""
    form = docker.panel.form
    said["presets at first"] = entries(docker)
    said["unlabelled"] = unlabelled(docker)
    form.choose_style(keeping.samples_folder() + "/style-woodcut.jpg")
    form.set_parameters({"strength": 0.7})
    yield from press("space", lambda: QtWidgets.QApplication.activePopupWidget() is not None, at=part(docker, "presets"))
    said["menu by keyboard"] = menu_of(docker)
    screenshot("presets-menu")
    yield from press("s", lambda: question() is not None)
    yield from asked(said)
    box = question()
    said["suggested name"] = box.textValue()
    box.setTextValue("")
    yield from until(box.isActiveWindow)
    type_text("Rough wood")
    yield from until(lambda: box.textValue() == "Rough wood")
    screenshot("presets-name")
    yield from press("Return", lambda: "Rough wood" in entries(docker))
    said["presets after saving"], said["shown after saving"] = entries(docker), shown(docker)
    form.restore_defaults()
    form.choose_method("gatys")
    yield 0.2
    said["shown after a change"] = shown(docker)
    screenshot("presets-changed")
    choose(docker, "Rough wood")
    said["chosen"] = told(form.order())
    said["shown after choosing"] = shown(docker)


def change(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """Save over, rename, delete; what is refused is told."""
    form = docker.panel.form
    form.set_parameters({"strength": 0.4})
    act(docker, "Save over “Rough wood”")
    form.restore_defaults()
    choose(docker, "Rough wood")
    said["saved over"] = form.order().parameters["strength"]

    act(docker, "Save as…")
    yield from answer("Soft", said)
    act(docker, "Rename…")
    yield from answer("Rough wood", said)
    yield from asked(said)
    box = question()
    said["name that is taken"] = [box.text(), box.informativeText()]
    screenshot("presets-refused")
    box.close()
    act(docker, "Rename…")
    yield from answer("Softer", said)
    said["presets after renaming"], said["shown after renaming"] = entries(docker), shown(docker)

    act(docker, "Save as…")
    yield from answer("Rough wood", said)
    yield from asked(said)
    box = question()
    said["question before replacing"] = box.text()
    box.close()
    act(docker, "Delete…")
    yield from asked(said)
    box = question()
    said["question before deleting"] = box.text()
    part(box, "yes").click()
    said["presets after deleting"], said["shown after deleting"] = entries(docker), shown(docker)


def move(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """Export and import, and a file that is no preset."""
    choose(docker, "Rough wood")
    file = str(OUT / "für Ōtani.style-preset.json")  # a name beyond ASCII, under Krita's ASCII locale
    act(docker, "Export…")
    yield from asked(said)
    browser = docker.findChild(QtWidgets.QFileDialog)
    said["export is called"] = os.path.basename(browser.selectedFiles()[0])
    browser.fileSelected.emit(file)
    browser.close()
    yield from gone()
    act(docker, "Import…")
    yield from asked(said)
    browser = docker.findChild(QtWidgets.QFileDialog)
    browser.fileSelected.emit(file)
    browser.close()
    said["presets after importing"], said["shown after importing"] = entries(docker), shown(docker)
    yield from gone()
    act(docker, "Import…")
    yield from asked(said)
    browser = docker.findChild(QtWidgets.QFileDialog)
    browser.fileSelected.emit(os.environ["NST_PHOTO"])
    browser.close()
    yield from until(lambda: isinstance(question(), QtWidgets.QMessageBox))
    box = question()
    said["no preset"] = [box.text(), box.informativeText()]
    box.close()
    yield from gone()


def results(said: dict[str, Any], window: Any, document: Any, docker: Any) -> Iterator[float]:
    """Two results, the history's window, and one of them again: in the docker and from the dialog."""
    panel, source = docker.panel, document.activeNode()
    part(docker, "history").click()
    history = part(docker, "history").window_of_results
    yield from until(history.isActiveWindow)
    said["empty history"] = [part(history, "about").text(), part(history, "again").isEnabled()]
    part(history, "close").click()
    yield from until(lambda: not history.isActiveWindow())
    choose(docker, "Rough wood")
    for style, strength in (("woodcut", 0.4), ("mosaic", 0.9)):
        panel.form.choose_style(keeping.samples_folder() + f"/style-{style}.jpg")
        panel.form.set_parameters({"strength": strength})
        document.setActiveNode(source)
        yield 0.5
        panel.last = None
        part(docker, "start").click()
        yield from wait(lambda: panel.painting is None and panel.last is not None, said)
    panel.form.choose_method("arbitrary")
    yield from press("space", history.isVisible, at=part(docker, "history"))
    yield from until(history.isActiveWindow)
    yield from wait(lambda: not history._list._pictures._asked, said)
    yield 0.3
    said["results"] = [item.text() for item in history._list.pictures()]
    said["painted"] = part(history, "about").text()
    said["unlabelled in the history"], said["clipped in the history"] = unlabelled(history), clipped(history)
    said["thumbnails"] = [hues(item) for item in history._list.pictures()]
    screenshot("history")
    yield from press("Right", lambda: history._list.currentRow() == 1)
    yield from press("Return", lambda: not history.isVisible())
    said["settings taken again"] = told(panel.form.order())

    document.setActiveNode(source)
    yield 0.5
    said["layers before"] = tree(document)
    panel.last = None
    part(docker, "history").click()
    history._list.setCurrentItem(history._list.pictures()[0])
    part(history, "again").click()
    yield from wait(lambda: panel.painting is None and panel.last is not None, said)
    said["layers after"] = tree(document)
    said["results of the same order"] = len(keeping.history().all())
    said["last order"] = told(last_order.read())

    Krita.instance().action("style_transfer").trigger()
    yield 0.5
    dialog = our_dialog()
    said["presets in the window"] = entries(dialog)
    screenshot("presets-window")
    part(dialog, "history").click()
    yield 0.3
    other = part(dialog, "history").window_of_results
    said["results in the window"] = [item.text() for item in other._list.pictures()]
    screenshot("history-window")
    part(other, "clear").click()
    said["results after clearing"] = [item.text() for item in other._list.pictures()]
    other.close()
    dialog.close()
    yield 0.3


def entries(inside: Any) -> list[str]:
    """What the choice of presets offers."""
    inside.findChild(QtWidgets.QComboBox, "preset").opened.emit()
    picker = part(inside, "preset")
    return [picker.itemText(place) for place in range(picker.count())]


def shown(inside: Any) -> str:
    return part(inside, "preset").currentText()


def choose(inside: Any, name: str) -> None:
    """As a user does, who picks from the list."""
    picker = part(inside, "preset")
    picker.opened.emit()
    place = next(place for place in range(picker.count()) if picker.itemText(place).startswith(name))
    picker.setCurrentIndex(place)
    picker.activated.emit(place)


def menu_of(inside: Any) -> list[str]:
    """The entries that can be taken."""
    return [entry.text().replace("&", "") for entry in part(inside, "presets").menu().actions() if entry.isEnabled()]


def act(inside: Any, name: str) -> None:
    menu_entry(part(inside, "presets").menu(), name).trigger()


def answer(name: str, said: dict[str, Any]) -> Iterator[float]:
    """Give the name that is asked for."""
    yield from asked(said)
    box = question()
    box.setTextValue(name)
    box.accept()
    yield from until(lambda: question() is not box)


def gone() -> Iterator[float]:
    """Wait until nothing wants an answer."""
    yield from until(lambda: question() is None)


def told(order: Any) -> list[Any]:
    return [order.method, os.path.basename(order.styles[0].source), order.parameters["strength"]]


def hues(item: Any) -> bool:
    """Whether the entry has a thumbnail that shows more than one colour."""
    image = QtGui.QImage(item.data(picture_cell.PICTURE))
    colours = {image.pixel(x, image.height() // 2) for x in range(image.width())}
    return len(colours) > 20
