"""Pictures as the bytes of a file: what the bytes hold, and a raster as bytes of PNG, JPEG, WebP or TIFF. No paths here.

PNG goes through libpng (imagecodecs) and TIFF through tifffile, because Pillow cuts 16-bit colour to 8; Pillow does the rest.
"""

from __future__ import annotations

import io
import logging
import struct
import threading
import warnings
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import Any

import imagecodecs
import numpy as np
import tifffile
from PIL import Image, UnidentifiedImageError

from . import icc
from .raster import Raster, to_depth, to_unit

MAX_PIXELS = 2**28
"""The most that a picture may declare, 16384 x 16384: 3 GB as the tensor that it becomes."""

ROTATED = "rotated as its EXIF says"

_DAMAGED = "is damaged and can't be decoded: open it in an image editor and save it again, or take another"
_CUT_SHORT = "is cut short (damaged or not wholly downloaded): get it again from where it came"
_MAX_PROFILE = 16 * 2**20  # bytes; the largest printer profiles have 4 MB
_ORIENTATION, _ICC_PROFILE = 274, 34675  # TIFF tags

logging.getLogger("tifffile").addHandler(logging.NullHandler())  # else its remarks on odd files land on the user's terminal


class Unreadable(Exception):
    """What is wrong with a picture and what to do, to follow its name in a sentence."""


class Unwritable(Exception):
    """Why a format can't take a raster and what to do, to follow the file's name in a sentence."""


@dataclass(frozen=True)
class Decoded:
    """A file's content as stored: `pixels` (H, W, C); `channels` L, RGB or CMYK, with an A behind them for straight alpha."""

    pixels: np.ndarray
    channels: str
    profile: bytes | None = None
    orientation: int = 1
    notes: tuple[str, ...] = ()


def decode(data: bytes) -> Decoded:
    """The picture in `data`; `Unreadable` when there is none, it is damaged, or it declares more than `MAX_PIXELS`."""
    decoder = next((decoder for offset, magic, decoder in _DECODERS if data.startswith(magic, offset)), None)
    if decoder is None:
        raise Unreadable(_what_it_is(data))
    try:
        return decoder(data)
    except (Unreadable, MemoryError):
        raise
    except Exception as error:  # each library has its own ways to say that a file is broken, down to IndexError
        raise Unreadable(_CUT_SHORT if "truncated" in str(error).lower() else _DAMAGED) from error


def encode(raster: Raster, suffix: str) -> tuple[bytes, tuple[str, ...]]:
    """`raster` in the format of `suffix`, one of `SUFFIXES`, tagged as sRGB; and notes on what the format couldn't hold."""
    return SUFFIXES[suffix](raster)


# --- reading ----------------------------------------------------------------------------------------------------------


def _png(data: bytes) -> Decoded:
    chunks = _png_chunks(data)
    width, height = struct.unpack(">II", chunks[b"IHDR"][:8])
    _check_size(width, height)
    pixels = imagecodecs.png_decode(data)
    pixels = pixels.reshape(height, width, -1)
    exif = Image.Exif()
    exif.load(b"Exif\0\0" + chunks.get(b"eXIf", b""))
    channels = ("L", "LA", "RGB", "RGBA")[pixels.shape[2] - 1]
    return Decoded(pixels, channels, _png_profile(chunks.get(b"iCCP")), _valid(exif.get(_ORIENTATION)))


def _png_chunks(data: bytes) -> dict[bytes, bytes]:
    """Every chunk's content but the pixels'; the walk to the end also finds a file that stops too early."""
    chunks: dict[bytes, bytes] = {}
    start = 8
    while b"IEND" not in chunks:
        if start + 12 > len(data):
            raise Unreadable(_CUT_SHORT)
        length, kind = struct.unpack(">I4s", data[start : start + 8])
        if start + 12 + length > len(data):
            raise Unreadable(_CUT_SHORT)
        chunks.setdefault(kind, b"" if kind == b"IDAT" else data[start + 8 : start + 8 + length])
        start += 12 + length
    return chunks


