"""`python -m nst_core.bench.parity`: how far every feed-forward model's pictures lie from what they should be.

Each is held against the outputs of the original runtime, where a folder of them is given, against its layers said plainly, and
in bands of three heights against itself in one piece. Nothing is timed.
"""

from __future__ import annotations

import argparse
import json
import math
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor

from .. import imagefile, methods, raster, samples
from ..command import Parser, run
from ..console import table
from ..methods.anime import Anime
from ..methods.painter import Style
from ..networks import plain
from ..networks.sheets import Space, in_range
from ..progress import silent
from ..resampling import resized
from . import at_hand
from .feedforward import RANDOM, FeedForward, feedforward_models

CPU = torch.device("cpu")
SIZE = (336, 448)  # height and width of the picture: multiples of every network's
BANDS = (16, 48, 112)  # rows
Row = dict[str, Any]


def main(arguments: Sequence[str] | None = None) -> int:
    return run(parser(), arguments)


def parser() -> Parser:
    whole = Parser("python -m nst_core.bench.parity", description="Compare the models' pictures with what they should be.")
    whole.add_argument(
        "--references",
        type=Path,
        help="a folder of MODEL-N.npz: content and style (H, W, 3) uint8, the original runtime's output (H, W, 3) in [0, 1], and "
        "for Magenta the bottleneck (100) that this was given",
    )
    at_hand.add_folder(whole)
    whole.add_argument("--json", action="store_true", help="print JSON")
    whole.set_defaults(run=show)
    return whole


def show(chosen: argparse.Namespace) -> None:
    """Print the table."""
    found = list(rows(chosen.references, chosen.weights))
    print(json.dumps({"parity": found}, indent=1) if chosen.json else table(text(found)))


@torch.no_grad()
def rows(references: Path | None = None, weights: Path | None = None) -> Iterator[Row]:
    """One for every comparison: `model`, whether its `weights` are random, what was painted, what that is held `against`, and
    the `largest` and the `mean` difference, of the whole range from black to white."""
    for method, model in feedforward_models():
        state, whose = at_hand.state_or_random(method, model, weights)
        painter: FeedForward = methods.of(method).build(model, state, CPU)
        found = sorted(references.glob(f"{model}-[0-9]*.npz")) if references else []
        pairs = [*(against_original(painter, path) for path in found), *against_itself(painter)]
        low, high = painter.facts.value_range
        for painted, against, difference in pairs:
            apart = difference.abs() / (high - low)
            yield {
                "model": model,
                "weights": whose,
                "painted": painted,
                "against": against,
                "largest": float(apart.max()),
                "mean": float(apart.mean()),
            }


def against_original(painter: FeedForward, path: Path) -> tuple[str, str, Tensor]:
    """What was painted, after what, and the difference."""
    file = np.load(path)
    content, wanted = tensor(file["content"]) / 255, in_range(tensor(file["output"]), painter.facts.value_range)
    code = None
    if not isinstance(painter, Anime):
        named = "bottleneck" in file
        code = torch.from_numpy(file["bottleneck"])[None] if named else painter.encode(tensor(file["style"]) / 255)
    with exactly(painter):
        return path.stem, "the original runtime", painted(painter, content, code, Space(CPU, 2**40)) - wanted


def against_itself(painter: FeedForward) -> Iterator[tuple[str, str, Tensor]]:
    """Our lake after our swirled oil: the layers said plainly, in bands, and in the precision that is used where one piece is
    enough."""
    content = resized(sample("lake"), *SIZE)
    code = None if isinstance(painter, Anime) else painter.prepare([Style(sample("swirled-oil"))], silent)
    quick = painted(painter, content, code, Space(CPU, 2**40))
    with exactly(painter) as fast:
        yield from in_full_precision(painter, content, code)
        whole = painted(painter, content, code, Space(CPU, 2**40))
    painter.compiled.load()
    given = in_range(content, painter.facts.value_range)
    compiled = painter.compiled.paint(given, code, math.inf, silent, partial(print, file=sys.stderr))
    if compiled is not None:
        yield "one piece by OpenVINO in bfloat16, where there is any", "one piece", compiled - whole
    if fast != torch.float32:
        yield f"one piece, partly in {str(fast)[6:]}", "one piece", quick - whole


def in_full_precision(painter: FeedForward, content: Tensor, code: Any) -> Iterator[tuple[str, str, Tensor]]:
    """The layers said plainly, and bands."""
    whole = painted(painter, content, code, Space(CPU, 2**40))
    given = in_range(content, painter.facts.value_range)
    yield "one piece", "its layers said plainly", whole - plain.plain_of(painter.module).run(painter.module, given, code)
    for height in BANDS:
        pixels = height * SIZE[1]
        yield f"bands of {height} rows", "one piece", painted(painter, content, code, Space(CPU, pixels, pixels)) - whole


@contextmanager
def exactly(painter: FeedForward) -> Iterator[torch.dtype]:
    """Inside, the painter computes in float32; gives what it would use for pictures of this size."""
    fast, painter.fast_precision = painter.fast_precision, torch.float32
    try:
        yield fast
    finally:
        painter.fast_precision = fast


def painted(painter: FeedForward, content: Tensor, code: Any, space: Space) -> Tensor:
    """What becomes of a content in [0, 1]: in the network's range, not clamped."""
    if isinstance(painter, Anime):
        return painter.network(content, space)(in_range(content, painter.facts.value_range), space)
    return painter.decode(content, code, space)


def sample(name: str) -> Tensor:
    """(1, 3, H, W) in [0, 1]."""
    return raster.visible(imagefile.read(samples.path(name)).raster)[0]


def tensor(pixels: np.ndarray) -> Tensor:
    return torch.from_numpy(pixels).permute(2, 0, 1)[None].float()


def text(found: Sequence[Row]) -> list[tuple[str, ...]]:
    """The rows as a table to print, its header first."""
    lines: list[tuple[str, ...]] = [("model", "painted", "against", "largest", "mean")]
    for row in found:
        name = row["model"] + (RANDOM if row["weights"] == "random" else "")
        lines.append((name, row["painted"], row["against"], f"{row['largest']:.1e}", f"{row['mean']:.1e}"))
    return lines


if __name__ == "__main__":
    sys.exit(main())
