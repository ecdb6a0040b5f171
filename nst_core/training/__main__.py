"""`python -m nst_core.training`: trains our own models and judges them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file

from ..cli import Parser
from ..errors import NstError
from . import anime_command, checkpoint, pictures
from .embedded import Recipe, Run, source_for
from .evaluate import TEACHERS, held, report, sheets, teacher
from .evaluate import ours as ours_of
from .options import add_pictures, add_run, device_of, features, folder_of, train
from .recipe import add_options, given, remade


def main(arguments: Sequence[str] | None = None, program: str = "python -m nst_core.training") -> int:
    """Run the command; an error is one line on stderr and the error's exit code."""
    try:
        options = parser(program).parse_args(arguments)
        if options.threads:
            torch.set_num_threads(options.threads)
        return options.run(options)
    except NstError as error:
        print(f"nst_core: error: {error.message}", file=sys.stderr)
        return error.exit_code


def parser(program: str) -> Parser:
    whole = Parser(program, description="Train our own models, and judge them.")
    commands = whole.add_subparsers(required=True, metavar="COMMAND", parser_class=Parser)
    embedded = commands.add_parser("embedded", help="train the embedded arbitrary-style network")
    add_pictures(embedded, "paintings")
    add_run(embedded)
    embedded.add_argument("--sheet-pairs", type=int, default=24, help="held-out pairs that are judged with every sheet")
    add_options(embedded, Recipe())
    embedded.set_defaults(run=train_embedded)
    anime_command.add(commands)

    judge = commands.add_parser("evaluate", help="judge a model beside MicroAST and Magenta on held-out pictures")
    add_pictures(judge, "paintings")
    judge.add_argument("model", type=Path, help="the model file")
    judge.add_argument("-o", "--output", type=Path, required=True, help="a folder for the table (JSON) and the sheets")
    judge.add_argument("--side", type=int, default=256, help="pixels of the pictures that are measured")
    judge.add_argument("--pairs", type=int, default=48)
    judge.add_argument("--rounds", type=int, default=5, help="of the speed measurement; 0: none")
    judge.add_argument("--sheet-contents", type=Path, nargs="*", default=[], help="pictures for sheets")
    judge.add_argument("--sheet-styles", type=Path, nargs="*", default=[])
    judge.add_argument("--sheet-side", type=int, default=512)
    judge.set_defaults(run=evaluate)
    return whole


def train_embedded(options: argparse.Namespace) -> int:
    device, folder = device_of(options), folder_of(options)
    newest = checkpoint.newest(folder)
    chosen = remade(Recipe(), checkpoint.load(newest).facts if newest else {}, given(options, Recipe()))
    network = features(options, device, torch.bfloat16)
    source = source_for(chosen, options.content, options.style, network, device, options.threads or 16)
    judged = None
    if all(pictures.split(one).held_out for one in (options.content, options.style)):
        judged = held(options.content, options.style, options.sheet_side, options.sheet_pairs, device)
    return train(Run(folder, chosen, network, source, judged), options)


def evaluate(options: argparse.Namespace) -> int:
    network = features(options, torch.device("cpu"), torch.float32)
    options.output.mkdir(parents=True, exist_ok=True)
    chosen = held(options.content, options.style, options.side, options.pairs)
    found = report(options.model, network, chosen, options.rounds, options.output / "evaluation.json")
    print(json.dumps(found, indent=1))
    if options.sheet_contents and options.sheet_styles:
        painters = {"embedded": ours_of(load_file(options.model)), **{name: teacher(name) for name in TEACHERS}}
        cut = [
            [pictures.to_tensor(pictures.centre(pictures.read(path), options.sheet_side)).float() / 255 for path in paths]
            for paths in (options.sheet_contents, options.sheet_styles)
        ]
        sheets(painters, cut[0], cut[1], options.output)
    return 0


if __name__ == "__main__":
    sys.exit(main())
