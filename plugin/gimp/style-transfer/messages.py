"""What is said in a window of its own: a question before a download, a failure with its details; needs a display."""

from __future__ import annotations

from common import models, texts
from common.translation import _
from gi.repository import Gdk, Gimp, GimpUi, GLib, Gtk

from nst_core import __version__, errors, folders

NAME = "style-transfer"


def keep_alive() -> None:
    """Serve the window: redraw, answer the desktop's pings."""
    while Gtk.events_pending():
        Gtk.main_iteration_do(False)


def agreed(facts: models.Facts, parent: Gtk.Window | None = None, does: str = _("_Download and paint")) -> bool:
    """Ask whether a model or a painting may be downloaded; `does` is what the button says."""
    headline, text = models.question(facts)
    box = Gtk.MessageDialog(message_type=Gtk.MessageType.QUESTION, buttons=Gtk.ButtonsType.NONE, title=_("Style Transfer"))
    box.set_markup(f"<b>{GLib.markup_escape_text(headline)}</b>")
    box.format_secondary_text(text)
    box.get_message_area().set_margin_top(12)
    box.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    box.add_button(does, Gtk.ResponseType.OK)
    box.set_default_response(Gtk.ResponseType.OK)
    if parent:
        box.set_transient_for(parent)
        box.set_modal(True)
    else:
        GimpUi.window_set_transient(box)
    answer = box.run()
    box.destroy()
    keep_alive()
    return bool(answer == Gtk.ResponseType.OK)


def show_image(image: Gimp.Image) -> None:
    """Open a window for a new image."""
    Gimp.Display.new(image)
    Gimp.displays_flush()


def tell(error: errors.NstError, headline: str) -> None:
    """Show what was not done and why, with a button that copies everything a report of it needs."""
    GimpUi.init(NAME)
    box = Gtk.MessageDialog(message_type=Gtk.MessageType.ERROR, buttons=Gtk.ButtonsType.NONE, title=_("Style Transfer"))
    box.set_markup(f"<b>{GLib.markup_escape_text(headline)}</b>")
    box.format_secondary_text(texts.sentence(error.message))
    box.get_message_area().set_margin_top(12)
    copy = box.add_button(_("Copy _details"), 1)
    copy.set_tooltip_text(_("What happened, the versions, and the end of the log, for a report."))
    box.add_button(_("_Close"), Gtk.ResponseType.CLOSE)
    box.set_default_response(Gtk.ResponseType.CLOSE)
    GimpUi.window_set_transient(box)
    while box.run() == 1:
        clipboard = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD)
        clipboard.set_text(report(error), -1)
        clipboard.store()
        copy.set_label(_("Copied"))
    box.destroy()
    keep_alive()


def report(error: errors.NstError) -> str:
    """The failure with its surroundings, for the clipboard."""
    versions = {"Style Transfer": __version__, "GIMP": Gimp.version(), "log": str(folders.logs())}
    return texts.report(type(error).__name__, error.message, error.details, versions)
