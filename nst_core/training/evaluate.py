"""How good a model is on pictures that it never saw, beside the models that others publish: losses, speed, sheets."""

from __future__ import annotations

import json
import statistics
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import torch
from safetensors.torch import load_file
from torch import Tensor

from .. import errors
from ..losses import relative_content, relative_gram
from ..methods import arbitrary
from ..methods.painter import Style
from ..networks import embedded
from ..networks.sheets import Space
from ..networks.vgg import Vgg
from ..progress import silent
from ..weights import Store
from . import journal, pictures

STYLE_LAYERS = ("conv1_1", "conv2_1", "conv3_1")
CONTENT_LAYER = "conv3_3"
TEACHERS = ("microast", "magenta-mobile")

Painter = Callable[[Tensor, Tensor], Tensor]
"""A content and a style, each (1, 3, H, W) in [0, 1], to the stylized content."""


@dataclass(frozen=True)
class Held:
    """Held-out pictures (3, side, side) in [0, 1], and which content goes with which style, by their places."""

    contents: list[Tensor]
    styles: list[Tensor]
    pairs: list[tuple[int, int]]


def held(contents: Path, styles: Path, side: int, pairs: int, device: torch.device | None = None) -> Held:
    """The middles of the held-out pictures of two folders, paired so that every picture comes about equally often.

    Raises UsageError when there are none.
    """
    files = [pictures.split(folder).held_out for folder in (contents, styles)]
    for folder, found in zip((contents, styles), files):
        if not found:
            raise errors.UsageError(f"none of the pictures in {folder} is held out for evaluation: give more than 60 of them")
    cut = [[pictures.to_tensor(pictures.centre(pictures.read(path), side)).to(device).float() / 255 for path in f] for f in files]
    step = next(step for step in range(7, 1000) if len(cut[1]) % step or len(cut[1]) == 1)  # neighbours are often alike
    return Held(cut[0], cut[1], [(index % len(cut[0]), index * step % len(cut[1])) for index in range(pairs)])


@torch.no_grad()
def judge_pairs(vgg: Vgg, painter: Painter, chosen: Held) -> list[dict[str, float]]:
    """The losses of every pair: relative Gram at the style layers, relative squared error at the content layer, both at the
    pictures' own size."""
    found = []
    for content, style in ((chosen.contents[i][None], chosen.styles[j][None]) for i, j in chosen.pairs):
        painted = vgg(painter(content, style), {*STYLE_LAYERS, CONTENT_LAYER})
        wanted = vgg(style, STYLE_LAYERS)
        losses = {layer: float(relative_gram(painted[layer], wanted[layer])) for layer in STYLE_LAYERS}
        losses[CONTENT_LAYER] = float(relative_content(painted[CONTENT_LAYER], vgg(content, [CONTENT_LAYER])[CONTENT_LAYER]))
        found.append(losses)
    return found


def judge(vgg: Vgg, painter: Painter, chosen: Held) -> dict[str, float]:
    """The means of `judge_pairs`."""
    found = judge_pairs(vgg, painter, chosen)
    return {name: statistics.fmean(losses[name] for losses in found) for name in found[0]}


def ours(state: Mapping[str, Tensor]) -> Painter:
    """The embedded network with these weights."""
    network = embedded.build(state)

    @torch.inference_mode()
    def paint(content: Tensor, style: Tensor) -> Tensor:
        return network(content, network.encode(style))

    return paint


def teacher(model: str) -> Painter:
    """A published model as its method runs it; its weights come from the store. Raises ModelError without them."""
    network = arbitrary.build(model, Store().state(model), torch.device("cpu"))

    @torch.inference_mode()
    def paint(content: Tensor, style: Tensor) -> Tensor:
        return network.render(content, network.prepare([Style(style)], {}, silent), {"strength": 1.0}, silent)

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
        result[name]["ratio"] = {key: first[key] / value for key, value in result[name]["mean"].items()}
    return result


@torch.inference_mode()
def speed(state: Mapping[str, Tensor], sides: Sequence[int] = (512, 1024), rounds: int = 5) -> dict[str, dict[str, float]]:
    """Milliseconds to paint a picture of each side with the style known, the best of `rounds`, the models taking turns; bf16 is
    ours in bfloat16."""
    network = embedded.build(state)
    half = embedded.build(state).bfloat16()
    style = torch.rand(1, 3, 256, 256)
    code = network.encode(style)
    runs: dict[str, Callable[[Tensor], Tensor]] = {
        "embedded": lambda content: network(content, code),
        "embedded bf16": lambda content: half(content.bfloat16(), code.bfloat16()),
    }
    for model in TEACHERS:
        runs[model] = with_style_known(model, style)
    found: dict[str, dict[str, float]] = {name: {} for name in runs}
    for side in sides:
        content = torch.rand(1, 3, side, side).contiguous(memory_format=torch.channels_last)
        for _ in range(rounds + 1):
            for name, run in runs.items():
                started = time.perf_counter()
                run(content)
                took = (time.perf_counter() - started) * 1000
                found[name][str(side)] = min(took, found[name].get(str(side), float("inf")))
    return found


def with_style_known(model: str, style: Tensor) -> Callable[[Tensor], Tensor]:
    """What a published model does for every content once the style is prepared."""
    network = arbitrary.build(model, Store().state(model), torch.device("cpu"))
    code = network.prepare([Style(style)], {}, silent)
    return lambda content: network.decode(content, code, Space(content.device))


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


def report(state_file: Path, vgg: Vgg, chosen: Held, rounds: int, output: Path) -> dict[str, object]:
    """Quality and speed of a model file beside the published models, written to `output` as JSON."""
    state = load_file(state_file)
    painters = {"embedded": ours(state), **{model: teacher(model) for model in TEACHERS}}
    found: dict[str, object] = {"pairs": len(chosen.pairs), "quality": table(vgg, painters, chosen)}
    if rounds:
        found["milliseconds"] = speed(state, rounds=rounds)
    output.write_text(json.dumps(found, indent=1), encoding="utf-8")
    return found
