"""The pictures that training and evaluation read: which there are, which of them are held out, crops; no augmentation."""

from __future__ import annotations

import hashlib
import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image, UnidentifiedImageError
from torch import Tensor

from ..errors import PictureError

SUFFIXES = {".jpg", ".jpeg", ".png", ".webp", ".tif", ".tiff", ".bmp"}
HELD_OUT_SHARE = 20
"""One picture in so many is never trained on."""

Pixels = NDArray[np.uint8]
"""(H, W, 3), RGB."""


@dataclass(frozen=True)
class Split:
    """The files of one folder, in order of their names: to train on, and held out for evaluation."""

    training: tuple[Path, ...]
    held_out: tuple[Path, ...]


def split(folder: Path) -> Split:
    """Every picture under `folder`. Which ones are held out depends on their names alone, so it is the same everywhere, always.

    Raises PictureError when the folder is missing or has no picture to train on.
    """
    if not folder.is_dir():
        raise PictureError(f"{folder} is no folder: give one with pictures in it")
    files = sorted(path for path in folder.rglob("*") if path.suffix.lower() in SUFFIXES)
    held_out = tuple(path for path in files if is_held_out(path.name))
    training = tuple(path for path in files if not is_held_out(path.name))
    if not training:
        raise PictureError(f"{folder} has no pictures to train on: put {', '.join(sorted(SUFFIXES))} files there")
    return Split(training, held_out)


def is_held_out(name: str) -> bool:
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest, "big") % HELD_OUT_SHARE == 0


def read(path: Path) -> Image.Image:
    """An RGB picture, decoded. PictureError names the file that can't be."""
    try:
        with Image.open(path) as picture:
            return picture.convert("RGB")
    except (OSError, UnidentifiedImageError) as error:
        raise PictureError(f"{path} can't be read as a picture ({error}): remove it from the folder") from error


def scaled(picture: Image.Image, short_side: int) -> Image.Image:
    """The picture with this short side, enlarged or reduced."""
    factor = short_side / min(picture.size)
    size = (max(short_side, round(picture.width * factor)), max(short_side, round(picture.height * factor)))
    return picture.resize(size, Image.Resampling.BICUBIC if factor > 1 else Image.Resampling.LANCZOS)


def crop(picture: Image.Image, side: int, chance: random.Random) -> Image.Image:
    """A square out of it, anywhere."""
    left, top = chance.randint(0, picture.width - side), chance.randint(0, picture.height - side)
    return picture.crop((left, top, left + side, top + side))


def centre(picture: Image.Image, side: int) -> Image.Image:
    """The square in the middle of the picture, scaled so that its short side is `side`."""
    picture = scaled(picture, side)
    left, top = (picture.width - side) // 2, (picture.height - side) // 2
    return picture.crop((left, top, left + side, top + side))


def to_tensor(pixels: Pixels | Image.Image) -> Tensor:
    """(3, H, W) uint8."""
    return torch.from_numpy(np.array(pixels, dtype=np.uint8)).permute(2, 0, 1).contiguous()


def to_image(picture: Tensor) -> Image.Image:
    """(3, H, W) in [0, 1], clamped, as a picture file takes it."""
    pixels = (picture.detach().float().clamp(0, 1) * 255).round().byte().permute(1, 2, 0)
    return Image.fromarray(pixels.cpu().numpy())
