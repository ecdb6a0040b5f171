"""What is known of models and paintings: which are on the disk, what the others cost and allow.

The worker knows the models and is asked in the background; the paintings are the gallery's.
"""

from __future__ import annotations

import queue
import threading
from collections.abc import Callable

from common import models
from common.gallery import Gallery
from common.translation import _
from gi.repository import GLib
from order import Order

from nst_core import client, errors

LOOK_MILLISECONDS = 30


class Catalogue:
    """The models' `facts` by id, empty until the worker has answered; `error` says why it can't.

    Asking also starts the worker and its engine while the user still chooses: its imports take seconds.
    """

    def __init__(self, gallery: Gallery, changed: Callable[[], None] = lambda: None) -> None:
        """Ask; `changed` is called in the main loop when the answer is there."""
        self.facts: dict[str, models.Facts] = {}
        self.error: errors.NstError | None = None
        self._gallery = gallery
        self._changed = changed
        self._answers: queue.SimpleQueue[dict[str, models.Facts] | errors.NstError] = queue.SimpleQueue()
        threading.Thread(target=self._talk, name="style-transfer models", daemon=True).start()
        GLib.timeout_add(LOOK_MILLISECONDS, self._look)

    @property
    def answered(self) -> bool:
        """True when the worker has answered, or when it turned out that it can't."""
        return bool(self.facts) or self.error is not None

    def to_fetch(self, order: Order) -> list[models.Facts]:
        """The facts of the model and the painting, as far as they have to be downloaded."""
        model = self.facts.get(order.model)
        styles = [entry for entry in (self._gallery.entry(style.source) for style in order.styles) if entry]
        needed = dict.fromkeys([model, *(entry.facts for entry in styles)])
        return [facts for facts in needed if facts and not facts.installed]

    def _talk(self) -> None:
        """In a thread of its own: nothing of GIMP or GTK may be touched here."""
        try:
            self._answers.put(models.from_answer(client.request("models")))
        except errors.NstError as error:
            self._answers.put(error)
        except Exception as error:  # whatever it is, the dialog must not wait for ever
            reason = f"{type(error).__name__}: {error}"
            self._answers.put(errors.WorkerError(_("the worker's answer was not understood: {reason}").format(reason=reason)))

    def _look(self) -> bool:
        """The main loop's part; False ends it."""
        try:
            answer = self._answers.get_nowait()
        except queue.Empty:
            return True
        if isinstance(answer, errors.NstError):
            self.error = answer
        else:
            self.facts = answer
        self._changed()
        return False
