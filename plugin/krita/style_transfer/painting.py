"""A painting that was asked for: what the user must know of the model first, then the layer's journey."""

from __future__ import annotations

from collections.abc import Callable

from krita import Document, Krita, Node

from . import failure, last_order, pixels, results
from .catalogue import Catalogue
from .common import models
from .common.output import Output
from .common.translation import _
from .journey import Journey, Outcome, is_open
from .nst_core import client, errors
from .order import Order
from .qt import QtCore, QtWidgets, let_go
from .question import agreed, ask_to_download

LOOKING = client.Progress(0.0, _("looking which models are here"), None)
READING = client.Progress(0.0, _("reading the layer"), None)
DRAWN_MILLISECONDS = 20  # in which a window shows that: Krita stands still while a large layer is read


class Painting(QtCore.QObject):
    """`progressed` gives a `client.Progress`, `previewed` the `client.Picture` so far; `ended` an `Outcome`, always and once."""

    progressed = QtCore.pyqtSignal(object)
    previewed = QtCore.pyqtSignal(object)
    ended = QtCore.pyqtSignal(object)

    def __init__(self, order: Order, output: Output, catalogue: Catalogue, window: QtWidgets.QWidget) -> None:
        """Take the active layer, now; `start` does the rest. PictureError when there is nothing to paint."""
        super().__init__(window)
        document = Krita.instance().activeDocument()
        if document is None:
            raise errors.PictureError(_("no picture is open: open or create one first"))
        self._document: Document = document
        self._node: Node = pixels.layer(document.activeNode())
        self._order, self._output = order, output
        self._catalogue = catalogue
        self._window = window
        self._question: QtWidgets.QMessageBox | None = None
        self._done = self._engaged = False
        self._reading = QtCore.QTimer(self, singleShot=True, interval=DRAWN_MILLISECONDS)
        self._reading.timeout.connect(lambda: self._safely(self._read))
        self.journey: Journey | None = None

    @property
    def asking(self) -> bool:
        """True while the user has a question to answer."""
        return self._question is not None

    def start(self) -> None:
        """Ask what must be asked, and go; returns at once."""
        self.progressed.emit(LOOKING)
        self._catalogue.when_known(self._ask)

    def cancel(self) -> None:
        """Stop; `ended` has come with Cancelled when this returns, unless it had come before."""
        if self._done:
            return
        if self.journey is not None:
            self.journey.cancel()
        else:
            self._end(Outcome(error=errors.Cancelled()))

    def finish(self) -> None:
        """Keep what is painted so far."""
        if self.journey is not None:
            self.journey.finish()

    def _safely(self, work: Callable[[], None]) -> None:
        """Do it; a failure is the painting's end."""
        error = failure.of(work)
        if error is not None:
            self._end(Outcome(error=error))

    def _ask(self) -> None:
        if not self._done:
            self._safely(self._ask_or_go)

    def _ask_or_go(self) -> None:
        facts = self._catalogue.to_ask_about(self._order)
        if facts is None:
            self._go()
        else:
            self._question = ask_to_download(facts, self._window, _("&Download and paint"))
            self._question.finished.connect(lambda _button: self._answered(facts))

    def _answered(self, facts: models.Facts) -> None:
        box, self._question = self._question, None
        if self._done or box is None:
            return
        if agreed(box):
            self._catalogue.agree(facts)
            self._ask()  # of what else there is to fetch
        else:
            self._end(Outcome(error=errors.Cancelled()))

    def _go(self) -> None:
        self.progressed.emit(READING)
        self._reading.start()

    def _read(self) -> None:
        if self._done:
            return
        if not is_open(self._document):
            raise errors.PictureError(_("the picture was closed before it was painted: open it and try again"))
        last_order.keep(self._order)
        self._catalogue.engaged.emit(True)
        self._engaged = True
        # The window may go with all that is in it; the previews in other windows must go on all the same.
        self.destroyed.connect(lambda: None if self._done else self._catalogue.engaged.emit(False))
        self.journey = Journey(self._document, self._node, self._order, self._output, self)
        self.journey.progressed.connect(self.progressed)
        self.journey.previewed.connect(self.previewed)
        self.journey.ended.connect(self._end)

    def _end(self, outcome: Outcome) -> None:
        if self._done:
            return
        self._done = True
        if self._engaged:
            self._catalogue.engaged.emit(False)
        if self._question is not None:
            self._question.close()
        if self.journey is not None and self._catalogue.lacking(self._order):
            self._catalogue.ask()  # it may be on the disk now
        if outcome.layer is not None:
            results.keep(self._order, outcome.layer, self._catalogue)
        self.ended.emit(outcome)
        let_go(self)
