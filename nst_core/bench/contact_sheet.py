"""`python -m nst_core.bench.contact_sheet`: contents painted after styles by the Gatys engine, side by side, to look at.

Every content meets one style or all of them; each painting is also written alone, as what matters shows at full size only.
A painting that lies in the folder already isn't painted again: what broke off goes on with the same command.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import Tensor

from .. import command, schema
from ..errors import ModelError, UsageError
from ..methods import gatys
from ..methods.painter import Style
from ..training import pictures
from ..training.pictures import to_image

THUMBNAIL = 512


def main(arguments: Sequence[str] | None = None) -> int:
    return command.run(parser(paint), arguments)


def paint(options: argparse.Namespace) -> None:
    """Paint what isn't there yet; the sheet grows with every content."""
    painter, given = opened(options), parameters(options.set)
    painter.log = print
    options.output.mkdir(parents=True, exist_ok=True)
    rows: list[list[Tensor]] = []
    for content, style in pairs(options):
        row = [read(content, options.side), read(style, 2 * options.side)]
        for preset in options.presets:
            file = options.output / f"{content.stem}-{style.stem}-{preset}.png"
            if not file.exists():
                started = time.perf_counter()
                picture = painted(painter, row[0], row[1], preset, given)
                print(f"{file.stem}: {time.perf_counter() - started:.1f} s", flush=True)
                to_image(picture[0]).save(file)
            row.append(read(file, options.side))
        rows.append(row)
        sheet(rows).save(options.output / "sheet.jpg", quality=92)


def opened(options: argparse.Namespace) -> gatys.Gatys:
    """The painter with the weights that were asked for; ModelError where they can't be read or don't fit."""
    try:
        state = load_file(options.weights)
    except (OSError, SafetensorError) as error:
        raise ModelError(f"{options.weights} can't be read as weights ({error}): name a safetensors file") from error
    return gatys.build(options.model, state, torch.device("cpu"))


def parameters(texts: Sequence[str]) -> dict[str, str]:
    """NAME=VALUE by name; UsageError for anything else."""
    for text in texts:
        if "=" not in text:
            raise UsageError(f"--set {text} has no value: write NAME=VALUE")
    return dict(text.split("=", 1) for text in texts)


def pairs(options: argparse.Namespace) -> list[tuple[Path, Path]]:
    """Contents with the styles that they meet."""
    if options.zip:
        return list(zip(options.contents, options.styles))
    return [(content, style) for content in options.contents for style in options.styles]


def parser(
    run: Callable[[argparse.Namespace], None],
    name: str = "contact_sheet",
    told: str | None = __doc__,
    output: str = "a folder",
) -> command.Parser:
    """The options of a bench that `run` does with pairs of pictures; `output` says what its -o is."""
    whole = command.Parser(f"python -m nst_core.bench.{name}", description=told)
    whole.add_argument("--weights", type=Path, required=True, help="safetensors with torchvision's keys")
    whole.add_argument("--model", default="vgg19-normalised", choices=gatys.FAMILIES, help="which network they belong to")
    whole.add_argument("--contents", type=Path, nargs="+", required=True)
    whole.add_argument("--styles", type=Path, nargs="+", required=True)
    whole.add_argument("--zip", action="store_true", help="the first content with the first style and so on, not all with all")
    whole.add_argument("--presets", nargs="+", default=["best"], choices=("best", "draft", "classic"))
    whole.add_argument("--side", type=int, default=512, help="long side in pixels")
    whole.add_argument("--set", action="append", default=[], metavar="NAME=VALUE", help="any parameter of the method")
    whole.add_argument("-o", "--output", type=Path, required=True, help=output)
    whole.set_defaults(run=run)
    return whole


def painted(painter: gatys.Gatys, content: Tensor, style: Tensor, preset: str, given: dict[str, str]) -> Tensor:
    chosen = schema.check("gatys", {"preset": preset, **given})

    def report(fraction: float, stage: str, preview: Tensor | None = None) -> None:
        if preview is not None:
            print(f"  {fraction:4.0%} {stage}", flush=True)

    return painter.render(content, painter.prepare([Style(style)], report), chosen, report)


def read(path: Path, side: int) -> Tensor:
    """(1, 3, H, W) in [0, 1], no side longer than `side`."""
    picture = pictures.read(path)
    picture.thumbnail((side, side), Image.Resampling.LANCZOS)
    return pictures.to_tensor(picture)[None].float() / 255


def sheet(rows: Sequence[Sequence[Tensor]]) -> Image.Image:
    """One row for each content: itself, the style, the paintings."""
    cells = [[to_image(picture[0]) for picture in row] for row in rows]
    for row in cells:
        for cell in row:
            cell.thumbnail((THUMBNAIL, THUMBNAIL))
    heights = [max(cell.height for cell in row) + 6 for row in cells]
    whole = Image.new("RGB", (max(len(row) for row in cells) * (THUMBNAIL + 6), sum(heights)), "white")
    down = 0
    for row, height in zip(cells, heights):
        for column, cell in enumerate(row):
            whole.paste(cell, (column * (THUMBNAIL + 6), down))
        down += height
    return whole


if __name__ == "__main__":
    sys.exit(main())
