"""Weights of the right shapes for a model whose file isn't there: time, memory and bands don't look at what is painted.

Only benches use them, and say so.
"""

from __future__ import annotations

import torch
from torch import Tensor, nn

from ..networks import adain, animegan, inception, magenta, microast

SEED = 5


def state(method: str, model: str) -> dict[str, Tensor]:
    """Weights (He et al. 2015, arXiv:1502.01852) through which a picture neither vanishes nor explodes, always the same."""
    with torch.random.fork_rng(devices=()):
        torch.manual_seed(SEED)
        module = fresh(method, model)
        for layer in module.modules():
            if isinstance(layer, nn.Conv2d):
                nn.init.kaiming_normal_(layer.weight)
    return module.state_dict()


def fresh(method: str, model: str) -> nn.Module:
    """The network that the model's weights belong to; KeyError for what comes with its weights."""
    if method == "anime":
        return animegan.Generator()
    return {
        "adain": adain.AdaIN,
        "magenta": lambda: magenta.Magenta(32, inception.Predictor(), "constant"),
        "magenta-mobile": magenta.Magenta,
        "microast": microast.MicroAST,
    }[model]()
