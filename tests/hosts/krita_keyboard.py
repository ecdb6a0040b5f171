"""Runs inside a full Krita: window, docker and gallery by the keyboard alone."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from typing import Any

from krita import Krita
from krita_docker import shown_docker
from krita_hands import key, letter, maximized, our_dialog, photo_in, screenshot, until, wait
from style_transfer.common.styles import Chosen
from style_transfer.nst_core import client
from style_transfer.qt import QtCore, QtWidgets
from style_transfer.thumbnails import own_styles

MARGIN = 4  # points around a control in which it may show that it has the keyboard
MOST = 60


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What is reached in which order, and what does not show it, goes into `said`."""
    window = maximized()
    docker = shown_docker(window)
    photo_in(window)
    yield from wait(lambda: docker.panel.pane.view.after is not None, said)
    docker.activateWindow()
    said["docker"] = yield from led_from_the_preview(docker)
    docker.panel.form.show_choice("embedded", (Chosen(own_styles()[0]), Chosen(own_styles()[1])), {})
    said["docker, two styles"] = yield from led_from_the_preview(docker)
    screenshot("keyboard-docker")
    Krita.instance().action("style_transfer").trigger()
    dialog = our_dialog()
    yield from until(dialog.isActiveWindow)
    yield from wait(lambda: dialog.panel.pane.view.after is not None and not dialog.panel.pane.preview.running, said)
    said["window"] = yield from led_from_the_preview(dialog)
    yield from in_the_gallery(said, dialog)
    dialog.panel.form.show_choice("embedded", (Chosen(own_styles()[0]), Chosen(own_styles()[1])), {})
    said["window, two styles"] = yield from led_from_the_preview(dialog)
    screenshot("keyboard-window")
    client.shut_down()


def in_the_gallery(said: dict[str, Any], dialog: Any) -> Iterator[float]:
    """It is opened, walked through and left."""
    key(f"alt+{letter(dialog, 'Choose style…')}")
    yield from until(lambda: dialog.panel.form.chooser.window_of_styles is not None)
    gallery = dialog.panel.form.chooser.window_of_styles
    yield from until(gallery._list.hasFocus)
    gallery._search.setFocus()
    said["gallery"] = yield from led_through(gallery)
    gallery._list.setFocus()
    said["places"] = []
    for name in ("End", "Home", "Right"):
        there = gallery._list.currentRow()
        key(name)
        yield from until(lambda there=there: gallery._list.currentRow() != there, patience=5)
        said["places"].append(gallery._list.pictures().index(gallery._list.currentItem()))
    said["pictures"] = len(gallery._list.pictures())
    screenshot("keyboard-gallery")
    key("Return")
    yield from until(lambda: not gallery.isVisible())
    said["taken"] = dialog.panel.form.order().styles[0].source
    said["gallery left open"] = gallery.isVisible()


def led_from_the_preview(root: Any) -> Generator[float, None, dict[str, Any]]:
    """As `led_through`, with all rows in sight, from the window's or docker's first place."""
    form, view = root.panel.form, root.panel.pane.view
    form._rows[form.method.name].unfold(True)
    yield from wait(lambda: not root.panel.pane.preview.running, {})
    view.setFocus()
    yield from until(view.hasFocus)
    return (yield from led_through(root))


def led_through(root: Any) -> Generator[float, None, dict[str, Any]]:
    """The names of what Tab leads to, beginning where the keyboard is, until it comes there again or leaves `root`; what of it
    does not show it (`blind`), is not wholly in sight then (`hidden`), or is left out though it could be led to (`missed`)."""
    led: list[Any] = []
    blind, hidden = [], []
    wanted = [widget for widget in root.findChildren(QtWidgets.QWidget) if can_be_led_to(widget)]
    before = None
    while len(led) < MOST:
        now = QtWidgets.QApplication.focusWidget()
        if before is not None and look(led[-1]) == before:
            blind.append(name_of(led[-1]))
        if now in led or now is None or not root.isAncestorOf(now):
            break
        if now.visibleRegion().boundingRect() != now.rect():
            hidden.append(name_of(now))
        before = look(now) if led else None  # Qt marks nothing before the first Tab
        led.append(now)
        key("Tab")
        yield from until(lambda now=now: QtWidgets.QApplication.focusWidget() is not now, patience=5)
    missed = [name_of(widget) for widget in wanted if widget not in led]
    return {"led": [name_of(widget) for widget in led], "blind": blind, "hidden": hidden, "missed": missed}


def can_be_led_to(widget: Any) -> bool:
    """Whether Tab should come by."""
    inner = isinstance(widget.parent(), (QtWidgets.QAbstractSpinBox, QtWidgets.QComboBox))
    policy = widget.focusPolicy()
    return bool(policy & QtCore.Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled() and not inner


def look(widget: Any) -> Any:
    """What is seen of a control and close around it."""
    corner = widget.mapTo(widget.window(), QtCore.QPoint())
    place = QtCore.QRect(corner, widget.size()).adjusted(-MARGIN, -MARGIN, MARGIN, MARGIN)
    return widget.window().grab(place).toImage()


def name_of(widget: Any) -> str:
    """What it is called, or what stands on it."""
    text = widget.text() if isinstance(widget, QtWidgets.QAbstractButton) else ""
    return str(widget.accessibleName() or text.replace("&", "") or type(widget).__name__)
