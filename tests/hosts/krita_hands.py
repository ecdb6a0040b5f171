"""Hands and eyes of the scripts that run inside a full Krita: clicks, keys, screenshots, and what can be seen of our windows."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

from krita import Krita
from style_transfer.nst_core import __version__, client, wire
from style_transfer.qt import QtCore, QtGui, QtWidgets

SCREENSHOTS = Path(os.environ["NST_SCREENSHOTS"])
PREFIX = os.environ.get("NST_PREFIX", "krita")  # of the screenshots' names
TURNS = 20  # of the event loop that show that the window is alive


def maximized() -> Any:
    """Krita's window, as large as the screen."""
    window = Krita.instance().activeWindow()
    window.qwindow().showMaximized()
    return window


def photo_in(window: Any) -> Any:
    """The picture $NST_PHOTO, opened in Krita's window."""
    document = Krita.instance().openDocument(os.environ["NST_PHOTO"])
    window.addView(document)
    return document


def turns(under_way: Any) -> Generator[float, None, int]:
    """How many of TURNS turns of Krita's event loop came while something was under way that would not end by itself.

    It gives an answer only where the loop turns: a window that is kept waiting stops these steps, too.
    """
    seen = 0
    for _ in range(TURNS):
        yield 0.01
        seen += bool(under_way())
    return seen


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
            screenshot("running", waiting=False)
            looked = True
        yield 0.02


def processes() -> dict[str, Any]:
    """The ids of the worker, "pid", and of its "engine"."""
    return client.request("hello", {"version": __version__, "protocol": wire.PROTOCOL})


@contextlib.contextmanager
def engine_stands_still() -> Iterator[None]:
    """What is ordered meanwhile stays under way: a fast machine would be done before the next click."""
    engine = processes()["engine"]
    os.kill(engine, signal.SIGSTOP)
    try:
        yield
    finally:
        with contextlib.suppress(ProcessLookupError):  # the worker ends an engine that doesn't hear
            os.kill(engine, signal.SIGCONT)


def until(condition: Any, patience: float = 15) -> Iterator[float]:
    """Go on when `condition` holds, or without it: the test outside will see."""
    deadline = time.monotonic() + patience
    while not condition() and time.monotonic() < deadline:
        yield 0.02


def asked(said: dict[str, Any]) -> Iterator[float]:
    """Wait for a window that wants an answer: `question` is it."""
    yield from wait(lambda: QtWidgets.QApplication.activeModalWidget() is not None, said, patience=30)
    yield 0.2  # until it is drawn


def question() -> Any:
    """The window that wants an answer."""
    return QtWidgets.QApplication.activeModalWidget()


def menu_bar(window: Any) -> Any:
    return window.qwindow().menuBar()


def menu_called(window: Any, name: str) -> Any:
    """The menu of that title; the actions live as long as the menu bar."""
    for entry in menu_bar(window).actions():
        if entry.text().replace("&", "") == name:
            return entry.menu()
    raise LookupError(name)


def our_dialog() -> Any:
    (dialog,) = our_dialogs()
    return dialog


def our_dialogs() -> list[Any]:
    """Ours, once it has been opened."""
    return [widget for widget in QtWidgets.QApplication.topLevelWidgets() if type(widget).__name__ == "StyleTransferDialog"]


def tile_of(dialog: Any, name: str) -> Any:
    """The button of one of our own styles."""
    (button,) = (button for button in dialog.findChildren(QtWidgets.QToolButton) if button.toolTip() == name)
    return button


def part(dialog: Any, name: str) -> Any:
    """A widget of the dialog, not of another window of it, by its name; None when there is none."""
    named = dialog.findChildren(QtWidgets.QWidget, name)
    return next((widget for widget in named if widget.window() is dialog.window()), None)


def letter(dialog: Any, text: str) -> str:
    """The letter that with Alt presses the button in sight with that text, the letter's mark aside."""
    marked = (button.text() for button in dialog.findChildren(QtWidgets.QAbstractButton) if button.isVisible())
    (found,) = (one for one in marked if one.replace("&", "") == text)
    return str(found.partition("&")[2][0].lower())


def visible_labels(dialog: Any) -> list[str]:
    """What the labels that can be seen say."""
    return [label.text().replace("&", "") for label in dialog.findChildren(QtWidgets.QLabel) if label.isVisible()]


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


def drop(panel: Any, path: str) -> None:
    """Let a file fall on the window's inside."""
    data = QtCore.QMimeData()
    data.setUrls([QtCore.QUrl.fromLocalFile(path)])
    rest = (data, QtCore.Qt.MouseButton.LeftButton, QtCore.Qt.KeyboardModifier.NoModifier)
    place = panel.rect().center()
    enter = QtGui.QDragEnterEvent(place, QtCore.Qt.DropAction.CopyAction, *rest)
    QtWidgets.QApplication.sendEvent(panel, enter)
    if enter.isAccepted():
        dropped = QtGui.QDropEvent(QtCore.QPointF(place), QtCore.Qt.DropAction.CopyAction, *rest)
        QtWidgets.QApplication.sendEvent(panel, dropped)


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


def press(name: str, condition: Any, at: Any = None) -> Iterator[float]:
    """Press a key, with the keyboard led to `at`, until `condition` holds: on a busy machine X may give it to the window that
    was in front before, and Krita may lead the keyboard to its canvas."""
    for _ in range(3):
        if not condition():
            if at is not None:
                at.activateWindow()
                at.setFocus()
                yield from until(at.hasFocus)
            key(name)
            yield from until(condition, patience=5)


def type_text(text: str) -> None:
    """Real key presses, one letter after the other."""
    subprocess.run(["xdotool", "type", text], check=True)


def menu_entry(menu: Any, name: str) -> Any:
    """The entry of a menu that is filled when it is opened."""
    menu.aboutToShow.emit()
    return next(entry for entry in menu.actions() if entry.text().replace("&", "") == name)


def screenshot(name: str, waiting: bool = True) -> None:
    """Keep what the screen shows."""
    process = subprocess.Popen(["import", "-window", "root", str(SCREENSHOTS / f"{PREFIX}-{name}.png")])
    if waiting:
        process.wait()
