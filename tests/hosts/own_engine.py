"""The engine without worker, wire or host, for what the hosts' results are compared with."""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from pathlib import Path

import numpy as np
import pytest

from nst_core import raster, schema, stylize
from nst_core.weights import Store

Paint = Callable[..., np.ndarray]


@contextlib.contextmanager
def own_engine(shared: Path, models: Path, style: Path, strength: float) -> Iterator[Paint]:
    """What paints (height, width, 4) pixels with `style` and a method, by default the usual one; `models` is an empty folder."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("NST_MODELS_MIRROR", str(shared / "weights" / "mirror"))
        warm, store = stylize.Warm(), Store(models)

        def paint(pixels: np.ndarray, method: str = schema.DEFAULT_METHOD) -> np.ndarray:
            content = raster.Raster(np.ascontiguousarray(pixels), "RGBA")
            task = stylize.Task(content, (stylize.Style(style),), method, {"strength": strength})
            return stylize.stylize(task, warm, store, lambda *_: None, lambda _: None).raster.pixels

        yield paint
