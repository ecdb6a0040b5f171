"""Trains a generator of one painter's or film's style: AnimeGANv2's two phases, from a seed, resumable at any step."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import torch
from safetensors.torch import save_file
from torch import Tensor, nn

from ..networks.animegan_discriminator import Discriminator
from . import journal
from .anime_data import Batch, Source
from .anime_generator import Generator, fresh, paint
from .anime_losses import (
    Features,
    Weights,
    colour_loss,
    content_loss,
    discriminator_terms,
    generator_loss,
    style_loss,
    variation_loss,
)
from .loop import Loop
from .optimiser import Adam


@dataclass(frozen=True)
class Recipe:
    """What makes a run what it is; kept in its checkpoints. The rates are the published ones.

    title, licence, commercial: what the model calls itself, under which terms, and whether commercial use is allowed ("yes",
    "no", "unclear");
    side: pixels of the crops, which are cut from pictures with a short side of up to `zoom` times that; batch: pairs a step;
    steps: the whole run, of which `pretraining` on the content alone at `pretraining_rate`; rate, discriminator_rate: after
    that; averaging: of the weights that are kept in the end; feature_scale: of VGG's values, 0 for finding out;
    precision: what the networks compute in while they train.
    """

    title: str = ""
    licence: str = "not stated"
    commercial: str = "unclear"
    side: int = 256
    zoom: float = 1.5
    batch: int = 4
    steps: int = 30000
    pretraining: int = 3000
    pretraining_rate: float = 2e-4
    rate: float = 2e-5
    discriminator_rate: float = 4e-5
    averaging: float = 0.999
    feature_scale: float = 0.0
    precision: str = "float32"
    seed: int = 0
    weights: Weights = field(default_factory=Weights)


@dataclass(frozen=True)
class Samples:
    """What the sheets show: photographs to paint and, to compare with, pictures of the style; each (3, side, side) in [0, 1]."""

    photographs: Sequence[Tensor]
    styles: Sequence[Tensor]


class Run(Loop):
    """One training run in a folder: `folder/checkpoint-…`, `log.csv`, `loss.png`, `sheets/`."""

    network: nn.ModuleDict
    optimiser: Adam
    terms = (
        *("loss", "adversarial", "content", "style", "colour", "variation"),
        *("discriminator", "real", "fake", "grey", "edges"),
    )
    plotted = tuple(name for name in terms if name != "variation")

    def __init__(self, folder: Path, recipe: Recipe, features: Features, source: Source, samples: Samples) -> None:
        super().__init__(folder, recipe.steps)
        self.recipe, self.features, self.source, self.samples = recipe, features, source, samples
        self.device = source.device
        torch.manual_seed(recipe.seed)
        self.generator, self.discriminator = fresh(), Discriminator()
        self.network = nn.ModuleDict({"generator": self.generator, "discriminator": self.discriminator})
        self.network.to(self.device).to(memory_format=torch.channels_last)
        self.average = {name: value.detach().clone() for name, value in self.generator.named_parameters()}
        self.optimiser = Adam(self.network)

    @property
    def pretraining(self) -> bool:
        return self.step < self.recipe.pretraining

    @property
    def rate(self) -> float:
        return self.recipe.pretraining_rate if self.pretraining else self.recipe.rate

    def train_step(self) -> dict[str, float]:
        """One step of each network, or of the generator alone on the content while it is pre-trained."""
        if self.step == self.recipe.pretraining:
            self.optimiser.forget()
        batch = self.source.batch(self.step)
        painted = self.run(lambda pictures: paint(self.generator, pictures), batch.photographs)
        terms = {} if self.pretraining else self.discriminate(batch, painted.detach())
        wanted = self.content_terms(batch, painted) if self.pretraining else self.all_terms(batch, painted)
        loss = self.weighted(wanted)
        self.descend("generator", loss, self.rate)
        self.step += 1
        self.follow(self.recipe.averaging, self.generator)
        return {name: float(term.detach()) for name, term in {"loss": loss, **wanted, **terms}.items()}

    def discriminate(self, batch: Batch, painted: Tensor) -> dict[str, Tensor]:
        """One step of the discriminator, on four kinds of pictures at once."""
        kinds = torch.cat([batch.styles, painted, batch.grey, batch.edges])
        terms = discriminator_terms(*self.run(self.discriminator.train(), kinds).chunk(4))
        loss = self.recipe.weights.adversarial * self.weighted(terms)
        self.descend("discriminator", loss, self.recipe.discriminator_rate)
        return {"discriminator": loss, **terms}

    def content_terms(self, batch: Batch, painted: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            content = self.features(batch.photographs)
        return {"content": content_loss(self.features(painted), content)}

    def all_terms(self, batch: Batch, painted: Tensor) -> dict[str, Tensor]:
        with torch.no_grad():
            content, style = self.features(batch.photographs), self.features(batch.grey)
        seen = self.features(painted)
        return {
            "adversarial": generator_loss(self.run(self.discriminator.eval(), painted)),
            "content": content_loss(seen, content),
            "style": style_loss(seen, style),
            "colour": colour_loss(painted, batch.photographs),
            "variation": variation_loss(painted),
        }

    def weighted(self, terms: dict[str, Tensor]) -> Tensor:
        return torch.stack([getattr(self.recipe.weights, name) * term for name, term in terms.items()]).sum()

    def run(self, network: Callable[[Tensor], Tensor], pictures: Tensor) -> Tensor:
        """What a network makes of pictures, computed in the recipe's precision."""
        with torch.autocast(self.device.type, torch.bfloat16, enabled=self.recipe.precision == "bfloat16"):
            return network(pictures.contiguous(memory_format=torch.channels_last)).float()

    def descend(self, part: str, loss: Tensor, rate: float) -> None:
        """Move one of the two networks, and nothing else."""
        parameters = {f"{part}.{name}": value for name, value in self.network[part].named_parameters()}
        gradients = torch.autograd.grad(loss, list(parameters.values()))
        if all(bool(gradient.isfinite().all()) for gradient in gradients):  # a step that overflowed is worth less than no step
            count = self.step + 1 - (0 if self.pretraining else self.recipe.pretraining)
            self.optimiser.step(dict(zip(parameters, gradients)), rate, count)

    def write(self, path: Path) -> None:
        """The averaged generator, with all in its header that the store wants to know of a user's model."""
        state = {name: value.cpu().contiguous() for name, value in self.average.items()}
        told = {name: getattr(self.recipe, name) for name in ("title", "licence", "commercial")}
        save_file(state, path, {"format": "pt", "network": "animegan2", **told, "training": json.dumps(self.facts())})

    def averaged(self) -> Generator:
        """A copy of the generator with the averaged weights."""
        generator = fresh().to(self.device)
        generator.load_state_dict(self.average)
        return generator

    @torch.inference_mode()
    def show(self) -> None:
        """A sheet: photographs and a clean sky, below them what is painted, below that pictures of the style."""
        sheets = self.folder / "sheets"
        sheets.mkdir(exist_ok=True)
        generator = self.averaged()
        sky = journal.gradient(self.samples.photographs[0].shape[1])
        photographs = [picture.to(self.device) for picture in (*self.samples.photographs, sky)]
        painted = [(paint(generator, 2 * picture[None] - 1)[0] + 1) / 2 for picture in photographs]
        journal.sheet([photographs, painted, list(self.samples.styles)], sheets / f"step-{self.step:07d}.png")
