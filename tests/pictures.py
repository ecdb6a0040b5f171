"""Pictures that tests make: small, of any depth and kind, and as the bytes of files that no library here can write."""

from __future__ import annotations

import struct
import zlib
from pathlib import Path
from typing import Any

import imagecodecs
import numpy as np
from PIL import Image

SEED = 5
RANDOM = np.random.default_rng(SEED)
SHAPES = {"L": 1, "LA": 2, "RGB": 3, "RGBA": 4}


def begin_anew() -> None:
    """Let RANDOM give again what it gave at first."""
    RANDOM.bit_generator.state = np.random.default_rng(SEED).bit_generator.state


def smooth(height: int = 40, width: int = 60, channels: int = 3) -> np.ndarray:
    """A picture that lossy formats keep well: slow waves over all values, another one in each channel."""
    y, x = np.mgrid[0:height, 0:width]
    waves = [np.sin(x / (9 + c) + c) + np.cos(y / (7 + c) - c) for c in range(channels)]
    return np.rint((np.stack(waves, -1) + 2) / 4 * 255).astype(np.uint8)


def noise(depth: str, channels: int, height: int = 5, width: int = 7) -> np.ndarray:
    if depth.startswith("f"):
        return RANDOM.random((height, width, channels)).astype(depth.replace("f", "float"))
    return RANDOM.integers(0, 2 ** int(depth[1:]), (height, width, channels)).astype(depth.replace("u", "uint"))


def saved(folder: Path, name: str, image: Image.Image, **options: Any) -> Path:
    image.save(folder / name, **options)
    return folder / name


def chunk(kind: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))


def png(width: int, height: int, bits: int, kind: int, rows: bytes, extra: bytes = b"", interlaced: bool = False) -> bytes:
    """A PNG made by hand (W3C PNG, third edition): `rows` with their filter bytes, `extra` chunks before the pixels."""
    header = struct.pack(">IIBBBBB", width, height, bits, kind, 0, 0, interlaced)
    return b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + extra + chunk(b"IDAT", zlib.compress(rows)) + chunk(b"IEND", b"")


def unfiltered(pixels: np.ndarray) -> bytes:
    """The rows of a PNG for `pixels` (H, W, C) of whole bytes."""
    return b"".join(b"\0" + row.astype(row.dtype.newbyteorder(">")).tobytes() for row in pixels)


def adam7(pixels: np.ndarray) -> bytes:
    """The same rows in the seven passes of an interlaced PNG."""
    passes = ((0, 0, 8, 8), (0, 4, 8, 8), (4, 0, 8, 4), (0, 2, 4, 4), (2, 0, 4, 2), (0, 1, 2, 2), (1, 0, 2, 1))
    parts = (pixels[y::down, x::across] for y, x, down, across in passes)
    return b"".join(unfiltered(part) for part in parts if part.size)


def wide_gamut(gamma: float = 2.2) -> bytes:
    """A profile with the primaries of Display P3 and a pure gamma."""
    primaries = [0.680, 0.320, 1, 0.265, 0.690, 1, 0.150, 0.060, 1]
    return bytes(imagecodecs.cms_profile("rgb", whitepoint=[0.3127, 0.3290, 1], primaries=primaries, gamma=gamma))


def wide_gamut_to_srgb(values: np.ndarray, gamma: float = 2.2) -> np.ndarray:
    """The same conversion by hand: both spaces have the white point D65, so it is one matrix between two tone curves."""
    to_xyz = []
    for primaries in ([(0.680, 0.320), (0.265, 0.690), (0.150, 0.060)], [(0.64, 0.33), (0.30, 0.60), (0.15, 0.06)]):
        columns = np.array([[x / y, 1, (1 - x - y) / y] for x, y in primaries]).T
        white = np.array([0.3127 / 0.3290, 1, (1 - 0.3127 - 0.3290) / 0.3290])
        to_xyz.append(columns * np.linalg.solve(columns, white))
    linear = values.astype(np.float64) ** gamma @ np.linalg.solve(to_xyz[1], to_xyz[0]).T
    linear = np.clip(linear, 0, None)
    return np.where(linear <= 0.0031308, linear * 12.92, 1.055 * linear ** (1 / 2.4) - 0.055)
