"""The preview in a window: watches the active layer and the form, and shows what applying would give."""

from __future__ import annotations

from collections.abc import Callable

from krita import Document, Krita, Node

from . import failure, pixels, reduced, settings
from .catalogue import Catalogue
from .common import models, texts
from .common.translation import _
from .form import Form
from .nst_core import client, errors
from .preview import Preview
from .qt import QtCore, QtGui, QtWidgets, is_gone
from .split_view import SplitView

LOOK_MILLISECONDS = 200  # between two looks at the layer
SETTLE_MILLISECONDS = 25  # in which several changes of the form become one

LIVE_HELP = _("Paint the preview anew whenever the layer has changed, after each stroke.")


class PreviewPane(QtWidgets.QWidget):
    """Works while it is visible; `retargeted` comes when another layer or selection would be painted."""

    retargeted = QtCore.pyqtSignal()

    def __init__(self, form: Form, catalogue: Catalogue) -> None:
        super().__init__()
        self.view = SplitView()
        self.preview = Preview(self)
        self._form = form
        self._catalogue = catalogue
        self._paused = False
        self._giving_way = 0  # to so many paintings, in whichever window
        self._busy = False
        self._source: reduced.Reduced | None = None
        self._traced: reduced.Trace | None = None  # the layer's, when the source was read
        self._glimpsed: reduced.Trace | None = None  # at the last look
        self._live = QtWidgets.QCheckBox(_("Live"), objectName="live")
        self._live.setToolTip(LIVE_HELP)
        self._live.setChecked(settings.read("live", "on") == "on")
        self._live.toggled.connect(self._set_live)
        self._note = QtWidgets.QLabel(objectName="note")
        self._lay_out()
        self._delay = QtCore.QTimer(self, singleShot=True, interval=SETTLE_MILLISECONDS)
        self._delay.timeout.connect(self.refresh)
        self._watch = QtCore.QTimer(self, interval=LOOK_MILLISECONDS)
        self._watch.timeout.connect(self.look)
        form.changed.connect(self._delay.start)
        catalogue.changed.connect(self._delay.start)
        catalogue.engaged.connect(self._give_way)
        self.preview.painted.connect(self._show)
        self.preview.said.connect(self._say)

    def add(self, widget: QtWidgets.QWidget) -> None:
        """Put `widget` under the preview's right corner."""
        self._row.addWidget(widget)

    def pause(self, paused: bool) -> None:
        """Stand still while a layer is painted in earnest."""
        self._paused = paused
        self._rest_or_go_on()

    def show_so_far(self, picture: client.Picture) -> None:
        """Show a picture of the layer that is painted in earnest."""
        if self._source is not None:
            size = self._source.image.size()
            self._show(self._source.painted(reduced.image_of(picture).scaled(size, reduced.UNSCALED, reduced.SMOOTH)))

    def refresh(self) -> None:
        """Read the layer and paint it anew."""
        if self._busy:
            self._delay.start()
        elif not self._resting and self.isVisible():
            self._safely(self._read_or_paint)

    def look(self) -> None:
        """See whether the user has gone to another layer, or painted; never in the middle of a stroke."""
        if not self._resting and QtWidgets.QApplication.mouseButtons() == QtCore.Qt.MouseButton.NoButton:
            self._safely(self._compare)

    @property
    def _resting(self) -> bool:
        return self._paused or self._giving_way > 0

    def _give_way(self, engaged: bool) -> None:
        """The worker paints one thing after the other: what is painted in earnest must not wait for a preview elsewhere."""
        self._giving_way += 1 if engaged else -1
        self._rest_or_go_on()

    def _rest_or_go_on(self) -> None:
        if self._resting:
            self.preview.cancel()
            self._note.setText("")
        elif self.isVisible():
            self._delay.start()

    # -- inside --------------------------------------------------------------------------------------------------

    def _lay_out(self) -> None:
        self._row = QtWidgets.QHBoxLayout()
        self._row.addWidget(self._live)
        self._row.addStretch(1)
        self._row.addWidget(self._note)
        column = QtWidgets.QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(4)
        column.addWidget(self.view, 1)
        column.addLayout(self._row)

    def _safely(self, work: Callable[[], None]) -> None:
        """Do it; what can't be shown is said in the preview's place, and nothing else is disturbed.

        Krita may turn to other events while it looks for its active layer (seen in 5.3): our own timers, even our end.
        """
        if self._busy:
            return
        self._busy = True
        error = failure.of(work)
        self._busy = False
        if error is not None and not is_gone(self):
            self._lose(texts.sentence(error.message))

    def _lose(self, text: str) -> None:
        self.preview.cancel()
        self._note.setText("")
        self.view.say(text)
        had, self._source, self._traced = self._traced, None, None
        if had is not None:
            self.retargeted.emit()

    def _compare(self) -> None:
        trace = self._trace()
        settled, self._glimpsed = trace == self._glimpsed, trace
        # A trace that still changes is a stroke that goes on: with a pen, Qt knows of no button.
        if not trace.same_place(self._traced) or (trace != self._traced and settled and self._live.isChecked()):
            self._read(trace)

    def _read_or_paint(self) -> None:
        """Paint again what was read, as long as it is what the layer shows."""
        trace = self._trace()
        if self._source is not None and trace == self._traced:
            self._paint()
        else:
            self._read(trace)

    def _trace(self) -> reduced.Trace:
        return reduced.trace(*_active(), self._form.styles)

    def _read(self, trace: reduced.Trace) -> None:
        """Take a copy of the layer, show it, and have it painted."""
        moved = not trace.same_place(self._traced)
        source = reduced.read(*_active(), self._form.styles)
        self._source, self._traced = source, trace
        # On the same layer, the last picture stays until the next one comes.
        self.view.show_pictures(source.image, None if moved else self.view.after)
        if moved:
            self.retargeted.emit()
        self._paint()

    def _paint(self) -> None:
        if self._form.missing:
            self.preview.cancel()
            self.view.say(self._form.missing)
        elif self._catalogue.facts:
            self._paint_if_here()
        else:
            self._catalogue.when_known(self._paint_when_known)

    def _paint_when_known(self) -> None:
        self._safely(self._paint_if_here)

    def _paint_if_here(self) -> None:
        """Go, unless the model would have to be fetched first: that is asked when it is applied."""
        if self._source is None or self._resting or self._form.missing:
            return
        order = self._form.order()
        lacking = self._catalogue.lacking(order)
        if lacking:
            facts = lacking[0]
            self.preview.cancel()
            self._note.setText("")
            self.view.say(
                _("{title} is not on this machine yet ({marks}): Apply fetches it.").format(
                    title=facts.title, marks=models.marks(facts)
                )
            )
            return
        self._note.setText(_("Painting…"))
        self.preview.ask(self._source, order)

    def _show(self, picture: QtGui.QImage) -> None:
        if self._source is not None:
            self.view.show_pictures(self._source.image, picture)

    def _say(self, text: str) -> None:
        self._note.setText("")
        if text:
            self.view.say(text)

    def _set_live(self, live: bool) -> None:
        settings.write("live", "on" if live else "off")
        if live:
            self.refresh()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._watch.start()
        self._delay.start()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        super().hideEvent(event)
        self._watch.stop()
        self.preview.cancel()


def _active() -> tuple[Document, Node]:
    """What would be painted; PictureError when there is nothing."""
    document = Krita.instance().activeDocument()
    if document is None:
        raise errors.PictureError(_("no picture is open"))
    return document, pixels.layer(document.activeNode())
