"""Where a result lies and what its layer is called: rectangle arithmetic and names, no pixels and no host."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from .translation import _

# Of the surroundings, in pixels, painted with what is selected. Beside what 256 of them give, the selection's edge then differs
# no more than its middle: by 17 and 17 of 255 with MicroAST, 20 and 25 with Quick (192 pixels of our lake, after our oil). That
# is the statistics' doing, which each network takes over all that it sees; with none it is 23 and 19, and 30 and 28.
MARGIN = 64

LONGEST_STYLE_NAME = 40
OWN_STYLE = "style-"  # so the files of the style pictures that ship begin
PAINTING = "pack:"  # so the paintings of the style packs are named


@dataclass(frozen=True)
class Box:
    """A rectangle in whole pixels; `x` and `y` may be negative, `width` and `height` are 0 when it is empty."""

    x: int
    y: int
    width: int
    height: int

    @property
    def empty(self) -> bool:
        return self.width <= 0 or self.height <= 0

    def grown(self, margin: int) -> Box:
        """The box with `margin` more pixels on every side."""
        return Box(self.x - margin, self.y - margin, self.width + 2 * margin, self.height + 2 * margin)

    def cut(self, other: Box) -> Box:
        """What lies in both; a box of size 0 where nothing does."""
        x, y = max(self.x, other.x), max(self.y, other.y)
        right = min(self.x + self.width, other.x + other.width)
        bottom = min(self.y + self.height, other.y + other.height)
        return Box(x, y, max(0, right - x), max(0, bottom - y))

    def moved(self, right: int, down: int) -> Box:
        """The box at another place: from layer to image coordinates by the layer's offsets, and back."""
        return Box(self.x + right, self.y + down, self.width, self.height)


def region(layer: Box, selected: Box | None, margin: int = MARGIN) -> Box:
    """The part of `layer` to stylize: all of it when nothing is selected, else the bounds of the selection with a margin.

    Both boxes in the same coordinates. The margin gives the network the surroundings it would see in the whole
    picture, and the user pixels to paint the mask outwards. Empty when the selection misses the layer.
    """
    if selected is None:
        return layer
    hit = selected.cut(layer)
    return hit if hit.empty else hit.grown(margin).cut(layer)


def style_name(source: str | os.PathLike[str]) -> str:
    """A style picture's file as words: `/a/starry_night.jpg` gives `starry night`, our own `style-woodcut.jpg` `woodcut`,
    a painting `pack:great-wave` `great wave`."""
    stem = os.path.splitext(os.path.basename(os.fspath(source)))[0]
    for beginning in (OWN_STYLE, PAINTING):
        stem = stem[len(beginning) :] if stem.startswith(beginning) else stem
    words = " ".join(stem.replace("_", " ").replace("-", " ").split())
    words = _(words)  # those of our own styles and paintings are in the catalogues
    return words if len(words) <= LONGEST_STYLE_NAME else words[: LONGEST_STYLE_NAME - 1].rstrip() + "…"


def layer_name(model: str, styles: Sequence[str], strength: float | None) -> str:
    """The new layer's name: `model` as its label, `styles` as words, `strength` in [0, 1]; what a method lacks is left out.

    The style comes first, because the layers dialogs of both hosts cut names after some twelve letters.

    >>> layer_name("MicroAST", ["starry night"], 0.8)
    'starry night, MicroAST, 80 %'
    """
    share = "" if strength is None else f"{strength * 100:.0f} %"
    return ", ".join(filter(None, (" + ".join(styles), model, share)))
