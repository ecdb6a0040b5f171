"""Trains the embedded network: one loop, from a seed, that can be stopped and resumed at any step."""

from __future__ import annotations

import json
import random
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor

from ..errors import ModelError
from ..networks.embedded import Embedded, interpolate
from ..networks.vgg import Vgg
from . import journal, pictures
from .evaluate import Held, judge
from .loop import Loop
from .objective import PENALTIES, Weights, objective, plan
from .optimiser import Muon
from .sources import BankedSource, FreshSource, Material, Source
from .targets import STYLE_LAYERS


@dataclass(frozen=True)
class Recipe:
    """What makes a run what it is; kept in its checkpoints.

    side, style_side: pixels of the crops; batch: pictures a step; steps: the whole run; rate: of Muon, after `warmup` steps,
    falling to nothing over the last `decay` share of the run; averaging: of the weights that are kept in the end;
    groups, reuse: size of the bank (of eight crops each) and how often a crop is used; fresh: no bank, new crops every step;
    precision: what the network computes in while it trains.
    """

    side: int = 128
    style_side: int = 160
    batch: int = 4
    steps: int = 60000
    rate: float = 1.5e-3
    warmup: int = 100
    decay: float = 0.4
    averaging: float = 0.999
    groups: int = 160
    reuse: int = 4
    fresh: bool = False
    precision: str = "float32"
    seed: int = 0
    weights: Weights = field(default_factory=Weights)


def rate_at(recipe: Recipe, step: int) -> float:
    """The learning rate of a step: up, level, and down in a straight line."""
    left = (recipe.steps - step) / max(1, round(recipe.decay * recipe.steps))
    return recipe.rate * min(1.0, (step + 1) / recipe.warmup) * max(0.01, min(1.0, left))


class Run(Loop):
    """One training run in a folder: `folder/checkpoint-…`, `log.csv`, `evaluation.csv`, `loss.png`, `sheets/`."""

    network: Embedded
    optimiser: Muon
    plotted = ("loss", "mean", "covariance", "content", "fine_content", "identity", "equivariance", "halo", "calm", "order")

    def __init__(self, folder: Path, recipe: Recipe, vgg: Vgg, source: Source, held: Held | None = None) -> None:
        super().__init__(folder, recipe.steps)
        self.recipe, self.vgg, self.source, self.held = recipe, vgg, source, held
        self.device = next(vgg.parameters()).device
        torch.manual_seed(recipe.seed)
        self.network = Embedded().to(self.device).to(memory_format=torch.channels_last)
        self.average = {name: value.detach().clone() for name, value in self.network.named_parameters()}
        self.optimiser = Muon(self.network)
        self.typical = source.typical()
        styles = [f"{layer}/{2**level}" for level in range(len(self.typical) // 3) for layer in STYLE_LAYERS]
        self.terms = ["loss", "gradient", "mean", "covariance", *styles, *PENALTIES]

    @property
    def rate(self) -> float:
        return rate_at(self.recipe, self.step)

    def begin(self, path: Path) -> None:
        """Start from the weights of a model file, as `write` makes them; ModelError when it holds none."""
        try:
            self.network.load_state_dict(load_file(path))
        except Exception as error:
            raise ModelError(f"{path} holds no embedded model ({error}): give a file that this training wrote") from error
        self.average = {name: value.detach().clone() for name, value in self.network.named_parameters()}

    def write(self, path: Path) -> None:
        """The averaged weights in half precision: the file that ships."""
        half = {name: value.half().cpu().contiguous() for name, value in self.average.items()}
        save_file(half, path, {"network": "embedded", "training": json.dumps(self.facts())})

    def train_step(self) -> dict[str, float]:
        """One step; its terms, all of them numbers."""
        recipe = self.recipe
        batch = self.source.batch(self.step)
        todo = plan(len(batch.contents), random.Random(f"{recipe.seed} plan {self.step}"))
        with torch.autocast(self.device.type, torch.bfloat16, enabled=recipe.precision == "bfloat16"):
            loss, terms = objective(self.network, self.vgg, batch, todo, self.typical, recipe.weights)
        self.network.zero_grad(set_to_none=True)
        loss.backward()
        norm = torch.nn.utils.clip_grad_norm_(self.network.parameters(), 5.0)
        if torch.isfinite(norm):  # a step that overflowed is worth less than no step
            self.optimiser.step(self.rate)
        self.step += 1
        self.follow(recipe.averaging, self.network)
        return {"loss": float(loss.detach()), "gradient": float(norm), **{name: float(term) for name, term in terms.items()}}

    def averaged(self) -> Embedded:
        """A copy of the network with the averaged weights."""
        network = Embedded().to(self.device).to(memory_format=torch.channels_last).eval()
        network.load_state_dict(self.average)
        return network

    @torch.inference_mode()
    def show(self) -> None:
        """A sheet of held-out pairs, and a row of the evaluation with its plot."""
        if self.held is None:
            return
        network = self.averaged()
        sheets = self.folder / "sheets"
        sheets.mkdir(exist_ok=True)
        journal.sheet(sample_rows(network, self.held), sheets / f"step-{self.step:07d}.png")
        found = judge(self.vgg, lambda content, style: network(content, network.encode(style)), self.held)
        table = journal.Table(self.folder / "evaluation.csv", list(found), self.step - 1)
        table.add(self.step, found)
        journal.plot(table.path, self.folder / "evaluation.png", list(found), f"held-out pairs, step {self.step}")


def sample_rows(network: Embedded, held: Held, contents: int = 4, styles: int = 6) -> list[list[Tensor | None]]:
    """Contents across, styles down, a clean sky at the end; below, one content from its own style to another's."""
    sky = journal.gradient(held.contents[0].shape[1]).to(held.contents[0])
    across = [*held.contents[:contents], sky]
    table: list[list[Tensor | None]] = [[None, *across]]
    for style in held.styles[:styles]:
        code = network.encode(style[None])
        table.append([style, *(network(content[None], code)[0] for content in across)])
    own, code = network.encode(across[0][None]), network.encode(held.styles[0][None])
    steps = (0.0, 0.25, 0.5, 0.75, 1.0)
    table.append([held.styles[0], *(network(across[0][None], interpolate(own, code, step))[0] for step in steps)])
    return table


def source_for(recipe: Recipe, contents: Path, styles: Path, vgg: Vgg, device: torch.device, threads: int) -> Source:
    """The recipe's batches out of these folders' training pictures."""
    material = Material(pictures.split(contents).training, pictures.split(styles).training, recipe.side, recipe.style_side)
    if recipe.fresh:
        return FreshSource(material, vgg, recipe.batch, recipe.seed, device, threads)
    return BankedSource(material, vgg, recipe.batch, recipe.groups, recipe.reuse, recipe.seed)
