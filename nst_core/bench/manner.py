"""`python -m nst_core.bench.manner PAINTINGS`: prints the tables of `nst_core/manner_scale.py`, and how those in use fare.

Two halves of one painting are in one manner, two paintings hardly ever: every second painting gives the scale, the others
show how often it tells the two cases apart, and what grades they get.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from .. import imagefile, raster
from ..command import Parser, run
from ..errors import UsageError
from ..grade import at_area, style_grade
from ..manner import Manner, manner

Halves = tuple[Manner, Manner]

LEAST_PAINTINGS = 8  # a spread of fewer says nothing


def halves(path: Path) -> Halves:
    """The manners of a painting's two halves, cut through its longer side."""
    picture = raster.visible(imagefile.read(path).raster)[0]
    sides = picture.chunk(2, 3 if picture.shape[3] >= picture.shape[2] else 2)
    first, second = (manner(small, torch.ones_like(small[:, :1])) for small in map(at_area, sides))
    return first, second


def scale(pairs: Sequence[Halves]) -> tuple[Tensor, Tensor]:
    """How far halves' statistics of texture lie apart, and what each is good for: how much further others' do; (levels, 13)."""
    one, other = (torch.stack([pair[side].texture for pair in pairs]) for side in (0, 1))
    spread = ((one - other).square().mean(0) / 2).sqrt() + 1e-6
    return spread, (torch.cat([one, other]).std(0) / spread - 1).clamp_min(0)


def grades(pairs: Sequence[Halves]) -> dict[str, list[float]]:
    """The grades for style between halves of one painting, and between halves of different ones."""
    return {
        "halves of one": [style_grade(*pair) for pair in pairs],
        "of two": [style_grade(one[0], other[1]) for index, one in enumerate(pairs) for other in pairs[index + 1 :: 7]],
    }


def table(values: Tensor) -> str:
    rows = ("    (" + ", ".join(f"{value:.3f}" for value in row) + ")," for row in values.tolist())
    return "(\n" + "\n".join(rows) + "\n)"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = Parser("python -m nst_core.bench.manner", description="Make the scale that paintings are graded by.")
    parser.add_argument("paintings", metavar="FOLDER", type=Path, help="of paintings (jpg), each by another hand")
    parser.set_defaults(run=show)
    return run(parser, arguments)


def show(chosen: argparse.Namespace) -> None:
    torch.set_num_threads(1)
    paths = sorted(chosen.paintings.glob("*.jpg"))
    if len(paths) < LEAST_PAINTINGS:
        raise UsageError(f"{chosen.paintings} holds {len(paths)} jpg files: give a folder of {LEAST_PAINTINGS} or more")
    with torch.inference_mode():
        pairs = [halves(path) for path in paths]
        found = grades(pairs[1::2])
        spread, telling = scale(pairs[::2])
    print(f"SPREAD = {table(spread)}\nTELLING = {table(telling)}")
    print(f"# {len(pairs[::2])} paintings; on the other {len(pairs[1::2])}, by the scale that is in use:")
    for name, values in found.items():
        low, middle, high = torch.tensor(values).quantile(torch.tensor([0.1, 0.5, 0.9])).tolist()
        print(f"# {name}: {low:.1f} {middle:.1f} {high:.1f} (a tenth, half, nine tenths are below)")
    one, two = (torch.tensor(values) for values in found.values())
    print(f"# one above two in {float((one[:, None] > two).float().mean()):.1%}")


if __name__ == "__main__":
    sys.exit(main())
