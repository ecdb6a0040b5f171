"""Feature networks with random weights, and what they compute written out once more: layer by layer, by the published keys."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from nst_core.networks import squeezenet, vgg

State = dict[str, Tensor]
Pool = Callable[..., Tensor]
Network = TypeVar("Network", bound=nn.Module)

MEAN, DEVIATION = (
    torch.tensor(values, dtype=torch.float64)[:, None, None] for values in ([0.485, 0.456, 0.406], [0.229, 0.224, 0.225])
)
LAYERS = {
    "vgg19": (("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"), "conv4_2"),
    "vgg19-normalised": (("conv1_1", "conv2_1", "conv3_1", "conv4_1", "conv5_1"), "conv4_2"),
    "vgg16": (("conv1_2", "conv2_2", "conv3_3", "conv4_3"), "conv4_3"),
    "squeezenet1_1": (("conv1", "fire3", "fire5", "fire7"), "fire5"),
}
"""What the papers (or, for SqueezeNet, its usual users) take style and content from."""


def random_vgg(depth: int = 19, last: str = "conv5_1", **options: object) -> vgg.Vgg:
    """A VGG whose activations neither fade nor grow."""
    torch.manual_seed(depth)
    network = vgg.Vgg(depth, last, **{"normalisation": vgg.TORCHVISION, **options})  # type: ignore[arg-type]
    return randomised(network)


def randomised(network: Network) -> Network:
    for parameter in network.parameters():
        spread = (2 / parameter[0].numel()) ** 0.5 if parameter.ndim == 4 else 0.05
        parameter.copy_(torch.randn_like(parameter) * spread)
    return network


def random_state(model: str) -> State:
    """Weights under the keys that the model is published with."""
    if model == "vgg19-normalised":
        inner = random_vgg(19).state_dict()
        state = {"0.weight": torch.randn(3, 3, 1, 1), "0.bias": torch.randn(3)}
        for name, place in vgg.published_places().items():
            for part in ("weight", "bias"):
                key = f"features.{vgg.positions(19)[name]}.{part}"
                if key in inner:
                    state[f"{place}.{part}"] = inner[key]
        return state
    if model == "squeezenet1_1":
        torch.manual_seed(1)
        return dict(randomised(squeezenet.SqueezeNet()).state_dict())
    return dict(random_vgg(int(model[3:])).state_dict())


def features(model: str, state: State, picture: Tensor, average: bool) -> dict[str, Tensor]:
    """Every layer's output after its ReLU, by the architecture as published."""
    pool = F.avg_pool2d if average else F.max_pool2d
    if model == "squeezenet1_1":
        return squeezenet_features(state, (picture - MEAN.to(picture)) / DEVIATION.to(picture), pool)
    published = model == "vgg19-normalised"
    places = vgg.published_places() if published else vgg.positions(int(model[3:]))
    prefix = "" if published else "features."
    if published:
        x = F.conv2d(picture, state["0.weight"].to(picture), state["0.bias"].to(picture))
    else:
        x = (picture - MEAN.to(picture)) / DEVIATION.to(picture)
    found = {}
    for name, place in places.items():
        if f"{prefix}{place}.weight" not in state:
            break
        if name.endswith("_1") and name != "conv1_1":
            x = pool(x, 2, ceil_mode=published)
        x = F.pad(x, (1, 1, 1, 1), mode="reflect" if published else "constant")
        x = F.relu(F.conv2d(x, state[f"{prefix}{place}.weight"].to(x), state[f"{prefix}{place}.bias"].to(x)))
        found[name] = x
    return found


def squeezenet_features(state: State, x: Tensor, pool: Pool) -> dict[str, Tensor]:
    def convolution(name: str, x: Tensor, **options: int) -> Tensor:
        return F.relu(F.conv2d(x, state[f"features.{name}.weight"].to(x), state[f"features.{name}.bias"].to(x), **options))

    x = convolution("0", x, stride=2)
    found = {"conv1": x}
    for place in (2, 3, 4, 5, 6, 7, 8, 9, 10):
        if place in (2, 5, 8):
            x = pool(x, 3, 2, ceil_mode=True)
            continue
        small = convolution(f"{place}.squeeze", x)
        x = torch.cat([convolution(f"{place}.expand1x1", small), convolution(f"{place}.expand3x3", small, padding=1)], 1)
        found[f"fire{len(found) + 1}"] = x
    return found


def textured(height: int, width: int, seed: int = 0) -> Tensor:
    """A picture (1, 3, H, W) of waves and grain."""
    generator = torch.Generator().manual_seed(seed)
    y, x = torch.meshgrid(torch.arange(height), torch.arange(width), indexing="ij")
    waves = torch.stack([torch.sin(x / (5 + c + seed)) + torch.cos(y / (4 + c)) for c in range(3)])[None] / 5 + 0.5
    return (waves + 0.1 * torch.rand(waves.shape, generator=generator)).clamp(0, 1)
