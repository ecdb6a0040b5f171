"""One method's parameters: a row for each, the rarely used ones behind a fold."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from . import controls
from .common import models
from .common.translation import _
from .controls import Letters
from .nst_core import schema
from .qt import QtCore, QtWidgets

GAP = 8  # points between labels and controls
FOLD_HELP = _("Show or hide what is rarely changed.")


class Rows(QtWidgets.QWidget):
    """A label and a control for each parameter of `method`; `changed` comes with every new value, `folded` with the fold."""

    changed = QtCore.pyqtSignal()
    folded = QtCore.pyqtSignal(bool)

    def __init__(self, method: schema.Method, letters: Letters) -> None:
        """Letters for shortcuts that are not in `letters` are used; other methods' rows, which hide these, may use them too."""
        super().__init__()
        self.method = method
        self._letters = None if letters is None else set(letters)
        self._controls: dict[str, controls.Control] = {}
        self._labels: list[QtWidgets.QLabel] = []
        self._behind_fold: list[QtWidgets.QWidget] = []
        self._shown = True
        # One grid for both kinds, so that they stand in line.
        self._grid = QtWidgets.QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setColumnStretch(1, 1)
        self._grid.setHorizontalSpacing(GAP)
        self._fold = self._make_fold()  # first, so that its shortcut is the same in every method
        for parameter in method.parameters:
            if not parameter.advanced:
                self._add(parameter)
        self._grid.addWidget(self._fold, self._grid.rowCount(), 0, 1, 2)
        for parameter in method.parameters:
            if parameter.advanced:
                self._behind_fold += self._add(parameter)
        self.unfold(False)

    @property
    def label_width(self) -> int:
        """What the labels need, the hidden ones too: folding must not move the others sideways."""
        return max((label.sizeHint().width() for label in self._labels), default=0)

    def align(self, width: int) -> None:
        """Give the labels `width`, to stand in line with others."""
        self._grid.setColumnMinimumWidth(0, width)

    def values(self) -> dict[str, Any]:
        """The parameters as they stand."""
        return {name: control.read() for name, control in self._controls.items()}

    def show_values(self, values: Mapping[str, Any]) -> None:
        """Show `values`; what they don't name stays."""
        for name, value in values.items():
            self._controls[name].write(value)

    def mark(self, facts: Mapping[str, models.Facts]) -> None:
        """Tell in the choice of models what must be downloaded and what may not be sold."""
        picker = self._controls.get("model")
        if isinstance(picker, controls.ChoiceControl):
            picker.relabel(lambda model, label: models.marked(label, facts.get(model)))

    def unfold(self, shown: bool) -> None:
        """Show or hide what is rarely changed."""
        if shown == self._shown:
            return
        self._shown = shown
        self._fold.setArrowType(QtCore.Qt.ArrowType.DownArrow if shown else QtCore.Qt.ArrowType.RightArrow)
        for widget in self._behind_fold:
            widget.setVisible(shown)
        self.folded.emit(shown)

    def _add(self, parameter: schema.Parameter) -> list[QtWidgets.QWidget]:
        control = controls.make(parameter)
        control.changed.connect(self.changed)
        label = controls.label_for(control.field(), parameter.label, self._letters)
        label.ensurePolished()  # with the style's font, before it is measured
        self._labels.append(label)
        row = self._grid.rowCount()
        self._grid.addWidget(label, row, 0)
        self._grid.addWidget(control, row, 1)
        self._controls[parameter.name] = control
        return [label, control]

    def _make_fold(self) -> QtWidgets.QToolButton:
        fold = QtWidgets.QToolButton(autoRaise=True, objectName="fold")
        fold.setText(controls.shortcut(_("Advanced"), self._letters))
        fold.setToolTip(FOLD_HELP)
        fold.setToolButtonStyle(QtCore.Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        fold.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        fold.clicked.connect(lambda: self.unfold(not self._shown))
        fold.setVisible(any(parameter.advanced for parameter in self.method.parameters))
        return fold
