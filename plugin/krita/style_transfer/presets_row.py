"""The user's presets: a choice of them, and a menu that saves, renames, deletes, exports and imports them."""

from __future__ import annotations

from collections.abc import Callable

from . import controls, keeping, message_box
from .common.paths import reachable
from .common.presets import SUFFIX, Preset
from .common.translation import _, pgettext
from .guard import safely
from .order import Order
from .qt import QtCore, QtGui, QtWidgets

NONE = pgettext("preset", "None")
HELP = _("Method, style and all values as you have saved them under a name; GIMP has the same ones.")
MENU_HELP = _("Save what is chosen as a preset; rename, delete, export or import presets.")
FILTER = _("Presets (*{suffix});;All files (*)").format(suffix=SUFFIX)
CHANGED = " *"
NOT_SAVED = _("The preset was not saved.")
NOT_RENAMED = _("The preset was not renamed.")
NOT_DELETED = _("The preset was not deleted.")
NOT_EXPORTED = _("The preset was not exported.")
NOT_IMPORTED = _("The preset was not imported.")
CHANGED_HELP = _("Something was changed since this preset was chosen.")
DOT, GAP = 1.6, 5.0  # points: the menu's sign


class PresetsRow(QtWidgets.QWidget):
    """`chosen` gives a preset that is to be shown; `current` gives what stands in the form."""

    chosen = QtCore.pyqtSignal(object)

    def __init__(self, current: Callable[[], Order]) -> None:
        super().__init__()
        self._current = current
        self._presets = keeping.presets()
        self._shown: Preset | None = None  # what was chosen or saved last, as it is kept
        self.picker = _Picker()
        self.picker.activated.connect(self._choose)
        self.picker.opened.connect(self.refresh)
        self._menu = QtWidgets.QMenu(self)
        self._menu.aboutToShow.connect(self._fill_menu)
        self._button = _menu_button(self._menu)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(4)
        row.addWidget(self.picker, 1)
        row.addWidget(self._button)
        self.refresh()

    def refresh(self) -> None:
        """Show the presets as they are now: another window or GIMP may have changed them."""
        kept = self._presets.all()
        name = self._shown.name if self._shown else ""
        self._shown = next((preset for preset in kept if preset.name == name), None)
        self.picker.clear()
        self.picker.addItem(NONE)
        for preset in kept:
            self.picker.addItem(preset.name, preset)
        self.picker.setCurrentIndex(1 + kept.index(self._shown) if self._shown else 0)
        self.mark()

    def mark(self) -> None:
        """Tell whether the form still stands as the chosen preset has it."""
        changed = self._shown is not None and not self._stands(self._shown)
        help = f"{CHANGED_HELP} {HELP}" if changed else HELP
        self.picker.setToolTip(help)
        self.picker.setAccessibleDescription(help)
        if self._shown is not None:
            self.picker.setItemText(self.picker.currentIndex(), self._shown.name + CHANGED * changed)

    def _stands(self, preset: Preset) -> bool:
        order = self._current()
        values = {name: preset.parameters.get(name) for name in order.parameters}
        return (order.method, order.styles, order.parameters) == (preset.method, preset.styles, values)

    def _choose(self, place: int) -> None:
        self._shown = self.picker.itemData(place)
        if self._shown is not None:
            self.chosen.emit(self._shown)
        self.refresh()

    # -- the menu ------------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self.refresh()
        name = self._shown.name if self._shown else ""
        shown = f"“{name}”".replace("&", "&&")
        self._menu.clear()
        self._add(_("&Save as…"), self._ask_to_save, True)
        self._add(
            _("S&ave over {name}").format(name=shown) if name else _("S&ave"),
            lambda: safely(self, lambda: self._save(name), NOT_SAVED),
            bool(name),
        )
        self._add(_("&Rename…"), lambda: self._ask_to_rename(name), bool(name))
        self._add(_("&Delete…"), lambda: self._ask_to_delete(name), bool(name))
        self._menu.addSeparator()
        self._add(_("&Export…"), lambda: self._ask_where_to(name), bool(name))
        self._add(_("&Import…"), self._ask_where_from, True)

    def _add(self, text: str, work: Callable[[], None], possible: bool) -> None:
        entry = self._menu.addAction(text)
        entry.setEnabled(possible)
        entry.triggered.connect(lambda _checked: work())

    def _ask_to_save(self) -> None:
        suggested = self._shown.name if self._shown else self._current().layer_name()
        self._ask_for_name(
            _("Save preset"), suggested, lambda name: safely(self, lambda: self._save_unless_taken(name), NOT_SAVED)
        )

    def _save_unless_taken(self, name: str) -> None:
        name = self._presets.named(name)
        if any(preset.name == name for preset in self._presets.all()):
            self._confirm(
                _("Replace the preset “{name}”?").format(name=name),
                _("&Replace"),
                lambda: safely(self, lambda: self._save(name), NOT_SAVED),
            )
        else:
            self._save(name)

    def _save(self, name: str) -> None:
        order = self._current()
        self._shown = self._presets.save(Preset(name, order.method, order.styles, order.parameters))
        self.refresh()

    def _ask_to_rename(self, old: str) -> None:
        self._ask_for_name(_("Rename preset"), old, lambda new: safely(self, lambda: self._rename(old, new), NOT_RENAMED))

    def _rename(self, old: str, new: str) -> None:
        name = self._presets.rename(old, new)
        self._shown = next((preset for preset in self._presets.all() if preset.name == name), None)
        self.refresh()

    def _ask_to_delete(self, name: str) -> None:
        self._confirm(
            _("Delete the preset “{name}”?").format(name=name),
            _("&Delete"),
            lambda: safely(self, lambda: self._delete(name), NOT_DELETED),
        )

    def _delete(self, name: str) -> None:
        self._presets.delete(name)
        self.refresh()

    def _ask_where_to(self, name: str) -> None:
        dialog = self._file_dialog(_("Export preset"))
        dialog.fileSelected.connect(lambda path: safely(self, lambda: self._presets.export(name, reachable(path)), NOT_EXPORTED))
        dialog.setAcceptMode(QtWidgets.QFileDialog.AcceptMode.AcceptSave)
        dialog.setDefaultSuffix(SUFFIX.lstrip("."))
        dialog.selectFile(name.replace("/", " ") + SUFFIX)
        dialog.open()

    def _ask_where_from(self) -> None:
        dialog = self._file_dialog(_("Import preset"))
        dialog.fileSelected.connect(lambda path: safely(self, lambda: self._import(path), NOT_IMPORTED))
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        dialog.open()

    def _import(self, path: str) -> None:
        self._shown = self._presets.load(reachable(path))
        self.chosen.emit(self._shown)
        self.refresh()

    # -- questions: none of them keeps Krita waiting -------------------------------------------------------------

    def _ask_for_name(self, title: str, suggested: str, then: Callable[[str], None]) -> None:
        box = QtWidgets.QInputDialog(self)
        box.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        box.setWindowTitle(title)
        box.setLabelText(_("&Name:"))
        box.setTextValue(suggested)
        box.textValueSelected.connect(then)
        box.open()

    def _confirm(self, question: str, button: str, then: Callable[[], None]) -> None:
        box = message_box.made(self, QtWidgets.QMessageBox.Icon.Question, question)
        yes = box.addButton(button, QtWidgets.QMessageBox.ButtonRole.AcceptRole)
        yes.setObjectName("yes")
        box.addButton(QtWidgets.QMessageBox.StandardButton.Cancel)
        yes.clicked.connect(lambda: then())
        box.open()

    def _file_dialog(self, title: str) -> QtWidgets.QFileDialog:
        dialog = QtWidgets.QFileDialog(self, title, "", FILTER)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        return dialog


