"""Any picture as style in one pass of a network: the models, the strength's curve, mixes of styles; no process and no file."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..errors import ModelError, UsageError
from ..networks import bands, magenta, microast
from ..networks.facts import NetworkFacts
from ..progress import Report
from .convolutions import total_work, watched

Code = Any
"""What a network knows of a style: a tensor, or nested tuples of them."""

PROBE_SIDE = 64
HALO = 24  # rows: the larger of both networks', for the estimate of the work
MICROAST_AREAS = (256**2, 512**2)
MAGENTA_VIEWS = 4


@dataclass(frozen=True)
class Style:
    """A style picture (1, 3, H, W) in [0, 1] of any size, and how much it counts beside the others."""

    picture: Tensor
    weight: float = 1.0


@dataclass(frozen=True)
class Prepared:
    """The mix of all styles, ready to be painted with; good for every content, strength and size."""

    code: Code


class Network(ABC):
    """A model on its device: a picture to its style's code, and a content with a code to the stylized picture."""

    facts: NetworkFacts

    def __init__(self, module: nn.Module, device: torch.device) -> None:
        self.device = device
        self.module = module.to(device).to(memory_format=torch.channels_last).eval().requires_grad_(False)
        probe = torch.zeros(1, 3, PROBE_SIDE, PROBE_SIDE, device=device)
        code = self.encode(probe)
        self.encoding_work = total_work(module, lambda: self.encode(probe)) / PROBE_SIDE**2
        self.decoding_work = total_work(module, lambda: self.decode(probe, code)) / PROBE_SIDE**2

    @abstractmethod
    def views(self, picture: Tensor) -> Tensor:
        """What the style encoder is to see (N, 3, h, w) of a picture (1, 3, H, W) of any size."""

    @abstractmethod
    def encode(self, views: Tensor) -> Code:
        """The code of a style, from its views."""

    @abstractmethod
    def decode(self, content: Tensor, code: Code) -> Tensor:
        """The content (1, 3, H, W) in the style of the code; sides at least the content's, values not clamped."""

    def work_of_encoding(self, views: Tensor) -> float:
        return self.encoding_work * views.numel() / 3

    def work_of_decoding(self, content: Tensor) -> float:
        return self.decoding_work * bands.computed_pixels(content.shape[2], content.shape[3], HALO)


class MicroAST(Network):
    facts = microast.FACTS
    module: microast.MicroAST

    def views(self, picture: Tensor) -> Tensor:
        # The look hardly depends on the style's size between 192 and 1100 px (seen on 28 pairs): a mid-sized one stays as it
        # is, the others are scaled to the nearer end of the range that the network was trained and is usually run at.
        height, width = picture.shape[2:]
        lowest, highest = MICROAST_AREAS
        factor = (min(max(height * width, lowest), highest) / (height * width)) ** 0.5
        return resized(picture, max(round(height * factor), 16), max(round(width * factor), 16))

    def encode(self, views: Tensor) -> microast.StyleCode:
        return self.module.code(views)

    def decode(self, content: Tensor, code: microast.StyleCode) -> Tensor:
        return self.module(content, code)


class Magenta(Network):
    facts = magenta.FACTS
    module: magenta.Magenta

    def views(self, picture: Tensor) -> Tensor:
        # Squares side by side along the long side, so that all of an elongated picture counts and nothing is squeezed.
        side, long = sorted(picture.shape[2:])
        count = min(-(-long // side), MAGENTA_VIEWS)
        along = 2 if picture.shape[2] == long else 3
        starts = [round(index * (long - side) / max(count - 1, 1)) for index in range(count)]
        squares = (picture.narrow(along, start, side) for start in starts)
        return torch.cat([resized(square, magenta.PREDICTOR_SIDE, magenta.PREDICTOR_SIDE) for square in squares])

    def encode(self, views: Tensor) -> Tensor:
        return self.module.predictor(views).mean(0, keepdim=True)

    def decode(self, content: Tensor, code: Tensor) -> Tensor:
        return self.module.transformer(content, code)


def build(model_id: str, state: Mapping[str, Tensor], device: torch.device) -> Network:
    """The model with its weights on the device; ModelError when it is no model of this method or the weights don't fit it."""
    makers = {
        "microast": (microast.MicroAST, MicroAST),
        "magenta-mobile": (lambda: magenta.Magenta(magenta.channels_of(state)), Magenta),
    }
    if model_id not in makers:
        raise ModelError(f"model {model_id!r} is unknown to method arbitrary: choose one of {', '.join(makers)}")
    make, network = makers[model_id]
    try:
        module = make()
        module.load_state_dict(state)
    except (KeyError, RuntimeError) as error:
        raise ModelError(
            f'model {model_id}: the weights do not fit the network: run "nst_core models fetch {model_id}" again', str(error)
        ) from error
    return network(module, device)


@torch.no_grad()
def prepare(network: Network, styles: Sequence[Style], report: Report) -> Prepared:
    """The mix of the styles, weighted in proportion; UsageError when no weight is positive or one is negative."""
    weights = shares([style.weight for style in styles])
    views = [network.views(style.picture.to(network.device)) for style in styles]
    expected = sum(network.work_of_encoding(view) for view in views)
    with watched(network.module, report, "reading the style", expected):
        return Prepared(mixed([network.encode(view) for view in views], weights))


@torch.no_grad()
def render(network: Network, content: Tensor, prepared: Prepared, strength: float, report: Report) -> Tensor:
    """`content` (1, 3, H, W) in [0, 1] in the prepared style: same shape, clamped to [0, 1], on the content's device.

    `strength` in [0, 1] goes from the content itself to the full style.
    """
    picture = at_least(content.to(network.device), network.facts.minimum_side)
    expected, code = network.work_of_decoding(picture), prepared.code
    views = network.views(picture) if strength < 1 else None
    if views is not None:
        expected += network.work_of_encoding(views)
    with watched(network.module, report, "painting", expected):
        if views is not None:
            code = mixed([network.encode(views), code], [1 - style_share(strength), style_share(strength)])
        painted = network.decode(picture, code)
    painted = painted[:, :, : content.shape[2], : content.shape[3]].clamp_(0, 1).to(content.device)
    return painted if strength == 1 else painted.sub_(content).mul_(opacity(strength)).add_(content).clamp_(0, 1)


def opacity(strength: float) -> float:
    """How much of the network's picture lies over the content: full but for weak strengths, where what the network can't
    reproduce of the content (0.07 to 0.15 rms) would show as a jump."""
    return 1 - (1 - strength) ** 2


def style_share(strength: float) -> float:
    """Where between the content's own code and the style's: opacity times this is the strength, as the network's answer to
    a change of the code is nearly linear."""
    return 1 / (2 - strength)


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


def resized(picture: Tensor, height: int, width: int) -> Tensor:
    """The picture at another size, without aliasing, in [0, 1]; itself where the size is the same."""
    if picture.shape[2:] == (height, width):
        return picture
    return F.interpolate(picture, (height, width), mode="bicubic", antialias=True, align_corners=False).clamp_(0, 1)


def at_least(picture: Tensor, side: int) -> Tensor:
    """The picture, its last row and column repeated where a side is shorter than `side`."""
    missing = [max(side - size, 0) for size in picture.shape[2:]]
    return F.pad(picture, (0, missing[1], 0, missing[0]), mode="replicate") if any(missing) else picture
