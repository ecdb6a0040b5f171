"""Runs inside a full Krita: choosing methods and models, the question before a download, and the download's manners."""

from __future__ import annotations

import os
from collections.abc import Iterator
from typing import Any

from krita import Krita
from krita_hands import clipped, key, maximized, our_dialog, part, photo_in, screenshot, tree, unlabelled, visible_labels, wait
from style_transfer.nst_core import client, schema
from style_transfer.qt import QtWidgets

# A method that no engine has: the form must need no change for what is yet to come.
STILL = schema.Method(
    "still",
    "Still life",
    "A method of the tests, without a style picture.",
    0,
    (
        schema.Parameter("fruit", "choice", "pear", "Fruit", "Which.", choices=(schema.Choice("pear", "Pear"),)),
        schema.Parameter("worms", "int", 3, "Worms", "How many.", 0, 9, advanced=True),
    ),
    "embedded",
)


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What a user does with the chooser of methods; what was seen goes into `said`."""
    schema.METHODS[STILL.name] = STILL
    app = Krita.instance()
    window = maximized()
    document = photo_in(window)
    yield 2
    app.action("style_transfer").trigger()
    yield 1
    dialog = our_dialog()
    panel = dialog.panel
    said["before the worker answers"] = entries(panel.form, "method")
    yield from wait(lambda: panel._catalogue.facts, said)
    yield from wait(lambda: not panel.pane.preview.running and panel.pane.view.after is not None, said)
    said["rows of the default"] = rows(panel)
    yield from look(said, dialog, "embedded")

    part(dialog, "method").setFocus()
    dialog.activateWindow()
    yield 0.3
    key("Down")
    yield 0.5
    said["method by keyboard"] = panel.form.method.name
    said["rows of arbitrary"] = rows(panel)
    said["models"] = entries(panel.form, "model")
    said["preview of what is not here"] = panel.pane.view.said
    said["style shown"] = panel.form.chooser.isVisible()
    yield from look(said, dialog, "arbitrary")
    panel.form.set_parameters({"strength": 0.5})
    panel.form.choose_method("embedded")
    said["strength of the default"] = panel.form.parameters()["strength"]
    panel.form.choose_method("still")
    yield 0.5
    said["rows of still"] = rows(panel)
    said["style shown without styles"] = panel.form.chooser.isVisible()
    panel.form.choose_style("")
    said["enabled without a style"] = part(dialog, "start").isEnabled()
    yield from look(said, dialog, "still")
    panel.form.choose_style(os.environ["NST_STYLE"])
    panel.form.choose_method("anime")
    yield from wait(lambda: panel.pane.view.said.startswith("Choose"), said)
    said["without a look"] = [panel.pane.view.said, part(dialog, "start").isEnabled()]
    panel.form.set_parameters({"model": "animegan2-hayao"})
    yield from wait(lambda: not panel.pane.view.said.startswith("Choose"), said)
    said["with a look"] = [panel.pane.view.said, part(dialog, "start").isEnabled()]
    panel.form.choose_style("")
    panel.form.choose_method("arbitrary")
    said["enabled with a style to be chosen"] = part(dialog, "start").isEnabled()
    panel.form.choose_style(os.environ["NST_STYLE"])
    said["strength of arbitrary"] = panel.form.parameters()["strength"]

    part(dialog, "start").click()
    yield from wait(question, said)
    box = question()
    said["question"] = [box.text(), box.informativeText(), [button.text().replace("&", "") for button in box.buttons()]]
    yield 0.5
    screenshot("question")
    button(box, "Cancel").click()
    yield from wait(lambda: panel.painting is None, said)
    said["after no"] = part(dialog, "message").text()
    said["layers after no"] = tree(document)

    part(dialog, "start").click()
    yield from wait(question, said)
    button(question(), "Download and paint").click()
    yield from wait(lambda: " MB" in part(dialog, "stage").text(), said)
    yield 1
    said["stage"] = part(dialog, "stage").text()
    screenshot("download")
    part(dialog, "cancel").click()
    said["idle after cancel"] = panel.painting is None
    yield 1

    panel.last = None
    part(dialog, "start").click()
    stages: list[str] = []
    panel.painting.progressed.connect(lambda progress: stages.append(progress.stage))
    yield from wait(lambda: question() or panel.painting is None, said)
    said["asked again"] = question() is not None
    said["stages"] = stages
    said["layers"] = tree(document)
    said["error"] = panel.last.error and panel.last.error.message
    yield from wait(lambda: panel._catalogue.facts["microast"].installed, said)
    said["models when it is here"] = entries(panel.form, "model")
    dialog.close()
    yield 0.7
    app.action("style_transfer").trigger()
    yield 1
    panel = our_dialog().panel
    said["remembered"] = [panel.form.method.name, panel.form.parameters()["strength"]]
    client.shut_down()


def look(said: dict[str, Any], dialog: Any, name: str) -> Iterator[float]:
    """What a careful eye sees of the window as it stands."""
    yield 0.5
    said.setdefault("unlabelled", []).extend(unlabelled(dialog))
    said.setdefault("clipped", []).extend(clipped(dialog))
    screenshot(f"method-{name}")


def entries(form: Any, name: str) -> list[str]:
    """What a choice offers, as it is shown."""
    control = form._methods if name == "method" else form._rows[form.method.name]._controls[name]
    return [control.itemText(place) for place in range(control.count())]


def rows(panel: Any) -> list[str]:
    """The labels that can be seen."""
    return [label for label in visible_labels(panel.form) if label.endswith(":")]


def question() -> Any:
    """The box that asks, or None."""
    box = QtWidgets.QApplication.activeModalWidget()
    return box if isinstance(box, QtWidgets.QMessageBox) else None


def button(box: Any, name: str) -> Any:
    """A button of `box` by what it says."""
    (found,) = (each for each in box.buttons() if each.text().replace("&", "") == name)
    return found
