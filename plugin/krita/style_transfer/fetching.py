"""A painting or a model on its way to this machine."""

from __future__ import annotations

from . import failure
from .following import Following
from .nst_core import client, errors
from .qt import QtCore


class Fetching(Following):
    """`ended` gives the error, None when all is there. What has come until a `cancel` need not come again."""

    def __init__(self, name: str, parent: QtCore.QObject) -> None:
        """Begin to fetch what `name` stands for."""
        super().__init__(client.fetch(name), parent)

    def _outcome(self, error: errors.NstError | None) -> errors.NstError | None:
        return failure.of(lambda: self._job.result(0))
