"""The process that computes: takes jobs from the worker one by one, reports, stops when told, keeps models warm.

It calls back over the worker's own wire, so there is one protocol and nothing is inherited or pickled. When the worker
is gone, so is it.
"""

from __future__ import annotations

import contextlib
import os
import queue
import sys
import threading
import time
import traceback
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from . import __version__, errors, limits, reach, wire
from .transfer import Remaining

if TYPE_CHECKING:
    from torch import Tensor

    from .progress import Report
    from .raster import Raster
    from .stylize import Style
    from .weights import Store

REPORTS_PER_SECOND = 20.0
CALM = 0.1  # seconds without a request: a slider that is dragged asks sooner, and its host has drawn the last answer


class Engine:
    """One connection to the worker, the job at hand, and what stays warm between jobs."""

    def __init__(self, address: wire.Address) -> None:
        self._channel = address.dial()
        self._inbox: queue.SimpleQueue[tuple[dict[str, Any], list[bytearray]]] = queue.SimpleQueue()
        self._cancelled: Any = None  # the id of the job that is to stop
        self._finishing: Any = None  # the id of the job that is to give what it has
        self._ahead: Callable[[Report], None] | None = None  # what can be done until the next request
        hello = {"version": __version__, "protocol": wire.PROTOCOL, "role": "engine", "pid": os.getpid()}
        wire.send(self._channel, {"id": 0, "method": "hello", "params": hello})
        threading.Thread(target=self._read, name="reader", daemon=True).start()

    def serve(self) -> None:
        """Answer requests until the worker is gone."""
        from . import stylize  # noqa: F401  (its imports take seconds: let them pass while the first pixels travel)
        from .warm import Warm

        warm = Warm()
        while True:
            header, blocks = self._next()
            if header["method"] == "rest":
                warm.rest()
            else:
                self._answer(header, blocks, warm)

    def _next(self) -> tuple[dict[str, Any], list[bytearray]]:
        """The next request; while there is none, what the last one expects to be asked for is painted."""
        ahead, self._ahead = self._ahead, None
        if ahead is not None:
            with contextlib.suppress(queue.Empty):
                return self._inbox.get(timeout=CALM)
            self._paint(ahead)
            del ahead  # and the pictures with it
        return self._inbox.get()

    def _paint(self, ahead: Callable[[Report], None]) -> None:
        """Paint until it is done or a request comes. Nobody has asked for it, so nobody is told how it went."""

        def report(fraction: float, stage: str, preview: Tensor | None = None) -> None:
            if not self._inbox.empty():
                raise errors.Cancelled()

        try:
            ahead(report)
        except errors.Cancelled:
            pass
        except Exception:  # the next job will say it, if it is still so
            traceback.print_exc()

    def _read(self) -> None:
        """Take frames while a job computes, so that a cancel is seen in the middle of it."""
        try:
            while True:
                header, blocks = wire.receive(self._channel)
                if header["method"] == "cancel" and header["params"].get("keep"):
                    self._finishing = header["params"]["id"]
                elif header["method"] == "cancel":
                    self._cancelled = header["params"]["id"]
                else:
                    self._inbox.put((header, blocks))
        except wire.Disconnected:
            os._exit(0)  # nobody is there to tell, and a computation in the main thread can't be interrupted

    def _answer(self, header: dict[str, Any], blocks: list[bytearray], warm: Any) -> None:
        number, params = header["id"], header["params"]
        limits.adopt(params.get("limits", {}))
        try:
            if header["method"] == "stylize":
                result, out = self._stylize(number, params, blocks, warm)
            elif header["method"] == "compare":
                result, out = self._compare(number, params, blocks)
            elif header["method"] == "fetch":
                result, out = {"path": str(self._store(params).fetch(params["item"], self._reporter(number)))}, []
            else:
                result, out = _models(), []
            wire.send(self._channel, {"id": number, "result": result}, out)
        except wire.Disconnected:
            os._exit(0)
        except Exception as error:  # whatever a job does, the next one must find the engine alive
            details = traceback.format_exc()
            if not isinstance(error, errors.NstError):
                sys.stderr.write(details)
            wire.send(self._channel, {"id": number, "error": errors.to_wire(error, details)})

    def _stylize(
        self, number: Any, params: dict[str, Any], blocks: list[bytearray], warm: Any
    ) -> tuple[dict[str, Any], list[memoryview]]:
        from . import raster
        from .stylize import Task, stylize

        content = raster.from_wire(params["content"], blocks.pop(0))
        styles = tuple(_style(style, blocks) for style in params["styles"])
        task = Task(content, styles, params["method"], params["parameters"], params.get("preview", False))
        result = stylize(task, warm, self._store(params), self._reporter(number), self._log)
        self._ahead = result.ahead
        # The result goes back in the content's own order of channels, grey as RGB.
        order = params["content"]["channels"] if params["content"]["channels"].startswith("BGR") else None
        header, block = raster.to_wire(result.raster, order)
        return {"raster": header, "timings": result.timings}, [block]

    def _compare(self, number: Any, params: dict[str, Any], blocks: list[bytearray]) -> tuple[dict[str, Any], list[memoryview]]:
        from . import raster
        from .grade import grade, style_picture

        painting, reference = (raster.from_wire(params[name], blocks.pop(0)) for name in ("painting", "reference"))
        report, style = self._reporter(number), None
        if "style" in params:
            style = style_picture(_picture(params["style"], blocks), self._store(params), report, self._log)
        graded = grade(painting, reference, style, report)
        header, block = raster.to_wire(graded.heat_map, "BGRA" if params["painting"]["channels"].startswith("BGR") else None)
        return {**graded.grades.as_json(), "raster": header}, [block]

    def _store(self, params: dict[str, Any]) -> Store:
        """The models and paintings, as far as the client wants them fetched."""
        from .weights import Store

        return Store(offline=params.get("offline", False), mirror=params.get("mirror", ""), log=self._log)

    def _reporter(self, number: Any) -> Any:
        """The job's `Report`: stops a cancelled job, and tells the worker no more often than anybody can see."""
        remaining = Remaining()
        last = 0.0

        def report(fraction: float, stage: str, preview: Tensor | None = None) -> None:
            nonlocal last
            if self._cancelled == number:
                raise errors.Cancelled()
            if self._finishing == number:
                self._finishing = None  # once: what is left to do after it must not be stopped again
                raise errors.Finish()
            now = time.monotonic()
            left = remaining.after(fraction, stage)
            if preview is not None:
                self._preview(preview)
            if now - last >= 1 / REPORTS_PER_SECOND:
                last = now
                self._notify("progress", {"fraction": fraction, "stage": stage, "seconds_left": left})

        return report

    def _preview(self, picture: Tensor) -> None:
        import numpy as np

        from . import raster

        planes = raster.to_depth(picture[0].permute(1, 2, 0).numpy(), np.dtype(np.uint8))
        header, block = raster.to_wire(raster.Raster(planes, "RGB"))
        wire.send(self._channel, {"method": "preview", "params": {"raster": header}}, [block])

    def _log(self, text: str) -> None:
        self._notify("log", {"text": text})

    def _notify(self, method: str, params: dict[str, Any]) -> None:
        wire.send(self._channel, {"method": method, "params": params})


def _style(style: dict[str, Any], blocks: list[bytearray]) -> Style:
    """A style as the wire names it, its mask's pixels after its own."""
    from .stylize import Style

    source = _picture(style, blocks)
    return Style(source, float(style["weight"]), _picture(style["mask"], blocks) if "mask" in style else None)


def _picture(named: dict[str, Any], blocks: list[bytearray]) -> str | Raster:
    """A picture as the wire names it: by a file's path, or with its pixels in the next block."""
    from . import raster

    return str(named["path"]) if "path" in named else raster.from_wire(named["raster"], blocks.pop(0))


def _models() -> dict[str, Any]:
    from dataclasses import asdict

    from .weights import Store

    store = Store()
    return {
        "models": [asdict(info) for info in store.list()],
        "paintings": [asdict(info) for info in store.paintings()],
    }


def main() -> int:
    """Serve the worker that has left its address."""
    address = wire.saved_address()
    if address is None:
        return 0
    reach.forget()
    try:
        engine = Engine(address)
    except wire.Disconnected:
        return 0
    engine.serve()
    return 0


if __name__ == "__main__":
    sys.exit(main())
