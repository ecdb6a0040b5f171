"""How a download stands, in words, and how long the rest of a job takes; standard library only."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable

WINDOW = 5.0  # seconds over which the rate is taken: long enough to be calm, short enough to notice a stall
SPACING = 0.2  # seconds between the samples that are kept
DOWNLOADING = "downloading"  # how the stage of every download begins
SETTLED = 1.0  # seconds before which a rate is only noise


class Transfer:
    """The stage of one download, however many files it has; `total` bytes, 0 when nobody knows, `clock` in seconds."""

    def __init__(self, name: str, total: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._name = name
        self._total = total
        self._clock = clock
        self._samples: deque[tuple[float, int]] = deque()

    def stage(self, have: int) -> str:
        """`downloading microast: 1.2 of 1.9 MB, 0.6 MB/s, 2 s left`, as far as it is known."""
        rate = self._rate(have)
        amount = f"{have / 1e6:.1f} of {max(self._total, have) / 1e6:.1f} MB" if self._total else f"{have / 1e6:.1f} MB"
        pieces = [f"{DOWNLOADING} {self._name}: {amount}"]
        if rate is not None:
            pieces.append(f"{rate / 1e6:.1f} MB/s" if rate >= 1e5 else f"{rate / 1e3:.0f} kB/s")
            if rate > 0 and self._total > have:
                pieces.append(f"{duration((self._total - have) / rate)} left")
        return ", ".join(pieces)

    def _rate(self, have: int) -> float | None:
        """Bytes a second over the last seconds; None while nothing can be said."""
        now, samples = self._clock(), self._samples
        if samples and have < samples[-1][1]:  # the file was started over
            samples.clear()
        if not samples or now - samples[-1][0] >= SPACING:
            samples.append((now, have))
        while len(samples) > 1 and now - samples[1][0] >= WINDOW:
            samples.popleft()
        begin, had = samples[0]
        return (have - had) / (now - begin) if now - begin >= SETTLED else None


class Remaining:
    """The seconds that a job still takes, from its pace since its last download: that one tells its own time."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._since, self._had = clock(), 0.0

    def after(self, fraction: float, stage: str) -> float | None:
        """What is left when `fraction` of the job is done; None while nothing can be said."""
        now = self._clock()
        if stage.startswith(DOWNLOADING):
            self._since, self._had = now, fraction
        elapsed, done = now - self._since, fraction - self._had
        return elapsed / done * (1 - fraction) if done > 0.05 and elapsed > SETTLED else None


def duration(seconds: float) -> str:
    """`12 s`, `3 min`, `1 h 5 min`."""
    if seconds < 100:
        return f"{max(seconds, 1):.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60} min"
