"""What the worker knows of the models, asked in the background: which are on the disk, what the others cost and allow."""

from __future__ import annotations

import contextlib
import queue
import threading
from collections.abc import Callable
from typing import Any

from .common import models
from .nst_core import client, errors
from .order import Order
from .qt import QtCore

LOOK_MILLISECONDS = 50


class Catalogue(QtCore.QObject):
    """The `facts` of models and paintings by id, empty until the worker has answered; `changed` comes whenever they are new.

    `paintings` are those of the style packs, as the worker describes them. One for all windows. Asking also starts the worker
    and its engine while the user still chooses: its imports take seconds.
    """

    changed = QtCore.pyqtSignal()
    engaged = QtCore.pyqtSignal(bool)  # True when a painting in earnest begins, False at its end: previews give way

    def __init__(self, parent: QtCore.QObject | None = None) -> None:
        super().__init__(parent)
        self.facts: dict[str, models.Facts] = {}
        self._agreed: set[str] = set()
        self._waiting: list[Callable[[], None]] = []
        self.paintings: list[dict[str, Any]] = []
        self._answers: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
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

    def lacking(self, order: Order) -> list[models.Facts]:
        """The model and the paintings of `order`, as far as it is known that they are not on the disk; each once."""
        wanted = (self.facts.get(name) for name in dict.fromkeys([order.model, *(one.source for one in order.styles)]))
        return [facts for facts in wanted if facts is not None and not facts.installed]

    def to_ask_about(self, order: Order) -> models.Facts | None:
        """The first thing that `order` has to fetch and that nobody has agreed to yet; None when there is none."""
        return next((facts for facts in self.lacking(order) if facts.id not in self._agreed), None)

    def agree(self, facts: models.Facts) -> None:
        """Take it that the user wants this fetched, also when that takes several attempts."""
        self._agreed.add(facts.id)

    def _talk(self) -> None:
        """In a thread of its own: nothing of Qt may be touched here."""
        try:
            self._answers.put(client.request("models"))
        except errors.NstError:
            self._answers.put({})  # what fails now fails again when a job is asked for, and is told then

    def _look(self) -> None:
        try:
            answer = self._answers.get_nowait()
        except queue.Empty:
            return
        self._timer.stop()
        facts: dict[str, models.Facts] = {}
        with contextlib.suppress(KeyError, TypeError):  # an answer of another version is none
            facts = {**models.from_answer(answer), **_of_paintings(answer)}
            self.paintings = answer["paintings"]
        if facts and facts != self.facts:
            self.facts = facts
            self.changed.emit()
        waiting, self._waiting = self._waiting, []
        for then in waiting:
            with contextlib.suppress(RuntimeError):  # Qt's word for somebody who is gone with his window
                then()


def _of_paintings(answer: dict[str, Any]) -> dict[str, models.Facts]:
    """The paintings of the style packs by id: what a user must know of them is what must be known of a model."""
    named = ("id", "title", "size", "licence", "commercial", "installed", "page")
    return {row["id"]: models.Facts(*(row[name] for name in named)) for row in map(models.told, answer["paintings"])}
