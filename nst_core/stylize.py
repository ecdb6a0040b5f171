"""One job from raster to raster: prepare the pixels, run the method at its working size, bring colours, alpha and size back."""

from __future__ import annotations

import hashlib
import os
import time
from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import torch

from . import blend, colour, device, imagefile, raster, schema
from .errors import OutOfMemory, PictureError, UsageError
from .methods import arbitrary
from .progress import Report, part
from .raster import Raster
from .weights import Store

MINIMUM_SIDE = 16
PREVIEW_SIDE = 384  # a first look costs little at this size
KEPT_STYLES = 16

Log = Callable[[str], None]


@dataclass(frozen=True)
class Style:
    """A style picture, as a file's path or as pixels, and its share when there are several."""

    source: str | Path | Raster
    weight: float = 1.0


@dataclass(frozen=True)
class Task:
    """What is asked for; `parameters` by the names of `schema`, unchecked, the rest of them at their defaults."""

    content: Raster
    styles: tuple[Style, ...]
    method: str
    parameters: dict[str, Any]
    preview: bool = False


@dataclass(frozen=True)
class Result:
    """The stylized pixels, and what each part took in seconds."""

    raster: Raster
    timings: dict[str, float]


@dataclass
class Warm:
    """What outlives a job: networks on their devices, and prepared styles under what they were made from."""

    networks: dict[tuple[str, str], Any] = field(default_factory=dict)
    styles: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)

    def network(self, model: str, place: torch.device, load: Callable[[], Any]) -> Any:
        """The network called `model` on `place`, loaded when it isn't there."""
        key = (model, str(place))
        if key not in self.networks:
            self.networks[key] = load()
        return self.networks[key]

    def prepared(self, key: Hashable, prepare: Callable[[], Any]) -> Any:
        """The styles prepared under `key`, or prepared now; the oldest make room."""
        if key not in self.styles:
            self.styles[key] = prepare()
        self.styles.move_to_end(key)
        while len(self.styles) > KEPT_STYLES:
            self.styles.popitem(last=False)
        return self.styles[key]

    def release(self) -> None:
        """Give all memory back, the devices' too."""
        places = {torch.device(place) for _, place in self.networks}
        self.networks.clear()
        self.styles.clear()
        for place in places:
            device.release(place)


def stylize(task: Task, warm: Warm, store: Store, report: Report, log: Log) -> Result:
    """Do `task`. `report` shows progress and stops the job; `log` takes sentences for the user (fallbacks, conversions).

    The result has the content's size, depth and alpha (grey becomes RGB). At strength 0 or blend 0 it is the content, bit
    for bit. Raises errors.NstError.
    """
    parameters = schema.check(task.method, task.parameters)
    check(task)
    if parameters["strength"] == 0 or parameters["blend"] == 0:
        return Result(task.content, {"model": 0.0})
    place = device.choose(parameters["device"])
    try:
        return _with_fallbacks(task, parameters, place, warm, store, report, log)
    finally:
        device.release(place)


def check(task: Task) -> None:
    """Refuse what can't become a picture: PictureError, UsageError."""
    most = schema.method(task.method).styles
    if not 1 <= len(task.styles) <= most:
        raise UsageError(f"method {task.method} takes 1 to {most} style pictures, not {len(task.styles)}")
    if any(style.weight < 0 for style in task.styles) or sum(style.weight for style in task.styles) <= 0:
        raise UsageError("style weights must be 0 or more, and at least one above 0")
    _check_size(task.content, "the picture")


def _check_size(picture: Raster, name: str) -> None:
    if min(picture.width, picture.height) < MINIMUM_SIDE:
        raise PictureError(
            f"{name} is {picture.width}×{picture.height} pixels: it must have at least {MINIMUM_SIDE} pixels on each side"
        )


def _with_fallbacks(
    task: Task, parameters: dict[str, Any], place: torch.device, warm: Warm, store: Store, report: Report, log: Log
) -> Result:
    """Run the job; out of memory moves it from the GPU to the CPU, then halves the working size."""
    limit = parameters["size"] or max(task.content.width, task.content.height)
    while True:
        try:
            return _run(task, parameters, limit, place, warm, store, report, log)
        except Exception as error:
            if not device.is_out_of_memory(error):
                raise
            warm.release()
            if place.type != "cpu":
                place = torch.device("cpu")
                log("the GPU's memory ran out: the CPU goes on")
            elif limit > 2 * PREVIEW_SIDE:
                limit //= 2
                log(f"memory ran out: going on at a working size of {limit} pixels")
            else:
                raise OutOfMemory("memory ran out at the smallest working size: close other programs and try again") from error


