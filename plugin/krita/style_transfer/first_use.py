"""Before the first use: offers to set up the worker's environment, and shows how that goes; Krita stays usable meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from . import message_box, nst_core
from .common import setup, texts
from .common.translation import _
from .controls import Button
from .nst_core import client, errors
from .qt import QtCore, QtWidgets

LOOK_MILLISECONDS = 50
WIDTH = 460  # of the texts in points
STEPS = 1000
HEADLINE = _("Style Transfer was not set up.")
READY = _("Style Transfer is ready to paint.")


def offer(window: QtWidgets.QWidget | None, then: Callable[[], None] | None = None) -> FirstUse:
    """Offer to set up what is missing and return at once; `then` is called when it is there, or else the user is told that."""
    # One that has just been closed is still there, until Qt deletes it.
    open_already = [] if window is None else [one for one in window.findChildren(FirstUse) if one.isVisible()]
    dialog = open_already[0] if open_already else FirstUse(window, then)
    dialog.show()
    dialog.raise_()
    return dialog


class FirstUse(QtWidgets.QDialog):
    """What is offered, then its progress, then how it went; Cancel and Escape stop it at any time."""

    def __init__(self, window: QtWidgets.QWidget | None, then: Callable[[], None] | None) -> None:
        super().__init__(window)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(_("Style Transfer"))
        self._then = then
        self.headline = QtWidgets.QLabel(_("<b>Style Transfer is not set up yet.</b>"), objectName="headline")
        self.text = QtWidgets.QLabel(_("Looking what it needs…"), wordWrap=True, objectName="text")
        self.text.setTextFormat(QtCore.Qt.TextFormat.PlainText)
        self.text.setFixedWidth(WIDTH)
        self.bar = QtWidgets.QProgressBar(minimum=0, maximum=STEPS, objectName="bar")
        self.bar.setAccessibleName(_("Progress of setting up"))
        self.bar.hide()
        self._no = self._button(_("&Cancel"), "cancel", _("Leave everything as it is."), self.reject)
        self._yes = self._button(_("&Set up"), "begin", _("Download and set up what is named above."), self._begin)
        self._yes.setEnabled(False)
        self._lay_out()
        # The window may be closed by Krita itself: its child must not go on.
        self._work = _begun(only_cost=True)
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def done(self, result: int) -> None:
        """However it is closed."""
        self._timer.stop()
        self._work.cancel()
        super().done(result)

    def _lay_out(self) -> None:
        column = QtWidgets.QVBoxLayout(self)
        column.setSpacing(12)
        for part in (self.headline, self.text, self.bar):
            column.addWidget(part)
        row = QtWidgets.QHBoxLayout()
        row.addStretch(1)
        row.addWidget(self._no)
        row.addWidget(self._yes)
        column.addLayout(row)

    def _button(self, text: str, name: str, tip: str, pressed: Callable[[], None]) -> QtWidgets.QPushButton:
        button = Button(text, objectName=name)
        button.setToolTip(tip)
        button.setAutoDefault(False)
        button.clicked.connect(lambda: pressed())
        return button

    def _say(self, headline: str, text: str) -> None:
        """Show a headline and what is under it, all of it."""
        self.headline.setText(f"<b>{headline}</b>")
        self.text.setText(text)
        self.layout().activate()
        self.resize(self.sizeHint().expandedTo(self.size()))

    def _begin(self) -> None:
        self.bar.show()
        self._yes.hide()
        self._say(_("Setting up Style Transfer"), _("Starting…"))
        self._no.setToolTip(_("Stop; what has been downloaded stays for the next time."))
        self._no.setFocus()
        self._work = _begun()

    def _look(self) -> None:
        """The main loop's part."""
        step, outcome = self._work.step(), self._work.outcome
        if step is not None:
            self.bar.setValue(round(step.fraction * STEPS))
            self._say(_("Setting up Style Transfer"), texts.sentence(texts.progress(step.stage, step.seconds_left)))
        if outcome is not None and not (outcome.cost and self._yes.isEnabled()):
            self._arrived(outcome)

    def _arrived(self, outcome: setup.Outcome) -> None:
        if outcome.error:
            parent = self.parentWidget()
            self.reject()
            message_box.show_failure(errors.NstError(outcome.error, outcome.details), parent, HEADLINE)
        elif outcome.cost:
            self._say(*setup.offer(outcome.cost))
            self._yes.setEnabled(True)
            self._yes.setDefault(True)
            self._yes.setFocus()
        elif outcome.ready:
            self._finish()

    def _finish(self) -> None:
        """All is there: go on with what was wanted, or say so."""
        self._timer.stop()
        if self._then is not None:
            then = self._then
            self.accept()
            then()
            return
        self.bar.hide()
        self._say(READY, _("Press Apply again to paint the layer."))
        self._no.setText(_("&Close"))
        self._no.setToolTip(_("Close this window."))


def _begun(only_cost: bool = False) -> setup.Setup:
    folder = Path(nst_core.__file__).resolve().parent.parent
    return setup.Setup(folder, client.worker_environment(folder), only_cost)
