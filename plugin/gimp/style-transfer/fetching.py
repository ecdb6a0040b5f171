"""Brings a painting to this machine: asks first, then shows how far it is, and can be stopped."""

from __future__ import annotations

from collections.abc import Callable

import messages
from common import models, texts
from common.translation import _
from gi.repository import GLib, Gtk, Pango

from nst_core import client, errors

LOOK_MILLISECONDS = 60


class Fetching(Gtk.Box):
    """A bar that is to be seen while something is fetched, or when that has failed."""

    def __init__(self) -> None:
        super().__init__(orientation=Gtk.Orientation.VERTICAL, no_show_all=True)
        self._job: client.Job | None = None
        self._then: Callable[[], None] = lambda: None
        self._bar = Gtk.ProgressBar(show_text=True, ellipsize=Pango.EllipsizeMode.END, hexpand=True, valign=Gtk.Align.CENTER)
        self._bar.get_accessible().set_name(_("Download"))
        self._stop = Gtk.Button(label=_("S_top"), use_underline=True)
        self._stop.connect("clicked", lambda _button: self.stop())
        self._progress = Gtk.Box(spacing=6)
        self._progress.pack_start(self._bar, True, True, 0)
        self._progress.pack_start(self._stop, False, False, 0)
        self._failure = Gtk.Label(wrap=True, xalign=0, max_width_chars=50, selectable=True)
        self._progress.show_all()
        self.pack_start(self._progress, False, False, 0)
        self.pack_start(self._failure, False, False, 0)

    @property
    def busy(self) -> bool:
        """Whether something is on its way."""
        return self._job is not None

    def ask(self, facts: models.Facts, then: Callable[[], None]) -> None:
        """Fetch it when the user agrees, and call `then` when it is there; another one that is on its way goes on."""
        window = self.get_toplevel()
        if not self.busy and messages.agreed(facts, window, _("_Download")):
            self._then = then
            self._job = client.fetch(facts.id)
            self._say(_("Starting…"), 0.0)
            GLib.timeout_add(LOOK_MILLISECONDS, self._look)

    def stop(self) -> None:
        """Leave it; what has come so far need not come again."""
        if self._job:
            self._job.cancel()
            self._job = None
        self.hide()

    def _look(self) -> bool:
        """The main loop's part; False ends it."""
        job = self._job
        if job is None:
            return False
        finished = job.done
        event = job.next_event()
        while event is not None:
            if isinstance(event, client.Progress):
                self._say(texts.sentence(texts.progress(event.stage, event.seconds_left)), event.fraction)
            event = job.next_event()
        if finished:
            self._end(job)
        return not finished

    def _end(self, job: client.Job) -> None:
        self._job = None
        try:
            job.result()
        except errors.Cancelled:
            self.hide()
        except errors.NstError as error:
            self._failure.set_text(texts.sentence(error.message))
            self._failure.show()
            self._progress.hide()
        else:
            self.hide()
            self._then()

    def _say(self, words: str, fraction: float) -> None:
        self._bar.set_text(words)
        self._bar.set_tooltip_text(words)
        self._bar.set_fraction(min(1.0, max(0.0, fraction)))
        self._progress.show()
        self._failure.hide()
        self.show()
