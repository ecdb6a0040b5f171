"""A run on disk: everything needed to go on at the same step elsewhere, in files under 16 MB, never half written."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from safetensors.torch import load_file, save_file
from torch import Tensor, nn

from ..errors import ModelError

PARTS = ("model", "average", "first_moment", "second_moment")
PREFIX = "checkpoint-"


@dataclass(frozen=True)
class Checkpoint:
    """`model` and its running `average`, the optimiser's moments (all keyed by their names), and `facts`: step, seed, recipe.

    There is no state of a random generator in it: all chance is a function of seed and step.
    """

    model: Mapping[str, Tensor]
    average: Mapping[str, Tensor]
    first_moment: Mapping[str, Tensor]
    second_moment: Mapping[str, Tensor]
    facts: dict[str, Any]


def save(run: Path, checkpoint: Checkpoint) -> Path:
    """Write it to a folder of its own beside the last one, then give it its name and remove the older ones."""
    run.mkdir(parents=True, exist_ok=True)
    unfinished, final = run / "unfinished", run / f"{PREFIX}{checkpoint.facts['step']:08d}"
    shutil.rmtree(unfinished, ignore_errors=True)
    unfinished.mkdir()
    for part in PARTS:
        tensors = {name: value.detach().cpu().contiguous() for name, value in getattr(checkpoint, part).items()}
        save_file(tensors, unfinished / f"{part}.safetensors")
    (unfinished / "facts.json").write_text(json.dumps(checkpoint.facts, indent=1), encoding="utf-8")
    shutil.rmtree(final, ignore_errors=True)
    unfinished.rename(final)
    for other in run.glob(f"{PREFIX}*"):
        if other != final:
            shutil.rmtree(other)
    return final


def newest(run: Path) -> Path | None:
    """The folder of the newest whole checkpoint, if there is one."""
    return max(run.glob(f"{PREFIX}*"), default=None)


def load(folder: Path) -> Checkpoint:
    """The checkpoint in `folder`; ModelError when it is damaged."""
    try:
        parts = {part: load_file(folder / f"{part}.safetensors") for part in PARTS}
        facts = json.loads((folder / "facts.json").read_text(encoding="utf-8"))
    except Exception as error:
        raise ModelError(f"the checkpoint {folder} is damaged ({error}): remove it and train anew") from error
    return Checkpoint(**parts, facts=facts)


class Optimiser(Protocol):
    """Has a first and a second moment for (some of) the parameters."""

    first: dict[str, Tensor]
    second: dict[str, Tensor]

    def load(self, first: Mapping[str, Tensor], second: Mapping[str, Tensor], steps: int) -> None:
        """Go on from these moments; KeyError when one is missing."""


def taken(network: nn.Module, average: Mapping[str, Tensor], optimiser: Optimiser, facts: dict[str, Any]) -> Checkpoint:
    """The state of a run as it is now."""
    return Checkpoint(network.state_dict(), average, optimiser.first, optimiser.second, facts)


@torch.no_grad()
def restore(checkpoint: Checkpoint, network: nn.Module, average: Mapping[str, Tensor], optimiser: Optimiser) -> None:
    """Put a checkpoint's tensors into a run that was just set up the same way; ModelError when the network is another one."""
    try:
        for ours, theirs in ((network.state_dict(), checkpoint.model), (average, checkpoint.average)):
            for name, value in ours.items():
                value.copy_(theirs[name])
        optimiser.load(checkpoint.first_moment, checkpoint.second_moment, checkpoint.facts["step"])
    except (KeyError, RuntimeError) as error:
        raise ModelError(f"the checkpoint belongs to another network ({error}): start another run") from error
