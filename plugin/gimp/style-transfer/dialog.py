"""The dialog: a live preview beside presets, method, style picture and parameters, or the gallery, or what was painted last.

It needs a display.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import chosen
import keeping
import look
import looks
import messages
import order
import pictures
from catalogue import Catalogue
from common import history, output, styles, union
from common.output import Output
from common.translation import _, ngettext
from gallery_page import GalleryPage
from gi.repository import Gdk, Gegl, Gimp, GimpUi, Gio, GLib, Gtk
from history_page import HistoryPage
from last_values import keep
from live import Live
from order import METHOD, TABLE, Order, method_of, property_name, values
from presets_row import PresetsRow
from rows import GAP, Choice, Rows
from split_view import SplitView

from nst_core import samples, schema

# In points: the column of choices, and what the window's own buttons, its title and the desktop's bars take beside it.
COLUMN_WIDTH = 490
LEAST_HEIGHT, REST_HEIGHT = 300, 240


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, image: Gimp.Image, layers: Sequence[Gimp.Layer]) -> bool:
    """Let the user fill `config`; False when the dialog was cancelled. The preview is of the first of the layers."""
    GimpUi.init(messages.NAME)
    window = Window(procedure, config, image, layers[0])
    if len(layers) > 1:
        window.dialog.set_ok_label(
            ngettext("_Paint {count} Layer", "_Paint {count} Layers", len(layers)).format(count=len(layers))
        )
    try:
        accepted = window.ask()
    finally:
        window.close()
    if accepted:
        keep(config, image)
    return accepted


def may_fetch(wanted: Order) -> bool:
    """Whether the job that is to begin may begin: the user is asked about what has to be downloaded first."""
    GimpUi.init(messages.NAME)
    catalogue = Catalogue(keeping.gallery())
    while not catalogue.answered:
        Gtk.main_iteration()
    return all(messages.agreed(facts) for facts in catalogue.to_fetch(wanted))


class Window:
    """The dialog and what is in it."""

    def __init__(self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, image: Gimp.Image, layer: Gimp.Layer) -> None:
        self.config = config
        self.dialog = GimpUi.ProcedureDialog.new(procedure, config, _("Style Transfer"))
        self.dialog.set_ok_label(_("_Paint"))
        first = samples.path(samples.FIRST_STYLE)
        if config.get_property("style") is None and first.is_file():
            # A first look needs no picture of one's own.
            config.set_property("style", Gio.File.new_for_path(str(first)))
        gallery = keeping.gallery()
        labels = Gtk.SizeGroup(mode=Gtk.SizeGroupMode.HORIZONTAL)
        self.view = SplitView()
        self.presets = PresetsRow(config, keeping.presets(), self.view.say)
        labels.add_widget(self.presets.label)
        self.methods = Choice(config, "method", self._change_method)
        self.methods.offer([(choice.value, choice.label) for choice in METHOD.choices])
        labels.add_widget(self.methods.label)
        self._help = looks.quiet_label(wrap=True, xalign=0, max_width_chars=50)
        self.chooser = pictures.StyleChooser(config, image, gallery, lambda: self.turn_to("gallery"))
        self.rows = Rows(self.dialog, config, labels)
        self.output = Choice(config, "output")
        self.output.set_margin_top(GAP)
        labels.add_widget(self.output.label)
        self.gallery = GalleryPage(gallery, self.chooser.choose, lambda: self.turn_to("settings"))
        self.history = HistoryPage(keeping.history(), self._again, lambda: self.turn_to("settings"))
        self.pages = Gtk.Stack(homogeneous=True)
        self._pack()
        self.catalogue = Catalogue(gallery, self._mark)
        self.live: Live | None = None
        self._led: Gtk.Widget | None = None  # what had the keyboard when the settings were left
        self._models: dict[str, str] = {}  # by method: the model that it was left with
        config.connect("notify::method", lambda *_: self._show())
        config.connect(f"notify::{chosen.REGIONS}", lambda *_: self._offer_outputs())
        config.connect("notify", lambda *_: self._allow())
        self.dialog.connect("key-press-event", self._key)
        accept_files(self.dialog, self.chooser.take_dropped)
        self._show()
        self._allow()
        # The window comes first: reading a large layer takes a moment.
        self.view.say(_("Reading the layer…"))
        GLib.idle_add(self._look, image, layer, priority=GLib.PRIORITY_LOW)

    def ask(self) -> bool:
        """Serve the user until "Paint" or "Cancel"; True for the first, once a download that it needs is agreed to."""
        while self.dialog.run():
            if self.live:
                self.live.stop()
            if self._may_fetch():
                return True
            if self.live:
                self.live.refresh()
        return False

    def close(self) -> None:
        """Stop painting previews, and take the window away."""
        if self.live:
            self.live.stop()
        self.gallery.stop()
        self.history.stop()
        self.chooser.later.stop()
        self.dialog.destroy()
        messages.keep_alive()

    @property
    def complete(self) -> bool:
        """True when all is chosen that a job needs."""
        return not order.lacking(self.config)

    def turn_to(self, page: str) -> None:
        """Show "settings", "gallery" or "history" beside the preview."""
        if self.pages.get_visible_child_name() == "settings":
            self._led = self.dialog.get_focus()
        self.pages.set_visible_child_name(page)
        if page == "gallery":
            self.gallery.begin(self.chooser.value)
        elif page == "history":
            self.history.begin()
        else:
            self.chooser.offer()
            self.chooser.settle()
            self._lead_back()

    def _lead_back(self) -> None:
        """Give the keyboard to what had it before another page came, or to what comes next to that page."""
        if self._led and self._led.get_mapped() and self._led.is_sensitive():
            self._led.grab_focus()
        else:
            (self.chooser.open if self.chooser.get_visible() else self.methods.list).grab_focus()

    def _pack(self) -> None:
        again = Gtk.Button(label=_("Histor_y…"), use_underline=True, tooltip_text=_("What was painted last, to apply it again."))
        again.connect("clicked", lambda _button: self.turn_to("history"))
        self.presets.pack_end(again, False, False, 0)
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP)
        for part in (self.presets, self.methods, self._help, self.chooser, self.rows, self.output):
            column.pack_start(part, False, False, 0)
        # A method with many parameters, unfolded, must not make the dialog higher than the screen.
        scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        scrolled.set_overlay_scrolling(False)
        scrolled.set_can_focus(False)
        column.set_margin_end(GAP)
        scrolled.set_size_request(COLUMN_WIDTH + GAP, -1)
        scrolled.add(column)
        column.connect("size-allocate", lambda *_: GLib.idle_add(_make_room, column, scrolled))
        for name, page in (("settings", scrolled), ("gallery", self.gallery), ("history", self.history)):
            self.pages.add_named(page, name)
        for row in self.dialog.get_content_area().get_children():
            if isinstance(row, Gtk.ButtonBox):  # GIMP's own "Load" and "Save Settings" keep one set; presets keep any number
                row.set_no_show_all(True)
                row.hide()
        both = Gtk.Box(spacing=2 * GAP)
        both.pack_start(self.view, True, True, 0)
        both.pack_start(self.pages, False, False, 0)
        self.dialog.get_content_area().pack_start(both, True, True, 0)
        both.show_all()

    def _key(self, _dialog: Gtk.Dialog, event: Gdk.EventKey) -> bool:
        """Escape leads back from a page before it closes the dialog."""
        elsewhere = self.pages.get_visible_child_name() != "settings"
        if event.keyval == Gdk.KEY_Escape and elsewhere:
            self.turn_to("settings")
            return True
        return False

    def _again(self, entry: history.Entry) -> None:
        """Choose what a result was painted with."""
        order.fill(self.config, entry.method, entry.styles, entry.parameters)
        self.turn_to("settings")

    def _look(self, image: Gimp.Image, layer: Gimp.Layer) -> bool:
        """Take the reduced copy of the layer, once; False, as an idle function is to be called once."""
        Gegl.init(None)
        side = look.SIDE if self.dialog.get_scale_factor() == 1 else look.DENSE_SIDE
        self.view.say("")
        self.live = Live(self.config, self.catalogue, self.view, look.Look(image, layer, side))
        return False

    def _show(self) -> None:
        """Bring the window in line with what is chosen."""
        method = method_of(self.config)
        self._help.set_text(method.help)
        self.chooser.set_visible(method.styles > 0)
        self._offer_outputs()
        self.rows.show_method(method)

    def _offer_outputs(self) -> None:
        """Say of each place for the result what it is with the styles that are chosen."""
        taken = styles.limited(chosen.known_styles(self.config), method_of(self.config).styles)
        self.output.offer(output.places(styles.by_selection(taken), Output(self.config.get_property("output"))))

    def _allow(self) -> None:
        self.dialog.set_response_sensitive(Gtk.ResponseType.OK, self.complete)

    def _mark(self) -> None:
        """The worker has told what it knows of the models."""
        self.rows.mark(self.catalogue.facts)
        if self.live:
            self.live.refresh()

    def _change_method(self, name: str) -> None:
        """The user picks another method: what was left at the old one's defaults takes the new one's."""
        config, old = self.config, method_of(self.config)
        adapted = union.adapted(values(config), old, schema.method(name))
        if "model" in TABLE:
            self._models[old.name] = config.get_property("model")
            adapted["model"] = self._models.get(name, adapted["model"])
        with config.freeze_notify():
            for parameter in TABLE:
                config.set_property(property_name(parameter), adapted[parameter])
            config.set_property("method", name)

    def _may_fetch(self) -> bool:
        """As `may_fetch`, for what is chosen now; also False when the user leaves while the worker starts."""
        left: list[int] = []
        handler = self.dialog.connect("response", lambda _dialog, response: left.append(response))
        while not self.catalogue.answered and Gtk.ResponseType.CANCEL not in left and Gtk.ResponseType.DELETE_EVENT not in left:
            Gtk.main_iteration()
        self.dialog.disconnect(handler)
        if not self.catalogue.answered:
            return False
        return all(messages.agreed(facts, self.dialog) for facts in self.catalogue.to_fetch(order.from_dialog(self.config)))


def accept_files(window: Gtk.Window, take: Callable[[list[str]], bool]) -> None:
    """Let files be dragged onto the window; `take` gets their addresses and says whether it could do something with them."""
    window.drag_dest_set(Gtk.DestDefaults.ALL, [], Gdk.DragAction.COPY)
    window.drag_dest_add_uri_targets()

    def received(_window: Gtk.Window, context: Gdk.DragContext, _x: int, _y: int, data: Gtk.SelectionData, *rest: int) -> None:
        Gtk.drag_finish(context, take(list(data.get_uris() or [])), False, rest[-1])

    window.connect("drag-data-received", received)


def _make_room(column: Gtk.Box, scrolled: Gtk.ScrolledWindow) -> bool:
    """Let the dialog be as high as its column, as far as the screen goes; False, as an idle function is to be called once."""
    wanted = column.get_preferred_height_for_width(COLUMN_WIDTH)[1]
    height = min(wanted, max(LEAST_HEIGHT, _screen_height() - REST_HEIGHT))
    if scrolled.get_min_content_height() != height:
        scrolled.set_min_content_height(height)
    return False


def _screen_height() -> int:
    """Of the screen that the dialog will probably open on, in points."""
    display = Gdk.Display.get_default()
    monitor = display.get_primary_monitor() or display.get_monitor(0)
    return int(monitor.get_workarea().height)
