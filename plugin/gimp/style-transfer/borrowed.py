"""Style pictures from elsewhere: the clipboard, another layer, a file dropped on the window; kept as files of the user's."""

from __future__ import annotations

from collections.abc import Sequence

from common.style_files import FOLDER, LARGEST_SIDE, LEAST, new_file, unwritable
from common.translation import _
from gi.repository import Gdk, GdkPixbuf, Gimp, Gio, GLib, Gtk

from nst_core import errors, folders


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
    path = _new_file(_("Clipboard"))
    try:
        picture.savev(path, "png", [], [])
    except GLib.Error as error:
        raise _unwritable() from error
    return path


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
    source, path = layer.get_image(), _new_file(layer.get_name())
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
        if not Gimp.file_save(Gimp.RunMode.NONINTERACTIVE, image, Gio.File.new_for_path(path), None):
            raise _unwritable()
    finally:
        image.delete()
    return path


def dropped(addresses: Sequence[str]) -> str:
    """The path of the first file among dragged `addresses` that lies on this machine; "" when there is none."""
    paths = (Gio.File.new_for_uri(address).get_path() for address in addresses)
    return next((path for path in paths if path), "")


def _reduce(image: Gimp.Image) -> None:
    width, height = image.get_width(), image.get_height()
    share = LARGEST_SIDE / max(width, height)
    if share < 1:
        image.scale(max(1, round(width * share)), max(1, round(height * share)))


def _new_file(name: str) -> str:
    try:
        return new_file(folders.data() / FOLDER, name)
    except OSError as error:
        raise _unwritable() from error


def _unwritable() -> errors.PictureError:
    return errors.PictureError(unwritable(folders.data() / FOLDER))
