"""One job from raster to raster: prepare the pixels, run the method at its working size, bring size, colours and alpha back."""

from __future__ import annotations

import hashlib
import math
import os
import time
from collections.abc import Hashable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import blend, colour, device, imagefile, methods, packs, raster, schema
from .errors import OutOfMemory, UsageError
from .methods.painter import Painter
from .methods.painter import Style as StylePicture
from .methods.regions import RegionPainter
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
    parameters = schema.check(task.method, task.parameters)
    _check(task)
    if parameters["strength"] == 0 or parameters["blend"] == 0:
        return Result(task.content)
    styles = tuple(_at_hand(style, store, report, log) for style in task.styles)
    return _Run(replace(task, styles=styles), parameters, _regions(task), warm, store, report, log).with_fallbacks()


def _at_hand(style: Style, store: Store, report: Report, log: Log) -> Style:
    """A style that names a painting of a pack as one that names its file."""
    if not packs.is_painting(style.source):
        return style
    return replace(style, source=packs.picture(str(style.source), store, part(report, 0.0, 0.0), log))


def _check(task: Task) -> None:
    """Refuse what can't become a picture: PictureError, UsageError."""
    most = schema.method(task.method).styles
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
        visible, alpha = _visible(self.task.content)
        prepared = self._prepared(painter, place, visible, alpha)
        del alpha  # as large as a colour
        clock.append(time.monotonic())
        painted = self._painted(painter, prepared, visible, place, self._working_side(painter, place, long_side))
        clock.append(time.monotonic())
        self.report(0.95, "finishing")
        out = raster.from_bands(
            lambda rows, band: self._finished(painted[:, :, rows], visible[:, :, rows], band, rows), self.task.content
        )
        clock.append(time.monotonic())
        self.report(1.0, "done")
        return Result(out, {name: end - start for name, start, end in zip(("prepare", "model", "finish"), clock, clock[1:])})

    def _finished(self, painted: Tensor, visible: Tensor, layer: Raster, rows: slice) -> Tensor:
        """A band of the layer as it goes back: with its own colours if wanted, and laid over the original."""
        if self.parameters["preserve_color"] == "luminance":
            painted = colour.match_luminance(painted, visible)
        original, _ = raster.to_tensors(layer)
        finished = blend.blend(blend.with_excess(painted, original), original, self.parameters["blend"])
        if self.regions is None:
            return finished
        coverage = self.regions.coverage(rows)
        # Not the mix alone: an infinite value times 0 is no number.
        return torch.where(coverage == 0, original, torch.lerp(original, finished, coverage))

    @property
    def _model(self) -> str:
        return schema.model_of(self.task.method, self.parameters)

    def _painter(self, place: torch.device) -> Painter:
        model = self._model

        def load() -> Painter:
            state = self.store.state(model, part(self.report, 0.0, 0.1))
            self.report(0.1, f"loading {model}")
            return methods.of(self.task.method).build(model, state, place)

        painter: Painter = self.warm.network(model, place, load)
        painter.log = self.log
        return painter

    def _prepared(self, painter: Painter, place: torch.device, visible: Tensor, alpha: Tensor | None) -> Any:
        """The styles as the network wants them; where the content's colours are kept, they get those first.

        Gatys et al. 2016, "Preserving color in neural artistic style transfer", section 4: matched before the network, the
        painter's contrast stays and nothing clips; matched after it, 5 % of the values do (seen on seven pairs).
        """
        styles, keeps = self.task.styles, self.parameters["preserve_color"] != "none"
        made_of = [(_fingerprint(style.source), style.weight, _fingerprint(style.mask)) for style in styles]
        chosen = tuple(self.parameters[name] for name in painter.style_parameters)
        key = (self._model, str(place), tuple(made_of), chosen, _fingerprint(self.task.content) if keeps else None)

        def prepare() -> Any:
            pictures = [_style_picture(style.source, self.log) for style in styles]
            if keeps:
                seen = [self._seen(painter, index, alpha) for index in range(len(pictures))]
                pictures = [colour.match_colour_statistics(picture, visible, one) for picture, one in zip(pictures, seen)]
            mix = [StylePicture(picture.to(place), style.weight) for picture, style in zip(pictures, styles)]
            return painter.prepare(mix, self.parameters, part(self.report, 0.1, 0.2))

        return self.warm.prepared(key, prepare)

    def _seen(self, painter: Painter, style: int, alpha: Tensor | None) -> Tensor | None:
        """How much of each pixel, (1, 1, H, W), a style's colours are to be like; None for all of all.

        Where each region is painted as a picture of its own, those of its region; else those of all that is seen, as a network
        that sees the whole content keeps its darker parts darker.
        """
        if self.regions is None or not painter.knows_regions:
            return alpha
        mask = self.regions.mask_of(style)
        return mask if alpha is None else mask * alpha

    def _painted(self, painter: Painter, prepared: Any, visible: Tensor, place: torch.device, long_side: int) -> Tensor:
        """`visible` (1, 3, H, W) painted at `long_side`, after a first look if one is wanted; same shape back, on the CPU."""

        def paint(side: int, report: Report) -> tuple[Tensor, Tensor]:
            small = blend.resize(visible, self._size(side))
            return small, painter.render(small.to(place), prepared, self.parameters, report).float().cpu()

        if self.task.preview and not painter.shows_itself and long_side > 2 * PREVIEW_SIDE:
            _, look = paint(PREVIEW_SIDE, part(self.report, 0.2, 0.25))
            self.report(0.25, "painting", look)
        small, painted = paint(long_side, part(self.report, 0.25, 0.95))
        return painted if small is visible else blend.enlarge(painted, small, visible, 1 - self.parameters["strength"])

    def _working_side(self, painter: Painter, place: torch.device, wanted: int) -> int:
        """The long side to paint at: what is wanted, as far as the memory that is free goes."""
        width, height = self._size(0)
        pixels = painter.facts.pixels_in(device.budget(place), math.inf)  # a scratch file asks the disk itself
        # A small picture is always tried: the system may swap, and the figure for free memory is an estimate.
        fitting = max(int((pixels * max(width, height) / min(width, height)) ** 0.5), PREVIEW_SIDE)
        if wanted <= fitting:
            return wanted
        self.log(
            f"painted at {fitting} pixels on the long side instead of {wanted}: more does not fit in the memory that is free"
        )
        return fitting

    def _size(self, long_side: int) -> tuple[int, int]:
        """(width, height) of the content's shape; 0 stands for its own size."""
        return blend.working_size(self.task.content.width, self.task.content.height, long_side, minimum=raster.MINIMUM_SIDE)


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
        return (source.channels, source.pixels.shape, hashlib.blake2b(source.pixels.data).hexdigest())
    try:
        status = os.stat(source)
    except OSError:
        return str(source)  # reading it will say what is wrong
    return (str(source), status.st_mtime_ns, status.st_size)
