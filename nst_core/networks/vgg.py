"""VGG-16 and VGG-19 as feature networks (Simonyan and Zisserman, arXiv:1409.1556): convolutions only, cut where the weights end.

Keys are torchvision's (`features.0.weight` ...), or the numbers of pytorch-AdaIN's `vgg_normalised.pth`. A layer is called as in
Gatys et al. 2016: `conv3_1` is the first convolution of the third block, and its features are taken after the ReLU.
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
PLAIN = Normalisation("RGB", 1.0, (0.0, 0.0, 0.0), (1.0, 1.0, 1.0))
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


class Vgg(nn.Module):
    """Pictures to the features of the layers asked for.

    With `reflecting`, convolutions pad by reflection and pools round sizes up, as the normalised weights were published.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(
        self, depth: int = 19, last: str = "conv5_4", normalisation: Normalisation = CAFFE, reflecting: bool = False
    ) -> None:
        super().__init__()
        self.normalisation = normalisation
        self.reflecting = reflecting
        self.places: dict[str, str] = {}
        self.features = nn.ModuleDict()
        inputs = 3
        for name, place in positions(depth).items():
            outputs = CHANNELS[int(name[4]) - 1]
            self.places[name] = str(place)
            self.features[str(place)] = nn.Conv2d(
                inputs, outputs, 3, padding=1, padding_mode="reflect" if reflecting else "zeros"
            )
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
                x = F.max_pool2d(x, 2, ceil_mode=self.reflecting)
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
