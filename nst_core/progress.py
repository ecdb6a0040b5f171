"""How a running job shows itself and is stopped: the `Report` that everything which loops calls; no threads, no processes."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from torch import Tensor


Log = Callable[[str], None]
"""Takes sentences for the user: fallbacks, conversions, what is downloaded under which licence."""


class Report(Protocol):
    """Called by whoever loops; raises `errors.Cancelled` when the job is to stop."""

    def __call__(self, fraction: float, stage: str, preview: Tensor | None = None) -> None:
        """`fraction` of the job in [0, 1]; `stage` in a few words, lower case; `preview` (1, 3, h, w) in [0, 1]."""


def silent(fraction: float, stage: str, preview: Tensor | None = None) -> None:
    """A report to nobody."""


def unheard(text: str) -> None:
    """A log to nobody."""


def part(report: Report, start: float, stop: float) -> Report:
    """The report of a job's part: its 0..1 becomes `start`..`stop` of the whole."""

    def inner(fraction: float, stage: str, preview: Tensor | None = None) -> None:
        report(start + (stop - start) * fraction, stage, preview)

    return inner


def parts(report: Report, count: int) -> list[Report]:
    """A report for each of so many equal parts of the job."""
    return [part(report, index / count, (index + 1) / count) for index in range(count)]
