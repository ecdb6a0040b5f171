"""The docker "Style Transfer": the same form as in the window, and a preview that follows the painting."""

from __future__ import annotations

from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase

from .catalogue import Catalogue
from .common.translation import _
from .panel import Panel
from .qt import QtCore, QtGui

NAME = "style_transfer_docker"


class StyleTransferDocker(DockWidget):
    """Krita makes one for each of its windows."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.setWindowTitle(_("Style Transfer"))
        self.panel = Panel(catalogue, letters=None, narrow=True)
        self.setWidget(self.panel)
        self._soon = QtCore.QTimer(self, singleShot=True, interval=0)
        self._soon.timeout.connect(self._look)

    def canvasChanged(self, _canvas: object) -> None:
        """Krita calls this whenever another picture is shown, or none, even in the midst of its window's end.

        So Krita must not be asked for anything here: looking for its active layer it turns to other events, the deletion of the
        window that it is about to close among them (5.3 and 6.0 crash).
        """
        self._soon.start()

    def _look(self) -> None:
        if self.isVisible():
            self.panel.name_target()
            self.panel.pane.look()

    def showEvent(self, event: QtGui.QShowEvent) -> None:
        super().showEvent(event)
        self._soon.start()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        self.panel.form.remember()
        super().hideEvent(event)


def factory(catalogue: Catalogue) -> DockWidgetFactory:
    """What makes our docker in each of Krita's windows."""
    place = DockWidgetFactoryBase.DockPosition.DockRight
    return DockWidgetFactory(NAME, place, lambda: StyleTransferDocker(catalogue))
