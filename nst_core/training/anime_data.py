"""What `train anime` looks at: crops of photographs and of style pictures, these also grey, and with smoothed edges."""

from __future__ import annotations

import random
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
import torch.nn.functional as F
from PIL import Image
from torch import Tensor

from .anime_losses import grey
from .augmentation import uneven
from .pictures import Pixels, crop, read, scaled, to_tensor
from .sources import Ahead

WEAK, STRONG = 100 / 255, 200 / 255
"""Canny's thresholds, of |∂x| + |∂y| by Sobel's kernels on grey in [0, 1]."""

BRUSH = 5
"""Pixels: side of the square that edges are thickened by, and of the Gaussian that smooths them."""

DEVIATION = 1.1

Files = tuple[Path, ...]


@dataclass(frozen=True)
class Batch:
    """`photographs`, `styles`, the styles in `grey`, and in grey with smoothed `edges`: each (N, 3, H, H) in [-1, 1]."""

    photographs: Tensor
    styles: Tensor
    grey: Tensor
    edges: Tensor


@dataclass(frozen=True)
class Cut:
    """How crops are cut: squares of `side` pixels out of pictures with a short side between that and `zoom` times that; `batch`
    pairs a step, by chance that begins with `seed`."""

    side: int
    zoom: float
    batch: int
    seed: int


class Source:
    """A batch for every step, cut by threads ahead of time: a function of seed and step."""

    def __init__(self, photographs: Files, styles: Files, cut: Cut, device: torch.device, threads: int) -> None:
        self.photographs, self.styles, self.cut, self.device = photographs, styles, cut, device
        self.crops = Ahead(self.pair, cut.batch, threads)

    def batch(self, step: int) -> Batch:
        photographs, styles = (signed(torch.stack(one).to(self.device)) for one in zip(*self.crops.take(step)))
        colourless = grey(styles)
        return Batch(photographs, styles, colourless, edge_smoothed(colourless))

    def pair(self, step: int, index: int) -> tuple[Tensor, Tensor]:
        """A photograph and a picture of the style, (3, side, side) uint8."""
        chance = random.Random(f"{self.cut.seed} anime {step} {index}")
        photograph, style = (square(chance.choice(files), self.cut, chance) for files in (self.photographs, self.styles))
        return to_tensor(photograph), to_tensor(style)


def signed(pixels: Tensor) -> Tensor:
    """Bytes as values in [-1, 1]."""
    return pixels.float() / 127.5 - 1


def square(file: Path, cut: Cut, chance: random.Random) -> Pixels:
    """A square of a picture, half of them mirrored."""
    picture = crop(scaled(read(file), uneven(cut.side, cut.zoom * cut.side, chance)), cut.side, chance)
    if chance.random() < 0.5:
        picture = picture.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return np.asarray(picture)


def edge_smoothed(colourless: Tensor) -> Tensor:
    """Grey pictures (N, 3, H, W) in [-1, 1] with a Gaussian blur on and near their edges, and nowhere else."""
    values = (colourless[:, :1] + 1) / 2
    near = F.max_pool2d(edges(values), BRUSH, stride=1, padding=BRUSH // 2)
    return (2 * torch.lerp(values, blurred(values), near) - 1).expand_as(colourless)


def blurred(values: Tensor) -> Tensor:
    """(N, 1, H, W) under a Gaussian of 5×5 pixels, mirrored at the borders."""
    places = torch.arange(BRUSH, dtype=values.dtype, device=values.device) - BRUSH // 2
    bell = torch.exp(-(places / DEVIATION).square() / 2)
    bell = bell / bell.sum()
    return F.conv2d(mirrored(values, BRUSH // 2), (bell[:, None] * bell)[None, None])


def edges(values: Tensor) -> Tensor:
    """1 on edges, else 0, of (N, 1, H, W) in [0, 1]: steep places, and less steep ones that hang together with them.

    Canny's (1986) without his thinning, as they are thickened again right after.
    """
    sobel = torch.tensor([[-1.0, 0.0, 1.0], [-2.0, 0.0, 2.0], [-1.0, 0.0, 1.0]], dtype=values.dtype, device=values.device)
    slopes = F.conv2d(mirrored(values, 1), torch.stack([sobel, sobel.T])[:, None]).abs().sum(1, keepdim=True)
    candidates, found = (slopes > WEAK).to(values.dtype), (slopes > STRONG).to(values.dtype)
    while True:
        grown = F.max_pool2d(found, 3, stride=1, padding=1) * candidates
        if torch.equal(grown, found):
            return found
        found = grown


def mirrored(values: Tensor, pixels: int) -> Tensor:
    return F.pad(values, [pixels] * 4, mode="reflect")
