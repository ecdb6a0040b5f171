"""What the user reads when something failed: one sentence, and a button that copies all that a report of it needs."""

from __future__ import annotations

import platform
import traceback
from pathlib import Path

from krita import Krita

from .nst_core import __version__, errors, folders
from .qt import QtCore, QtWidgets


def unexpected(error: Exception) -> errors.NstError:
    """A fault of ours as a failure that can be told, with the traceback as its details."""
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return errors.NstError(f"internal error: {type(error).__name__}: {error}", details)


def sentence(message: str) -> str:
    """An error's message as it stands in a window: with a capital and a full stop."""
    return message[:1].upper() + message[1:] + ("" if message.endswith((".", "!", "?")) else ".")


def report(error: errors.NstError) -> str:
    """The failure with its surroundings, for the clipboard; the user's home is written `~`."""
    lines = (
        f"{type(error).__name__}: {error.message}",
        f"Style Transfer {__version__}, Krita {Krita.instance().version()}, Qt {QtCore.qVersion()}, "
        f"Python {platform.python_version()}, {platform.platform()}",
        f"log: {folders.logs()}",
        error.details,
    )
    return "\n".join(lines).replace(str(Path.home()), "~").rstrip() + "\n"


def tell(error: errors.NstError, parent: QtWidgets.QWidget | None) -> QtWidgets.QMessageBox:
    """Show the failure and return at once: Krita stays usable while the window is open."""
    box = QtWidgets.QMessageBox(parent)
    box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
    box.setIcon(QtWidgets.QMessageBox.Icon.Warning)
    box.setWindowTitle("Style Transfer")
    box.setText("The layer was not painted.")
    # As plain text: a path in the sentence may hold what looks like markup.
    box.setTextFormat(QtCore.Qt.TextFormat.PlainText)
    box.setInformativeText(sentence(error.message))
    copy = box.addButton("&Copy details", QtWidgets.QMessageBox.ButtonRole.ActionRole)
    copy.setToolTip("For a report: what happened, the versions and the end of the log.")
    copy.clicked.disconnect()  # the box would close

    def copy_details() -> None:
        QtWidgets.QApplication.clipboard().setText(report(error))
        copy.setText("Copied")

    copy.clicked.connect(copy_details)
    close = box.addButton(QtWidgets.QMessageBox.StandardButton.Close)
    box.setDefaultButton(close)
    box.open()
    return box
