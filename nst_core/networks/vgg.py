"""VGG-16 and VGG-19 as feature networks (Simonyan and Zisserman, arXiv:1409.1556): convolutions only, cut where the weights end.

Keys are torchvision's (`features.0.weight` ...), or the numbers of pytorch-AdaIN's `vgg_normalised.pth`. A layer is called as in
Gatys et al. 2016: `conv3_1` is the first convolution of the third block, and its features are taken after the ReLU.
"""

from __future__ import annotations

from collections.abc import Mapping

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts
from .features import CAFFE, PLAIN, FeatureNetwork, Normalisation
from .features import TORCHVISION as TORCHVISION  # asked for beside the others of this module

FACTS = NetworkFacts(
    value_range=(0, 1), size_multiple=1, minimum_side=32, receptive_field=156, half_precision=False, bytes_per_pixel=1160
)

BLOCKS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions in each block, by depth; a pool follows every block."""

CHANNELS = (64, 128, 256, 512, 512)


def positions(depth: int) -> dict[str, int]:
    """The place of every convolution in torchvision's `features`, by its name, in order."""
    places: dict[str, int] = {}
    place = 0
    for block, count in enumerate(BLOCKS[depth], 1):
        for number in range(1, count + 1):
            places[f"conv{block}_{number}"] = place
            place += 2  # the convolution and its ReLU
        place += 1  # the pool
    return places


def published_places() -> dict[str, int]:
    """The place of every convolution in `vgg_normalised.pth`, by its name: that is VGG-19 behind a 1x1 convolution, with a
    reflection padding before and a ReLU after every convolution."""
    places: dict[str, int] = {}
    place = 2
    for block, count in enumerate(BLOCKS[19], 1):
        for number in range(1, count + 1):
            places[f"conv{block}_{number}"] = place
            place += 3
        place += 1  # the pool
    return places


class Vgg(FeatureNetwork):
    """Pictures to the features of the layers asked for, (N, C, H/2^k, W/2^k) each.

    With `reflecting`, convolutions pad by reflection and pools round sizes up, as the normalised weights were published.
    """

    def __init__(
        self, depth: int = 19, last: str = "conv5_4", normalisation: Normalisation = CAFFE, reflecting: bool = False
    ) -> None:
        super().__init__(normalisation)
        self.reflecting = reflecting
        inputs = 3
        for name, place in positions(depth).items():
            outputs = CHANNELS[int(name[4]) - 1]
            layer = nn.Conv2d(inputs, outputs, 3, padding=1, padding_mode="reflect" if reflecting else "zeros")
            self.add(name, place, layer)
            inputs = outputs
            if name == last:
                break
        self.requires_grad_(False)

    def pooled(self, x: Tensor, name: str) -> Tensor:
        if name.endswith("_1") and name != "conv1_1":
            return F.max_pool2d(x, 2, ceil_mode=self.reflecting)
        return x


def build(state: Mapping[str, Tensor], normalisation: Normalisation = CAFFE, depth: int = 19) -> Vgg:
    """The network that `state` holds weights for, to its last convolution; classifiers are left out.

    `normalisation` and `depth` go with torchvision's keys; the normalised weights bring their own.
    """
    reflecting = "0.weight" in state
    if reflecting:
        state, normalisation, depth = unified(state), PLAIN, 19
    names = [name for name, place in positions(depth).items() if f"features.{place}.weight" in state]
    if not names:
        raise KeyError("features.0.weight")
    network = Vgg(depth, names[-1], normalisation, reflecting)
    network.load_state_dict({key: value for key, value in state.items() if key.startswith("features.")})
    return network.to(memory_format=torch.channels_last).eval()


def unified(state: Mapping[str, Tensor]) -> dict[str, Tensor]:
    """The normalised weights under torchvision's keys, the 1x1 convolution at their beginning put into the first 3x3 one.

    That changes nothing, since padding by reflection commutes with what is done to every pixel alone.
    """
    places, published = positions(19), published_places()
    renamed = {
        f"features.{places[name]}.{part}": state[f"{place}.{part}"]
        for name, place in published.items()
        if f"{place}.weight" in state
        for part in ("weight", "bias")
    }
    matrix, offset = (state[key].double() for key in ("0.weight", "0.bias"))
    first, bias = (renamed[key].double() for key in ("features.0.weight", "features.0.bias"))
    renamed["features.0.weight"] = torch.einsum("omyx,mi->oiyx", first, matrix[:, :, 0, 0]).float()
    renamed["features.0.bias"] = (bias + torch.einsum("omyx,m->o", first, offset)).float()
    return renamed
