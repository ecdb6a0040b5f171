"""Pairs of pictures and the grades that a person gave them, looking at them side by side, before any was computed."""

from __future__ import annotations

import functools
import io
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from PIL import Image

from nst_core import samples
from tests.conftest import SHARED
from tests.hand import HANDS, PAINTED

SIDE = 512

OURS = Path(samples.__file__).parent
OF_OTHERS = SHARED / "pictures" / "samples"

FILES = {
    "lake": OURS / "scene-lake.jpg",
    "still life": OURS / "scene-still-life.jpg",
    "oil": OURS / "style-swirled-oil.jpg",
    "dots": OURS / "style-pointillism.jpg",
    "mosaic": OURS / "style-mosaic.jpg",
    "hatching": OURS / "style-hatching.jpg",
    "watercolour": OURS / "style-watercolour.jpg",
    "woodcut": OURS / "style-woodcut.jpg",
    **{name: PAINTED / f"{name.replace(' ', '-')}.jpg" for name in HANDS},
    "van Gogh's night": OF_OTHERS / "style_vangogh_starry_night_1889.jpg",
    "van Gogh's wheat": OF_OTHERS / "style_vangogh_wheat_field_1889.jpg",
    "Hokusai": OF_OTHERS / "style_hokusai_great_wave_928px.jpg",
    "Kunisada": OF_OTHERS / "style_ukiyoe_prince_genji_tea_house.jpg",
    "Bruegel": OF_OTHERS / "style_bruegel_harvesters_1565.jpg",
    "Turner": OF_OTHERS / "style_turner_venice_1835.jpg",
    "another lake": OF_OTHERS / "content_landscape_lake_sherburne.jpg",
}


@functools.cache
def picture(name: str) -> np.ndarray:
    """(H, W, 3) uint8: a file's name in `FILES`, or what is done to one after a colon."""
    base, _, change = name.partition(": ")
    if not change:
        return _read(FILES[base])
    return CHANGES[change](picture(base))


@dataclass(frozen=True)
class Pair:
    """A painting, what it is compared with, and the eye's grades, 0 to 10; None where the eye wasn't asked."""

    painting: str
    reference: str
    style: float
    content: float | None = None


def _read(path: Path) -> np.ndarray:
    with Image.open(path) as image:
        scale = SIDE / max(image.size)
        size = round(image.width * scale), round(image.height * scale)
        return np.asarray(image.convert("RGB").resize(size, Image.Resampling.LANCZOS))


def _bytes(values: np.ndarray) -> np.ndarray:
    return np.rint(np.clip(values, 0, 1) * 255).astype(np.uint8)


def _with_half_of_another(values: np.ndarray) -> np.ndarray:
    other = picture("still life")[: len(values)]
    joined = values.copy()
    middle = values.shape[1] // 2
    joined[: len(other), :middle] = other[:, :middle]
    return joined


def _jpeg(values: np.ndarray) -> np.ndarray:
    file = io.BytesIO()
    Image.fromarray(values).save(file, "JPEG", quality=60)
    return np.asarray(Image.open(file))


CHANGES = {
    "as JPEG": _jpeg,
    "with grain": lambda v: _bytes(v / 255 + np.random.default_rng(3).normal(0, 0.02, (*v.shape[:2], 1))),
    "2 pixels aside": lambda v: np.roll(v, 2, 1),
    "grey": lambda v: np.repeat(np.asarray(Image.fromarray(v).convert("L"))[..., None], 3, -1),
    "mirrored": lambda v: v[:, ::-1],
    "left": lambda v: v[:, : v.shape[1] // 2],
    "right": lambda v: v[:, v.shape[1] // 2 :],
    "top": lambda v: v[: len(v) // 2],
    "bottom": lambda v: v[len(v) // 2 :],
    "half of it another picture": _with_half_of_another,
}

OURS_GRADED = (
    Pair("lake after oil", "lake after oil", 10, 10),
    Pair("lake after oil: as JPEG", "lake after oil", 9.5, 9.8),
    Pair("lake after oil: 2 pixels aside", "lake after oil", 9.8, 9),
    Pair("lake after oil: with grain", "lake after oil", 9, 9.5),
    Pair("lake after oil by hand", "lake after oil", 8, 8),
    Pair("lake after oil by a rough hand", "lake after oil", 4.5, 2.5),
    Pair("lake by hand", "lake after oil", 3.5, 7),
    Pair("lake", "lake after oil", 1.5, 7),
    Pair("still life after oil by hand", "still life after oil", 8, 8),
    Pair("still life", "still life after oil", 2, 7.5),
    Pair("still life after oil", "lake after oil", 7.5, 0.5),
    Pair("lake: half of it another picture", "lake", 7, 5),
    Pair("lake: grey", "lake", 5, 10),
    Pair("lake: mirrored", "lake", 9.5, 1.5),
    Pair("lake after oil", "oil", 6.5),
    Pair("still life after oil by hand", "oil", 6),
    Pair("lake after oil by a rough hand", "oil", 4.5),
    Pair("lake by hand", "oil", 3),
    Pair("lake", "oil", 1.5, 0.5),
    Pair("oil: left", "oil: right", 8),
    Pair("dots: left", "dots: right", 8),
    Pair("mosaic: left", "mosaic: right", 8.5),
    Pair("hatching: left", "hatching: right", 8),
    Pair("woodcut: top", "woodcut: bottom", 7.5),
    Pair("watercolour: top", "watercolour: bottom", 7),
    Pair("oil", "dots", 3.5, 1),
    Pair("hatching", "woodcut", 3, 0.5),
    Pair("hatching", "watercolour", 1, 0.5),
    Pair("mosaic", "hatching", 0.5, 0.5),
    Pair("lake", "hatching", 0.5, 0.5),
    Pair("watercolour", "mosaic", 1, 0.5),
)

OTHERS_GRADED = (
    Pair("van Gogh's night: left", "van Gogh's night: right", 8),
    Pair("van Gogh's night", "van Gogh's wheat", 5.5, 1),
    Pair("van Gogh's night", "oil", 5, 2),
    Pair("Hokusai", "Kunisada", 4, 0.5),
    Pair("Turner", "Bruegel", 3.5, 0.5),
    Pair("Hokusai", "Bruegel", 2, 0.5),
    Pair("Hokusai", "watercolour", 2, 0.5),
    Pair("van Gogh's night", "Kunisada", 1, 0.5),
    Pair("another lake", "lake", 6.5, 2.5),
)
