"""What all networks share that paint after a style's code: mixes of styles, the strength's curve, progress; no architecture."""

from __future__ import annotations

import math
from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import device
from ..errors import ModelError, UsageError
from ..networks.sheets import Space
from ..progress import Report, part
from ..resampling import resized
from ..scratch import ScratchSpace
from . import strokes
from .compiled import Compiled
from .convolutions import total_work, watched
from .precisions import TwoPrecisions

Code = Any
"""What a network knows of a style: a tensor, or nested tuples of them."""

Module = TypeVar("Module", bound=nn.Module)

PROBE_SIDE = 64
WELL_ENOUGH = 0.98  # of the size that was asked for: less is told


class CodePainter(TwoPrecisions):
    """A model on its device: a picture to its style's code, and a content with a code to the stylized picture."""

    knows_between = True
    exact: Sequence[str] | None = None
    """The convolutions that are computed in float32 in any case; None where the network sees to that itself."""

    def __init__(self, module: nn.Module, place: torch.device) -> None:
        self.take(module, place, self.exact)
        probe = torch.zeros(1, 3, PROBE_SIDE, PROBE_SIDE, device=place)
        code = self.encode(probe)
        self.encoding_work = total_work(module, lambda: self.encode(probe)) / PROBE_SIDE**2
        space = Space(place)
        painting = total_work(self.network(probe, space), lambda: self.decode(probe, code, space))
        self.decoding_work = painting / PROBE_SIDE**2
        self.compiled = Compiled(module, code, self.decoding_work)

    @abstractmethod
    def views(self, picture: Tensor) -> Tensor:
        """What the style encoder is to see (N, 3, h, w) of a picture (1, 3, H, W) of any size."""

    @abstractmethod
    def encode(self, views: Tensor) -> Code:
        """The code of a style, from its views."""

    @abstractmethod
    def decode(self, content: Tensor, code: Code, space: Space) -> Tensor:
        """The content (1, 3, H, W) in the style of the code; sides at least the content's, values not clamped.

        What grows with the content lies in sheets of `space`, or is counted in the network's facts.
        """

    @torch.no_grad()
    def read(self, picture: Tensor, report: Report) -> Code:
        """The picture's code."""
        views = self.views(picture.to(self.device))
        with watched(self.module, report, "reading the style", self.work_of_encoding(views)):
            return self.encode(views)

    def mix(self, known: Sequence[Code], weights: Sequence[float]) -> Code:
        """The codes' mean."""
        return mixed(known, shares(weights))

    @torch.no_grad()
    def render(self, content: Tensor, prepared: Code, parameters: Mapping[str, Any], report: Report) -> Tensor:
        strength, scale = parameters["strength"], parameters.get("style_scale", 1.0)
        if scale == 1:
            return self.painted(content, prepared, strength, report)
        least_side = self.facts.minimum_side + self.facts.size_multiple
        sized = strokes.sized(content, scale, least_side, self.most_pixels)
        if sized.shape[2] * scale < content.shape[2] * WELL_ENOUGH and scale < 1:
            self.log(
                f"the strokes come out {content.shape[2] / sized.shape[2]:.2f} times as large instead of {scale:g} times: "
                "finer ones do not fit in the memory that is free"
            )
        return strokes.brought_back(self.painted(sized, prepared, strength, report), sized, content, strength)

    @property
    def most_pixels(self) -> int:
        """How large a picture may become so that strokes get finer; scratch files ask the disk themselves."""
        return self.facts.pixels_in(device.budget(self.device) * self.share, math.inf)

    def painted(self, content: Tensor, prepared: Code, strength: float, report: Report) -> Tensor:
        """The content (1, 3, H, W) at the size that it has: same shape back."""
        picture = at_least(content.to(self.device), self.facts.minimum_side)
        code, told = prepared, report
        if strength < 1:
            views = self.views(picture)
            work = self.work_of_encoding(views)
            share = work / (work + self.decoding_work * picture[0, 0].numel())
            told = part(report, share, 1)
            with watched(self.module, part(report, 0, share), "painting", work):
                code = mixed([self.encode(views), code], [1 - style_share(strength), style_share(strength)])
        painted = self.compiled.paint(picture, code, device.budget(self.device) * self.share, told, self.log)
        if painted is None:
            painted = self.with_room(lambda: self.in_bands(picture, code, told))
        painted = painted[:, :, : content.shape[2], : content.shape[3]].clamp_(0, 1).to(content.device)
        return painted if strength == 1 else painted.sub_(content).mul_(opacity(strength)).add_(content).clamp_(0, 1)

    def in_bands(self, picture: Tensor, code: Code, report: Report) -> Tensor:
        """The picture after the code, however large it is."""
        height, width = picture.shape[2:]
        with ScratchSpace(self.device, self.facts, height, width, self.share) as space:
            expected = self.decoding_work * space.computed_pixels(height, width, self.facts.halo)
            with watched(self.network(picture, space), report, "painting", expected):
                return self.decode(picture, code, space)

    def between(self, content: Tensor, paintings: Mapping[float, Tensor], strength: float) -> Tensor:
        """The network's own pictures are mixed, and laid over the content as strong as they are to be: so it is exact as far as
        the network answers linearly to the code. Detail that was brought back to finer strokes fits, as it counts by opacity
        times share."""
        mix = torch.zeros_like(content)
        for one, weight in weights_between(sorted(paintings), strength).items():
            mix.add_(paintings[one] - content, alpha=weight / opacity(one))
        return mix.mul_(opacity(strength)).add_(content).clamp_(0, 1)

    def work_of_encoding(self, views: Tensor) -> float:
        return self.encoding_work * views.numel() / 3


