"""Runs inside a full Krita where nothing is set up, with a stand-in for the installer: refused, cancelled, failed, done."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita import Krita
from krita_docker import shown_docker
from krita_hands import clipped, key, maximized, part, photo_in, screenshot, turns, unlabelled, until
from style_transfer.nst_core import client
from style_transfer.qt import QtWidgets

STAND_IN = Path(os.environ["STAND_IN"])


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What a painter sees who has just unpacked the plug-in; what was seen goes into `said`."""
    window = maximized()
    photo_in(window)
    yield 2
    yield from refused(said)
    yield from cancelled(said)
    yield from failed(said)
    yield from done(said, window)


def refused(said: dict[str, Any]) -> Iterator[float]:
    yield from offered()
    dialog = shown("FirstUse")
    said["offer"] = [part(dialog, "headline").text(), part(dialog, "text").text()]
    said["unlabelled"], said["clipped"] = unlabelled(dialog), clipped(dialog)
    screenshot("first-use-offer")
    Krita.instance().action("style_transfer").trigger()
    yield 0.3
    said["offers at once"] = len(all_shown("FirstUse"))
    yield from until(dialog.isActiveWindow)
    key("Escape")
    yield from until(lambda: not all_shown("FirstUse"))
    said["begun by refusing"] = (STAND_IN / "pid").exists()


def cancelled(said: dict[str, Any]) -> Iterator[float]:
    yield from begun()
    dialog = shown("FirstUse")
    said["progress"] = [part(dialog, "headline").text(), part(dialog, "text").text(), part(dialog, "bar").value()]
    said["clipped"] += clipped(dialog)
    screenshot("first-use-progress")
    said["turns while it is made"] = yield from turns(child_lives)
    part(dialog, "cancel").click()
    yield from until(lambda: not all_shown("FirstUse"))
    yield from until(lambda: not child_lives())
    said["child lives after cancel"] = child_lives()


def failed(said: dict[str, Any]) -> Iterator[float]:
    yield from begun()
    (STAND_IN / "go").write_text("fail")
    yield from until(lambda: all_shown("QMessageBox"))
    box = shown("QMessageBox")
    said["failure"] = [box.text(), box.informativeText()]
    yield 0.3  # until it is drawn
    screenshot("first-use-failed")
    box.close()
    (STAND_IN / "go").unlink()
    yield 0.3


def done(said: dict[str, Any], window: Any) -> Iterator[float]:
    """Asked for from the docker, whose painting can't begin."""
    docker = shown_docker(window)
    yield 1
    part(docker, "start").click()
    yield from until(lambda: all_shown("FirstUse") and part(shown("FirstUse"), "begin").isEnabled())
    dialog = shown("FirstUse")
    (STAND_IN / "go").write_text("done")
    part(dialog, "begin").click()
    yield from until(lambda: part(dialog, "headline").text().startswith("<b>Style Transfer is ready"))
    said["ready"] = [part(dialog, "headline").text(), part(dialog, "text").text(), client.is_set_up()]
    screenshot("first-use-ready")
    dialog.close()
    yield 0.3
    Krita.instance().action("style_transfer").trigger()
    yield from until(lambda: all_shown("StyleTransferDialog"))
    said["opened afterwards"] = bool(all_shown("StyleTransferDialog"))


def offered() -> Iterator[float]:
    """The menu's entry, until the offer can be read."""
    Krita.instance().action("style_transfer").trigger()
    yield from until(lambda: all_shown("FirstUse") and part(shown("FirstUse"), "begin").isEnabled())


def begun() -> Iterator[float]:
    """Set up, until the stand-in has told how far it is."""
    yield from offered()
    dialog = shown("FirstUse")
    yield from until(dialog.isActiveWindow)  # the window manager has yet to give it the keyboard
    key("Return")
    yield from until(lambda: part(dialog, "bar").value() >= 400)


def child_lives() -> bool:
    """Whether the stand-in still runs."""
    return Path("/proc", (STAND_IN / "pid").read_text()).exists()


def all_shown(kind: str) -> list[Any]:
    return [one for one in QtWidgets.QApplication.topLevelWidgets() if type(one).__name__ == kind and one.isVisible()]


def shown(kind: str) -> Any:
    return all_shown(kind)[0]
