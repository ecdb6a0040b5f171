"""What the worker's environment takes: to download, and on the disk; by the build of torch that a machine gets."""

from __future__ import annotations

import os
import re
import shutil
import sys
from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True)
class Cost:
    """`build` in words; bytes to download, and on the disk when unpacked, both rounded up; seen with torch 2.15."""

    build: str
    download: int
    disk: int


NVIDIA = Cost("PyTorch for NVIDIA cards, which runs without one too", 3_200_000_000, 6_000_000_000)
OTHER_CARD = Cost("PyTorch for this machine's graphics card", 4_000_000_000, 12_000_000_000)
CPU = Cost("PyTorch for the processor alone", 350_000_000, 1_500_000_000)
APPLE = Cost("PyTorch for Apple's processors and their graphics", 200_000_000, 1_500_000_000)


def expected() -> Cost:
    """What this machine will most probably get, without asking the network."""
    if sys.platform == "darwin":
        return APPLE
    backend = os.environ.get("UV_TORCH_BACKEND", "").strip() or "auto"
    if backend == "cpu":
        return CPU
    if backend.startswith("cu") or (backend == "auto" and _has_nvidia()):
        return NVIDIA
    return OTHER_CARD if backend.startswith(("rocm", "xpu")) else CPU


def package_index() -> Cost:
    """What comes where PyTorch's own index can't be reached."""
    if sys.platform == "darwin":
        return APPLE
    return NVIDIA if sys.platform == "linux" else CPU


def planned(plan: str) -> Cost:
    """What the torch build costs that a plan of uv's names."""
    match = re.search(r"\btorch==[\d.]+\+?(\w*)", plan)
    build = match.group(1) if match else ""
    if build.startswith(("rocm", "xpu")):
        return OTHER_CARD
    if build.startswith("cu"):
        return NVIDIA
    return CPU if build == "cpu" else package_index()


def _has_nvidia() -> bool:
    """Whether a driver for NVIDIA's cards is at work, as uv looks for one."""
    return Path("/proc/driver/nvidia/version").exists() or shutil.which("nvidia-smi") is not None
