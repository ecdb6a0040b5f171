"""One layer's journey inside GIMP: read it, send it to the worker, show progress, put the result above it as one undo step."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import buffers
from common import texts
from gi.repository import Gegl, Gimp
from order import Order

from nst_core import client, errors

# How long the worker is listened to before the window is served again, in seconds.
POLL = 0.04

# A note on the new layer that lives as long as the image is open: which settings and how many seconds it took.
PARASITE = "style-transfer"


def source_layer(image: Gimp.Image, drawables: list[Gimp.Drawable]) -> Gimp.Layer:
    """The one layer to stylize; UsageError says why what is active can't be."""
    if len(drawables) != 1:
        raise errors.UsageError(f"{len(drawables)} layers are active: choose one layer")
    drawable = drawables[0]
    if isinstance(drawable, Gimp.LayerMask):
        raise errors.UsageError("a layer mask is active: click on the layer's own picture in the Layers dialog")
    if not isinstance(drawable, Gimp.Layer):
        raise errors.UsageError(f"the channel {drawable.get_name()!r} is active: choose a layer")
    if image.get_floating_sel() is not None:
        raise errors.UsageError("the image has a floating selection: anchor it or make it a layer first")
    return drawable


def stylize(
    image: Gimp.Image, layer: Gimp.Layer, order: Order, keep_alive: Callable[[], None] | None = None
) -> tuple[Gimp.Layer, list[str]]:
    """Put `layer`, painted as `order` says, on a new layer above it; that and what the user should know come back.

    `keep_alive` is called many times a second while the worker paints. Raises `errors.NstError`; the image is then as it was.
    """
    Gegl.init(None)
    start = time.monotonic()
    Gimp.progress_init("Style Transfer")
    try:
        content = buffers.read(image, layer)
        if content is None:
            raise errors.UsageError("the selection does not touch the layer: select a part of it, or nothing")
        picture = client.Picture(content.box.width, content.box.height, content.channels, content.depth, content.data)
        read = time.monotonic()
        job = client.stylize(picture, order.styles, order.method.name, order.parameters)
        notes = wait(job, keep_alive or (lambda: None))
        result = job.result()
        painted = time.monotonic()
        still_there(image, layer)
        new = buffers.make_layer(image, layer, content, bytes(result.data), order.layer_name)
        buffers.insert_above(image, layer, new)
        seconds = {"read": read - start, "job": painted - read, "insert": time.monotonic() - painted, **job.timings}
        remember(new, order, seconds)
    finally:
        Gimp.progress_end()
    return new, notes


def wait(job: client.Job, keep_alive: Callable[[], None]) -> list[str]:
    """Show the job's progress until it is done, however it ends; the worker's notes to the user come back."""
    notes: list[str] = []
    while True:
        finished = job.done  # asked first: whatever was told before it is in the queue by now
        newest = None
        event = job.next_event(0 if finished else POLL)
        while event is not None:
            if isinstance(event, client.Log):
                notes.append(event.text)
            elif isinstance(event, client.Progress):
                newest = event
            event = job.next_event(0)
        if newest is not None:
            Gimp.progress_set_text(f"Style Transfer: {texts.progress(newest.stage, newest.seconds_left)}")
            Gimp.progress_update(newest.fraction)
        if finished:
            return notes
        keep_alive()


def still_there(image: Gimp.Image, layer: Gimp.Layer) -> None:
    """The user may close the image or delete the layer while the worker paints."""
    if not image.is_valid():
        raise errors.NstError("the image was closed before the result came: open it and run Style Transfer again")
    if not layer.is_valid():
        raise errors.NstError("the layer was deleted before the result came: choose another one and run Style Transfer again")


def remember(new: Gimp.Layer, order: Order, seconds: dict[str, float]) -> None:
    """Note on the new layer how it was made; not saved with the image, whose readers need not know this machine's folders."""
    note = {"method": order.method.name, "style": order.style, "parameters": order.parameters, "seconds": seconds}
    new.attach_parasite(Gimp.Parasite.new(PARASITE, 0, json.dumps(note).encode()))
