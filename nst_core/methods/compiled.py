"""Networks compiled by OpenVINO for the processor, where that is installed: pictures that fit into memory in one piece.

It is used without being asked for; NST_OPENVINO=0 keeps it away, and whatever it can't do, PyTorch does. Sides are dynamic, so
that one model serves all sizes; that cost no time that could be measured. Models are kept in the cache folder, and loaded for
the first picture that takes longer than that, so that a first preview doesn't wait.
"""

from __future__ import annotations

import contextlib
import copy
import hashlib
import importlib.util
import os
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from .. import folders, limits
from ..networks import microast_mixed, phases, plain
from ..progress import Report

EXAMPLE_SIDE = 96  # of the picture that the conversion watches: a multiple of every network's
FAINT = 0.16
"""Deviation of a picture, as a share of its brightness, below which bfloat16 loses what there is to see: the network's
normalisations amplify what little differs, and the rounding with it. Below it Quick's pictures were 20 to 60 dB from those in
float32, above it 40 to 63 (three photographs at 512 px, after two styles, over black and white)."""
KEPT = 12  # models on the disk, those used last
PATIENCE = 50  # ms between two reports
FIRST_RATE = 20e9  # multiply-adds a second, until it is known
KEPT_MEMORY = 2**29  # bytes that stay taken between pictures at most: asked for anew, they cost a fifth of the time
LOADING = 1.0  # seconds: what PyTorch paints in less isn't worth loading a model for
NEARLY = 0.98  # is reported at most while it still computes


def available() -> bool:
    """Whether OpenVINO is installed."""
    return importlib.util.find_spec("openvino") is not None


class Compiled:
    """A network as `networks.plain` has it, with codes (a tensor, tuples of them, or None) like the one it is built with.

    `work` are its multiply-adds a pixel.
    """

    def __init__(self, module: nn.Module, code: Any, work: float) -> None:
        self.plain = plain.plain_of(module)
        self._module, self._code = module, code
        self._seconds = work / FIRST_RATE  # that a pixel takes
        self._model: Any = None
        self._usable = available()

    def load(self) -> None:
        """Convert and compile the network, unless that is done: 0.5 s of a processor's time, or 1 s when it is converted for the
        first time. Where OpenVINO isn't there, or not allowed, nothing happens."""
        if self._allowed and self._model is None:
            self._model = compiled(self._module, self.plain, self._code)

    def paint(self, picture: Tensor, code: Any, budget: float, report: Report, log: Callable[[str], None]) -> Tensor | None:
        """What the network makes of a picture (1, 3, H, W): sides at least the picture's.

        None where it isn't for OpenVINO, with `budget` bytes to spend, and ever after OpenVINO has failed: the log says why.
        `report` gets a guess of the share that is done, and what it raises ends the work.
        """
        if not self.takes(picture, budget):
            self.give_back()  # whoever paints it needs the memory
            return None
        stopped: list[BaseException] = []

        def told(fraction: float) -> None:
            try:
                report(fraction, "painting")
            except BaseException as error:
                stopped.append(error)
                raise

        try:
            return self._painted(picture, code, told)
        except Exception as error:  # whatever a runtime of others raises: there is a way without it
            if error in stopped:
                raise
            self._usable, self._model = False, None
            log(f"OpenVINO can't run this network here, PyTorch does: {reason(error)}")
            return None

    def takes(self, picture: Tensor, budget: float) -> bool:
        """Whether the picture is for it."""
        pixels = picture[0, 0].numel()
        fits = pixels * self.plain.compiled_bytes_per_pixel <= budget
        if not self._allowed or picture.device.type != "cpu" or not fits:
            return False
        if self._model is None and pixels * self._seconds < LOADING:
            return False
        return not is_faint(picture)

    @property
    def _allowed(self) -> bool:
        """Whether it is there and works, and the job may have it."""
        return self._usable and limits.openvino()

    def _painted(self, picture: Tensor, code: Any, told: Callable[[float], None]) -> Tensor:
        told(0.0)
        self.load()
        height, width = picture.shape[2:]
        multiple = self.plain.size_multiple
        given = F.pad(picture, (0, -width % multiple, 0, -height % multiple), mode="reflect")
        started = time.monotonic()

        def waiting() -> None:
            done = (time.monotonic() - started) / (self._seconds * picture[0, 0].numel())
            told(min(done, NEARLY))

        painted = inferred(self._model, [given, *tensors_of(code)], waiting)
        self._seconds = (time.monotonic() - started) / picture[0, 0].numel()
        if self.plain.compiled_bytes_per_pixel * picture[0, 0].numel() > KEPT_MEMORY:
            self.give_back()
        return painted

    def give_back(self) -> None:
        """Free what the largest picture until now has taken."""
        if self._model is not None:
            self._model.release_memory()


def inferred(model: Any, given: list[Tensor], waiting: Callable[[], None]) -> Tensor:
    """What the compiled model makes of the tensors. `waiting` is called meanwhile, and what it raises ends the work."""
    request = model.create_infer_request()
    request.start_async([tensor.contiguous().numpy() for tensor in given], share_inputs=True)
    try:
        while not request.wait_for(PATIENCE):
            waiting()
    except BaseException:
        request.cancel()
        with contextlib.suppress(RuntimeError):  # that it was cancelled
            request.wait()
        raise
    return torch.from_numpy(request.get_output_tensor(0).data.copy())


def is_faint(picture: Tensor) -> bool:
    """Whether what a network makes of the picture (1, 3, H, W) would be amplified rounding, but in full precision."""
    deviation, mean = torch.std_mean(picture)
    return not bool(deviation > FAINT * (mean.abs() + 0.1))  # black is no reason to see less


