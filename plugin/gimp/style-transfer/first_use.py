"""Before the first use: offers to set up the worker's environment, and shows how that goes; needs a display."""

from __future__ import annotations

from pathlib import Path

import messages
from common import setup, texts
from common.translation import _
from gi.repository import GimpUi, GLib, Gtk

import nst_core
from nst_core import client, errors

LOOK_MILLISECONDS = 50
WIDTH = 460  # of the texts in points
GAP = 12


def demand() -> None:
    """Return when the worker's Python is there, now or from now on; Cancelled when the user doesn't want it to be set up, and
    when that fails, which the user is told."""
    if client.is_set_up():
        return
    GimpUi.init(messages.NAME)
    window, failure = Window(), None
    try:
        window.serve()
    except errors.WorkerError as error:
        failure = error
    finally:
        window.close()
    if failure:
        messages.tell(failure, _("Style Transfer was not set up."))
        raise errors.Cancelled from failure


class Window:
    """What is offered, then its progress; Cancel and Escape stop it at any time."""

    def __init__(self) -> None:
        self.dialog = Gtk.Dialog(title=_("Style Transfer"), border_width=GAP // 2)
        GimpUi.window_set_transient(self.dialog)
        self.headline = _label()
        self.text = _label()
        self.bar = Gtk.ProgressBar(no_show_all=True)
        self.bar.get_accessible().set_name(_("Progress of setting up"))
        box = Gtk.Box(orientation=Gtk.Orientation.VERTICAL, spacing=GAP, border_width=GAP // 2)
        for part in (self.headline, self.text, self.bar):
            box.pack_start(part, False, False, 0)
        self.dialog.get_content_area().add(box)
        self.dialog.add_button(_("_Cancel"), Gtk.ResponseType.CANCEL)
        self._begin = self.dialog.add_button(_("_Set up"), Gtk.ResponseType.OK)
        self._work: setup.Setup | None = None

    def serve(self) -> None:
        """From the offer to its end."""
        told = self._wait_for(_begun(only_cost=True))
        if told.cost is not None:
            self._offer(told.cost)
            if self.dialog.run() != Gtk.ResponseType.OK:
                raise errors.Cancelled()
            told = self._set_up()
        if told.error:
            raise errors.WorkerError(told.error, told.details)
        if not told.ready:
            raise errors.Cancelled()

    def close(self) -> None:
        if self._work:
            self._work.cancel()
        self.dialog.destroy()
        messages.keep_alive()

    def _offer(self, cost: setup.Cost) -> None:
        headline, text = setup.offer(cost)
        self.headline.set_markup(f"<b>{GLib.markup_escape_text(headline)}</b>")
        self.text.set_text(text)
        self.dialog.set_default_response(Gtk.ResponseType.OK)
        self.dialog.show_all()
        self._begin.grab_focus()

    def _set_up(self) -> setup.Outcome:
        self.headline.set_markup(_("<b>Setting up Style Transfer</b>"))
        self._begin.hide()
        self.text.set_text(_("Starting…"))
        self.bar.show()
        self._work = _begun()
        # In a loop of GTK's own, so that Cancel, Escape and the window's button end it at once.
        timer = GLib.timeout_add(LOOK_MILLISECONDS, self._show, self._work)
        self.dialog.run()
        GLib.source_remove(timer)
        if self._work.outcome is None:
            self._work.cancel()
        assert self._work.outcome is not None
        return self._work.outcome

    def _show(self, work: setup.Setup) -> bool:
        """The main loop's part; it goes on until it is taken away."""
        step = work.step()
        if step is not None:
            self.bar.set_fraction(step.fraction)
            self.text.set_text(texts.sentence(texts.progress(step.stage, step.seconds_left)))
        if work.outcome is not None:
            self.dialog.response(Gtk.ResponseType.CLOSE)
        return True

    def _wait_for(self, work: setup.Setup) -> setup.Outcome:
        """The end of something that is quick."""
        self._work = work
        while work.outcome is None:
            Gtk.main_iteration_do(False)
            GLib.usleep(1000 * LOOK_MILLISECONDS)
        return work.outcome


def _label() -> Gtk.Label:
    return Gtk.Label(xalign=0, wrap=True, width_request=WIDTH, max_width_chars=60)


def _begun(only_cost: bool = False) -> setup.Setup:
    folder = Path(nst_core.__file__).resolve().parent.parent
    return setup.Setup(folder, client.worker_environment(folder), only_cost)
