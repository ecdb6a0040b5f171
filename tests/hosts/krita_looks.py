"""Runs inside a full Krita: window and docker at rest, each method once, to be looked at in any theme and at any scale."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from krita import Krita
from krita_docker import shown_docker
from krita_hands import clipped, maximized, our_dialog, part, photo_in, screenshot, wait
from style_transfer.nst_core import client, schema
from style_transfer.qt import QtGui, QtWidgets


def steps(said: dict[str, Any]) -> Iterator[float]:
    """Open everything and look at it; what has less room than it needs goes into `said`."""
    app = Krita.instance()
    window = maximized()
    docker = shown_docker(window)
    photo_in(window)
    yield 2
    panes = [docker.panel.pane]
    yield from wait(lambda: panes[0].view.after is not None, said)
    said["brightness"] = docker.palette().color(QtGui.QPalette.ColorRole.Window).lightness()
    said["ratio"] = docker.devicePixelRatioF()
    said["clipped"] = clipped(docker.panel) + wider_than_seen(docker.panel)
    yield 0.5
    screenshot("docker")
    yield from look_at_windows(said, docker)
    for other in window.dockers():  # the docker by itself, as high as the window
        other.setVisible(other is docker)
    yield 1
    screenshot("docker-high")
    app.action("style_transfer").trigger()
    yield 1
    panel = our_dialog().panel
    panes.append(panel.pane)
    for method in schema.METHODS:
        panel.form.choose_method(method)
        yield 0.5
        yield from wait(lambda: panel.pane.view.said or not panel.pane.preview.running, said)
        yield 0.5
        said["clipped"] += clipped(our_dialog()) + wider_than_seen(panel)
        screenshot(f"window-{method}")
        panel.form._rows[method].unfold(True)
        yield 0.5
        said["clipped"] += clipped(our_dialog())
        screen = QtWidgets.QApplication.primaryScreen().availableGeometry()
        said["fits"] = said.get("fits", True) and screen.contains(our_dialog().frameGeometry())
        screenshot(f"window-{method}-unfolded")
    our_dialog().close()
    yield 0.5
    client.shut_down()


def look_at_windows(said: dict[str, Any], docker: Any) -> Iterator[float]:
    """The gallery, the history and the presets' menu."""
    for name, place in (("styles", docker.panel.form.chooser), ("history", part(docker, "history"))):
        part(docker, name).click()
        yield 0.5
        shown = place.window_of_styles if name == "styles" else place.window_of_results
        yield from wait(lambda shown=shown: not shown._list._pictures._asked, said)
        yield 0.5
        said["clipped"] += clipped(shown)
        screenshot(name)
        shown.close()
    part(docker, "presets").menu().popup(docker.mapToGlobal(docker.rect().topLeft()))
    yield 0.5
    screenshot("presets")
    part(docker, "presets").menu().close()


def wider_than_seen(panel: Any) -> list[str]:
    """The form, where a part of its width is out of sight."""
    seen = panel.form.parentWidget().width()
    return [] if panel.form.width() <= seen else [f"form {panel.form.width()} > {seen}"]
