"""The optimisation itself: scale after scale, iteration after iteration; knows networks, objectives and optimisers."""

from __future__ import annotations

import time
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass, field, replace
from typing import TypeVar

import torch
from torch import Tensor

from .. import device
from ..errors import Finish
from ..progress import Report
from ..resampling import bandlimited, resized
from .graphs import Function, Graphs
from .objective import named
from .optimisers import LBFGS, Adam, Optimiser
from .precision import COARSE_PIXELS
from .pulse import Pulse
from .recipe import Recipe
from .scales import Scale, grown, scales
from .targets import Network, Objective, Styles, balance, objective
from .terms import PictureTerm, SecondVariation, TotalVariation
from .views import VIEWS, View, in_turn

PATIENCE = 3 * len(VIEWS)
"""Iterations whose mean loss is compared with that of as many before, to see whether anything still moves."""
PREVIEW_SECONDS = 2.0
PREVIEW_SIDE = 512

Found = TypeVar("Found")
Terms = Callable[[Tensor], Sequence[PictureTerm]]
"""Terms for a scale, made from the content at that scale."""


def no_terms(content: Tensor) -> Sequence[PictureTerm]:
    return ()


@dataclass
class Watcher:
    """What is told about a run: a row of losses and, where wanted, a snapshot for every iteration."""

    row: Callable[[Scale, int, dict[str, float]], None] = lambda scale, iteration, values: None
    snapshot: Callable[[int, Tensor], None] = lambda iteration, picture: None
    every: int = 0


