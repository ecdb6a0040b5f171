"""Pixels between a GIMP layer and the wire: formats, the part to read, the new layer; knows no dialog."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from common.layers import Box, region
from gi.repository import Gegl, Gimp

from nst_core import client

# By the wire's depth: babl's name of the component type.
COMPONENT = {"u8": "u8", "u16": "u16", "f32": "float"}

# By the wire's channels: babl's name for sRGB-encoded colours with straight alpha.
COLOURS = {"RGB": "R'G'B'", "RGBA": "R'G'B'A"}

LAYER_TYPE = {
    Gimp.ImageBaseType.RGB: Gimp.ImageType.RGBA_IMAGE,
    Gimp.ImageBaseType.GRAY: Gimp.ImageType.GRAYA_IMAGE,
    Gimp.ImageBaseType.INDEXED: Gimp.ImageType.INDEXEDA_IMAGE,
}


@dataclass(frozen=True)
class Mask:
    """What is selected inside a region: `data` in babl's `format`, rows top to bottom."""

    data: bytes
    format: str


@dataclass(frozen=True)
class Content:
    """The part of a layer that is stylized: `box` in the layer's coordinates, `data` as the wire wants it.

    `mask` is what is selected over the box, and `selected` where that lies, in the layer's coordinates too; None for all.
    """

    box: Box
    channels: str
    depth: str
    data: bytes
    mask: Mask | None = None
    selected: Box | None = None

    @property
    def format(self) -> str:
        return babl_format(self.channels, self.depth)


def babl_format(channels: str, depth: str) -> str:
    """What babl, which converts from and to the layer's own format, calls pixels as they travel."""
    return f"{COLOURS[channels]} {COMPONENT[depth]}"


def wire_depth(image: Gimp.Image) -> str:
    """The depth in which the image's pixels travel without loss: "u8", "u16" or "f32".

    Integers travel as they are only where they are sRGB-encoded already; linear ones, and those of another colour
    profile, would lose steps or clip on the way, so they travel as floats.
    """
    profile = image.get_color_profile()
    srgb = (
        profile is None or image.get_base_type() == Gimp.ImageBaseType.GRAY or profile.is_equal(Gimp.ColorProfile.new_rgb_srgb())
    )
    kind = image.get_precision().value_nick
    return {"u8-non-linear": "u8", "u16-non-linear": "u16"}.get(kind, "f32") if srgb else "f32"


def read(image: Gimp.Image, layer: Gimp.Layer, whole: bool = False) -> Content | None:
    """The pixels of `layer` inside the selection's bounds (with a margin), and the selection; None when they don't meet.

    The `whole` layer, where the selection says something else than what is to be painted.
    """
    selected = None if whole else _selected(image, layer)
    box = region(_whole(layer), selected)
    if box.empty:
        return None
    channels, depth = _channels(layer), wire_depth(image)
    data = read_visible(layer, box, babl_format(channels, depth))
    return Content(box, channels, depth, data, _read_mask(image, layer, box) if selected else None, selected)


def read_part(layer: Gimp.Layer, box: Box, depth: str) -> Content:
    """The pixels in `box`, which lies in the layer and is given in its coordinates, whatever is selected."""
    channels = _channels(layer)
    return Content(box, channels, depth, read_visible(layer, box, babl_format(channels, depth)))


def read_reduced(image: Gimp.Image, layer: Gimp.Layer, side: int, whole: bool = False) -> client.Picture | None:
    """What `read` would read, in 8 bits, its long side at most `side` pixels; None when selection and layer don't meet."""
    box = region_of(image, layer, whole)
    if box.empty:
        return None
    scale, size = reduction(box, side)
    data = read_visible(layer, box, babl_format(_channels(layer), "u8"), scale, size)
    return client.Picture(*size, _channels(layer), "u8", data)


def reduction(box: Box, side: int) -> tuple[float, tuple[int, int]]:
    """By what a box is reduced to a long side of at most `side` pixels, and its width and height then."""
    scale = min(1.0, side / max(box.width, box.height))
    return scale, (max(1, round(box.width * scale)), max(1, round(box.height * scale)))


def region_of(image: Gimp.Image, layer: Gimp.Layer, whole: bool = False) -> Box:
    """The part of the layer that is painted, in the layer's coordinates."""
    return region(_whole(layer), None if whole else _selected(image, layer))


def place(layer: Gimp.Layer) -> Box:
    """Where the layer lies, in image coordinates."""
    _, x, y = layer.get_offsets()
    return Box(x, y, layer.get_width(), layer.get_height())


def _selected(image: Gimp.Image, layer: Gimp.Layer) -> Box | None:
    """What of the layer is selected, in its coordinates, maybe nothing; None where there is no selection."""
    if Gimp.Selection.is_empty(image):  # the first value below is True even then
        return None
    meets, x, y, width, height = layer.mask_intersect()
    return Box(x, y, width, height) if meets else Box(0, 0, 0, 0)


