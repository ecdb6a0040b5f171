"""The loop that all trainings share: log, sheets and checkpoints at their pace, and an end at any step."""

from __future__ import annotations

import math
import signal
import time
from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from types import FrameType
from typing import Any

import torch
from torch import Tensor, nn

from . import checkpoint, journal
from .checkpoint import Optimiser


@dataclass(frozen=True)
class Pace:
    """How often a run tells: steps between rows of the log and between sheets, minutes between checkpoints."""

    log: int = 25
    sheet: int = 1000
    save_minutes: float = 10.0


class Loop(ABC):
    """A run of so many `steps` in a folder, which has `step` of them behind it after `seconds`.

    Its `recipe` is a dataclass of plain values. `terms` are the columns of its log, those among them in `plotted` are drawn too.
    `network`, what of it is averaged, and the optimiser's moments are all that a checkpoint needs beside the numbers.
    """

    recipe: Any
    network: nn.Module
    average: dict[str, Tensor]
    optimiser: Optimiser
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
    def write(self, path: Path) -> None:
        """The model as it is now."""

    @abstractmethod
    def show(self) -> None:
        """Whatever there is to look at, beside the plot of the log."""

    def facts(self) -> dict[str, Any]:
        return {"step": self.step, "seconds": round(self.seconds, 1), **asdict(self.recipe)}

    def resume(self) -> bool:
        """Go on from the newest checkpoint, if there is one."""
        newest = checkpoint.newest(self.folder)
        if newest is None:
            return False
        state = checkpoint.load(newest)
        checkpoint.restore(state, self.network, self.average, self.optimiser)
        self.step, self.seconds = state.facts["step"], state.facts["seconds"]
        return True

    def save(self, output: Path | None = None) -> None:
        """A checkpoint, and the model as it is now to `output`, which is never half written."""
        checkpoint.save(self.folder, checkpoint.taken(self.network, self.average, self.optimiser, self.facts()))
        if output is not None:
            unfinished = output.with_suffix(".unfinished")
            self.write(unfinished)
            unfinished.replace(output)

    @torch.no_grad()
    def follow(self, averaging: float, network: nn.Module) -> None:
        """Bring the average nearer to the network; fast in the beginning, when there is nothing worth to remember."""
        share = min(averaging, (1 + self.step) / (10 + self.step))
        torch._foreach_lerp_(list(self.average.values()), list(network.parameters()), 1 - share)

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
