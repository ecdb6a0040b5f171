"""`python -m nst_core.bench.strengths`: photographs painted by every feed-forward model at four strengths, to look at.

One sheet a model: a row for each photograph and style, the strengths side by side. A model that isn't on this disk has none.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor

from .. import methods, schema
from ..command import Parser, run
from ..errors import ModelError
from ..methods.painter import Style
from ..progress import silent
from ..training import journal
from . import at_hand
from .contact_sheet import read
from .feedforward import FeedForward, feedforward_models

STRENGTHS = (0.25, 0.5, 0.75, 1.0)
CELL = (256, 384)  # height and width that a sheet shows of a picture


def main(arguments: Sequence[str] | None = None) -> int:
    return run(parser(), arguments)


def parser() -> Parser:
    whole = Parser("python -m nst_core.bench.strengths", description="Paint photographs at several strengths, to look at.")
    whole.add_argument("--contents", type=Path, nargs="+", required=True)
    whole.add_argument("--styles", type=Path, nargs="+", required=True)
    at_hand.add_folder(whole)
    whole.add_argument("--models", nargs="*", default=[], help="only these")
    whole.add_argument("--side", type=int, default=768, help="the photographs' long side in pixels")
    whole.add_argument("-o", "--output", type=Path, required=True, help="a folder")
    whole.set_defaults(run=write)
    return whole


def write(chosen: argparse.Namespace) -> None:
    """Write the sheets and say where."""
    chosen.output.mkdir(parents=True, exist_ok=True)
    for method, model in feedforward_models():
        if not chosen.models or model in chosen.models:
            paint(chosen, method, model)


def paint(chosen: argparse.Namespace, method: str, model: str) -> None:
    """One model's sheet, unless its weights aren't there."""
    try:
        state = at_hand.state(model, chosen.weights)
    except ModelError as error:
        print(error.message)
        return
    painter: FeedForward = methods.of(method).build(model, state, torch.device("cpu"))
    styles = [read(style, chosen.side) for style in chosen.styles] if schema.METHODS[method].styles else [None]
    rows = [series(painter, method, read(content, chosen.side), style) for content in chosen.contents for style in styles]
    target = chosen.output / f"{model}.png"
    headings = ["content", *(["style"] if styles != [None] else []), *(f"{strength:g}" for strength in STRENGTHS)]
    journal.sheet(rows, target, headings)
    print(target)


def series(painter: FeedForward, method: str, content: Tensor, style: Tensor | None) -> list[Tensor]:
    """The content, the style, and the paintings, each (3, *CELL) from the middle."""
    parameters = dict(schema.METHODS[method].defaults)
    prepared = painter.prepare([] if style is None else [Style(style)], silent)
    row = [content] if style is None else [content, style]
    for strength in STRENGTHS:
        parameters["strength"] = strength
        row.append(painter.finished(content, painter.render(content, prepared, parameters, silent), parameters))
    return [middle(picture[0]) for picture in row]


def middle(picture: Tensor) -> Tensor:
    """As much as a cell shows, at full size; the rest of a smaller picture is white."""
    top, left = (max(size - cell, 0) // 2 for size, cell in zip(picture.shape[1:], CELL))
    cut = picture[:, top : top + CELL[0], left : left + CELL[1]]
    missing = (0, CELL[1] - cut.shape[2], 0, CELL[0] - cut.shape[1])
    return torch.nn.functional.pad(cut, missing, value=1.0)


if __name__ == "__main__":
    sys.exit(main())
