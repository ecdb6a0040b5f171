"""Losses and gradient of any feature network by autograd, on the whole picture at once: for networks without adjoints of ours."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping

import torch
from torch import Tensor

from .objective import Measured, Moments, Objective, Tally
from .pulse import Pulse, no_pulse
from .room import LEAST
from .tiles import Box

Features = Callable[[Tensor, Collection[str]], dict[str, Tensor]]
"""A picture (1, 3, H, W), RGB in [0, 1], and names of layers to their maps (1, C, h, w); differentiable."""


class WholeNetwork(Measured):
    """What `stream.VggStream` offers, for any network; `room` is the least, as there are no tiles that could be smaller."""

    def __init__(self, network: Features) -> None:
        self.room = LEAST
        self._network = network

    @torch.no_grad()
    def moments(self, picture: Tensor, masks: Mapping[str, Tensor | None], pulse: Pulse = no_pulse) -> dict[str, Tensor]:
        """Gram matrices per place (R, C, C) of a picture (1, 3, H, W): of every layer in `masks`, under its masks (R, h, w)."""
        pulse(0.0)
        found = {}
        for layer, features in self._network(picture, set(masks)).items():
            moments = Moments(masks[layer])
            moments.add(features, _all_of(features))
            found[layer] = moments.means()
        return found

    @torch.no_grad()
    def features(self, picture: Tensor, layers: Collection[str], pulse: Pulse = no_pulse) -> dict[str, Tensor]:
        """Whole maps (1, C, h, w) of the layers."""
        pulse(0.0)
        return self._network(picture, set(layers))

    def sizes(self, picture: Tensor, layers: Collection[str]) -> dict[str, tuple[int, int]]:
        """Rows and columns of the layers' maps."""
        return {layer: (maps.shape[2], maps.shape[3]) for layer, maps in self.features(picture, layers).items()}

    def measure(self, picture: Tensor, objective: Objective, pulse: Pulse = no_pulse) -> tuple[Tensor, Tensor]:
        pulse(0.0)
        x = picture.detach().requires_grad_()
        found = self._network(x, objective.layers)
        pulse(0.4)
        tally = Tally(objective)
        with torch.no_grad():
            for layer, features in found.items():
                tally.add(layer, features, _all_of(features))
            tally.close()
            pulls = [tally.gradient(layer, features, _all_of(features)) for layer, features in found.items()]
        (gradient,) = torch.autograd.grad(list(found.values()), x, pulls)
        return tally.values, gradient.contiguous()


def _all_of(features: Tensor) -> Box:
    return Box(0, features.shape[2], 0, features.shape[3])
