"""Which device computes, how much memory it has free, and what running out of it looks like."""

from __future__ import annotations

import contextlib
import ctypes
import os
import re
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import torch

from . import limits
from .errors import UsageError

GPUS = ("cuda", "xpu", "mps")  # in the order of preference
NO_MEMORY = re.compile(
    r"(can't|cannot) allocate memory|not enough memory"  # the CPU's allocator, on Windows in other words
    r"|out[ _]of[ _](device[ _]|host[ _])?memory|out_of_resources"  # CUDA's libraries, Metal, Intel's runtime
    r"|alloc(ation)?_failed"  # cuBLAS, cuDNN
    r"|invalid buffer size",  # Metal, for a tensor that is larger than any may be
    re.IGNORECASE,
)
USABLE = 0.7  # the rest is for the host, the desktop and the allocator's rounding


def available() -> list[str]:
    """The names of the devices that are there, the fastest first; "cpu" always is."""
    present = {
        "cuda": torch.cuda.is_available(),
        "xpu": hasattr(torch, "xpu") and torch.xpu.is_available(),
        "mps": torch.backends.mps.is_available(),
    }
    return [name for name in GPUS if present[name]] + ["cpu"]


def choose(name: str) -> torch.device:
    """The device called `name`, or the fastest for "auto"; UsageError when this machine or this torch has none of that kind."""
    here = available()
    if name == "auto":
        return torch.device(here[0])
    if name not in here:
        raise UsageError(f"device {name} is not usable here: choose auto or one of {', '.join(here)}")
    return torch.device(name)


def describe() -> list[dict[str, Any]]:
    """Name, model and free memory in bytes of every device, for `doctor`."""
    return [{"name": name, "model": _model(name), "free_memory": free_memory(torch.device(name))} for name in available()]


def budget(device: torch.device) -> int:
    """How many bytes one job may take on `device`: most of what is free, on the CPU within NST_MEMORY (in GB) as a whole.

    UsageError when NST_MEMORY says anything but an amount.
    """
    free = int(free_memory(device) * USABLE)
    if device.type in ("cpu", "mps") and (limit := limits.memory()):
        free = min(free, max(_in_bytes(limit) - _own_memory(), 0))
    return free


def free_memory(device: torch.device) -> int:
    """Bytes that are free on `device`; Apple's GPU shares the system's memory."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0] + _cached(torch.cuda, device)
    if device.type == "xpu":
        return _free_on_intel(device)
    return _free_system_memory()


def finest(device: torch.device) -> torch.dtype:
    """The longest floating point numbers that it computes in: Apple's GPUs have no float64, nor have all of Intel's."""
    return torch.float64 if device.type in ("cpu", "cuda") else torch.float32


def with_float64(device: torch.device) -> torch.device:
    """`device` if it computes in float64, or else the CPU.

    A tensor is to be moved there first and cast then: in one step some devices cast it where it is.
    """
    return device if finest(device) == torch.float64 else torch.device("cpu")


@contextlib.contextmanager
def exact_float32() -> Iterator[None]:
    """In here convolutions in float32 are that on NVIDIA's cards too, which by themselves round what they multiply to 10 bits."""
    before = torch.backends.cudnn.allow_tf32
    torch.backends.cudnn.allow_tf32 = False
    try:
        yield
    finally:
        torch.backends.cudnn.allow_tf32 = before


def computes_in_bfloat16(device: torch.device) -> bool:
    """Whether its hardware does: elsewhere torch emulates it, several times slower than float32."""
    if device.type == "cuda":
        # Ampere and newer; torch also says yes for older ones, which emulate.
        return torch.version.hip is None and torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        tests = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
        return any(test() for test in tests if test is not None)
    return False


def release(device: torch.device) -> None:
    """Give the allocator's cached blocks back to the system."""
    if device.type in GPUS:
        with contextlib.suppress(RuntimeError):  # one that has failed can't even do that, and the CPU is to go on
            getattr(torch, device.type).empty_cache()


