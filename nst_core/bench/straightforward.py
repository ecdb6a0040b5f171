"""Gatys' optimisation as anybody would write it: autograd, a module's layers, one picture; the yardstick for speed and memory."""

from __future__ import annotations

import torch
from torch import Tensor

from ..losses import content_loss, style_loss
from ..networks.vgg import Vgg

CONTENT_LAYER = "conv4_2"
STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1")


class StraightforwardLoop:
    """One step of Adam after another; content and style (1, 3, H, W) in [0, 1]."""

    def __init__(self, network: Vgg, content: Tensor, style: Tensor) -> None:
        self.network = network
        with torch.no_grad():
            self.wanted = network(content, [CONTENT_LAYER])[CONTENT_LAYER]
            self.paintings = network(style, STYLE_LAYERS)
        self.picture = content.clone().requires_grad_()
        self.optimiser = torch.optim.Adam([self.picture], lr=0.02)

    def step(self) -> float:
        self.optimiser.zero_grad()
        found = self.network(self.picture, {CONTENT_LAYER, *STYLE_LAYERS})
        loss = content_loss(found[CONTENT_LAYER], self.wanted)
        for layer in STYLE_LAYERS:
            loss = loss + 1000 * style_loss(found[layer], self.paintings[layer])
        loss.backward()
        self.optimiser.step()
        return float(loss.detach())
