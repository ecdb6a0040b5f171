"""The way of one layer or of several inside GIMP: read, sent to the worker, and put back together as one step to undo."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import buffers
import placing
import regions
from common import output, texts
from common.output import Output
from common.styles import by_selection
from common.translation import _, ngettext
from gi.repository import Gegl, Gimp
from order import Order
from placing import Result
from watching import Bar, Watcher, Wish

from nst_core import __version__, client, errors

# How long the worker is listened to before the window is served again, and how often it is looked whether the image is still
# there, in seconds.
POLL = 0.04
LOOK = 0.5


@dataclass(frozen=True)
class Source:
    """What is painted: a part of the layer, with the styles and where on it each goes."""

    layer: Gimp.Layer
    content: buffers.Content
    styles: list[client.Style]


def source_layers(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> list[Gimp.Layer]:
    """The layers to stylize, topmost first; UsageError says why what is active can't be."""
    if not drawables:
        raise errors.UsageError(_("no layer is active: choose one"))
    for drawable in drawables:
        if isinstance(drawable, Gimp.LayerMask):
            raise errors.UsageError(_("a layer mask is active: click on the layer's own picture in the Layers dialog"))
        if not isinstance(drawable, Gimp.Layer):
            raise errors.UsageError(_("the channel {name!r} is active: choose a layer").format(name=drawable.get_name()))
    if image.get_floating_sel() is not None:
        raise errors.UsageError(_("the image has a floating selection: anchor it or make it a layer first"))
    # A group's picture holds its layers already: those of one that is chosen too are not painted a second time.
    layers = [layer for layer in drawables if not any(group in drawables for group in _groups(layer))]
    return sorted(layers, key=lambda layer: [image.get_item_position(one) for one in (*reversed(_groups(layer)), layer)])


def source_layer(image: Gimp.Image, drawables: Sequence[Gimp.Drawable]) -> Gimp.Layer:
    """The one layer that is active; UsageError as above, and where there are several."""
    if len(drawables) > 1:
        count = len(drawables)
        told = ngettext("{count} layer is active: choose one layer", "{count} layers are active: choose one layer", count)
        raise errors.UsageError(told.format(count=count))
    return source_layers(image, drawables)[0]


def stylize(
    image: Gimp.Image,
    layers: Sequence[Gimp.Layer],
    order: Order,
    where: Output = output.DEFAULT,
    watcher: Watcher | None = None,
) -> tuple[list[Gimp.Layer], list[str]]:
    """Paint `layers` as `order` says and put the results where they are wanted; they and what the user should know come back.

    Raises `errors.NstError`; the image is then as it was, also when only the last of several layers failed.
    """
    Gegl.init(None)
    watcher = watcher or Bar()
    watcher.begin()
    try:
        start = time.monotonic()
        sources, notes = _read(image, layers, order)
        read = time.monotonic() - start
        results: list[Result] = []
        for number, source in enumerate(sources, 1):
            watcher.turn_to(source.layer)
            try:
                results.append(_painted(image, source, order, Part(watcher, number, len(sources)), notes))
            except errors.Cancelled:
                if watcher.wish is not Wish.KEEP or not results:
                    raise
            if number < len(sources):
                watcher.may_keep()
            if watcher.wish is Wish.CANCEL:  # heard when the last part was done already
                raise errors.Cancelled()
            if watcher.wish is Wish.KEEP:
                break
        results = _still_there(image, results, notes)
        start = time.monotonic()
        made = placing.place(image, results, where)
        for result, new in zip(results, made):
            placing.note_seconds(new, {"read": read, **result.seconds, "insert": time.monotonic() - start})
    finally:
        watcher.end()
    return made, list(dict.fromkeys(notes))


class Part:
    """The share of one layer's job in the whole: shows its progress as that of all."""

    def __init__(self, watcher: Watcher, number: int = 1, count: int = 1) -> None:
        """`number` counts from 1."""
        self.watcher, self._number, self._count = watcher, number, count

    def show(self, event: client.Progress) -> None:
        told = output.of_several(self._number, self._count, texts.progress(event.stage, event.seconds_left))
        self.watcher.show((self._number - 1 + event.fraction) / self._count, told)


