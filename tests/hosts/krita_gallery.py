"""Runs inside a full Krita: choosing styles in the gallery, by mouse and by keyboard, and pictures that come from elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita_docker import shown_docker
from krita_hands import (
    asked,
    click,
    clipped,
    drop,
    maximized,
    menu_entry,
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
from style_transfer import picture_cell
from style_transfer.nst_core import client
from style_transfer.qt import QtCore, QtGui, QtWidgets

OUT = Path(os.environ["NST_OUT"])
GENJI = "Prince Genji Visits the Gankiro Tea House"
GREEN = b"\x30\xc0\x40\xff"  # as Krita's 8-bit layers hold it


def steps(said: dict[str, Any]) -> Iterator[float]:
    """What a painter does to find a style; what was seen goes into `said`."""
    window = maximized()
    docker = shown_docker(window)
    document = photo_in(window)
    chooser = docker.panel.form.chooser
    yield from wait(lambda: docker.panel.pane.view.after is not None, said)
    said["paintings are known"] = len(docker.panel._catalogue.paintings)
    part(docker, "styles").click()
    gallery = chooser.window_of_styles
    yield from until(gallery.isActiveWindow)
    said["beside"] = not gallery.frameGeometry().intersects(global_rect(docker))
    said["groups"] = groups(gallery)
    said["marked"] = gallery._list.value()
    said["unlabelled"], said["clipped"] = unlabelled(gallery), clipped(gallery)
    yield from pictures_came(gallery, said)
    screenshot("gallery")

    cell = gallery._list.visualItemRect(item(gallery, "Woodcut: red sun and a sail"))
    click(gallery._list.viewport().mapToGlobal(cell.center()))
    yield from until(lambda: chooser.path.endswith("woodcut.jpg"))
    said["clicked"], said["open after a click"] = chooser.path, gallery.isVisible()
    said["title in the docker"] = part(docker, "title").text()

    star = gallery._list.itemDelegate().star_in(cell).boundingRect().center().toPoint()
    click(gallery._list.viewport().mapToGlobal(star))
    yield from until(lambda: "Favourites" in groups(gallery))
    said["favourites by mouse"] = groups(gallery).get("Favourites")
    said["chosen after the star"] = chooser.path
    screenshot("gallery-favourite")

    part(gallery, "search").setFocus()
    type_text("poppies")
    yield from until(lambda: len(gallery._list.pictures()) == 1)
    said["found"] = [each.text() for each in gallery._list.pictures()]
    yield from press("Return", gallery._list.hasFocus)
    yield from press("alt+f", part(gallery, "star").isChecked)
    yield from press("Return", lambda: not gallery.isVisible())
    said["taken by keyboard"], said["closed by Return"] = chooser.path, not gallery.isVisible()

    part(docker, "styles").click()
    yield from until(gallery.isActiveWindow)
    said["favourites"] = groups(gallery)["Favourites"]
    said["marked again"] = gallery._list.value()
    part(gallery, "search").setText("nothing like this")
    yield from until(lambda: not gallery._list.pictures())
    said["nothing found"] = part(gallery, "credit").text()
    yield from press("Escape", lambda: not gallery.isVisible())
    said["closed by Escape"] = not gallery.isVisible()

    yield from pictures_from_elsewhere(said, document, docker, gallery)
    yield from a_painting(said, document, docker, gallery)
    client.shut_down()


def pictures_from_elsewhere(said: dict[str, Any], document: Any, docker: Any, gallery: Any) -> Iterator[float]:
    """A file that is dropped, an image on the clipboard, another layer, a folder."""
    chooser = docker.panel.form.chooser
    part(docker, "styles").click()
    strange = os.environb[b"NST_STRANGE"].decode()  # Krita runs Python under an ASCII locale
    drop(gallery, strange)
    yield from until(lambda: chooser.path == strange)
    said["dropped"], said["recent"] = chooser.path, groups(gallery).get("Recent")

    picture = QtGui.QImage(60, 40, QtGui.QImage.Format.Format_ARGB32)
    picture.fill(QtGui.QColor(200, 30, 60, 128))
    QtWidgets.QApplication.clipboard().setImage(picture)
    yield 0.1
    menu_entry(gallery._menu, "Clipboard").trigger()
    said["from the clipboard"], said["colour on white"] = chooser.path, colour_of(chooser.path)

    other = document.createNode("green / hills?", "paintlayer")
    document.rootNode().addChildNode(other, None)
    other.setPixelData(GREEN * 300 * 200, 100, 100, 300, 200)
    document.refreshProjection()
    document.waitForDone()
    said["layers to take"] = [entry.text() for entry in menu_entry(gallery._menu, "Layer").menu().actions()]
    menu_entry(menu_entry(gallery._menu, "Layer").menu(), "green / hills?").trigger()
    said["from a layer"], said["layer's colour"] = chooser.path, colour_of(chooser.path)
    said["layer's size"] = [QtGui.QImage(chooser.path).width(), QtGui.QImage(chooser.path).height()]
    other.remove()

    empty = document.createNode("empty", "paintlayer")
    document.rootNode().addChildNode(empty, None)
    document.waitForDone()
    menu_entry(menu_entry(gallery._menu, "Layer").menu(), "empty").trigger()
    yield from asked(said)
    box = question()
    said["empty layer"] = [box.text(), box.informativeText()]
    box.close()
    empty.remove()

    menu_entry(gallery._menu, "Show the pictures of a folder…").trigger()
    yield from asked(said)
    browser = gallery.findChild(QtWidgets.QFileDialog)
    browser.setDirectory(os.path.dirname(strange))
    browser.accept()
    yield from until(lambda: "My pictures" in groups(gallery))
    said["folder"] = groups(gallery).get("My pictures")
    yield from pictures_came(gallery, said)
    gallery._list.scrollToBottom()
    yield 0.2
    screenshot("gallery-own")


def a_painting(said: dict[str, Any], document: Any, docker: Any, gallery: Any) -> Iterator[float]:
    """Paintings of the pack: one that a preset names is asked about when it is applied, one in the gallery at once."""
    panel = docker.panel
    panel.form.choose_style("pack:great-wave")
    yield from until(lambda: panel.pane.view.said)
    said["painting's title"] = part(docker, "title").text()
    said["painting's mark"] = part(docker, "note-of-style").text()
    said["preview without the painting"] = panel.pane.view.said
    document.setActiveNode(document.topLevelNodes()[0])
    yield 0.5
    part(docker, "start").click()
    yield from asked(said)
    box = question()
    said["question"] = [box.text(), box.informativeText()]
    screenshot("gallery-question")
    part(box, "download").click()
    yield from wait(lambda: panel.painting is None and panel.last is not None, said)
    said["layers"] = tree(document)
    yield from wait(lambda: not part(docker, "note-of-style").isVisible(), said)
    part(docker, "styles").click()
    yield from until(gallery.isActiveWindow)
    said["recent after painting"] = groups(gallery)["Recent"][:1]

    said["picture before fetching"] = item(gallery, GENJI).data(picture_cell.INSTEAD)
    gallery._list.setCurrentItem(item(gallery, GENJI))
    yield from pictures_came(gallery, said)
    yield from press("Return", lambda: question() is not None)
    yield from asked(said)
    said["question in the gallery"] = question().text()
    question().close()
    yield from until(gallery.isActiveWindow)
    said["chosen without agreement"] = panel.form.order().styles[0].source
    yield from press("Return", lambda: question() is not None)
    yield from asked(said)
    part(question(), "download").click()
    yield from wait(lambda: panel.form.order().styles[0].source == "pack:tea-house", said)
    yield from wait(lambda: not item(gallery, GENJI).data(picture_cell.INSTEAD), said)
    said["picture after fetching"] = item(gallery, GENJI).data(picture_cell.PICTURE)
    yield from wait(lambda: not panel.pane.view.said and not panel.pane.preview.running, said)
    said["preview with the painting"] = panel.pane.view.said
    yield from pictures_came(gallery, said)
    yield 0.5
    screenshot("gallery-after")


def groups(gallery: Any) -> dict[str, list[str]]:
    """The titles that the gallery shows, by their heading."""
    found: dict[str, list[str]] = {}
    heading = ""
    for place in range(gallery._list.count()):
        item = gallery._list.item(place)
        if item.data(picture_cell.HEADING):
            heading = item.text()
        else:
            found.setdefault(heading, []).append(item.text())
    return found


def item(gallery: Any, title: str) -> Any:
    """The first picture of that title."""
    return next(each for each in gallery._list.pictures() if each.text() == title)


def pictures_came(gallery: Any, said: dict[str, Any]) -> Iterator[float]:
    """Wait until all pictures that are in sight were read."""
    yield 0.2
    yield from wait(lambda: not gallery._list._pictures._asked, said)
    yield 0.2


def colour_of(path: str) -> list[int]:
    """The middle of the picture."""
    image = QtGui.QImage(path)
    colour = image.pixelColor(image.width() // 2, image.height() // 2)
    return [colour.red(), colour.green(), colour.blue()]


def global_rect(widget: Any) -> QtCore.QRect:
    return QtCore.QRect(widget.mapToGlobal(QtCore.QPoint()), widget.size())
