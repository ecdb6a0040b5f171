"""The inside of window and docker: what would be painted, the form, a button that applies it, and the job's progress."""

from __future__ import annotations

from krita import Krita

from . import controls, failure, incoming, pixels
from .catalogue import Catalogue
from .common import texts
from .common.history import Entry
from .common.output import Output
from .common.translation import _
from .controls import Letters
from .form import Form
from .guard import guarded, safely
from .history_window import HistoryButton
from .journey import Outcome
from .nst_core import client, errors
from .output_button import OutputButton, remembered
from .painting import Painting
from .preview_pane import PreviewPane
from .qt import QtCore, QtGui, QtWidgets, is_gone
from .scroll import Scroll
from .status import Status

WIDE_PREVIEW = 384  # points of the preview's width in a window


class Panel(QtWidgets.QWidget):
    """Never keeps Krita waiting. `reshaped` comes when the rows have changed and another size would suit them better."""

    reshaped = QtCore.pyqtSignal()

    def __init__(self, catalogue: Catalogue, letters: Letters, narrow: bool = False) -> None:
        """Shortcuts are added to `letters`; `narrow` is for a docker, where everything but the form's rows stays in sight."""
        super().__init__()
        self.setAcceptDrops(True)
        self.painting: Painting | None = None
        self.last: Outcome | None = None
        self._catalogue = catalogue
        self._target = controls.plain_text("target")
        self._status = Status(letters)
        self._status.cancelled.connect(self.stop)
        self._status.kept.connect(self._keep)
        help = _("Set everything but the style picture back to how it came.")
        self._restore = controls.button(_("Restore defaults"), "restore", help, letters)
        self._start = controls.button(_("Apply"), "start", "", letters)  # its help tells what would be painted
        self._output = OutputButton()
        self._output.changed.connect(self.name_target)
        self._history = HistoryButton(letters)
        self._history.chosen.connect(self._show_again)
        self._history.wanted.connect(self._apply_again)
        self.form = Form(catalogue, letters, narrow)
        self.pane = PreviewPane(self.form, catalogue)
        self.pane.retargeted.connect(self.name_target)
        self.pane.add(self._history)
        self.buttons = QtWidgets.QHBoxLayout()
        self._lay_out(narrow)
        self._start.clicked.connect(self._apply)
        self._restore.clicked.connect(self.form.restore_defaults)
        self.form.changed.connect(self._allow)
        self.form.reshaped.connect(self.reshaped)
        self._allow()
        self.name_target()

    def apply(self) -> None:
        """Paint the active layer as the form says."""
        if self._start.isEnabled():
            self._apply()

    def stop(self) -> None:
        """Cancel a running job."""
        if self.painting is not None:
            self.painting.cancel()

    def make_default(self) -> None:
        """Let Return apply, in a window of our own."""
        self._start.setDefault(True)
        self._start.setFocus()

    def name_target(self) -> None:
        """Say what would be painted."""
        target = _target()
        if is_gone(self):  # Krita may turn to other events while it looks for its active layer: seen in 5.3
            return
        self._target.setText(target)
        self._start.setToolTip(target)

    # -- building ------------------------------------------------------------------------------------------------

    def _lay_out(self, narrow: bool) -> None:
        self.buttons.addWidget(self._restore)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self._start)
        self.buttons.addWidget(self._output)
        if narrow:
            self._stand_above()
        else:
            self._stand_beside()

    def _stand_beside(self) -> None:
        """The preview left of all else."""
        column = QtWidgets.QVBoxLayout()
        column.setSpacing(10)
        column.addWidget(self._target)
        column.addWidget(Scroll(self.form), 1)
        column.addWidget(self._status)
        column.addLayout(self.buttons)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(12)
        row.addWidget(self.pane, 1)
        row.addLayout(column)
        self.pane.setMinimumWidth(WIDE_PREVIEW)

    def _stand_above(self) -> None:
        """The preview over the form, each as high as the user wants."""
        parts = QtWidgets.QSplitter(QtCore.Qt.Orientation.Vertical, childrenCollapsible=False)
        parts.addWidget(self.pane)
        parts.addWidget(Scroll(self.form))
        parts.setStretchFactor(0, 1)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(4, 4, 4, 4)
        column.addWidget(parts, 1)
        # What would be painted is seen in the preview, and room is scarce: Apply's tooltip names it.
        column.addWidget(self._status)
        self._status.hide_when_silent()
        column.addLayout(self.buttons)

    # -- a job ---------------------------------------------------------------------------------------------------

    def _allow(self) -> None:
        """Applying works while everything is chosen and no job runs."""
        self._start.setEnabled(not self.form.missing and self.painting is None)

    @guarded
    def _apply(self) -> None:
        self.form.remember()
        self.name_target()
        painting = Painting(self.form.order(), remembered(), self._catalogue, self)
        painting.progressed.connect(self._status.show_progress)
        painting.previewed.connect(self._show_so_far)
        painting.ended.connect(self._arrived)
        self._set_painting(painting)
        painting.start()

    def _show_so_far(self, picture: client.Picture) -> None:
        """Something is painted: show it, and offer to keep it."""
        self._status.offer_to_keep()
        self.pane.show_so_far(picture)

    def _keep(self) -> None:
        if self.painting is not None:
            self.painting.finish()

    def _show_again(self, entry: Entry) -> None:
        if self.painting is None:
            self.form.show_choice(entry.method, entry.styles, entry.parameters)

    def _apply_again(self, entry: Entry) -> None:
        self._show_again(entry)
        self.apply()

    def _set_painting(self, painting: Painting | None) -> None:
        """Show a running job, or that there is none."""
        # Who works with the keyboard here goes on with it; nobody else's keyboard is taken.
        led = self.isAncestorOf(QtWidgets.QApplication.focusWidget()) if QtWidgets.QApplication.focusWidget() else False
        self.painting = painting
        self.form.setEnabled(painting is None)
        self._restore.setEnabled(painting is None)
        self._output.setEnabled(painting is None)
        self._history.setEnabled(painting is None)
        self.pane.pause(painting is not None)
        self._allow()
        if painting is not None:
            self._status.begin()
        if led:
            self._start.setFocus() if painting is None else self._status.focus()

    def _arrived(self, outcome: Outcome) -> None:
        self.last = outcome
        self._set_painting(None)
        if outcome.layer is not None:
            self._status.say(outcome.told)
        elif isinstance(outcome.error, errors.Cancelled):
            self._status.say(_("Cancelled; the picture is as it was."))
        else:
            self._status.say("")
            failure.tell(outcome.error, self)

    # -- pictures dropped here -----------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if self.painting is None and self.form.method.styles > 0 and incoming.offers(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        data = event.mimeData()
        taking = _("The picture was not taken as a style.")
        safely(self, lambda: self.form.choose_style(incoming.taken(data, _("Dropped picture"))), taking)
        event.acceptProposedAction()


def _target() -> str:
    """What applying would paint now, as a sentence."""
    document = Krita.instance().activeDocument()
    if document is None:
        return _("No picture is open.")
    try:
        node = pixels.layer(document.activeNode())
    except errors.PictureError as error:
        return texts.sentence(error.message)
    return _sentence(document.selection() is not None, remembered() is Output.IMAGE).format(name=node.name())


def _sentence(selected: bool, apart: bool) -> str:
    """What is painted, the layer's name left open: of the layer, or of its selected part, in its picture, or `apart`."""
    if apart:
        return _("Paints the selected part of “{name}” as a new image.") if selected else _("Paints “{name}” as a new image.")
    if selected:
        return _("Paints the selected part of “{name}” on a new layer above it.")
    return _("Paints “{name}” on a new layer above it.")
