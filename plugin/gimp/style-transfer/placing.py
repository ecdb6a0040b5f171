"""Where results go in GIMP: above the layers that were painted, masked with the selection or cut to it, or into a new image."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import buffers
from buffers import Content
from common import output
from common.layers import Box
from common.output import Output
from gi.repository import Gimp

SECONDS = "style-transfer-seconds"


@dataclass(frozen=True)
class Result:
    """What `source` becomes: `content` is what was read of it, now painted, or `unchanged` to the last bit.

    `note` says how it was made, see `common.output`; `seconds` how long that took, by what was done.
    """

    source: Gimp.Layer
    content: Content
    unchanged: bool
    name: str
    note: str
    seconds: Mapping[str, float]


def place(image: Gimp.Image, results: Sequence[Result], where: Output) -> list[Gimp.Layer]:
    """Put the results where they are wanted; the new layers, in the results' order, come back. One step in the undo history."""
    made = [_layer(image, result, cut=where.cut) for result in results]
    if where is Output.IMAGE:
        return _into_new_image(image, results, made)
    image.undo_group_start()
    try:
        for result, new in zip(results, made):
            insert(image, result.source, new)
            # Of one layer the result is wanted to be seen; where several are painted, what was hidden stays so.
            new.set_visible(len(results) == 1 or result.source.get_visible())
            _finish(result, new, where)
        image.set_selected_layers(made)
    finally:
        image.undo_group_end()
    Gimp.displays_flush()
    return made


def note_seconds(new: Gimp.Layer, seconds: Mapping[str, float]) -> None:
    """Note on the layer how long it took, by what was done, for measurements; that isn't saved with the image."""
    new.attach_parasite(Gimp.Parasite.new(SECONDS, 0, json.dumps(dict(seconds)).encode()))


def insert(image: Gimp.Image, layer: Gimp.Layer, new: Gimp.Layer) -> None:
    """Put `new` right above `layer`, in its group."""
    if not image.insert_layer(new, layer.get_parent(), image.get_item_position(layer)):
        new.delete()
        raise RuntimeError("GIMP did not take the new layer")


def _layer(image: Gimp.Image, result: Result, cut: bool) -> Gimp.Layer:
    """The result as a layer that is not in the image's stack yet; with `cut` its mask is what was selected and no more."""
    source, content = result.source, result.content
    new = buffers.make_layer(image, source, content, result.name)
    if result.unchanged and buffers.same_pixels(source, content):
        buffers.copy_pixels(source, content.box, new)
    buffers.add_mask(new, content.mask, None if cut else own_mask(source), content.box)
    new.attach_parasite(Gimp.Parasite.new(output.NOTE, Gimp.PARASITE_PERSISTENT, result.note.encode()))
    return new


def _finish(result: Result, new: Gimp.Layer, where: Output) -> None:
    """Cut `new`, which is in an image's stack by now, to what was selected, if that is wanted."""
    content = result.content
    if not where.cut:
        return
    box = content.box
    if content.selected is not None:
        new.remove_mask(Gimp.MaskApplyMode.APPLY)
        box = content.selected.cut(content.box)
        new.resize(box.width, box.height, content.box.x - box.x, content.box.y - box.y)
    buffers.add_mask(new, None, own_mask(result.source), box)


def _into_new_image(image: Gimp.Image, results: Sequence[Result], made: list[Gimp.Layer]) -> list[Gimp.Layer]:
    """An image of its own for the layers `made`, which it gets copies of, as high and wide as they are together."""
    new_image = _like(image)
    new_image.undo_disable()
    try:
        layers = []
        for result, layer in zip(results, made):
            copy = Gimp.Layer.new_from_drawable(layer, new_image)
            new_image.insert_layer(copy, None, len(layers))
            copy.set_name(result.name)
            copy.set_visible(True)
            _finish(result, copy, Output.IMAGE)
            layers.append(copy)
        around = _around([buffers.place(layer) for layer in layers])
        new_image.resize(around.width, around.height, -around.x, -around.y)
        new_image.set_selected_layers(layers)
    except BaseException:
        new_image.delete()
        raise
    finally:
        for layer in made:
            layer.delete()
    new_image.undo_enable()
    return layers


def _like(image: Gimp.Image) -> Gimp.Image:
    """An empty image of the same kind: its colours, their precision and meaning, and how large it is printed."""
    new = Gimp.Image.new_with_precision(1, 1, image.get_base_type(), image.get_precision())
    if image.get_base_type() == Gimp.ImageBaseType.INDEXED:
        new.set_palette(image.get_palette())
    profile = image.get_color_profile()
    if profile is not None:
        new.set_color_profile(profile)
    _, horizontal, vertical = image.get_resolution()
    new.set_resolution(horizontal, vertical)
    new.set_unit(image.get_unit())
    return new


def _around(boxes: Sequence[Box]) -> Box:
    """The smallest box that holds all of these."""
    left, top = min(box.x for box in boxes), min(box.y for box in boxes)
    right, bottom = max(box.x + box.width for box in boxes), max(box.y + box.height for box in boxes)
    return Box(left, top, right - left, bottom - top)


def own_mask(layer: Gimp.Layer) -> Gimp.LayerMask | None:
    """The mask with which the layer hides a part of itself: its result must not show there either."""
    return layer.get_mask() if layer.get_apply_mask() else None
