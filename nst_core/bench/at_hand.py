"""The weights that a bench paints with: a folder's, the model store's on this disk, or random ones where neither has any."""

from __future__ import annotations

import argparse
from pathlib import Path

from safetensors.torch import load_file
from torch import Tensor

from ..errors import ModelError
from ..weights import Store
from . import random_weights


def add_folder(parser: argparse.ArgumentParser) -> None:
    """The flag for a folder that goes before the store."""
    parser.add_argument("--weights", type=Path, help="a folder of MODEL.safetensors, which go before the model store's")


def state(model: str, folder: Path | None = None) -> dict[str, Tensor]:
    """The weights, from the folder or else from the store, which downloads nothing here; ModelError when neither has them."""
    path = folder / f"{model}.safetensors" if folder else None
    return load_file(path) if path and path.is_file() else Store(offline=True).state(model)


def state_or_random(method: str, model: str, folder: Path | None = None) -> tuple[dict[str, Tensor], str]:
    """The weights as `state` finds them, or random ones; and whose they are: "the model's" or "random"."""
    try:
        return state(model, folder), "the model's"
    except ModelError:
        return random_weights.state(method, model), "random"
