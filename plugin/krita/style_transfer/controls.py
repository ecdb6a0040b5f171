"""One control for each kind of parameter, made from the engine's schema: all read and write the parameter's own values."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Optional, Protocol

from .common import texts
from .common.translation import _
from .nst_core import schema
from .qt import QtCore, QtGui, QtWidgets

SLIDER_STEPS = 100
RING = 3  # points from a button's edge to what shows that it has the keyboard
SHOWN_LETTERS = 12  # that a choice's box always has room for

# What a number means that is not one, by parameter.
SPECIAL = {"size": _("Automatic")}
UNITS = {"size": " px"}


CLOSE = _("C&lose")  # the button of every window of ours

# The letters that a window has given to shortcuts; None in a docker, where they would be Krita's menus' own.
Letters = Optional[set]


class Control(Protocol):
    """A widget that shows one parameter."""

    changed: Any  # the signal that comes with every new value

    def read(self) -> Any:
        """The parameter's value as it stands."""

    def write(self, value: Any) -> None:
        """Show `value`."""

    def field(self) -> QtWidgets.QWidget:
        """The part that the label's shortcut leads to."""


class ChoiceControl(QtWidgets.QComboBox):
    """One of several values, shown by their labels."""

    changed = QtCore.pyqtSignal()

    def __init__(self, parameter: schema.Parameter) -> None:
        super().__init__()
        self._choices = parameter.choices
        for choice in parameter.choices:
            self.addItem(choice.label, choice.value)
        keep_narrow(self)
        self.currentIndexChanged.connect(lambda _index: self.changed.emit())

    def read(self) -> str:
        return self.currentData()

    def write(self, value: str) -> None:
        self.setCurrentIndex(self.findData(value))

    def field(self) -> QtWidgets.QWidget:
        return self

    def relabel(self, label: Callable[[str, str], str]) -> None:
        """Show each choice as `label(value, plain label)`."""
        for place, choice in enumerate(self._choices):
            self.setItemText(place, label(choice.value, choice.label))

    def showPopup(self) -> None:
        widen_list(self)
        super().showPopup()


class FloatControl(QtWidgets.QWidget):
    """A number to drag or to type."""

    changed = QtCore.pyqtSignal()

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
        self._slider.setMinimumWidth(40)
        self._slider.valueChanged.connect(self._slid)
        self._number.valueChanged.connect(self._typed)
        self._number.valueChanged.connect(lambda _value: self.changed.emit())
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

    changed = QtCore.pyqtSignal()

    def __init__(self, parameter: schema.Parameter) -> None:
        super().__init__()
        self._number = QtWidgets.QSpinBox()
        self._number.setRange(int(parameter.low), int(parameter.high))
        self._number.setSpecialValueText(SPECIAL.get(parameter.name, ""))
        self._number.setSuffix(UNITS.get(parameter.name, ""))
        self._number.valueChanged.connect(lambda _value: self.changed.emit())
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


class TextControl(QtWidgets.QLineEdit):
    """Anything to type: a text or paths, which the engine checks."""

    changed = QtCore.pyqtSignal()

    def __init__(self, parameter: schema.Parameter) -> None:
        super().__init__()
        self.setAcceptDrops(False)  # the window takes dropped files
        self.textChanged.connect(lambda _text: self.changed.emit())

    def read(self) -> str:
        return self.text()

    def write(self, value: str) -> None:
        self.setText(value)

    def field(self) -> QtWidgets.QWidget:
        return self


KINDS = {"choice": ChoiceControl, "float": FloatControl, "int": IntControl}


def make(parameter: schema.Parameter) -> Control:
    """The control for `parameter`, named and explained for screen readers and in tooltips, showing the default."""
    control = KINDS.get(parameter.kind, TextControl)(parameter)
    for widget in (control, *control.findChildren(QtWidgets.QWidget)):
        widget.setToolTip(parameter.help)
        widget.setAccessibleName(parameter.label)
        widget.setAccessibleDescription(parameter.help)
        mind_the_wheel(widget)
    control.write(parameter.default)
    return control


class Button(QtWidgets.QPushButton):
    """Shows where the keyboard is also as the default button, which Qt's styles mark no differently then."""

    def paintEvent(self, event: QtGui.QPaintEvent) -> None:
        super().paintEvent(event)
        if self.isDefault() and self.hasFocus():
            ring = QtWidgets.QStyleOptionFocusRect()
            ring.initFrom(self)
            ring.rect = self.rect().adjusted(RING, RING, -RING, -RING)
            painter = QtGui.QPainter(self)
            self.style().drawPrimitive(QtWidgets.QStyle.PrimitiveElement.PE_FrameFocusRect, ring, painter, self)
            painter.end()


def button(text: str, name: str, help: str, letters: Letters) -> QtWidgets.QPushButton:
    """A button with a shortcut of its own; Return stays with what a window does by default, whichever button has the keyboard."""
    made = Button(shortcut(text, letters), objectName=name)
    made.setToolTip(help)
    made.setAutoDefault(False)
    return made


def label_for(field: QtWidgets.QWidget, text: str, letters: Letters) -> QtWidgets.QLabel:
    """A label with a shortcut of its own that leads to `field`."""
    label = QtWidgets.QLabel(_("{label}:").format(label=shortcut(text, letters)))
    label.setBuddy(field)
    label.setToolTip(field.toolTip())
    return label


def plain_text(name: str) -> QtWidgets.QLabel:
    """A label for sentences, shown letter by letter: the name of a layer or a file in them may look like markup."""
    return QtWidgets.QLabel(wordWrap=True, objectName=name, textFormat=QtCore.Qt.TextFormat.PlainText)


def shortcut(text: str, letters: Letters) -> str:
    """`text` with a letter of its own to press with Alt, which is added to `letters`; None leaves it without one."""
    return text if letters is None else texts.mnemonic(text, letters, "&")


def keep_narrow(box: QtWidgets.QComboBox) -> None:
    """Long entries must not make a docker wide; the list itself shows them whole."""
    box.setSizeAdjustPolicy(QtWidgets.QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
    box.setMinimumContentsLength(SHOWN_LETTERS)
    box.setSizePolicy(QtWidgets.QSizePolicy.Policy.Expanding, QtWidgets.QSizePolicy.Policy.Fixed)
    box.view().setTextElideMode(QtCore.Qt.TextElideMode.ElideNone)


def widen_list(box: QtWidgets.QComboBox) -> None:
    """Make the list as wide as its longest entry needs, however narrow the box is."""
    view = box.view()
    view.setMinimumWidth(view.sizeHintForColumn(0) + view.verticalScrollBar().sizeHint().width())


def mind_the_wheel(widget: QtWidgets.QWidget) -> None:
    """Keep the wheel from changing `widget` on its way: only what has the keyboard turns with it, all else scrolls."""
    if isinstance(widget, (QtWidgets.QAbstractSpinBox, QtWidgets.QAbstractSlider, QtWidgets.QComboBox)):
        widget.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        widget.installEventFilter(_Wheel(widget))


class _Wheel(QtCore.QObject):
    """Stops wheel events before a widget that has not the keyboard."""

    def eventFilter(self, widget: QtCore.QObject, event: QtCore.QEvent) -> bool:
        if event.type() == QtCore.QEvent.Type.Wheel and not widget.hasFocus():
            event.ignore()
            return True
        return False
