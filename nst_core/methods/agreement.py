"""Whether a GPU computes what the CPU does, seen in small before it paints.

Some give wrong numbers without a word, as PyTorch's reports of pools and normalisations on Apple's show. What is computed with is
imported by who is asked: the others' start is not to wait for it.
"""

from __future__ import annotations

import torch
from torch import Tensor

APART = 0.02
"""Of the largest number: rounding is a thousandth of it, what was reported is of its size."""
HEIGHT, WIDTH = 96, 40
BAND_ROWS = 32


def demand(place: torch.device) -> None:
    """RuntimeError when the device's numbers are not the CPU's.

    Apple's, Intel's and AMD's GPUs are asked; NVIDIA's, on which PyTorch is tested most, are to lose no time here.
    """
    if place.type not in ("mps", "xpu") and (place.type != "cuda" or torch.version.hip is None):
        return
    for name, compute in (("features", features), ("gradients", gradients)):
        right, found = compute(torch.device("cpu")), compute(place).cpu()
        if not bool((right - found).abs().max() <= APART * right.abs().max()):  # what is no number isn't right either
            raise RuntimeError(f"its {name} are not those of the CPU")


@torch.no_grad()
def features(place: torch.device) -> Tensor:
    """What a network with all that feed-forward ones are made of paints in bands: (1, 3, HEIGHT, WIDTH)."""
    from ..networks import animegan
    from ..networks.sheets import MirroredPicture, Space

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network, picture = animegan.Generator().eval(), torch.rand(1, 3, HEIGHT, WIDTH)
    network = network.to(place).to(memory_format=torch.channels_last)
    given = MirroredPicture(picture.to(place), animegan.FACTS.size_multiple, animegan.FACTS.value_range)
    return network.painted(given, Space(place, BAND_ROWS * WIDTH))


def gradients(place: torch.device) -> Tensor:
    """The pictures' gradients of an optimisation, with either kind of pools: (2, 3, HEIGHT, WIDTH)."""
    from ..gatys.layers import Pooling
    from ..gatys.objective import Objective, StyleTerm
    from ..gatys.stream import VggStream
    from ..networks import vgg

    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(0)
        network, picture = vgg.Vgg(19, last="conv3_1"), torch.rand(1, 3, HEIGHT, WIDTH)
        target = torch.rand(1, 256, 256)
    goal = Objective({"conv3_1": StyleTerm(1.0, target.to(place))})
    streams = (VggStream(network.to(place), pooling=pooling) for pooling in Pooling)
    return torch.cat([stream.measure(picture.to(place), goal)[1] for stream in streams])
