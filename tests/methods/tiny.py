"""Networks with random weights, for tests that need no download: right in shape, wild in looks."""

from __future__ import annotations

from typing import TypeVar

import torch
from torch import nn

from nst_core.networks import embedded, magenta, microast

Network = TypeVar("Network", bound=nn.Module)


def lively(module: Network, seed: int = 7) -> Network:
    """The module with random weights through which a picture neither vanishes nor explodes."""
    torch.manual_seed(seed)
    for parameter in module.parameters():
        nn.init.normal_(parameter, 0, (1 / parameter[0].numel()) ** 0.5 if parameter.ndim == 4 else 0.1)
    return module.eval().requires_grad_(False)


def random_microast() -> microast.MicroAST:
    torch.manual_seed(1)
    network = microast.MicroAST()
    return network.eval().requires_grad_(False)


def random_magenta(border: magenta.Border = "reflect") -> magenta.Magenta:
    """Half as wide as the mobile transformer."""
    torch.manual_seed(2)
    network = magenta.Magenta(channels=4, border=border)
    return network.eval().requires_grad_(False)


def random_embedded() -> embedded.Embedded:
    """Its codes matter: as initialised, they hardly do."""
    torch.manual_seed(3)
    network = embedded.Embedded()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (embedded.StyledConv, embedded.Palette)):
                module.style.weight.normal_(0, 0.1)
    return network.eval().requires_grad_(False)
