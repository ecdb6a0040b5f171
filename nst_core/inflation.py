"""Files and weights that would unfold to far more than they weigh are refused before they do; nothing here reads a weight.

The manifest's hashes pin what is read, so this is the second wall: it also stands before files whose pins were wrong.
"""

from __future__ import annotations

import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from torch import Tensor

GROWTH = 8  # times the files' size that weights may take: 8-bit ones grow fourfold in float32
SPARE = 1 << 20


def demand_honest_archive(path: Path) -> None:
    """ValueError when `path` is a zip archive (as PyTorch's checkpoints are) whose members are larger than itself."""
    if not zipfile.is_zipfile(path):
        return
    with zipfile.ZipFile(path) as archive:
        inside = sum(member.file_size for member in archive.infolist())
    if inside > path.stat().st_size:  # PyTorch stores, it never compresses
        raise ValueError(f"an archive of {path.stat().st_size} bytes that unpacks to {inside}")


def demand_honest_weights(state: Mapping[str, Tensor], size: int) -> None:
    """ValueError when tensors from files of `size` bytes take far more memory than those: views that repeat few bytes."""
    inside = sum(tensor.numel() * tensor.element_size() for tensor in state.values())
    if inside > GROWTH * size + SPARE:
        raise ValueError(f"weights of {inside} bytes in files of {size}")
