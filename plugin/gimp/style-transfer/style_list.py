"""A list of style pictures to pick one of, or none: those of the gallery that are on this machine, and any other file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pictures
import thumbnails
from common.gallery import Entry, Gallery
from common.translation import _
from gi.repository import GdkPixbuf, Gio, Gtk, Pango

MOST = 40  # entries: beyond that a list is no help
SIDE = 64  # pixels of an entry's picture: 32 points on a screen with two pixels a point
OTHER = "other"


class StyleList(Gtk.ComboBox):
    """`value` is the picked style as an order names it, "" for none."""

    def __init__(self, gallery: Gallery, value: str) -> None:
        # What an order names, the title, the picture.
        self._rows = Gtk.ListStore(str, str, Gio.Icon)
        super().__init__(model=self._rows)
        self._gallery = gallery
        picture = Gtk.CellRendererPixbuf(stock_size=Gtk.IconSize.DND)
        title = Gtk.CellRendererText(ellipsize=Pango.EllipsizeMode.END, xpad=6)
        self.pack_start(picture, False)
        self.pack_start(title, True)
        self.add_attribute(picture, "gicon", 2)
        self.add_attribute(title, "text", 1)
        self._rows.append(["", _("None"), None])
        for entry in _at_hand(gallery):
            self._rows.append([entry.value, entry.title, _icon(str(entry.picture))])
        self._rows.append([OTHER, _("Other picture…"), None])
        self.value = ""
        self.pick(value)
        self.connect("changed", lambda _list: self._changed())

    def pick(self, value: str) -> None:
        """Pick this one; it becomes an entry if it is none yet."""
        found = [place for place, row in enumerate(self._rows) if row[0] == value and value != OTHER]
        if not found:
            found = [len(self._rows) - 1]
            entry = self._gallery.entry(value)
            self._rows.insert(found[0], [value, entry.title if entry else Path(value).name, _icon(value)])
        self.value = value
        self.set_active(found[0])

    def _changed(self) -> None:
        picked = self._rows[self.get_active()][0]
        if picked == OTHER:
            self.pick(pictures.ask_file(self.get_toplevel(), self.value) or self.value)
        else:
            self.value = picked


def _at_hand(gallery: Gallery) -> Iterator[Entry]:
    """The gallery's styles, each once, as far as nothing must be fetched for them."""
    known: set[str] = set()
    for entry in gallery.entries():
        if entry.picture and entry.value not in known and len(known) < MOST:
            known.add(entry.value)
            yield entry


def _icon(path: str) -> GdkPixbuf.Pixbuf | None:
    picture = thumbnails.thumbnail(path)
    return thumbnails.square(picture).scale_simple(SIDE, SIDE, GdkPixbuf.InterpType.BILINEAR) if picture else None
