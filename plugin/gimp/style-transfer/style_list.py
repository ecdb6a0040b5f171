"""A list of style pictures to pick one of, or none: those of the gallery, and any other file."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pictures
import thumbnails
from common import models
from common.gallery import FOLDER, Entry, Gallery
from common.translation import _
from gi.repository import GdkPixbuf, Gio, Gtk, Pango

MOST = 60  # entries: beyond that the user's own pictures are chosen as files
SIDE = 64  # pixels of an entry's picture: 32 points on a screen with two pixels a point
LETTERS = 50  # of a title with what it costs, which stands at its end
OTHER = "other"


class StyleList(Gtk.ComboBox):
    """`value` is the picked style as an order names it, "" for none; a painting may have to be fetched before it is used."""

    def __init__(self, gallery: Gallery, value: str) -> None:
        self._rows = Gtk.ListStore(str, str, Gio.Icon)
        super().__init__(model=self._rows)
        self._gallery = gallery
        picture = Gtk.CellRendererPixbuf(stock_size=Gtk.IconSize.DND)
        title = Gtk.CellRendererText(ellipsize=Pango.EllipsizeMode.MIDDLE, max_width_chars=LETTERS, xpad=6)
        self.pack_start(picture, False)
        self.pack_start(title, True)
        self.add_attribute(picture, "gicon", 2)
        self.add_attribute(title, "text", 1)
        self._rows.append(["", _("None"), None])
        for entry in _offered(gallery):
            self._rows.append(_row(entry))
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
            self._rows.insert(found[0], _row(entry) if entry else [value, Path(value).name, None])
        self.value = value
        self.set_active(found[0])

    def _changed(self) -> None:
        picked = self._rows[self.get_active()][0]
        if picked == OTHER:
            self.pick(pictures.ask_file(self.get_toplevel(), self.value) or self.value)
        else:
            self.value = picked


def _offered(gallery: Gallery) -> Iterator[Entry]:
    """The gallery's styles, each once."""
    known: set[str] = set()
    for entry in gallery.entries():
        if entry.value not in known and (entry.group != FOLDER or len(known) < MOST):
            known.add(entry.value)
            yield entry


def _row(entry: Entry) -> list[Any]:
    """What an order names, the title, with what there is to download, the picture."""
    icon = _icon(str(entry.picture)) if entry.picture else Gio.ThemedIcon.new("document-save-symbolic")
    return [entry.value, models.marked(entry.title, entry.facts), icon]


def _icon(path: str) -> GdkPixbuf.Pixbuf | None:
    picture = thumbnails.thumbnail(path)
    return thumbnails.square(picture).scale_simple(SIDE, SIDE, GdkPixbuf.InterpType.BILINEAR) if picture else None
