"""Recorded evaluations: what can be recorded at all, when a recording is believed, and what happens when it isn't.

No GPU takes part. A stand-in for CUDA's recorder reads a buffer of its own and replays by calling what it recorded.
"""

from __future__ import annotations

import weakref
from contextlib import contextmanager
from dataclasses import replace
from types import SimpleNamespace

import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from nst_core import errors, schema
from nst_core.gatys import graphs, layers
from nst_core.gatys.layers import Padding
from nst_core.gatys.objective import ContentTerm, Objective, gatys_style
from nst_core.gatys.pulse import no_pulse
from nst_core.gatys.recipe import BEST, PRESETS
from nst_core.gatys.stream import VggStream
from nst_core.gatys.targets import Network
from nst_core.gatys.views import VIEWS
from nst_core.gatys.whole import WholeNetwork
from nst_core.methods import gatys
from nst_core.methods.painter import Style
from nst_core.progress import silent
from tests.gatys.networks import random_vgg, textured

CONTENT, STYLE = textured(48, 64), textured(60, 44, 1)
COARSE, LAST = (34, 45), (48, 64)  # the scales of what is painted below


class Recorder:
    """`spoilt` is added to the gradients that replays give; `fault` is raised instead of recording anything."""

    def __init__(self, spoilt: float = 0.0, fault: Exception | None = None) -> None:
        self.spoilt, self.fault = spoilt, fault
        self.recorded: list[tuple[int, ...]] = []
        self.replays = 0
        self.alive: weakref.WeakSet[object] = weakref.WeakSet()
        self.most = 0

    def __call__(self, function, picture):
        self.recorded.append(tuple(picture.shape[2:]))
        if self.fault is not None:
            raise self.fault
        buffer = torch.empty_like(picture)

        def replay(seen):
            self.replays += 1
            values, gradient = function(buffer.copy_(seen), no_pulse)
            return values, gradient + self.spoilt

        self.alive.add(replay)
        self.most = max(self.most, len(self.alive))
        return replay


@pytest.fixture(scope="module")
def painter():
    return gatys.build("vgg19", random_vgg(19, "conv2_2").state_dict(), torch.device("cpu"))


@pytest.fixture
def paint(painter, monkeypatch):
    """Paints six iterations at each of two scales, in four views, with a recorder; gives the picture and what was logged."""
    monkeypatch.setitem(PRESETS, "best", replace(BEST, first_side=40, coarse_iterations=6, iterations=6))
    parameters = schema.check("gatys", {"model": "vgg19", "preset": "best", "precision": "float32"})

    def painted(recorder=None, report=silent):
        lines: list[str] = []
        monkeypatch.setattr(graphs, "recorder_for", lambda picture: recorder)
        monkeypatch.setattr(painter, "log", lines.append)
        picture = painter.render(CONTENT, painter.prepare([Style(STYLE)], silent), parameters, report)
        return picture, [line for line in lines if "CUDA" in line]

    return painted


def test_every_view_is_recorded_once_a_scale_and_paints_the_same(paint):
    recorder = Recorder()
    wanted, _ = paint()
    found, lines = paint(recorder)
    assert torch.equal(found, wanted)
    assert recorder.recorded == [COARSE] * 4 + [LAST] * 4
    assert recorder.replays == 2 * (4 + 2)  # the first four are compared, as four views are new; then two more iterations
    assert lines == []


def test_recordings_are_let_go_of_when_a_scale_is_done(paint):
    recorder = Recorder()
    paint(recorder)
    assert recorder.most == 4
    assert len(recorder.alive) == 0


@pytest.mark.parametrize("spoilt", [1.0, float("nan")])
def test_a_spoilt_replay_is_never_painted_with(paint, spoilt):
    recorder = Recorder(spoilt)
    wanted, _ = paint()
    found, lines = paint(recorder)
    assert torch.equal(found, wanted)
    assert recorder.recorded == [COARSE]
    assert len(lines) == 1 and "what it should give" in lines[0]


def test_rounding_is_no_reason_to_refuse(paint):
    recorder = Recorder(1e-9)
    paint(recorder)
    assert len(recorder.recorded) == 8


def test_what_cannot_be_recorded_is_painted_without(paint):
    recorder = Recorder(fault=RuntimeError("CUDA error: operation not permitted\nwhen a stream is captured"))
    wanted, _ = paint()
    found, lines = paint(recorder)
    assert torch.equal(found, wanted)
    assert recorder.recorded == [COARSE]
    assert lines == ["going on without CUDA graphs: recording failed: CUDA error: operation not permitted"]


def test_a_replayed_run_can_be_stopped_and_kept(paint):
    """No report is heard from within a recording; between two replays it is."""
    recorder = Recorder()

    def stop(fraction, stage, preview=None):
        if recorder.replays == 11:
            raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        paint(recorder, stop)
    assert len(recorder.alive) == 0


def test_memory_that_runs_out_takes_the_recordings_of_its_scale_along(paint, monkeypatch):
    recorder, faults = Recorder(), [RuntimeError("CUDA out of memory")]
    left: list[int] = []
    wanted, _ = paint()
    usual = VggStream.measure

    def measure(self, picture, goal, pulse=no_pulse):
        if len(recorder.alive) == 2 and pulse is not no_pulse and faults:  # the third view's first evaluation
            raise faults.pop()
        if not faults:
            left.append(len(recorder.alive))
        return usual(self, picture, goal, pulse)

    monkeypatch.setattr(VggStream, "measure", measure)
    monkeypatch.setattr("nst_core.device.is_out_of_memory", lambda error: "out of memory" in str(error))
    found, _ = paint(recorder)
    assert left[0] == 0
    assert recorder.recorded == [COARSE] * 2 + [LAST] * 4
    assert torch.equal(found, wanted)


