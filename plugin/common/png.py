"""PNG files by the standard library alone, for pictures of a few thousand pixels."""

from __future__ import annotations

import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
TRUE_COLOUR = 2


def encode(width: int, height: int, pixels: bytes) -> bytes:
    """`pixels`, rows of red, green and blue bytes from the top without padding, as a PNG file; ValueError when they are too
    few or too many. PNG specification (W3C, 3rd edition), sections 5, 9 and 11."""
    if len(pixels) != 3 * width * height or not pixels:
        raise ValueError(f"{len(pixels)} bytes are no {width}×{height} pixels")
    stride = 3 * width
    unfiltered = b"".join(b"\0" + pixels[start : start + stride] for start in range(0, len(pixels), stride))
    header = struct.pack(">IIBBBBB", width, height, 8, TRUE_COLOUR, 0, 0, 0)
    return SIGNATURE + _chunk(b"IHDR", header) + _chunk(b"IDAT", zlib.compress(unfiltered)) + _chunk(b"IEND", b"")


def _chunk(kind: bytes, data: bytes) -> bytes:
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))
