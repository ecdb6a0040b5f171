"""The dialog: method, style picture and parameters; needs a display."""

from __future__ import annotations

import pictures
from common import union
from gi.repository import Gimp, GimpUi, Gio, Gtk
from last_values import keep
from messages import NAME, keep_alive, tell
from order import METHOD, TABLE, method_of, property_name, values
from rows import GAP, Choice, Rows

from nst_core import schema

__all__ = ["ask", "keep_alive", "tell"]


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, image: Gimp.Image) -> bool:
    """Let the user fill `config`; False when the dialog was cancelled."""
    GimpUi.init(NAME)
    window = Window(procedure, config)
    try:
        accepted = window.dialog.run()
    finally:
        window.dialog.destroy()
        keep_alive()
    if accepted:
        keep(config, image)
    return accepted


class Window:
    """The dialog and what is in it."""

    def __init__(self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig) -> None:
        self.config = config
        self.dialog = GimpUi.ProcedureDialog.new(procedure, config, "Style Transfer")
        self.dialog.set_ok_label("_Paint")
        if config.get_property("style") is None and pictures.FIRST_STYLE.is_file():
            # A first look needs no picture of one's own.
            config.set_property("style", Gio.File.new_for_path(str(pictures.FIRST_STYLE)))
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        self.methods = Choice(config, "method", self._change_method)
        self.methods.offer([(choice.value, choice.label) for choice in METHOD.choices])
        labels.add_widget(self.methods.label)
        self._help = Gtk.Label(wrap=True, xalign=0, max_width_chars=50, sensitive=False)
        self.chooser = pictures.StyleChooser(config)
        self.rows = Rows(self.dialog, config, labels)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP)
        for part in (self.methods, self._help, self.chooser, self.rows):
            column.pack_start(part, False, False, 0)
        self.dialog.get_content_area().pack_start(column, True, True, 0)
        column.show_all()
        for name in ("style", "method"):
            config.connect(f"notify::{name}", lambda *_: self._show())
        self._show()

    @property
    def complete(self) -> bool:
        """True when there is a style picture, or none is taken."""
        return method_of(self.config).styles == 0 or self.chooser.path is not None

    def _show(self) -> None:
        """Bring the window in line with what is chosen."""
        method = method_of(self.config)
        self._help.set_text(method.help)
        self.chooser.set_visible(method.styles > 0)
        self.rows.show_method(method)
        self.dialog.set_response_sensitive(Gtk.ResponseType.OK, self.complete)

    def _change_method(self, name: str) -> None:
        """The user picks another method: what was left at the old one's defaults takes the new one's."""
        config = self.config
        adapted = union.adapted(values(config), method_of(config), schema.method(name))
        with config.freeze_notify():
            for parameter in TABLE:
                config.set_property(property_name(parameter), adapted[parameter])
            config.set_property("method", name)
