"""What Krita knows of us: the entries in the Filter menu, one that opens the window, one that paints as the last time."""

from __future__ import annotations

import os
from collections.abc import Callable

from krita import Extension, Krita, Window

from . import actions, first_use, last_order
from .catalogue import Catalogue
from .common.translation import _
from .dialog import StyleTransferDialog
from .guard import safely
from .nst_core import client
from .output_button import remembered
from .painting import Painting
from .progress_window import ProgressWindow
from .qt import QtWidgets

ACTION = "style_transfer"
AGAIN = "style_transfer_again"


class StyleTransfer(Extension):
    """Lives as long as Krita does; at most one window of ours is open."""

    def __init__(self, parent: Krita) -> None:
        super().__init__(parent)
        client.ask_for(os.getpid())  # Krita: the worker need not outlive it for long
        self.catalogue = Catalogue()
        self.dialog: StyleTransferDialog | None = None
        self.progress: ProgressWindow | None = None

    def setup(self) -> None:
        """Krita calls this once at its start; there is nothing to do."""

    def createActions(self, window: Window) -> None:
        """Put our entries into the menu of `window`; Krita calls this for each of its windows."""
        # Their slots don't hold `window`: Krita's wrapper of it lives no longer than this call.
        action = actions.made(
            window,
            ACTION,
            _("Style Transfer…"),
            _("Paint the active layer in the style of another picture"),
            _("Paints the active layer in the style of another picture, on a new layer above it."),
        )
        action.triggered.connect(lambda: self._safely(self._open))
        action = actions.made(
            window,
            AGAIN,
            _("Apply Style Transfer Again"),
            _("Paint the active layer as the last one was"),
            _("Paints the active layer once more with the method, style and parameters that were applied last."),
        )
        action.triggered.connect(lambda: self._safely(self._apply_again))

    def _safely(self, work: Callable[[QtWidgets.QWidget], None]) -> None:
        """Do `work` for the window that is in front, and tell its failure there."""
        window = Krita.instance().activeWindow().qwindow()
        safely(window, lambda: work(window))

    def _open(self, window: QtWidgets.QWidget) -> None:
        """Show our window, on top if it is open already; before the first use there is something to set up."""
        if not client.is_set_up():
            first_use.offer(window, lambda: self._safely(self._open))
            return
        if self.dialog is None:
            self.catalogue.ask()
            self.dialog = StyleTransferDialog(self.catalogue, window)
            self.dialog.finished.connect(self._closed)
            self.dialog.destroyed.connect(self._closed)  # with the window that it belongs to
        self.dialog.show()
        self.dialog.raise_()
        self.dialog.activateWindow()

    def _apply_again(self, window: QtWidgets.QWidget) -> None:
        """Paint the active layer as the last one was; the first time there is something to choose."""
        order = last_order.read()
        if order is None:
            self._open(window)
        elif self.progress is None:
            self.progress = ProgressWindow(Painting(order, remembered(), self.catalogue, window), window)
            self.progress.destroyed.connect(self._finished)
            self.progress.start()

    def _closed(self, *_: object) -> None:
        self.dialog = None

    def _finished(self, *_: object) -> None:
        self.progress = None
