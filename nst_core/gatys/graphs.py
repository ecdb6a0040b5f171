"""An evaluation recorded once as a CUDA graph and replayed: where pictures are small, a GPU waits for its hundreds of launches.

A recording is used only after its first replay agreed with what the function itself gives at the same picture. Where it doesn't,
or CUDA refuses, the run goes on without recordings and says so. Nothing here is needed off CUDA.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor

from .pulse import Pulse, no_pulse

Function = Callable[[Tensor, Pulse], tuple[Tensor, Tensor]]
"""A picture (1, 3, H, W) to the values of all terms (K,) and the gradient of their sum, both on the picture's device. It must do
the same operations every time and never wait for the device: no number of a tensor is read, nothing is made of Python's lists."""

Recording = Callable[[Tensor], tuple[Tensor, Tensor]]
Recorder = Callable[[Function, Tensor], Recording]
"""Records a function at a picture, whose size and device all others will have."""

PIXELS = 768**2
"""Up to which a picture's evaluations are recorded. Launching the operations of one (300 with VGG-19 to conv5_1) takes Python 2
to 3 ms; at 768 px its 0.9 TFLOP keep the fastest GPUs (400 TFLOP/s in bfloat16) busy for as long. Larger ones gain nothing, and
a recording's memory, about 1 kB a pixel, is better left to tiles there."""

AGREEMENT = 1e-3  # relative, of values and of the gradient

WARM_UPS = 2
"""Evaluations on a side stream before recording, as PyTorch's notes on CUDA graphs ask for: libraries choose their algorithms and
take their workspaces then. (One more went before, on the usual stream.)"""


class Graphs:
    """A run's recordings, one for every function at the scale that it is at; they share their memory."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._record: Recorder | None = None
        self._replayed: list[_Replayed] = []
        self._refused = False

    def begin(self, picture: Tensor) -> None:
        """A scale begins, whose pictures are of this size and on this device: what was recorded is let go of."""
        self.release()
        self._record = recorder_for(picture) if not self._refused else None

    def release(self) -> None:
        """Give the memory back; what was wrapped so far evaluates by itself from now on."""
        self._record = None
        for replayed in self._replayed:
            replayed.recording = None
        self._replayed = []

    def wrapped(self, function: Function) -> Function:
        """The function, which is recorded when it is called first, if that pays at this scale."""
        if self._record is None:
            return function
        self._replayed.append(_Replayed(function, self.recorded))
        return self._replayed[-1]

    def recorded(self, function: Function, picture: Tensor, wanted: tuple[Tensor, Tensor]) -> Recording | None:
        """A recording that gives at `picture` what is `wanted` there; None where there is none to be had, now and later."""
        if self._record is None:
            return None
        try:
            found = self._record(function, picture)
            error = _apart(found(picture), wanted)
        except Exception as failure:  # whatever a driver refuses: the painting doesn't depend on it
            self._refuse(f"recording failed: {next(iter(str(failure).splitlines()), type(failure).__name__)}")
            return None
        if error <= AGREEMENT:
            return found
        self._refuse(f"a replay was {error:.1e} from what it should give")
        return None

    def _refuse(self, reason: str) -> None:
        self._refused = True
        self.release()
        self._log(f"going on without CUDA graphs: {reason}")


def recorder_for(picture: Tensor) -> Recorder | None:
    """What records evaluations at pictures of this size on this device, where that pays."""
    pays = picture.device.type == "cuda" and torch.version.hip is None and picture[0, 0].numel() <= PIXELS
    return CudaRecorder() if pays else None


class _Replayed:
    """A function until it is recorded, when it is called first; then its recording."""

    def __init__(self, function: Function, recorded: Callable[..., Recording | None]) -> None:
        self.recording: Recording | None = None
        self._function = function
        self._recorded: Callable[..., Recording | None] | None = recorded

    def __call__(self, picture: Tensor, pulse: Pulse = no_pulse) -> tuple[Tensor, Tensor]:
        if self.recording is not None:
            pulse(0.0)
            return self.recording(picture)
        found = self._function(picture, pulse)
        if self._recorded is not None:
            self.recording, self._recorded = self._recorded(self._function, picture, found), None
        return found


class CudaRecorder:
    """Records into one pool of memory: recordings are replayed one at a time, and what they give is copied out at once."""

    def __init__(self) -> None:
        self._pool: Any = None

    def __call__(self, function: Function, picture: Tensor) -> Recording:
        with torch.cuda.device(picture.device):
            self._pool = self._pool or torch.cuda.graph_pool_handle()
            return CudaRecording(function, picture, self._pool)


class CudaRecording:
    """A graph with the buffers that it reads and writes."""

    def __init__(self, function: Function, picture: Tensor, pool: Any) -> None:
        self._picture = picture.detach().clone()
        usual, side = torch.cuda.current_stream(), torch.cuda.Stream()
        side.wait_stream(usual)
        with torch.cuda.stream(side):
            for _ in range(WARM_UPS):
                function(self._picture, no_pulse)
        usual.wait_stream(side)
        self._graph = torch.cuda.CUDAGraph()
        try:
            with torch.cuda.graph(self._graph, pool=pool):
                self._values, self._gradient = function(self._picture, no_pulse)
        finally:
            torch.cuda.set_stream(usual)  # where a capture can't be ended, torch stays on the stream that it captured

    def __call__(self, picture: Tensor) -> tuple[Tensor, Tensor]:
        with torch.cuda.device(picture.device):
            self._picture.copy_(picture)
            self._graph.replay()
            return self._values.clone(), self._gradient.clone()


def _apart(found: tuple[Tensor, Tensor], wanted: tuple[Tensor, Tensor]) -> float:
    """The larger relative difference of values and of gradients; not a number where either isn't."""
    return max((_difference(one, other) for one, other in zip(found, wanted)), key=lambda error: (error != error, error))


def _difference(found: Tensor, wanted: Tensor) -> float:
    size = float(wanted.norm())
    error = float((found - wanted).norm())
    return error / size if size else error
