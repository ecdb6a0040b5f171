"""All styles of an order: one shown large, or several as rows with weights and places, and the button that adds one."""

from __future__ import annotations

from . import controls
from .catalogue import Catalogue
from .common import styles
from .common.styles import Region, Styles
from .common.translation import _
from .controls import Letters
from .nst_core import errors
from .qt import QtCore, QtWidgets
from .style_chooser import StyleChooser
from .style_row import StyleRow

ADD_HELP = _("Mix another style in, or give a part of the picture a style of its own.")


class StyleMix(QtWidgets.QWidget):
    """Shows and sets a choice of styles; `changed` comes with every change of it, `reshaped` when it takes another room."""

    changed = QtCore.pyqtSignal()
    reshaped = QtCore.pyqtSignal()

    def __init__(self, folder: str, letters: Letters, catalogue: Catalogue, narrow: bool = False) -> None:
        """As `StyleChooser` takes them."""
        super().__init__()
        self.chooser = StyleChooser(folder, letters, catalogue, narrow)
        self._styles: Styles = ()
        self._most = 1
        self._narrow = narrow
        self._rows: list[StyleRow] = []
        self._add = QtWidgets.QToolButton(objectName="add-style")
        self._add.setText(controls.shortcut(_("Add style…"), letters))
        self._add.setAutoRaise(True)
        self._add.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        self._add.setToolTip(ADD_HELP)
        self._add.clicked.connect(lambda: self.open_gallery(len(self._styles)))
        self._full = QtWidgets.QLabel(wordWrap=True, objectName="full")
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(6)
        self._column.addWidget(self.chooser)
        self._column.addWidget(self._add, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        self._column.addWidget(self._full)
        self.chooser.changed.connect(lambda: self.put(0, self.chooser.path))
        catalogue.changed.connect(self._show)
        self._show()

    @property
    def styles(self) -> Styles:
        """As many of the chosen ones as the method takes."""
        return styles.limited(self._styles, self._most)

    @property
    def all_styles(self) -> Styles:
        """The chosen ones, whatever the method takes."""
        return self._styles

    def show_styles(self, chosen: Styles) -> None:
        """Make this the choice."""
        if chosen != self._styles:
            self._styles = chosen
            self._show()
            self.changed.emit()

    def limit(self, most: int) -> None:
        """Take so many and no more; those beyond come back with a method that takes them."""
        if most != self._most:
            self._most = most
            self._show()

    def take(self, source: str) -> None:
        """A picture that comes from elsewhere: the style where there is one, one more where there are several.

        PictureError when there is no room for another one.
        """
        if not styles.mixed(self.styles):
            self.put(0, source)
        elif len(self._styles) < self._most:
            self.put(len(self._styles), source)
        else:
            raise errors.PictureError(styles.FULL.format(count=self._most))

    def put(self, place: int, source: str) -> None:
        """Make the picture the style at `place`, which may be one beyond the last; "" takes all away."""
        if not source:
            self.show_styles(())
        elif place < len(self._styles):
            self.show_styles(styles.replaced(self._styles, place, source))
        else:
            self.show_styles(styles.added(self._styles, source))

    def open_gallery(self, place: int) -> None:
        """Show all styles, to choose the one at `place`, or one more."""
        anchor = self._rows[place] if place < len(self._rows) else self._add
        value = self._styles[place].source if place < len(self._styles) else ""
        self.chooser.open_gallery(anchor, value, lambda source: self.put(place, source))

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Bring picture or rows in line with the choice."""
        chosen = self.styles
        self.chooser.show_value(chosen[0].source if chosen else "")
        self.chooser.setVisible(not styles.mixed(chosen))
        count = len(chosen) if styles.mixed(chosen) else 0
        anew = count != len(self._rows)
        while len(self._rows) > count:
            self._drop_row()
        while len(self._rows) < count:
            self._rows.append(self._make_row(len(self._rows)))
        for place, row in enumerate(self._rows):
            row.show_style(chosen, place, self.chooser.known(chosen[place].source))
        self._add.setVisible(bool(chosen) and len(chosen) < self._most)
        self._full.setText(styles.FULL.format(count=self._most))
        self._full.setVisible(1 < self._most <= len(chosen))
        if anew:
            self._put_in_order()
            for widget in (*self._rows, self):  # whoever is told below asks for sizes at once
                widget.layout().activate()
                widget.updateGeometry()
            self.reshaped.emit()

    def _make_row(self, place: int) -> StyleRow:
        row = StyleRow(self._narrow)
        row.asked.connect(lambda: self.open_gallery(place))
        row.dropped.connect(lambda source: self.put(place, source))
        row.weighed.connect(lambda weight: self.show_styles(styles.reweighted(self._styles, place, weight)))
        row.placed.connect(lambda region: self._move(place, region))
        row.removed.connect(lambda: self._remove(place))
        self._column.insertWidget(1 + place, row)
        row.show()  # now: the layout would do it later
        return row

    def _drop_row(self) -> None:
        """The last row: those before it show what is left."""
        row = self._rows.pop()
        row.hide()
        row.deleteLater()

    def _put_in_order(self) -> None:
        """Let Tab go through the rows, new ones too, between what comes before them and the button."""
        parts = [self.chooser.last_part, *(part for row in self._rows for part in row.parts()), self._add]
        for one, other in zip(parts, parts[1:]):
            self.setTabOrder(one, other)

    def _move(self, place: int, region: Region) -> None:
        self.show_styles(styles.moved(self._styles, place, region))

    def _remove(self, place: int) -> None:
        self.chooser.close_gallery()  # it may have been opened for a place that is another one now
        self.show_styles(styles.removed(self._styles, place))
        if self._rows:
            self._rows[min(place, len(self._rows) - 1)].lead()
        else:
            self.chooser.lead()
