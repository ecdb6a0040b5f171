"""Grey pictures that say where on the content each style goes; read from files, as tensors afterwards."""

from __future__ import annotations

import os
from dataclasses import replace

import torch
from torch import Tensor

from .. import imagefile, raster
from ..errors import UsageError
from .scales import SMALLEST, resized
from .targets import Styles, at_least


def guided(styles: Styles, paths: str, content: Tensor) -> Styles:
    """The styles with a guide each from `paths` (parted like the system's search path), scaled to the content (1, 3, H, W).

    White is where the style goes, black where it doesn't; transparent counts as black. Without paths the styles go where their
    own guides say, which have the content's size.
    UsageError when there are not as many guides as styles; PictureError when one can't be read.
    """
    files = [path for path in paths.split(os.pathsep) if path]
    if not files:
        return styles if styles.guides is None else replace(styles, guides=at_least(styles.guides[None], SMALLEST)[0].to(content))
    if len(files) != len(styles.pictures):
        raise UsageError(f"{len(files)} guides for {len(styles.pictures)} styles: give one grey picture for each style")
    guides = torch.cat([resized(_grey(path), *content.shape[2:])[0] for path in files])
    return replace(styles, guides=guides.to(content))


def _grey(path: str) -> Tensor:
    """(1, 1, H, W) in [0, 1]."""
    rgb, alpha = raster.to_tensors(imagefile.read(path).raster)
    grey = rgb.mean(1, keepdim=True)
    return grey if alpha is None else grey * alpha
