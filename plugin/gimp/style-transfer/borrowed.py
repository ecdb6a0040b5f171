"""Style pictures from elsewhere: the clipboard, another layer, a file dropped on the window; kept as files of the user's."""

from __future__ import annotations

import re
from collections.abc import Sequence
from pathlib import Path

from common.translation import _
from gi.repository import Gdk, GdkPixbuf, Gimp, Gio, GLib, Gtk

from nst_core import errors, folders

LARGEST_SIDE = 2048  # pixels of a picture that is kept: no network sees more of a style
LEAST = 16  # what the engine takes
LONGEST_NAME = 40


def on_clipboard() -> bool:
    """Whether a picture was copied, here or in another program."""
    return bool(Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_is_image_available())


def of_clipboard() -> str:
    """The path of the copied picture, kept as a file; PictureError when there is none."""
    picture = Gtk.Clipboard.get(Gdk.SELECTION_CLIPBOARD).wait_for_image()
    if picture is None:
        raise errors.PictureError(_("there is no picture on the clipboard: copy one first"))
    side = max(picture.get_width(), picture.get_height())
    if side > LARGEST_SIDE:
        size = (max(1, round(length * LARGEST_SIDE / side)) for length in (picture.get_width(), picture.get_height()))
        picture = picture.scale_simple(*size, GdkPixbuf.InterpType.BILINEAR)
    path = _free_path(_("Clipboard"))
    try:
        picture.savev(str(path), "png", [], [])
    except GLib.Error as error:
        raise _unwritable() from error
    return str(path)


def layers() -> list[tuple[str, Gimp.Layer]]:
    """The layers of all open images, topmost first, each with the name that tells it from others."""

    def below(found: Sequence[Gimp.Layer], path: str) -> list[tuple[str, Gimp.Layer]]:
        rows = []
        for layer in found:
            rows.append((path + layer.get_name(), layer))
            if layer.is_group():
                rows += below(layer.get_children(), f"{path}{layer.get_name()} / ")
        return rows

    images = Gimp.get_images()
    return [row for image in images for row in below(image.get_layers(), f"{image.get_name()}: " if len(images) > 1 else "")]


def of_layer(layer: Gimp.Layer) -> str:
    """The path of the layer's picture, kept as a file; PictureError when it is too small, or gone by now."""
    if not layer.is_valid() or min(layer.get_width(), layer.get_height()) < LEAST:
        raise errors.PictureError(_("that layer is too small to be a style: choose another one"))
    source, path = layer.get_image(), _free_path(layer.get_name())
    image = Gimp.Image.new_with_precision(layer.get_width(), layer.get_height(), source.get_base_type(), source.get_precision())
    try:
        if source.get_base_type() == Gimp.ImageBaseType.INDEXED:
            image.set_palette(source.get_palette())
        image.set_color_profile(source.get_effective_color_profile())
        copy = Gimp.Layer.new_from_drawable(layer, image)
        image.insert_layer(copy, None, 0)
        copy.set_offsets(0, 0)
        copy.set_visible(True)
        _reduce(image)
        if not Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(str(path)), None):
            raise _unwritable()
    finally:
        image.delete()
    return str(path)


def dropped(addresses: Sequence[str]) -> str:
    """The path of the first file among dragged `addresses` that lies on this machine; "" when there is none."""
    paths = (Gio.File.new_for_uri(address).get_path() for address in addresses)
    return next((path for path in paths if path), "")


def _reduce(image: Gimp.Image) -> None:
    width, height = image.get_width(), image.get_height()
    share = LARGEST_SIDE / max(width, height)
    if share < 1:
        image.scale(max(1, round(width * share)), max(1, round(height * share)))


def _free_path(name: str) -> Path:
    """Where no file is yet, in the folder of such pictures."""
    folder = folders.data() / "styles"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise _unwritable() from error
    plain = " ".join(re.sub(r'[\x00-\x1f<>:"/\\|?*]', " ", name).split())[:LONGEST_NAME].strip(". ") or _("Picture")
    number, path = 1, folder / f"{plain}.png"
    while path.exists():
        number += 1
        path = folder / f"{plain} {number}.png"
    return path


def _unwritable() -> errors.PictureError:
    return errors.PictureError(
        _("the picture can't be kept in {folder}: make room there").format(folder=folders.data() / "styles")
    )
