"""Seconds, share of the convolution peak and memory of one Gatys iteration: this engine beside the straightforward loop.

VGG-19 to conv5_1 with random weights. The contenders run in turns and the fastest turn counts, as other programs run as well.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import torch
from torch import Tensor

from .. import device
from ..gatys.objective import ContentTerm, Objective, gatys_style
from ..gatys.optimisers import Adam
from ..gatys.precision import dtype_of
from ..gatys.stream import VggStream
from ..networks import vgg
from . import measure
from .straightforward import CONTENT_LAYER, STYLE_LAYERS, StraightforwardLoop

DEFAULT_SIDES = (256, 512, 1024)
ROUNDS = 3
FLOP_PER_PIXEL = 1.445e6 + 70e3
"""Forward and gradient of VGG-19 to conv5_1 with five Gram matrices, at 2 a multiply-add."""


Key = tuple[str, torch.dtype]
Maker = Callable[[], Callable[[], object]]
"""Prepares the targets and gives what does one iteration."""


def rows(sides: Sequence[int] = DEFAULT_SIDES) -> list[dict[str, Any]]:
    """One row for every side and contender; `seconds` an iteration, `peak_share` of the convolution peak of the contender's own
    dtype, `memory` in bytes over what was there before (None where the system doesn't tell), `speedup` over the loop."""
    place = device.choose("auto")
    network = _network(place)
    fast = dtype_of("auto", place)
    dtypes = {torch.float32, fast}
    peaks = {dtype: measure.convolution_peak(place, dtype) for dtype in dtypes}
    found = []
    for side in sides:
        content, style = (torch.rand(1, 3, side, side, device=place) for _ in range(2))
        makers = _contenders(network, content, style, sorted(dtypes, key=str))
        measured = _measured(makers, place)
        loop = measured["straightforward", torch.float32][0]
        for (name, dtype), (seconds, memory) in measured.items():
            rate = FLOP_PER_PIXEL * side**2 / seconds
            row = {"side": side, "name": name, "dtype": str(dtype)[6:], "seconds": seconds, "speedup": loop / seconds}
            found.append({**row, "gflops": rate / 1e9, "peak_share": rate / peaks[dtype], "memory": memory})
    return found


def _contenders(network: vgg.Vgg, content: Tensor, style: Tensor, dtypes: Sequence[torch.dtype]) -> dict[Key, Maker]:
    makers: dict[Key, Maker] = {("straightforward", torch.float32): lambda: StraightforwardLoop(network, content, style).step}
    for dtype in dtypes:
        makers["engine", dtype] = partial(_engine, network, content, style, dtype)
    return makers


def _measured(makers: dict[Key, Maker], place: torch.device) -> dict[Key, tuple[float, int | None]]:
    """Best seconds of a step and its memory, for every contender; they take turns."""
    times: dict[Key, float] = {}
    memory: dict[Key, int | None] = {}
    for _ in range(ROUNDS):
        for key, make in makers.items():
            step = make()
            before = measure.reset_peak(place)
            step()
            memory[key] = None if before is None else measure.peak_memory(place) - before
            started = time.perf_counter()
            step()
            measure.wait(place)
            times[key] = min(times.get(key, float("inf")), time.perf_counter() - started)
            del step
    return {key: (times[key], memory[key]) for key in makers}


def _engine(network: vgg.Vgg, content: Tensor, style: Tensor, dtype: torch.dtype) -> Callable[[], object]:
    stream = VggStream(network, dtype)
    target = stream.features(content, [CONTENT_LAYER])[CONTENT_LAYER]
    grams = stream.moments(style, dict.fromkeys(STYLE_LAYERS))
    goal = Objective({layer: gatys_style(1000, gram) for layer, gram in grams.items()}, {CONTENT_LAYER: ContentTerm(0.5, target)})
    picture, adam = content.clone(), Adam(0.02)

    def evaluate(x: Tensor) -> tuple[float, Tensor]:
        values, gradient = stream.evaluate(x, goal)
        return sum(values.values()), gradient

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
    table: list[tuple[str, ...]] = [("side", "contender", "precision", "s/iteration", "speed-up", "of the peak", "memory")]
    for row in found:
        memory = "?" if row["memory"] is None else f"{row['memory'] / 2**20:.0f} MB"
        numbers = (f"{row['seconds']:.3f}", f"{row['speedup']:.2f}×", f"{100 * row['peak_share']:.0f} %", memory)
        table.append((str(row["side"]), row["name"], row["dtype"], *numbers))
    return table
