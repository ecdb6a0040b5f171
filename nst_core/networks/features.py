"""Networks that are looked into: a picture to the features of the layers asked for, and what weights expect; no architecture."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Collection
from dataclasses import dataclass

import torch
import torch.nn.functional as F
from torch import Tensor, nn


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


class FeatureNetwork(nn.Module):
    """Layers one after the other, by name, a ReLU after each and pools between some; keys are torchvision's `features.N`.

    places: where each layer stands in `features`, in order.
    """

    mean: Tensor
    deviation: Tensor

    def __init__(self, normalisation: Normalisation) -> None:
        super().__init__()
        self.normalisation = normalisation
        self.places: dict[str, str] = {}
        self.features = nn.ModuleDict()
        self.register_buffer("mean", torch.tensor(normalisation.mean)[:, None, None], persistent=False)
        self.register_buffer("deviation", torch.tensor(normalisation.deviation)[:, None, None], persistent=False)

    def add(self, name: str, place: int, layer: nn.Module) -> None:
        """Append a layer."""
        self.places[name] = str(place)
        self.features[str(place)] = layer

    @abstractmethod
    def pooled(self, x: Tensor, name: str) -> Tensor:
        """`x` as the layer called `name` takes it: pooled, where a pool stands before it."""

    def forward(self, picture: Tensor, layers: Collection[str]) -> dict[str, Tensor]:
        """`picture` (N, 3, H, W), RGB in [0, 1], to the features of every one of `layers`, in the weights' dtype.

        Raises KeyError for a layer that the network doesn't have. Nothing deeper than needed is computed.
        """
        missing = set(layers) - set(self.places)
        if missing:
            told = f"this {type(self).__name__} ends at {list(self.places)[-1]}: it has no {', '.join(sorted(missing))}"
            raise KeyError(f"{told}, only {', '.join(self.places)}")
        x, found = self.normalised(picture), {}
        for name, place in self.places.items():
            x = F.relu(self.features[place](self.pooled(x, name)))
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
        return picture.to(next(self.features.parameters()).dtype, memory_format=torch.channels_last)
