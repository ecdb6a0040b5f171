"""VGG-16 and VGG-19 as feature networks (Simonyan and Zisserman, arXiv:1409.1556): convolutions only, cut where the weights end.

Keys are torchvision's (`features.0.weight` ...). A layer is called as in Gatys et al. 2016: `conv3_1` is the first convolution of
the third block, and its features are taken after the ReLU.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .facts import NetworkFacts

FACTS = NetworkFacts(
    value_range=(0, 1), size_multiple=1, minimum_side=32, receptive_field=156, half_precision=False, bytes_per_pixel=1160
)

BLOCKS = {16: (2, 2, 3, 3, 3), 19: (2, 2, 4, 4, 4)}
"""Convolutions in each block, by depth; a pool follows every block."""

CHANNELS = (64, 128, 256, 512, 512)


@dataclass(frozen=True)
class Normalisation:
    """What weights expect: a picture in [0, 1] times `factor`, less `mean`, over `deviation`, in the order of `channels`."""

    channels: str
    factor: float
    mean: tuple[float, float, float]
    deviation: tuple[float, float, float]


CAFFE = Normalisation("BGR", 255.0, (103.939, 116.779, 123.68), (1.0, 1.0, 1.0))
TORCHVISION = Normalisation("RGB", 1.0, (0.485, 0.456, 0.406), (0.229, 0.224, 0.225))


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


class Vgg(nn.Module):
    """Pictures to the features of the layers asked for."""

    mean: Tensor
    deviation: Tensor

    def __init__(self, depth: int = 19, last: str = "conv5_4", normalisation: Normalisation = CAFFE) -> None:
        super().__init__()
        self.normalisation = normalisation
        self.places: dict[str, str] = {}
        self.features = nn.ModuleDict()
        inputs = 3
        for name, place in positions(depth).items():
            outputs = CHANNELS[int(name[4]) - 1]
            self.places[name] = str(place)
            self.features[str(place)] = nn.Conv2d(inputs, outputs, 3, padding=1)
            inputs = outputs
            if name == last:
                break
        self.register_buffer("mean", torch.tensor(normalisation.mean)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(normalisation.deviation)[:, None, None], persistent=False)
        self.requires_grad_(False)

    def forward(self, picture: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """`picture` (N, 3, H, W), RGB in [0, 1], to (N, C, H/2^k, W/2^k) for every one of `layers`, in the weights' dtype.

        Raises KeyError for a layer that the network doesn't have. Nothing deeper than needed is computed.
        """
        missing = set(layers) - set(self.places)
        if missing:
            raise KeyError(f"this VGG ends at {list(self.places)[-1]}: it has no {', '.join(sorted(missing))}")
        x, found = self.normalised(picture), {}
        for name, place in self.places.items():
            if name.endswith("_1") and name != "conv1_1":
                x = F.max_pool2d(x, 2)
            x = F.relu(self.features[place](x))
            if name in layers:
                found[name] = x
                if len(found) == len(set(layers)):
                    break
        return found

    def normalised(self, picture: Tensor) -> Tensor:
        """The picture as the weights expect it; the arithmetic is done in the picture's own precision."""
        if self.normalisation.channels == "BGR":
            picture = picture.flip(1)
        picture = (picture * self.normalisation.factor - self.mean.to(picture.dtype)) / self.deviation.to(picture.dtype)
        dtype = next(self.features.parameters()).dtype
        return picture.to(dtype, memory_format=torch.channels_last)


def build(state: Mapping[str, Tensor], normalisation: Normalisation = CAFFE, depth: int = 19) -> Vgg:
    """The network that `state` (torchvision's keys) holds weights for, to its last convolution; classifiers are left out."""
    names = [name for name, place in positions(depth).items() if f"features.{place}.weight" in state]
    network = Vgg(depth, names[-1], normalisation)
    network.load_state_dict({key: value for key, value in state.items() if key.startswith("features.")})
    return network.to(memory_format=torch.channels_last).eval()
