"""The window with all styles: it stays open beside the picture, so that one style after the other can be tried."""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby

from krita import Document, Krita, Node

from . import failure, incoming, keeping
from .beside import Beside
from .catalogue import Catalogue
from .common import models, texts
from .common.gallery import Entry
from .common.translation import _
from .controls import CLOSE, Letters, button, plain_text
from .fetching import Fetching
from .guard import safely
from .nst_core import errors
from .picture_list import Cell, PictureList
from .qt import QtCore, QtGui, QtWidgets
from .question import agreed, ask_to_download
from .status import Status

SIDE = 88  # points of a picture
SIZE = QtCore.QSize(452, 560)
MOST_LAYERS = 40  # in the menu
FILTER = _("Pictures (*.png *.jpg *.jpeg *.webp *.tif *.tiff);;All files (*)")
EMPTY = _("No style has these words.")
SEARCH_HELP = _("Show only the styles that have these words in their title, artist or file name.")
STAR_HELP = _("Put the style among the favourites, or take it away from there.")
OTHER_HELP = _("Take a picture file, another layer of this painting or the clipboard as style.")


class GalleryWindow(Beside):
    """`chosen` gives a style's value, each time that another one is chosen."""

    chosen = QtCore.pyqtSignal(str)

    def __init__(self, catalogue: Catalogue, parent: QtWidgets.QWidget) -> None:
        super().__init__(_("Styles"), SIZE, parent)
        self.setAcceptDrops(True)
        self.folder = ""  # where browsing starts
        self._gallery = keeping.gallery(catalogue)
        self._catalogue = catalogue
        self._entries: dict[str, Entry] = {}
        self._question: QtWidgets.QMessageBox | None = None
        self._fetching: Fetching | None = None
        letters: Letters = texts.letters("&", CLOSE)
        self._search = self._make_search()
        self._list = PictureList(_("Styles"), SIDE)
        self._list.setToolTip(_("Click a style to try it; double-click or press Return to take it and close this window."))
        self._credit = plain_text("credit")
        self._star = button(_("Favourite"), "star", STAR_HELP, letters)
        self._star.setCheckable(True)
        self._star.setFocusPolicy(QtCore.Qt.FocusPolicy.TabFocus)  # its letter and the mouse leave the keyboard in the list
        self._other = button(_("Other picture"), "other", OTHER_HELP, letters)
        self._menu = QtWidgets.QMenu(self)
        self._other.setMenu(self._menu)
        self._status = Status(letters)
        self._status.hide_when_silent()
        self._status.cancelled.connect(self._stop_fetching)
        self._lay_out()
        self._list.chosen.connect(self._choose)
        self._list.taken.connect(self._take)
        self._list.starred.connect(self._toggle_star)
        self._list.currentItemChanged.connect(lambda *_items: self._tell())
        self._star.clicked.connect(lambda: self._toggle_star(self._list.value()))
        self._menu.aboutToShow.connect(self._fill_menu)
        catalogue.changed.connect(self.refresh)

    def show_beside(self, anchor: QtWidgets.QWidget, value: str) -> None:
        """Come up beside `anchor`, with the style `value` marked."""
        self._search.clear()
        self._fill()
        self._list.show_value(value)
        self.come(anchor)
        self._list.setFocus()
        self._list.scrollToTop()
        if self._list.currentItem() is not None:
            self._list.scrollToItem(self._list.currentItem())

    def refresh(self) -> None:
        """Show what there is now, if anybody looks."""
        if self.isVisible():
            self._fill()

    # -- building ------------------------------------------------------------------------------------------------

    def _make_search(self) -> QtWidgets.QLineEdit:
        search = QtWidgets.QLineEdit(clearButtonEnabled=True, objectName="search")
        search.setPlaceholderText(_("Search"))
        search.setAccessibleName(_("Search"))
        search.setAccessibleDescription(SEARCH_HELP)
        search.setToolTip(SEARCH_HELP)
        search.setAcceptDrops(False)  # the window takes them
        # Not with every letter: the folder is read each time.
        self._delay = QtCore.QTimer(self, singleShot=True, interval=120)
        self._delay.timeout.connect(self._fill)
        search.textChanged.connect(lambda _text: self._delay.start())
        search.returnPressed.connect(self._to_list)
        return search

    def _lay_out(self) -> None:
        close = button(CLOSE, "close", _("Close this window; what is chosen stays chosen."), None)
        close.clicked.connect(self.close)
        row = QtWidgets.QHBoxLayout()
        for widget in (self._star, self._other):
            row.addWidget(widget)
        row.addStretch(1)
        row.addWidget(close)
        # Room for three lines: the list must not jump with every style.
        self._credit.setMinimumHeight(3 * self._credit.fontMetrics().height())
        self._credit.setAlignment(QtCore.Qt.AlignmentFlag.AlignTop)
        column = QtWidgets.QVBoxLayout(self)
        column.addWidget(self._search)
        column.addWidget(self._list, 1)
        column.addWidget(self._credit)
        column.addWidget(self._status)
        column.addLayout(row)

    # -- what is shown -------------------------------------------------------------------------------------------

    def _fill(self) -> None:
        """Show the styles that the search leaves."""
        self._delay.stop()
        entries = self._gallery.entries(self._search.text())
        self._entries = {entry.value: entry for entry in entries}
        groups = groupby(entries, key=lambda entry: entry.group)
        self._list.show_groups([(name, [self._cell(entry) for entry in group]) for name, group in groups])
        self._tell()

    def _cell(self, entry: Entry) -> Cell:
        file = entry.picture.as_posix() if entry.picture else ""
        starred = self._gallery.is_favourite(entry.value)
        return Cell(entry.value, entry.title, _about(entry), file, models.marks(entry.facts), starred)

    def _tell(self) -> None:
        """Bring the line under the list and the star in line with the current style."""
        entry = self._entries.get(self._list.value() or "")
        self._star.setEnabled(entry is not None)
        self._star.setChecked(entry is not None and self._gallery.is_favourite(entry.value))
        nothing = "" if self._entries else EMPTY
        self._credit.setText("\n".join(filter(None, (entry.title, _about(entry)))) if entry else nothing)

    def _to_list(self) -> None:
        """From the search to what it has found."""
        self._fill()
        self._list.setFocus()
        if self._list.currentItem() is None and self._list.pictures():
            self._list.setCurrentItem(self._list.pictures()[0])

    # -- choosing ------------------------------------------------------------------------------------------------

    def _choose(self, value: str) -> None:
        """Choose a style; one that is not on this machine is fetched first, if the user agrees."""
        entry = self._entries.get(value)
        if entry is not None and entry.facts is not None:
            self._ask_to_fetch(entry.facts)
        elif value:
            self.chosen.emit(value)

    def _take(self, value: str) -> None:
        self._choose(value)
        if self._question is None:
            self.close()

    def _ask_to_fetch(self, facts: models.Facts) -> None:
        if self._question is None and self._fetching is None:
            self._question = ask_to_download(facts, self, _("&Download"))
            self._question.finished.connect(lambda _button: self._answered(facts))

    def _answered(self, facts: models.Facts) -> None:
        box, self._question = self._question, None
        if agreed(box):
            self._fetching = Fetching(facts.id, self)
            self._fetching.progressed.connect(self._status.show_progress)
            self._fetching.ended.connect(lambda error: self._fetched(facts, error))
            self._status.begin()

    def _fetched(self, facts: models.Facts, error: errors.NstError | None) -> None:
        self._fetching = None
        self._status.say("")
        if error is None:
            self._catalogue.ask()  # where it lies
            self.chosen.emit(facts.id)
        elif not isinstance(error, errors.Cancelled):
            failure.tell(error, self, _("{title} was not downloaded.").format(title=facts.title))

    def _stop_fetching(self) -> None:
        if self._fetching is not None:
            self._fetching.cancel()

    def done(self, result: int) -> None:
        self._stop_fetching()
        super().done(result)

    def _toggle_star(self, value: str | None) -> None:
        if value:
            self._gallery.favourite(value, not self._gallery.is_favourite(value))
            self._fill()

    def _new(self, path: str) -> None:
        """Choose a picture that was not among the styles, or not at this place."""
        if path:
            self._choose(path)
            self._gallery.used(path)  # so that it is seen here
            self._fill()
            self._list.show_value(path)

    # -- other pictures ------------------------------------------------------------------------------------------

    def _fill_menu(self) -> None:
        self._menu.clear()
        self._menu.addAction(_("Picture &file…")).triggered.connect(lambda: self._browse())
        document = Krita.instance().activeDocument()
        layers = incoming.layers(document)[:MOST_LAYERS] if document is not None else []
        submenu = self._menu.addMenu(_("&Layer"))
        submenu.setEnabled(bool(layers))
        for name, node in layers:
            entry = submenu.addAction(QtGui.QIcon(QtGui.QPixmap.fromImage(node.thumbnail(32, 32))), name.replace("&", "&&"))
            entry.triggered.connect(lambda _checked, node=node: self._take_layer(document, node))
        clipboard = self._menu.addAction(_("&Clipboard"))
        clipboard.setEnabled(incoming.offers(QtWidgets.QApplication.clipboard().mimeData()))
        clipboard.triggered.connect(lambda: self._take_clipboard())
        self._menu.addSeparator()
        self._menu.addAction(_("Show the pictures of a f&older…")).triggered.connect(lambda: self._choose_folder())

    def _browse(self) -> None:
        dialog = QtWidgets.QFileDialog(self, _("Style picture"), self.folder, FILTER)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.ExistingFile)
        dialog.fileSelected.connect(self._new)
        dialog.open()

    def _choose_folder(self) -> None:
        dialog = QtWidgets.QFileDialog(self, _("Folder of style pictures"), self._gallery.folder or self.folder)
        dialog.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.setFileMode(QtWidgets.QFileDialog.FileMode.Directory)
        dialog.setOption(QtWidgets.QFileDialog.Option.ShowDirsOnly)
        dialog.fileSelected.connect(self._show_folder)
        dialog.open()

    def _show_folder(self, path: str) -> None:
        self._gallery.folder = path
        self._fill()

    def _take_layer(self, document: Document, node: Node) -> None:
        self._arrive(lambda: incoming.of_layer(document, node))

    def _take_clipboard(self) -> None:
        self._arrive(lambda: incoming.taken(QtWidgets.QApplication.clipboard().mimeData(), _("Clipboard")))

    def _arrive(self, take: Callable[[], str]) -> None:
        safely(self, lambda: self._new(take()), _("The picture was not taken as a style."))

    def dragEnterEvent(self, event: QtGui.QDragEnterEvent) -> None:
        if incoming.offers(event.mimeData()):
            event.acceptProposedAction()

    def dropEvent(self, event: QtGui.QDropEvent) -> None:
        self._arrive(lambda: incoming.taken(event.mimeData(), _("Dropped picture")))
        event.acceptProposedAction()


def _about(entry: Entry) -> str:
    """What is told beside a style's title, as a sentence."""
    told = "; ".join(filter(None, (entry.credit, models.marks(entry.facts))))
    return texts.sentence(told) if told else ""