def _png_profile(chunk: bytes | None) -> bytes | None:
    """The profile in an iCCP chunk: name, 0, method, deflated bytes; b"" when those are damaged."""
    if chunk is None:
        return None
    _, _, rest = chunk.partition(b"\0")
    try:
        return zlib.decompressobj().decompress(rest[1:], _MAX_PROFILE)
    except zlib.error:
        return b""


def _tiff(data: bytes) -> Decoded:
    with tifffile.TiffFile(io.BytesIO(data)) as file:
        page = file.pages.first
        _check_size(page.imagewidth, page.imagelength)
        segments = zip(page.dataoffsets, page.databytecounts)
        if any(offset + size > len(data) for offset, size in segments):
            raise Unreadable(_CUT_SHORT)
        tags = {code: page.tags[code].value for code in (_ORIENTATION, _ICC_PROFILE) if code in page.tags}
        base = {0: "L", 1: "L", 2: "RGB", 5: "CMYK"}.get(int(page.photometric))
        whole = page.dtype is not None and page.bitspersample == page.dtype.itemsize * 8 and page.dtype.kind in "uf"
        if base is None or not whole:
            # Palettes, bits, YCbCr: all of 8 bits at most, and Pillow knows them. It turns the picture by itself.
            decoded = _pillow(data, "TIFF")
            return replace(decoded, notes=(*decoded.notes, ROTATED)) if _valid(tags.get(_ORIENTATION)) > 1 else decoded
        if page.axes not in ("YX", "YXS", "SYX"):
            raise Unreadable("is a TIFF with more than two dimensions: save one layer of it as a picture")
        pixels = page.asarray()
        pixels = np.moveaxis(pixels, 0, -1) if page.axes == "SYX" else pixels.reshape(*pixels.shape[:2], -1)
        extras = tuple(int(kind) for kind in page.extrasamples)
        white_is_zero = int(page.photometric) == 0
    pixels = _supported_depth(pixels)
    if white_is_zero:
        pixels[..., 0] = (1 if pixels.dtype.kind == "f" else np.iinfo(pixels.dtype).max) - pixels[..., 0]
    pixels, channels, notes = _tiff_alpha(pixels, base, extras)
    return Decoded(pixels, channels, tags.get(_ICC_PROFILE), _valid(tags.get(_ORIENTATION)), notes)


def _tiff_alpha(pixels: np.ndarray, base: str, extras: tuple[int, ...]) -> tuple[np.ndarray, str, tuple[str, ...]]:
    """Colours and the alpha among the extra samples: 1 is premultiplied, 2 straight, 0 something else; unsaid means straight."""
    colours, samples = len(base), pixels.shape[2]
    if samples < colours:
        raise Unreadable(_DAMAGED)
    kinds = (extras or (2,))[: samples - colours]
    alpha = next((index for index, kind in enumerate(kinds) if kind in (1, 2)), None)
    left_out = samples - colours - (alpha is not None)
    notes = (f"left out {left_out} extra channel{'s' * (left_out > 1)}",) if left_out else ()
    if alpha is None:
        return np.ascontiguousarray(pixels[..., :colours]), base, notes
    picked = np.ascontiguousarray(pixels[..., [*range(colours), colours + alpha]])
    return _straight(picked) if kinds[alpha] == 1 else picked, base + "A", notes


def _straight(pixels: np.ndarray) -> np.ndarray:
    """Colours divided by the alpha that they were multiplied with; black where nothing is seen."""
    alpha = to_unit(pixels[..., -1:])
    colours = to_unit(pixels[..., :-1])
    divided = np.divide(colours, alpha, out=np.zeros_like(colours), where=alpha > 0)
    return np.concatenate([to_depth(divided, pixels.dtype), pixels[..., -1:]], axis=-1)


def _supported_depth(pixels: np.ndarray) -> np.ndarray:
    """Native 8 or 16-bit integers as they are; other floats and deeper integers as float32."""
    if pixels.dtype.kind == "f":
        return pixels.astype(np.float32)
    if pixels.dtype.itemsize > 2:
        return (pixels / np.float64(np.iinfo(pixels.dtype).max)).astype(np.float32)
    return pixels.astype(pixels.dtype.newbyteorder("="))


