"""The dialog: a live preview beside method, style picture and parameters; needs a display."""

from __future__ import annotations

import messages
import order
import pictures
from buffers import read_reduced
from catalogue import Catalogue
from common import union
from gi.repository import Gdk, Gegl, Gimp, GimpUi, Gio, GLib, Gtk
from last_values import keep
from live import Live
from order import METHOD, TABLE, method_of, property_name, values
from rows import GAP, Choice, Rows
from split_view import SplitView

from nst_core import schema

LOOK_SIDE = 384  # long side in pixels of the reduced copy that the preview paints

# In points: the column of choices, and what the window's own buttons, its title and the desktop's bars take beside it.
COLUMN_WIDTH = 490
LEAST_HEIGHT, REST_HEIGHT = 300, 240


def ask(procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, image: Gimp.Image, layer: Gimp.Layer) -> bool:
    """Let the user fill `config`; False when the dialog was cancelled."""
    GimpUi.init(messages.NAME)
    window = Window(procedure, config, image, layer)
    try:
        accepted = window.ask()
    finally:
        window.close()
    if accepted:
        keep(config, image)
    return accepted


def may_fetch(model: str) -> bool:
    """Whether the job that is to begin may begin: the user is asked when `model` has to be downloaded first."""
    GimpUi.init(messages.NAME)
    catalogue = Catalogue()
    while not catalogue.answered:
        Gtk.main_iteration()
    facts = catalogue.to_fetch(model)
    return facts is None or messages.agreed(facts)


class Window:
    """The dialog and what is in it."""

    def __init__(self, procedure: Gimp.Procedure, config: Gimp.ProcedureConfig, image: Gimp.Image, layer: Gimp.Layer) -> None:
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
        self.view = SplitView()
        self._pack()
        self.catalogue = Catalogue(self._mark)
        self.live: Live | None = None
        self._models: dict[str, str] = {}  # by method: the model that it was left with
        config.connect("notify::method", lambda *_: self._show())
        config.connect("notify", lambda *_: self._allow())
        self._show()
        self._allow()
        # The window comes first: reading a large layer takes a moment.
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
        self.dialog.destroy()
        messages.keep_alive()

    @property
    def complete(self) -> bool:
        """True when all is chosen that a job needs."""
        return not order.lacking(self.config)

    def _pack(self) -> None:
        column = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP)
        for part in (self.methods, self._help, self.chooser, self.rows):
            column.pack_start(part, False, False, 0)
        # A method with many parameters, unfolded, must not make the dialog higher than the screen.
        scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER)
        scrolled.set_overlay_scrolling(False)
        scrolled.set_size_request(COLUMN_WIDTH, -1)
        scrolled.add(column)
        column.connect("size-allocate", lambda *_: GLib.idle_add(_make_room, column, scrolled))
        both = Gtk.Box(spacing=2 * GAP)
        both.pack_start(self.view, True, True, 0)
        both.pack_start(scrolled, False, False, 0)
        self.dialog.get_content_area().pack_start(both, True, True, 0)
        both.show_all()

    def _look(self, image: Gimp.Image, layer: Gimp.Layer) -> bool:
        """Take the reduced copy of the layer, once; False, as an idle function is to be called once."""
        Gegl.init(None)
        content = read_reduced(image, layer, LOOK_SIDE) if layer.is_valid() else None
        if content:
            self.live = Live(self.config, self.catalogue, self.view, content)
        else:
            self.view.say("The selection does not touch the layer: there is nothing to paint.")
        return False

    def _show(self) -> None:
        """Bring the window in line with what is chosen."""
        method = method_of(self.config)
        self._help.set_text(method.help)
        self.chooser.set_visible(method.styles > 0)
        self.rows.show_method(method)

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
        facts = self.catalogue.to_fetch(order.from_dialog(self.config).model)
        return facts is None or messages.agreed(facts, self.dialog)


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
