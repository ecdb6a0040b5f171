"""Runs inside a full Krita: every window of ours in Krita's language, and all that can be read in them."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita import Krita
from krita_docker import shown_docker
from krita_hands import asked, clipped, maximized, our_dialog, part, photo_in, question, screenshot, wait
from krita_looks import wider_than_seen
from style_transfer.nst_core import client, schema
from style_transfer.qt import QtWidgets

METHODS = (schema.DEFAULT_METHOD, "gatys")  # the one that paints at once, and the one with the most rows
ENTRIES = ("style_transfer", "style_transfer_again", "style_transfer_compare")


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What can be read goes into `said`, by window, and what has less room than it needs."""
    app = Krita.instance()
    window = maximized()
    said["clipped"], said["texts"] = [], {}
    said["texts"]["menu"] = [text for name in ENTRIES for text in told_by(app.action(name))]
    docker = shown_docker(window)
    photo_in(window)
    yield 2
    yield from wait(lambda: docker.panel.pane.view.after is not None, said)
    look(said, "docker", docker.panel)
    said["clipped"] += wider_than_seen(docker.panel)
    yield from look_at_windows(said, docker)
    app.action("style_transfer").trigger()
    yield 1
    panel = our_dialog().panel
    for method in METHODS:
        panel.form.choose_method(method)
        panel.form._rows[method].unfold(True)
        yield 0.5
        yield from wait(lambda: panel.pane.view.said or not panel.pane.preview.running, said)
        yield 0.5
        look(said, f"window-{method}", our_dialog())
    yield from look_at_a_question(said, panel)
    panel.form.choose_method(METHODS[0])
    said["layer"] = panel.form.order().layer_name()
    our_dialog().close()
    yield 0.5
    yield from look_at_grading(said, app)
    docker.panel._status.begin()
    docker.panel._status.show_progress(client.Progress(0.5, "painting", 42.0))
    said["stage"] = part(docker, "stage").text()
    client.shut_down()


def look(said: dict[str, Any], name: str, widget: Any) -> None:
    """Keep what can be read in it, what is cut off, and a picture."""
    said["texts"][name] = sorted(set(read(widget)))
    said["clipped"] += [f"{name}: {told}" for told in clipped(widget)]
    screenshot(name)


def read(widget: Any) -> Iterator[str]:
    """Everything that says something to somebody."""
    for one in (widget, *widget.findChildren(QtWidgets.QWidget)):
        yield from (one.toolTip(), one.accessibleName(), one.accessibleDescription(), one.windowTitle())
        if isinstance(one, (QtWidgets.QLabel, QtWidgets.QAbstractButton)):
            yield one.text()
        if isinstance(one, QtWidgets.QComboBox):
            yield from (one.itemText(place) for place in range(one.count()))
        if isinstance(one, QtWidgets.QLineEdit):
            yield one.placeholderText()
        if isinstance(one, QtWidgets.QListWidget):
            yield from (one.item(place).text() for place in range(one.count()))


def told_by(action: Any) -> tuple[str, ...]:
    return (action.text().replace("&", ""), action.toolTip(), action.whatsThis(), action.iconText())


def look_at_windows(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """The gallery, the history and the presets' menu."""
    for name, place in (("styles", docker.panel.form.chooser), ("history", part(docker, "history"))):
        part(docker, name).click()
        yield 0.5
        shown = place.window_of_styles if name == "styles" else place.window_of_results
        yield from wait(lambda shown=shown: not shown._list._pictures._asked, said)
        yield 0.5
        look(said, name, shown)
        shown.close()
    menu = part(docker, "presets").menu()
    menu.popup(docker.mapToGlobal(docker.rect().topLeft()))
    yield 0.5
    said["texts"]["presets"] = [entry.text() for entry in menu.actions() if entry.text()]
    screenshot("presets")
    menu.close()


def look_at_a_question(said: dict[str, Any], panel: Any) -> Iterator[float]:
    """What is asked before a model is downloaded; the answer is no."""
    panel.form.choose_method("arbitrary")
    panel.form.set_parameters({"model": "magenta"})
    yield 0.5
    panel.apply()
    yield from asked(said)
    look(said, "question", question())
    question().reject()
    yield from wait(lambda: panel.painting is None, said)


def look_at_grading(said: dict[str, Any], app: Any) -> Iterator[float]:
    """The window that compares two layers."""
    app.action("style_transfer_compare").trigger()
    yield 1
    named = [one for one in QtWidgets.QApplication.topLevelWidgets() if type(one).__name__ == "GradingWindow" and one.isVisible()]
    look(said, "grading", named[0])
    named[0].close()
    yield 0.5


assert Path(os.environ["NST_SCREENSHOTS"]).is_dir()
