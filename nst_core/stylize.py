"""One job from raster to raster: prepare the pixels, run the method at its working size or take what it has painted before,
and bring size, colours and alpha back."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import blend, device, imagefile, methods, packs, raster, schema
from .errors import Finish, OutOfMemory, UsageError
from .finishing import Finishing
from .methods.painter import Painter
from .methods.painter import Style as StylePicture
from .methods.regions import RegionPainter
from .parameters import Method
from .progress import Log, Report, part
from .raster import Raster
from .regions import Regions, regions
from .warm import Warm
from .weights import Store

PREVIEW_SIDE = 384  # a first look costs little at this size
LEAST_SHARE = 1 / 8  # of the free memory: in even smaller pieces, what fails isn't the pieces


@dataclass(frozen=True)
class Style:
    """A style picture, as a file's path, a painting's name ("pack:NAME") or as pixels, and its share when there are several.

    `mask` is a grey picture of the content's size, white where this style goes; styles without one paint what the others
    leave over, and what no style paints stays as it is.
    """

    source: str | Path | Raster
    weight: float = 1.0
    mask: str | Path | Raster | None = None


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
    timings: dict[str, float] = field(default_factory=dict)


def stylize(task: Task, warm: Warm, store: Store, report: Report, log: Log) -> Result:
    """Do `task`. `report` shows progress and stops the job; `log` takes sentences for the user (fallbacks, conversions).

    The result has the content's size, depth and alpha (grey becomes RGB). At strength 0 or blend 0 it is the content, bit
    for bit. Raises errors.NstError.
    """
    method = schema.method(task.method)
    parameters = method.check(task.parameters)
    _check(task, method)
    if parameters["strength"] == 0 or parameters["blend"] == 0:
        return Result(task.content)
    styles = tuple(_at_hand(style, store, report, log) for style in task.styles)
    return _Run(replace(task, styles=styles), method, parameters, _regions(task), warm, store, report, log).with_fallbacks()


def _at_hand(style: Style, store: Store, report: Report, log: Log) -> Style:
    """A style that names a painting of a pack as one that names its file."""
    if not packs.is_painting(style.source):
        return style
    return replace(style, source=packs.picture(str(style.source), store, part(report, 0.0, 0.0), log))


def _check(task: Task, method: Method) -> None:
    """Refuse what can't become a picture: PictureError, UsageError."""
    most = method.styles
    if not min(most, 1) <= len(task.styles) <= most:
        wanted = f"1 to {most} style pictures" if most else "no style pictures"
        raise UsageError(f"method {task.method} takes {wanted}, not {len(task.styles)}")
    weights = [style.weight for style in task.styles]
    if weights and (min(weights) < 0 or sum(weights) <= 0):
        raise UsageError("style weights must be 0 or more, and at least one above 0")
    raster.demand_size(task.content, "the picture")


