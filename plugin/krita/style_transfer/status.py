"""One place for two things, so that nothing moves when a job starts: what happened last, or the progress."""

from __future__ import annotations

from . import controls
from .common import texts
from .common.translation import _
from .controls import Letters
from .nst_core import client
from .qt import QtCore, QtWidgets

STEPS = 1000
MOST_LETTERS = 150  # of what is told where room is scarce; the tooltip has all


class Status(QtWidgets.QStackedWidget):
    """`cancelled` and `kept` come with a press of a button; the one to keep what is painted is there as soon as something is."""

    cancelled = QtCore.pyqtSignal()
    kept = QtCore.pyqtSignal()

    def __init__(self, letters: Letters) -> None:
        super().__init__()
        self._hides = False
        self._message = controls.plain_text("message")
        self._bar = QtWidgets.QProgressBar(minimum=0, maximum=STEPS, objectName="bar")
        self._bar.setAccessibleName(_("Progress"))
        self._stage = controls.plain_text("stage")
        self._cancel = controls.button(_("Cancel"), "cancel", _("Stop painting; the picture stays as it is."), letters)
        self._cancel.clicked.connect(lambda: self.cancelled.emit())
        self._keep = controls.button(
            _("Keep"), "keep", _("Stop painting and keep what is painted so far as the new layer."), letters
        )
        self._keep.clicked.connect(self._ask_to_keep)
        self._keep.setVisible(False)
        self._keeping = False
        progress = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(progress)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self._bar, 0, 0)
        grid.addWidget(self._keep, 0, 1)
        grid.addWidget(self._cancel, 0, 2)
        grid.addWidget(self._stage, 1, 0, 1, 3)
        self.addWidget(self._message)
        self.addWidget(progress)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)

    def hide_when_silent(self) -> None:
        """Take no room while there is nothing to tell, where room is scarce."""
        self._hides = True
        self.setVisible(False)

    def say(self, text: str) -> None:
        """Show what happened."""
        scarce = self._hides and len(text) > MOST_LETTERS
        self._message.setText(text[:MOST_LETTERS].rsplit(" ", 1)[0] + " …" if scarce else text)
        self._message.setToolTip(text)
        self.setCurrentIndex(0)
        self.setVisible(bool(text) or not self._hides)

    def begin(self) -> None:
        """Show a job that has just started."""
        self._keeping = False
        self._keep.setVisible(False)
        self._bar.setValue(0)
        self._stage.setText("")
        self._message.setText("")
        self.setCurrentIndex(1)
        self.setVisible(True)

    def focus(self) -> None:
        """Lead the keyboard to the button that cancels."""
        self._cancel.setFocus()

    def offer_to_keep(self) -> None:
        """Something is painted that could be kept."""
        if not self._keeping:
            self._keep.setVisible(True)

    def show_progress(self, progress: client.Progress) -> None:
        """Show how far the job is; nothing more once it was told to stop with what it has."""
        if self._keeping:
            return
        self._bar.setValue(round(progress.fraction * STEPS))
        self._stage.setText(texts.capital(texts.progress(progress.stage, progress.seconds_left)))

    def _ask_to_keep(self) -> None:
        self._keeping = True
        if self._keep.hasFocus():
            self.focus()
        self._keep.setVisible(False)
        self._stage.setText(_("Keeping what is painted"))
        self.kept.emit()
