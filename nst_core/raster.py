"""Pixels as they travel: shape, channels, depth; between the wire's bytes, numpy arrays and tensors. No files here.

All pixels are sRGB-encoded with straight (not premultiplied) alpha, rows top to bottom, native byte order.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Union

import numpy as np

from .errors import PictureError, UsageError

if TYPE_CHECKING:
    from torch import Tensor

BAND_PIXELS = 2**20
"""Pixels in a band: what is computed for one stays in the processor's cache, and memory hardly grows."""

Bytes = Union[bytes, bytearray, memoryview]

CHANNELS = ("L", "LA", "RGB", "RGBA")
"""What a `Raster` holds."""

WIRE_CHANNELS = (*CHANNELS, "BGR", "BGRA")
"""What may travel: Krita's integer layers are stored blue first."""

DEPTHS: dict[str, np.dtype[Any]] = {
    "u8": np.dtype(np.uint8),
    "u16": np.dtype(np.uint16),
    "f16": np.dtype(np.float16),
    "f32": np.dtype(np.float32),
}
"""Integers span 0 to their greatest value, floats 0 to 1 (and beyond, in pictures of high dynamic range)."""

MINIMUM_SIDE = 16
"""In pixels: what is smaller has nothing to paint, and the networks' padding has nothing to mirror."""

_DEPTH_NAMES = {kind: name for name, kind in DEPTHS.items()}


@dataclass(frozen=True, eq=False)
class Raster:
    """A picture: `pixels` (H, W, C), C-contiguous, of one of `DEPTHS`; `channels` one of `CHANNELS`.

    Raises UsageError when the two don't fit together.
    """

    pixels: np.ndarray
    channels: str

    def __post_init__(self) -> None:
        if self.channels not in CHANNELS:
            raise UsageError(f"channels {self.channels!r} are unknown: give {', '.join(CHANNELS)}")
        if self.pixels.dtype not in _DEPTH_NAMES:
            raise UsageError(f"pixels of type {self.pixels.dtype} are not supported: give {', '.join(DEPTHS)}")
        if self.pixels.ndim != 3 or self.pixels.shape[2] != len(self.channels) or self.pixels.size == 0:
            raise UsageError(f"pixels of shape {self.pixels.shape} don't make a picture of channels {self.channels}")
        if not self.pixels.flags.c_contiguous:
            object.__setattr__(self, "pixels", np.ascontiguousarray(self.pixels))

    @property
    def width(self) -> int:
        return int(self.pixels.shape[1])

    @property
    def height(self) -> int:
        return int(self.pixels.shape[0])

    @property
    def has_alpha(self) -> bool:
        return self.channels.endswith("A")

    @property
    def depth(self) -> str:
        return _DEPTH_NAMES[self.pixels.dtype]


def demand_size(raster: Raster, name: str) -> None:
    """PictureError when `raster`, called `name` in the sentence, is too small to be painted."""
    if min(raster.width, raster.height) < MINIMUM_SIDE:
        raise PictureError(f"{name} is {raster.width}×{raster.height} pixels: it must have at least {MINIMUM_SIDE} on each side")


def from_wire(header: dict[str, Any], block: Bytes) -> Raster:
    """The picture whose `header` says width, height, channels (one of `WIRE_CHANNELS`) and depth, and whose pixels are `block`.

    The pixels are a view of `block` where the order of channels allows it. UsageError when they don't fit together.
    """
    width, height = (_side(header, name) for name in ("width", "height"))
    channels, depth = header.get("channels"), header.get("depth")
    if channels not in WIRE_CHANNELS:
        raise UsageError(f"channels {channels!r} are unknown: give {', '.join(WIRE_CHANNELS)}")
    if depth not in DEPTHS:
        raise UsageError(f"depth {depth!r} is unknown: give {', '.join(DEPTHS)}")
    size, wanted = memoryview(block).nbytes, width * height * len(channels) * DEPTHS[depth].itemsize
    if size != wanted:
        raise UsageError(f"a picture of {width}x{height} {channels} {depth} takes {wanted} bytes, but {size} came: send it again")
    pixels = np.frombuffer(block, DEPTHS[depth]).reshape(height, width, len(channels))
    if channels in CHANNELS:
        return Raster(pixels, channels)
    return Raster(_red_and_blue_swapped(pixels), channels.replace("BGR", "RGB"))


def to_wire(raster: Raster, channels: str | None = None) -> tuple[dict[str, Any], memoryview]:
    """Header and bytes of `raster` in its own channels, or in `channels`: the same ones in another order ("BGRA" of RGBA)."""
    channels = channels or raster.channels
    pixels = raster.pixels
    if channels != raster.channels:
        if channels.replace("BGR", "RGB") != raster.channels:
            raise UsageError(f"a picture of channels {raster.channels} can't be sent as {channels!r}")
        pixels = _red_and_blue_swapped(pixels)
    header = {"width": raster.width, "height": raster.height, "channels": channels, "depth": raster.depth}
    return header, pixels.reshape(-1).view(np.uint8).data


