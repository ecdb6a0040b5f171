"""The question before something is fetched: its size, its licence, and where it comes from."""

from __future__ import annotations

from . import message_box
from .common import models
from .qt import QtWidgets

YES = "download"


def ask_to_download(facts: models.Facts, window: QtWidgets.QWidget, yes: str) -> QtWidgets.QMessageBox:
    """Ask before a model or a painting is fetched; `yes` is on the button. Returns at once: `agreed` tells when it `finished`."""
    headline, text = models.question(facts)
    box = message_box.made(window, QtWidgets.QMessageBox.Icon.Question, headline, text)
    download = box.addButton(yes, QtWidgets.QMessageBox.ButtonRole.AcceptRole)
    download.setObjectName(YES)
    box.addButton(QtWidgets.QMessageBox.StandardButton.Cancel)
    box.setDefaultButton(download)
    box.open()
    return box


def agreed(box: QtWidgets.QMessageBox | None) -> bool:
    """Whether the answer was yes."""
    return box is not None and box.clickedButton() is not None and box.clickedButton().objectName() == YES
