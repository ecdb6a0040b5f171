"""The chooser of the style picture: what is chosen, our own styles as thumbnails, and a field and a button for any other file."""

from __future__ import annotations

from .common.layers import style_name
from .controls import Letters, shortcut
from .qt import QtCore, QtGui, QtWidgets
from .thumbnails import own_styles, thumbnail, tile

PREVIEW, NARROW_PREVIEW = 152, 64  # side in points of the chosen picture
TILE, NARROW_TILE = 48, 28  # of each of our own
FILTER = "Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff);;All files (*)"
HELP = "The picture whose style is taken."


class StyleChooser(QtWidgets.QWidget):
    """Shows and sets one path."""

    changed = QtCore.pyqtSignal()

    def __init__(self, folder: str, letters: Letters, narrow: bool = False) -> None:
        """`folder` is where browsing starts; letters for shortcuts that are not in `letters` are used and added."""
        super().__init__()
        self.folder = folder
        self._side = NARROW_PREVIEW if narrow else PREVIEW
        self._preview = QtWidgets.QLabel(objectName="preview", alignment=QtCore.Qt.AlignmentFlag.AlignCenter)
        self._preview.setFrameShape(QtWidgets.QFrame.Shape.StyledPanel)
        self._preview.setFixedSize(self._side + 8, self._side + 8)
        self._preview.setWordWrap(True)
        self._field = self._make_field()
        self._field.setMinimumWidth(60 if narrow else 240)
        title = QtWidgets.QLabel(shortcut("Style picture", letters) + ":")
        title.setBuddy(self._field)
        browse = QtWidgets.QPushButton(shortcut("Browse…", letters), objectName="browse")
        browse.setToolTip("Choose a picture on this machine.")
        browse.setAutoDefault(False)
        browse.clicked.connect(self._browse)
        self._note = QtWidgets.QLabel(wordWrap=narrow)
        grid = QtWidgets.QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8 if narrow else 12)
        grid.addWidget(self._preview, 0, 0, 4 if narrow else 5, 1)
        grid.addWidget(title, 0, 1)
        grid.addWidget(self._field, 1, 1)
        grid.addWidget(browse, 1, 2)
        grid.addWidget(self._note, 2, 1, 1, 2)
        grid.setRowStretch(3, 1)
        # In a docker there is no room beside the preview.
        grid.addLayout(self._tiles(NARROW_TILE if narrow else TILE), 4, *((0, 1, 3) if narrow else (1, 1, 2)))
        grid.setColumnStretch(1, 1)
        self._show()

    @property
    def path(self) -> str:
        """The chosen file, or "" when none is."""
        text = self._field.text().strip()
        if text.startswith("file:"):  # as file managers paste it
            text = QtCore.QUrl(text).toLocalFile()
        return text

    def choose(self, path: str) -> None:
        """Make the picture at `path` the style."""
        self._field.setText(path)

    def focus(self) -> None:
        """Lead the keyboard to the path."""
        self._field.setFocus()
        self._field.selectAll()

    def _make_field(self) -> QtWidgets.QLineEdit:
        field = QtWidgets.QLineEdit()
        field.setPlaceholderText("Path of a picture")
        field.setToolTip(HELP)
        field.setAccessibleName("Style picture")
        field.setAccessibleDescription(HELP)
        field.setAcceptDrops(False)  # the window takes dropped files; the field would take their address as a word
        # Not with every letter that is typed: a picture is decoded each time.
        self._delay = QtCore.QTimer(self, singleShot=True, interval=150)
        self._delay.timeout.connect(self._show)
        field.textChanged.connect(lambda _text: self._delay.start())
        field.textChanged.connect(lambda _text: self.changed.emit())
        return field

    def _tiles(self, side: int) -> QtWidgets.QHBoxLayout:
        """A row of our own styles, each `side` points wide; a click chooses one."""
        row = QtWidgets.QHBoxLayout()
        row.setSpacing(4 if side == TILE else 0)
        for path in own_styles():
            picture = tile(path, side, self.devicePixelRatioF())
            if picture is not None:
                row.addWidget(self._tile_button(path, picture, side))
        row.addStretch(1)
        return row

    def _tile_button(self, path: str, picture: QtGui.QPixmap, side: int) -> QtWidgets.QToolButton:
        button = QtWidgets.QToolButton()
        button.setIcon(QtGui.QIcon(picture))
        button.setIconSize(QtCore.QSize(side, side))
        button.setAutoRaise(True)
        button.setToolTip(style_name(path))
        button.setAccessibleName(style_name(path))
        button.setFocusPolicy(QtCore.Qt.FocusPolicy.StrongFocus)
        button.clicked.connect(lambda: self.choose(path))
        return button

    def _browse(self) -> None:
        dialog = QtWidgets.QFileDialog(self, "Style picture", self.folder, FILTER)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        if own_styles():
            samples = QtCore.QFileInfo(own_styles()[0]).absolutePath()
            dialog.setSidebarUrls([*dialog.sidebarUrls(), QtCore.QUrl.fromLocalFile(samples)])
        dialog.fileSelected.connect(self.choose)
        dialog.open()

    def _show(self) -> None:
        """Bring preview and note in line with the path."""
        path = self.path
        picture = thumbnail(path, self._side, self.devicePixelRatioF()) if path else None
        # Asked of Qt: Krita runs Python under an ASCII locale, where Python can't open names beyond that.
        file = QtCore.QFileInfo(path)
        exists = file.isFile()
        if exists:
            self.folder = file.absolutePath()
        self._preview.clear()
        if picture is not None:
            self._preview.setPixmap(picture)
        else:
            self._preview.setText("No preview" if path else "Drop a picture here")
        self._preview.setToolTip(path)
        self._note.setText(self._about(path, exists, picture is not None))

    @staticmethod
    def _about(path: str, exists: bool, shown: bool) -> str:
        """One line under the path: what it leads to."""
        if not path:
            return "Or take one of these:" if own_styles() else ""
        if not exists:
            return "There is no such file."
        if not shown:
            return "Krita can't preview this kind of file."
        size = QtGui.QImageReader(path).size()
        return f"{style_name(path)}, {size.width()} × {size.height()}"


def dropped_picture(data: QtCore.QMimeData) -> str | None:
    """The path of the first file in what is dragged over the window; None when there is none on this machine."""
    paths = [address.toLocalFile() for address in data.urls() if address.isLocalFile()]
    return paths[0] if paths else None
