"""Make the sample pictures anew: `python -m nst_core.samples.make [--only NAME] [--out DIR]`.

Needs numpy and Pillow alone. Every picture is seeded, so the same script makes the same pictures.
"""

from __future__ import annotations

import argparse
import importlib
import time
from pathlib import Path

from . import SAMPLES, Sample, named
from .noise import Array

LONG_SIDE = 1024

# JPEG quality, and whether colour keeps its full resolution: where single strokes differ in hue, halving it would smear them.
_QUALITY = {
    "lake": (85, False),
    "still-life": (90, False),
    "swirled-oil": (78, True),
    "woodcut": (68, True),
    "mosaic": (77, True),
    "watercolour": (82, True),
    "pointillism": (72, True),
    "hatching": (68, False),
}


def render(sample: Sample, size: int = LONG_SIDE) -> Array:
    """The picture, uint8 (H, W, 3), with `size` pixels on its long side; the composition is the same at every size."""
    picture: Array = importlib.import_module(f".{sample.name.replace('-', '_')}", __package__).render(size)
    return picture


def save(sample: Sample, picture: Array, folder: Path) -> Path:
    """Write the picture as the sample's JPEG into `folder`."""
    from PIL import Image

    quality, full_colour = _QUALITY[sample.name]
    target = folder / sample.file
    Image.fromarray(picture).save(target, quality=quality, subsampling=0 if full_colour else 2, optimize=True, progressive=True)
    return target


def main(arguments: list[str] | None = None) -> None:
    """Render what was asked for and say how long it took."""
    parser = argparse.ArgumentParser(prog="python -m nst_core.samples.make", description="Make the sample pictures anew.")
    parser.add_argument("--only", metavar="NAME", action="append", help="make this one (may be given several times)")
    parser.add_argument(
        "--out", metavar="DIR", type=Path, default=Path(__file__).resolve().parent, help="folder for the pictures"
    )
    options = parser.parse_args(arguments)
    options.out.mkdir(parents=True, exist_ok=True)
    for sample in [named(name) for name in options.only] if options.only else SAMPLES:
        start = time.monotonic()
        target = save(sample, render(sample), options.out)
        print(f"{target}: {target.stat().st_size / 1000:.0f} kB in {time.monotonic() - start:.0f} s")


if __name__ == "__main__":
    main()
