"""Painters that have their network twice: as it is, and in bfloat16 for pictures that are small enough for it."""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from ..gatys.precision import dtype_of
from ..networks.reduced import reduced
from ..networks.sheets import Space, in_range
from .compiled import is_faint
from .painter import Painter

QUICK_PIXELS = 2**21
"""A picture up to here is painted in bfloat16. In larger ones bands may get any height, and the picture must not depend on it:
so exact are only sums in float32."""


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
        # Graphics cards do without it until somebody has looked.
        self.fast_precision = dtype_of("auto", place) if place.type == "cpu" else torch.float32
        if exact is not None and self.fast_precision == torch.bfloat16:
            self.quick = reduced(self.module, exact)

    def may_be_quick(self, picture: Tensor) -> bool:
        """Whether the picture, in [0, 1], is for the fast precision, where there is memory for it."""
        if self.fast_precision == torch.float32 or picture[0, 0].numel() > QUICK_PIXELS:
            return False
        return not is_faint(in_range(picture, self.facts.value_range))

    def is_quick(self, picture: Tensor, space: Space) -> bool:
        """Whether the picture, in [0, 1], is painted in the fast precision."""
        return picture[0, 0].numel() <= space.most_pixels and self.may_be_quick(picture)

    def network(self, picture: Tensor, space: Space) -> nn.Module:
        """What paints the picture."""
        return self.quick if self.is_quick(picture, space) else self.module
