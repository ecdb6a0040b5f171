"""What both hosts keep (styles, presets, results), with this plug-in's engine and pictures passed in."""

from __future__ import annotations

from common.gallery import Gallery
from common.history import History
from common.presets import Presets
from gi.repository import Gimp, GLib
from order import Order

from nst_core import errors, folders, samples, schema, weights

SAMPLES = samples.SAMPLES[0].path.parent
THUMBNAIL = 256  # pixels of a result's long side: for screens with two pixels a point


def gallery() -> Gallery:
    """All styles, and which are favourites or were used last."""
    return Gallery(folders.data(), samples.SAMPLES, weights.Store().paintings)


def presets() -> Presets:
    """The user's presets."""
    return Presets(folders.data(), str(SAMPLES), schema.check, errors.UsageError)


def history() -> History:
    """The newest results."""
    return History(folders.data(), str(SAMPLES), schema.check, errors.UsageError)


def painted(order: Order, layer: Gimp.Layer) -> None:
    """Remember the result in the new `layer`, and that its styles were used."""
    history().add(order.method.name, order.styles, order.parameters, _png(layer))
    for style in reversed(order.styles):
        gallery().used(style.source)


def _png(layer: Gimp.Layer) -> bytes | None:
    """The layer as a small file's contents; None where that can't be had."""
    small = layer.get_thumbnail(THUMBNAIL, THUMBNAIL, Gimp.PixbufTransparency.KEEP_ALPHA)
    try:
        return bytes(small.save_to_bufferv("png", [], [])[1]) if small else None
    except GLib.Error:
        return None
