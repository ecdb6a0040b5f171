"""The parameters in the dialog: the chosen method's rows alone, the rarely used ones behind a fold."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from common import models
from common.translation import _
from gi.repository import Gimp, GimpUi, GObject, Gtk, Pango
from order import TABLE, property_name

from nst_core import schema

GAP = 6


class Choice(Gtk.Box):
    """A labelled list for a property of `config`; it offers what it is told to, where GIMP's own offers all that exists."""

    def __init__(self, config: Gimp.ProcedureConfig, name: str, pick: Callable[[str], None] | None = None) -> None:
        """`pick` gets the value that the user picks; without it the property is set."""
        super().__init__(spacing=GAP)
        self._config, self._name = config, property_name(name)
        self._pick = pick or (lambda value: config.set_property(self._name, value))
        about = config.find_property(self._name)
        self.list = Gtk.ComboBoxText(hexpand=True, tooltip_text=about.blurb)
        self.list.get_cells()[0].set_property("ellipsize", Pango.EllipsizeMode.END)
        self.label = Gtk.Label(label=about.nick, use_underline=True, xalign=0, mnemonic_widget=self.list)
        self.pack_start(self.label, False, False, 0)
        self.pack_start(self.list, True, True, 0)
        self._handler = self.list.connect("changed", self._picked)
        config.connect(f"notify::{self._name}", lambda *_: self._show())

    def offer(self, entries: Sequence[tuple[str, str]]) -> None:
        """Offer these values with these labels."""
        with self.list.handler_block(self._handler):
            self.list.remove_all()
            for value, label in entries:
                self.list.append(value, label)
        self._show()

    def _show(self) -> None:
        with self.list.handler_block(self._handler):
            self.list.set_active_id(self._config.get_property(self._name))

    def _picked(self, _list: Gtk.ComboBoxText) -> None:
        value = self.list.get_active_id()
        if value is not None and value != self._config.get_property(self._name):
            self._pick(value)


class Rows(Gtk.Box):
    """A row for each of a method's parameters; all methods share one row for what they share."""

    def __init__(self, dialog: GimpUi.ProcedureDialog, config: Gimp.ProcedureConfig, labels: Gtk.SizeGroup) -> None:
        """`labels` keeps this box's labels in line with others."""
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=GAP)
        self._facts: Mapping[str, models.Facts] = {}
        self._method: schema.Method | None = None
        self._rows = {name: self._row(dialog, config, labels, parameter) for name, parameter in TABLE.items()}
        self._plain = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP)
        self._rare = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP, margin_top=GAP, no_show_all=True)
        self._fold = Gtk.Expander(label=_("Ad_vanced"), use_underline=True, no_show_all=True)
        self._fold.add(self._rare)
        # Else Tab leads to what was never shown.
        self._fold.bind_property("expanded", self._rare, "visible", GObject.BindingFlags.SYNC_CREATE)
        self.pack_start(self._plain, False, False, 0)
        self.pack_start(self._fold, False, False, 0)

    def show_method(self, method: schema.Method) -> None:
        """Show the rows that `method` has, in its order."""
        self._method = method
        for box in (self._plain, self._rare):
            for row in box.get_children():
                box.remove(row)
        for parameter in method.parameters:
            row = self._rows[parameter.name]
            self._fit(row, parameter)
            (self._rare if parameter.advanced else self._plain).pack_start(row, False, False, 0)
            row.show_all()
        self._fold.set_visible(bool(self._rare.get_children()))

    def mark(self, facts: Mapping[str, models.Facts]) -> None:
        """Tell in the choice of models what must be downloaded and what may not be sold."""
        self._facts = facts
        if self._method:
            self.show_method(self._method)

    def _row(
        self, dialog: GimpUi.ProcedureDialog, config: Gimp.ProcedureConfig, labels: Gtk.SizeGroup, parameter: schema.Parameter
    ) -> Gtk.Widget:
        name = property_name(parameter.name)
        if parameter.kind == "choice":
            row: Any = Choice(config, name)
            labels.add_widget(row.label)
        elif parameter.kind == "float":
            row = dialog.get_spin_scale(name, 1.0)
            row.set_digits(2)
            row.get_accessible().set_name(parameter.label)  # it draws its label itself
        else:
            row = dialog.get_widget(name, GObject.TYPE_NONE)
            labels.add_widget(row.get_label())
        return row

    def _fit(self, row: Any, parameter: schema.Parameter) -> None:
        """Offer what the method takes: the table's row has room for every method's values."""
        if parameter.kind == "choice":
            facts = self._facts if parameter.name == "model" else {}
            row.offer([(choice.value, models.marked(choice.label, facts.get(choice.value))) for choice in parameter.choices])
        elif parameter.kind == "float":
            row.set_range(parameter.low, parameter.high)
        else:
            row.set_property("lower", parameter.low)
            row.set_property("upper", parameter.high)
