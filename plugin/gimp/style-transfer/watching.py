"""What shows how a job goes and hears whether it is to go on: the words of both sides, and GIMP's own progress bar."""

from __future__ import annotations

from collections.abc import Callable
from enum import Enum
from typing import Protocol

from common.translation import _
from gi.repository import Gimp

from nst_core import client


class Wish(Enum):
    """What the user wants of a job that runs."""

    GO_ON = "go on"
    KEEP = "stop, and keep what is painted"
    CANCEL = "stop"


class Watcher(Protocol):
    """Shows a job, or several in a row."""

    wish: Wish
    wants_previews: bool

    def begin(self) -> None:
        """Something begins that takes a while."""

    def turn_to(self, layer: Gimp.Layer) -> None:
        """It is this layer's turn."""

    def show(self, fraction: float, text: str) -> None:
        """Show that so much of it, in [0, 1], is done, and what is done now."""

    def preview(self, picture: client.Picture) -> None:
        """Show what the result looks like so far."""

    def may_keep(self) -> None:
        """From now on there is something to keep."""

    def serve(self) -> None:
        """Hear the user; called many times a second."""

    def end(self) -> None:
        """It is over, one way or another."""


class Bar:
    """GIMP's own progress bar in the image's window, whose Cancel ends this process at once."""

    wish = Wish.GO_ON
    wants_previews = False

    def __init__(self, title: str = _("Style Transfer"), keep_alive: Callable[[], None] = lambda: None) -> None:
        """`keep_alive` serves windows of ours, if there are any."""
        self._title = title
        self.serve = keep_alive

    def begin(self) -> None:
        Gimp.progress_init(self._title)

    def turn_to(self, layer: Gimp.Layer) -> None:
        pass

    def show(self, fraction: float, text: str) -> None:
        Gimp.progress_set_text(f"{self._title}: {text}")
        Gimp.progress_update(fraction)

    def preview(self, picture: client.Picture) -> None:
        pass

    def may_keep(self) -> None:
        pass

    def end(self) -> None:
        Gimp.progress_end()
