"""What the user reads when something failed: one sentence, and a button that copies all that a report of it needs."""

from __future__ import annotations

import traceback

from krita import Krita

from . import first_use
from .common import texts
from .common.translation import _
from .nst_core import __version__, client, errors, folders
from .qt import QtCore, QtWidgets

WIDTH = 460  # of the message in points
HEADLINE = _("The layer was not painted.")


def unexpected(error: Exception) -> errors.NstError:
    """A fault of ours as a failure that can be told, with the traceback as its details."""
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return errors.NstError(f"internal error: {type(error).__name__}: {error}", details)


def report(error: errors.NstError) -> str:
    """The failure with its surroundings, for the clipboard."""
    versions = {
        "Style Transfer": __version__,
        "Krita": Krita.instance().version(),
        "Qt": QtCore.qVersion(),
        "log": str(folders.logs()),
    }
    return texts.report(type(error).__name__, error.message, error.details, versions)


def tell(error: errors.NstError, parent: QtWidgets.QWidget | None, headline: str = HEADLINE) -> QtWidgets.QDialog:
    """Show the failure under `headline` and return at once: Krita stays usable while the window is open. Where all that fails is
    that nothing is set up yet, that is offered instead."""
    if isinstance(error, errors.WorkerError) and not client.is_set_up():
        return first_use.offer(parent)
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
    box.setWindowTitle(_("Style Transfer"))
    box.setText(headline)
    # As plain text: a path in the sentence may hold what looks like markup.
    box.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    box.setInformativeText(texts.sentence(error.message))
    widen(box)
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


def widen(box: QtWidgets.QMessageBox) -> None:
    """Give `box` room: it would be as narrow as its headline, and the sentence a tall column."""
    rows = box.layout()
    rows.addItem(QtWidgets.QSpacerItem(WIDTH, 0), rows.rowCount(), 0, 1, rows.columnCount())
