"""What to paint with: the method, the style picture where one is taken, and the method's parameters; the same in every window."""

from __future__ import annotations

import contextlib
import json
from typing import Any

from . import controls, keeping, settings
from .catalogue import Catalogue
from .common import models, schema_words, styles
from .common.styles import Styles
from .common.translation import _
from .controls import Letters
from .nst_core import schema
from .order import Order
from .presets_row import PresetsRow
from .qt import QtCore, QtWidgets
from .rows import GAP, Rows
from .style_mix import StyleMix
from .thumbnails import own_styles

METHOD_HELP = _("The way to paint.")


class Form(QtWidgets.QWidget):
    """Reads and shows an order; `changed` comes with every change of it, `reshaped` when other rows are shown."""

    changed = QtCore.pyqtSignal()
    reshaped = QtCore.pyqtSignal()

    def __init__(self, catalogue: Catalogue, letters: Letters, narrow: bool = False) -> None:
        """Letters for shortcuts that are not in `letters` are used and added; `narrow` is for a docker."""
        super().__init__()
        self._catalogue = catalogue
        self._rows: dict[str, Rows] = {}
        self._unfolded = settings.read("advanced") == "shown"
        self._methods = self._make_methods()
        self._label = controls.label_for(self._methods, _("Method"), letters)
        self._label.ensurePolished()
        self.mix = StyleMix(settings.read("folder"), letters, catalogue, narrow)
        self.chooser = self.mix.chooser
        self._letters = letters
        self.presets = PresetsRow(self.order)
        self._preset_label = controls.label_for(self.presets.picker, _("Preset"), letters)
        self._head = QtWidgets.QGridLayout()
        self._head.setColumnStretch(1, 1)
        self._head.setHorizontalSpacing(GAP)
        self._head.addWidget(self._preset_label, 0, 0)
        self._head.addWidget(self.presets, 0, 1)
        self._head.addWidget(self._label, 1, 0)
        self._head.addWidget(self._methods, 1, 1)
        self._column = QtWidgets.QVBoxLayout(self)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(10)
        self._column.addLayout(self._head)
        self._column.addWidget(self.mix)
        self._column.addStretch(1)  # all rows stand above it
        self._recall()
        self.mix.changed.connect(self.changed)
        self.mix.reshaped.connect(self.reshaped)
        self._methods.currentIndexChanged.connect(self._choose_method)
        catalogue.changed.connect(self._mark)
        self.changed.connect(self.presets.mark)
        self.presets.chosen.connect(lambda preset: self.show_choice(preset.method, preset.styles, preset.parameters))

    # -- what is chosen ------------------------------------------------------------------------------------------

    @property
    def method(self) -> schema.Method:
        """The chosen method."""
        return self._rows[self._methods.currentData()].method

    @property
    def missing(self) -> str:
        """What has yet to be chosen, as a sentence; "" when nothing has."""
        if self.method.styles and not self.mix.styles:
            return _("Choose a style picture.")
        if styles.weightless(self.mix.styles):
            return styles.WEIGHTLESS
        if self.parameters().get("model") == schema.NO_MODEL:
            return _("Choose a model.")
        return ""

    @property
    def styles(self) -> Styles:
        """The chosen styles, as far as the method takes any."""
        return self.mix.styles

    def order(self) -> Order:
        """What is chosen now."""
        return Order(self._methods.currentData(), self.styles, self.parameters())

    def parameters(self) -> dict[str, Any]:
        """The chosen method's parameters as they stand."""
        return self._rows[self._methods.currentData()].values()

    def choose_method(self, name: str) -> None:
        """Make `name` the method."""
        self._methods.setCurrentIndex(self._methods.findData(name))

    def choose_style(self, path: str) -> None:
        """Make the picture at `path` the style, or one more where there are several."""
        self.mix.take(path)

    def show_choice(self, method: str, chosen: Styles, parameters: dict[str, Any]) -> None:
        """Show a whole choice, as a preset or a result has it; what only the command line knows is left aside."""
        self.choose_method(method)
        if chosen:
            self.mix.show_styles(chosen)
        here = self.parameters()
        self.set_parameters({name: value for name, value in parameters.items() if name in here})

    def set_parameters(self, values: dict[str, Any]) -> None:
        """Show `values` of the chosen method; what they don't name stays."""
        self._rows[self.method.name].show_values(values)

    def restore_defaults(self) -> None:
        """Set the chosen method's parameters back to how they came."""
        self.set_parameters(self.method.defaults)

    def remember(self) -> None:
        """Keep all that is chosen for the next time, for every method that was looked at."""
        settings.write("method", self.method.name)
        settings.write("styles", json.dumps(styles.to_json(self.mix.all_styles)))
        settings.write("folder", self.chooser.folder)
        settings.write("advanced", "shown" if self._unfolded else "hidden")
        for rows in self._rows.values():
            settings.write_parameters(rows.method, rows.values())

    # -- building ------------------------------------------------------------------------------------------------

    def _make_methods(self) -> QtWidgets.QComboBox:
        known = tuple(map(schema_words.method, schema.METHODS.values()))
        methods = controls.make(
            schema.Parameter(
                "method",
                "choice",
                schema.DEFAULT_METHOD,
                _("Method"),
                METHOD_HELP,
                choices=tuple(schema.Choice(method.name, method.label) for method in known),
            )
        )
        for place, method in enumerate(known):
            methods.setItemData(place, method.help, QtCore.Qt.ItemDataRole.ToolTipRole)
        methods.setObjectName("method")
        return methods

    def _recall(self) -> None:
        """Show what was chosen last time; the first time, one of our own styles, so that painting works at once."""
        self.mix.show_styles(_kept_styles())
        known = self._methods.findData(settings.read("method", schema.DEFAULT_METHOD))
        self._methods.setCurrentIndex(max(known, 0))
        self._show_rows()
        self._mark()

    # -- what is shown -------------------------------------------------------------------------------------------

    def _choose_method(self, _place: int) -> None:
        self._show_rows()
        self.changed.emit()

    def _show_rows(self) -> None:
        """The chosen method's rows alone, with the values that it was left with."""
        chosen = self._methods.currentData()
        if chosen not in self._rows:
            self._rows[chosen] = self._make_rows(schema_words.method(schema.method(chosen)))
        method = self.method
        self._methods.setToolTip(method.help)
        self._methods.setAccessibleDescription(method.help)
        self._label.setToolTip(method.help)
        self.mix.limit(method.styles)
        self.mix.setVisible(method.styles > 0)
        for name, rows in self._rows.items():
            rows.setVisible(name == method.name)
        self._rows[method.name].unfold(self._unfolded)
        self._align()
        self.reshaped.emit()

    def _make_rows(self, method: schema.Method) -> Rows:
        rows = Rows(method, self._letters)
        rows.show_values(settings.read_parameters(method))
        rows.mark(self._catalogue.facts)
        rows.changed.connect(self.changed)
        rows.folded.connect(self._fold)
        self._column.insertWidget(self._column.count() - 1, rows)
        return rows

    def _fold(self, shown: bool) -> None:
        self._unfolded = shown
        self.reshaped.emit()

    def _align(self) -> None:
        rows = self._rows[self.method.name]
        width = max(rows.label_width, self._label.sizeHint().width())
        self._head.setColumnMinimumWidth(0, width)
        rows.align(width)

    def _mark(self) -> None:
        """Tell what is known of the models: in the choice of models, or at the method that has only one."""
        facts = self._catalogue.facts
        for rows in self._rows.values():
            rows.mark(facts)
        self._methods.relabel(lambda name, label: models.marked(label, facts.get(schema.method(name).model)))


def _kept_styles() -> Styles:
    """The choice of last time; the first time, one of our own styles, so that painting works at once."""
    with contextlib.suppress(ValueError, TypeError, KeyError):  # of another version, or nothing
        return styles.from_json(json.loads(settings.read("styles")), keeping.samples_folder())
    return styles.alone(settings.read("style", own_styles()[0]))  # as versions before wrote it
