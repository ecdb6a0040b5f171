"""Networks with random weights, for tests that need no download: right in shape, wild in looks."""

from __future__ import annotations

import torch

from nst_core.networks import magenta, microast


def random_microast() -> microast.MicroAST:
    torch.manual_seed(1)
    network = microast.MicroAST()
    return network.eval().requires_grad_(False)


def random_magenta() -> magenta.Magenta:
    """Half as wide as the mobile transformer."""
    torch.manual_seed(2)
    network = magenta.Magenta(channels=4)
    return network.eval().requires_grad_(False)
