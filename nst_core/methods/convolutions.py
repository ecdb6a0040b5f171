"""Shows a network's work and stops it between two convolutions; it knows layers, no method and no network."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

from torch import Tensor, nn

from ..networks.phases import AfterDoubling
from ..progress import Report

MOVED_VALUE = 100.0
"""What reading or writing one value costs, in multiply-adds: from profiles of depthwise convolutions on a CPU."""


@contextmanager
def before_each(module: nn.Module, action: Callable[[float], None]) -> Iterator[None]:
    """Inside the block `action(work)` is called before every convolution; what it raises leaves the module as it was."""

    def hook(layer: nn.Module, arguments: tuple[Any, ...]) -> None:
        assert isinstance(layer, nn.Conv2d)
        action(work_of(layer, arguments[0]))

    handles = [layer.register_forward_pre_hook(hook) for layer in module.modules() if isinstance(layer, nn.Conv2d)]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


@contextmanager
def watched(module: nn.Module, report: Report, stage: str, expected: float) -> Iterator[None]:
    """Inside the block `report` is called before every convolution with the share of the `expected` work that is done."""
    done = 0.0

    def show(work: float) -> None:
        nonlocal done
        report(min(done / expected, 1.0), stage)
        done += work

    with before_each(module, show):
        yield


def total_work(module: nn.Module, run: Callable[[], object]) -> float:
    """The work of all convolutions of `module` while `run` runs, in multiply-adds."""
    total = 0.0

    def add(work: float) -> None:
        nonlocal total
        total += work

    with before_each(module, add):
        run()
    return total


def work_of(layer: nn.Conv2d, x: Tensor) -> float:
    """Multiply-adds of the layer on `x`, and what moving the values in and out costs."""
    assert not isinstance(layer.padding, str)
    measures = zip(x.shape[2:], layer.padding, layer.kernel_size, layer.stride)
    sides = [(size + 2 * margin - extent) // stride + 1 for size, margin, extent, stride in measures]
    places, outputs, products = x.shape[0] * math.prod(sides), layer.out_channels, float(layer.weight.numel())
    if isinstance(layer, AfterDoubling):
        outputs, products = 4 * outputs, products / 9 * layer.products
    return places * (products + MOVED_VALUE * outputs) + MOVED_VALUE * x.numel()
