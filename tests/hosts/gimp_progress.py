"""Runs inside GIMP, on the tree's screen: the window that shows a job, with a worker of our making that never ends by itself.

What it is told is in `gimp_hands.py`, which lies in $HANDS.
"""

import os
import sys

sys.path.insert(0, os.environ["HANDS"])
# What GTK and GIMP are is said there, so it comes first.
from gimp_hands import run, shot

# isort: split
import journey
import order
import progress_window
from gi.repository import GLib, Gtk

from nst_core import client, errors

BEAT = 50  # milliseconds


class Endless:
    """A job that shows a picture that grows, until it is told to stop or to finish."""

    def __init__(self, picture, grows):
        self.timings, self.outcome, self.events, self._content = {}, None, [], picture
        self.step, self._grows = 0, grows

    @property
    def done(self):
        return self.outcome is not None

    def next_event(self, _timeout=0.0):
        if not self.events and not self.done and self.step < 12:
            self.step += 1
            self.events = [client.Progress(self.step / 20, "painting at 512 pixels", 40 - self.step)]
            if self._grows:
                self.events.append(client.Preview(growing(self.step)))
            return None
        return self.events.pop(0) if self.events else None

    def finish(self):
        self.outcome = self._content

    def cancel(self):
        self.outcome = errors.Cancelled()

    def result(self):
        if isinstance(self.outcome, errors.NstError):
            raise self.outcome
        return self.outcome


def growing(step):
    """A picture that turns from grey to colours, row by row."""
    width, height = 96, 64
    rows = [bytes((200, 120, 40) if y * 12 < step * height else (128, 128, 128)) * width for y in range(height)]
    return client.Picture(width, height, "RGB", "u8", b"".join(rows))


def watched(made, config, image, method, layers, hands):
    """What a journey with a job of ours comes to while `hands` go on."""
    config.set_property("method", method)
    real, journey.client.stylize = journey.client.stylize, lambda picture, *_, **__: Endless(picture, method == "gatys")
    try:
        return followed(config, image, layers, hands)
    finally:
        journey.client.stylize = real


def followed(config, image, layers, hands):
    """What a journey comes to while `hands`, a generator that is given its window, go on in the main loop."""
    wanted = order.from_dialog(config)
    watcher = progress_window.Progress(wanted, image)
    seen: dict = {}
    before = len(image.get_layers())
    working = hands(watcher, seen)
    timer = GLib.timeout_add(BEAT, lambda: next(working, None) is None)
    try:
        new, _ = journey.stylize(image, layers, wanted, watcher=watcher)
        seen["end"] = [layer.get_name() for layer in new]
        for layer in new:
            image.remove_layer(layer)
    except errors.NstError as error:
        seen["end"] = type(error).__name__
    finally:
        GLib.source_remove(timer)
    seen["layers left"] = len(image.get_layers()) - before if image.is_valid() else None
    return seen


def looked_at(watcher, seen):
    """Until the job has shown all it shows; what the window says then."""
    while not watcher.window.get_mapped() or watcher._bar.get_fraction() < 0.29:
        yield
    buttons = {button.get_label().replace("_", ""): button for button in (watcher._keep, watcher._cancel)}
    seen["buttons"] = {name: [button.get_visible(), button.get_sensitive()] for name, button in buttons.items()}
    seen["text"], seen["modal"] = watcher._text.get_text(), watcher.window.get_modal()
    seen["picture"] = watcher._picture.get_mapped()


# -- steps


def kept(made, config, image):
    def hands(watcher, seen):
        yield from looked_at(watcher, seen)
        shot("progress-growing")
        watcher._keep.clicked()
        yield

    return watched(made, config, image, "gatys", image.get_layers(), hands)


def grown(made, config, image):
    """A painting by the engine that takes hours, kept when it has shown something."""
    for name, value in {
        "method": "gatys",
        "model": os.environ["MODEL"],
        "preset": "classic",
        "iterations": 100000,
        "size": 96,
    }.items():
        config.set_property(name, value)

    def hands(watcher, seen):
        pictures, show = [], watcher.preview

        def preview(picture):
            pictures.append(bytes(picture.data))
            show(picture)

        watcher.preview = preview
        while len(pictures) < 3 or not watcher._keep.get_sensitive():
            yield
        shot("progress-real")
        seen["pictures"] = len(set(pictures))
        watcher._keep.clicked()
        yield

    return followed(config, image, image.get_layers(), hands)


def cancelled(made, config, image):
    def hands(watcher, seen):
        yield from looked_at(watcher, seen)
        shot("progress-plain")
        watcher._cancel.clicked()
        yield

    return watched(made, config, image, "embedded", image.get_layers(), hands)


def escaped(made, config, image):
    def hands(watcher, seen):
        yield from looked_at(watcher, seen)
        watcher.window.emit("close")  # what the key does
        yield

    return watched(made, config, image, "gatys", image.get_layers(), hands)


def several(made, config, image):
    """Two layers; the first one's turn is counted."""
    copy = image.get_layers()[0].copy()
    image.insert_layer(copy, None, 0)

    def hands(watcher, seen):
        yield from looked_at(watcher, seen)
        shot("progress-several")
        watcher._cancel.clicked()
        yield

    try:
        return watched(made, config, image, "embedded", image.get_layers(), hands)
    finally:
        image.remove_layer(copy)


def closed(made, config, image):
    """The image is closed in mid-job."""
    copy = image.duplicate()

    def hands(watcher, seen):
        yield from looked_at(watcher, seen)
        copy.delete()
        yield

    return watched(made, config, copy, "gatys", copy.get_layers(), hands)


def large(made, config, image):
    """An image as it were of many pixels: what is to be seen while its layer is read."""
    told: list = []
    read, least = journey.buffers.read, progress_window.LARGE

    def watched_read(*given):
        told.extend(window.get_mapped() for window in Gtk.Window.list_toplevels() if window.get_title() == "Painting")
        shot("progress-reading")
        return read(*given)

    def hands(watcher, seen):
        while not watcher.window.get_mapped():
            yield
        watcher._cancel.clicked()
        yield

    journey.buffers.read, progress_window.LARGE = watched_read, image.get_width() * image.get_height()
    try:
        seen = watched(made, config, image, "embedded", image.get_layers(), hands)
    finally:
        journey.buffers.read, progress_window.LARGE = read, least
    return {**seen, "seen while the layer is read": told}


run(
    {
        "kept": kept,
        "grown": grown,
        "cancelled": cancelled,
        "escaped": escaped,
        "several": several,
        "closed": closed,
        "large": large,
    }
)
