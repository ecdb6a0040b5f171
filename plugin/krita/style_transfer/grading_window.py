"""Filter → Compare with My Painting…: the window that asks what is compared and shows the grades, and its menu entry."""

from __future__ import annotations

from krita import Document, Extension, Krita, Node, Window

from . import actions, failure, pixels, settings
from .catalogue import Catalogue
from .common import grading, texts
from .common.translation import _
from .controls import CLOSE, Button, Letters, button, label_for
from .grading import Comparison, Verdict, others
from .guard import safely
from .nst_core import errors
from .qt import QtCore, QtGui, QtWidgets
from .question import agreed, ask_to_download
from .status import Status
from .style_chooser import StyleChooser

ACTION = "style_transfer_compare"
TITLE = _("Compare with My Painting")
HEADLINE = _("The layers were not compared.")
COMPARE = _("&Compare")
WIDTH = 440
STEPS = 100
FIELDS = 3  # over the grades


class Comparing(Extension):
    """Puts the entry into the menu; at most one window is open."""

    def __init__(self, parent: Krita, catalogue: Catalogue) -> None:
        super().__init__(parent)
        self._catalogue = catalogue
        self.window: GradingWindow | None = None

    def setup(self) -> None:
        """Krita calls this once at its start; there is nothing to do."""

    def createActions(self, window: Window) -> None:
        """Krita calls this for each of its windows; the slot doesn't hold `window`, whose wrapper lives no longer than this."""
        action = actions.made(
            window,
            ACTION,
            _("Compare with My Painting…"),
            _("Grade the active layer beside another one"),
            _(
                "Grades from 0 to 10 how near the active layer comes to another layer and to a style, and shows where it differs "
                "on a new layer."
            ),
        )
        action.triggered.connect(lambda: self._open(Krita.instance().activeWindow().qwindow()))

    def _open(self, parent: QtWidgets.QWidget) -> None:
        def show() -> None:
            document = Krita.instance().activeDocument()
            if document is None:
                raise errors.PictureError(_("no picture is open: open or create one first"))
            if self.window is not None:
                self.window.close()
            self._catalogue.ask()
            self.window = GradingWindow(document, painting_of(document), self._catalogue, parent)
            self.window.destroyed.connect(self._closed)
            self.window.show()

        safely(parent, show, HEADLINE)

    def _closed(self, *_: object) -> None:
        self.window = None


def painting_of(document: Document) -> Node:
    """The active layer; PictureError when it is none, or the heat map of a comparison."""
    node = pixels.layer(document.activeNode())
    if grading.is_heat_map(node.name()):
        raise errors.PictureError(
            _('the heat map "{name}" is active: choose the layer of your painting').format(name=node.name())
        )
    return node


