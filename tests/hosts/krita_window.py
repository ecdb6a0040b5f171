"""Runs inside a full Krita: a person's hour with the plug-in, by mouse and keyboard, with a look at the screen each time."""

from __future__ import annotations

import os
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita import Krita, Selection
from style_transfer.nst_core import client
from style_transfer.qt import QtCore, QtGui, QtWidgets

OUT = Path(os.environ["NST_OUT"])
SCREENSHOTS = Path(os.environ["NST_SCREENSHOTS"])
TICK = 10  # milliseconds of the clock that shows whether the window is alive


def steps(said: dict[str, Any]) -> Iterator[float]:
    """Everything that a user does, as steps; what was seen goes into `said`."""
    app = Krita.instance()
    window = app.activeWindow()
    action = app.action("style_transfer")
    said["enabled without a picture"] = action.isEnabled()
    window.qwindow().showMaximized()
    yield 1
    document = app.openDocument(os.environ["NST_PHOTO"])
    window.addView(document)
    yield 3
    if app.action("zoom_to_fit"):  # Krita 5.1 has another name for it
        app.action("zoom_to_fit").trigger()
    yield 0.5
    said["enabled with a picture"] = action.isEnabled()
    source = document.activeNode()
    before = bytes(source.pixelData(0, 0, document.width(), document.height()))

    menu = menu_called(window, "Filter")
    click(menu_bar(window).mapToGlobal(menu_bar(window).actionGeometry(menu.menuAction()).center()))
    yield 0.7
    said["menu"] = [entry.text().replace("&", "") for entry in menu.actions()]
    screenshot("menu")
    click(menu.mapToGlobal(menu.actionGeometry(action).center()))
    yield 1
    dialog = our_dialog()
    said["dialog opened by mouse"] = dialog.isVisible()
    screenshot("dialog")
    key("alt+a")  # the fold
    yield 0.7
    labels = dialog.findChildren(QtWidgets.QLabel)
    said["shown by the fold"] = [label.text().replace("&", "") for label in labels if label.isVisible()]
    screenshot("dialog-advanced")
    key("alt+a")
    yield 0.7
    said["unlabelled"] = unlabelled(dialog)
    said["clipped"] = clipped(dialog)

    dialog.move(100, 130)  # where it leaves most of the picture to be seen
    yield 0.3
    clock = Clock()
    key("Return")  # Stylize is the default button
    yield from wait(lambda: dialog.journey is None and dialog.last is not None, said, dialog)
    said["longest pause of the window"] = clock.longest_pause
    said["outcome"] = outcome(dialog.last)
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
    dialog.last = None
    yield 0.5
    said["target"] = part(dialog, "target").text()
    part(dialog, "start").click()
    yield from wait(lambda: dialog.journey is None and dialog.last is not None, said)
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
    dialog.last = None
    part(dialog, "start").click()
    yield from wait(lambda: part(dialog, "bar").value() > 0, said)
    started = time.monotonic()
    part(dialog, "cancel").click()
    said["seconds to cancel"] = time.monotonic() - started
    said["idle after cancel"] = dialog.journey is None
    said["layers after cancel"] = tree(document)
    said["message after cancel"] = part(dialog, "message").text()
    yield 0.5
    screenshot("cancelled")

    strange = os.environb[b"NST_STRANGE"].decode()  # Krita runs Python under an ASCII locale
    drop(dialog, strange)
    yield 0.5
    said["dropped"] = dialog.order().style
    said["dropped picture is shown"] = part(dialog, "preview").pixmap() is not None
    screenshot("dropped")
    dialog.last = None
    part(dialog, "start").click()
    yield from wait(lambda: dialog.journey is None and dialog.last is not None, said)
    said["layers with the dropped style"] = tree(document)
    app.action("edit_undo").trigger()
    yield 0.7

    part(dialog, "browse").click()
    yield 0.7
    browser = dialog.findChild(QtWidgets.QFileDialog)
    said["browsing starts in"] = browser.directory().absolutePath()
    screenshot("browse")
    browser.selectFile(browser.directory().entryList(["*.jpg"])[0])
    browser.accept()
    yield 0.5
    said["browsed"] = dialog.order().style

    tile_of(dialog, "woodcut").click()
    part(dialog, "start").click()
    yield from wait(lambda: part(dialog, "bar").value() > 0, said)
    journey = dialog.journey
    dialog.close()
    yield 0.7
    said["job ended with the dialog"] = journey_ended(journey)
    action.trigger()
    yield 1
    dialog = our_dialog()
    said["remembered style"] = dialog.order().style
    dialog.choose_style("/nowhere/at all.png")
    yield 0.5
    part(dialog, "start").click()
    yield from wait(lambda: dialog.last is not None, said)
    yield 0.7
    box = QtWidgets.QApplication.activeModalWidget()
    said["failure"] = box.informativeText()
    (copy,) = (button for button in box.buttons() if "details" in button.text())
    screenshot("failure")
    copy.click()
    yield 0.3
    said["details"] = QtWidgets.QApplication.clipboard().text()
    said["failure still shown"] = box.isVisible()
    box.close()
    yield 0.3
    tile_of(dialog, "woodcut").click()
    dialog.last = None
    part(dialog, "start").click()
    yield from wait(lambda: part(dialog, "bar").value() > 0, said)
    document.setModified(False)
    document.close()
    yield from wait(lambda: dialog.last is not None, said)
    yield 0.7
    box = QtWidgets.QApplication.activeModalWidget()
    said["closed picture"] = box.informativeText()
    screenshot("closed-picture")
    box.close()
    dialog.close()
    yield 0.5
    client.shut_down()