def _run(
    task: Task, parameters: dict[str, Any], limit: int, place: torch.device, warm: Warm, store: Store, report: Report, log: Log
) -> Result:
    started = time.monotonic()
    network = warm.network(parameters["model"], place, lambda: _load(parameters["model"], place, store, part(report, 0.0, 0.1)))
    visible, alpha = raster.to_tensors(task.content)
    visible = blend.fill_transparent(visible.clamp(0, 1), alpha)
    keep_colours = parameters["preserve_color"]
    prepared = warm.prepared(
        (parameters["model"], str(place), tuple((_fingerprint(style.source), style.weight) for style in task.styles)),
        lambda: arbitrary.prepare(network, [_picture(style, log) for style in task.styles], part(report, 0.1, 0.2)),
    )
    ready = time.monotonic()
    working = _working_size(task.content, limit, network, place, log, chosen=bool(parameters["size"]))
    small = blend.resize(visible, working)
    if task.preview and max(working) > 2 * PREVIEW_SIDE:
        first = blend.resize(small, blend.working_size(task.content.width, task.content.height, PREVIEW_SIDE))
        look = arbitrary.render(network, first.to(place), prepared, parameters["strength"], part(report, 0.2, 0.25))
        report(0.25, "painting", look.float().cpu())
    painted = arbitrary.render(network, small.to(place), prepared, parameters["strength"], part(report, 0.25, 0.95))
    painted = blend.resize(painted.float().cpu(), (task.content.height, task.content.width))
    modelled = time.monotonic()
    report(0.95, "finishing")
    if keep_colours == "luminance":
        painted = colour.match_luminance(painted, visible)
    elif keep_colours == "histogram":
        painted = colour.match_colour_statistics(painted, visible, alpha)
    original = raster.to_tensors(task.content)[0]
    mixed = blend.blend(painted, original, parameters["blend"])
    out = raster.from_tensors(mixed, task.content)
    report(1.0, "done")
    timings = {"prepare": ready - started, "model": modelled - ready, "finish": time.monotonic() - modelled}
    return Result(out, timings)


def _load(model: str, place: torch.device, store: Store, report: Report) -> Any:
    state = store.state(model, part(report, 0.0, 0.9))
    report(0.9, f"loading {model}")
    return arbitrary.build(model, state, place)


def _fingerprint(source: str | Path | Raster) -> Hashable:
    """What tells a style from another one: a file's path, time and size, or the hash of the pixels."""
    if isinstance(source, Raster):
        return (source.channels, source.pixels.shape, hashlib.blake2b(source.pixels).hexdigest())
    try:
        status = os.stat(source)
    except OSError:
        return str(source)  # reading it will say what is wrong
    return (str(source), status.st_mtime_ns, status.st_size)


def _picture(style: Style, log: Log) -> arbitrary.Style:
    """The style's visible pixels."""
    if isinstance(style.source, Raster):
        picture = style.source
    else:
        loaded = imagefile.read(style.source)
        picture = loaded.raster
        for note in loaded.notes:
            log(f"style {Path(style.source).name}: {note}")
    _check_size(picture, "the style picture" if isinstance(style.source, Raster) else f"the style picture {style.source}")
    visible, alpha = raster.to_tensors(picture)
    return arbitrary.Style(blend.fill_transparent(visible.clamp(0, 1), alpha), style.weight)


def _working_size(content: Raster, limit: int, network: Any, place: torch.device, log: Log, chosen: bool) -> tuple[int, int]:
    """(height, width) to paint at: the long side asked for, as far as memory goes, and no side under the minimum."""
    fitting = (device.budget(place) / network.facts.bytes_per_pixel) ** 0.5  # side of the largest square that fits
    longest = int(fitting * (max(content.width, content.height) / min(content.width, content.height)) ** 0.5)
    if limit > longest:
        log(f"painted at {longest} pixels on the long side instead of {limit}: more does not fit in the memory that is free")
        limit = longest
    return blend.working_size(content.width, content.height, limit)
