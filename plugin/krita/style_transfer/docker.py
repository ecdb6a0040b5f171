"""The docker "Style Transfer": the same form as in the window, and a preview that follows the painting."""

from __future__ import annotations

from krita import DockWidget, DockWidgetFactory, DockWidgetFactoryBase

from .catalogue import Catalogue
from .common.translation import _
from .panel import Panel
from .qt import QtGui

NAME = "style_transfer_docker"


class StyleTransferDocker(DockWidget):
    """Krita makes one for each of its windows."""

    def __init__(self, catalogue: Catalogue) -> None:
        super().__init__()
        self.setWindowTitle(_("Style Transfer"))
        self.panel = Panel(catalogue, letters=None, narrow=True)
        self.setWidget(self.panel)

    def canvasChanged(self, _canvas: object) -> None:
        """Krita calls this whenever another picture is shown, or none."""
        self.panel.name_target()
        self.panel.pane.look()

    def hideEvent(self, event: QtGui.QHideEvent) -> None:
        self.panel.form.remember()
        super().hideEvent(event)


def factory(catalogue: Catalogue) -> DockWidgetFactory:
    """What makes our docker in each of Krita's windows."""
    place = DockWidgetFactoryBase.DockPosition.DockRight
    return DockWidgetFactory(NAME, place, lambda: StyleTransferDocker(catalogue))