def to_tensors(raster: Raster) -> tuple[Tensor, Tensor | None]:
    """Colours (1, 3, H, W) and alpha (1, 1, H, W) or None, float32 on the CPU; grey gives three equal planes.

    Integers are divided by their greatest value, floats stay what they are, also outside [0, 1].
    """
    return _colours(raster), _alpha(raster) if raster.has_alpha else None


def visible(raster: Raster) -> tuple[Tensor, Tensor | None]:
    """What a network may see: the colours of `to_tensors`, but in [0, 1] and 0 for what is no number; the alpha, or None where
    every pixel is opaque."""
    rgb = _colours(raster)
    if raster.pixels.dtype.kind == "f":
        rgb.nan_to_num_(0.0).clamp_(0, 1)
    full = np.iinfo(raster.pixels.dtype).max if raster.pixels.dtype.kind == "u" else 1
    opaque = not raster.has_alpha or bool((raster.pixels[..., -1] >= full).all())
    return rgb, None if opaque else _alpha(raster)


def bands(raster: Raster) -> Iterator[tuple[slice, Raster]]:
    """`raster` in pieces of whole rows, about a million pixels each, with the rows that they are."""
    rows = max(1, BAND_PIXELS // raster.width)
    for start in range(0, raster.height, rows):
        band = slice(start, min(start + rows, raster.height))
        yield band, Raster(raster.pixels[band], raster.channels)


def from_bands(make: Callable[[slice, Raster], Tensor], like: Raster) -> Raster:
    """The picture whose colours (1, 3, h, W) `make` gives for every band of `like`: see `from_tensors`."""
    made = np.empty((like.height, like.width, 3 + like.has_alpha), like.pixels.dtype)
    for rows, band in bands(like):
        made[rows] = from_tensors(make(rows, band), band).pixels
    return Raster(made, "RGBA" if like.has_alpha else "RGB")


def from_tensors(rgb: Tensor, like: Raster) -> Raster:
    """The picture of colours `rgb` (1, 3, H, W) at the depth of `like` and with its alpha, bit for bit; grey becomes RGB.

    For integers, values are clamped to [0, 1] and rounded to the nearest, not-a-number is 0; floats stay what they are.
    UsageError when `rgb` is not of the size of `like`.
    """
    if tuple(rgb.shape) != (1, 3, like.height, like.width):
        raise UsageError(f"colours of shape {tuple(rgb.shape)} don't fit a picture of {like.width}x{like.height} pixels")
    planes = rgb[0].detach().cpu().float().numpy()
    pixels = np.empty((like.height, like.width, 3 + like.has_alpha), like.pixels.dtype)
    for index, plane in enumerate(planes):
        pixels[..., index] = to_depth(plane, pixels.dtype)
    if like.has_alpha:
        pixels[..., 3] = like.pixels[..., -1]
    return Raster(pixels, "RGBA" if like.has_alpha else "RGB")


def to_depth(values: np.ndarray, depth: np.dtype[Any]) -> np.ndarray:
    """`values` of any of `DEPTHS` at another one: integers are scaled, clamped and rounded to the nearest, not-a-number is 0."""
    depth = np.dtype(depth)
    if values.dtype == depth:
        return values
    if depth.kind == "f":
        return to_unit(values).astype(depth)
    if values.dtype == np.uint8:
        return values.astype(np.uint16) * np.uint16(257)  # 65535 = 255 * 257
    if values.dtype == np.uint16:
        return ((values.astype(np.uint32) + 128) // 257).astype(np.uint8)
    scaled = np.fmax(values, np.float32(0), dtype=np.float32)  # which takes 0 where the other one is not a number
    np.minimum(scaled, np.float32(1), out=scaled)
    scaled *= np.float32(np.iinfo(depth).max)
    return np.rint(scaled, out=scaled).astype(depth)


def to_unit(values: np.ndarray) -> np.ndarray:
    """`values` of any of `DEPTHS` as float32 in units of full scale; a new array unless they are float32 already."""
    if values.dtype.kind == "f":
        return values.astype(np.float32, copy=False)
    return np.divide(values, np.float32(np.iinfo(values.dtype).max), dtype=np.float32)


def _colours(raster: Raster) -> Tensor:
    import torch

    planes = torch.from_numpy(_planes(raster.pixels[..., : len(raster.channels) - raster.has_alpha]))
    return planes.expand(3, -1, -1).contiguous()[None]


def _alpha(raster: Raster) -> Tensor:
    import torch

    return torch.from_numpy(_planes(raster.pixels[..., -1:]))[None]


def _planes(pixels: np.ndarray) -> np.ndarray:
    """(H, W, C) of any depth as a new, writeable (C, H, W) float32."""
    planes = np.empty((pixels.shape[2], *pixels.shape[:2]), np.float32)
    for index, plane in enumerate(planes):
        plane[...] = to_unit(pixels[..., index])
    return planes


def _red_and_blue_swapped(pixels: np.ndarray) -> np.ndarray:
    order = [2, 1, 0, 3][: pixels.shape[2]]
    return np.ascontiguousarray(pixels[..., order])


def _side(header: dict[str, Any], name: str) -> int:
    value = header.get(name)
    if not isinstance(value, int) or isinstance(value, bool) or value < 1:
        raise UsageError(f"{name} {value!r} is not a size: give a whole number of pixels from 1")
    return value