def loaded(make: Callable[[], Module], model_id: str, state: Mapping[str, Tensor]) -> Module:
    """The module that `make` gives, with these weights; ModelError when they don't fit it."""
    try:
        module = make()
        module.load_state_dict(state)
    except (KeyError, RuntimeError) as error:
        raise ModelError(
            f'model {model_id}: the weights do not fit the network: run "nst_core models fetch {model_id}" again', str(error)
        ) from error
    return module


def opacity(strength: float) -> float:
    """How much of the network's picture lies over the content: full but for weak strengths, where what the network can't
    reproduce of the content (0.07 to 0.15 rms) would show as a jump."""
    return 1 - (1 - strength) ** 2


def style_share(strength: float) -> float:
    """Where between the content's own code and the style's: opacity times this is the strength, as the network's answer to
    a change of the code is nearly linear."""
    return 1 / (2 - strength)


def weights_between(ends: Sequence[float], strength: float) -> dict[float, float]:
    """How much the pictures at one or two strengths count for one between them; the only one counts alone."""
    first, last = style_share(ends[0]), style_share(ends[-1])
    weight = (style_share(strength) - first) / (last - first) if last > first else 1.0
    return {ends[0]: 1 - weight, ends[-1]: weight}


def shares(weights: Sequence[float]) -> list[float]:
    """Weights in proportion, summing up to 1."""
    total = sum(weights)
    if not total > 0 or min(weights) < 0:
        listed = ", ".join(f"{weight:g}" for weight in weights)
        raise UsageError(f"style weights {listed} can't be mixed: give numbers that are not negative, and at least one above 0")
    return [weight / total for weight in weights]


def mixed(codes: Sequence[Code], weights: Sequence[float]) -> Code:
    """The weighted sum of codes, tensor by tensor."""
    first = codes[0]
    if isinstance(first, Tensor):
        return sum((code * weight for code, weight in zip(codes[1:], weights[1:])), first * weights[0])
    return type(first)(*(mixed(parts, weights) for parts in zip(*codes)))


def of_area(picture: Tensor, lowest: int, highest: int, minimum_side: int) -> Tensor:
    """The picture with between `lowest` and `highest` pixels, in its own shape."""
    height, width = picture.shape[2:]
    factor = (min(max(height * width, lowest), highest) / (height * width)) ** 0.5
    return resized(picture, max(round(height * factor), minimum_side), max(round(width * factor), minimum_side))


def at_least(picture: Tensor, side: int) -> Tensor:
    """The picture, its last row and column repeated where a side is shorter than `side`."""
    missing = [max(side - size, 0) for size in picture.shape[2:]]
    return F.pad(picture, (0, missing[1], 0, missing[0]), mode="replicate") if any(missing) else picture