@dataclass(frozen=True)
class _Run:
    """A checked task and what it is done with."""

    task: Task
    method: Method
    parameters: dict[str, Any]
    regions: Regions | None
    warm: Warm
    store: Store
    report: Report
    log: Log

    def with_fallbacks(self) -> Result:
        """Out of memory halves the pieces, then moves the job to the CPU, then halves the working size, and says so."""
        place, share = device.choose(self.parameters["device"]), 1.0
        long_side = self.parameters["size"] or max(self.task.content.width, self.task.content.height)
        in_pieces = False
        while True:
            try:
                in_pieces = self._painter(place).facts.band_pixels > 0
                return self._at(place, long_side, share)
            except Exception as error:
                if not device.is_out_of_memory(error):
                    raise
                shortage = error.with_traceback(None)  # its frames hold the tensors that did not fit
            self.warm.release()
            if in_pieces and share > LEAST_SHARE:
                share /= 2
                self.log("memory ran out: going on in pieces of half the size")
            elif place.type != "cpu":
                place, share = torch.device("cpu"), 1.0
                self.log("the GPU's memory ran out: the CPU goes on")
            elif long_side > 2 * PREVIEW_SIDE:
                long_side //= 2
                self.log(f"memory ran out: going on at a working size of {long_side} pixels")
            else:
                raise OutOfMemory("memory ran out at the smallest working size: close other programs and try again") from shortage

    def _at(self, place: torch.device, long_side: int, share: float) -> Result:
        """The whole job on one device; the log of the clock goes into the result."""
        clock = [time.monotonic()]
        painter = self._painter(place)
        painter.share = share
        if self.regions is not None:
            painter = RegionPainter(painter, self.regions)
        finishing = self._finishing(painter)
        clock.append(time.monotonic())
        painted = self._painted(painter, finishing, place, long_side)
        clock.append(time.monotonic())
        self.report(0.95, "finishing")
        out = finishing.layer(painted)
        clock.append(time.monotonic())
        self.report(1.0, "done")
        return Result(out, {name: end - start for name, start, end in zip(("prepare", "model", "finish"), clock, clock[1:])})

    def _finishing(self, painter: Painter) -> Finishing:
        content = self.task.content
        visible, alpha = _visible(content)
        if self.parameters["preserve_color"] == "none":
            alpha = None  # as large as a colour, and not needed
        return Finishing(painter, content, visible, alpha, self.regions, bool(self.task.styles), self.parameters)

    @property
    def _model(self) -> str:
        return self.method.model_of(self.parameters)

    @cached_property
    def _seen(self) -> dict[str, Any]:
        """The parameters that the network gets."""
        return self.method.seen_by_network(self.parameters)

    def _painter(self, place: torch.device) -> Painter:
        model = self._model

        def load() -> Painter:
            state = self.store.state(model, part(self.report, 0.0, 0.1))
            self.report(0.1, f"loading {model}")
            return methods.of(self.task.method).build(model, state, place)

        painter: Painter = self.warm.network(model, place, load)
        painter.log = self.log
        return painter

    def _painted(self, painter: Painter, finishing: Finishing, place: torch.device, wanted: int) -> Tensor:
        """The content as the network paints it at `wanted` pixels on the long side, or at what fits into memory: (1, 3, h, w)
        on the CPU, not to be changed. It comes from an earlier job where all is the same that the network sees."""
        kept = self._kept(place, wanted)
        if kept is not None:
            return kept
        side = self._working_side(painter, place, wanted)
        kept = self._kept(place, side) if side != wanted else None
        if kept is not None:
            return kept
        prepared = self._prepared(painter, place)
        told = _Told(self.report, finishing)
        painted = self._painting(painter, prepared, finishing.visible, place, side, told)
        if not told.to_finish:  # what was cut short is no answer to the same question
            self._keep(place, side, painted)
        return painted

    def _kept(self, place: torch.device, side: int) -> Tensor | None:
        """What the network has painted for an earlier job, unless this one has to write something while it paints."""
        if self.method.must_run(self.parameters) or not self.warm.paintings.fits(*self._size(side)):
            return None
        return self.warm.paintings.get(self._key(place, side))

    def _keep(self, place: torch.device, side: int, painted: Tensor) -> None:
        if self.warm.paintings.fits(*self._size(side)):
            self.warm.paintings.keep(self._key(place, side), painted)

    def _key(self, place: torch.device, side: int) -> Hashable:
        """All that a painting depends on."""
        shaping = [one for one in self.method.everything if one.role == "network"]
        values = ((one, self.parameters[one.name]) for one in shaping)
        seen = tuple((one.name, _files(value) if one.kind == "path" else value) for one, value in values)
        return (self.method.name, self._model, str(place), self._size(side), seen, self._made_of, self._content)

    @cached_property
    def _made_of(self) -> Hashable:
        """What tells these styles from others."""
        return tuple((_fingerprint(style.source), style.weight, _fingerprint(style.mask)) for style in self.task.styles)

    @cached_property
    def _content(self) -> Hashable:
        """What tells this content from others."""
        return _fingerprint(self.task.content)

    def _prepared(self, painter: Painter, place: torch.device) -> Any:
        """The styles as the network wants them."""
        chosen = tuple(self.parameters[name] for name in painter.style_parameters)
        key = (self._model, str(place), self._made_of, chosen)

        def prepare() -> Any:
            pictures = [_style_picture(style.source, self.log) for style in self.task.styles]
            mix = [StylePicture(picture.to(place), style.weight) for picture, style in zip(pictures, self.task.styles)]
            return painter.prepare(mix, self._seen, part(self.report, 0.1, 0.2))

        return self.warm.prepared(key, prepare)

    def _painting(
        self, painter: Painter, prepared: Any, visible: Tensor, place: torch.device, long_side: int, report: Report
    ) -> Tensor:
        """`visible` painted at `long_side`, after a first look if one is wanted."""

        def paint(side: int, report: Report) -> Tensor:
            small = blend.resize(visible, self._size(side))
            return painter.render(small.to(place), prepared, self._seen, report).float().cpu()

        if self.task.preview and not painter.shows_itself and long_side > 2 * PREVIEW_SIDE:
            report(0.25, "painting", paint(PREVIEW_SIDE, part(report, 0.2, 0.25)))
        return paint(long_side, part(report, 0.25, 0.95))

    def _working_side(self, painter: Painter, place: torch.device, wanted: int) -> int:
        """The long side to paint at: what is wanted, as far as the memory that is free goes."""
        fitting = self._fitting(painter, place)
        if wanted > fitting and self.warm.paintings.bytes:
            self.warm.paintings.clear()
            fitting = self._fitting(painter, place)
        if wanted <= fitting:
            return wanted
        self.log(
            f"painted at {fitting} pixels on the long side instead of {wanted}: more does not fit in the memory that is free"
        )
        return fitting

    def _fitting(self, painter: Painter, place: torch.device) -> int:
        """The longest side that can be painted with the memory that is free."""
        width, height = self._size(0)
        pixels = painter.facts.pixels_in(device.budget(place), math.inf)  # a scratch file asks the disk itself
        # A small picture is always tried: the system may swap, and the figure for free memory is an estimate.
        return max(int((pixels * max(width, height) / min(width, height)) ** 0.5), PREVIEW_SIDE)

    def _size(self, long_side: int) -> tuple[int, int]:
        """(width, height) of the content's shape; 0 stands for its own size."""
        return blend.working_size(self.task.content.width, self.task.content.height, long_side, minimum=raster.MINIMUM_SIDE)


