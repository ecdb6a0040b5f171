"""Time, memory and the peak that they are held against; what every bench measures with."""

from __future__ import annotations

import contextlib
import ctypes
import re
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

import torch
import torch.nn.functional as F


def convolution_peak(place: torch.device, dtype: torch.dtype = torch.float32, channels: int = 256, side: int = 128) -> float:
    """FLOP/s of a 3x3 convolution that suits the device, in its best run."""
    convolve, operations = peak_convolution(place, dtype, channels, side)
    return operations / fastest({"": convolve}, 6)[""]


def peak_convolution(
    place: torch.device, dtype: torch.dtype, channels: int = 256, side: int = 128
) -> tuple[Callable[[], None], float]:
    """A 3x3 convolution that suits the device, and its operations, two a multiply-add."""
    x = torch.randn(1, channels, side, side, device=place, dtype=dtype).contiguous(memory_format=torch.channels_last)
    weight = torch.randn(channels, channels, 3, 3, device=place, dtype=dtype).contiguous(memory_format=torch.channels_last)

    def convolve() -> None:
        F.conv2d(x, weight, padding=1)
        wait(place)

    return convolve, 2 * 9 * channels**2 * side**2


@dataclass(frozen=True)
class Seconds:
    """What a run took on the clock, and of the process' own processor time (of all threads, divided by their number; None on
    another device than the CPU)."""

    clock: float
    processor: float | None

    @property
    def own(self) -> float:
        """What other programs on the same machine change least."""
        return self.clock if self.processor is None else self.processor


def timed(run: Callable[[], object], place: torch.device) -> Seconds:
    """One run of what leaves nothing undone on the device once it is waited for."""
    clock, processor = time.perf_counter(), time.process_time()
    run()
    wait(place)
    clock, processor = time.perf_counter() - clock, time.process_time() - processor
    return Seconds(clock, processor / torch.get_num_threads() if place.type == "cpu" else None)


def fastest(contenders: Mapping[str, Callable[[], object]], rounds: int) -> dict[str, float]:
    """Seconds of the best of `rounds` runs of each; they take turns."""
    best = dict.fromkeys(contenders, float("inf"))
    for _ in range(rounds):
        for name, run in contenders.items():
            started = time.perf_counter()
            run()
            best[name] = min(best[name], time.perf_counter() - started)
    return best


def wait(place: torch.device) -> None:
    """Until the device has done what it was told."""
    if place.type != "cpu":
        getattr(torch, place.type).synchronize()


def reset_peak(place: torch.device) -> int | None:
    """Begin a measurement of memory: what is in use now, in bytes; None where the system doesn't tell."""
    if place.type == "cuda":
        torch.cuda.reset_peak_memory_stats()
        return torch.cuda.memory_allocated()
    if sys.platform != "linux" or place.type != "cpu":
        return None
    with contextlib.suppress(OSError, AttributeError):
        ctypes.CDLL(None).malloc_trim(0)  # what the allocator holds back would hide what the next run takes
    try:
        Path("/proc/self/clear_refs").write_text("5")
    except OSError:
        return None
    return _status("VmRSS")


def peak_memory(place: torch.device) -> int:
    """Bytes in use at most since `reset_peak`, where that gave a number."""
    return torch.cuda.max_memory_allocated() if place.type == "cuda" else _status("VmHWM")


def _status(name: str) -> int:
    found = re.search(rf"^{name}:\s+(\d+) kB", Path("/proc/self/status").read_text(), re.MULTILINE)
    assert found is not None
    return int(found.group(1)) * 1024