def _whole(layer: Gimp.Layer) -> Box:
    return Box(0, 0, layer.get_width(), layer.get_height())


def _channels(layer: Gimp.Layer) -> str:
    return "RGBA" if layer.has_alpha() else "RGB"


def read_visible(layer: Gimp.Layer, box: Box, kind: str, scale: float = 1.0, size: tuple[int, int] | None = None) -> bytes:
    """The layer's pixels as they are seen; `scale` up to 1 reduces them to `size` pixels."""
    with _visible(layer) as (source, right, down):
        return get(source, box.moved(right, down), kind, scale, size)


@contextmanager
def _visible(layer: Gimp.Layer) -> Iterator[tuple[Gimp.Layer, int, int]]:
    """A layer that holds the pixels of `layer` with its non-destructive effects, and how far they lie from their old place;
    `layer` keeps its effects."""
    if not layer.get_filters():
        yield layer, 0, 0
        return
    # The buffer holds the pixels without effects; merging them into a copy is the one way to read them with.
    copy = layer.copy()
    try:
        copy.merge_filters()
        old, now = place(layer), place(copy)
        yield copy, old.x - now.x, old.y - now.y
    finally:
        copy.delete()


def _read_mask(image: Gimp.Image, layer: Gimp.Layer, box: Box) -> Mask:
    """The selection over `box`, feathering included; taken now, because the user may select something else meanwhile."""
    kind = "Y u8" if image.get_precision().value_nick.startswith("u8") else "Y float"
    _, x, y = layer.get_offsets()
    return Mask(get(image.get_selection(), box.moved(x, y), kind), kind)


def make_layer(image: Gimp.Image, layer: Gimp.Layer, content: Content, name: str) -> Gimp.Layer:
    """A layer called `name` with the content's pixels, lying where they were read of `layer`; not yet in the image's stack."""
    box, kind = content.box, LAYER_TYPE[image.get_base_type()]
    new = Gimp.Layer.new(image, name, box.width, box.height, kind, 100, image.get_default_new_layer_mode())
    try:
        _set(new, content.format, content.data)
        _, x, y = layer.get_offsets()
        new.set_offsets(x + box.x, y + box.y)
    except BaseException:
        new.delete()
        raise
    return new


def same_pixels(layer: Gimp.Layer, content: Content) -> bool:
    """Whether the layer still holds just these pixels."""
    return content.box.cut(_whole(layer)) == content.box and read_visible(layer, content.box, content.format) == content.data


def copy_pixels(layer: Gimp.Layer, box: Box, new: Gimp.Layer) -> None:
    """Fill `new` with what lies in `box` of `layer`, in the image's own numbers: those that travel have not all of their bits."""
    with _visible(layer) as (source, right, down):
        here = box.moved(right, down)
        rectangle = Gegl.Rectangle.new(here.x, here.y, box.width, box.height)
        buffer = new.get_buffer()
        source.get_buffer().copy(rectangle, Gegl.AbyssPolicy.NONE, buffer, Gegl.Rectangle.new(0, 0, box.width, box.height))
        buffer.flush()
    new.update(0, 0, box.width, box.height)


def add_mask(new: Gimp.Layer, selected: Mask | None, own: Gimp.LayerMask | None, box: Box) -> None:
    """Give `new` a mask: what was selected and, over `box` of its source, what that layer's `own` mask lets through."""
    if selected is None and own is None:
        return
    mask = new.create_mask(Gimp.AddMaskType.WHITE)
    new.add_mask(mask)
    if selected is not None:
        _set(mask, selected.format, selected.data)
    if own is not None:
        mask.combine_masks(own, Gimp.ChannelOps.INTERSECT, -box.x, -box.y)


def get(drawable: Gimp.Drawable, box: Box, kind: str, scale: float = 1.0, size: tuple[int, int] | None = None) -> bytes:
    """The pixels of `box`; a reduced copy's rectangle is given in its own, smaller pixels."""
    width, height = size or (box.width, box.height)
    where = Gegl.Rectangle.new(round(box.x * scale), round(box.y * scale), width, height)
    # Reduced pixels at the border would mix with the nothing outside.
    beyond = Gegl.AbyssPolicy.NONE if scale == 1 else Gegl.AbyssPolicy.CLAMP
    return drawable.get_buffer().get(where, scale, kind, beyond)


def _set(drawable: Gimp.Drawable, kind: str, data: bytes) -> None:
    """Fill the whole of `drawable`."""
    width, height = drawable.get_width(), drawable.get_height()
    buffer = drawable.get_buffer()
    buffer.set(Gegl.Rectangle.new(0, 0, width, height), kind, data)
    buffer.flush()
    drawable.update(0, 0, width, height)
