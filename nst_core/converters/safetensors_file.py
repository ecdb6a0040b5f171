"""safetensors files: a state dict as it was published."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor


def state_dict(paths: Sequence[Path]) -> dict[str, Tensor]:
    """The tensors of all `paths`, values unchanged; ValueError when two files have one of the same name."""
    from safetensors.torch import load_file

    state: dict[str, Tensor] = {}
    for path in paths:
        part = load_file(path)
        twice = sorted(part.keys() & state.keys())
        if twice:
            raise ValueError(f"{twice[0]!r} is in two files")
        state |= part
    return state
