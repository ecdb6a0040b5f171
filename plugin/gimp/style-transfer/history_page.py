"""What was painted last, as a page: each result with its picture and how it was made, to apply again."""

from __future__ import annotations

import contextlib
import time
from collections.abc import Callable
from datetime import datetime

import looks
import thumbnails
from common.history import Entry, History
from common.translation import _, number
from gi.repository import Gdk, Gtk, Pango
from order import Order, method_named

from nst_core import schema

SIDE = 56  # points of a result's picture
# GIMP's theme paints boxes in a list in the window's colour, over that of their row.
LOOKS = b".style-results row box { background-color: transparent; }"
NOTHING = _("Nothing was painted yet.")


class HistoryPage(Gtk.Box):
    """Offers results; `choose` gets the one that the user wants again, `leave` is called when that is all."""

    def __init__(self, history: History, choose: Callable[[Entry], None], leave: Callable[[], None]) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=6)
        self._history, self._choose = history, choose
        self._later = thumbnails.Later()
        back = Gtk.Button(label=_("_Back"), use_underline=True, tooltip_text=_("Back to the settings (Esc)"))
        back.set_image(Gtk.Image.new_from_icon_name("go-previous-symbolic", Gtk.IconSize.BUTTON))
        back.set_always_show_image(True)
        back.connect("clicked", lambda _button: leave())
        title = Gtk.Label(label=_("Painted last"))
        title.set_attributes(Pango.AttrList.from_string("0 -1 weight bold"))
        self._forget = Gtk.Button(
            label=_("_Forget all"), use_underline=True, tooltip_text=_("Empty this list; no layer is touched.")
        )
        self._forget.connect("clicked", lambda _button: self._clear())
        head = Gtk.Box(spacing=6)
        head.pack_start(back, False, False, 0)
        head.set_center_widget(title)
        head.pack_end(self._forget, False, False, 0)
        self.list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.BROWSE)
        self.list.get_style_context().add_class("style-results")
        looks.use(LOOKS)
        self.list.get_accessible().set_name(_("Painted last"))
        self.list.set_placeholder(_words(NOTHING))
        self.list.connect("key-press-event", self._choose_by_key)
        self.list.connect("row-activated", lambda _list, row: self._choose(row.entry))
        scrolled = Gtk.ScrolledWindow(hscrollbar_policy=Gtk.PolicyType.NEVER, shadow_type=Gtk.ShadowType.IN)
        scrolled.set_overlay_scrolling(False)
        scrolled.set_can_focus(False)
        scrolled.add(self.list)
        self.pack_start(head, False, False, 0)
        self.pack_start(scrolled, True, True, 0)

    def begin(self) -> None:
        """Show what there is now, and lead the keyboard to the newest."""
        for row in self.list.get_children():
            row.destroy()
        entries = self._history.all()
        for entry in entries:
            self.list.add(self._row(entry))
        self._forget.set_sensitive(bool(entries))
        self.list.show_all()
        first = self.list.get_row_at_index(0)
        if first:
            self.list.select_row(first)
            first.grab_focus()

    def stop(self) -> None:
        """Show no more pictures: the window closes."""
        self._later.stop()

    def _row(self, entry: Entry) -> Gtk.ListBoxRow:
        title = Order(method_named(entry.method), entry.styles, entry.parameters).layer_name
        told = " · ".join((when(entry.when), *changed(entry)))
        picture = Gtk.Image(pixel_size=SIDE)
        picture.set_size_request(SIDE, SIDE)
        if entry.thumbnail:
            self._later.show(picture, str(entry.thumbnail), SIDE)
        name = Gtk.Label(label=title, xalign=0, ellipsize=Pango.EllipsizeMode.END)
        details = looks.quiet_label(told, xalign=0, ellipsize=Pango.EllipsizeMode.END)
        words = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, valign=Gtk.Align.CENTER, spacing=2)
        words.pack_start(name, False, False, 0)
        words.pack_start(details, False, False, 0)
        box = Gtk.Box(spacing=10, margin=4)
        box.pack_start(picture, False, False, 0)
        box.pack_start(words, True, True, 0)
        row = Gtk.ListBoxRow(tooltip_text="\n".join((title, *told.split(" · "))))
        row.entry = entry
        row.get_accessible().set_name(f"{title}, {told}")
        row.add(box)
        return row

    def _choose_by_key(self, found: Gtk.ListBox, event: Gdk.EventKey) -> bool:
        """Return, which in a dialog would press its own button."""
        row = found.get_focus_child()
        if event.keyval not in (Gdk.KEY_Return, Gdk.KEY_KP_Enter) or row is None:
            return False
        self._choose(row.entry)
        return True

    def _clear(self) -> None:
        with contextlib.suppress(OSError):  # then it is simply still there
            self._history.clear()
        self.begin()


def when(seconds: float) -> str:
    """The time of day, and the day if it isn't today."""
    then = datetime.fromtimestamp(seconds)
    today = then.date() == datetime.now().date()
    return _("today, {then:%H:%M}").format(then=then) if today else time.strftime("%x, %H:%M", then.timetuple())


def changed(entry: Entry) -> list[str]:
    """The parameters that do not stand at the method's default, and that the layer's name does not tell."""
    method = method_named(entry.method)
    return [
        f"{parameter.label}: {_shown(parameter, entry.parameters[parameter.name])}"
        for parameter in method.parameters
        if parameter.name not in ("model", "strength") and entry.parameters.get(parameter.name) != parameter.default
    ]


def _shown(parameter: schema.Parameter, value: object) -> str:
    labels = {choice.value: choice.label for choice in parameter.choices}
    return labels.get(str(value), number(value, 2) if isinstance(value, float) else str(value))


def _words(text: str) -> Gtk.Widget:
    label = looks.quiet_label(text, margin=24)
    label.show()
    return label
