"""What the worker knows of the models, asked in the background: which are on the disk, what the others cost and allow."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable

from .common import models
from .nst_core import client, errors
from .qt import QtCore

LOOK_MILLISECONDS = 50


class Catalogue(QtCore.QObject):
    """The models' `facts` by id, empty until the worker has answered; `changed` comes whenever they are new.

    One for all windows. Asking also starts the worker and its engine while the user still chooses: its imports take seconds.
    """

    changed = QtCore.pyqtSignal()

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.facts: dict[str, models.Facts] = {}
        self._agreed: set[str] = set()
        self._waiting: list[Callable[[], None]] = []
        self._answers: queue.SimpleQueue[dict[str, models.Facts]] = queue.SimpleQueue()
        self._timer = QtCore.QTimer(self)
        self._timer.setInterval(LOOK_MILLISECONDS)
        self._timer.timeout.connect(self._look)

    def ask(self) -> None:
        """Ask the worker, unless that is going on already; returns at once."""
        if not self._timer.isActive():
            self._timer.start()
            threading.Thread(target=self._talk, name="style-transfer models", daemon=True).start()

    def when_known(self, then: Callable[[], None]) -> None:
        """Call `then` when the worker has answered, which may be now, or when it turned out that it can't."""
        if self.facts:
            then()
        else:
            if then not in self._waiting:
                self._waiting.append(then)
            self.ask()

    def lacks(self, model: str) -> bool:
        """True when it is known that `model` is not on the disk."""
        return model in self.facts and not self.facts[model].installed

    def to_ask_about(self, model: str) -> models.Facts | None:
        """The facts of a model that has to be fetched and that nobody has agreed to yet; None for all others."""
        return self.facts[model] if self.lacks(model) and model not in self._agreed else None

    def agree(self, model: str) -> None:
        """Take it that the user wants `model` fetched, also when that takes several attempts."""
        self._agreed.add(model)

    def _talk(self) -> None:
        """In a thread of its own: nothing of Qt may be touched here."""
        try:
            self._answers.put(models.from_answer(client.request("models")))
        except (errors.NstError, KeyError, TypeError):
            self._answers.put({})  # what fails now fails again when a job is asked for, and is told then

    def _look(self) -> None:
        try:
            facts = self._answers.get_nowait()
        except queue.Empty:
            return
        self._timer.stop()
        if facts and facts != self.facts:
            self.facts = facts
            self.changed.emit()
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            with contextlib.suppress(RuntimeError):  # Qt's word for somebody who is gone with his window
                then()
