"""One control for each kind of parameter, made from the engine's schema: all read and write the parameter's own values."""

from __future__ import annotations

from typing import Any, Protocol

from .common import texts
from .nst_core import schema
from .qt import QtCore, QtWidgets

SLIDER_STEPS = 100

# What a number means that is not one, by parameter.
SPECIAL = {"size": "Automatic"}
UNITS = {"size": " px"}


class Control(Protocol):
    """A widget that shows one parameter."""

    def read(self) -> Any:
        """The parameter's value as it stands."""

    def write(self, value: Any) -> None:
        """Show `value`."""

    def field(self) -> QtWidgets.QWidget:
        """The part that the label's shortcut leads to."""


class ChoiceControl(QtWidgets.QComboBox):
    """One of several values, shown by their labels."""

    def __init__(self, parameter: schema.Parameter) -> None:
        super().__init__()
        for choice in parameter.choices:
            self.addItem(choice.label, choice.value)

    def read(self) -> str:
        return self.currentData()

    def write(self, value: str) -> None:
        self.setCurrentIndex(self.findData(value))

    def field(self) -> QtWidgets.QWidget:
        return self


class FloatControl(QtWidgets.QWidget):
    """A number to drag or to type."""

    def __init__(self, parameter: schema.Parameter) -> None:
        super().__init__()
        self._low, self._range = parameter.low, parameter.high - parameter.low
        self._number = QtWidgets.QDoubleSpinBox()
        self._number.setRange(parameter.low, parameter.high)
        self._number.setSingleStep(self._range / 20)
        self._number.setDecimals(2)
        self._slider = QtWidgets.QSlider(QtCore.Qt.Orientation.Horizontal)
        self._slider.setRange(0, SLIDER_STEPS)
        self._slider.setPageStep(SLIDER_STEPS // 10)
        self._slider.valueChanged.connect(self._slid)
        self._number.valueChanged.connect(self._typed)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._slider, 1)
        row.addWidget(self._number)

    def read(self) -> float:
        return self._number.value()

    def write(self, value: float) -> None:
        self._number.setValue(value)

    def field(self) -> QtWidgets.QWidget:
        return self._number

    def _slid(self, step: int) -> None:
        self._number.setValue(self._low + self._range * step / SLIDER_STEPS)

    def _typed(self, value: float) -> None:
        # Silently: a typed number must not be rounded to the slider's steps.
        self._slider.blockSignals(True)
        self._slider.setValue(round((value - self._low) / self._range * SLIDER_STEPS))
        self._slider.blockSignals(False)


class IntControl(QtWidgets.QWidget):
    """A whole number to type."""

    def __init__(self, parameter: schema.Parameter) -> None:
        super().__init__()
        self._number = QtWidgets.QSpinBox()
        self._number.setRange(int(parameter.low), int(parameter.high))
        self._number.setSpecialValueText(SPECIAL.get(parameter.name, ""))
        self._number.setSuffix(UNITS.get(parameter.name, ""))
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self._number)
        row.addStretch(1)

    def read(self) -> int:
        return self._number.value()

    def write(self, value: int) -> None:
        self._number.setValue(value)

    def field(self) -> QtWidgets.QWidget:
        return self._number


KINDS = {"choice": ChoiceControl, "float": FloatControl, "int": IntControl}


def make(parameter: schema.Parameter) -> Control:
    """The control for `parameter`, named and explained for screen readers and in tooltips, showing the default."""
    control = KINDS[parameter.kind](parameter)
    for widget in (control, *control.findChildren(QtWidgets.QWidget)):
        widget.setToolTip(parameter.help)
        widget.setAccessibleName(parameter.label)
        widget.setAccessibleDescription(parameter.help)
    control.write(parameter.default)
    return control


def label_for(control: Control, text: str, taken: set[str]) -> QtWidgets.QLabel:
    """A label with a shortcut of its own (its letter is added to `taken`) that leads to `control`."""
    label = QtWidgets.QLabel(shortcut(text, taken) + ":")
    label.setBuddy(control.field())
    label.setToolTip(control.field().toolTip())
    return label


def shortcut(text: str, taken: set[str]) -> str:
    """`text` with a letter of its own to press with Alt; it is added to `taken`."""
    return texts.mnemonic(text, taken, "&")