class _Picker(QtWidgets.QComboBox):
    """`opened` comes before the list is shown."""

    opened = QtCore.pyqtSignal()

    def __init__(self) -> None:
        super().__init__(objectName="preset")
        self.setToolTip(HELP)
        self.setAccessibleName(_("Preset"))
        self.setAccessibleDescription(HELP)
        controls.keep_narrow(self)
        controls.mind_the_wheel(self)

    def showPopup(self) -> None:
        self.opened.emit()
        controls.widen_list(self)
        super().showPopup()


def _menu_button(menu: QtWidgets.QMenu) -> QtWidgets.QToolButton:
    """Three dots that open the menu."""
    button = _Dots(objectName="presets")
    button.setAutoRaise(True)
    button.setMenu(menu)
    button.setPopupMode(QtWidgets.QToolButton.ToolButtonPopupMode.InstantPopup)
    button.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
    button.setToolTip(MENU_HELP)
    button.setAccessibleName(_("Presets"))
    button.setAccessibleDescription(MENU_HELP)
    return button


class _Dots(QtWidgets.QToolButton):
    """Draws its sign itself: not every font has one."""

    def sizeHint(self) -> QtCore.QSize:
        height = self.fontMetrics().height() + 8
        return QtCore.QSize(height, height)

    def paintEvent(self, _event: QtGui.QPaintEvent) -> None:
        option = QtWidgets.QStyleOptionToolButton()
        self.initStyleOption(option)
        option.features &= ~QtWidgets.QStyleOptionToolButton.ToolButtonFeature.HasMenu
        painter = QtWidgets.QStylePainter(self)
        painter.drawComplexControl(QtWidgets.QStyle.ComplexControl.CC_ToolButton, option)
        painter.setRenderHint(QtGui.QPainter.RenderHint.Antialiasing)
        painter.setPen(QtCore.Qt.PenStyle.NoPen)
        painter.setBrush(self.palette().color(QtGui.QPalette.ColorRole.ButtonText))
        middle = QtCore.QRectF(self.rect()).center()
        for step in (-1, 0, 1):
            painter.drawEllipse(middle + QtCore.QPointF(step * GAP, 0), DOT, DOT)
        painter.end()
