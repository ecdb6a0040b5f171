"""`python -m nst_core.training`: trains our own models and judges them."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file

from ..errors import Cancelled, ModelError, NstError
from ..networks import vgg
from . import checkpoint, pictures
from .embedded import Recipe, Run, recipe_of, source_for
from .evaluate import TEACHERS, held, report, sheets, teacher
from .evaluate import ours as ours_of
from .loop import Pace
from .objective import Weights

NORMALISATIONS = {"caffe": vgg.CAFFE, "torchvision": vgg.TORCHVISION}


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command; an error is one line on stderr and the error's exit code."""
    options = parser().parse_args(arguments)
    if options.threads:
        torch.set_num_threads(options.threads)
    try:
        return options.run(options)
    except NstError as error:
        print(f"nst_core: error: {error.message}", file=sys.stderr)
        return error.exit_code


def parser() -> argparse.ArgumentParser:
    whole = argparse.ArgumentParser("python -m nst_core.training", description=__doc__)
    commands = whole.add_subparsers(required=True, metavar="COMMAND")
    train = commands.add_parser("embedded", help="train the embedded arbitrary-style network")
    add_pictures(train)
    train.add_argument("-o", "--output", type=Path, required=True, help="the model file to write, .safetensors")
    train.add_argument("--folder", type=Path, help="where checkpoints, log and sheets go (default: beside the output, .run)")
    train.add_argument("--resume", action="store_true", help="go on from the folder's newest checkpoint")
    train.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or xpu")
    train.add_argument("--log-every", type=int, default=25, metavar="STEPS")
    train.add_argument("--sheet-every", type=int, default=1000, metavar="STEPS")
    train.add_argument("--save-every", type=float, default=10, metavar="MINUTES")
    train.add_argument("--sheet-side", type=int, default=256, metavar="PIXELS", help="of the held-out pictures")
    train.add_argument("--sheet-pairs", type=int, default=24, help="held-out pairs that are judged with every sheet")
    recipe = train.add_argument_group("recipe", "with --resume, what isn't given stays as it was in the checkpoint")
    for one in fields(Recipe):
        add_recipe_option(recipe, one.name, getattr(Recipe(), one.name))
    for one in fields(Weights):
        add_recipe_option(recipe, f"weight_{one.name}", getattr(Weights(), one.name))
    train.set_defaults(run=train_embedded)

    judge = commands.add_parser("evaluate", help="judge a model beside MicroAST and Magenta on held-out pictures")
    add_pictures(judge)
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


def add_pictures(command: argparse.ArgumentParser) -> None:
    command.add_argument("--content", type=Path, required=True, help="a folder of photographs")
    command.add_argument("--style", type=Path, required=True, help="a folder of paintings")
    command.add_argument("--vgg", type=Path, required=True, help="VGG-19's weights, safetensors with torchvision's keys")
    command.add_argument("--vgg-normalisation", choices=NORMALISATIONS, default="caffe", help="of its pictures")
    command.add_argument("--threads", type=int, default=0, help="of the processor (default: all)")


def add_recipe_option(group: Any, name: str, default: Any) -> None:
    """An option for one value of the recipe; absent from the result when it isn't given."""
    if isinstance(default, Weights):
        return
    flag = "--" + name.replace("_", "-")
    if isinstance(default, bool):
        group.add_argument(flag, action=argparse.BooleanOptionalAction, default=argparse.SUPPRESS)
    else:
        group.add_argument(flag, type=type(default), default=argparse.SUPPRESS, help=f"default {default}")


def given(options: argparse.Namespace) -> dict[str, Any]:
    """The recipe's values on the command line."""
    chosen = vars(options)
    changes = {one.name: chosen[one.name] for one in fields(Recipe) if one.name in chosen and one.name != "weights"}
    changes["weights"] = {one.name: chosen[f"weight_{one.name}"] for one in fields(Weights) if f"weight_{one.name}" in chosen}
    return changes


def features(options: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> vgg.Vgg:
    try:
        state = load_file(options.vgg)
        network = vgg.build(state, NORMALISATIONS[options.vgg_normalisation])
    except Exception as error:
        raise ModelError(f"{options.vgg} holds no VGG-19 ({error}): give a safetensors file with torchvision's keys") from error
    return network.to(device, dtype)


def train_embedded(options: argparse.Namespace) -> int:
    device = torch.device(("cuda" if torch.cuda.is_available() else "cpu") if options.device == "auto" else options.device)
    folder = options.folder or options.output.with_suffix(".run")
    newest = checkpoint.newest(folder)
    if newest is not None and not options.resume:
        raise ModelError(f"{folder} holds a run already: add --resume to go on with it, or give another --folder")
    recipe = recipe_of(checkpoint.load(newest).facts if newest else {}, given(options))
    network = features(options, device, torch.bfloat16)
    source = source_for(recipe, options.content, options.style, network, device, options.threads or 16)
    chosen = None
    if all(pictures.split(one).held_out for one in (options.content, options.style)):
        chosen = held(options.content, options.style, options.sheet_side, options.sheet_pairs, device)
    run = Run(folder, recipe, network, source, chosen)
    if run.resume():
        print(f"going on at step {run.step}", flush=True)
    pace = Pace(options.log_every, options.sheet_every, options.save_every)
    run.train(options.output, pace, lambda line: print(line, flush=True))
    if run.stopped:
        raise Cancelled(f"stopped at step {run.step}; add --resume to go on")
    return 0


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
