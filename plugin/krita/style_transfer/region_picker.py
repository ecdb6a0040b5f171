"""The choice of where a style goes: everywhere, by the selection, or where a layer is light."""

from __future__ import annotations

from krita import Krita

from . import controls, incoming, masks
from .common import styles
from .common.styles import Region, Styles
from .qt import QtCore, QtGui, QtWidgets

MOST_LAYERS = 40  # in the list
ICON = 32  # pixels of a layer's picture
BY_ITSELF = (styles.EVERYWHERE, styles.INSIDE, styles.OUTSIDE)


class RegionPicker(QtWidgets.QComboBox):
    """`picked` gives a region that the user has chosen."""

    picked = QtCore.pyqtSignal(object)

    def __init__(self) -> None:
        super().__init__(objectName="region")
        self._region = Region()
        self._others: Styles = ()
        controls.keep_narrow(self)
        controls.mind_the_wheel(self)
        self.activated.connect(self._pick)
        self._fill()

    def show_region(self, region: Region, others: Styles) -> None:
        """Show the region of a style beside the `others`."""
        # Their weights don't matter here, and the layers' pictures are not worth making at every step of a slider.
        if (region, [one.region for one in others]) != (self._region, [one.region for one in self._others]):
            self._region, self._others = region, others
            self._fill()

    def _fill(self) -> None:
        """What there is now: layers come and go, and are renamed."""
        self.clear()
        for kind in BY_ITSELF:
            self.addItem(styles.label(Region(kind), self._others), Region(kind))
        places = [self.itemData(place) for place in range(self.count())]
        for name, region, icon in _layers():
            self.addItem(icon, styles.LABELS[styles.LAYER].format(layer=name), region)
            places.append(region)
        if self._region in places:
            self.setCurrentIndex(places.index(self._region))
        else:  # of a layer that is not here, or is called otherwise by now
            self.addItem(styles.label(self._region, self._others), self._region)
            self.setCurrentIndex(self.count() - 1)

    def _pick(self, place: int) -> None:
        self._region = self.itemData(place)
        self.picked.emit(self._region)

    def showPopup(self) -> None:
        self._fill()
        controls.widen_list(self)
        super().showPopup()

    def focusInEvent(self, event: QtGui.QFocusEvent) -> None:
        # Not when the list closes: the keyboard comes back before the choice is told.
        if event.reason() != QtCore.Qt.FocusReason.PopupFocusReason:
            self._fill()
        super().focusInEvent(event)


def _layers() -> list[tuple[str, Region, QtGui.QIcon]]:
    """The active document's layers: the name that tells each from others, the region, and a small picture."""
    document = Krita.instance().activeDocument()
    found = incoming.layers(document)[:MOST_LAYERS] if document is not None else []
    return [
        (
            name,
            Region(styles.LAYER, masks.id_of(node), node.name()),
            QtGui.QIcon(QtGui.QPixmap.fromImage(node.thumbnail(ICON, ICON))),
        )
        for name, node in found
    ]
