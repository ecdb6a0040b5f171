"""The chosen styles as rows, where there are several: each with its picture, its weight, and where it goes."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

import looks
import regions
import thumbnails
from chosen import CHANNEL
from common.gallery import Gallery
from common.layers import style_name
from common.styles import (
    EVERYWHERE,
    FULL,
    HEAVIEST,
    INSIDE,
    LAYER,
    OUTSIDE,
    REGION_HELP,
    WEIGHT_HELP,
    Chosen,
    Region,
    Styles,
    label,
)
from common.translation import _
from gi.repository import Gdk, Gimp, GimpUi, Gtk, Pango

TILE = 32  # points of a row's picture
WEIGHT_WIDTH = 124  # points
REGION_LETTERS = 15
# The row that is looked at is only tinted: in it are widgets, whose own colours must stay readable. A weight can be dragged,
# turned with the wheel and typed: for buttons there is no room.
LOOKS = b"""
.style-rows row { padding: 1px 2px; }
.style-rows row:selected {
  background-color: alpha(currentColor, 0.12); box-shadow: inset 3px 0 alpha(currentColor, 0.6); color: inherit;
}
.style-rows row:selected label, .style-rows row:selected button { color: inherit; }
.style-rows row button.flat:not(:hover) { background-color: transparent; background-image: none; }
.style-weight entry { border-radius: 5px; border-right-width: 1px; }
.style-rows row .style-weight button {
  min-width: 0; padding: 0; margin-right: -16px; border: none; background: none; box-shadow: none; color: transparent;
}
"""
LONGEST_ENTRY = 50  # letters of a menu's entry
MOST_PLACES = 40  # in a menu
OF_CHANNEL = _("Where the channel “{name}” is light")
SHORT = {INSIDE: _("In selection"), OUTSIDE: _("Out of selection"), LAYER: _("Light of {name}")}  # where there is little room


@dataclass(frozen=True)
class Doings:
    """What the rows have done to the style at a place; `look_at` only shows it large."""

    look_at: Callable[[int], None]
    browse: Callable[[int], None]
    weigh: Callable[[int, float], None]
    move: Callable[[int, Region], None]
    remove: Callable[[int], None]


class StyleRows(Gtk.Box):
    """A list with a row for every style; the one that is looked at is marked."""

    def __init__(self, image: Gimp.Image, gallery: Gallery, later: thumbnails.Later, doings: Doings) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, spacing=4, no_show_all=True)
        self._image, self._gallery, self._later, self._doings = image, gallery, later, doings
        self.list = Gtk.ListBox(selection_mode=Gtk.SelectionMode.BROWSE)
        self.list.get_style_context().add_class("style-rows")
        looks.use(LOOKS)
        self.list.get_accessible().set_name(_("Styles"))
        self._handler = self.list.connect("row-selected", lambda _list, row: row and doings.look_at(row.get_index()))
        self.list.connect("set-focus-child", lambda _list, row: row and self.list.select_row(row))
        self.list.connect("key-press-event", self._browse_by_key)
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN)
        frame.add(self.list)
        self._why = looks.quiet_label(xalign=0, no_show_all=True)
        self.pack_start(frame, False, False, 0)
        self.pack_start(self._why, False, False, 0)
        frame.show_all()

    @property
    def rows(self) -> list[StyleRow]:
        return list(self.list.get_children())

    def show_styles(self, styles: Styles, place: int, most: int) -> None:
        """Bring the rows in line with `styles`, of which the one at `place` is looked at, and `most` can be."""
        with self.list.handler_block(self._handler):
            for row in self.rows[len(styles) :]:
                row.destroy()
            for number in range(len(self.rows), len(styles)):
                self.list.add(StyleRow(self._image, number, self._later, self._doings))
            for row in self.rows:
                row.show_style(styles, self._gallery)
            self.list.select_row(self.list.get_row_at_index(place))
        self._why.set_text(FULL.format(count=most))
        self._why.set_visible(len(styles) >= most)

    def renew(self) -> None:
        """Show the pictures anew next time: one may have been fetched meanwhile."""
        for row in self.rows:
            row.forget()

    def lead(self, place: int) -> None:
        """Give the keyboard to the row at `place`."""
        self.list.get_row_at_index(place).grab_focus()

    def _browse_by_key(self, found: Gtk.ListBox, event: Gdk.EventKey) -> bool:
        """Return on a row, which in a dialog would press its own button."""
        row = found.get_focus_child()
        if event.keyval not in (Gdk.KEY_Return, Gdk.KEY_KP_Enter) or row is None or not row.has_focus():
            return False
        self._doings.browse(row.get_index())
        return True


class StyleRow(Gtk.ListBoxRow):
    """One of the styles."""

    def __init__(self, image: Gimp.Image, number: int, later: thumbnails.Later, doings: Doings) -> None:
        super().__init__()
        self._image, self._number, self._later, self._doings = image, number, later, doings
        self._one: Chosen | None = None
        self._others: Styles = ()
        self._picture = Gtk.Image(pixel_size=TILE)
        self._picture.set_size_request(TILE, TILE)
        self.browse = _flat(self._picture, _("Choose another picture in the gallery."), lambda: doings.browse(number))
        self._name = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END, hexpand=True, width_chars=8, max_width_chars=12)
        self.weight = self._make_weight()
        self._where = Gtk.Label(xalign=0, ellipsize=Pango.EllipsizeMode.END, width_chars=REGION_LETTERS)
        self._where.set_max_width_chars(REGION_LETTERS)
        self.region = self._make_region()
        cross = Gtk.Image.new_from_icon_name("list-remove-symbolic", Gtk.IconSize.BUTTON)
        self.remove = _flat(cross, _("Take this style out."), lambda: doings.remove(number))
        box = Gtk.Box(spacing=4)
        for child in (self.browse, self._name, self.weight, self.region, self.remove):
            box.pack_start(child, child is self._name, child is self._name, 0)
        self.add(box)
        self.show_all()

    def show_style(self, styles: Styles, gallery: Gallery) -> None:
        """Show the one of `styles` that has this row's number; nothing is touched that shows it already."""
        one = styles[self._number]
        self._others = styles[: self._number] + styles[self._number + 1 :]
        if self._one is None or one.source != self._one.source:
            self._show_picture(one.source, gallery)
        if abs(self.weight.get_value() - one.weight) > 1e-4:
            with self.weight.handler_block(self._weighing):
                self.weight.set_value(one.weight)
        self._where.set_text(short_words(one.region, self._others))
        self.region.set_tooltip_text(f"{words(one.region, self._others)}. {REGION_HELP}")
        self.remove.set_sensitive(bool(self._others))
        self._one = one
        self._name_all(self._name.get_text())

    def forget(self) -> None:
        """Nothing is shown that could be left as it is."""
        self._one = None

    def menu(self) -> Gtk.Menu:
        """Where the style can go, as things are now."""
        menu, group = Gtk.Menu(), None
        menu.attach_to_widget(self.region)
        current = self._one.region if self._one else Region()
        for region in [Region(kind) for kind in (EVERYWHERE, INSIDE, OUTSIDE)] + self._marked(current):
            item = Gtk.RadioMenuItem(label=words(region, self._others))
            if group:
                item.join_group(group)
            group = group or item
            item.set_active(region == current)
            item.connect("activate", lambda item, region=region: item.get_active() and self._doings.move(self._number, region))
            menu.append(item)
        menu.show_all()
        return menu

    def _pop_up(self) -> None:
        """Open the menu; the keyboard begins where the style goes now."""
        menu = self.menu()
        menu.popup_at_widget(self.region, Gdk.Gravity.SOUTH_WEST, Gdk.Gravity.NORTH_WEST, None)
        menu.select_item(next(item for item in menu.get_children() if item.get_active()))

    def _marked(self, current: Region) -> list[Region]:
        """The regions by layers and channels there are, and the current one if it is none of them any more."""
        found = [Region(LAYER, id_, name) for id_, name, _ in regions.places(self._image)[:MOST_PLACES]]
        return found if current.kind != LAYER or current in found else [*found, current]

    def _make_weight(self) -> Any:
        adjustment = Gtk.Adjustment(value=HEAVIEST, lower=0, upper=HEAVIEST, step_increment=0.01, page_increment=0.1)
        scale = GimpUi.SpinScale.new(adjustment, _("Weight"), 2)
        scale.get_style_context().add_class("style-weight")
        scale.set_size_request(WEIGHT_WIDTH, -1)
        scale.set_width_chars(5)
        scale.set_valign(Gtk.Align.CENTER)
        scale.set_tooltip_text(WEIGHT_HELP)
        self._weighing = scale.connect("value-changed", lambda _scale: self._doings.weigh(self._number, scale.get_value()))
        return scale

    def _make_region(self) -> Gtk.Button:
        inside = Gtk.Box(spacing=4)
        inside.pack_start(self._where, True, True, 0)
        inside.pack_start(Gtk.Image.new_from_icon_name("pan-down-symbolic", Gtk.IconSize.BUTTON), False, False, 0)
        button = Gtk.Button(valign=Gtk.Align.CENTER)
        button.add(inside)
        button.connect("clicked", lambda _button: self._pop_up())
        return button

    def _show_picture(self, source: str, gallery: Gallery) -> None:
        entry = gallery.entry(source)
        title = entry.title if entry else style_name(source)
        self._name.set_text(title.partition(":")[0])
        self._name.set_tooltip_text(title)
        if entry and entry.picture:
            self._later.show(self._picture, str(entry.picture), TILE)
        else:
            self._picture.set_from_icon_name("document-save-symbolic" if entry else "image-missing-symbolic", Gtk.IconSize.DIALOG)
            self._picture.set_pixel_size(TILE // 2)

    def _name_all(self, title: str) -> None:
        """What a screen reader says of each part."""
        name = _("Style {place}: {name}").format(place=self._number + 1, name=title)
        for widget, told in (
            (self, name),
            (self.browse, _("Choose another picture in the place of “{name}”.").format(name=title)),
            (self.weight, _("Weight of {name}").format(name=title)),
            (self.region, _("Where {name} goes").format(name=title)),
            (self.remove, _("Remove {name}").format(name=title)),
        ):
            widget.get_accessible().set_name(told)
        if self._one:
            self.region.get_accessible().set_description(words(self._one.region, self._others))


def words(region: Region, others: Styles) -> str:
    """A region, beside those of the other styles, as the menu calls it."""
    named = replace(region, name=region.name if len(region.name) <= LONGEST_ENTRY else f"{region.name[: LONGEST_ENTRY - 1]}…")
    return OF_CHANNEL.format(name=named.name) if region.layer.startswith(CHANNEL) else label(named, others)


def short_words(region: Region, others: Styles) -> str:
    """The same in a row."""
    return SHORT[region.kind].format(name=region.name) if region.kind in SHORT else label(region, others)


def _flat(image: Gtk.Image, help: str, act: Callable[[], None]) -> Gtk.Button:
    button = Gtk.Button(image=image, relief=Gtk.ReliefStyle.NONE, tooltip_text=help, valign=Gtk.Align.CENTER)
    button.connect("clicked", lambda _button: act())
    return button
