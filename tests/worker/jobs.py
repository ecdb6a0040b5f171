"""Jobs for a worker of a test, and what is running of it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

from nst_core import client, wire

REPOSITORY = Path(__file__).resolve().parents[2]
PATIENCE = 60.0  # seconds until a wait is a failure; no test measures time
SEEDS = itertools.count(2)


def until(condition: Callable[[], object]) -> None:
    """Wait until `condition` holds."""
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def engines(home: Path) -> set[int]:
    """The engines' processes of this home."""
    return processes(home, b"nst_core.engine")


def processes(home: Path, program: bytes = b"nst_core") -> set[int]:
    """The worker's and the engine's processes of this home, or those of one `program`."""
    found = set()
    for entry in Path("/proc").iterdir():
        try:
            if f"NST_HOME={home}".encode() in (entry / "environ").read_bytes() and program in (entry / "cmdline").read_bytes():
                found.add(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


def picture(side: int, seed: int = 0) -> client.Picture:
    """Smooth coloured noise, (side, side) RGB u8."""
    grid = np.random.default_rng(seed).random((side // 8 + 1, side // 8 + 1, 3))
    pixels = np.kron(grid, np.ones((8, 8, 1)))[:side, :side] * 255
    return client.Picture(side, side, "RGB", "u8", np.ascontiguousarray(pixels, np.uint8).tobytes())


LONG = 4096
"""A side that no machine paints before a test has done what it does in mid-job."""


def start(side: int = 64, seed: int | None = None, **options) -> client.Job:
    """A job whose picture nobody has painted before: of one that is known, only the finishing would be done."""
    return client.stylize(
        picture(side, next(SEEDS) if seed is None else seed),
        [client.Style(picture(64, seed=1))],
        "arbitrary",
        options.pop("parameters", {}),
        **options,
    )


def painting(job: client.Job) -> None:
    """Wait until the network runs."""
    until(lambda: isinstance(event := job.next_event(0.1), client.Progress) and event.stage.startswith("paint"))


def pids() -> tuple[int, int]:
    hello = client.request("hello", {"version": wire.__version__, "protocol": wire.PROTOCOL})
    return hello["pid"], hello["engine"]
