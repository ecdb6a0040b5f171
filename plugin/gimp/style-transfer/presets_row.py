"""The row of presets on top of the dialog: one list, and a menu to save, rename, delete, export and import."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import chosen
import order
from common import texts
from common.presets import SUFFIX, Preset, Presets
from common.translation import _
from gi.repository import Gimp, Gtk, Pango

from nst_core import errors

NONE = _("Own settings")
GAP = 6


class PresetsRow(Gtk.Box):
    """Applies presets to `config` and makes them of it; `say` is told what went wrong, in a sentence."""

    def __init__(self, config: Gimp.ProcedureConfig, presets: Presets, say: Callable[[str], None]) -> None:
        super().__init__(spacing=GAP)
        self._config, self._presets, self._say = config, presets, say
        self._known: dict[str, Preset] = {}
        self.list = Gtk.ComboBoxText(hexpand=True, tooltip_text=_("Method, style and settings under a name of yours."))
        self.list.get_cells()[0].set_property("ellipsize", Pango.EllipsizeMode.END)
        self.label = Gtk.Label(label=_("Pr_eset"), use_underline=True, xalign=0, mnemonic_widget=self.list)
        self._handler = self.list.connect("changed", lambda _list: self._apply())
        self.menu = Gtk.Menu()
        self._items = {
            name: self._item(name, act)
            for name, act in (
                (_("Save as…"), self._save),
                (_("Rename…"), self._rename),
                (_("Delete"), self._delete),
                (_("Export…"), self._export),
                (_("Import…"), self._import),
            )
        }
        self.menu.show_all()
        button = Gtk.MenuButton(popup=self.menu, tooltip_text=_("Save, rename, delete, export or import presets"))
        button.set_image(Gtk.Image.new_from_icon_name("open-menu-symbolic", Gtk.IconSize.BUTTON))
        button.get_accessible().set_name(_("Manage presets"))
        self.menu_button = button
        self.pack_start(self.label, False, False, 0)
        self.pack_start(self.list, True, True, 0)
        self.pack_start(button, False, False, 0)
        config.connect("notify", lambda *_: self._show())
        self._offer()

    @property
    def current(self) -> str:
        """The name of the preset that is chosen as it is; "" when there is none."""
        return self.list.get_active_id() or ""

    def _item(self, name: str, act: Callable[[], None]) -> Gtk.MenuItem:
        item = Gtk.MenuItem(label=name)
        item.connect("activate", lambda _item: self._safely(act))
        self.menu.append(item)
        return item

    # -- what is shown

    def _offer(self) -> None:
        """Fill the list anew."""
        self._known = {preset.name: preset for preset in self._presets.all()}
        with self.list.handler_block(self._handler):
            self.list.remove_all()
            self.list.append("", NONE)
            for name in self._known:
                self.list.append(name, name)
        self._show()

    def _show(self) -> None:
        """Name the preset that is chosen as it is; the one that was chosen last, where two are alike."""
        alike = [name for name, preset in self._known.items() if self._stands(preset)]
        name = self.current if self.current in alike else next(iter(alike), "")
        with self.list.handler_block(self._handler):
            self.list.set_active_id(name)
        for label in (_("Rename…"), _("Delete"), _("Export…")):
            self._items[label].set_sensitive(bool(name))

    def _stands(self, preset: Preset) -> bool:
        """Whether all that the preset says is chosen."""
        values = order.values(self._config)
        return (
            preset.method == self._config.get_property("method")
            and (not preset.styles or chosen.told(preset.styles) == chosen.told(chosen.known_styles(self._config)))
            and all(values[name] == value for name, value in preset.parameters.items() if name in values)
        )

    # -- what can be done

    def _safely(self, act: Callable[[], None]) -> None:
        try:
            act()
        except errors.NstError as error:
            self._say(texts.sentence(error.message))

    def _apply(self) -> None:
        preset = self._known.get(self.current)
        if preset:
            order.fill(self._config, preset.method, preset.styles, preset.parameters)
        self._show()

    def _save(self) -> None:
        name = self._ask_name(_("Save as a preset"), _("_Save"), self.current)
        if name:
            wanted = order.from_dialog(self._config)
            preset = Preset(name, wanted.method.name, wanted.styles, wanted.parameters)
            self._keep(self._presets.save(preset).name)

    def _rename(self) -> None:
        old = self.current
        new = self._ask_name(_("Rename “{old}”").format(old=old), _("_Rename"), old, old)
        if new:
            self._keep(self._presets.rename(old, new))

    def _delete(self) -> None:
        self._presets.delete(self.current)
        self._offer()

    def _export(self) -> None:
        path = self._ask_file(_("Export the preset"), Gtk.FileChooserAction.SAVE, _("_Export"), f"{self.current}{SUFFIX}")
        if path:
            self._presets.export(self.current, Path(path))

    def _import(self) -> None:
        path = self._ask_file(_("Import a preset"), Gtk.FileChooserAction.OPEN, _("_Import"), "")
        if path:
            name = self._presets.load(Path(path)).name
            self._offer()
            self.list.set_active_id(name)

    def _keep(self, name: str) -> None:
        """Show the list as it is now, with `name`, which says what is chosen, as the chosen one."""
        self._offer()
        with self.list.handler_block(self._handler):
            self.list.set_active_id(name)
        self._show()

    # -- questions

    def _ask_name(self, title: str, does: str, name: str, own: str = "") -> str:
        """What the user types, at first `name`; "" when it is cancelled. `own` may be typed without a word of warning."""
        dialog = Gtk.Dialog(title=title, transient_for=self.get_toplevel(), modal=True, resizable=False)
        dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        accept = dialog.add_button(does, Gtk.ResponseType.OK)
        dialog.set_default_response(Gtk.ResponseType.OK)
        entry = Gtk.Entry(text=name, activates_default=True, width_chars=32)
        label = Gtk.Label(label=_("_Name"), use_underline=True, xalign=0, mnemonic_widget=entry)
        warning = Gtk.Label(xalign=0)
        area = dialog.get_content_area()
        area.set_property("margin", 12)
        area.set_spacing(GAP)
        for child in (label, entry, warning):
            area.pack_start(child, False, False, 0)

        def judge(*_changed: object) -> None:
            typed = " ".join(entry.get_text().split())
            known = typed in self._known and typed != own
            accept.set_sensitive(bool(typed) and not (known and own))
            warning.set_text("" if not known else _("There is one of this name.") if own else _("Replaces the one of this name."))

        entry.connect("changed", judge)
        judge()
        area.show_all()
        answer = entry.get_text() if dialog.run() == Gtk.ResponseType.OK else ""
        dialog.destroy()
        return answer

    def _ask_file(self, title: str, action: Gtk.FileChooserAction, does: str, name: str) -> str:
        """The path that the user chooses; "" when it is cancelled."""
        dialog = Gtk.FileChooserDialog(title=title, transient_for=self.get_toplevel(), action=action, modal=True)
        dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        dialog.add_button(does, Gtk.ResponseType.OK)
        dialog.set_default_response(Gtk.ResponseType.OK)
        dialog.set_do_overwrite_confirmation(True)
        if name:
            dialog.set_current_name(name.replace("/", "-"))
        else:
            kind = Gtk.FileFilter()
            kind.set_name(_("Presets (JSON)"))
            kind.add_pattern("*.json")
            dialog.add_filter(kind)
        path = dialog.get_filename() if dialog.run() == Gtk.ResponseType.OK else ""
        dialog.destroy()
        return path or ""
