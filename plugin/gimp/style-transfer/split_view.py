"""Two pictures in one place, before and after, parted by a divider that can be dragged, to zoom and pan; knows no engine and
no layer."""

from __future__ import annotations

import thumbnails
from common.translation import _
from common.viewport import STEP, Pair, Viewport
from gi.repository import Gdk, GdkPixbuf, GLib, Gtk

SIDE = 400  # of the smallest view, in points
CHECKS = 8  # side of a square of the pattern under transparency
LIGHT_CHECK, DARK_CHECK = 0x99999999, 0x66666666
DARK, BRIGHT = 0x202020FF, 0xFFFFFFFF
KNOB = (10, 36)  # in the middle of the divider, to take hold of
GRIP = 9  # points beside the divider where it can be taken hold of
HELP = _("Drag the divider to compare. The wheel, + and - zoom, 0 shows all; what is enlarged can be dragged about.")
PAN = 40  # points that an arrow key moves what is enlarged
_BUTTONS = Gdk.ModifierType.BUTTON1_MASK | Gdk.ModifierType.BUTTON2_MASK | Gdk.ModifierType.BUTTON3_MASK
_HAPPENING = (
    Gdk.EventMask.BUTTON_PRESS_MASK
    | Gdk.EventMask.BUTTON_RELEASE_MASK
    | Gdk.EventMask.POINTER_MOTION_MASK
    | Gdk.EventMask.SCROLL_MASK
    | Gdk.EventMask.SMOOTH_SCROLL_MASK
)
# A layout does not show by itself that it has the keyboard: its frame does, which is there before, so that nothing jumps.
LED = "led"
FRAME = b"""
frame > border { border: 2px solid alpha(currentColor, 0.15); }
frame.led > border { border-color: currentColor; }
"""
WORDS = b"label { background-color: rgba(0, 0, 0, 0.75); color: #ffffff; padding: 6px 10px; border-radius: 4px; }"