@dataclass
class Run:
    """One optimisation. `key` names network and precision; `make_terms` gives terms beside style, content and variation.

    `coarse` is another network with its own key for scales before the last of up to COARSE_PIXELS.
    """

    network: Network
    recipe: Recipe
    styles: Styles
    key: Hashable
    report: Report
    log: Callable[[str], None]
    style_scale: float = 1.0
    strength: float = 1.0
    seed: int = 0
    make_terms: Terms = no_terms
    watcher: Watcher = field(default_factory=Watcher)
    coarse: tuple[Network, Hashable] | None = None
    viewable: float = float("inf")  # pixels: of a larger scale there is memory for one view at a time
    _variation: TotalVariation | None = None
    _factors: dict[str, float] | None = None
    _newest: Tensor | None = None
    _iteration: int = 0
    _previewed: float = 0.0

    def __post_init__(self) -> None:
        self._graphs = Graphs(self.log)

    def paint(self, content: Tensor) -> Tensor:
        """The content (1, 3, H, W) in [0, 1] painted: same shape, clamped. errors.Finish raised by `report` ends it early with
        the newest iterate."""
        try:
            return self._paint(content).clamp(0, 1)
        except Finish:
            newest = content if self._newest is None else self._newest
            return resized(newest.detach().to(content.dtype), *content.shape[2:]).clamp(0, 1)
        finally:
            self._graphs.release()

    def loss(self, picture: Tensor, content: Tensor) -> float:
        """What this run has minimised at the last scale, at any picture of the content's size, without views; after `paint`."""
        height, width = content.shape[2:]
        goal = self._goal(content, View(), _Stage(self, scales(height, width, self.recipe)[-1], 0.0, 1.0))
        values, _ = self.network.evaluate(picture, goal)
        return sum(values.values()) + sum(term.energy_and_gradient(picture)[0] for term in self._terms(content))

    def _paint(self, content: Tensor) -> Tensor:
        height, width = content.shape[2:]
        plan = scales(height, width, self.recipe)
        total, done = sum(scale.work for scale in plan), 0
        optimiser = self._optimiser()
        picture: Tensor | None = None
        final = self.network, self.key
        for scale in plan:
            is_fine = scale is plan[-1] or scale.pixels > COARSE_PIXELS
            self.network, self.key = final if is_fine else self.coarse or final
            small = resized(content, scale.height, scale.width)
            if picture is None:
                picture = self._start(small, more=len(plan) > 1)
            else:
                picture = grown(picture, small, self.recipe.detail)
                optimiser.resize(scale.height, scale.width)
            stage = _Stage(self, scale, done / total, scale.work / total)
            picture = self._at(stage, picture, small, optimiser)
            done += scale.work
        assert picture is not None
        return picture

    def _at(self, stage: _Stage, picture: Tensor, content: Tensor, optimiser: Optimiser) -> Tensor:
        """All iterations of one scale, from `picture`, which is changed; gives the average of its iterates, or the last one."""
        average = picture.clone() if self.recipe.average else picture
        self._newest = average
        losses: list[float] = []
        values: dict[str, float] = {}
        terms = self._terms(content)
        views = self.recipe.views
        kept = views if content[0, 0].numel() <= self.viewable else 1
        self._graphs.begin(content)
        goals: dict[int, tuple[Objective, Function]] = {}

        def evaluate(x: Tensor) -> tuple[float, Tensor]:
            nonlocal values
            goal, measure = goals[view]
            found, gradient = self._safely(lambda: measure(x, stage.pulse))
            values = named(found, goal)
            for term in terms:
                values[term.name], pull = term.energy_and_gradient(x)
                gradient += pull
            return sum(values.values()), gradient

        for iteration in range(stage.scale.iterations):
            stage.iteration = iteration
            stage.pulse(0.0)
            view = in_turn(iteration, views, kept)
            if view not in goals:
                if len(goals) == kept < views:
                    goals.clear()
                    self._graphs.release()  # which hold on to what they evaluate
                goals[view] = self._aimed(content, VIEWS[view], stage)
            losses.append(optimiser.step(picture, evaluate))
            self._iteration += 1
            if self.recipe.bounded:
                picture.clamp_(0, 1)
            if self.recipe.average:
                # A young average follows closely: it would otherwise still be where it started.
                average.lerp_(picture, max(1 - self.recipe.average, 1 / (stage.iteration + 2)))
            self.watcher.row(stage.scale, self._iteration, values)
            if self.watcher.every and self._iteration % self.watcher.every == 0:
                self.watcher.snapshot(self._iteration, average)
            self._preview(average, stage)
            if settled(losses, self.recipe.tolerance):
                break
        return average

    def _start(self, content: Tensor, more: bool) -> Tensor:
        """The first picture: content, noise, or a mix of both by the noise ratio; `more` says whether larger scales follow."""
        share = {"content": 0.0, "noise": 1.0, "mix": self.recipe.noise_ratio}[self.recipe.init]
        content = content.clone(memory_format=torch.contiguous_format)
        generator = torch.Generator().manual_seed(self.seed)  # on the CPU, so that every device starts alike
        if share == 0:
            return uneven(content, self.recipe.grain, generator) if more and self.recipe.grain else content
        noise = 0.5 + (torch.rand(content.shape, generator=generator, dtype=content.dtype) - 0.5) * NOISE
        return content.lerp(noise.to(content.device), share)

    def _optimiser(self) -> Optimiser:
        if self.recipe.optimiser == "lbfgs":
            return LBFGS(self.recipe.history, self.recipe.learning_rate)
        decay = (0.9, 0.99) if self.recipe.bounded else (0.9, 0.999)
        return Adam(self.recipe.learning_rate, decay, levels=self.recipe.levels, damping=self.recipe.damping)

    def _goal(self, content: Tensor, view: View, stage: _Stage) -> Objective:
        """What is minimised in this view of the content; balanced as it was at the first scale."""
        seen, styles = view.of(content), self.styles
        if styles.guides is not None:
            styles = replace(styles, guides=view.of(resized(styles.guides[None], *content.shape[2:]))[0])
        side = self._style_side(content)

        def pulse(share: float) -> None:
            stage.pulse(0.0)

        goal = self._safely(lambda: objective(self.network, self.recipe, seen, styles, self.key, side, self.strength, pulse))
        if not self.recipe.balanced:
            return goal
        self._factors = self._factors or self._safely(lambda: balance(self.network, self.recipe, goal, seen, styles))
        return goal.scaled(self._factors)

    def _aimed(self, content: Tensor, view: View, stage: _Stage) -> tuple[Objective, Function]:
        """What is minimised in this view, and its evaluation."""
        goal = self._goal(content, view, stage)
        return goal, self._graphs.wrapped(self._seen(view, goal))

    def _style_side(self, content: Tensor) -> float:
        """The long side that styles have at the scale of `content`."""
        return max(content.shape[2:]) * self.style_scale

    def _seen(self, view: View, goal: Objective) -> Function:
        """The evaluation of a whole picture in a view of it."""
        network = self.network

        def measure(picture: Tensor, pulse: Pulse) -> tuple[Tensor, Tensor]:
            values, gradient = network.measure(view.of(picture), goal, pulse)
            return values, view.back(gradient.to(picture.dtype), picture)

        return measure

    def _terms(self, content: Tensor) -> list[PictureTerm]:
        return [*self._smoothness(content), *self.make_terms(content)]

    def _smoothness(self, content: Tensor) -> list[PictureTerm]:
        """Total variation as the recipe weighs it; squares are balanced at the first scale, and per value at the others."""
        if not self.recipe.tv_weight:
            return []
        if self.recipe.second_order:
            styles = self.styles.at(self._style_side(content))
            return [SecondVariation.balanced(self.recipe.tv_weight, styles, self.styles.shares, content[0, 0].numel())]
        term = TotalVariation(self.recipe.tv_weight)
        if not self.recipe.balanced:
            return [term]
        self._variation = self._variation or term.balanced(resized(self.styles.pictures[0], *content.shape[2:]))
        return [TotalVariation(self._variation.weight / content.numel())]

    def _preview(self, picture: Tensor, stage: _Stage) -> None:
        now = time.monotonic()
        if now - self._previewed >= PREVIEW_SECONDS:
            self._previewed = now
            factor = min(PREVIEW_SIDE / max(picture.shape[2:]), 1.0)
            size = [max(round(length * factor), 1) for length in picture.shape[2:]]
            self.report(stage.fraction(1.0), stage.name, resized(picture, *size).clamp(0, 1).float().cpu())

    def _safely(self, compute: Callable[[], Found]) -> Found:
        """What `compute` gives; where memory runs out, with smaller tiles."""
        while True:
            try:
                return compute()
            except Exception as error:
                if not device.is_out_of_memory(error) or self.network.room.least:
                    raise
            self._lower_the_tile()

    def _lower_the_tile(self) -> None:
        place = self.styles.pictures[0].device
        self._graphs.release()
        device.release(place)
        self.network.room = self.network.room.less(device.free_memory(place))
        self.log(f"memory ran out: going on in smaller tiles ({self.network.room.tile / 2**20:.0f} MB)")


