"""Runs inside a full Krita: what it is told to begin is under way when Krita ends; krita_watch.py sees what is left."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import style_transfer
from krita import Krita
from krita_docker import our_docker
from krita_hands import (
    asked,
    click,
    key,
    maximized,
    menu_bar,
    menu_called,
    our_dialog,
    part,
    press,
    processes,
    question,
    screenshot,
    tree,
    wait,
)
from style_transfer import last_order
from style_transfer.extension import ACTION, AGAIN
from style_transfer.grading_window import ACTION as COMPARE
from style_transfer.nst_core import client

BEGUN = Path(os.environ["NST_OUT"]) / "begun.json"
FOR_EVER = 3600.0  # seconds: Krita ends before

Jobs = Callable[[], list[Any]]  # gives those that were begun and are not done


def steps(said: dict[str, Any]) -> Iterator[float]:
    """Begin $NST_BEGIN in an engine that stands still and end Krita by $NST_END; or let it be painted."""
    window = maximized()
    begin, end = os.environ["NST_BEGIN"], os.environ["NST_END"]
    docker = our_docker(window)
    document = picture(window)
    catalogue = style_transfer.extension.catalogue
    catalogue.ask()
    yield from wait(lambda: catalogue.facts and Krita.instance().activeDocument() == document, said)
    if end == "painted":
        yield from paint(said, document)
        return
    if begin in ("preview", "docker"):
        docker.setVisible(True)
        docker.raise_()
        yield from wait(lambda: docker.panel.pane.view.after is not None and not docker.panel.pane.preview.running, said)
    found = processes()
    os.kill(found["engine"], signal.SIGSTOP)
    jobs = BEGINNINGS[begin](docker)
    yield from wait(lambda: jobs() and all("send" in job.timings for job in jobs()), said)
    screenshot(f"quitting-{begin}")
    BEGUN.write_text(json.dumps(found))
    yield from ENDS[end](window, document, said)
    yield FOR_EVER


def picture(window: Any) -> Any:
    """A small picture with two layers, in `window`."""
    document = Krita.instance().openDocument(os.environ["NST_PHOTO"])
    document.scaleImage(192, 128, 72, 72, "Bicubic")
    document.waitForDone()
    document.rootNode().addChildNode(document.topLevelNodes()[0].duplicate(), None)
    document.waitForDone()
    document.setModified(False)
    window.addView(document)
    return document


def paint(said: dict[str, Any], document: Any) -> Iterator[float]:
    """Nothing of the time before disturbs a painting."""
    in_dialog(None)
    panel = our_dialog().panel
    yield from wait(lambda: panel.painting is None and panel.last is not None, said)
    said["error"] = panel.last.error and panel.last.error.message
    said["layers"] = tree(document)
    client.shut_down()


def in_dialog(_docker: Any) -> Jobs:
    Krita.instance().action(ACTION).trigger()
    part(our_dialog(), "start").click()
    return lambda: of_panel(our_dialog().panel)


def in_docker(docker: Any) -> Jobs:
    part(docker, "start").click()
    return lambda: of_panel(docker.panel)


def of_panel(panel: Any) -> list[Any]:
    return [panel.painting.journey._job] if panel.painting is not None and panel.painting.journey is not None else []


def as_preview(docker: Any) -> Jobs:
    """What Live begins after a stroke."""
    preview = docker.panel.pane.preview
    docker.panel.form.set_parameters({"strength": 0.5})
    return lambda: [preview._job] if preview._job is not None else []


def several(docker: Any) -> Jobs:
    """A painting with the small window, and a comparison that waits for its turn."""
    last_order.keep(docker.panel.form.order())
    Krita.instance().action(AGAIN).trigger()
    Krita.instance().action(COMPARE).trigger()
    painting, compared = style_transfer.extension.progress.painting, style_transfer.comparing.window
    compared.compare.click()
    shown = style_transfer.extension.progress.isVisible
    return lambda: [painting.journey._job, compared._comparison._job] if shown() else []


def quit_by_mouse(window: Any, document: Any, _said: dict[str, Any]) -> Iterator[float]:
    document.setModified(False)
    yield from choose_quit(window)


def quit_unsaved(window: Any, document: Any, said: dict[str, Any]) -> Iterator[float]:
    """With something to lose, Krita asks; the job goes on meanwhile."""
    document.setModified(True)
    yield from choose_quit(window)
    yield from asked(said)
    screenshot("quitting-asked")
    yield from press("alt+n", lambda: question() is None)


def choose_quit(window: Any) -> Iterator[float]:
    """File → Quit: the menu by mouse, the entry by its letter, which goes nowhere else while the menu is open."""
    menu = menu_called(window, "File")
    click(menu_bar(window).mapToGlobal(menu_bar(window).actionGeometry(menu.menuAction()).center()))
    yield from wait(menu.isVisible, {}, patience=30)
    key("q")


def terminate(_window: Any, _document: Any, _said: dict[str, Any]) -> Iterator[float]:
    os.kill(os.getpid(), signal.SIGTERM)
    yield 0


BEGINNINGS = {"dialog": in_dialog, "docker": in_docker, "preview": as_preview, "several": several}
ENDS = {"quit": quit_by_mouse, "unsaved": quit_unsaved, "terminated": terminate}
