"""The window: what to paint with, a button that starts, and the job's progress; it never keeps Krita waiting."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from krita import Krita

from . import controls, failure, pixels, settings
from .common import texts
from .journey import Journey, Order, Outcome
from .nst_core import client, errors, schema
from .qt import QtCore, QtGui, QtWidgets
from .style_chooser import StyleChooser, dropped_picture
from .thumbnails import own_styles


def guarded(slot: Callable[..., None]) -> Callable[..., None]:
    """A slot of the window whose failures are told: an exception that leaves a slot ends Krita."""

    @functools.wraps(slot)
    def inner(self: StyleTransferDialog, *_arguments: object) -> None:
        try:
            slot(self)
        except errors.NstError as error:
            failure.tell(error, self)
        except Exception as error:
            failure.tell(failure.unexpected(error), self)

    return inner


class StyleTransferDialog(QtWidgets.QDialog):
    """Stays open beside the picture, so that one can try another style; closing it cancels a running job."""

    def __init__(self, method: schema.Method, parent: QtWidgets.QWidget | None = None) -> None:
        super().__init__(parent)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Style Transfer")
        self.setAcceptDrops(True)
        self.journey: Journey | None = None
        self.last: Outcome | None = None
        self._method = method
        self._letters: set[str] = set()
        self._controls: dict[str, controls.Control] = {}
        self._labels: list[QtWidgets.QLabel] = []
        self._folded: list[QtWidgets.QWidget] = []
        self._unfolded = False
        self._target = QtWidgets.QLabel(wordWrap=True)
        self._chooser = StyleChooser(settings.read("folder"), self._letters)
        self._form = QtWidgets.QWidget()
        self._lay_out()
        self._recall()
        self._name_target()

    # -- building ------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        form = QtWidgets.QVBoxLayout(self._form)
        form.setContentsMargins(0, 0, 0, 0)
        form.setSpacing(10)
        form.addWidget(self._chooser)
        form.addLayout(self._make_rows())
        column = QtWidgets.QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(self._target)
        column.addWidget(self._form)
        column.addStretch(1)
        column.addWidget(self._make_status())
        column.addLayout(self._make_buttons())
        self._chooser.changed.connect(self._allow)
        for name in ("target", "fold", "bar", "stage", "message", "cancel", "start", "restore"):
            getattr(self, f"_{name}").setObjectName(name)

    def _make_rows(self) -> QtWidgets.QGridLayout:
        """A label and a control for each parameter; the rarely used ones below a button that shows and hides them."""
        self._fold = QtWidgets.QToolButton(autoRaise=True)
        self._fold.setToolTip("Show or hide what is rarely changed.")
        self._fold.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._fold.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self._fold.clicked.connect(lambda: self._unfold(not self._unfolded))
        # One grid for both, so that they stand in line.
        rows = QtWidgets.QGridLayout()
        rows.setColumnStretch(1, 1)
        for parameter in self._method.parameters:
            if not parameter.advanced:
                self._add_row(rows, parameter)
        self._fold.setText(controls.shortcut("Advanced", self._letters))
        rows.addWidget(self._fold, rows.rowCount(), 0, 1, 2)
        for parameter in self._method.parameters:
            if parameter.advanced:
                self._folded += self._add_row(rows, parameter)
        # Folding must not move the others sideways.
        rows.setColumnMinimumWidth(0, max(label.sizeHint().width() for label in self._labels))
        return rows

    def _add_row(self, rows: QtWidgets.QGridLayout, parameter: schema.Parameter) -> list[QtWidgets.QWidget]:
        control = controls.make(parameter)
        label = controls.label_for(control, parameter.label, self._letters)
        label.ensurePolished()  # with the style's font, before it is measured
        self._labels.append(label)
        row = rows.rowCount()
        rows.addWidget(label, row, 0)
        rows.addWidget(control, row, 1)
        self._controls[parameter.name] = control
        return [label, control]

    def _make_status(self) -> QtWidgets.QStackedWidget:
        """One place for two things, so that nothing moves when a job starts: what happened last, or the progress."""
        self._message = QtWidgets.QLabel(wordWrap=True)
        self._bar = QtWidgets.QProgressBar(minimum=0, maximum=1000)
        self._bar.setAccessibleName("Progress")
        self._stage = QtWidgets.QLabel()
        self._cancel = QtWidgets.QPushButton(controls.shortcut("Cancel", self._letters))
        self._cancel.setToolTip("Stop painting; the picture stays as it is.")
        self._cancel.setAutoDefault(False)
        self._cancel.clicked.connect(self._stop)
        progress = QtWidgets.QWidget()
        grid = QtWidgets.QGridLayout(progress)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.addWidget(self._bar, 0, 0)
        grid.addWidget(self._cancel, 0, 1)
        grid.addWidget(self._stage, 1, 0, 1, 2)
        self._status = QtWidgets.QStackedWidget()
        self._status.addWidget(self._message)
        self._status.addWidget(progress)
        self._status.setSizePolicy(QtWidgets.QSizePolicy.Policy.Preferred, QtWidgets.QSizePolicy.Policy.Fixed)
        return self._status

    def _make_buttons(self) -> QtWidgets.QHBoxLayout:
        self._restore = QtWidgets.QPushButton(controls.shortcut("Restore defaults", self._letters))
        self._restore.setToolTip("Set everything but the style picture back to how it came.")
        self._restore.setAutoDefault(False)
        self._restore.clicked.connect(self._restore_defaults)
        self._start = QtWidgets.QPushButton(controls.shortcut("Stylize", self._letters))
        self._start.setToolTip("Paint the active layer, on a new layer above it.")
        self._start.setDefault(True)
        self._start.clicked.connect(self._stylize)
        close = QtWidgets.QPushButton(controls.shortcut("Close", self._letters))
        close.setToolTip("Close this window; a running job is cancelled.")
        close.setAutoDefault(False)
        close.clicked.connect(self.close)
        row = QtWidgets.QHBoxLayout()
        row.addWidget(self._restore)
        row.addStretch(1)
        row.addWidget(self._start)
        row.addWidget(close)
        return row

    # -- what is chosen ------------------------------------------------------------------------------------------

    def order(self) -> Order:
        """What the window says now."""
        return Order(self._method.name, self._chooser.path, self.parameters())

    def parameters(self) -> dict[str, Any]:
        """The method's parameters as they stand."""
        return {name: control.read() for name, control in self._controls.items()}

    def choose_style(self, path: str) -> None:
        """Make the picture at `path` the style."""
        self._chooser.choose(path)

    def set_parameters(self, values: dict[str, Any]) -> None:
        """Show `values`; what they don't name stays."""
        for name, value in values.items():
            self._controls[name].write(value)

    def _recall(self) -> None:
        """Show what was chosen last time; the first time, one of our own styles, so that Stylize works at once."""
        first = own_styles()[0] if own_styles() else ""
        self._chooser.choose(settings.read("style", first))
        self.set_parameters(settings.read_parameters(self._method))
        self._unfold(settings.read("advanced") == "shown")
        self._allow()

    def _remember(self) -> None:
        settings.write("style", self._chooser.path)
        settings.write("folder", self._chooser.folder)
        settings.write("advanced", "shown" if self._unfolded else "hidden")
        settings.write_parameters(self._method, self.parameters())

    def _restore_defaults(self) -> None:
        self.set_parameters(self._method.defaults)

    def _unfold(self, shown: bool) -> None:
        self._unfolded = shown
        self._fold.setArrowType(QtCore.Qt.ArrowType.DownArrow if shown else QtCore.Qt.ArrowType.RightArrow)
        for widget in self._folded:
            widget.setVisible(shown)
        # A window that has grown for the fold shrinks with it.
        for widget in (self._form, self):
            widget.layout().activate()
        self.resize(self.width(), self.sizeHint().height())

    def _allow(self) -> None:
        """Stylize works while there is a style and no job."""
        self._start.setEnabled(bool(self._chooser.path) and self.journey is None)

    def _name_target(self) -> None:
        """Say what would be painted."""
        document = Krita.instance().activeDocument()
        if document is None:
            self._target.setText("No picture is open.")
            return
        try:
            node = pixels.layer(document.activeNode())
        except errors.PictureError as error:
            self._target.setText(texts.sentence(error.message))
            return
        part = "the selected part of " if document.selection() is not None else ""
        self._target.setText(f"Paints {part}“{node.name()}” on a new layer above it.")

    # -- a job ---------------------------------------------------------------------------------------------------

    @guarded
    def _stylize(self) -> None:
        self._remember()
        self._name_target()
        document = Krita.instance().activeDocument()
        if document is None:
            raise errors.PictureError("no picture is open: open or create one first")
        journey = Journey(document, document.activeNode(), self.order(), self)
        journey.progressed.connect(self._show_progress)
        journey.ended.connect(self._arrived)
        self._set_journey(journey)

    def _set_journey(self, journey: Journey | None) -> None:
        """Show a running job, or that there is none."""
        self.journey = journey
        self._form.setEnabled(journey is None)
        self._restore.setEnabled(journey is None)
        self._allow()
        self._status.setCurrentIndex(0 if journey is None else 1)
        if journey is None:
            self._start.setFocus()
        else:
            self._bar.setValue(0)
            self._stage.setText("")
            self._message.setText("")
            self._cancel.setFocus()

    def _show_progress(self, progress: client.Progress) -> None:
        self._bar.setValue(round(progress.fraction * 1000))
        self._stage.setText(texts.progress(progress.stage[:1].upper() + progress.stage[1:], progress.seconds_left))

    def _arrived(self, outcome: Outcome) -> None:
        self.last = outcome
        self._set_journey(None)
        if outcome.layer is not None:
            self._message.setText("\n".join([f"Painted “{outcome.layer.name()}”.", *map(texts.sentence, outcome.notes)]))
        elif isinstance(outcome.error, errors.Cancelled):
            self._message.setText("Cancelled; the picture is as it was.")
        else:
            failure.tell(outcome.error, self)

    def _stop(self) -> None:
        if self.journey is not None:
            self.journey.cancel()

    # -- the window ----------------------------------------------------------------------------------------------

    def reject(self) -> None:
        """Escape stops a running job first, and closes the window the next time."""
        if self.journey is not None:
            self._stop()
        else:
            super().reject()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        self._stop()
        super().closeEvent(event)  # which rejects

    def done(self, result: int) -> None:
        self._remember()
        super().done(result)

    def changeEvent(self, event: QtCore.QEvent) -> None:
        # The user may have chosen another layer or picture meanwhile.
        if event.type() == QtCore.QEvent.Type.ActivationChange and self.isActiveWindow():
            self._name_target()
        super().changeEvent(event)

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if dropped_picture(event.mimeData()) is not None and self.journey is None:
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        path = dropped_picture(event.mimeData())
        if path is not None:
            self.choose_style(path)
            event.acceptProposedAction()
