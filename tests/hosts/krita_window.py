"""Runs inside a full Krita: a person's hour with the plug-in, by mouse and keyboard, with a look at the screen each time."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from krita import Krita, Selection
from krita_hands import (
    click,
    clipped,
    drop,
    engine_stands_still,
    focus_canvas,
    journey_ended,
    key,
    letter,
    menu_bar,
    menu_called,
    menu_entry,
    our_dialog,
    our_dialogs,
    outcome,
    part,
    photo_in,
    screenshot,
    tile_of,
    tree,
    turns,
    unlabelled,
    until,
    visible_labels,
    wait,
)
from style_transfer.nst_core import client
from style_transfer.qt import QtCore, QtWidgets


def steps(said: dict[str, Any]) -> Iterator[float]:
    """Everything that a user does, as steps; what was seen goes into `said`."""
    app = Krita.instance()
    window = app.activeWindow()
    action = app.action("style_transfer")
    said["enabled without a picture"] = action.isEnabled()
    window.qwindow().showMaximized()
    yield 1
    document = photo_in(window)
    yield 3
    if app.action("zoom_to_fit"):  # Krita 5.1 has another name for it
        app.action("zoom_to_fit").trigger()
    yield 0.5
    said["enabled with a picture"] = action.isEnabled()
    source = document.activeNode()
    before = bytes(source.pixelData(0, 0, document.width(), document.height()))

    menu = menu_called(window, "Filter")
    click(menu_bar(window).mapToGlobal(menu_bar(window).actionGeometry(menu.menuAction()).center()))
    yield from until(menu.isVisible)
    yield 0.7  # until it is drawn
    said["menu"] = [entry.text().replace("&", "") for entry in menu.actions()]
    screenshot("menu")
    click(menu.mapToGlobal(menu.actionGeometry(action).center()))
    yield from until(lambda: any(one.isVisible() for one in our_dialogs()))
    yield 1  # until it is drawn
    dialog = our_dialog()
    said["dialog opened by mouse"] = dialog.isVisible()
    screenshot("dialog")
    fold = f"alt+{letter(dialog, 'Advanced')}"
    key(fold)
    yield from until(lambda: "Device:" in visible_labels(dialog))
    said["shown by the fold"] = visible_labels(dialog)
    screenshot("dialog-advanced")
    key(fold)
    yield from until(lambda: "Device:" not in visible_labels(dialog))
    said["unlabelled"] = unlabelled(dialog)
    said["clipped"] = clipped(dialog)

    dialog.move(100, 130)  # where it leaves most of the picture to be seen
    yield 0.3
    with engine_stands_still():
        key("Return")  # Apply is the default button
        yield from until(lambda: dialog.panel.painting is not None)
        said["turns while a job is under way"] = yield from turns(lambda: dialog.panel.painting is not None)
    yield from wait(lambda: dialog.panel.painting is None and dialog.panel.last is not None, said, dialog)
    said["outcome"] = outcome(dialog.panel.last)
    yield 0.5
    document.waitForDone()
    said["layers"] = tree(document)
    said["active"] = document.activeNode().name()
    screenshot("result")
    focus_canvas(window)
    yield 0.3
    key("ctrl+z")
    yield 1
    said["layers after undo"] = tree(document)
    key("ctrl+shift+z")
    yield 1
    said["layers after redo"] = tree(document)
    key("ctrl+z")
    yield 1

    shape = Selection()
    shape.select(document.width() // 4, document.height() // 4, document.width() // 2, document.height() // 2, 255)
    shape.feather(20)
    document.setSelection(shape)
    document.setActiveNode(source)
    tile_of(dialog, "woodcut").click()
    yield 0.7
    said["layers before selection"] = tree(document)
    said["next to undo before selection"] = app.action("edit_undo").text()
    dialog.activateWindow()
    dialog.panel.last = None
    yield 0.5
    said["target"] = part(dialog, "target").text()
    part(dialog, "start").click()
    yield from wait(lambda: dialog.panel.painting is None and dialog.panel.last is not None, said)
    yield 0.7
    document.waitForDone()
    said["layers with selection"] = tree(document)
    screenshot("result-selection")
    focus_canvas(window)
    yield 0.3
    key("ctrl+z")
    yield 1
    said["layers with selection after undo"] = tree(document)
    said["next to undo with selection after undo"] = app.action("edit_undo").text()
    screenshot("undone")
    said["source unchanged"] = bytes(source.pixelData(0, 0, document.width(), document.height())) == before

    dialog.activateWindow()
    tile_of(dialog, "hatching").click()  # each time another one: the worker keeps what it has painted
    dialog.panel.last = None
    with engine_stands_still():
        part(dialog, "start").click()
        yield 0.5
        said["busy before cancel"] = dialog.panel.painting is not None
        part(dialog, "cancel").click()
        said["idle after cancel"] = dialog.panel.painting is None  # no turn of the event loop later
    said["layers after cancel"] = tree(document)
    said["message after cancel"] = part(dialog, "message").text()
    yield 0.5
    screenshot("cancelled")

    strange = os.environb[b"NST_STRANGE"].decode()  # Krita runs Python under an ASCII locale
    drop(dialog.panel, strange)
    yield 0.5
    said["dropped"] = dialog.panel.form.order().styles[0].source
    said["dropped picture is shown"] = part(dialog, "preview").pixmap() is not None
    screenshot("dropped")
    dialog.panel.last = None
    part(dialog, "start").click()
    yield from wait(lambda: dialog.panel.painting is None and dialog.panel.last is not None, said)
    said["layers with the dropped style"] = tree(document)
    app.action("edit_undo").trigger()
    yield 0.7

    part(dialog, "styles").click()
    yield 0.7
    gallery = dialog.panel.form.chooser.window_of_styles
    menu_entry(gallery._menu, "Picture file…").trigger()
    yield 0.7
    browser = gallery.findChild(QtWidgets.QFileDialog)
    said["browsing starts in"] = browser.directory().absolutePath()
    screenshot("browse")
    file = browser.directory().entryList(["*.jpg"])[0]
    part(browser, "fileNameEdit").setText(browser.directory().filePath(file))
    yield 0.2
    browser.accept()
    yield from wait(lambda: QtWidgets.QApplication.activeModalWidget() is None, said)
    said["browsed"] = dialog.panel.form.order().styles[0].source
    gallery.close()
    yield 0.3

    tile_of(dialog, "pointillism").click()
    with engine_stands_still():
        part(dialog, "start").click()
        yield 0.5
        journey = dialog.panel.painting.journey
        dialog.close()
        yield 0.7
        said["job ended with the dialog"] = journey_ended(journey)
    action.trigger()
    yield 1
    dialog = our_dialog()
    said["remembered style"] = dialog.panel.form.order().styles[0].source
    dialog.panel.form.choose_style("/nowhere/at <b>all</b>.png")
    yield 0.5
    part(dialog, "start").click()
    yield from wait(lambda: dialog.panel.last is not None, said)
    yield 0.7
    box = QtWidgets.QApplication.activeModalWidget()
    said["failure"] = box.informativeText()
    plain = QtCore.Qt.TextFormat.PlainText
    said["failure with markup"] = [label.text() for label in box.findChildren(QtWidgets.QLabel) if label.textFormat() != plain]
    (copy,) = (button for button in box.buttons() if "details" in button.text())
    screenshot("failure")
    copy.click()
    yield 0.3
    said["details"] = QtWidgets.QApplication.clipboard().text()
    said["failure still shown"] = box.isVisible()
    box.close()
    yield 0.3
    tile_of(dialog, "watercolour").click()
    dialog.panel.last = None
    with engine_stands_still():
        part(dialog, "start").click()
        yield 0.5
        document.setModified(False)
        document.close()
        yield from wait(lambda: dialog.panel.last is not None, said)
    yield 0.7
    box = QtWidgets.QApplication.activeModalWidget()
    said["closed picture"] = box.informativeText()
    screenshot("closed-picture")
    box.close()
    dialog.close()
    yield 0.5
    client.shut_down()
