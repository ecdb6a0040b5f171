"""A photograph as a frame of an animated film: AnimeGANv2 in every published look and with the user's own weights."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import torch
from torch import Tensor

from .. import device
from ..networks import animegan
from ..networks.sheets import MirroredPicture, Space, in_range
from ..perceptual import between
from ..progress import Report
from ..scratch import Rehearsal, ScratchSpace
from .codes import PROBE_SIDE, at_least, loaded
from .compiled import Compiled
from .convolutions import total_work, watched
from .precisions import TwoPrecisions

TALL_PROBE = 4 * PROBE_SIDE  # the height of a picture that is to have many bands

ALIGNED = {"animegan2-face-paint-v1", "animegan2-face-paint-v2", "animegan2-celeba-distill"}
"""The weights that were trained in PyTorch, with its enlargement; all others, our own among them, have the original's."""


class Anime(TwoPrecisions):
    """One generator, which needs no style."""

    facts = animegan.FACTS

    def __init__(self, module: animegan.Generator, place: torch.device) -> None:
        self.take(module, place, animegan.EXACT)
        self.least_work = self.work(Space(place))
        self.compiled = Compiled(module, None, self.least_work)

    @torch.no_grad()
    def work(self, space: Space, height: int = PROBE_SIDE) -> float:
        """The work for a pixel, in multiply-adds, with sheets in `space`; measured on a small picture of that height."""
        probe = torch.zeros(1, 3, height, PROBE_SIDE**2 // height, device=self.device)
        return total_work(self.module, lambda: self.module(probe, space)) / PROBE_SIDE**2

    @torch.no_grad()
    def render(self, content: Tensor, prepared: None, parameters: Mapping[str, Any], report: Report) -> Tensor:
        low, high = self.facts.value_range
        picture = at_least(content.to(self.device), self.facts.minimum_side)
        budget = device.budget(self.device) * self.share
        painted = self.compiled.paint(in_range(picture, (low, high)), None, budget, report, self.log)
        if painted is None:
            painted = self.with_room(lambda: self.in_bands(picture, report))
        painted = painted[:, :, : content.shape[2], : content.shape[3]].to(content.device)
        return painted.sub_(low).div_(high - low).clamp_(0, 1)

    def in_bands(self, picture: Tensor, report: Report) -> Tensor:
        """What the network makes of a picture in [0, 1], however large it is."""
        height, width = picture.shape[2:]
        with ScratchSpace(self.device, self.facts, height, width, self.share) as space:
            expected = self.rehearsed_work(space, height, width) if space.short else self.least_work * height * width
            network = self.network(picture, space)
            assert isinstance(network, animegan.Generator)
            given = MirroredPicture(picture, self.facts.size_multiple, self.facts.value_range)
            with watched(network, report, "painting", expected):
                return network.painted(given, space)

    def rehearsed_work(self, space: ScratchSpace, height: int, width: int) -> float:
        """The work for so large a picture: halos, and what there is no room for, are computed again for whoever needs them."""
        with Rehearsal(space, height * width / PROBE_SIDE**2, width) as rehearsal:
            return self.work(rehearsal, TALL_PROBE) * height * width

    def finished(self, content: Tensor, painted: Tensor, parameters: Mapping[str, Any]) -> Tensor:
        strength = parameters["strength"]
        return painted if strength == 1 else between(content, painted.clone(), strength)


def build(model_id: str, state: Mapping[str, Tensor], place: torch.device) -> Anime:
    """The generator with its weights on the device; ModelError when they don't fit it."""
    enlargement: animegan.Enlargement = "aligned" if model_id in ALIGNED else "legacy"
    return Anime(loaded(lambda: animegan.Generator(enlargement), model_id, state), place)