class Clock(QtCore.QObject):
    """Counts in Krita's event loop; its longest pause is how long the window did not answer."""

    def __init__(self) -> None:
        super().__init__()
        self.longest_pause = 0.0
        self._last = time.monotonic()
        self._timer = QtCore.QTimer(self)
        self._timer.timeout.connect(self._tick)
        self._timer.start(TICK)

    def _tick(self) -> None:
        now = time.monotonic()
        self.longest_pause = max(self.longest_pause, now - self._last)
        self._last = now


def wait(condition: Any, said: dict[str, Any], dialog: Any = None, patience: float = 120) -> Iterator[float]:
    """Go on when `condition` holds; with `dialog`, look at it once while it works."""
    deadline = time.monotonic() + patience
    looked = dialog is None
    while not condition():
        if time.monotonic() > deadline:
            screenshot("stuck")
            raise RuntimeError("waited in vain")
        if not looked and part(dialog, "bar").value() > 250:
            said["stage"] = part(dialog, "stage").text()
            screenshot("running", waiting=False)  # the clock must not measure us
            looked = True
        yield 0.02


def menu_bar(window: Any) -> Any:
    return window.qwindow().menuBar()


def menu_called(window: Any, name: str) -> Any:
    """The menu of that title; the actions live as long as the menu bar."""
    for entry in menu_bar(window).actions():
        if entry.text().replace("&", "") == name:
            return entry.menu()
    raise LookupError(name)


def our_dialog() -> Any:
    (dialog,) = (widget for widget in QtWidgets.QApplication.topLevelWidgets() if type(widget).__name__ == "StyleTransferDialog")
    return dialog


def tile_of(dialog: Any, name: str) -> Any:
    """The button of one of our own styles."""
    (button,) = (button for button in dialog.findChildren(QtWidgets.QToolButton) if button.toolTip() == name)
    return button


def part(dialog: Any, name: str) -> Any:
    """A widget of the dialog by its name."""
    return dialog.findChild(QtWidgets.QWidget, name)


def journey_ended(journey: Any) -> bool:
    """True when the job is done; with the window, the Qt half of the journey is gone, and may not be asked."""
    return journey._job.done


def outcome(last: Any) -> dict[str, Any]:
    return {
        "error": last.error and last.error.message,
        "layer": last.layer and last.layer.name(),
        "notes": last.notes,
        "seconds": last.seconds,
    }


def tree(document: Any) -> list[Any]:
    """Names of all nodes, bottom to top, each with its children; without the selection, which Krita lists as a node, too."""

    def children(node: Any) -> list[Any]:
        return [[child.name(), children(child)] for child in node.childNodes() if child.type() != "selectionmask"]

    return children(document.rootNode())


def unlabelled(dialog: Any) -> list[str]:
    """What of the dialog can take the keyboard but has no name for a screen reader, or no tooltip."""
    kinds = (QtWidgets.QLineEdit, QtWidgets.QAbstractSpinBox, QtWidgets.QComboBox, QtWidgets.QSlider, QtWidgets.QAbstractButton)
    missing = []
    for kind in kinds:
        for widget in dialog.findChildren(kind):
            inner = isinstance(widget.parent(), (QtWidgets.QAbstractSpinBox, QtWidgets.QComboBox))
            if inner or widget.focusPolicy() == QtCore.Qt.FocusPolicy.NoFocus:
                continue
            text = widget.text() if isinstance(widget, QtWidgets.QAbstractButton) else ""
            if not (widget.accessibleName() or text) or not widget.toolTip():
                missing.append(f"{type(widget).__name__} {text} {widget.objectName()}")
    return missing


def clipped(dialog: Any) -> list[str]:
    """What of the dialog has less room than it asks for."""
    small = []
    for widget in dialog.findChildren(QtWidgets.QWidget):
        least = widget.minimumSizeHint()
        inner = isinstance(widget.parent(), QtWidgets.QAbstractSpinBox)  # laid out by the style
        if widget.isVisible() and not inner and (widget.width() < least.width() or widget.height() < least.height()):
            small.append(f"{type(widget).__name__} {widget.width()}×{widget.height()} < {least.width()}×{least.height()}")
    return small


def drop(dialog: Any, path: str) -> None:
    """Let a file fall on the window."""
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(path)])
    rest = (data, QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier)
    place = dialog.rect().center()
    enter = QtGui.QDragEnterEvent(place, QtCore.Qt.DropAction.CopyAction, *rest)
    QtWidgets.QApplication.sendEvent(dialog, enter)
    if enter.isAccepted():
        dropped = QtGui.QDropEvent(QtCore.QPointF(place), QtCore.Qt.DropAction.CopyAction, *rest)
        QtWidgets.QApplication.sendEvent(dialog, dropped)


def focus_canvas(window: Any) -> None:
    """Bring Krita's own window to the front, as a click on the picture does."""
    window.qwindow().activateWindow()
    window.qwindow().raise_()


def click(point: QtCore.QPoint) -> None:
    """A real mouse click at a place of the screen."""
    subprocess.run(["xdotool", "mousemove", str(point.x()), str(point.y()), "click", "1"], check=True)


def key(name: str) -> None:
    """A real key press, to whatever has the keyboard."""
    subprocess.run(["xdotool", "key", name], check=True)


def screenshot(name: str, waiting: bool = True) -> None:
    """Keep what the screen shows."""
    process = subprocess.Popen(["import", "-window", "root", str(SCREENSHOTS / f"krita-{name}.png")])
    if waiting:
        process.wait()
