"""What keeps a fault of ours from ending Krita: an exception that leaves a slot does."""

from __future__ import annotations

import functools
from collections.abc import Callable

from . import failure
from .qt import QtWidgets, is_gone


def guarded(slot: Callable[..., None]) -> Callable[..., None]:
    """A slot of a widget whose failures are told; what the signal gives is left aside."""

    @functools.wraps(slot)
    def inner(self: QtWidgets.QWidget, *_arguments: object) -> None:
        safely(self, lambda: slot(self))

    return inner


def safely(widget: QtWidgets.QWidget, work: Callable[[], None], headline: str = failure.HEADLINE) -> None:
    """Do `work` for `widget`; a failure is told there, under `headline`, unless `widget` is gone by then."""
    error = failure.of(work)
    if error is not None and not is_gone(widget):
        failure.tell(error, widget, headline)
