"""What Krita knows of us: an entry in the Filter menu that opens the window."""

from __future__ import annotations

from krita import Extension, Krita, Window

from . import failure
from .catalogue import Catalogue
from .dialog import StyleTransferDialog
from .nst_core import errors

ACTION = "style_transfer"


class StyleTransfer(Extension):
    """Lives as long as Krita does; at most one window of ours is open."""

    def __init__(self, parent: Krita) -> None:
        super().__init__(parent)
        self.catalogue = Catalogue()
        self.dialog: StyleTransferDialog | None = None

    def setup(self) -> None:
        """Krita calls this once at its start; there is nothing to do."""

    def createActions(self, window: Window) -> None:
        """Put our entry into the menu of `window`; Krita calls this for each of its windows."""
        action = window.createAction(ACTION, "Style Transfer…", "filter")
        # Not for `window`: Krita's wrapper of it lives no longer than this call.
        action.triggered.connect(lambda: self.open())

    def open(self) -> None:
        """Show our window, on top if it is open already."""
        window = Krita.instance().activeWindow().qwindow()
        try:
            if self.dialog is None:
                self.catalogue.ask()
                self.dialog = StyleTransferDialog(self.catalogue, window)
                self.dialog.finished.connect(self._closed)
                self.dialog.destroyed.connect(self._closed)  # with the window that it belongs to
            self.dialog.show()
            self.dialog.raise_()
            self.dialog.activateWindow()
        except errors.NstError as error:
            failure.tell(error, window)
        except Exception as error:  # an exception that leaves a slot ends Krita
            failure.tell(failure.unexpected(error), window)

    def _closed(self, *_: object) -> None:
        self.dialog = None