NOISE = 40 / 255
"""How far white noise reaches in all: 20 grey levels up and down, as in the papers' usual setting."""


def uneven(content: Tensor, grain: float, generator: torch.Generator) -> Tensor:
    """The content (1, 3, H, W) with grey noise of that standard deviation, as fine as half its size can hold, clamped.

    On even ground a stroke has nothing to begin from: a few iterations paint the lattice of the network's pools there, a mosaic.
    Coloured noise would leave tints in it.
    """
    height, width = content.shape[2:]
    small = torch.randn((1, 1, -(-height // 2), -(-width // 2)), generator=generator, dtype=content.dtype)
    noise = bandlimited(small, height, width)
    return content.add(noise.to(content.device), alpha=grain).clamp_(0, 1)


@dataclass
class _Stage:
    """Where the run is, for who looks on."""

    run: Run
    scale: Scale
    start: float
    share: float
    iteration: int = 0

    @property
    def name(self) -> str:
        side = max(self.scale.height, self.scale.width)
        return f"painting at {side} px, {self.iteration + 1} of {self.scale.iterations}"

    def fraction(self, within: float) -> float:
        return self.start + self.share * (self.iteration + within) / self.scale.iterations

    def pulse(self, share: float) -> None:
        self.run.report(self.fraction(share), self.name)


def settled(losses: Sequence[float], tolerance: float) -> bool:
    """Whether the mean loss of the last iterations differs relatively by less than `tolerance` from that of those before."""
    if not tolerance or len(losses) < 2 * PATIENCE:
        return False
    before, last = sum(losses[-2 * PATIENCE : -PATIENCE]), sum(losses[-PATIENCE:])
    return abs(before - last) < tolerance * abs(before)
