"""Small versions of pictures: made while nothing else is to be done, and kept in the cache folder; no widget's layout is here."""

from __future__ import annotations

import contextlib
import hashlib
from collections import deque
from pathlib import Path

from common import kept
from common.gallery import is_picture
from common.pruning import prune, touch
from gi.repository import GdkPixbuf, Gimp, Gio, GLib, Gtk

from nst_core import folders

SIDE = 300  # pixels of what is kept: 150 points on a screen with two pixels a point
LARGEST_BYTES = 64 * 2**20  # a file beyond this is not decoded just to be looked at
MOST_KEPT, MOST_KEPT_BYTES = 1000, 100 * 2**20  # more than the gallery shows at once


def thumbnail(path: str) -> GdkPixbuf.Pixbuf | None:
    """The picture at `path`, turned as its EXIF says, its long side `SIDE` pixels; None where it can't be shown."""
    try:
        status = Path(path).stat()
    except (OSError, ValueError):
        return None
    if status.st_size > LARGEST_BYTES:
        return None
    mark = hashlib.sha256(f"{path}\n{status.st_size}\n{status.st_mtime_ns}".encode("utf-8", "surrogateescape")).hexdigest()
    cached = folders.cache() / "thumbnails" / f"{mark[:32]}.png"
    with contextlib.suppress(GLib.Error):
        picture = GdkPixbuf.Pixbuf.new_from_file(str(cached))
        touch(cached)
        return picture
    picture = _by_gtk(path) if GdkPixbuf.Pixbuf.get_file_info(path)[0] else _by_gimp(path)
    if picture:
        done, data = picture.save_to_bufferv("png", [], [])
        with contextlib.suppress(OSError):
            kept.replace(cached, bytes(data) if done else b"")
        prune(cached.parent, MOST_KEPT, MOST_KEPT_BYTES)
    return picture


def square(picture: GdkPixbuf.Pixbuf) -> GdkPixbuf.Pixbuf:
    """The middle of a picture: a row of these stands straight."""
    width, height = picture.get_width(), picture.get_height()
    least = min(width, height)
    return picture.new_subpixbuf((width - least) // 2, (height - least) // 2, least, least)


def _padded(picture: GdkPixbuf.Pixbuf) -> GdkPixbuf.Pixbuf:
    """The picture in the middle of a transparent square."""
    width, height = picture.get_width(), picture.get_height()
    side = max(width, height)
    padded = GdkPixbuf.Pixbuf.new(GdkPixbuf.Colorspace.RGB, True, 8, side, side)
    padded.fill(0)
    picture.copy_area(0, 0, width, height, padded, *beside(width, height))
    return padded


def put(image: Gtk.Image, picture: GdkPixbuf.Pixbuf, side: int) -> None:
    """Show the picture with a long side of `side` points, and with all the pixels that the screen has for them.

    As an icon, which are square: a pixbuf by itself is shown with one pixel a point, and a surface wants pycairo, which not
    every GIMP has.
    """
    image.set_from_gicon(_padded(picture), Gtk.IconSize.DIALOG)
    image.set_pixel_size(side)


def beside(width: int, height: int) -> tuple[int, int]:
    """How much of the square in which `put` shows a picture of this size lies left of it and above it."""
    side = max(width, height)
    return (side - width) // 2, (side - height) // 2


class Later:
    """Fills images with squares of pictures, one at a time, when the window has nothing else to do."""

    def __init__(self) -> None:
        self._waiting: deque[tuple[Gtk.Image, str, int]] = deque()
        self._known: dict[str, GdkPixbuf.Pixbuf | None] = {}
        self._source = 0

    def show(self, image: Gtk.Image, path: str, side: int) -> None:
        """Show the middle of the picture at `path` on `image`, `side` points wide, as soon as it is there."""
        if self._known.get(path):
            put(image, self._known[path], side)
            return
        self._waiting.append((image, path, side))
        if not self._source:
            self._source = GLib.idle_add(self._next, priority=GLib.PRIORITY_LOW)

    def stop(self) -> None:
        """Show no more."""
        self._waiting.clear()

    def _next(self) -> bool:
        """One picture; False when that was the last."""
        while self._waiting:
            image, path, side = self._waiting.popleft()
            if image.get_parent() is None:  # it was taken out of its window meanwhile
                continue
            if path not in self._known:
                picture = thumbnail(path)
                self._known[path] = square(picture) if picture else None
            if self._known[path]:
                put(image, self._known[path], side)
            else:
                image.set_from_icon_name("image-missing-symbolic", Gtk.IconSize.DIALOG)
            return True
        self._source = 0
        return False


def _by_gtk(path: str) -> GdkPixbuf.Pixbuf | None:
    try:
        return GdkPixbuf.Pixbuf.new_from_file_at_scale(path, SIDE, SIDE, True).apply_embedded_orientation()
    except GLib.Error:
        return None


def _by_gimp(path: str) -> GdkPixbuf.Pixbuf | None:
    """What GTK lacks a loader for, WebP above all, and GIMP has one."""
    if not is_picture(Path(path)):  # GIMP would try every format that it knows
        return None
    try:
        image = Gimp.file_load(Gimp.RunMode.NONINTERACTIVE, Gio.File.new_for_path(path))
    except GLib.Error:
        return None
    if image is None:
        return None
    try:
        return image.get_thumbnail(SIDE, SIDE, Gimp.PixbufTransparency.KEEP_ALPHA)
    finally:
        image.delete()
