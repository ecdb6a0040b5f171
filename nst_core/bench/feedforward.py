"""Speed, share of the convolution peak and memory of every feed-forward model: this engine beside plain eager PyTorch.

The engine and the yardstick run in turns and the fastest turn counts, because other programs run as well.
"""

from __future__ import annotations

import copy
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import torch
from torch import Tensor
from torch.utils.flop_counter import FlopCounterMode

from .. import device, methods, schema
from ..methods.anime import Anime
from ..methods.codes import CodePainter
from ..methods.painter import Style
from ..networks import plain
from ..progress import silent
from . import at_hand, measure

DEFAULT_SIDES = (512, 1024, 4096)
METHODS = ("embedded", "arbitrary", "anime")
ROUNDS = 3
FeedForward = CodePainter | Anime
COUNTED_SIDE = 256  # operations are counted on so large a picture
RANDOM = " (random weights)"
PLAIN_BYTES = 2000  # of a pixel, that the yardstick takes at most: larger pictures are not for it


def rows(sides: Sequence[int] = DEFAULT_SIDES, models: Sequence[str] = ()) -> list[dict[str, Any]]:
    """One row for every model and side. Seconds are of rendering: `cold` with loading the model and reading the style, in a
    warm process; `seconds` after that; `runtime` is what painted. `peak_share` is of the device's convolutions in float32,
    `memory` in bytes over what was there before (None where the system doesn't tell), `plain_seconds` and `speedup` are
    against the yardstick, None where it has no memory. `weights` are "random" where the model isn't on this disk."""
    place = device.choose("auto")
    peak = measure.convolution_peak(place)
    found = []
    for method, model in feedforward_models():
        if models and model not in models:
            continue
        load, weights = _loader(method, model, place)
        found += [{"model": model, "weights": weights, **_row(load, method, side, place, peak)} for side in sides]
    return found


def feedforward_models() -> Iterator[tuple[str, str]]:
    """Method and id of every feed-forward model; those of one architecture (anime's styles) once."""
    for name in METHODS:
        if name not in schema.METHODS:
            continue
        method = schema.METHODS[name]
        choices = [choice.value for parameter in method.parameters if parameter.name == "model" for choice in parameter.choices]
        named = choices or [schema.model_of(name, method.defaults)]
        named = [model for model in named if model != schema.NO_MODEL]
        yield from ((name, model) for model in (named[:1] if name == "anime" else named))


def _loader(method: str, model: str, place: torch.device) -> tuple[Callable[[], FeedForward], str]:
    """What builds the painter, and whose weights it takes: those on the disk, or random ones where there are none."""
    state, weights = at_hand.state_or_random(method, model)

    def load() -> FeedForward:
        painter: FeedForward = methods.of(method).build(model, state if weights == "random" else at_hand.state(model), place)
        return painter

    return load, weights


def _row(load: Callable[[], FeedForward], method: str, side: int, place: torch.device, peak: float) -> dict[str, Any]:
    parameters = {**schema.METHODS[method].defaults, "strength": 1.0}
    content, style = (torch.rand(1, 3, side, side) for _ in range(2))
    started = time.perf_counter()
    painter = load()
    painter.compiled.load()
    prepared = painter.prepare([Style(style[:, :, :512, :512])] if schema.METHODS[method].styles else [], silent)

    def render() -> None:
        painter.render(content, prepared, parameters, silent)
        measure.wait(place)

    before = measure.reset_peak(place)
    render()
    cold = time.perf_counter() - started
    memory = None if before is None else measure.peak_memory(place) - before
    contenders = {"engine": render}
    if PLAIN_BYTES * side**2 < device.budget(place):
        contenders["plain"] = _yardstick(painter, prepared, content)
    compiled = painter.compiled.takes(content.to(place), device.budget(place))
    seconds = measure.fastest(contenders, ROUNDS if side <= 2048 else 1)
    rate = _operations(painter, prepared) * side**2 / seconds["engine"]
    alone = seconds.get("plain")
    return {
        "side": side,
        "runtime": "OpenVINO" if compiled else "PyTorch",
        "cold": cold,
        "seconds": seconds["engine"],
        "megapixels_per_second": side**2 / seconds["engine"] / 1e6,
        "gflops": rate / 1e9,
        "peak_share": rate / peak,
        "memory": memory,
        "plain_seconds": alone,
        "speedup": None if alone is None else alone / seconds["engine"],
    }


def _yardstick(painter: FeedForward, prepared: Any, content: Tensor) -> Callable[[], None]:
    """One run of plain eager PyTorch with the painter's weights, planes contiguous."""
    module = copy.deepcopy(painter.module).to(memory_format=torch.contiguous_format)
    picture, run = content.to(painter.device), plain.plain_of(module).run

    @torch.no_grad()
    def once() -> None:
        run(module, picture, prepared)
        measure.wait(painter.device)

    return once


@torch.no_grad()
def _operations(painter: FeedForward, prepared: Any) -> float:
    """Floating-point operations a pixel of the network as it was published, two a multiply-add."""
    picture = torch.rand(1, 3, COUNTED_SIDE, COUNTED_SIDE, device=painter.device)
    with FlopCounterMode(display=False) as counter:
        plain.plain_of(painter.module).run(painter.module, picture, prepared)
    return counter.get_total_flops() / COUNTED_SIDE**2


def text(found: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The rows as a table to print, its header first."""
    table: list[tuple[str, ...]] = [("model", "side", "by", "cold s", "s", "Mpx/s", "of the peak", "memory", "to plain eager")]
    for row in found:
        memory = "?" if row["memory"] is None else f"{row['memory'] / 2**20:.0f} MB"
        share = f"{100 * row['peak_share']:.0f} %"
        speedup = "" if row["speedup"] is None else f"{row['speedup']:.2f}×"
        numbers = (f"{row['cold']:.2f}", f"{row['seconds']:.2f}", f"{row['megapixels_per_second']:.2f}")
        name = row["model"] + (RANDOM if row["weights"] == "random" else "")
        table.append((name, str(row["side"]), row["runtime"], *numbers, share, memory, speedup))
    return table
