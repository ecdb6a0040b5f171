"""What the user sees: the dialog with its style chooser, and the message when something failed; needs a display."""

from __future__ import annotations

import pictures
from common import texts
from gi.repository import Gdk, Gimp, GimpUi, Gio, Gtk

from nst_core import __version__, errors, folders, schema

NAME = "style-transfer"
SPACING = 6


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, method: schema.Method) -> bool:
    """Let the user fill `config`; False when the dialog was cancelled."""
    GimpUi.init(NAME)
    dialog = build(procedure, config, method)
    try:
        return dialog.run()
    finally:
        dialog.destroy()
        keep_alive()


def build(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, method: schema.Method) -> GimpUi.ProcedureDialog:
    """The dialog: style picture, what matters every time, and the rest behind a fold."""
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Style Transfer")
    dialog.set_ok_label("_Paint")
    if config.get_property("style") is None and pictures.own_styles():
        # A first look needs no picture of one's own.
        config.set_property("style", Gio.File.new_for_path(str(pictures.own_styles()[0])))
    main = [row(dialog, parameter) for parameter in method.parameters if not parameter.advanced]
    folded = [row(dialog, parameter) for parameter in method.parameters if parameter.advanced]
    dialog.get_label("advanced-title", "Ad_vanced", False, True)
    dialog.fill_box("advanced-options", folded)
    dialog.fill_expander("advanced", "advanced-title", False, "advanced-options")
    dialog.fill([*main, "advanced"])
    chooser = pictures.StyleChooser(config)
    content = dialog.get_content_area()
    content.pack_start(chooser, False, False, 0)
    content.reorder_child(chooser, 0)

    def allow(*_: object) -> None:
        dialog.set_response_sensitive(Gtk.ResponseType.OK, chooser.path is not None)

    config.connect("notify::style", allow)
    allow()
    return dialog


def row(dialog: GimpUi.ProcedureDialog, parameter: schema.Parameter) -> str:
    """Make the parameter's widget where GIMP's own choice is not the best one; its property name comes back."""
    name = parameter.name.replace("_", "-")
    if parameter.kind == "float":
        dialog.get_spin_scale(name, 1.0).set_digits(2)
    return name


def keep_alive() -> None:
    """Serve the window: redraw, answer the desktop's pings."""
    while Gtk.events_pending():
        Gtk.main_iteration_do(False)


def tell(error: errors.NstError) -> None:
    """Show the failure's sentence, with a button that copies everything a report of it needs."""
    GimpUi.init(NAME)
    box = Gtk.MessageDialog(message_type=Gtk.MessageType.ERROR, buttons=Gtk.ButtonsType.NONE, title="Style Transfer")
    box.set_markup("<b>The layer was not painted.</b>")
    box.format_secondary_text(texts.sentence(error.message))
    box.get_message_area().set_margin_top(12)
    copy = box.add_button("Copy _details", 1)
    copy.set_tooltip_text("What happened, the versions, and the end of the log, for a report.")
    box.add_button("_Close", Gtk.ResponseType.CLOSE)
    box.set_default_response(Gtk.ResponseType.CLOSE)
    GimpUi.window_set_transient(box)
    while box.run() == 1:
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.set_text(report(error), -1)
        clipboard.store()
        copy.set_label("Copied")
    box.destroy()
    keep_alive()


def report(error: errors.NstError) -> str:
    """The failure with its surroundings, for the clipboard."""
    versions = {"Style Transfer": __version__, "GIMP": Gimp.version(), "log": str(folders.logs())}
    return texts.report(type(error).__name__, error.message, error.details, versions)
