"""Colour spaces: which pixels travel as they are, how all others are converted (by Krita's own colour management), and layers in
any of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import NamedTuple

from krita import Document, Krita, Node

from .common.translation import _
from .nst_core import errors
from .nst_core.wire import Block

SRGB = "sRGB-elle-V2-srgbtrc.icc"

# Profiles with sRGB's primaries and sRGB's curve under the names that Krita, cameras and other programs give them.
# One that is missing here costs two conversions, and no colour.
ENCODED_AS_SRGB = frozenset(
    {SRGB, "sRGB-elle-V4-srgbtrc.icc", "sRGB built-in", "sRGB IEC61966-2.1", "sRGB", "Artifex Software sRGB ICC Profile"}
)

# What Krita calls them, as people do; no picture can be painted in these.
SEPARATE = {"CMYKA": "CMYK", "LABA": "L*a*b*", "XYZA": "XYZ", "YCbCrA": "YCbCr"}

# Krita's byte order inside a pixel, by depth.
ORDER = {"U8": "BGRA", "U16": "BGRA", "F16": "RGBA", "F32": "RGBA"}


class Space(NamedTuple):
    """A colour space in Krita's words, e.g. ("RGBA", "U8", "sRGB-elle-V2-srgbtrc.icc")."""

    model: str
    depth: str
    profile: str

    @property
    def channels(self) -> str:
        """The order of an RGBA pixel's channels, in the wire's words."""
        return ORDER[self.depth]


def space_of(holder: Node | Document) -> Space:
    """The colour space of a layer's pixels, or of a document's."""
    return Space(holder.colorModel(), holder.colorDepth(), holder.colorProfile())


def travelling(space: Space) -> Space:
    """The colour space in which pixels of `space` travel: sRGB-encoded RGBA, as wide as they are or wider.

    What has to be converted gets room for it: integers travel as U16, floats as F32.
    """
    if space.model == "RGBA" and space.profile in ENCODED_AS_SRGB and space.depth in ORDER:
        return space
    return Space("RGBA", "F32" if space.depth.startswith("F") else "U16", SRGB)


def convert(pixels: Block, width: int, height: int, source: Space, target: Space) -> Block:
    """`pixels` of colour space `source` in colour space `target`; PictureError when Krita can't convert between them.

    Krita converts whole documents only (a layer's conversion would be a step in the user's undo history), so a scratch
    document without a window carries them: 0.15 s for 1024×1024 pixels. Its results lie in 0..1, like the network's.
    """
    if source == target:
        return pixels
    with scratch(width, height, source) as document:
        layer = document.topLevelNodes()[0]
        layer.setPixelData(pixels, 0, 0, width, height)
        if not document.setColorSpace(*target):
            raise _unknown(target)
        document.waitForDone()
        if space_of(layer) != target:
            raise _unknown(target)
        return bytes(layer.pixelData(0, 0, width, height))


@contextlib.contextmanager
def maker(document: Document, space: Space) -> Iterator[Document]:
    """What makes new layers of that colour space for `document`, until they are in it; PictureError where Krita doesn't know it.

    Krita makes layers in their document's space, and converting one would be a step in the user's undo history. So others
    come from a scratch document: Krita takes them in as its own (5.2, 5.3 and 6.0: saved, undone, painted on, resized).
    """
    if space == space_of(document):
        yield document
    else:
        with scratch(1, 1, space) as other:
            yield other


@contextlib.contextmanager
def scratch(width: int, height: int, space: Space) -> Iterator[Document]:
    """A document that nobody sees, closed at the end; PictureError when Krita has no such colour space."""
    document = Krita.instance().createDocument(width, height, "Style Transfer", *space, 72.0)
    try:
        # Krita takes sRGB in place of a profile that it does not know.
        if space_of(document) != space:
            raise _unknown(space)
        yield document
    finally:
        document.setModified(False)
        document.close()


def note(name: str, space: Space) -> str:
    """What the user should know of a painting on the layer `name`; "" when there is nothing."""
    if space.model == "GRAYA":
        told = _("“{name}” is grey, and so is what is painted: Layer → Convert → Convert Layer Color Space gives it colours")
        return told.format(name=name)
    if space.model in SEPARATE:
        told = _("“{name}” is in {model}: it was painted in sRGB and converted back to its profile “{profile}”")
        return told.format(name=name, model=SEPARATE[space.model], profile=space.profile)
    return ""


def _unknown(space: Space) -> errors.PictureError:
    return errors.PictureError(
        _(
            'Krita can\'t convert the colour space {model} {depth} with the profile "{profile}": choose RGB with '
            "Image → Convert Image Color Space first"
        ).format(model=space.model, depth=space.depth, profile=space.profile)
    )
