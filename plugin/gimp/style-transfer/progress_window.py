"""The window beside GIMP's own while a layer is painted: how far it is, how long it takes, and the picture that grows.

The image can be looked at and worked on meanwhile. It needs a display.
"""

from __future__ import annotations

import time

import buffers
import messages
import thumbnails
from common import texts
from common.translation import _
from gi.repository import Gimp, GimpUi, Gtk
from live import pixbuf
from order import Order
from watching import Wish

from nst_core import client

PATIENCE = 0.6  # seconds that a job may take without a window
LARGE = 16_000_000  # pixels of an image whose layers take a moment to be read: the window comes before that
DRAWN = 0.15  # seconds in which a window is drawn
SIDE = 360  # of the picture's long side and of the text, in points
PIXELS = 720  # on the long side of the layer's own picture
GAP = 12
CANCEL, KEEP = Gtk.ResponseType.CANCEL, 1


class Progress:
    """Watches over a job, as `watching.Watcher` says."""

    def __init__(self, order: Order, image: Gimp.Image) -> None:
        self.wish = Wish.GO_ON
        self.wants_previews = shows_itself(order)
        self._image = image
        self._started = time.monotonic()
        self.window = Gtk.Dialog(title=_("Painting"), border_width=GAP // 2)
        self._picture = Gtk.Image()
        self._stage = Gtk.Layout(halign=Gtk.Align.CENTER)
        self._text = Gtk.Label(label=_("Starting…"), xalign=0, wrap=True, width_request=SIDE, max_width_chars=1)
        self._bar = Gtk.ProgressBar()
        self._cancel = self.window.add_button(_("_Cancel"), CANCEL)
        self._keep = self.window.add_button(_("_Keep What Is Painted"), KEEP)
        self._pack()
        self.window.connect("response", lambda _window, response: self._answered(response))
        self.window.connect("delete-event", lambda *_: True)  # the answer to it is heard above
        GimpUi.window_set_transient(self.window)

    # -- what a watcher does

    def begin(self) -> None:
        self._started = time.monotonic()
        if self._image.get_width() * self._image.get_height() >= LARGE:
            self._come()
            while time.monotonic() < self._started + DRAWN:
                messages.keep_alive()
                time.sleep(DRAWN / 10)

    def turn_to(self, layer: Gimp.Layer) -> None:
        if self.wants_previews:
            look = buffers.read_reduced(self._image, layer, PIXELS)
            if look:
                self.preview(look)

    def show(self, fraction: float, text: str) -> None:
        if self.wish is Wish.GO_ON:
            self._bar.set_fraction(fraction)
            self._text.set_text(texts.sentence(text))

    def preview(self, picture: client.Picture) -> None:
        thumbnails.put(self._picture, pixbuf(picture), SIDE)
        # Shown as a square: what is beside the picture lies outside the stage.
        longest = max(picture.width, picture.height)
        width, height = (max(1, round(SIDE * length / longest)) for length in (picture.width, picture.height))
        self._stage.set_size_request(width, height)
        left, above = thumbnails.beside(width, height)
        self._stage.move(self._picture, -left, -above)

    def may_keep(self) -> None:
        self._keep.set_sensitive(self.wish is Wish.GO_ON)
        self._keep.show()

    def serve(self) -> None:
        if not self.window.get_visible() and time.monotonic() - self._started > PATIENCE:
            self._come()
        messages.keep_alive()

    def end(self) -> None:
        self.window.destroy()
        messages.keep_alive()

    # -- inside

    def _come(self) -> None:
        self.window.show()
        self._cancel.grab_focus()

    def _pack(self) -> None:
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP, border_width=GAP // 2)
        self._stage.put(self._picture, 0, 0)
        self._stage.set_size_request(SIDE, SIDE)
        self._stage.set_no_show_all(not self.wants_previews)
        self._picture.get_accessible().set_name(_("What is painted so far"))
        self._bar.get_accessible().set_name(_("Progress of painting"))
        for part in (self._stage, self._text, self._bar):
            box.pack_start(part, False, False, 0)
        self.window.get_content_area().add(box)
        box.show_all()
        self._keep.set_tooltip_text(_("Stop here: what is painted by now becomes the result."))
        self._keep.set_sensitive(False)
        self._keep.set_visible(self.wants_previews)

    def _answered(self, response: int) -> None:
        """A button, Escape, or the window's own button to close it."""
        self.wish = Wish.KEEP if response == KEEP else Wish.CANCEL
        self._keep.set_sensitive(False)
        self._text.set_text(_("Keeping what is painted…") if response == KEEP else _("Stopping…"))


def shows_itself(order: Order) -> bool:
    """Whether the method paints step by step: then its picture can be watched, and kept before it is finished."""
    return any(parameter.name == "iterations" for parameter in order.method.parameters)
