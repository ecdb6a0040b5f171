"""Our own network, whose weights are part of the program: any picture as style with nothing to download."""

from __future__ import annotations

from collections.abc import Mapping

import torch
from torch import Tensor

from ..errors import ModelError
from ..networks import embedded, embedded_stages
from ..networks.sheets import Space
from .codes import CodePainter, loaded, of_area

MODEL = "embedded"
STYLE_AREAS = (160**2, 384**2)
"""Pixels that the style encoder sees: from what it was trained on to where more detail stops to change the code."""
IN_ONE_PIECE = 2**21  # pixels: of larger pictures the sheets and bands of `embedded_stages` take less memory


class Embedded(CodePainter):
    facts = embedded.FACTS
    module: embedded.Embedded

    def views(self, picture: Tensor) -> Tensor:
        return of_area(picture, *STYLE_AREAS, embedded.FACTS.minimum_side)

    def encode(self, views: Tensor) -> Tensor:
        return self.module.encode(views)

    def decode(self, content: Tensor, code: Tensor, space: Space) -> Tensor:
        self.module.trunk_precision = self.fast_precision if self.is_quick(content, space) else torch.float32
        if content[0, 0].numel() <= min(IN_ONE_PIECE, space.most_pixels):
            return self.module(content, code)
        return embedded_stages.paint(self.module, content, code, space)


def build(model_id: str, state: Mapping[str, Tensor], device: torch.device) -> Embedded:
    """The network with its weights on the device; ModelError when they don't fit it."""
    if model_id != MODEL:
        raise ModelError(f"model {model_id!r} is unknown to method embedded: it has {MODEL}")
    return Embedded(loaded(embedded.Embedded, model_id, state), device)
