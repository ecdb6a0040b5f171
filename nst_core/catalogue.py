"""Models and paintings as lists show them: plain values only, ready for JSON and the wire."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from .manifest import Manifest, Model, Painting


@dataclass(frozen=True)
class ModelInfo:
    """A model; `size` is bytes to download with all that it uses, exact if `size_known`; `path` is empty unless it is installed.

    `source` is the address of its first file, empty for what ships with the program.
    `memory_weights` and `memory_megapixel` as in the manifest; `uses` are the ids of the models that it shares weights with;
    `own` says that it is the user's.
    """

    id: str
    method: str
    title: str
    description: str
    size: int
    size_known: bool
    source: str
    licence: str
    licence_url: str
    commercial: str
    attribution: str
    memory_weights: int
    memory_megapixel: int
    uses: list[str]
    own: bool
    installed: bool
    path: str


@dataclass(frozen=True)
class PaintingInfo:
    """A painting of a style pack; `id` is what `--style` takes, `path` is empty unless it is installed."""

    id: str
    pack: str
    title: str
    artist: str
    year: str
    page: str
    credit: str
    size: int
    licence: str
    licence_url: str
    commercial: str
    installed: bool
    path: str


def model_info(model: Model, manifest: Manifest, file: Path | None) -> ModelInfo:
    """`file` is where its weights lie, None when they don't."""
    parts = [model, *map(manifest.model, model.uses)]
    return ModelInfo(
        id=model.id,
        method=model.method,
        title=model.title,
        description=model.description,
        size=sum(one.size for one in parts),
        size_known=all(source.size for one in parts for source in one.files),
        source=model.files[0].url if model.files else "",
        licence=model.licence.name,
        licence_url=model.licence.url,
        commercial=model.licence.commercial,
        attribution=model.attribution,
        memory_weights=model.memory.weights,
        memory_megapixel=model.memory.megapixel,
        uses=list(model.uses),
        own=model.own,
        installed=file is not None,
        path=str(file or ""),
    )


def painting_info(painting: Painting, file: Path | None) -> PaintingInfo:
    """`file` is where it lies, None when it doesn't."""
    return PaintingInfo(
        id=painting.id,
        pack=painting.pack,
        title=painting.title,
        artist=painting.artist,
        year=painting.year,
        page=painting.page,
        credit=painting.credit,
        size=painting.file.bytes,
        licence=painting.licence.name,
        licence_url=painting.licence.url,
        commercial=painting.licence.commercial,
        installed=file is not None,
        path=str(file or ""),
    )