def _pillow(data: bytes, kind: str) -> Decoded:
    """The first frame of what Pillow reads in at most 8 bits a channel."""
    with _pillows_opinions_off():
        return _with_pillow(data, kind)


def _with_pillow(data: bytes, kind: str) -> Decoded:
    try:
        image = Image.open(io.BytesIO(data), formats=[kind])
    except UnidentifiedImageError as error:
        raise Unreadable(_DAMAGED) from error
    with image:
        _check_size(*image.size)
        animated = kind in ("GIF", "WEBP") and getattr(image, "is_animated", False)
        image.load()
        profile = image.info.get("icc_profile")
        orientation = _pillow_orientation(image)
        plain: Image.Image = image
        if image.has_transparency_data and image.mode not in ("LA", "RGBA"):
            plain = image.convert("LA" if image.mode in ("1", "L", "La") else "RGBA")
        elif image.mode not in ("L", "LA", "RGB", "RGBA", "CMYK"):
            plain = image.convert("L" if image.mode == "1" else "RGB")
        pixels = np.array(plain, dtype=np.uint8).reshape(plain.height, plain.width, -1)
    notes = ("took the first frame of an animation",) if animated else ()
    return Decoded(pixels, plain.mode, profile, orientation, notes)


def _pillow_orientation(image: Image.Image) -> int:
    try:
        return _valid(image.getexif().get(_ORIENTATION))
    except Exception:  # EXIF is a garden of broken writers; a picture is never refused for it
        return 1


def _valid(orientation: object) -> int:
    return orientation if isinstance(orientation, int) and 1 <= orientation <= 8 else 1


def _check_size(width: int, height: int) -> None:
    if width < 1 or height < 1:
        raise Unreadable(_DAMAGED)
    if width * height > MAX_PIXELS:
        allowed = f"the {MAX_PIXELS // 10**6} million allowed"
        raise Unreadable(f"declares {width}x{height} pixels, more than {allowed}: scale it down first")


_pillow_lock = threading.Lock()


@contextmanager
def _pillows_opinions_off() -> Iterator[None]:
    """No limit but our own, which holds for every format and has its own words; no warnings on the terminal about odd EXIF."""
    with _pillow_lock, warnings.catch_warnings():
        warnings.simplefilter("ignore")
        limit, Image.MAX_IMAGE_PIXELS = Image.MAX_IMAGE_PIXELS, None
        try:
            yield
        finally:
            Image.MAX_IMAGE_PIXELS = limit


_DECODERS: tuple[tuple[int, bytes, Callable[[bytes], Decoded]], ...] = (
    (0, b"\x89PNG\r\n\x1a\n", _png),
    (0, b"\xff\xd8\xff", lambda data: _pillow(data, "JPEG")),
    (8, b"WEBP", lambda data: _pillow(data, "WEBP")),
    (0, b"II*\0", _tiff),
    (0, b"MM\0*", _tiff),
    (0, b"II+\0", _tiff),
    (0, b"MM\0+", _tiff),
    (0, b"GIF8", lambda data: _pillow(data, "GIF")),
    (0, b"BM", lambda data: _pillow(data, "BMP")),
)

_UNSUPPORTED = (
    (0, b"gimp xcf", "a GIMP document"),
    (0, b"8BPS", "a Photoshop document"),
    (0, b"%PDF", "a PDF document"),
    (0, b"\0\0\0\x0cJXL ", "a JPEG XL picture"),
    (0, b"\xff\x0a", "a JPEG XL picture"),
    (0, b"\0\0\0\x0cjP  ", "a JPEG 2000 picture"),
    (4, b"ftypavif", "an AVIF picture"),
    (4, b"ftyphei", "a HEIC picture"),
    (4, b"ftypmif", "a HEIF picture"),
    (0, b"v/1\x01", "an OpenEXR picture"),
    (38, b"application/x-krita", "a Krita document"),
)


