"""Sample pictures: two photo-like scenes and six style pictures, for the demo, the gallery and the tests.

All of them are ours: the script `nst_core.samples.make` computes every pixel from seeded noise and a few formulas, without any
photograph, painting or texture of somebody else. They are under the project's licence, Apache-2.0, like its source code.

Importing this package pulls in nothing outside the standard library; numpy is needed only to make the pictures anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from ..errors import UsageError


@dataclass(frozen=True)
class Sample:
    """One picture that ships: `kind` is "scene" (something to stylize) or "style" (something to take a style from)."""

    name: str
    file: str
    title: str
    kind: str

    @property
    def path(self) -> Path:
        """Where the JPEG lies."""
        return Path(__file__).resolve().parent / self.file


SAMPLES: tuple[Sample, ...] = (
    Sample("lake", "scene-lake.jpg", "Mountain lake in the last light", "scene"),
    Sample("still-life", "scene-still-life.jpg", "Fruit and a glazed jug by a window", "scene"),
    Sample("swirled-oil", "style-swirled-oil.jpg", "Swirled oil: sunrise over the wheat", "style"),
    Sample("woodcut", "style-woodcut.jpg", "Woodcut: red sun and a sail", "style"),
    Sample("mosaic", "style-mosaic.jpg", "Mosaic: two fish", "style"),
    Sample("watercolour", "style-watercolour.jpg", "Watercolour: poppies and cornflowers", "style"),
    Sample("pointillism", "style-pointillism.jpg", "Pointillism: an evening on the river bank", "style"),
    Sample("hatching", "style-hatching.jpg", "Pen and ink: castle, bridge and tree", "style"),
)

FIRST_STYLE = "swirled-oil"
"""What a first look is taken with."""


def named(name: str) -> Sample:
    """The sample of this name; `UsageError` when there is none."""
    for sample in SAMPLES:
        if sample.name == name:
            return sample
    raise UsageError(f"unknown sample {name!r}: take one of {', '.join(sample.name for sample in SAMPLES)}")


def path(name: str) -> Path:
    """Where the sample of this name lies; `UsageError` when there is none."""
    return named(name).path