def reason(error: Exception) -> str:
    """The last line of what it says, where OpenVINO puts what matters."""
    return (str(error).strip().splitlines() or [type(error).__name__])[-1]


def compiled(module: nn.Module, form: plain.Plain, code: Any) -> Any:
    """The network as an `openvino.CompiledModel`, converted unless a model of it lies in the cache folder."""
    openvino = imported()
    core = openvino.Core()
    fast = has_bfloat16(core)
    mixed = fast and form.mixed is not None
    options = {
        "INFERENCE_NUM_THREADS": torch.get_num_threads(),
        "PERFORMANCE_HINT": "LATENCY",
        "CACHE_DIR": str(folder()),
        # Said explicitly: by itself it takes bfloat16 wherever the processor has it.
        "INFERENCE_PRECISION_HINT": "bf16" if fast and not mixed else "f32",
    }
    path = folder() / f"{fingerprint(module, openvino.__version__)}{'-mixed' if mixed else ''}.xml"
    if not path.is_file():
        save(converted(module, form, code, torch.bfloat16 if mixed else torch.float32), path)
    os.utime(path)
    prune()
    return core.compile_model(path, "CPU", options)


def has_bfloat16(core: Any) -> bool:
    """Whether the processor computes in it. Pictures stay within 40 dB of those in float32: 45 to 55 dB were seen of Magenta in
    full and AdaIN (random weights; a lake, spices and a city after three paintings, 512 px)."""
    return "BF16" in core.get_property("CPU", "OPTIMIZATION_CAPABILITIES")


def save(model: Any, path: Path) -> None:
    """Write an `openvino.Model` there: what was broken off leaves no model."""
    unfinished = path.with_name(f"{path.stem}-{os.getpid()}.xml")
    imported().save_model(model, unfinished, compress_to_fp16=False)
    for suffix in (".bin", ".xml"):  # the one that is looked for comes last
        os.replace(unfinished.with_suffix(suffix), path.with_suffix(suffix))


def imported() -> Any:
    """The package, without its telemetry: nothing that runs here tells anybody of it."""
    sys.modules.setdefault("openvino_telemetry", None)  # type: ignore[arg-type]
    import openvino

    return openvino


def converted(module: nn.Module, form: plain.Plain, code: Any, precision: torch.dtype) -> Any:
    """The network as an `openvino.Model` of a picture, whose sides may be any, and the code's tensors; in `precision` are the
    convolutions of a form that distinguishes."""
    openvino = imported()
    network = Flat(module, form, code, precision).eval()
    inputs = [torch.rand(1, 3, EXAMPLE_SIDE, EXAMPLE_SIDE), *tensors_of(code)]
    from openvino.frontend import FrontEndManager
    from openvino.frontend.pytorch.ts_decoder import TorchScriptPythonDecoder

    with torch.no_grad(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # of the tracer, on branches that are meant to be decided once
        graph = torch.jit.trace(network, tuple(inputs), check_trace=False)
        decoder = TorchScriptPythonDecoder(torch.jit.freeze(graph))
    frontend = FrontEndManager().load_by_framework("pytorch")
    model = frontend.load(decoder)
    for index, (place, tensor) in enumerate(zip(model.get_inputs(), inputs)):
        shape = list(tensor.shape) if index else [*tensor.shape[:2], -1, -1]
        model.set_partial_shape(place, openvino.PartialShape(shape))
        model.set_element_type(place, openvino.Type.f32)
    return frontend.convert(model)


class Flat(nn.Module):
    """A network for other runtimes as a module of tensors alone; `code` says how they are put together."""

    def __init__(self, module: nn.Module, form: plain.Plain, code: Any, precision: torch.dtype) -> None:
        super().__init__()
        self.module = copy.deepcopy(module).to(memory_format=torch.contiguous_format)
        self.code = code
        self.run = partial(form.mixed, precision=precision) if form.mixed else partial(form.run, portable=True)

    def forward(self, picture: Tensor, *tensors: Tensor) -> Tensor:
        return self.run(self.module, picture, put_together(self.code, iter(tensors)))


def tensors_of(code: Any) -> list[Tensor]:
    """The tensors in a code, in order."""
    if code is None:
        return []
    return [code] if isinstance(code, Tensor) else [tensor for one in code for tensor in tensors_of(one)]


def put_together(like: Any, tensors: Iterator[Tensor]) -> Any:
    """A code like that one, of other tensors."""
    if like is None:
        return None
    return next(tensors) if isinstance(like, Tensor) else type(like)(*(put_together(one, tensors) for one in like))


def folder() -> Path:
    path = folders.cache() / "openvino"
    path.mkdir(parents=True, exist_ok=True)
    return path


def fingerprint(module: nn.Module, version: str) -> str:
    """What tells a model from another: the weights, how they are used, the code that says so, and OpenVINO's version."""
    told = hashlib.sha256(version.encode())
    says = (plain, microast_mixed, phases, sys.modules[type(module).__module__])
    for source in (__file__, *(one.__file__ for one in says)):
        told.update(Path(source or "").read_bytes())
    for one in module.modules():
        plainly = {name: value for name, value in vars(one).items() if isinstance(value, (int, float, str, tuple))}
        told.update(repr(sorted(plainly.items())).encode())
    for name, tensor in module.state_dict().items():
        told.update(name.encode())
        told.update(tensor.detach().float().contiguous().numpy())
    return told.hexdigest()[:32]


def prune() -> None:
    """Delete the models that were used longest ago."""
    for pattern, kept in (("*.xml", KEPT), ("*.blob", 2 * KEPT)):
        found = sorted(folder().glob(pattern), key=lambda path: path.stat().st_mtime, reverse=True)
        for path in found[kept:]:
            for one in (path, path.with_suffix(".bin")):
                one.unlink(missing_ok=True)
