"""One job from raster to raster: prepare the pixels, run the method at its working size or take what it has painted before,
and bring size, colours and alpha back."""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from . import blend, device, methods, pictures, raster, schema
from .errors import OutOfMemory, UsageError
from .finishing import Finishing
from .methods.painter import Painter
from .methods.regions import RegionPainter
from .parameters import Method
from .progress import Log, Report, part, parts, unheard
from .raster import Raster
from .regions import Regions, regions
from .series import Series
from .warm import Warm
from .weights import Store

PREVIEW_SIDE = 384  # a first look costs little at this size
LARGEST_LOOK = 2 * PREVIEW_SIDE
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
    """What is asked for; `parameters` by the names of `schema`, unchecked, the rest of them at their defaults.

    `preview` wants something to look at soon: up to LARGEST_LOOK pixels on the long side a strength may be shown from paintings
    at others (see `series`), and of what is larger a first look is reported before it is painted as exactly as without it.
    """

    content: Raster
    styles: tuple[Style, ...]
    method: str
    parameters: dict[str, Any]
    preview: bool = False


@dataclass(frozen=True)
class Result:
    """The stylized pixels, what each part took in seconds, and what may be done `ahead` of the next job while there is none."""

    raster: Raster
    timings: dict[str, float] = field(default_factory=dict)
    ahead: Callable[[Report], None] | None = None


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
    fetching = part(report, 0.0, 0.0)
    styles = tuple(replace(one, source=pictures.at_hand(one.source, store, fetching, log)) for one in task.styles)
    return _Run(replace(task, styles=styles), method, parameters, _regions(task), warm, store, report, log).with_fallbacks()


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
        """Out of memory halves the pieces, then moves the job to the CPU, then halves the working size; for a GPU that fails
        in any other way the CPU goes on at once. Says so."""
        place, share = self.warm.usable(device.choose(self.parameters["device"])), 1.0
        long_side = self.parameters["size"] or max(self.task.content.width, self.task.content.height)
        in_pieces = False
        while True:
            try:
                in_pieces = self._painter(place).facts.band_pixels > 0
                return self._at(place, long_side, share)
            except Exception as error:
                if not device.is_out_of_memory(error) and not device.has_failed(place, error):
                    raise
                problem = error.with_traceback(None)  # its frames hold the tensors that did not fit
            self.warm.release()
            if not device.is_out_of_memory(problem):
                self.warm.failed.add(place.type)
                place, share = torch.device("cpu"), 1.0
                self.log(f"the GPU failed, the CPU goes on: {_first_line(problem)}")
            elif in_pieces and share > LEAST_SHARE:
                share /= 2
                self.log("memory ran out: going on in pieces of half the size")
            elif place.type != "cpu":
                place, share = torch.device("cpu"), 1.0
                self.log("the GPU's memory ran out: the CPU goes on")
            elif long_side > 2 * PREVIEW_SIDE:
                long_side //= 2
                self.log(f"memory ran out: going on at a working size of {long_side} pixels")
            else:
                raise OutOfMemory("memory ran out at the smallest working size: close other programs and try again") from problem

    def _at(self, place: torch.device, long_side: int, share: float) -> Result:
        """The whole job on one device; the log of the clock goes into the result."""
        clock = [time.monotonic()]
        painter = self._painter(place)
        painter.share = share
        painter = self._in_regions(painter)
        finishing = self._finishing(painter)
        clock.append(time.monotonic())
        painted = self._painted(painter, finishing, place, long_side)
        clock.append(time.monotonic())
        self.report(0.95, "finishing")
        out = finishing.layer(painted)
        clock.append(time.monotonic())
        self.report(1.0, "done")
        timings = {name: end - start for name, start, end in zip(("prepare", "model", "finish"), clock, clock[1:])}
        return Result(out, timings, self._ahead(painter, place, long_side))

    def _finishing(self, painter: Painter) -> Finishing:
        content = self.task.content
        visible, alpha = pictures.visible(content)
        if self.parameters["preserve_color"] == "none":
            alpha = None  # as large as a colour, and not needed
        return Finishing(painter, content, visible, alpha, self.regions, bool(self.task.styles), self.parameters)

    def _in_regions(self, painter: Painter) -> Painter:
        return painter if self.regions is None else RegionPainter(painter, self.regions)

    @property
    def _model(self) -> str:
        return self.method.model_of(self.parameters)

    @cached_property
    def _seen(self) -> dict[str, Any]:
        """The parameters that the network gets."""
        return self.method.seen_by_network(self.parameters)

    @property
    def _strength(self) -> float:
        """What the network paints at: in full where the strength is a matter of finishing."""
        return float(self._seen.get("strength", 1.0))

    def _painter(self, place: torch.device) -> Painter:
        model = self._model

        def load() -> Painter:
            state = self.store.state(model, part(self.report, 0.0, 0.1))
            self.report(0.1, f"loading {model}")
            self.warm.trust(place)
            return methods.of(self.task.method).build(model, state, place)

        painter: Painter = self.warm.network(model, place, load)
        painter.log = self.log
        return painter

    def _painted(self, painter: Painter, finishing: Finishing, place: torch.device, wanted: int) -> Tensor:
        """The content as the network paints it at `wanted` pixels on the long side, or at what fits into memory: (1, 3, h, w)
        on the CPU, not to be changed. It comes from earlier jobs where they tell what the network would make of it."""
        series = self._series(painter, finishing, place, wanted)
        known = self._known(series)
        if known is not None:
            return known
        side = self._working_side(painter, place, wanted, finishing.visible)
        if side != wanted:
            series = self._series(painter, finishing, place, side)
            known = self._known(series)
        return series.painted(self._strength, self.report) if known is None else known

    def _known(self, series: Series) -> Tensor | None:
        """What needs no painting, unless this job has to write something while it paints."""
        return None if self.method.must_run(self.parameters) else series.known(self._strength)

    def _series(self, painter: Painter, finishing: Finishing, place: torch.device, side: int) -> Series:
        """The content's paintings at `side` pixels on the long side."""
        size = self._size(side)

        def paint(strength: float, report: Report) -> Tensor:
            def shown(fraction: float, stage: str, preview: Tensor | None = None) -> None:
                report(fraction, stage, None if preview is None else finishing.look(preview))

            return self._painting(painter, finishing.visible, place, side, strength, shown)

        # What is too large to be kept need not be hashed either.
        paintings = self.warm.paintings if self.warm.paintings.fits(*size) else None
        subject = None if paintings is None else self._subject(place, side)
        return Series(painter, finishing.visible, size, paint, paintings, subject, self._is_look(painter, side))

    def _is_look(self, painter: Painter, side: int) -> bool:
        """Whether nobody sees what this job gives but while a slider is dragged: of larger ones the first look alone is that."""
        return self.task.preview and painter.knows_between and max(self._size(side)) <= LARGEST_LOOK

    def _ahead(self, painter: Painter, place: torch.device, side: int) -> Callable[[Report], None] | None:
        """What may be done when nothing else is to do: paint what other strengths of this look will be shown from.

        Nothing for a content that has changed while all else stayed: somebody paints on it, and the next look is of another.
        """
        if not self._is_look(painter, side):
            return None
        *rest, content = self._subject(place, side)
        if self.warm.follows((*rest, self._strength), content):
            return None

        def paint_ahead(report: Report) -> None:
            quiet = replace(self, report=report, log=unheard)
            painter = quiet._in_regions(quiet._painter(place))
            if quiet._fitting(painter, place) >= side:
                quiet._series(painter, quiet._finishing(painter), place, side).paint_ahead(self._strength, report)

        return paint_ahead

    def _subject(self, place: torch.device, side: int) -> tuple[Hashable, ...]:
        """All that a painting depends on beside the strength; the content comes last."""
        shaping = [one for one in self.method.everything if one.role == "network" and one.name != "strength"]
        values = ((one, self.parameters[one.name]) for one in shaping)
        seen = tuple((one.name, pictures.files(value) if one.kind == "path" else value) for one, value in values)
        return (self.method.name, self._model, str(place), self._size(side), seen, self._made_of, self._content)

    @cached_property
    def _made_of(self) -> Hashable:
        """What tells these styles from others."""
        return tuple(
            (pictures.fingerprint(style.source), style.weight, pictures.fingerprint(style.mask)) for style in self.task.styles
        )

    @cached_property
    def _content(self) -> Hashable:
        """What tells this content from others."""
        return pictures.fingerprint(self.task.content)

    def _prepared(self, painter: Painter, place: torch.device) -> Any:
        """The styles as the network wants them. Each is read once, whatever it is mixed with."""
        here, styles = (self._model, str(place)), self.task.styles

        def known(style: Style, report: Report) -> Any:
            key = (*here, pictures.fingerprint(style.source))
            return self.warm.prepared(key, lambda: painter.read(pictures.style(style.source, self.log).to(place), report))

        def mix() -> Any:
            told = parts(part(self.report, 0.1, 0.2), len(styles))
            return painter.mix([known(*one) for one in zip(styles, told)], [style.weight for style in styles])

        return self.warm.prepared((*here, self._made_of), mix) if styles else None

    def _painting(
        self, painter: Painter, visible: Tensor, place: torch.device, long_side: int, strength: float, report: Report
    ) -> Tensor:
        """`visible` painted at `long_side`, after a first look if one is wanted."""
        prepared = self._prepared(painter, place)
        seen = {name: strength if name == "strength" else value for name, value in self._seen.items()}

        def paint(side: int, report: Report) -> Tensor:
            small = blend.resize(visible, self._size(side))
            return painter.render(small.to(place), prepared, seen, report).float().cpu()

        if self.task.preview and not painter.shows_itself and long_side > LARGEST_LOOK:
            report(0.25, "painting", paint(PREVIEW_SIDE, part(report, 0.2, 0.25)))
        return paint(long_side, part(report, 0.25, 0.95))

    def _working_side(self, painter: Painter, place: torch.device, wanted: int, visible: Tensor) -> int:
        """The long side to paint at: what is wanted, as far as the memory that is free goes."""
        # On the CPU the content is what goes into the network, if it is painted at its own size: it need not fit once more.
        there = visible.nbytes if place.type == "cpu" and self._size(wanted) == self._size(0) else 0
        fitting = self._fitting(painter, place, there)
        if wanted > fitting and self.warm.paintings.bytes:
            self.warm.paintings.clear()
            fitting = self._fitting(painter, place, there)
        if wanted <= fitting:
            return wanted
        fitting = self._fitting(painter, place)
        self.log(
            f"painted at {fitting} pixels on the long side instead of {wanted}: more does not fit in the memory that is free"
        )
        return fitting

    def _fitting(self, painter: Painter, place: torch.device, there: int = 0) -> int:
        """The longest side that can be painted with the memory that is free and `there` bytes that the content has."""
        width, height = self._size(0)
        # A scratch file asks the disk itself.
        pixels = painter.facts.pixels_in(device.budget(place) + there, math.inf)
        # A small picture is always tried: the system may swap, and the figure for free memory is an estimate.
        return max(int((pixels * max(width, height) / min(width, height)) ** 0.5), PREVIEW_SIDE)

    def _size(self, long_side: int) -> tuple[int, int]:
        """(width, height) of the content's shape; 0 stands for its own size."""
        return blend.working_size(self.task.content.width, self.task.content.height, long_side, minimum=raster.MINIMUM_SIDE)


def _first_line(error: BaseException) -> str:
    """What it says, without the advice for programmers that follows."""
    return (str(error).strip().splitlines() or [type(error).__name__])[0]


def _regions(task: Task) -> Regions | None:
    masks = [style.mask for style in task.styles]
    return regions(masks, [pictures.fingerprint(mask) for mask in masks], [style.weight for style in task.styles], task.content)
