"""Boxes with a sentence or two and buttons: none of them keeps Krita waiting."""

from __future__ import annotations

from krita import Krita

from .common import texts
from .common.translation import _
from .nst_core import __version__, errors, folders
from .qt import QtCore, QtWidgets

WIDTH = 460  # of a box with more than a headline, in points


def made(
    parent: QtWidgets.QWidget | None, icon: QtWidgets.QMessageBox.Icon, headline: str, text: str = ""
) -> QtWidgets.QMessageBox:
    """A box without buttons, which goes when it is closed; `open` shows it."""
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(icon)
    box.setWindowTitle(_("Style Transfer"))
    box.setText(headline)
    if text:
        box.setInformativeText(text)
        _widen(box)
    # A path in the text may hold what looks like markup; the box's own `setTextFormat` is for the headline alone.
    for label in box.findChildren(QtWidgets.QLabel):
        label.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    return box


def show_failure(error: errors.NstError, parent: QtWidgets.QWidget | None, headline: str) -> QtWidgets.QMessageBox:
    """Show why what the headline says was not done, with a button that copies all that a report of it needs."""
    box = made(parent, QtWidgets.QMessageBox.Icon.Warning, headline, texts.sentence(error.message))
    copy = box.addButton(_("&Copy details"), QtWidgets.QMessageBox.ButtonRole.ActionRole)
    copy.setToolTip(_("For a report: what happened, the versions and the end of the log."))
    copy.clicked.disconnect()  # the box would close

    def copy_details() -> None:
        QtWidgets.QApplication.clipboard().setText(report(error))
        copy.setText(_("Copied"))

    copy.clicked.connect(copy_details)
    close = box.addButton(QtWidgets.QMessageBox.StandardButton.Close)
    box.setDefaultButton(close)
    box.open()
    return box


def report(error: errors.NstError) -> str:
    """The failure with its surroundings, for the clipboard."""
    versions = {
        "Style Transfer": __version__,
        "Krita": Krita.instance().version(),
        "Qt": QtCore.qVersion(),
        "log": str(folders.logs()),
    }
    return texts.report(type(error).__name__, error.message, error.details, versions)


def _widen(box: QtWidgets.QMessageBox) -> None:
    """Give `box` room: it would be as narrow as its headline, and the sentence a tall column."""
    rows = box.layout()
    rows.addItem(QtWidgets.QSpacerItem(WIDTH, 0), rows.rowCount(), 0, 1, rows.columnCount())
