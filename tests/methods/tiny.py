"""Networks with random weights, for tests that need no download: right in shape, wild in looks."""

from __future__ import annotations

import torch

from nst_core.networks import embedded, magenta, microast


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
