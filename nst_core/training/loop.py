"""The loop that all trainings share: log, sheets and checkpoints at their pace, and an end at any step."""

from __future__ import annotations

import math
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from types import FrameType

from . import journal


@dataclass(frozen=True)
class Pace:
    """How often a run tells: steps between rows of the log and between sheets, minutes between checkpoints."""

    log: int = 25
    sheet: int = 1000
    save_minutes: float = 10.0


class Loop(ABC):
    """A run of so many `steps` in a folder, which has `step` of them behind it after `seconds`.

    `terms` are the columns of its log, those among them in `plotted` are drawn too.
    """

    terms: Sequence[str]
    plotted: Sequence[str]

    def __init__(self, folder: Path, steps: int) -> None:
        self.folder, self.steps = folder, steps
        self.step = 0
        self.seconds = 0.0
        self.stopped = False
        folder.mkdir(parents=True, exist_ok=True)

    @property
    @abstractmethod
    def rate(self) -> float:
        """The learning rate of the step that comes next."""

    @abstractmethod
    def train_step(self) -> dict[str, float]:
        """One step; its terms, the whole "loss" among them."""

    @abstractmethod
    def save(self, output: Path | None = None) -> None:
        """A checkpoint, and the model as it is now to `output`."""

    @abstractmethod
    def show(self) -> None:
        """Whatever there is to look at, beside the plot of the log."""

    def train(self, output: Path, pace: Pace, tell: Callable[[str], None]) -> None:
        """Run to the last step, or until SIGTERM or SIGINT: either way the state is saved."""
        log = journal.Table(self.folder / "log.csv", ["seconds", "rate", *self.terms], self.step)
        before = {number: signal.signal(number, self.stop) for number in (signal.SIGTERM, signal.SIGINT)}
        collected: list[dict[str, float]] = []
        last = saved = time.monotonic()
        try:
            while self.step < self.steps and not self.stopped:
                collected.append(self.train_step())
                now = time.monotonic()
                self.seconds, last = self.seconds + now - last, now
                if self.step % pace.log == 0:
                    row = means(collected)
                    log.add(self.step, {"seconds": self.seconds, "rate": self.rate, **row})
                    tell(f"step {self.step} of {self.steps}: loss {row['loss']:.4f}, {self.seconds / 3600:.2f} h")
                    collected = []
                if self.step % pace.sheet == 0:
                    self.look()
                if now - saved > pace.save_minutes * 60:
                    self.save(output)
                    saved = now
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
        self.save(output)
        self.look()

    def look(self) -> None:
        journal.plot(self.folder / "log.csv", self.folder / "loss.png", self.plotted, f"training, step {self.step}")
        self.show()

    def stop(self, number: int, frame: FrameType | None) -> None:
        """After the step that is running."""
        self.stopped = True


def means(collected: list[dict[str, float]]) -> dict[str, float]:
    """The mean of every term over the steps that have it."""
    names = {name for terms in collected for name in terms}
    values = {name: [terms[name] for terms in collected if name in terms and math.isfinite(terms[name])] for name in names}
    return {name: sum(found) / len(found) for name, found in values.items() if found}