def wait(job: client.Job, part: Part, image: Gimp.Image) -> list[str]:
    """Show the job's progress until it is done, however it ends; the worker's notes to the user come back.

    It is stopped when the user wants that, or closes the image.
    """
    notes: list[str] = []
    looked = time.monotonic()
    while True:
        finished = job.done  # asked first: whatever was told before it is in the queue by now
        newest = None
        event = job.next_event(0 if finished else POLL)
        while event is not None:
            if isinstance(event, client.Log):
                notes.append(event.text)
            elif isinstance(event, client.Preview):
                part.watcher.preview(event.picture)
                part.watcher.may_keep()
            elif isinstance(event, client.Progress):
                newest = event
            event = job.next_event(0)
        if newest is not None:
            part.show(newest)
        if finished:
            return notes
        part.watcher.serve()
        if part.watcher.wish is Wish.KEEP:
            job.finish()
        elif part.watcher.wish is Wish.CANCEL:
            job.cancel()
        elif time.monotonic() - looked > LOOK:
            looked = time.monotonic()
            if not image.is_valid():
                job.cancel()


def still_there(image: Gimp.Image, layer: Gimp.Layer) -> None:
    """The user may close the image or delete the layer while the worker paints."""
    if not image.is_valid():
        raise errors.NstError(_("the image was closed before the result came: open it and run Style Transfer again"))
    if not layer.is_valid():
        raise errors.NstError(_("the layer was deleted before the result came: choose another one and run Style Transfer again"))


def _groups(layer: Gimp.Layer) -> list[Gimp.Layer]:
    """The groups in which the layer lies, the nearest first."""
    parent = layer.get_parent()
    return [] if parent is None else [parent, *_groups(parent)]


def _read(image: Gimp.Image, layers: Sequence[Gimp.Layer], order: Order) -> tuple[list[Source], list[str]]:
    """What is painted of each layer, and notes on those of which it is nothing.

    All at once: the user may select something else, or paint on, before the last one's turn comes.
    """
    sources, notes = [], []
    for layer in layers:
        content = buffers.read(image, layer, by_selection(order.styles))
        if content is None:
            notes.append(_("the layer {name!r} was not painted: the selection does not touch it").format(name=layer.get_name()))
        else:
            sources.append(Source(layer, content, regions.styles(image, layer, order.styles, content.box)))
    if not sources:
        if len(layers) == 1:
            raise errors.UsageError(_("the selection does not touch the layer: select a part of it, or nothing"))
        raise errors.UsageError(_("the selection does not touch the layers: select a part of them, or nothing"))
    return sources, notes


def _painted(image: Gimp.Image, source: Source, order: Order, part: Part, notes: list[str]) -> Result:
    """One layer's content, painted; what the worker notes goes to the `notes`."""
    start, layer, content = time.monotonic(), source.layer, source.content
    picture = client.Picture(content.box.width, content.box.height, content.channels, content.depth, content.data)
    preview = part.watcher.wants_previews
    job = client.stylize(picture, source.styles, order.method.name, order.parameters, preview=preview)
    notes += wait(job, part, image)
    try:
        data = bytes(job.result().data)
    except errors.Cancelled:
        still_there(image, layer)
        raise
    if len(data) != len(content.data):
        raise ValueError(f"{len(data)} bytes came back for {len(content.data)}")  # GEGL would read past the end
    styles = [(style.source, style.weight) for style in order.styles]
    note = output.note(order.method.name, order.model, styles, order.parameters, __version__)
    seconds = {"job": time.monotonic() - start, **job.timings}
    return Result(layer, replace(content, data=data), data == content.data, order.layer_name, note, seconds)


def _still_there(image: Gimp.Image, results: list[Result], notes: list[str]) -> list[Result]:
    """The results whose layers are there; NstError when there is none."""
    left = [result for result in results if image.is_valid() and result.source.is_valid()]
    if not left:
        still_there(image, results[0].source)
    if len(left) < len(results):
        count = len(results) - len(left)
        told = ngettext(
            "{count} of the layers was deleted before its result came",
            "{count} of the layers were deleted before their results came",
            count,
        )
        notes.append(told.format(count=count))
    return left
