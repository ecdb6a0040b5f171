"""`python -m nst_core.bench.gatys_precision`: how far each preset's usual precision leads from float32, as lines of JSON.

`psnr` in dB is of the usual picture against float32's; `loss` in percent is how much more is left in it of what float32 has
minimised, computed in float32.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from typing import Any

from torch import Tensor

from .. import command, schema
from ..methods import gatys
from ..methods.painter import Style
from ..progress import silent
from . import contact_sheet


def main(arguments: Sequence[str] | None = None) -> int:
    return command.run(contact_sheet.parser(measure, "gatys_precision", __doc__, "a file that lines are added to"), arguments)


def measure(options: argparse.Namespace) -> None:
    """Add a line for every pair and preset."""
    painter, given = contact_sheet.opened(options), contact_sheet.parameters(options.set)
    for content, style in contact_sheet.pairs(options):
        pictures = contact_sheet.read(content, options.side), contact_sheet.read(style, 2 * options.side)
        for preset in options.presets:
            row = {"content": content.stem, "style": style.stem, "side": options.side, "preset": preset}
            row |= compared(painter, *pictures, {"preset": preset, **given})
            with options.output.open("a") as file:
                file.write(json.dumps(row) + "\n")


def compared(painter: gatys.Gatys, content: Tensor, style: Tensor, given: dict[str, Any]) -> dict[str, float]:
    """`psnr` and `loss` of a content (1, 3, H, W) painted in the usual precision beside float32."""

    def painted(precision: str) -> tuple[Tensor, gatys.Run, Tensor]:
        parameters = schema.check("gatys", {**given, "precision": precision})
        run, picture = painter.run(content, painter.prepare([Style(style)], silent), parameters, silent)
        return run.paint(picture), run, picture

    full, run, seen = painted("float32")
    low, _, _ = painted("auto")
    error = (full.double() - low.double()).square().mean()
    return {"psnr": float(-10 * error.log10()), "loss": 100 * (run.loss(low, seen) / run.loss(full, seen) - 1)}


if __name__ == "__main__":
    sys.exit(main())
