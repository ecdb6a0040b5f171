"""`python -m nst_core.bench.quality`: our own network beside published ones, on pictures that it never saw: losses and sheets.

The published models run as their method runs them; their weights come from the store.
"""

from __future__ import annotations

import argparse
import json
import statistics
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from .. import command
from ..methods import arbitrary
from ..methods.painter import Style
from ..networks import embedded
from ..networks.vgg import Vgg
from ..progress import silent
from ..training import journal, options, pictures
from ..training.evaluate import Held, Painter, held, judge_pairs
from ..weights import Store

PUBLISHED = ("microast", "magenta-mobile")


def main(arguments: Sequence[str] | None = None) -> int:
    return command.run(parser(), arguments)


def parser() -> command.Parser:
    whole = command.Parser("python -m nst_core.bench.quality", description="Judge an embedded model beside published ones.")
    options.add_pictures(whole, "paintings")
    whole.add_argument("--model", type=Path, help="the model file (default: the one that ships)")
    whole.add_argument("-o", "--output", type=Path, required=True, help="a folder for the table (JSON) and the sheets")
    whole.add_argument("--side", type=int, default=256, help="pixels of the pictures that are measured")
    whole.add_argument("--pairs", type=int, default=48)
    whole.add_argument("--sheet-contents", type=Path, nargs="*", default=[], help="pictures for sheets")
    whole.add_argument("--sheet-styles", type=Path, nargs="*", default=[])
    whole.add_argument("--sheet-side", type=int, default=512)
    whole.set_defaults(run=show)
    return whole


def show(chosen: argparse.Namespace) -> None:
    """Print the table, and write it and the sheets that were asked for."""
    if chosen.threads:
        torch.set_num_threads(chosen.threads)
    vgg = options.features(chosen, torch.device("cpu"), torch.float32)
    chosen.output.mkdir(parents=True, exist_ok=True)
    painters = {
        "embedded": ours(load_file(chosen.model or Store().path("embedded"))),
        **{name: published(name) for name in PUBLISHED},
    }
    pairs = held(chosen.content, chosen.style, chosen.side, chosen.pairs)
    found = json.dumps({"pairs": len(pairs.pairs), "quality": table(vgg, painters, pairs)}, indent=1)
    print(found)
    (chosen.output / "quality.json").write_text(found, encoding="utf-8")
    cut = [
        [pictures.to_tensor(pictures.centre(pictures.read(path), chosen.sheet_side)).float() / 255 for path in paths]
        for paths in (chosen.sheet_contents, chosen.sheet_styles)
    ]
    sheets(painters, cut[0], cut[1], chosen.output)


def ours(state: Mapping[str, Tensor]) -> Painter:
    """The embedded network with these weights."""
    network = embedded.build(state)

    @torch.inference_mode()
    def paint(content: Tensor, style: Tensor) -> Tensor:
        return network(content, network.encode(style))

    return paint


def published(model: str) -> Painter:
    """A published model as its method runs it; its weights come from the store. Raises ModelError without them."""
    network = arbitrary.build(model, Store().state(model), torch.device("cpu"))

    @torch.inference_mode()
    def paint(content: Tensor, style: Tensor) -> Tensor:
        return network.render(content, network.prepare([Style(style)], silent), {"strength": 1.0}, silent)

    return paint


def table(vgg: Vgg, painters: Mapping[str, Painter], chosen: Held) -> dict[str, dict[str, dict[str, float]]]:
    """Mean and median losses of every painter, and the ratios of the first painter's means to the others'."""
    result: dict[str, dict[str, dict[str, float]]] = {}
    for name, painter in painters.items():
        found = judge_pairs(vgg, painter, chosen)
        columns = {key: [losses[key] for losses in found] for key in found[0]}
        result[name] = {
            "mean": {key: statistics.fmean(values) for key, values in columns.items()},
            "median": {key: statistics.median(values) for key, values in columns.items()},
        }
    first = next(iter(result.values()))["mean"]
    for name in list(result)[1:]:
        result[name]["ratio"] = {key: first[key] / value for key, value in result[name]["mean"].items() if value}
    return result


def sheets(painters: Mapping[str, Painter], contents: list[Tensor], styles: list[Tensor], folder: Path) -> None:
    """One sheet a content (3, side, side): a row for every style, the style first, then what every painter makes of it."""
    folder.mkdir(parents=True, exist_ok=True)
    for number, content in enumerate(contents):
        table = []
        for style in styles:
            painted = [painter(content[None], style[None])[0] for painter in painters.values()]
            table.append([content, shown_beside(style, content), *painted])
        journal.sheet(table, folder / f"sheet-{number:02d}.png", ["content", "style", *painters])


def shown_beside(style: Tensor, content: Tensor) -> Tensor:
    """The style at the content's size."""
    return torch.nn.functional.interpolate(style[None], content.shape[1:], mode="bilinear", antialias=True)[0]


if __name__ == "__main__":
    sys.exit(main())
