"""The losses of a run as a table (CSV) and as a plot, and its snapshots; drawn with Pillow alone."""

from __future__ import annotations

import csv
import math
from collections.abc import Sequence
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw
from torch import Tensor

from ..errors import OutputError

COLOURS = ("#222222", "#1f4e9c", "#c8452e", "#2f8f4e", "#8a4fb0", "#c08a1e", "#3aa3a8", "#7a5a48", "#d0679d", "#9aa83a")
WIDTH, HEIGHT, MARGIN = 1000, 560, 64


class Trace:
    """Rows of one run: the iteration, the picture's long side, every term and their sum."""

    def __init__(self) -> None:
        self.rows: list[dict[str, float]] = []

    def add(self, iteration: int, side: int, values: dict[str, float]) -> None:
        self.rows.append({"iteration": iteration, "side": side, "total": sum(values.values()), **values})

    @property
    def columns(self) -> list[str]:
        """All that rows have; a second pass has terms of its own."""
        return list(dict.fromkeys(["iteration", "side", "total", *(name for row in self.rows for name in row)]))

    def save(self, path: Path) -> list[Path]:
        """Write the table as .csv beside the plot as .png, whichever of the two `path` names; OutputError when it can't be."""
        table, picture = path.with_suffix(".csv"), path.with_suffix(".png")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            with table.open("w", newline="", encoding="utf-8") as file:
                writer = csv.DictWriter(file, self.columns)
                writer.writeheader()
                writer.writerows(self.rows)
            plot(self.rows, self.columns[2:]).save(picture)
        except OSError as error:
            raise OutputError(f"the losses can't be written to {path}: {error.strerror or error}") from error
        return [table, picture]


def plot(rows: Sequence[dict[str, float]], columns: Sequence[str]) -> Image.Image:
    """Curves of these columns over the rows, logarithmic upwards; grey lines part the scales."""
    image = Image.new("RGB", (WIDTH, HEIGHT), "white")
    draw = ImageDraw.Draw(image)
    curves = {
        name: [(index, math.log10(row[name])) for index, row in enumerate(rows) if row.get(name, 0) > 0] for name in columns
    }
    heights = [height for curve in curves.values() for _, height in curve] or [0.0]
    low, high = math.floor(min(heights)), max(math.ceil(max(heights)), math.floor(min(heights)) + 1)

    def place(index: float, height: float) -> tuple[float, float]:
        across = MARGIN + (WIDTH - 2 * MARGIN) * index / max(len(rows) - 1, 1)
        return across, MARGIN + (HEIGHT - 2 * MARGIN) * (high - height) / (high - low)

    for power in range(low, high + 1):
        line = [place(0, power), place(len(rows) - 1, power)]
        draw.line(line, fill="#dddddd")
        draw.text((8, line[0][1] - 6), f"1e{power}", fill="#555555")
    for index in range(len(rows)):
        if index and rows[index]["side"] != rows[index - 1]["side"]:
            draw.line([place(index, low), place(index, high)], fill="#bbbbbb")
            draw.text((place(index, low)[0] + 3, MARGIN - 14), f"{rows[index]['side']:.0f} px", fill="#555555")
    for tenth in range(11):
        at = (len(rows) - 1) * tenth / 10
        draw.text((place(at, low)[0] - 8, HEIGHT - MARGIN + 8), f"{at + 1:.0f}", fill="#555555")
    for number, (name, curve) in enumerate(curves.items()):
        colour = COLOURS[number % len(COLOURS)]
        if len(curve) > 1:
            draw.line([place(*point) for point in curve], fill=colour, width=2)
        draw.text((MARGIN + number % 5 * 170, 10 + number // 5 * 16), name, fill=colour)
    return image


def save_snapshot(folder: Path, iteration: int, picture: Tensor) -> None:
    """Write a picture (1, 3, H, W) in [0, 1] into the folder under the number of its iteration."""
    planes = picture[0].clamp(0, 1).mul(255).round().permute(1, 2, 0).cpu().numpy().astype(np.uint8)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        Image.fromarray(planes).save(folder / f"{iteration:05d}.png")
    except OSError as error:
        raise OutputError(f"snapshots can't be written to {folder}: {error.strerror or error}") from error
