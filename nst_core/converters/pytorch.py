"""PyTorch checkpoints (.pth, .pt, .pth.tar): a state dict as it was published."""

from __future__ import annotations

import pickle
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def state_dict(paths: Sequence[Path]) -> dict[str, Tensor]:
    """The state dict in the one file of `paths`, values unchanged; ValueError when it holds anything but tensors."""
    import torch

    (path,) = paths
    try:
        # weights_only: a checkpoint is a pickle, and a pickle may name any function to be called while it loads.
        state = torch.load(path, map_location="cpu", weights_only=True)
    except pickle.UnpicklingError as error:  # torch's own words are a page about its versions
        raise ValueError("a pickle that is damaged or asks for more than tensors") from error
    if not isinstance(state, dict) or not state:
        raise ValueError(f"{type(state).__name__} instead of a state dict")
    for key, value in state.items():
        if not (isinstance(key, str) and isinstance(value, torch.Tensor)):
            raise ValueError(f"{key!r} is {type(value).__name__}, not a tensor")
    return dict(state)