class GradingWindow(QtWidgets.QDialog):
    """The active layer beside another one; it stays open, so that one can paint on and compare again."""

    def __init__(self, document: Document, painting: Node, catalogue: Catalogue, parent: QtWidgets.QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(QtCore.Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(TITLE)
        self._document, self._painting = document, painting
        self._layers = others(document, painting)
        self._comparison: Comparison | None = None
        self.last: Verdict | None = None
        self.reference = QtWidgets.QComboBox(objectName="reference")
        self.reference.addItems([node.name() for node in self._layers])
        self._catalogue = catalogue
        letters = texts.letters("&", COMPARE, CLOSE)
        self.style = StyleChooser(settings.read("folder"), letters, catalogue, narrow=True)
        self.style.changed.connect(self._allow_none)
        self._none = button(_("No style"), "no-style", _("Grade beside the other layer alone."), letters)
        self._none.clicked.connect(lambda: self.style.choose(""))
        self._question: QtWidgets.QMessageBox | None = None
        self._status = Status(letters)
        self._status.cancelled.connect(self._stop)
        self._grid = QtWidgets.QGridLayout()
        self._grades: list[QtWidgets.QWidget] = []  # in the grid's lower rows
        self.compare = Button(COMPARE, objectName="compare", default=True, enabled=bool(self._layers))
        self.compare.clicked.connect(self._begin)
        self._allow_none()
        self._lay_out(letters)
        if not self._layers:
            self._status.say(_("There is only this layer: keep the stylized result as a layer of this picture."))

    def _lay_out(self, letters: Letters) -> None:
        close = QtWidgets.QPushButton(CLOSE, autoDefault=False)
        close.clicked.connect(self.close)
        style, buttons = QtWidgets.QWidget(), QtWidgets.QHBoxLayout()
        row = QtWidgets.QHBoxLayout(style)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(self.style, 1)
        row.addWidget(self._none, 0, QtCore.Qt.AlignmentFlag.AlignBottom)
        buttons.addStretch()
        buttons.addWidget(self.compare)
        buttons.addWidget(close)
        name = QtWidgets.QLabel(self._painting.name(), textFormat=QtCore.Qt.TextFormat.PlainText)
        self.reference.setAccessibleName(_("Compared with"))
        self.reference.setToolTip(_("The layer that the painting is graded beside: the stylized result, as a rule."))
        labels = (
            label_for(name, _("Painting"), None),
            label_for(self.reference, _("Compared with"), letters),
            label_for(style, _("Style picture"), None),
        )
        for label in labels:
            place = self._grid.rowCount()
            self._grid.addWidget(label, place, 0)
            self._grid.addWidget(label.buddy(), place, 1, 1, 2)
        self._grid.setColumnStretch(1, 1)
        self.compare.setToolTip(_("Grade the painting, and show where it differs on a new layer above it."))
        close.setToolTip(_("Close this window; a running comparison is cancelled."))
        column = QtWidgets.QVBoxLayout(self)
        column.addLayout(self._grid)
        column.addWidget(self._status)
        column.addLayout(buttons)
        self.setMinimumWidth(WIDTH)

    def reject(self) -> None:
        """Escape stops a comparison first, and closes the window the next time."""
        if self._comparison is not None:
            self._comparison.cancel()
        else:
            super().reject()

    def closeEvent(self, event: QtGui.QCloseEvent) -> None:
        if self._comparison is not None:
            self._comparison.cancel()
        super().closeEvent(event)

    def _allow_none(self) -> None:
        """Without a style there is none to take away."""
        self._none.setEnabled(bool(self.style.path))

    def _begin(self, *_ignored: object) -> None:
        safely(self, self._ask_or_start, HEADLINE)

    def _ask_or_start(self) -> None:
        """A painting that is not on this machine is fetched when the user has agreed."""
        facts = self._catalogue.facts.get(self.style.path)
        if facts is None or facts.installed:
            self._start()
        else:
            self._question = ask_to_download(facts, self, _("&Download and compare"))
            self._question.finished.connect(lambda _button: self._answered())

    def _answered(self) -> None:
        box, self._question = self._question, None
        if agreed(box):
            safely(self, self._start, HEADLINE)

    def _start(self) -> None:
        reference = self._layers[self.reference.currentIndex()]
        self._comparison = Comparison(self._document, self._painting, reference, self.style.path, self)
        self._comparison.progressed.connect(self._status.show_progress)
        self._comparison.ended.connect(self._arrived)
        self.compare.setEnabled(False)
        self._status.begin()

    def _stop(self) -> None:
        if self._comparison is not None:
            self._comparison.cancel()

    def _arrived(self, verdict: Verdict) -> None:
        self.last, self._comparison = verdict, None
        self.compare.setEnabled(True)
        self._status.say("")
        if verdict.graded is not None:
            self._show(verdict)
        elif not isinstance(verdict.error, errors.Cancelled):
            failure.tell(verdict.error, self, HEADLINE)

    def _show(self, verdict: Verdict) -> None:
        """Each grade as a bar, a number and words."""
        for widget in self._grades:
            self._grid.removeWidget(widget)
            widget.deleteLater()
        self._grades, graded = [], verdict.graded
        for row, (label, grade, words, hint) in enumerate(grading.rows(graded.grades, graded.words), FIELDS + 1):
            bar = QtWidgets.QProgressBar(maximum=STEPS, value=round(grade / grading.LARGEST * STEPS), textVisible=False)
            bar.setAccessibleName(f"{label}: {words}")
            for column, widget in enumerate((label_for(bar, label, None), bar, QtWidgets.QLabel(words))):
                widget.setToolTip(hint)
                self._grid.addWidget(widget, row, column)
                self._grades.append(widget)
        self._status.say(texts.sentence(grading.LEGEND + grading.part_told(graded.painted)))
        self.adjustSize()