class _Told:
    """A report that shows a painting as its layer will look, and remembers whether it was told to finish early."""

    def __init__(self, report: Report, finishing: Finishing) -> None:
        self._report, self._finishing = report, finishing
        self.to_finish = False

    def __call__(self, fraction: float, stage: str, preview: Tensor | None = None) -> None:
        try:
            self._report(fraction, stage, None if preview is None else self._finishing.look(preview))
        except Finish:
            self.to_finish = True
            raise


def _visible(picture: Raster) -> tuple[Tensor, Tensor | None]:
    """What a network may see, under transparency the surrounding colours; and the alpha where something is transparent."""
    rgb, alpha = raster.visible(picture)
    return rgb if alpha is None else blend.fill_transparent_(rgb, alpha), alpha


def _style_picture(source: str | Path | Raster, log: Log) -> Tensor:
    """The visible pixels of a style, (1, 3, H, W)."""
    if isinstance(source, Raster):
        picture, name = source, "the style picture"
    else:
        loaded = imagefile.read(source)
        picture, name = loaded.raster, f"the style picture {source}"
        for note in loaded.notes:
            log(f"style {Path(source).name}: {note}")
    raster.demand_size(picture, name)
    return _visible(picture)[0]


def _regions(task: Task) -> Regions | None:
    masks = [style.mask for style in task.styles]
    return regions(masks, [_fingerprint(mask) for mask in masks], [style.weight for style in task.styles], task.content)


def _fingerprint(source: str | Path | Raster | None) -> Hashable:
    """What tells a picture from another one: a file's path, time and size, or the hash of the pixels; None of none."""
    if source is None:
        return None
    if isinstance(source, Raster):
        # The quickest of the standard library's that never takes two pictures for one.
        code = hashlib.sha1(source.pixels.data, usedforsecurity=False).hexdigest()
        return (source.channels, source.depth, source.pixels.shape, code)
    try:
        status = os.stat(source)
    except OSError:
        return str(source)  # reading it will say what is wrong
    return (str(source), status.st_mtime_ns, status.st_size)


def _files(paths: str) -> Hashable:
    """The files that a parameter names, as they are now."""
    return tuple(_fingerprint(path) for path in paths.split(os.pathsep) if path)
