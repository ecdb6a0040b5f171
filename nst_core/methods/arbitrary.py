"""Any picture as style in one pass of a published network: which there are, and what each wants to see of a style."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import torch
from torch import Tensor, nn

from ..errors import ModelError
from ..networks import adain, inception, magenta, microast
from ..networks.sheets import Space
from ..resampling import resized
from .codes import CodePainter, loaded, of_area

MICROAST_AREAS = (256**2, 512**2)
MICROAST_STYLE_SIDE = 16
ADAIN_AREAS = (256**2, 512**2)
ADAIN_STYLE_SIDE = 16
MAGENTA_VIEWS = 4


class MicroAST(CodePainter):
    facts = microast.FACTS
    exact = microast.EXACT
    module: microast.MicroAST

    def views(self, picture: Tensor) -> Tensor:
        # The look hardly depends on the style's size between 192 and 1100 px (seen on 28 pairs): a mid-sized one stays as it
        # is, the others are scaled to the nearer end of the range that the network was trained and is usually run at.
        return of_area(picture, *MICROAST_AREAS, MICROAST_STYLE_SIDE)

    def encode(self, views: Tensor) -> microast.StyleCode:
        return self.module.code(views)

    def decode(self, content: Tensor, code: microast.StyleCode, space: Space) -> Tensor:
        return self.network(content, space)(content, code, space)


class Magenta(CodePainter):
    exact = magenta.EXACT
    module: magenta.Magenta

    def __init__(self, module: magenta.Magenta, device: torch.device) -> None:
        self.facts = magenta.facts_of(module.transformer.channels)
        super().__init__(module, device)

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

    def decode(self, content: Tensor, code: Tensor, space: Space) -> Tensor:
        network = self.network(content, space)
        assert isinstance(network, magenta.Magenta)
        return network.transformer(content, code, space)


class AdaIN(CodePainter):
    facts = adain.FACTS
    exact = adain.EXACT
    module: adain.AdaIN

    def views(self, picture: Tensor) -> Tensor:
        # The published code scales a style to 512 pixels on its shorter side; the network was trained on pieces of 256.
        return of_area(picture, *ADAIN_AREAS, ADAIN_STYLE_SIDE)

    def encode(self, views: Tensor) -> adain.StyleCode:
        return self.module.code(views)

    def decode(self, content: Tensor, code: adain.StyleCode, space: Space) -> Tensor:
        return self.network(content, space)(content, code, space)


def build(model_id: str, state: Mapping[str, Tensor], device: torch.device) -> CodePainter:
    """The model with its weights on the device; ModelError when it is no model of this method or the weights don't fit it."""
    makers: dict[str, tuple[Callable[[], nn.Module], Callable[[Any, torch.device], CodePainter]]] = {
        "microast": (microast.MicroAST, MicroAST),
        "magenta": (lambda: magenta.Magenta(magenta.channels_of(state), inception.Predictor(), "constant"), Magenta),
        "magenta-mobile": (lambda: magenta.Magenta(magenta.channels_of(state)), Magenta),
        "adain": (adain.AdaIN, AdaIN),
    }
    if model_id not in makers:
        raise ModelError(f"model {model_id!r} is unknown to method arbitrary: choose one of {', '.join(makers)}")
    make, painter = makers[model_id]
    return painter(loaded(make, model_id, adain.needed(state) if model_id == "adain" else state), device)
