"""The live preview: keeps what a view shows in step with what is chosen in the dialog, one job at a time."""

from __future__ import annotations

import contextlib
import time

import order
from catalogue import Catalogue
from common import texts
from common.translation import _, size
from gi.repository import GdkPixbuf, Gimp, GLib
from look import Look
from order import Order
from split_view import SplitView

from nst_core import client, errors

TICK_MILLISECONDS = 15
# A job that is overtaken by a change goes on for so many seconds: at the pace of a quick one a slider can be followed.
GRACE = 0.2
QUIET = 0.5  # seconds for which nothing is said of a job that runs
LARGEST_SIZE = 768  # pixels on the long side: what a preview may cost


class Live:
    """Paints a reduced look at the layer whenever something was changed, and shows the result in `view`."""

    def __init__(self, config: Gimp.ProcedureConfig, catalogue: Catalogue, view: SplitView, look: Look) -> None:
        self._config, self._catalogue, self._view, self._look = config, catalogue, view, look
        self._content: client.Picture | None = None  # what is shown as before
        self._job: client.Job | None = None
        self._started = 0.0
        self._running: Order | None = None  # what the job at hand paints, or what is shown when there is none
        self._changed = False
        self._timer = 0
        config.connect("notify", lambda *_: self.refresh())
        with contextlib.suppress(errors.UsageError):  # then it is said why
            self._show_before(look.content(order.from_dialog(config).styles))
        self.refresh()

    def refresh(self) -> None:
        """Something was changed: paint anew if it matters."""
        self._changed = True
        if not self._timer:
            self._timer = GLib.timeout_add(TICK_MILLISECONDS, self._tick)

    def stop(self) -> None:
        """Paint no more until the next `refresh`; the worker is free for something else."""
        self._changed = False
        self._cancel()
        if self._timer:
            GLib.source_remove(self._timer)
            self._timer = 0

    def _tick(self) -> bool:
        """The main loop's part; False ends it."""
        if self._job:
            self._follow(self._job)
        if self._changed and self._job and time.monotonic() - self._started > GRACE:
            self._cancel()
        if self._changed and not self._job:
            self._changed = False
            self._begin()
        if self._job or self._changed:
            return True
        self._timer = 0
        return False

    def _begin(self) -> None:
        """Start a job for what is chosen now, or say why there is none."""
        if not self._catalogue.answered:
            self._view.say(_("Starting…"))  # the catalogue's answer brings the next change
            return
        lacking = order.lacking(self._config)
        if self._catalogue.error or lacking:
            self._show_none(texts.sentence(self._catalogue.error.message) if self._catalogue.error else lacking)
            return
        wanted = order.from_dialog(self._config)
        if wanted == self._running:
            return
        for facts in self._catalogue.to_fetch(wanted)[:1]:
            self._show_none(
                _("{title} is not on this machine yet, so there is no preview: Paint downloads it ({size}).").format(
                    title=facts.title, size=size(facts.size)
                )
            )
            return
        try:
            content, styles = self._look.content(wanted.styles), self._look.styles(wanted.styles)
        except errors.UsageError as error:
            self._show_none(texts.sentence(error.message))
            return
        self._show_before(content)
        self._running = wanted
        self._started = time.monotonic()
        self._job = client.stylize(content, styles, wanted.method.name, affordable(wanted), preview=True)

    def _follow(self, job: client.Job) -> None:
        """Show what the job has to show, and take its result when it is done."""
        finished = job.done  # asked first: whatever was told before it is in the queue by now
        event = job.next_event()
        while event is not None:
            if isinstance(event, client.Preview):
                self._view.show_after(pixbuf(event.picture))
            elif isinstance(event, client.Progress) and time.monotonic() - self._started > QUIET:
                self._view.say(texts.sentence(texts.progress(event.stage, event.seconds_left)))
            event = job.next_event()
        if finished:
            self._job = None
            try:
                self._view.show_after(pixbuf(job.result()))
                self._view.say("")
            except errors.NstError as error:
                self._show_none(texts.sentence(error.message))

    def _show_before(self, content: client.Picture) -> None:
        """Show what is painted; what was made of another part is no longer to be seen."""
        if content is not self._content:
            self._content = content
            self._view.show_after(None)
            self._view.show_before(pixbuf(content))

    def _show_none(self, why: str) -> None:
        """Say why there is no preview, over the picture as it is."""
        self._running = None
        self._view.show_after(None)
        self._view.say(why)

    def _cancel(self) -> None:
        if self._job:
            self._job.cancel()
            self._job = None
        self._running = None


def affordable(wanted: Order) -> dict:
    """The order's parameters at a working size that a preview may have."""
    size = wanted.parameters.get("size", 0)
    return {**wanted.parameters, **({"size": LARGEST_SIZE} if size > LARGEST_SIZE else {})}


def pixbuf(picture: client.Picture) -> GdkPixbuf.Pixbuf:
    """A picture of 8-bit RGB or RGBA as GTK shows it."""
    alpha = picture.channels == "RGBA"
    data, row = GLib.Bytes.new(bytes(picture.data)), picture.width * len(picture.channels)
    return GdkPixbuf.Pixbuf.new_from_bytes(data, GdkPixbuf.Colorspace.RGB, alpha, 8, picture.width, picture.height, row)
