"""What the user sees: the dialog with its style chooser, and the message when something failed; needs a display."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

import pictures
from common import texts
from gi.repository import Gdk, Gimp, GimpUi, Gio, Gtk

from nst_core import __version__, errors, folders, schema

NAME = "style-transfer"


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, method: schema.Method, image: Gimp.Image) -> bool:
    """Let the user fill `config`; False when the dialog was cancelled."""
    GimpUi.init(NAME)
    dialog = build(procedure, config, method)
    try:
        accepted = dialog.run()
    finally:
        dialog.destroy()
        keep_alive()
    if accepted:
        keep(config, method, image)
    return accepted


def keep(config: Gimp.ProcedureConfig, method: schema.Method, image: Gimp.Image) -> None:
    """Save the choices as GIMP's last values: GIMP does so only after a success, and its Cancel ends this process at once.

    Written in GIMP's own form by hand: its serializer is an interface that PyGObject doesn't see on a config's class.
    An image on which the procedure has succeeded carries values of its own, which go before those in the file.
    """
    name = config.__gtype__.name
    values = [f'(style "{config.get_property("style").get_uri()}")']
    for parameter in method.parameters:
        key = parameter.name.replace("_", "-")
        values.append(f"({key} {json.dumps(config.get_property(key))})")
    text = "\n".join(values) + "\n"
    folder = Path(Gimp.directory()) / "plug-in-settings"
    with contextlib.suppress(OSError):  # then the next dialog starts with older choices: no reason to stop
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.last").write_text(f"# settings\n\n{text}\n# end of settings\n", encoding="utf-8")
    if image.get_parasite(f"{name}-last"):
        image.attach_parasite(Gimp.Parasite.new(f"{name}-last", Gimp.PARASITE_PERSISTENT, text.encode() + b"\0"))


def build(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, method: schema.Method) -> GimpUi.ProcedureDialog:
    """The dialog: style picture, what matters every time, and the rest behind a fold."""
    dialog = GimpUi.ProcedureDialog.new(procedure, config, "Style Transfer")
    dialog.set_ok_label("_Paint")
    if config.get_property("style") is None and pictures.FIRST_STYLE.is_file():
        # A first look needs no picture of one's own.
        config.set_property("style", Gio.File.new_for_path(str(pictures.FIRST_STYLE)))
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
