"""`python -m nst_core.training anime`: from two folders of pictures to a model of the method `anime`."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any

import torch
from torch import Tensor

from ..errors import UsageError
from ..networks.animegan import FACTS
from . import checkpoint, pictures
from .anime import Recipe, Run, Samples
from .anime_data import Cut, Source
from .anime_losses import LAYER, Features
from .options import add_pictures, add_run, device_of, features, folder_of, train
from .recipe import add_options, given, remade

MULTIPLE = FACTS.size_multiple
SMALLEST_SIDE = 32  # pixels: what VGG's conv4_4 and the discriminator see is an eighth and a quarter of it
SAMPLES = 5


def add(commands: Any) -> None:
    command = commands.add_parser("anime", help="train a model of one style, as AnimeGANv2 is trained")
    add_pictures(command, "pictures of one style")
    add_run(command)
    add_options(command, Recipe())
    command.set_defaults(run=train_anime)


def train_anime(options: argparse.Namespace) -> int:
    device, folder = device_of(options), folder_of(options)
    newest = checkpoint.newest(folder)
    default = Recipe(title=options.style.resolve().name)
    recipe = checked(remade(default, checkpoint.load(newest).facts if newest else {}, given(options, default)))
    photographs, styles = pictures.split(options.content), pictures.split(options.style)
    looked = Features(features(options, device, torch.bfloat16))
    cut = Cut(recipe.side, recipe.zoom, recipe.batch, recipe.seed)
    source = Source(photographs.training, styles.training, cut, device, options.threads or 16)
    if not recipe.feature_scale:
        recipe = replace(recipe, feature_scale=looked.scale_for([source.batch(step).photographs for step in range(-4, 0)]))
    looked.scale = recipe.feature_scale
    if not looked.published:
        told = f"content and style are compared at {looked.layer} of the given VGG (published: Caffe's {LAYER})"
        print(f"{told}, with its values times {looked.scale:.3g}", flush=True)
    samples = Samples(*(sample(split, options.sheet_side, SAMPLES) for split in (photographs, styles)))
    return train(Run(folder, recipe, looked, source, samples), options)


def checked(recipe: Recipe) -> Recipe:
    """The recipe; UsageError when it can't be trained."""
    if recipe.side < SMALLEST_SIDE or recipe.side % MULTIPLE:
        raise UsageError(f"--side {recipe.side} doesn't fit: give a multiple of {MULTIPLE} from {SMALLEST_SIDE} upwards")
    if recipe.zoom < 1:
        raise UsageError(f"--zoom {recipe.zoom:g} is too small: give 1 or more, as pictures can't be smaller than the crops")
    if recipe.commercial not in ("yes", "no", "unclear"):
        raise UsageError(f"--commercial {recipe.commercial!r} is unknown: choose yes, no or unclear")
    return recipe


def sample(split: pictures.Split, side: int, count: int) -> list[Tensor]:
    """The middles of a few pictures, of held-out ones if there are enough of them."""
    files = split.held_out if len(split.held_out) >= count else (*split.held_out, *split.training)
    chosen = files[:: max(1, len(files) // count)][:count]
    return [pictures.to_tensor(pictures.centre(pictures.read(path), side)).float() / 255 for path in chosen]
