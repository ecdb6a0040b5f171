"""The choice of the style pictures: the one that is looked at, a few others at hand, and the ways to all there are."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import borrowed
import chosen
import looks
import order
import thumbnails
from common import styles, texts
from common.gallery import SUFFIXES, Entry, Gallery
from common.translation import _
from gi.repository import Gdk, Gimp, GLib, Gtk, Pango
from keeping import SAMPLES
from style_rows import Doings, StyleRows

from nst_core import errors

PREVIEW = 150  # side in points of the chosen picture
TILE = 44  # of each of those at hand
TILES = 6
LONGEST_ENTRY = 50  # letters of a menu's entry
MOST_LAYERS = 30  # in a menu


class StyleChooser(Gtk.Grid):
    """Shows and sets the styles of a procedure's config: one of them large, and where there are several, a row for each.

    What is chosen, wherever it comes from, goes to the one that is looked at.
    """

    def __init__(self, config: Gimp.ProcedureConfig, image: Gimp.Image, gallery: Gallery, browse: Callable[[], None]) -> None:
        """`browse` leads to the gallery; `image` has the layers that can say where a style goes."""
        super().__init__(column_spacing=12, row_spacing=4, margin_bottom=6)
        self._config, self._gallery, self._browse = config, gallery, browse
        self._place = 0  # of the style that is looked at; one past the last while another is chosen
        self._shown: tuple[str, int, int] | None = None
        self.later = thumbnails.Later()
        self._preview = Gtk.Image()
        self._hint = looks.quiet_label(justify=Gtk.Justification.CENTER)
        self._title = Gtk.Label(xalign=0)
        self.star = Star(gallery)
        self.add_style = self._add_button()
        doings = Doings(self._look_at, self._browse_for, self._weigh, self._move, self._remove)
        self.rows = StyleRows(image, gallery, self.later, doings)
        self._name = looks.quiet_label(xalign=0, ellipsize=Pango.EllipsizeMode.END, hexpand=True)
        self._tiles = Gtk.Box()
        self.open = Gtk.Button(label=_("Open…"), tooltip_text=_("Choose a picture on this machine."))
        self.open.connect("clicked", lambda _button: self._open())
        self.attach(self._frame(), 0, 0, 1, 4)
        self.attach(self._head(), 1, 0, 1, 1)
        self.attach(self._name, 1, 1, 1, 1)
        self.attach(self._tiles, 1, 2, 1, 1)
        self.attach(self._buttons(), 1, 3, 1, 1)
        self.attach(self.rows, 0, 4, 2, 1)
        for name in (chosen.FIRST, chosen.MORE, chosen.WEIGHTS, chosen.REGIONS, "method"):
            config.connect(f"notify::{name}", lambda *_: self.show_chosen())
        self.offer()
        self.show_chosen()
        self.show_all()

    @property
    def styles(self) -> styles.Styles:
        """Those that are chosen."""
        return chosen.known_styles(self._config)

    @property
    def value(self) -> str:
        """The style that is looked at as an order names it; "" when there is none."""
        known = self.styles
        return known[self._place].source if self._place < len(known) else ""

    def choose(self, value: str) -> None:
        """Make this the style that is looked at, or one more: a picture's path or a painting's name."""
        known = self.styles
        changed = styles.replaced(known, self._place, value) if self._place < len(known) else styles.added(known, value)
        chosen.choose(self._config, changed)

    def settle(self) -> None:
        """No style more is wanted; whatever became of those there are is shown."""
        self._shown = None
        self.rows.renew()
        self._look_at(min(self._place, max(0, len(self.styles) - 1)))

    def offer(self) -> None:
        """Lay those out that are at hand: the recent ones first."""
        for tile in self._tiles.get_children():
            tile.destroy()
        known: dict[str, Entry] = {}
        for entry in self._gallery.entries():
            known.setdefault(entry.value, entry)
        for entry in [entry for entry in known.values() if entry.picture][:TILES]:
            self._tiles.pack_start(self._tile(entry), False, False, 0)
        self._tiles.show_all()

    def show_chosen(self) -> None:
        """Bring the widgets in line with the config."""
        known, most = self.styles, order.method_of(self._config).styles
        self._place = min(self._place, len(known))
        several = styles.mixed(known) and most > 1
        self.rows.set_visible(several)
        if several:
            self.rows.show_styles(known, self._place, most)
        self.add_style.set_visible(most > 1)
        self.add_style.set_sensitive(0 < len(known) < most)
        self._show_one(self.value, len(known))

    def _show_one(self, value: str, count: int) -> None:
        """Show the style that is looked at, one of `count`."""
        if self._shown == (value, self._place, count):
            return
        self._shown = value, self._place, count
        number, count = self._place + 1, max(count, self._place + 1)
        several = _("Style p_icture {number} of {count}").format(number=number, count=count)
        title = several if count > 1 else _("Style p_icture")
        self._title.set_markup_with_mnemonic(f"<b>{title}</b>")
        entry = self._gallery.entry(value) if value else None
        path = str(entry.picture) if entry and entry.picture else value
        picture = thumbnails.thumbnail(path) if path else None
        if picture:
            thumbnails.put(self._preview, picture, PREVIEW)
        else:
            self._hint.set_text(_instead(value, entry))
        self._preview.set_visible(picture is not None)
        self._hint.set_visible(picture is None)
        told = ". ".join(filter(None, (entry.title, entry.credit))) if entry else Path(value).name
        self._name.set_text(told)
        self._name.set_tooltip_text(f"{told}\n{path}" if path else None)
        self._preview.get_accessible().set_name(_("Style picture: {title}").format(title=told))
        self.star.show_value(value if entry else "")

    # -- building

    def _frame(self) -> Gtk.Widget:
        frame = Gtk.Frame(shadow_type=Gtk.ShadowType.IN, valign=Gtk.Align.START)
        frame.set_size_request(PREVIEW + 4, PREVIEW + 4)
        inside = Gtk.Box(halign=Gtk.Align.CENTER, valign=Gtk.Align.CENTER)
        for child in (self._preview, self._hint):
            child.set_no_show_all(True)
            inside.add(child)
        frame.add(inside)
        return frame

    def _head(self) -> Gtk.Widget:
        self._title.set_mnemonic_widget(self.open)
        row = Gtk.Box(spacing=6)
        row.pack_start(self._title, True, True, 0)
        row.pack_start(self.add_style, False, False, 0)
        row.pack_start(self.star, False, False, 0)
        return row

    def _buttons(self) -> Gtk.Widget:
        gallery = Gtk.Button(label=_("_Gallery…"), use_underline=True, tooltip_text=_("All styles, with search and favourites."))
        gallery.connect("clicked", lambda _button: self._browse())
        other = Gtk.Button(label=_("Take from…"), tooltip_text=_("Take the clipboard or a layer as the style picture."))
        other.connect("clicked", lambda button: self.menu().popup_at_widget(button, _SOUTH, _NORTH, None))
        row = Gtk.Box(spacing=6, homogeneous=True, valign=Gtk.Align.END)
        for button in (gallery, self.open, other):
            row.pack_start(button, True, True, 0)
        return row

    def _add_button(self) -> Gtk.Button:
        plus = Gtk.Image.new_from_icon_name("list-add-symbolic", Gtk.IconSize.BUTTON)
        button = Gtk.Button(label=_("_Add style…"), use_underline=True, image=plus, always_show_image=True)
        button.set_relief(Gtk.ReliefStyle.NONE)
        button.set_no_show_all(True)
        button.set_tooltip_text(_("Mix another style in, or give it a region of its own."))
        button.connect("clicked", lambda _button: self._browse_for(len(self.styles)))
        return button

    def _tile(self, entry: Entry) -> Gtk.Widget:
        image = Gtk.Image(pixel_size=TILE)
        image.set_size_request(TILE, TILE)
        button = Gtk.Button(image=image, relief=Gtk.ReliefStyle.NONE, tooltip_text=entry.title)
        button.get_accessible().set_name(entry.title)
        button.connect("clicked", lambda _button: self.choose(entry.value))
        self.later.show(image, str(entry.picture), TILE)
        return button

    # -- several styles

    def _look_at(self, place: int) -> None:
        """Show the style at `place` large; what is chosen next goes there."""
        self._place = place
        self.show_chosen()

    def _browse_for(self, place: int) -> None:
        self._look_at(place)
        self._browse()

    def _weigh(self, place: int, weight: float) -> None:
        chosen.choose(self._config, styles.reweighted(self.styles, place, weight))

    def _move(self, place: int, region: styles.Region) -> None:
        chosen.choose(self._config, styles.moved(self.styles, place, region))

    def _remove(self, place: int) -> None:
        self._place = max(0, self._place - (self._place >= place))
        chosen.choose(self._config, styles.removed(self.styles, place))
        self.rows.lead(self._place)
        if not self.rows.get_visible():
            self.add_style.grab_focus()

    # -- pictures from elsewhere

    def menu(self) -> Gtk.Menu:
        """Where else a style picture can come from."""
        menu = Gtk.Menu()
        menu.attach_to_widget(self)
        clipboard = Gtk.MenuItem(label=_("The clipboard"), sensitive=borrowed.on_clipboard())
        clipboard.connect("activate", lambda _item: self._take(borrowed.of_clipboard))
        menu.append(clipboard)
        menu.append(Gtk.SeparatorMenuItem())
        for name, layer in borrowed.layers()[:MOST_LAYERS]:
            label = name if len(name) <= LONGEST_ENTRY else name[: LONGEST_ENTRY - 1] + "…"
            item = Gtk.MenuItem(label=_("Layer {name}").format(name=label))
            item.connect("activate", lambda _item, layer=layer: self._take(lambda: borrowed.of_layer(layer)))
            menu.append(item)
        menu.show_all()
        return menu

    def take_dropped(self, addresses: list[str]) -> bool:
        """Choose what was dragged onto the window; False when it is no file on this machine."""
        path = borrowed.dropped(addresses)
        if path:
            self.choose(path)
        return bool(path)

    def _take(self, picture: Callable[[], str]) -> None:
        try:
            self.choose(picture())
        except errors.NstError as error:
            self._name.set_text(texts.sentence(error.message))
            self._name.set_tooltip_text(texts.sentence(error.message))

    def _open(self) -> None:
        """The way to any other picture, with a preview in its window."""
        path = ask_file(self.get_toplevel(), self.value)
        if path:
            self.choose(path)


class Star(Gtk.ToggleButton):
    """Whether a style is a favourite; with a `label`, or by the star alone."""

    def __init__(self, gallery: Gallery, label: str | None = None) -> None:
        super().__init__(relief=Gtk.ReliefStyle.NONE, label=label, use_underline=True, image=Gtk.Image(), always_show_image=True)
        self.get_image().set_margin_end(4 if label else 0)
        self._gallery, self._value = gallery, ""
        self.changed: Callable[[], None] = lambda: None
        self._handler = self.connect("toggled", lambda _star: self._toggled())
        self.get_accessible().set_name(_("Favourite"))

    def show_value(self, value: str) -> None:
        """Stand for the style `value`; "" for none."""
        self._value = value
        with self.handler_block(self._handler):
            self.set_active(bool(value) and self._gallery.is_favourite(value))
        self.set_sensitive(bool(value))
        self._show()

    def _toggled(self) -> None:
        self._gallery.favourite(self._value, self.get_active())
        self._show()
        self.changed()

    def _show(self) -> None:
        name = "starred-symbolic" if self.get_active() else "non-starred-symbolic"
        self.get_image().set_from_icon_name(name, Gtk.IconSize.BUTTON)
        self.set_tooltip_text(_("No longer a favourite") if self.get_active() else _("Make this style a favourite"))


_SOUTH, _NORTH = Gdk.Gravity.SOUTH_WEST, Gdk.Gravity.NORTH_WEST


def _instead(value: str, entry: Entry | None) -> str:
    """What stands in the place of a picture."""
    if entry and entry.facts:
        return _("Not on this\nmachine yet")
    return _("No preview") if value else _("No picture is\nchosen yet")


def ask_file(window: Gtk.Window, value: str) -> str:
    """The path of a picture that the user chooses, beginning at the style `value`; "" when none."""
    dialog = Gtk.FileChooserDialog(title=_("Style picture"), transient_for=window, action=Gtk.FileChooserAction.OPEN, modal=True)
    dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
    dialog.add_button(_("_Open"), Gtk.ResponseType.OK)
    dialog.set_default_response(Gtk.ResponseType.OK)
    _prepare(dialog, value)
    path = dialog.get_filename() if dialog.run() == Gtk.ResponseType.OK else ""
    dialog.destroy()
    return path or ""


def _prepare(dialog: Gtk.FileChooserDialog, value: str) -> None:
    """Filters, shortcuts, where it begins, and the preview."""
    for name, suffixes in ((_("Pictures (PNG, JPEG, WebP, TIFF)"), SUFFIXES), (_("All files"), None)):
        kind = Gtk.FileFilter()
        kind.set_name(name)
        for pattern in (f"*{end}" for suffix in suffixes for end in (suffix, suffix.upper())) if suffixes else ("*",):
            kind.add_pattern(pattern)
        dialog.add_filter(kind)
    if SAMPLES.is_dir():
        dialog.add_shortcut_folder(str(SAMPLES))
    folder = GLib.get_user_special_dir(GLib.UserDirectory.DIRECTORY_PICTURES)
    if value and Path(value).is_file():
        dialog.set_filename(value)
    elif folder:
        dialog.set_current_folder(folder)
    preview = Gtk.Image()
    dialog.set_preview_widget(preview)
    dialog.connect("update-preview", _update_preview, preview)


def _update_preview(chooser: Gtk.FileChooser, preview: Gtk.Image) -> None:
    path = chooser.get_preview_filename()
    picture = thumbnails.thumbnail(path) if path and Path(path).is_file() else None
    if picture:
        thumbnails.put(preview, picture, PREVIEW)
    chooser.set_preview_widget_active(picture is not None)
