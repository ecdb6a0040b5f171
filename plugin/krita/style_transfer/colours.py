"""Colour spaces: which pixels travel as they are, and how all others are converted: by Krita's own colour management."""

from __future__ import annotations

from typing import NamedTuple

from krita import Document, Krita, Node

from .nst_core import errors

SRGB = "sRGB-elle-V2-srgbtrc.icc"

# Profiles with sRGB's primaries and sRGB's curve under the names that Krita, cameras and other programs give them.
# One that is missing here costs two conversions, and no colour.
ENCODED_AS_SRGB = frozenset(
    {SRGB, "sRGB-elle-V4-srgbtrc.icc", "sRGB built-in", "sRGB IEC61966-2.1", "sRGB", "Artifex Software sRGB ICC Profile"}
)

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


def convert(pixels: bytes, width: int, height: int, source: Space, target: Space) -> bytes:
    """`pixels` of colour space `source` in colour space `target`; PictureError when Krita can't convert between them.

    Krita converts whole documents only (a layer's conversion would be a step in the user's undo history), so a scratch
    document without a window carries them: 0.15 s for 1024×1024 pixels. Its results lie in 0..1, like the network's.
    """
    if source == target:
        return pixels
    scratch = Krita.instance().createDocument(width, height, "Style Transfer", *source, 72.0)
    try:
        # Krita takes sRGB in place of a profile that it does not know.
        if space_of(scratch) != source:
            raise _unknown(source)
        layer = scratch.topLevelNodes()[0]
        layer.setPixelData(pixels, 0, 0, width, height)
        if not scratch.setColorSpace(*target):
            raise _unknown(target)
        scratch.waitForDone()
        if space_of(layer) != target:
            raise _unknown(target)
        return bytes(layer.pixelData(0, 0, width, height))
    finally:
        scratch.setModified(False)
        scratch.close()


def _unknown(space: Space) -> errors.PictureError:
    return errors.PictureError(
        f'Krita can\'t convert the colour space {space.model} {space.depth} with the profile "{space.profile}": '
        "choose RGB with Image → Convert Image Color Space first"
    )