def _what_it_is(data: bytes) -> str:
    for offset, magic, name in _UNSUPPORTED:
        if data.startswith(magic, offset):
            return f"is {name}, which can't be read: save it as PNG, JPEG, WebP or TIFF"
    return "is not a picture: give a PNG, JPEG, WebP, TIFF, BMP or GIF file"


# --- writing ----------------------------------------------------------------------------------------------------------

_SRGB_CHUNK = struct.pack(">I4sBI", 1, b"sRGB", 0, zlib.crc32(b"sRGB\0"))  # with rendering intent 0, perceptual


def _write_png(raster: Raster) -> tuple[bytes, tuple[str, ...]]:
    notes: tuple[str, ...] = ()
    pixels = raster.pixels
    if pixels.dtype.kind == "f":
        pixels = to_depth(pixels, np.dtype(np.uint16))
        notes = ("saved with 16 bits a channel, because PNG has no floats",)
    # Level 4 is twice as fast as zlib's default and gives files that are 6 % larger.
    data = bytes(imagecodecs.png_encode(pixels[..., 0] if raster.channels == "L" else pixels, level=4))
    after_header = 8 + 25
    return data[:after_header] + _SRGB_CHUNK + data[after_header:], notes


def _write_tiff(raster: Raster) -> tuple[bytes, tuple[str, ...]]:
    pixels = raster.pixels.astype(np.float32) if raster.depth == "f16" else raster.pixels
    grey = raster.channels in ("L", "LA")
    buffer = io.BytesIO()
    tifffile.imwrite(
        buffer,
        pixels[..., 0] if raster.channels == "L" else pixels,
        photometric="minisblack" if grey else "rgb",
        planarconfig=None if raster.channels == "L" else "contig",
        extrasamples=["unassalpha"] if raster.has_alpha else None,
        compression="zlib",
        predictor=True,
        iccprofile=icc.grey_profile() if grey else icc.srgb_profile(),
        metadata=None,
        software=False,
    )
    return buffer.getvalue(), ()


def _write_jpeg(raster: Raster) -> tuple[bytes, tuple[str, ...]]:
    notes = []
    pixels = raster.pixels
    if raster.has_alpha:
        opaque = to_unit(pixels[..., -1:])
        pixels = to_unit(pixels[..., :-1]) * opaque + (1 - opaque)
        notes.append("laid on white, because JPEG has no transparency")
    image = _eight_bit_image(pixels, notes, "JPEG", deeper=raster.depth != "u8")
    profile = icc.grey_profile() if image.mode == "L" else icc.srgb_profile()
    return _saved(image, "JPEG", 65500, quality=95, subsampling=0, icc_profile=profile), tuple(notes)


def _write_webp(raster: Raster) -> tuple[bytes, tuple[str, ...]]:
    notes: list[str] = []
    image = _eight_bit_image(raster.pixels, notes, "WebP", deeper=raster.depth != "u8")
    image = image.convert("RGBA" if raster.has_alpha else "RGB")
    return _saved(image, "WebP", 16383, quality=95, icc_profile=icc.srgb_profile()), tuple(notes)


def _eight_bit_image(pixels: np.ndarray, notes: list[str], kind: str, deeper: bool) -> Image.Image:
    if deeper:
        notes.append(f"saved with 8 bits a channel, because {kind} has no more")
    pixels = to_depth(pixels, np.dtype(np.uint8))
    return Image.fromarray(pixels[..., 0] if pixels.shape[2] == 1 else pixels)


def _saved(image: Image.Image, kind: str, longest: int, **options: Any) -> bytes:
    if max(image.size) > longest:
        size = f"{image.width}x{image.height}"
        raise Unwritable(f"can't hold {size} pixels, because {kind} ends at {longest} a side: save it as .png or .tif")
    buffer = io.BytesIO()
    image.save(buffer, kind, **options)
    return buffer.getvalue()


SUFFIXES: dict[str, Callable[[Raster], tuple[bytes, tuple[str, ...]]]] = {
    ".png": _write_png,
    ".jpg": _write_jpeg,
    ".jpeg": _write_jpeg,
    ".webp": _write_webp,
    ".tif": _write_tiff,
    ".tiff": _write_tiff,
}
"""How a file of each suffix is written."""
