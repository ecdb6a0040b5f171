"""Where the batches come from: a bank of crops whose targets are kept (for processors), or fresh crops every step (for GPUs).

Both are pure functions of seed and step, so a run that is resumed, on this machine or another, sees what it would have seen.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path
from typing import Generic, Protocol, TypeVar

import torch
from torch import Tensor

from ..losses import Statistics
from ..networks.vgg import Vgg
from . import augmentation
from .pictures import Pixels, to_tensor
from .targets import View, joined, sizes_for, view

Draw = Callable[[random.Random], Pixels]
Crop = TypeVar("Crop")


@dataclass(frozen=True)
class Batch:
    """`contents` (N, 3, h, h) and `styles` (N, 3, H, H) in [0, 1], and VGG's view of both."""

    contents: Tensor
    styles: Tensor
    content_view: View
    style_view: View


class Source(Protocol):
    def batch(self, step: int) -> Batch:
        """The batch of this step; steps are asked for in order."""

    def typical(self) -> tuple[Statistics, ...]:
        """Statistics of many styles, to judge sizes by."""


@dataclass(frozen=True)
class Material:
    """The pictures to train on and how to cut them."""

    contents: tuple[Path, ...]
    styles: tuple[Path, ...]
    content_side: int
    style_side: int

    def content(self, chance: random.Random) -> Pixels:
        return augmentation.content(self.contents, self.content_side, chance)

    def style(self, chance: random.Random) -> Pixels:
        return augmentation.style(self.styles, self.style_side, chance)

    @property
    def sizes(self) -> int:
        return sizes_for(self.content_side)


GROUP = 8  # crops that are made and renewed together


class Bank:
    """`groups` groups of crops with their views; one group is made anew every `renewal` steps, in turn.

    A group is a function of seed, name, place and generation alone, and is always computed as one batch of the same size, so
    that a bank rebuilt in the middle equals one that has been there from the beginning, bit for bit.
    """

    def __init__(self, name: str, draw: Draw, vgg: Vgg, sizes: int, groups: int, renewal: int, seed: int, content: bool) -> None:
        self.name, self.draw, self.vgg, self.sizes = name, draw, vgg, sizes
        self.groups, self.renewal, self.seed, self.content = groups, renewal, seed, content
        self.pictures: dict[int, Tensor] = {}
        self.views: dict[int, View] = {}
        self.generations: dict[int, int] = {}

    def advance(self, step: int) -> None:
        """Make every group what it is at this step."""
        renewed = step // self.renewal  # groups renewed since the beginning
        for place in range(self.groups):
            generation = (renewed + self.groups - 1 - place) // self.groups
            if self.generations.get(place) != generation:
                self.pictures[place], self.views[place] = self.made(place, generation)
                self.generations[place] = generation

    @torch.no_grad()
    def made(self, place: int, generation: int) -> tuple[Tensor, View]:
        chance = random.Random(f"{self.seed} {self.name} {place} {generation}")
        pictures = torch.stack([to_tensor(self.draw(chance)) for _ in range(GROUP)])
        seen = view(self.vgg, pictures.float() / 255, self.sizes)
        style = tuple(Statistics(one.mean, one.covariance.bfloat16()) for one in seen.style)
        nothing = torch.empty(GROUP, 0)
        return pictures, View(style, seen.fine if self.content else nothing, seen.coarse if self.content else nothing)

    def take(self, indices: list[int]) -> tuple[Tensor, View]:
        """These crops, in [0, 1], and their views."""
        pictures = torch.stack([self.pictures[index // GROUP][index % GROUP] for index in indices]).float() / 255
        views = []
        for index in indices:
            group, one = self.views[index // GROUP], slice(index % GROUP, index % GROUP + 1)
            style = tuple(Statistics(layer.mean[one], layer.covariance[one].float()) for layer in group.style)
            views.append(View(style, group.fine[one], group.coarse[one]))
        return pictures, joined(views)


class BankedSource:
    """Batches out of two banks: VGG then runs on the network's outputs, and on few new crops a step."""

    def __init__(self, material: Material, vgg: Vgg, batch: int, groups: int, reuse: int, seed: int) -> None:
        self.size, self.seed = batch, seed
        renewal = max(1, GROUP * reuse // batch)  # steps until a group has been seen `reuse` times over
        self.contents = Bank("content", material.content, vgg, material.sizes, groups, renewal, seed, content=True)
        self.styles = Bank("style", material.style, vgg, material.sizes, groups, 2 * renewal, seed, content=False)

    def batch(self, step: int) -> Batch:
        self.contents.advance(step)
        self.styles.advance(step)
        chance = random.Random(f"{self.seed} batch {step}")
        contents, content_view = self.contents.take(chance.sample(range(GROUP * self.contents.groups), self.size))
        styles, style_view = self.styles.take(chance.sample(range(GROUP * self.styles.groups), self.size))
        return Batch(contents, styles, content_view, style_view)

    def typical(self) -> tuple[Statistics, ...]:
        """Of the first groups as they are at step 0, so that it doesn't matter when it is asked for."""
        return joined([self.styles.made(place, 0)[1] for place in range(min(8, self.styles.groups))]).style


class Ahead(Generic[Crop]):
    """`cut(step, index)` for a batch of `size`, done by threads some steps ahead."""

    def __init__(self, cut: Callable[[int, int], Crop], size: int, threads: int) -> None:
        self.cut, self.size = cut, size
        self.pool = ThreadPoolExecutor(threads, "crops")
        self.steps = max(2, 2 * threads // size)
        self.waiting: dict[int, list[Future[Crop]]] = {}

    def take(self, step: int) -> list[Crop]:
        """The crops of this step; steps are asked for in order."""
        for coming in range(step, step + self.steps + 1):
            if coming not in self.waiting:
                self.waiting[coming] = [self.pool.submit(self.cut, coming, index) for index in range(self.size)]
        return [future.result() for future in self.waiting.pop(step)]


class FreshSource:
    """Every batch from new crops, cut by threads ahead of time; VGG's view of them is computed on the device."""

    def __init__(self, material: Material, vgg: Vgg, batch: int, seed: int, device: torch.device, threads: int) -> None:
        self.material, self.vgg, self.seed, self.device = material, vgg, seed, device
        self.crops = Ahead(self.cut, batch, threads)

    def batch(self, step: int) -> Batch:
        pairs = self.crops.take(step)
        contents, styles = (torch.stack(one).to(self.device, non_blocking=True).float() / 255 for one in zip(*pairs))
        with torch.no_grad():
            content_view = view(self.vgg, contents, self.material.sizes)
            style_view = view(self.vgg, styles, self.material.sizes)
        return Batch(contents, styles, content_view, style_view)

    def cut(self, step: int, index: int) -> tuple[Tensor, Tensor]:
        chance = random.Random(f"{self.seed} fresh {step} {index}")
        return to_tensor(self.material.content(chance)), to_tensor(self.material.style(chance))

    def typical(self) -> tuple[Statistics, ...]:
        return joined(list(self._first_views())).style

    def _first_views(self) -> Iterator[View]:
        for index in range(4):
            styles = torch.stack([self.cut(-1 - index, place)[1] for place in range(GROUP)]).to(self.device).float() / 255
            with torch.no_grad():
                seen = view(self.vgg, styles, self.material.sizes)
            yield View(seen.style, seen.fine[:, :0], seen.coarse[:, :0])
