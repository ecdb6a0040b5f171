"""What the command lines of all trainings have in common: pictures, VGG, a run's folder and pace."""

from __future__ import annotations

import argparse
from pathlib import Path

import torch
from safetensors.torch import load_file

from ..device import choose
from ..errors import Cancelled, ModelError
from ..networks import vgg
from ..weights import Store
from . import checkpoint
from .loop import Loop, Pace

STORED_VGG = "vgg19-normalised"
NORMALISATIONS = {"caffe": vgg.CAFFE, "torchvision": vgg.TORCHVISION}


def add_pictures(command: argparse.ArgumentParser, style: str) -> None:
    """`style` says what the folder of style pictures holds."""
    command.add_argument("--content", type=Path, required=True, help="a folder of photographs")
    command.add_argument("--style", type=Path, required=True, help=f"a folder of {style}")
    told = f"VGG-19's weights, safetensors with torchvision's keys (default: {STORED_VGG}, which is fetched)"
    command.add_argument("--vgg", type=Path, help=told)
    command.add_argument("--vgg-normalisation", choices=NORMALISATIONS, default="caffe", help="of the pictures for --vgg")
    command.add_argument("--threads", type=int, default=0, help="of the processor (default: all)")


def add_run(command: argparse.ArgumentParser) -> None:
    command.add_argument("-o", "--output", type=Path, required=True, help="the model file to write, .safetensors")
    command.add_argument("--folder", type=Path, help="where checkpoints, log and sheets go (default: beside the output, .run)")
    command.add_argument("--resume", action="store_true", help="go on from the folder's newest checkpoint")
    command.add_argument("--device", default="auto", help="auto, cpu, cuda, mps or xpu")
    command.add_argument("--log-every", type=int, default=25, metavar="STEPS")
    command.add_argument("--sheet-every", type=int, default=1000, metavar="STEPS")
    command.add_argument("--save-every", type=float, default=10, metavar="MINUTES")
    command.add_argument("--sheet-side", type=int, default=256, metavar="PIXELS", help="of the held-out pictures")


def device_of(options: argparse.Namespace) -> torch.device:
    """The device that was asked for, with as many threads as were asked for; UsageError when it isn't here."""
    if options.threads:
        torch.set_num_threads(options.threads)
    automatic = "cuda" if torch.cuda.is_available() else "cpu"  # on no other was a training seen
    return choose(automatic if options.device == "auto" else options.device)


def folder_of(options: argparse.Namespace) -> Path:
    """Where the run lies; ModelError when there is one already and --resume isn't given."""
    folder: Path = options.folder or options.output.with_suffix(".run")
    if checkpoint.newest(folder) is not None and not options.resume:
        raise ModelError(f"{folder} holds a run already: add --resume to go on with it, or give another --folder")
    return folder


def features(options: argparse.Namespace, device: torch.device, dtype: torch.dtype) -> vgg.Vgg:
    """The VGG that is named, or the store's; ModelError when the file holds none."""
    if options.vgg is None:
        state = Store(log=lambda line: print(line, flush=True)).state(STORED_VGG)
        return vgg.build(state).to(device, dtype)
    try:
        network = vgg.build(load_file(options.vgg), NORMALISATIONS[options.vgg_normalisation])
    except Exception as error:
        raise ModelError(f"{options.vgg} holds no VGG-19 ({error}): give a safetensors file with torchvision's keys") from error
    return network.to(device, dtype)


def train(run: Loop, options: argparse.Namespace) -> int:
    """Go through the run, from its newest checkpoint if it has one; Cancelled when a signal stopped it."""
    if run.resume():
        print(f"going on at step {run.step}", flush=True)
    pace = Pace(options.log_every, options.sheet_every, options.save_every)
    run.train(options.output, pace, lambda line: print(line, flush=True))
    if run.stopped:
        raise Cancelled(f"stopped at step {run.step}; add --resume to go on")
    return 0
