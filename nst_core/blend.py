"""What happens to a picture around a method: mixing, resizing, and colours for what is transparent; pure tensor functions."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

MIDDLE_GREY = 0.5


def blend(result: Tensor, original: Tensor, amount: float) -> Tensor:
    """`result` laid over `original`, both (N, C, H, W), sRGB-encoded, with opacity `amount`; 0 and 1 give either one exactly."""
    if amount == 0:
        return original
    return result if amount == 1 else torch.lerp(original, result, amount)


def working_size(width: int, height: int, long_side: int, multiple: int = 1, minimum: int = 1) -> tuple[int, int]:
    """Width and height near the same shape with `long_side` pixels on the longer side; 0 stands for its own.

    Both are rounded to the nearest multiple of `multiple` and are at least `minimum` (rounded up to such a multiple).
    """
    scale = long_side / max(width, height) if long_side else 1.0
    least = max(1, -(-minimum // multiple)) * multiple
    across, down = (max(least, int(side * scale / multiple + 0.5) * multiple) for side in (width, height))
    return across, down


def resize(picture: Tensor, size: tuple[int, int]) -> Tensor:
    """`picture` (N, C, H, W) at `size` (width, height), bicubic (a = -1/2) and antialiased, within its own range of values.

    At its own size it comes back as it is.
    """
    width, height = size
    if picture.shape[-2:] == (height, width):
        return picture
    lowest, highest = picture.amin(dim=(-2, -1), keepdim=True), picture.amax(dim=(-2, -1), keepdim=True)
    try:
        resized = _bicubic(picture, width, height)
    except NotImplementedError:  # Apple's GPUs have no antialiased bicubic
        resized = _bicubic(picture.cpu(), width, height).to(picture.device)
    # Cubics overshoot beside edges: what was in [0, 1] stays there, and white paper stays white.
    return resized.clamp_(lowest, highest)


def _bicubic(picture: Tensor, width: int, height: int) -> Tensor:
    return functional.interpolate(picture, size=(height, width), mode="bicubic", align_corners=False, antialias=True)


def fill_transparent(rgb: Tensor, alpha: Tensor | None) -> Tensor:
    """`rgb` (N, 3, H, W) with the visible colours drawn smoothly over what `alpha` (N, 1, H, W) makes wholly transparent.

    What lies hidden there is chance (black, white, an erased drawing), and would bleed through a network into what is
    seen. Pixels with any alpha keep their colour, bit for bit; a picture without a visible one becomes middle grey.
    Push-pull: Gortler et al. 1996, "The lumigraph", section 3.4.
    """
    if alpha is None:
        return rgb
    visible = alpha > 0
    if visible.all():
        return rgb
    weight = alpha.clamp(0, 1).to(rgb)
    # Not the product alone: what is hidden may be infinite or not a number, and 0 times that is no 0.
    smooth = _from_coarser(torch.where(visible, rgb * weight, 0.0), torch.where(visible, weight, 0.0))
    return torch.where(visible, rgb, smooth)


def _from_coarser(weighted: Tensor, weight: Tensor) -> Tensor:
    """The colours that half the resolution knows, at full resolution; `weighted` is colour times `weight`."""
    height, width = weight.shape[-2:]
    # One visible pixel of four is enough to know the colour: the sum of weights counts, up to 1.
    total = 4 * _halve(weight)
    colour = 4 * _halve(weighted) / total.clamp_min(torch.finfo(weight.dtype).tiny)
    coarse = _push_pull(colour, total.clamp_max(1))
    return functional.interpolate(coarse, size=(height, width), mode="bilinear", align_corners=False)


def _push_pull(colour: Tensor, weight: Tensor) -> Tensor:
    """`colour` where `weight` is 1, the coarser levels' where it is 0, and between them in between."""
    if weight.shape[-2:] == (1, 1):
        return torch.where(weight > 0, colour, MIDDLE_GREY)
    return torch.lerp(_from_coarser(colour * weight, weight), colour, weight)


def _halve(picture: Tensor) -> Tensor:
    """Means of 2 x 2 pixels, (N, C, ceil(H / 2), ceil(W / 2)); beyond an odd edge lies 0."""
    height, width = picture.shape[-2:]
    even = functional.pad(picture, (0, width % 2, 0, height % 2)) if height % 2 or width % 2 else picture
    return functional.avg_pool2d(even, 2)
