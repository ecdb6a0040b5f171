"""Seconds, share of the convolution peak and memory of one Gatys iteration: this engine beside the straightforward loop.

VGG-19 to conv5_1 with random weights. Other programs run as well, so the contenders and the convolution that they are held
against take turns, a round gives a ratio of neighbours in time, and medians of all rounds count. On a CPU ratios are of the
process' own processor time: with one thread (OMP_NUM_THREADS=1) it is all work, more threads also count their waiting.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from statistics import median
from typing import Any

import torch
from torch import Tensor

from .. import device
from ..gatys.graphs import Graphs
from ..gatys.objective import ContentTerm, Objective, gatys_style
from ..gatys.optimisers import Adam
from ..gatys.precision import dtype_of
from ..gatys.pulse import no_pulse
from ..gatys.room import Room
from ..gatys.stream import VggStream
from ..networks import vgg, winograd
from . import measure
from .measure import Seconds
from .straightforward import CONTENT_LAYER, STYLE_LAYERS, StraightforwardLoop

DEFAULT_SIDES = (256, 512, 1024)
ROUNDS = 5
LARGE, LARGE_ROUNDS = 1024, 3  # from that side on, a round takes minutes of one core
FLOP_PER_PIXEL = 1.445e6 + 70e3
"""Forward and gradient of VGG-19 to conv5_1 with five Gram matrices, at 2 a multiply-add."""


Key = tuple[str, torch.dtype]
Step = Callable[[], object]
LOOP: Key = ("straightforward", torch.float32)
PEAK = "convolution"


def rows(sides: Sequence[int] = DEFAULT_SIDES) -> list[dict[str, Any]]:
    """One row for every side and contender, medians of all rounds: `seconds` an iteration on the clock, `processor_seconds` of
    the process itself (None on a GPU), `speedup` over the loop, `peak_share` of the convolution peak of the contender's own
    dtype, `memory` in bytes over what was there before (None where the system doesn't tell)."""
    place = device.choose("auto")
    network = _network(place)
    dtypes = sorted({torch.float32, dtype_of("auto", place)}, key=str)
    convolutions = {(PEAK, dtype): measure.peak_convolution(place, dtype) for dtype in dtypes}
    found = []
    for side in sides:
        content, style = (torch.rand(1, 3, side, side, device=place) for _ in range(2))
        steps, memory = _ready(_contenders(network, content, style, dtypes), place)
        peaks = {key: convolve for key, (convolve, _) in convolutions.items()}
        rounds = _rounds(steps | peaks, place, ROUNDS if side < LARGE else LARGE_ROUNDS)
        for name, dtype in steps:
            row = {"side": side, "name": name, "dtype": str(dtype)[6:], "memory": memory[name, dtype]}
            found.append(row | _judged(rounds, (name, dtype), FLOP_PER_PIXEL * side**2, convolutions[PEAK, dtype][1]))
        del steps
    return found


def _judged(rounds: Sequence[dict[Key, Seconds]], key: Key, operations: float, of_peak: float) -> dict[str, Any]:
    """What all rounds say of one contender whose iteration has so many operations; the convolution of its dtype has `of_peak`."""
    own = [times[key] for times in rounds]
    shares = [operations / times[key].own / (of_peak / times[PEAK, key[1]].own) for times in rounds]
    processor = [seconds.processor for seconds in own if seconds.processor is not None]
    return {
        "seconds": median(seconds.clock for seconds in own),
        "processor_seconds": median(processor) if processor else None,
        "speedup": median(times[LOOP].own / times[key].own for times in rounds),
        "gflops": operations / median(seconds.own for seconds in own) / 1e9,
        "peak_share": median(shares),
    }


def _contenders(network: vgg.Vgg, content: Tensor, style: Tensor, dtypes: Sequence[torch.dtype]) -> dict[Key, Callable[[], Step]]:
    """What prepares the targets and gives what does one iteration."""
    makers: dict[Key, Callable[[], Step]] = {LOOP: lambda: StraightforwardLoop(network, content, style).step}
    for dtype in dtypes:
        makers["engine", dtype] = partial(_engine, network, content, style, dtype)
    if content.device.type == "cpu" and winograd.is_there():
        makers["engine, Winograd", torch.float32] = partial(_engine, network, content, style, torch.float32, by_winograd=True)
    return makers


def _ready(makers: Mapping[Key, Callable[[], Step]], place: torch.device) -> tuple[dict[Key, Step], dict[Key, int | None]]:
    """Every contender after its first step, and the memory that this took."""
    steps: dict[Key, Step] = {}
    memory: dict[Key, int | None] = {}
    for key, make in makers.items():
        steps[key] = make()
        before = measure.reset_peak(place)
        steps[key]()
        memory[key] = None if before is None else measure.peak_memory(place) - before
    return steps, memory


def _rounds(steps: Mapping[Key, Step], place: torch.device, count: int) -> list[dict[Key, Seconds]]:
    return [{key: measure.timed(step, place) for key, step in steps.items()} for _ in range(count)]


def _engine(network: vgg.Vgg, content: Tensor, style: Tensor, dtype: torch.dtype, by_winograd: bool = False) -> Step:
    room = Room.within(device.budget(content.device), content.device, dtype)
    stream = VggStream(network, dtype, room=room, by_winograd=by_winograd)
    target = stream.features(content, [CONTENT_LAYER])[CONTENT_LAYER]
    grams = stream.moments(style, dict.fromkeys(STYLE_LAYERS))
    goal = Objective({layer: gatys_style(1000, gram) for layer, gram in grams.items()}, {CONTENT_LAYER: ContentTerm(0.5, target)})
    picture, adam = content.clone(), Adam(0.02)
    graphs = Graphs(partial(print, file=sys.stderr))
    graphs.begin(picture)
    measured = graphs.wrapped(lambda x, pulse: stream.measure(x, goal, pulse))

    def evaluate(x: Tensor) -> tuple[float, Tensor]:
        values, gradient = measured(x, no_pulse)
        return float(values.sum()), gradient

    return lambda: adam.step(picture, evaluate)


def _network(place: torch.device) -> vgg.Vgg:
    torch.manual_seed(0)
    network = vgg.Vgg(19, "conv5_1", vgg.TORCHVISION)
    for parameter in network.parameters():
        spread = (2 / parameter[0].numel()) ** 0.5 if parameter.ndim == 4 else 0.05
        parameter.copy_(torch.randn_like(parameter) * spread)
    return network.to(place).to(memory_format=torch.channels_last)


def text(found: Sequence[dict[str, Any]]) -> list[tuple[str, ...]]:
    """The rows as a table to print, its header first."""
    table: list[tuple[str, ...]] = [
        ("side", "contender", "precision", "s/iteration", "of processor", "speed-up", "of the peak", "memory")
    ]
    for row in found:
        memory = "?" if row["memory"] is None else f"{row['memory'] / 2**20:.0f} MB"
        processor = "" if row["processor_seconds"] is None else f"{row['processor_seconds']:.3f}"
        numbers = (f"{row['seconds']:.3f}", processor, f"{row['speedup']:.2f}×", f"{100 * row['peak_share']:.0f} %", memory)
        table.append((str(row["side"]), row["name"], row["dtype"], *numbers))
    return table
