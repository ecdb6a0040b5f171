"""SqueezeNet 1.0 and 1.1 as feature networks (Iandola et al., arXiv:1602.07360): a fiftieth of VGG-19's weights.

Keys are torchvision's (`features.0.weight` ...). Layers are called as in the paper, `conv1` and `fire2` to `fire9`, and their
features are taken after the ReLU.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts
from .features import TORCHVISION, FeatureNetwork

# The minimum is that of 1.0; 1.1 sees something in 17 pixels.
FACTS = NetworkFacts(
    value_range=(0, 1), size_multiple=1, minimum_side=21, receptive_field=195, half_precision=False, bytes_per_pixel=430
)

FIRES = {f"fire{number}": squeezed for number, squeezed in zip(range(2, 10), (16, 16, 32, 32, 48, 48, 64, 64))}
"""What every fire module squeezes its input to; it gives eight times as many channels."""


@dataclass(frozen=True)
class Version:
    """Outputs and side of the first convolution, and the layers that a pool follows."""

    outputs: int
    side: int
    pooled: tuple[str, ...]


VERSIONS = {"1.0": Version(96, 7, ("conv1", "fire4", "fire8")), "1.1": Version(64, 3, ("conv1", "fire3", "fire5"))}


class Fire(nn.Module):
    """Few channels by a 1x1 convolution, then many by 1x1 and by 3x3 ones; a ReLU after each."""

    def __init__(self, inputs: int, squeezed: int) -> None:
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.expand1x1 = nn.Conv2d(squeezed, 4 * squeezed, 1)
        self.expand3x3 = nn.Conv2d(squeezed, 4 * squeezed, 3, padding=1)

    def forward(self, x: Tensor) -> Tensor:
        x = F.relu(self.squeeze(x))
        return F.relu(torch.cat([self.expand1x1(x), self.expand3x3(x)], 1))


class SqueezeNet(FeatureNetwork):
    """Pictures to the features of the layers asked for, (N, C, about H/2^k, W/2^k) each; `version` is "1.0" or "1.1"."""

    def __init__(self, version: str = "1.1") -> None:
        super().__init__(TORCHVISION)
        self.version = VERSIONS[version]
        self.average_pools = False  # as Gatys et al. 2016 recommend for looks; the weights were trained with maxima
        inputs, place = self.version.outputs, 2
        self.add("conv1", 0, nn.Conv2d(3, inputs, self.version.side, stride=2))
        for name, squeezed in FIRES.items():
            place += self._pooled_before(name)
            self.add(name, place, Fire(inputs, squeezed))
            inputs = 8 * squeezed
            place += 1
        self.requires_grad_(False)

    def pooled(self, x: Tensor, name: str) -> Tensor:
        if not self._pooled_before(name):
            return x
        pool = F.avg_pool2d if self.average_pools else F.max_pool2d
        return pool(x, 3, 2, ceil_mode=True)

    def _pooled_before(self, name: str) -> bool:
        """Whether a pool stands between the layer and the one before it."""
        names = ("conv1", *FIRES)
        index = names.index(name)
        return index > 0 and names[index - 1] in self.version.pooled


def build(state: Mapping[str, Tensor]) -> SqueezeNet:
    """The network that `state` (torchvision's keys) holds weights for, of either version; classifiers are left out."""
    outputs = state["features.0.weight"].shape[0]
    versions = [name for name, version in VERSIONS.items() if version.outputs == outputs]
    if not versions:
        raise ValueError(f"no SqueezeNet begins with {outputs} channels")
    network = SqueezeNet(versions[0])
    network.load_state_dict({key: value for key, value in state.items() if key.startswith("features.")})
    return network.to(memory_format=torch.channels_last).eval()
