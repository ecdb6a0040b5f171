"""The chosen style: its picture, its title, and the button that opens the gallery; in a window our own styles as tiles, too."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from . import keeping
from .catalogue import Catalogue
from .common import models
from .common.gallery import Entry
from .common.layers import style_name
from .common.translation import _
from .controls import Letters, plain_text, shortcut
from .gallery_window import GalleryWindow
from .qt import QtCore, QtGui, QtWidgets
from .thumbnails import own_styles, thumbnail, tile

PREVIEW, NARROW_PREVIEW = 152, 72  # side in points of the chosen picture
TILE = 48  # of each of our own
HELP = _("The picture whose style is taken.")
CHOOSE_HELP = _("All styles: search, favourites, pictures of your own, other layers, the clipboard.")
GONE = _("There is no such picture any more.")


@dataclass(frozen=True)
class Known:
    """What there is to show of a style: `file` is its picture, "" where there is none; `note` is what the user must know."""

    title: str
    credit: str
    file: str
    note: str


class StyleChooser(QtWidgets.QWidget):
    """Shows and sets one style's value."""

    changed = QtCore.pyqtSignal()

    def __init__(self, folder: str, letters: Letters, catalogue: Catalogue, narrow: bool = False) -> None:
        """`folder` is where browsing starts; letters for shortcuts that are not in `letters` are used and added."""
        super().__init__()
        self.folder = folder
        self._value = ""
        self._catalogue = catalogue
        self._gallery = keeping.gallery(catalogue)
        self.window_of_styles: GalleryWindow | None = None
        self._take: Callable[[str], None] = self.choose
        self._narrow = narrow
        self._side = NARROW_PREVIEW if narrow else PREVIEW
        self._preview = self._make_preview()
        self._title = plain_text("title")
        self._note = plain_text("note-of-style")
        self._choose = QtWidgets.QPushButton(shortcut(_("Choose style…"), letters), objectName="styles")
        self._choose.setToolTip(CHOOSE_HELP)
        self._choose.setAutoDefault(False)
        self._choose.clicked.connect(lambda: self.open_gallery())
        column = QtWidgets.QVBoxLayout()
        column.setSpacing(3)
        for label in (self._title, self._note):
            label.setMinimumWidth(60)
            column.addWidget(label)
        column.addStretch(1)
        if not narrow:
            column.addLayout(self._tiles())
        column.addWidget(self._choose, 0, QtCore.Qt.AlignmentFlag.AlignLeft)
        row = QtWidgets.QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8 if narrow else 12)
        row.addWidget(self._preview, 0, QtCore.Qt.AlignmentFlag.AlignTop)
        row.addLayout(column, 1)
        catalogue.changed.connect(self._show)
        self._show()

    @property
    def path(self) -> str:
        """The chosen style's value: a file, or the name of a painting; "" when none is chosen."""
        return self._value

    def choose(self, value: str) -> None:
        """Make this the style."""
        if value != self._value:
            self.show_value(value)
            self.changed.emit()

    def show_value(self, value: str) -> None:
        """The same, when it was chosen elsewhere."""
        if value != self._value:
            self._value = value
            self._show()

    def known(self, value: str) -> Known:
        """What there is to show of a style."""
        entry = self._gallery.entry(value)
        file = entry.picture.as_posix() if entry and entry.picture else ""
        return Known(entry.title if entry else style_name(value), entry.credit if entry else "", file, self._needed(value, entry))

    def open_gallery(
        self, anchor: QtWidgets.QWidget | None = None, value: str = "", take: Callable[[str], None] | None = None
    ) -> None:
        """Show all styles, for this one; or beside `anchor` for another, whose `value` is marked, and that will `take` one."""
        if self.window_of_styles is None:
            self.window_of_styles = GalleryWindow(self._catalogue, self.parentWidget())  # which is never hidden
            self.window_of_styles.chosen.connect(lambda chosen: self._take(chosen))
        self._take = take or self.choose
        self.window_of_styles.folder = self.folder
        self.window_of_styles.show_beside(anchor or self, value if take else self._value)

    def close_gallery(self) -> None:
        """Close the window with all styles, if it is open."""
        if self.window_of_styles is not None:
            self.window_of_styles.close()

    @property
    def last_part(self) -> QtWidgets.QWidget:
        """What Tab comes to last."""
        return self._choose

    def lead(self) -> None:
        """Give the keyboard to the button."""
        self._choose.setFocus()

    # -- building ------------------------------------------------------------------------------------------------

    def _make_preview(self) -> QtWidgets.QLabel:
        preview = _Picture(objectName="preview", alignment=QtCore.Qt.AlignmentFlag.AlignCenter)
        preview.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        preview.setFixedSize(self._side + 8, self._side + 8)
        preview.setWordWrap(True)
        preview.clicked.connect(self.open_gallery)
        return preview

    def _tiles(self) -> QtWidgets.QHBoxLayout:
        """A row of our own styles; a click chooses one."""
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4)
        for path in own_styles():
            picture = tile(path, TILE, self.devicePixelRatioF())
            if picture is not None:
                row.addWidget(self._tile_button(path, picture))
        row.addStretch(1)
        return row

    def _tile_button(self, path: str, picture: QtGui.QPixmap) -> QtWidgets.QToolButton:
        button = QtWidgets.QToolButton()
        button.setIcon(QtGui.QIcon(picture))
        button.setIconSize(QtCore.QSize(TILE, TILE))
        button.setAutoRaise(True)
        button.setToolTip(style_name(path))
        button.setAccessibleName(style_name(path))
        button.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.choose(path))
        return button

    # -- what is shown -------------------------------------------------------------------------------------------

    def _show(self) -> None:
        """Bring picture and words in line with the value."""
        entry = self._gallery.entry(self._value) if self._value else None
        file = entry.picture.as_posix() if entry and entry.picture else self._value
        picture = thumbnail(file, self._side, self.devicePixelRatioF()) if file else None
        if QtCore.QFileInfo(file).isFile() and (entry is None or entry.credit == ""):
            self.folder = QtCore.QFileInfo(file).absolutePath()
        self._preview.clear()
        if picture is not None:
            self._preview.setPixmap(picture)
        else:
            self._preview.setText(_("No preview") if self._value else _("Drop a picture here"))
        self._title.setText(entry.title if entry else style_name(self._value) or _("No style yet"))
        self._title.setToolTip(HELP)
        self._preview.setToolTip(self._value or HELP)
        self._note.setText(self._about(entry))
        self._note.setVisible(bool(self._note.text()))

    def _about(self, entry: Entry | None) -> str:
        """What is told under the title: where there is no room, only what the user must know of the style."""
        credit = "" if self._narrow or entry is None else entry.credit
        return "; ".join(filter(None, (credit, self._needed(self._value, entry))))

    def _needed(self, value: str, entry: Entry | None) -> str:
        """What the user must know of the style; of a painting, nothing before the worker has told of it."""
        if entry is not None:
            return models.marks(entry.facts)
        waiting = not self._catalogue.facts and value.startswith("pack:")
        return "" if waiting or not value else GONE


class _Picture(QtWidgets.QLabel):
    """A picture to click, for those who expect that; the button beside it is for the keyboard."""

    clicked = QtCore.pyqtSignal()

    def mouseReleaseEvent(self, event: QtGui.QMouseEvent) -> None:
        if self.rect().contains(event.pos()):
            self.clicked.emit()
