"""The choice where results go, folded into a small button beside Apply: it is seldom made, and remembered."""

from __future__ import annotations

from . import settings
from .common import output
from .common.output import Output
from .qt import QtCore, QtGui, QtWidgets

NAME = "output"

ActionGroup = getattr(QtGui, "QActionGroup", None) or QtWidgets.QActionGroup  # it has moved in Qt 6


def remembered() -> Output:
    """Where results go, as it was chosen last."""
    try:
        return Output(settings.read(NAME, output.DEFAULT.value))
    except ValueError:  # another version's word
        return output.DEFAULT


class OutputButton(QtWidgets.QToolButton):
    """An arrow that opens the choice; `changed` comes with another one. All windows share it, by what is remembered."""

    changed = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__(objectName="output")
        self.setArrowType(QtCore.Qt.ArrowType.DownArrow)
        self.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self.setSizePolicy(QtWidgets.QSizePolicy.Policy.Fixed, QtWidgets.QSizePolicy.Policy.Expanding)
        self.setAccessibleName(output.LABEL)
        self.menu_of_places = QtWidgets.QMenu(self)
        self.menu_of_places.setToolTipsVisible(True)
        self.menu_of_places.aboutToShow.connect(self._mark)
        one_of_them = ActionGroup(self.menu_of_places)
        for place in Output:
            entry = self.menu_of_places.addAction(place.label)
            entry.setCheckable(True)
            one_of_them.addAction(entry)
            entry.setToolTip(place.help)
            entry.setData(place.value)
            entry.triggered.connect(lambda _checked, place=place: self.choose(place))
        self.clicked.connect(lambda: self._open())
        self._mark()

    def choose(self, place: Output) -> None:
        """From now on, put results there."""
        settings.write(NAME, place.value)
        self._mark()
        self.changed.emit()

    def _open(self) -> None:
        self.menu_of_places.popup(self.mapToGlobal(QtCore.QPoint(0, self.height())))

    def _mark(self) -> None:
        """Show what is chosen."""
        chosen = remembered()
        for entry in self.menu_of_places.actions():
            entry.setChecked(entry.data() == chosen.value)
        told = f"{output.HELP} {chosen.label}."
        self.setToolTip(told)
        self.setAccessibleDescription(told)
