"""A job as a client asks for it: pictures, styles, and the frame of the wire that says so.

Standard library only, Python 3.9 and newer.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Union

from . import limits, packs, reach, wire

Path_ = Union[str, "os.PathLike[str]"]


@dataclass(frozen=True)
class Picture:
    """Pixels as they travel: rows top to bottom without padding, native byte order, sRGB-encoded, straight alpha.

    `channels` is one of L LA RGB RGBA BGR BGRA; `depth` one of u8 u16 (0..all bits set) f16 f32 (0..1).
    """

    width: int
    height: int
    channels: str
    depth: str
    data: wire.Block

    @property
    def header(self) -> dict[str, Any]:
        return {"width": self.width, "height": self.height, "channels": self.channels, "depth": self.depth}


@dataclass(frozen=True)
class Style:
    """A style picture, as a file that the worker reads or as pixels, and its share when there are several.

    `mask`, grey and of the content's size, is white where this style goes; styles without one paint what the others leave
    over, and what no style paints stays as it is.
    """

    source: Path_ | Picture
    weight: float = 1.0
    mask: Path_ | Picture | None = None


@dataclass(frozen=True)
class Stylization:
    """What a job asks for, in the words of the wire."""

    content: Picture
    styles: tuple[Style, ...]
    method: str
    parameters: dict[str, Any]
    preview: bool
    offline: bool

    def frame(self) -> tuple[dict[str, Any], list[wire.Block]]:
        blocks: list[wire.Block] = [self.content.data]
        styles = []
        for style in self.styles:
            named = {**_named(style.source, blocks), "weight": style.weight}
            styles.append(named if style.mask is None else {**named, "mask": _named(style.mask, blocks)})
        params = {
            "content": self.content.header,
            "styles": styles,
            "method": self.method,
            "parameters": self.parameters,
            "preview": self.preview,
            **_brought(self.offline),
        }
        return {"id": 1, "method": "stylize", "params": params}, blocks

    def outcome(self, result: dict[str, Any], blocks: list[bytearray]) -> Picture:
        """The stylized picture, out of the worker's answer."""
        return Picture(**result["raster"], data=blocks[0])


@dataclass(frozen=True)
class Fetching:
    """What is to be brought to this machine, by its id: a model, or a painting with "pack:" before its name."""

    item: str
    offline: bool

    def frame(self) -> tuple[dict[str, Any], list[wire.Block]]:
        return {"id": 1, "method": "fetch", "params": {"item": self.item, **_brought(self.offline)}}, []

    def outcome(self, result: dict[str, Any], _blocks: list[bytearray]) -> Path:
        """Where it lies, out of the worker's answer."""
        return Path(result["path"])


@dataclass(frozen=True)
class Graded:
    """How near a painting comes: each grade 0 to 10 by its name (`overall`, `content`, `style`, `style_picture`), the same in
    a word or two, the share that was painted and graded, and an RGBA picture of the painting's size that shows where it differs.
    """

    grades: dict[str, float]
    words: dict[str, str]
    painted: float
    heat_map: Picture


@dataclass(frozen=True)
class Grading:
    """A painting, what it is compared with, and the style picture if there is one."""

    painting: Picture
    reference: Picture
    style: Path_ | Picture | None
    offline: bool

    def frame(self) -> tuple[dict[str, Any], list[wire.Block]]:
        blocks: list[wire.Block] = [self.painting.data, self.reference.data]
        params: dict[str, Any] = {"painting": self.painting.header, "reference": self.reference.header}
        if self.style is not None:
            params["style"] = _named(self.style, blocks)
        params.update(_brought(self.offline))
        return {"id": 1, "method": "compare", "params": params}, blocks

    def outcome(self, result: dict[str, Any], blocks: list[bytearray]) -> Graded:
        heat_map = Picture(**result["raster"], data=blocks[0])
        return Graded(result["grades"], result["words"], result["painted"], heat_map)


def _brought(offline: bool) -> dict[str, Any]:
    """What every job takes along from here, whoever has started the worker."""
    return {"offline": offline or reach.offline(), "mirror": reach.mirror(), "limits": limits.here()}


def _named(picture: Path_ | Picture, blocks: list[wire.Block]) -> dict[str, Any]:
    """A picture as the wire names it: by its file, or with its pixels in the next of the `blocks`."""
    if isinstance(picture, Picture):
        blocks.append(picture.data)
        return {"raster": picture.header}
    # The worker has a working folder of its own.
    return {"path": picture if packs.is_painting(picture) else os.path.abspath(os.fspath(picture))}
