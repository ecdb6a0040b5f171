"""What a run tells: a table of its losses, a plot of them, sheets of pictures; drawn with Pillow alone."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import torch
from PIL import Image, ImageDraw
from torch import Tensor

from .pictures import to_image

COLOURS = ("#1f4e9c", "#c8452e", "#2f8f4e", "#8a4fb0", "#c08a1e", "#3aa3a8", "#7a5a48", "#d0679d", "#555555", "#9aa83a")
WIDTH, HEIGHT, MARGIN = 1000, 560, 60


class Table:
    """A CSV file that grows by rows with a step in the first column; rows of steps that are run again are dropped first."""

    def __init__(self, path: Path, columns: Sequence[str], step: int) -> None:
        self.path, self.columns = path, ("step", *columns)
        kept = [row for row in rows(path) if float(row["step"]) <= step] if path.exists() else []
        with path.open("w", newline="", encoding="utf-8") as file:
            writer = csv.DictWriter(file, self.columns, restval="", extrasaction="ignore")
            writer.writeheader()
            writer.writerows(kept)

    def add(self, step: int, values: dict[str, float]) -> None:
        """One row; values that are missing stay empty."""
        with self.path.open("a", newline="", encoding="utf-8") as file:
            cells = {name: f"{value:.6g}" for name, value in values.items()}
            csv.DictWriter(file, self.columns, restval="").writerow({"step": str(step), **cells})


def rows(path: Path) -> list[dict[str, str]]:
    with path.open(newline="", encoding="utf-8") as file:
        return list(csv.DictReader(file))


def plot(table: Path, picture: Path, columns: Sequence[str], title: str) -> None:
    """Curves of these columns over the steps, logarithmic upwards, smoothed over a fiftieth of the run."""
    curves = {name: series(rows(table), name) for name in columns}
    curves = {name: curve for name, curve in curves.items() if len(curve) > 1}
    if not curves:
        return
    steps = max(curve[-1][0] for curve in curves.values())
    heights = [math.log10(value) for curve in curves.values() for _, value in curve]
    low, high = math.floor(min(heights) * 4) / 4, math.ceil(max(heights) * 4) / 4
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)

    def place(step: float, height: float) -> tuple[float, float]:
        across = MARGIN + (WIDTH - 2 * MARGIN) * step / steps
        return across, MARGIN + (HEIGHT - 2 * MARGIN) * (high - height) / max(high - low, 0.25)

    for quarter in range(round(low * 4), round(high * 4) + 1):
        line = [place(0, quarter / 4), place(steps, quarter / 4)]
        draw.line(line, fill="#dddddd")
        draw.text((6, line[0][1] - 6), f"{10 ** (quarter / 4):.3g}", fill="#555555")
    for tenth in range(11):
        across, down = place(steps * tenth / 10, low)
        draw.text((across - 12, down + 8), f"{steps * tenth / 10:.0f}", fill="#555555")
    draw.text((MARGIN, 10), title, fill="black")
    for index, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[index % len(COLOURS)]
        draw.line([place(step, math.log10(value)) for step, value in curve], fill=colour, width=2)
        draw.text((MARGIN + index % 6 * 150, 26 + index // 6 * 14), name, fill=colour)
    image.save(picture)


def series(table: list[dict[str, str]], column: str) -> list[tuple[float, float]]:
    """(step, value) of a column where it is positive, as a running mean."""
    points = [(float(row["step"]), float(row[column])) for row in table if row.get(column) and float(row[column]) > 0]
    window = max(1, len(points) // 50)
    smooth = []
    for index in range(len(points)):
        part = points[max(0, index + 1 - window) : index + 1]
        smooth.append((points[index][0], sum(value for _, value in part) / len(part)))
    return smooth


def sheet(pictures: Sequence[Sequence[Tensor | None]], path: Path, labels: Sequence[str] = ()) -> None:
    """Rows of pictures (3, H, W) in [0, 1], all of one size, as one picture file; None leaves a place white."""
    side = next(picture for row in pictures for picture in row if picture is not None).shape[1:]
    height, width = side[0] + 4, side[1] + 4
    top = 16 if labels else 0
    image = Image.new("RGB", (width * max(len(row) for row in pictures), top + height * len(pictures)), "white")
    draw = ImageDraw.Draw(image)
    for column, label in enumerate(labels):
        draw.text((column * width + 4, 2), label, fill="black")
    for down, row in enumerate(pictures):
        for across, picture in enumerate(row):
            if picture is not None:
                image.paste(to_image(picture), (across * width, top + down * height))
    image.save(path)


def gradient(side: int) -> Tensor:
    """A clean sky (3, side, side), light blue below and blue above: where weaves and stains show first."""
    way = torch.linspace(0, 1, side)[None, :, None]
    above, below = torch.tensor([0.25, 0.45, 0.8]), torch.tensor([0.75, 0.85, 0.95])
    return (above[:, None, None] * (1 - way) + below[:, None, None] * way).expand(3, side, side)