class Cuda:
    """What a recording asks of torch.cuda, in the order of asking; its graph repeats what was captured, on the same buffers."""

    def __init__(self, monkeypatch, function, fault=False) -> None:
        self.told: list[str] = []
        self.fault = fault
        self.captured: list[tuple[torch.Tensor, tuple[torch.Tensor, torch.Tensor]]] = []
        self._function = function
        for name, fake in {
            "current_stream": lambda: self.stream("usual"),
            "Stream": lambda: self.stream("side"),
            "set_stream": lambda stream: self.told.append("back"),
            "graph_pool_handle": lambda: "pool",
            "CUDAGraph": lambda: SimpleNamespace(replay=self.replay),
            "device": lambda place: self.within("device"),
            "stream": lambda stream: self.within("side stream"),
            "graph": lambda graph, pool: self.within(f"capture in {pool}"),
        }.items():
            monkeypatch.setattr(torch.cuda, name, fake)

    def stream(self, name):
        return SimpleNamespace(name=name, wait_stream=lambda other: self.told.append(f"{name} waits for {other.name}"))

    @contextmanager
    def within(self, what):
        self.told.append(what)
        yield
        if self.fault and what.startswith("capture"):
            raise RuntimeError("the capture can't be ended")

    def function(self, picture, pulse):
        assert pulse is no_pulse
        self.told.append("evaluate")
        self.captured.append((picture, self._function(picture)))
        return self.captured[-1][1]

    def replay(self):
        picture, given = self.captured[-1]
        for buffer, value in zip(given, self._function(picture)):
            buffer.copy_(value)


def test_cuda_is_asked_as_its_notes_want_it(monkeypatch):
    def squares(picture):
        return picture.square().sum()[None], 2 * picture

    cuda = Cuda(monkeypatch, squares)
    replay = graphs.CudaRecorder()(cuda.function, CONTENT)
    warm_up = ["side waits for usual", "side stream", "evaluate", "evaluate", "usual waits for side"]
    assert cuda.told == ["device", *warm_up, "capture in pool", "evaluate", "back"]
    first, second = replay(CONTENT), replay(STYLE[:, :, :48, :44].repeat(1, 1, 1, 2)[..., :64])
    torch.testing.assert_close(first, squares(CONTENT))  # what one replay gave isn't what the next one writes
    assert not torch.equal(second[1], first[1])
    assert CONTENT.data_ptr() not in {picture.data_ptr() for picture, _ in cuda.captured}


def test_a_capture_that_cannot_be_ended_leaves_the_usual_stream(monkeypatch):
    cuda = Cuda(monkeypatch, lambda picture: (picture.sum()[None], picture), fault=True)
    with pytest.raises(RuntimeError, match="can't be ended"):
        graphs.CudaRecorder()(cuda.function, CONTENT)
    assert cuda.told[-1] == "back"


class Recordable(TorchDispatchMode):
    """Fails where a recording would: a number of a tensor is read, or a tensor is made of Python's numbers."""

    FORBIDDEN = ("_local_scalar_dense", "lift_fresh", "index.", "nonzero", "equal.")

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        assert not any(name in str(function) for name in self.FORBIDDEN), function
        return function(*args, **(kwargs or {}))


@pytest.mark.parametrize("small", [-1, layers.SMALL], ids=["borders computed again", "padded"])
@pytest.mark.parametrize("guided", [False, True])
def test_an_evaluation_does_nothing_that_cannot_be_recorded(small, guided, monkeypatch):
    monkeypatch.setattr(layers, "SMALL", small)
    vgg = random_vgg(19, "conv2_2")
    streams = [VggStream(vgg, dtype, padding=Padding.REFLECT) for dtype in (torch.float32, torch.bfloat16)]
    networks: list[Network] = [*streams, WholeNetwork(vgg)]
    masks = torch.rand(2, *CONTENT.shape[2:]) if guided else None
    view = VIEWS[0] if guided else VIEWS[1]
    for network in networks:
        features = network.features(view.of(CONTENT), ["conv2_2"])["conv2_2"]
        grams = network.moments(STYLE, {"conv1_1": None})["conv1_1"]
        style = gatys_style(1000.0, grams.repeat(2, 1, 1) if guided else grams, masks)
        goal = Objective({"conv1_1": style}, {"conv2_2": ContentTerm(0.5, features, torch.rand(features.shape[2:]))})
        with Recordable():
            values, gradient = network.measure(view.of(CONTENT), goal)
            gradient = view.back(gradient, CONTENT)
        named, same = network.evaluate(view.of(CONTENT), goal)
        assert list(named.values()) == values.tolist()
        assert torch.equal(view.back(same, CONTENT), gradient)


def test_nothing_is_recorded_off_cuda_or_where_pictures_are_large():
    assert graphs.recorder_for(CONTENT) is None
    assert graphs.recorder_for(torch.empty(1, 3, 800, 800, device="meta")) is None
