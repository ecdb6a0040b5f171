"""`python -m nst_core.training`: trains our own models."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch

from ..command import Parser, run
from . import anime_command, checkpoint, pictures
from .embedded import Recipe, Run, source_for
from .evaluate import held
from .options import add_pictures, add_run, device_of, features, folder_of, train
from .recipe import add_options, given, remade


def main(arguments: Sequence[str] | None = None, program: str = "python -m nst_core.training") -> int:
    """Run the command; an error is one line on stderr and the error's exit code."""
    return run(parser(program), arguments)


def parser(program: str) -> Parser:
    whole = Parser(program, description="Train our own models.")
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    embedded = commands.add_parser("embedded", help="train the embedded arbitrary-style network")
    add_pictures(embedded, "paintings")
    add_run(embedded)
    embedded.add_argument("--start", type=Path, metavar="FILE", help="an embedded model to begin from, instead of chance")
    embedded.add_argument("--sheet-pairs", type=int, default=24, help="held-out pairs that are judged with every sheet")
    add_options(embedded, Recipe())
    embedded.set_defaults(run=train_embedded)
    anime_command.add(commands)
    return whole


def train_embedded(options: argparse.Namespace) -> int:
    device, folder = device_of(options), folder_of(options)
    newest = checkpoint.newest(folder)
    chosen = remade(Recipe(), checkpoint.load(newest).facts if newest else {}, given(options, Recipe()))
    splits = [pictures.split(one) for one in (options.content, options.style)]  # before VGG is downloaded for nothing
    network = features(options, device, torch.bfloat16)
    source = source_for(chosen, options.content, options.style, network, device, options.threads or 16)
    judged = None
    if all(one.held_out for one in splits):
        judged = held(options.content, options.style, options.sheet_side, options.sheet_pairs, device)
    run = Run(folder, chosen, network, source, judged)
    if options.start is not None:
        run.begin(options.start)
    return train(run, options)


if __name__ == "__main__":
    sys.exit(main())
