"""Painters that have their network twice: as it is, and in 16 bits for pictures that may be painted in them.

What that costs, beside float32 (a lake, spices and a city after Hokusai and Van Gogh, 384 and 1600 px; float16 as a graphics card
has it: products and sums in float32, what is kept rounded; Magenta and AdaIN with random weights):

    network          bfloat16, dB    float16, dB
    Quick            58.6 to 61.6    76.8 to 79.7
    MicroAST         50.3 to 54.9    64.0 to 69.4
    Magenta mobile   49.5 to 56.0    60.9 to 75.0
    Magenta          52.0 to 54.7    69.8 to 72.5
    AdaIN            47.4 to 48.3    65.4 to 66.4
    Hayao            57.2 to 58.0    74.6 to 76.1

A large picture must not depend on how high its bands are, which the free memory decides: by no more than 1/255. What bands of 16
to 160 rows are apart from one piece, at most, in 1/255 (odd sizes of 120,000 to 840,000 pixels, after Van Gogh):

    network          bfloat16    float16
    Quick            7.8         0.74
    MicroAST         1.3         0.23
    Magenta mobile   2.0         0.38
    Magenta          1.6         0.28
    AdaIN            5.3         0.76
    Hayao            4.5         0.53
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import torch
from torch import Tensor, nn

from ..device import computes_in_bfloat16
from ..networks.reduced import reduced
from ..networks.sheets import Space, in_range
from .compiled import is_faint
from .painter import Painter

QUICK_PIXELS = 2**21
"""A picture up to here may be painted in bfloat16 in one piece; larger ones and those in bands only in float16 or float32."""


class TwoPrecisions(Painter):
    """`fast_precision` is what small pictures are computed in; float32 sends all to `module` itself."""

    device: torch.device
    module: nn.Module
    quick: nn.Module
    fast_precision: torch.dtype

    def take(self, module: nn.Module, place: torch.device, exact: Sequence[str] | None) -> None:
        """Move the network there, and copy it but for its `exact` convolutions; None where it sees to that itself."""
        self.device = place
        self.module = self.quick = module.to(place).to(memory_format=torch.channels_last).eval().requires_grad_(False)
        self.fast_precision = fast_precision(place, self.facts.half_precision)
        if exact is not None and self.fast_precision != torch.float32:
            self.quick = reduced(self.module, exact, self.fast_precision)

    def is_quick(self, picture: Tensor, space: Space) -> bool:
        """Whether the picture, in [0, 1], is painted in the fast precision."""
        if self.fast_precision == torch.float32:
            return False
        bands_would_be_seen = self.fast_precision == torch.bfloat16
        if bands_would_be_seen and picture[0, 0].numel() > min(space.most_pixels, QUICK_PIXELS):
            return False
        return not is_faint(in_range(picture, self.facts.value_range))

    def network(self, picture: Tensor, space: Space) -> nn.Module:
        """What paints the picture."""
        return self.quick if self.is_quick(picture, space) else self.module

    def with_room(self, paint: Callable[[], Tensor]) -> Tensor:
        """What `paint` gives; when float16 had no room for the features of these weights, in float32 now and ever after."""
        painted = paint()
        if self.fast_precision != torch.float16 or bool(painted.isfinite().all()):
            return painted
        self.fast_precision = torch.float32
        return paint()


def fast_precision(place: torch.device, half_is_safe: bool) -> torch.dtype:
    """What small pictures are computed in: bfloat16 on processors that have it, float16 on graphics cards where the network is
    known to bear it, which has three bits more."""
    if not computes_in_bfloat16(place):
        # Neither in float16: among the cards of the generation before are some whose convolutions in it give no numbers.
        return torch.float32
    if place.type == "cpu":
        return torch.bfloat16
    return torch.float16 if half_is_safe else torch.float32