def is_out_of_memory(error: BaseException) -> bool:
    """Whether `error` says that memory ran out; all but CUDA's own allocator raise plain RuntimeErrors."""
    if isinstance(error, (torch.OutOfMemoryError, MemoryError)):
        return True
    return isinstance(error, RuntimeError) and NO_MEMORY.search(str(error)) is not None


def has_failed(device: torch.device, error: BaseException) -> bool:
    """Whether the GPU may be to blame for `error`: it lacks a kernel, an operation or a type, or its driver gave up."""
    lacks_a_type = device.type == "mps" and isinstance(error, TypeError) and "MPS" in str(error)
    return lacks_a_type or (device.type != "cpu" and isinstance(error, RuntimeError))


def _model(name: str) -> str:
    if name == "cuda":
        return torch.cuda.get_device_name()
    if name == "xpu":
        return torch.xpu.get_device_name()
    return f"{torch.get_num_threads()} threads" if name == "cpu" else "Apple GPU"


def _free_on_intel(device: torch.device) -> int:
    """What its driver says; where it can't tell, as those of many processors' own GPUs can't, what nobody here has taken."""
    try:
        free = torch.xpu.mem_get_info(device)[0]
    except RuntimeError:
        free = 0
    if free:
        return free + _cached(torch.xpu, device)
    total = torch.xpu.get_device_properties(device).total_memory
    return max(min(total - torch.xpu.memory_allocated(device), _free_system_memory()), 0)


def _cached(backend: Any, device: torch.device) -> int:
    """What the allocator has taken from the system and holds ready."""
    return backend.memory_reserved(device) - backend.memory_allocated(device)


def _in_bytes(gigabytes: str) -> int:
    """What NST_MEMORY says."""
    with contextlib.suppress(ValueError, OverflowError):
        if (limit := int(float(gigabytes) * 1e9)) > 0:
            return limit
    raise UsageError(f"NST_MEMORY is {gigabytes}: give the gigabytes that may be taken, such as 6, or unset it")


def _own_memory() -> int:
    """Bytes that this process takes now; where the system doesn't tell, what it took at most; on Windows a guess."""
    if sys.platform == "linux":
        return int(Path("/proc/self/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    if sys.platform == "win32":
        return 2**29
    import resource

    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS


def _free_system_memory() -> int:
    """Available physical memory in bytes, and no more than a container's limit leaves."""
    if sys.platform == "win32":
        return _free_windows_memory()
    if sys.platform == "darwin":
        # Half of all: macOS counts file cache as used and has no single figure for what is available.
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") // 2
    found = re.search(r"^MemAvailable:\s+(\d+) kB", Path("/proc/meminfo").read_text(), re.MULTILINE)
    available_bytes = int(found.group(1)) * 1024 if found else os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_AVPHYS_PAGES")
    return min(available_bytes, _left_in_container(available_bytes))


def _left_in_container(otherwise: int) -> int:
    """What a cgroup (v2) leaves of its limit, or `otherwise` where there is no limit."""
    group = Path("/sys/fs/cgroup")
    try:
        limit, used = (group / "memory.max").read_text().strip(), (group / "memory.current").read_text()
        if limit == "max":
            return otherwise
        # Pages of files count as used, but go when memory is wanted: those of our scratch files above all.
        files = re.search(r"^inactive_file (\d+)", (group / "memory.stat").read_text(), re.MULTILINE)
        return max(0, int(limit) - int(used) + (int(files.group(1)) if files else 0))
    except (OSError, ValueError):
        return otherwise


def _free_windows_memory() -> int:
    class MemoryStatus(ctypes.Structure):
        """MEMORYSTATUSEX of the Windows API."""

        _fields_ = [
            ("length", ctypes.c_ulong),
            ("load", ctypes.c_ulong),
            *(
                (name, ctypes.c_ulonglong)
                for name in ("total", "free", "total_page", "free_page", "total_virtual", "free_virtual", "x")
            ),
        ]

    status = MemoryStatus(length=ctypes.sizeof(MemoryStatus))
    ctypes.windll.kernel32.GlobalMemoryStatusEx(ctypes.byref(status))  # type: ignore[attr-defined]
    return int(status.free)
