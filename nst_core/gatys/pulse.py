"""How a long evaluation lets itself be watched and stopped between two tiles."""

from __future__ import annotations

from typing import Protocol


class Pulse(Protocol):
    """Called between tiles with the share of the evaluation that is done; what it raises ends the evaluation."""

    def __call__(self, share: float) -> None: ...


def no_pulse(share: float) -> None:
    """Nobody looks."""
