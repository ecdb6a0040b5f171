"""Two pictures in one place, before and after, parted by a divider that can be dragged; knows no engine and no layer."""

from __future__ import annotations

from gi.repository import Gdk, GdkPixbuf, GLib, Gtk

SIDE = 400  # of the smallest view, in points
LARGEST_ZOOM = 4.0  # beyond this a small layer is only blocks
CHECKS = 8  # side of a square of the pattern under transparency
LIGHT_CHECK, DARK_CHECK = 0x99999999, 0x66666666
DARK, BRIGHT = 0x202020FF, 0xFFFFFFFF
KNOB = (10, 36)  # in the middle of the divider, to take hold of
WORDS = b"label { background-color: rgba(0, 0, 0, 0.75); color: #ffffff; padding: 6px 10px; border-radius: 4px; }"


class SplitView(Gtk.Box):
    """Shows `before` left of the divider and `after` right of it, as large as there is room.

    Drawn with pixbufs alone: pycairo, which a drawing area wants, does not come with every GIMP.
    """

    def __init__(self) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._before: GdkPixbuf.Pixbuf | None = None
        self._after: GdkPixbuf.Pixbuf | None = None
        self._shown: list[GdkPixbuf.Pixbuf] = []  # as they are on the screen: before and, if there is one, after
        self._room = (0, 0)
        self._picture = Gtk.Image()
        self._words = self._make_words()
        self._divider = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 1, 0.01)
        self._divider.set_draw_value(False)
        self._divider.set_has_origin(False)
        self._divider.set_value(0.5)
        self._divider.set_sensitive(False)
        self._divider.set_tooltip_text("Where the picture before ends and the one after begins; drag it here or in the picture.")
        self._divider.get_accessible().set_name("Divider between before and after")
        self._divider.connect("value-changed", lambda _scale: self._draw())
        self.pack_start(self._make_stage(), True, True, 0)
        self.pack_start(self._make_slider(), False, False, 0)
        self.show_all()

    def show_before(self, picture: GdkPixbuf.Pixbuf) -> None:
        """Show this as what is there now."""
        self._before = picture
        self._fit()

    def show_after(self, picture: GdkPixbuf.Pixbuf | None) -> None:
        """Show this, of any size but the shape of before, as what it would become; None when that is not known."""
        self._after = picture
        self._divider.set_sensitive(picture is not None)
        self._fit()

    @property
    def after(self) -> GdkPixbuf.Pixbuf | None:
        """What is shown as after."""
        return self._after

    def say(self, words: str) -> None:
        """Lay words over the picture; "" takes them away."""
        self._words.set_text(words)
        self._words.set_visible(bool(words))

    @property
    def words(self) -> str:
        """What lies over the picture."""
        return str(self._words.get_text())

    # -- building

    def _make_stage(self) -> Gtk.Widget:
        # A layout takes the size that it gets, whatever lies on it.
        self._stage = Gtk.Layout()
        self._stage.set_size_request(SIDE, SIDE)
        self._stage.add_events(Gdk.EventMask.BUTTON_PRESS_MASK | Gdk.EventMask.BUTTON1_MOTION_MASK)
        self._stage.put(self._picture, 0, 0)
        self._stage.connect("size-allocate", self._resized)
        self._stage.connect("button-press-event", self._drag)
        self._stage.connect("motion-notify-event", self._drag)
        self._stage.connect("realize", self._set_cursor)
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.add(self._stage)
        overlay = Gtk.Overlay()
        overlay.add(frame)
        overlay.add_overlay(self._words)
        overlay.set_overlay_pass_through(self._words, True)
        return overlay

    def _make_words(self) -> Gtk.Label:
        words = Gtk.Label(wrap=True, max_width_chars=44, no_show_all=True)
        words.set_halign(Gtk.Align.CENTER)
        words.set_valign(Gtk.Align.END)
        words.set_margin_bottom(12)
        words.set_margin_start(12)
        words.set_margin_end(12)
        provider = Gtk.CssProvider()
        provider.load_from_data(WORDS)
        words.get_style_context().add_provider(provider, Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
        return words

    def _make_slider(self) -> Gtk.Widget:
        row = Gtk.Box(spacing=6)
        row.pack_start(Gtk.Label(label="Before"), False, False, 0)
        row.pack_start(self._divider, True, True, 0)
        row.pack_start(Gtk.Label(label="After"), False, False, 0)
        return row

    # -- drawing

    def _resized(self, _stage: Gtk.Layout, room: Gdk.Rectangle) -> None:
        if (room.width, room.height) != self._room:
            self._room = (room.width, room.height)
            GLib.idle_add(self._fit)  # what is on a widget must not change while it gets its size

    def _fit(self) -> bool:
        """Scale the pictures into the room that there is; False, as an idle function is to be called once."""
        if self._before is None or min(self._room) < 2 or self._picture.get_parent() is None:  # the window may have closed
            return False
        width, height = self._before.get_width(), self._before.get_height()
        zoom = min(self._room[0] / width, self._room[1] / height, LARGEST_ZOOM)
        size = max(1, round(width * zoom)), max(1, round(height * zoom))
        self._shown = [_scaled(picture, *size) for picture in (self._before, self._after) if picture]
        self._stage.move(self._picture, (self._room[0] - size[0]) // 2, (self._room[1] - size[1]) // 2)
        self._draw()
        return False

    def _draw(self) -> None:
        if len(self._shown) == 1:
            self._picture.set_from_pixbuf(self._shown[0])
        elif self._shown:
            before, after = self._shown
            place = round(self._divider.get_value() * after.get_width())
            both = after.copy()
            if place > 0:
                before.copy_area(0, 0, place, before.get_height(), both, 0, 0)
            _draw_divider(both, place)
            self._picture.set_from_pixbuf(both)

    # -- the mouse

    def _drag(self, _stage: Gtk.Layout, event: Gdk.Event) -> bool:
        """Bring the divider to where the mouse is."""
        if len(self._shown) == 2:
            width = self._shown[0].get_width()
            self._divider.set_value((event.x - (self._room[0] - width) // 2) / width)
        return True

    def _set_cursor(self, stage: Gtk.Layout) -> None:
        stage.get_bin_window().set_cursor(Gdk.Cursor.new_from_name(stage.get_display(), "ew-resize"))


def _scaled(picture: GdkPixbuf.Pixbuf, width: int, height: int) -> GdkPixbuf.Pixbuf:
    """The picture at this size, without transparency: a pattern shows through instead."""
    smooth = GdkPixbuf.InterpType.BILINEAR
    if picture.get_has_alpha():
        return picture.composite_color_simple(width, height, smooth, 255, CHECKS, LIGHT_CHECK, DARK_CHECK)
    return picture.scale_simple(width, height, smooth)


def _draw_divider(picture: GdkPixbuf.Pixbuf, place: int) -> None:
    """A bright line with dark edges at column `place`, and a knob: to be seen on any picture."""
    height = picture.get_height()
    knob_width, knob_height = KNOB
    top = (height - knob_height) // 2
    for left, above, wide, high, colour in (
        (place - 2, 0, 4, height, DARK),
        (place - knob_width // 2 - 1, top - 1, knob_width + 2, knob_height + 2, DARK),
        (place - knob_width // 2, top, knob_width, knob_height, BRIGHT),
        (place - 1, 0, 2, height, BRIGHT),
    ):
        _fill(picture, left, above, wide, high, colour)


def _fill(picture: GdkPixbuf.Pixbuf, left: int, top: int, width: int, height: int, colour: int) -> None:
    """Fill what lies of a rectangle in the picture."""
    right, bottom = min(left + width, picture.get_width()), min(top + height, picture.get_height())
    left, top = max(left, 0), max(top, 0)
    if right > left and bottom > top:
        picture.new_subpixbuf(left, top, right - left, bottom - top).fill(colour)
