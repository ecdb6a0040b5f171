"""Memory that a job frees stays with the process until the job ends, because the next layer wants as much again.

Asking the system for 64 MB anew costs several times what a normalisation costs that fills them: every page is handed out and
cleared by itself. By default glibc gives back every large piece at once. Elsewhere nothing happens here.
"""

from __future__ import annotations

import contextlib
import ctypes
import threading
from collections.abc import Callable, Iterator

# Of glibc's malloc.h, and what it does by itself once it has seen large pieces come and go.
TRIM_THRESHOLD, MMAP_THRESHOLD, MMAP_MAX = -1, -3, -4
USUAL = {TRIM_THRESHOLD: 2**26, MMAP_THRESHOLD: 2**25, MMAP_MAX: 2**16}
KEEPING = {TRIM_THRESHOLD: 2**31 - 1, MMAP_MAX: 0}

_lock = threading.Lock()
_jobs = 0


@contextlib.contextmanager
def of_freed_memory() -> Iterator[None]:
    """Inside, what is freed is kept for what comes next; at the end of the last such block all of it goes back."""
    global _jobs
    with _lock:
        _jobs += 1
        if _jobs == 1:
            _set(KEEPING)
    try:
        yield
    finally:
        with _lock:
            _jobs -= 1
            if _jobs == 0:
                _set(USUAL)
                _call("malloc_trim", 0)


def _set(options: dict[int, int]) -> None:
    for name, value in options.items():
        _call("mallopt", name, value)


def _call(name: str, *arguments: int) -> None:
    with contextlib.suppress(OSError, AttributeError, TypeError):  # another system, or another C library
        function: Callable[..., int] = getattr(ctypes.CDLL(None), name)
        function(*arguments)