class SplitView(Gtk.Box):
    """Shows `before` left of the divider and `after` right of it, as large as there is room.

    Drawn with pixbufs alone: pycairo, which a drawing area wants, does not come with every GIMP.
    """

    def __init__(self) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._before: GdkPixbuf.Pixbuf | None = None
        self._after: GdkPixbuf.Pixbuf | None = None
        self._shown: list[GdkPixbuf.Pixbuf] = []  # what is seen of before and, if there is one, of after, in the screen's pixels
        self._room = (0, 0)
        self.viewport = Viewport()
        self._held: Pair | None = None  # where the picture was taken hold of, to pan
        self._picture = Gtk.Image()
        self._words = self._make_words()
        self._divider = Gtk.Scale.new_with_range(Gtk.Orientation.HORIZONTAL, 0, 1, 0.01)
        self._divider.set_draw_value(False)
        self._divider.set_has_origin(False)
        self._divider.set_value(0.5)
        self._divider.set_sensitive(False)
        self._divider.set_tooltip_text(HELP)  # not over the picture, which it would hide
        self._divider.get_accessible().set_name(_("Divider between before and after"))
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
        self._stage = Gtk.Layout(can_focus=True)
        self._stage.get_accessible().set_name(_("Preview"))
        self._stage.get_accessible().set_description(HELP)
        self._stage.set_size_request(SIDE, SIDE)
        self._stage.add_events(_HAPPENING)
        self._stage.put(self._picture, 0, 0)
        self._stage.connect("size-allocate", self._resized)
        self._stage.connect("button-press-event", self._press)
        self._stage.connect("button-release-event", self._release)
        self._stage.connect("motion-notify-event", self._move)
        self._stage.connect("scroll-event", self._scroll)
        self._stage.connect("key-press-event", self._key)
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.add(self._stage)
        style = frame.get_style_context()
        style.add_provider(_css(FRAME), Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
        self._stage.connect("focus-in-event", lambda *_: style.add_class(LED))
        self._stage.connect("focus-out-event", lambda *_: style.remove_class(LED))
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
        words.get_style_context().add_provider(_css(WORDS), Gtk.STYLE_PROVIDER_PRIORITY_APPLICATION)
        return words

    def _make_slider(self) -> Gtk.Widget:
        row = Gtk.Box(spacing=6)
        row.pack_start(Gtk.Label(label=_("Before")), False, False, 0)
        row.pack_start(self._divider, True, True, 0)
        row.pack_start(Gtk.Label(label=_("After")), False, False, 0)
        return row

    # -- drawing

    def _resized(self, _stage: Gtk.Layout, room: Gdk.Rectangle) -> None:
        if (room.width, room.height) != self._room:
            self._room = (room.width, room.height)
            GLib.idle_add(self._fit)  # what is on a widget must not change while it gets its size

    def _fit(self) -> bool:
        """Draw what is seen of the pictures in the room that there is; False, as an idle function is to be called once."""
        if self._before is None or min(self._room) < 2 or self._picture.get_parent() is None:  # the window may have closed
            return False
        self._look(self.viewport.showing((self._before.get_width(), self._before.get_height()), self._room))
        return False

    def _look(self, viewport: Viewport) -> None:
        """Show the pictures as `viewport` has them."""
        self.viewport = viewport
        seen = _seen(viewport)
        pixels = self.get_scale_factor()
        self._shown = [_cut(picture, viewport, seen, pixels) for picture in (self._before, self._after) if picture]
        beside = (0, 0) if pixels == 1 else thumbnails.beside(seen.width, seen.height)
        self._stage.move(self._picture, seen.x - beside[0], seen.y - beside[1])
        self._draw()

    def _draw(self) -> None:
        if len(self._shown) == 1:
            self._put(self._shown[0])
        elif self._shown:
            before, both, pixels = self._shown[0], self._shown[1].copy(), self.get_scale_factor()
            place = round(self._line() - _seen(self.viewport).x) * pixels
            if place > 0:
                before.copy_area(0, 0, min(place, before.get_width()), before.get_height(), both, 0, 0)
            _draw_divider(both, place, pixels)
            self._put(both)

    def _put(self, picture: GdkPixbuf.Pixbuf) -> None:
        """Show what was drawn with all the pixels that the screen has."""
        pixels = self.get_scale_factor()
        if pixels == 1:
            self._picture.set_from_pixbuf(picture)
        else:
            thumbnails.put(self._picture, picture, max(picture.get_width(), picture.get_height()) // pixels)

    def _line(self) -> float:
        """Where the divider is in the room."""
        return self.viewport.corner[0] + self._divider.get_value() * self.viewport.size[0]

    # -- mouse and keyboard

    def _press(self, stage: Gtk.Layout, event: Gdk.EventButton) -> bool:
        """Take hold of the divider, or of what is enlarged."""
        stage.grab_focus()
        divided = len(self._shown) == 2 and event.button == Gdk.BUTTON_PRIMARY
        if divided and (self.viewport.zoom == 1 or abs(event.x - self._line()) <= GRIP):
            self._held = None
            self._divide(event.x)
        else:
            self._held = event.x, event.y
        return True

    def _release(self, _stage: Gtk.Layout, _event: Gdk.EventButton) -> bool:
        self._held = None
        return True

    def _move(self, stage: Gtk.Layout, event: Gdk.EventMotion) -> bool:
        if not event.state & _BUTTONS:
            self._set_cursor(stage, event.x)
        elif self._held is None:
            self._divide(event.x)
        else:
            way = event.x - self._held[0], event.y - self._held[1]
            self._held = event.x, event.y
            self._look(self.viewport.panned(way))
        return True

    def _divide(self, x: float) -> None:
        """Bring the divider to `x`."""
        if len(self._shown) == 2:
            self._divider.set_value(self.viewport.share((x, 0))[0])

    def _scroll(self, _stage: Gtk.Layout, event: Gdk.EventScroll) -> bool:
        turns = {Gdk.ScrollDirection.UP: 1.0, Gdk.ScrollDirection.DOWN: -1.0}
        turn = -event.delta_y if event.direction == Gdk.ScrollDirection.SMOOTH else turns.get(event.direction, 0.0)
        self._zoom(STEP**turn, (event.x, event.y))
        return True

    def _key(self, _stage: Gtk.Layout, event: Gdk.EventKey) -> bool:
        """Whether the key was for the preview."""
        key = Gdk.keyval_name(event.keyval)
        factors = {"plus": STEP, "KP_Add": STEP, "minus": 1 / STEP, "KP_Subtract": 1 / STEP, "0": 0.0, "KP_0": 0.0}
        ways = {"Left": (1, 0), "Right": (-1, 0), "Up": (0, 1), "Down": (0, -1)}
        if key in factors:
            self._zoom(factors[key])
        elif key in ways and self.viewport.zoom > 1:
            self._look(self.viewport.panned((ways[key][0] * PAN, ways[key][1] * PAN)))
        else:
            return False
        return True

    def _zoom(self, factor: float, around: Pair | None = None) -> None:
        if self._shown:
            self._look(self.viewport.zoomed(factor, around))

    def _set_cursor(self, stage: Gtk.Layout, x: float) -> None:
        near = len(self._shown) == 2 and (self.viewport.zoom == 1 or abs(x - self._line()) <= GRIP)
        name = "ew-resize" if near else "grab" if self.viewport.zoom > 1 else "default"
        stage.get_bin_window().set_cursor(Gdk.Cursor.new_from_name(stage.get_display(), name))


def _css(rules: bytes) -> Gtk.CssProvider:
    provider = Gtk.CssProvider()
    provider.load_from_data(rules)
    return provider


def _seen(viewport: Viewport) -> Gdk.Rectangle:
    """Where something of the picture is seen in the room, in whole points."""
    whole, room = Gdk.Rectangle(), Gdk.Rectangle()
    whole.x, whole.y = (round(place) for place in viewport.corner)
    whole.width, whole.height = (max(1, round(length)) for length in viewport.size)
    room.width, room.height = (int(length) for length in viewport.room)
    return whole.intersect(room)[1]


def _cut(picture: GdkPixbuf.Pixbuf, viewport: Viewport, seen: Gdk.Rectangle, pixels: int) -> GdkPixbuf.Pixbuf:
    """What is seen of a picture, of any size but the viewport's shape; where it is transparent a pattern shows through.

    With so many `pixels` a point, each way.
    """
    size = seen.width * pixels, seen.height * pixels
    cut = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, False, 8, *size)
    factors = pixels * viewport.size[0] / picture.get_width(), pixels * viewport.size[1] / picture.get_height()
    offsets = pixels * (viewport.corner[0] - seen.x), pixels * (viewport.corner[1] - seen.y)
    place = (0, 0, *size, *offsets, *factors, GdkPixbuf.InterpType.BILINEAR)
    if picture.get_has_alpha():
        picture.composite_color(cut, *place, 255, 0, 0, CHECKS * pixels, LIGHT_CHECK, DARK_CHECK)
    else:
        picture.scale(cut, *place)
    return cut


def _draw_divider(picture: GdkPixbuf.Pixbuf, place: int, one: int) -> None:
    """A bright line with dark edges at column `place`, and a knob: to be seen on any picture; `one` point in pixels."""
    height = picture.get_height()
    knob_width, knob_height = (length * one for length in KNOB)
    top = (height - knob_height) // 2
    for left, above, wide, high, colour in (
        (place - 2 * one, 0, 4 * one, height, DARK),
        (place - knob_width // 2 - one, top - one, knob_width + 2 * one, knob_height + 2 * one, DARK),
        (place - knob_width // 2, top, knob_width, knob_height, BRIGHT),
        (place - one, 0, 2 * one, height, BRIGHT),
    ):
        _fill(picture, left, above, wide, high, colour)


def _fill(picture: GdkPixbuf.Pixbuf, left: int, top: int, width: int, height: int, colour: int) -> None:
    """Fill what lies of a rectangle in the picture."""
    right, bottom = min(left + width, picture.get_width()), min(top + height, picture.get_height())
    left, top = max(left, 0), max(top, 0)
    if right > left and bottom > top:
        picture.new_subpixbuf(left, top, right - left, bottom - top).fill(colour)
