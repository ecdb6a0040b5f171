"""What happens to a picture around a method: mixing, resizing, and colours for what is transparent; pure tensor functions."""

from __future__ import annotations

import torch
import torch.nn.functional as functional
from torch import Tensor

from .resampling import bicubic

MIDDLE_GREY = 0.5
FILL_PIXELS = 2**20  # in one band of what is filled


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
    # Cubics overshoot beside edges: what was in [0, 1] stays there, and white paper stays white.
    return bicubic(picture, height, width).clamp_(lowest, highest)


def enlarge(painted: Tensor, small: Tensor, original: Tensor, detail: float) -> Tensor:
    """`painted`, made from `small`, at the size of `original`, which `small` is a copy of; all (N, 3, ·, ·) in [0, 1].

    What of the original is too fine for the small copy counts by `detail`: at 1 a painting that is its content comes back
    as the original, at 0 all there is comes from the painting.
    """
    height, width = original.shape[2:]
    if detail == 0:
        return resize(painted, (width, height))
    # The copy is enlarged together with the painting: once is enough, as enlarging is linear.
    enlarged = bicubic(painted.sub(small, alpha=detail), height, width)
    return enlarged.add_(original, alpha=detail).clamp_(0, 1)


def with_excess(result: Tensor, original: Tensor) -> Tensor:
    """`result`, made of `original` clamped to [0, 1], with what clamping took away: highlights keep their height."""
    return (original - original.clamp(0, 1)).nan_to_num_(0.0, 0.0, 0.0).add_(result)


def fill_transparent_(rgb: Tensor, alpha: Tensor) -> Tensor:
    """Draw the visible colours of `rgb` (N, 3, H, W) smoothly over what `alpha` (N, 1, H, W) makes wholly transparent, in place.

    What lies hidden there is chance (black, white, an erased drawing), and would bleed through a network into what is
    seen. Pixels with any alpha keep their colour, bit for bit; a picture without a visible one becomes middle grey.
    Push-pull: Gortler et al. 1996, "The lumigraph", section 3.4. In bands: little more memory is taken than for the picture
    at half its size.
    """
    if bool((alpha > 0).all()):
        return rgb
    height, width = alpha.shape[-2:]
    rows = max(FILL_PIXELS // width // 2, 1) * 2
    bands = [(..., slice(top, min(top + rows, height)), slice(None)) for top in range(0, height, rows)]
    halves = [_halves(*_weighted(rgb[band], alpha[band])) for band in bands]
    colour, weight = (torch.cat(parts, dim=-2) for parts in zip(*halves))
    coarse = _push_pull(colour, weight)
    for band in bands:
        hidden = alpha[band] <= 0
        if hidden.any():  # most layers are transparent in a few places only
            smooth = _enlarged_rows(coarse, band[1].start, band[1].stop)[..., :width]
            rgb[band] = torch.where(hidden, smooth, rgb[band])
    return rgb


def _weighted(rgb: Tensor, alpha: Tensor) -> tuple[Tensor, Tensor]:
    """Colour times weight, and weight; both 0 where nothing is seen."""
    weight = alpha.clamp(0, 1).to(rgb)
    # Not the product alone: what is hidden may be infinite or not a number, and 0 times that is no 0.
    return (rgb * weight).masked_fill_(weight == 0, 0.0), weight


def _enlarged_rows(coarse: Tensor, top: int, bottom: int) -> Tensor:
    """Rows `top` to before `bottom` of `coarse` enlarged twofold."""
    first, last = max(top // 2 - 1, 0), (bottom + 1) // 2 + 1
    return _doubled(coarse[..., first:last, :])[..., top - 2 * first : bottom - 2 * first, :]


def _halves(weighted: Tensor, weight: Tensor) -> tuple[Tensor, Tensor]:
    """Colour and weight at half the resolution; `weighted` is colour times `weight`."""
    # One visible pixel of four is enough to know the colour: the sum of weights counts, up to 1.
    total = 4 * _halve(weight)
    return 4 * _halve(weighted) / total.clamp_min(torch.finfo(weight.dtype).tiny), total.clamp_max(1)


def _from_coarser(weighted: Tensor, weight: Tensor) -> Tensor:
    """The colours that half the resolution knows, at full resolution; `weighted` is colour times `weight`."""
    height, width = weight.shape[-2:]
    return _doubled(_push_pull(*_halves(weighted, weight)))[..., :height, :width]


def _push_pull(colour: Tensor, weight: Tensor) -> Tensor:
    """`colour` where `weight` is 1, the coarser levels' where it is 0, and between them in between."""
    if weight.shape[-2:] == (1, 1):
        return torch.where(weight > 0, colour, MIDDLE_GREY)
    if weight.min() == 1:
        return colour  # nothing is missing at this resolution any more
    return torch.lerp(_from_coarser(colour * weight, weight), colour, weight)


def _doubled(picture: Tensor) -> Tensor:
    return functional.interpolate(picture, scale_factor=2, mode="bilinear", align_corners=False)


def _halve(picture: Tensor) -> Tensor:
    """Means of 2 x 2 pixels, (N, C, ceil(H / 2), ceil(W / 2)); beyond an odd edge lies 0."""
    height, width = picture.shape[-2:]
    even = functional.pad(picture, (0, width % 2, 0, height % 2)) if height % 2 or width % 2 else picture
    return functional.avg_pool2d(even, 2)
