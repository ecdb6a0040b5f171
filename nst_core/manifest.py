"""What can be fetched: `models_manifest.json` as frozen dataclasses; standard library only, no file but that one is read here.

The manifest is trusted as much as the code that it ships with; it is checked all the same, so that a slip of the pen can't
write outside the store, fetch over plain http or load a file that nothing pins. `models_manifest.schema.json` beside it says
the same to editors.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from typing import Any, Literal, Union

from .errors import ModelError

FILE_NAME = "models_manifest.json"
VERSION = 1
PACK = "pack:"
"""What the id of a painting begins with, so that it is never taken for a model or a file."""

Commercial = Literal["yes", "no", "unclear"]

# No separators, no leading dot, no colon: these become names inside the store on every system.
_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*(?<!\.)")
_DEVICES = re.compile(r"(con|prn|aux|nul|com[0-9]|lpt[0-9])(\..*)?", re.IGNORECASE)  # no files on Windows, whatever they end in
_STATEMENTS = {"size", "sha256", "git_blob_sha1"}


@dataclass(frozen=True)
class Licence:
    """`commercial` says whether commercial use is allowed; "unclear" where nobody states it."""

    name: str
    url: str
    commercial: Commercial

    @property
    def terms(self) -> str:
        """What a user is told before anything is downloaded."""
        return f"licence {self.name}, commercial use: {self.commercial}"


@dataclass(frozen=True)
class Source:
    """One published file: where it is and what pins it.

    `name` is its name in the store and in a mirror. At least one of `sha256` and `git_blob_sha1` (the SHA-1 of
    b"blob <size>\\0" and the bytes, as git names them) is given; `size` in bytes is None where nobody states it, and
    `size_about` then says what to expect. `stated` names those of the three that were never seen on the bytes themselves.
    `converter` reads it (see `converters`); of its keys those that begin with `keep` are kept, and `prefix` goes before them.
    """

    name: str
    url: str
    converter: str = ""
    prefix: str = ""
    mirrors: tuple[str, ...] = ()
    size: int | None = None
    sha256: str | None = None
    git_blob_sha1: str | None = None
    size_about: int | None = None
    stated: tuple[str, ...] = ()
    keep: str = ""

    @property
    def bytes(self) -> int:
        """How many bytes to expect: exactly, nearly, or 0 where nobody knows."""
        return self.size or self.size_about or 0


@dataclass(frozen=True)
class Memory:
    """Bytes in float32: `weights` once they are loaded, `megapixel` beyond them while a million pixels are painted.

    `measured` is False for what was calculated or measured on another implementation.
    """

    weights: int
    megapixel: int
    measured: bool = True


@dataclass(frozen=True)
class Model:
    """One model; `input_range` in the network's own units, `size_multiple` and `minimum_side` in pixels.

    It is made of `files`; or `sha256` pins the weights themselves: `bundled` names the file that ships with the code in
    `networks`, and without it they are the user's own, see `user_models`.
    `uses` are models whose weights it has in common with others, each with the prefix that their keys get in it.
    """

    id: str
    method: str
    title: str
    description: str
    files: tuple[Source, ...]
    licence: Licence
    attribution: str
    input_range: tuple[float, float]
    size_multiple: int
    minimum_side: int
    bundled: str = ""
    sha256: str | None = None
    uses: Mapping[str, str] = field(default_factory=dict)
    memory: Memory = Memory(0, 0, False)

    @property
    def own(self) -> bool:
        """Whether it is the user's."""
        return not (self.files or self.bundled)

    @property
    def size(self) -> int:
        """Bytes to download for its own files, as far as they are known; 0 for what ships with the program or is the user's."""
        return sum(source.bytes for source in self.files)


@dataclass(frozen=True)
class Painting:
    """One picture of a style pack; `id` is what `--style` takes, `page` says where the file comes from."""

    id: str
    pack: str
    title: str
    artist: str
    year: str
    page: str
    licence: Licence
    file: Source

    @property
    def credit(self) -> str:
        """How it is attributed wherever it is used."""
        return f"{self.title}, {self.artist}, {self.year}; {self.licence.name}; from {self.page}"


Item = Union[Model, Painting]


@dataclass(frozen=True)
class Manifest:
    """Every model and every painting of the style packs by its id, in the manifest's order."""

    models: Mapping[str, Model]
    paintings: Mapping[str, Painting] = field(default_factory=dict)

    @property
    def items(self) -> tuple[Item, ...]:
        """All models, then all paintings."""
        return (*self.models.values(), *self.paintings.values())

    def model(self, model_id: str) -> Model:
        """The model called `model_id`; ModelError names the ones that exist."""
        try:
            return self.models[model_id]
        except KeyError:
            raise ModelError(f"model {model_id!r} is unknown: choose one of {', '.join(self.models)}") from None

    def painting(self, painting_id: str) -> Painting:
        """The painting called `painting_id` ("pack:" and its name); ModelError names the ones that exist."""
        try:
            return self.paintings[painting_id]
        except KeyError:
            known = ", ".join(self.paintings) or "no other: there are no packs"
            raise ModelError(f"style {painting_id!r} is unknown: choose one of {known}") from None

    def item(self, item_id: str) -> Item:
        """The model or painting of that id; ModelError."""
        return self.painting(item_id) if item_id.startswith(PACK) else self.model(item_id)


def find() -> Path:
    """The manifest beside this package (a checkout, a host's bundle), else inside it (an installed wheel)."""
    package = Path(__file__).resolve().parent
    beside = package.parent / FILE_NAME
    return beside if beside.is_file() else package / FILE_NAME


def load(path: Path | None = None) -> Manifest:
    """The manifest at `path`, or the one that ships with this package; ModelError when it is missing or malformed."""
    path = path or find()
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
        return parse(document)
    except OSError as error:
        raise ModelError(f"{path} cannot be read ({error.strerror}): install the program again") from error
    except (ValueError, TypeError, KeyError, AttributeError) as error:
        raise ModelError(f"{path} is malformed ({error}): install the program again") from error


def parse(document: Mapping[str, Any]) -> Manifest:
    """The manifest that the JSON `document` describes; ValueError, TypeError or KeyError when it isn't one."""
    if document.get("version") != VERSION:
        raise ValueError(f"version is {document.get('version')!r}, not {VERSION}")
    models = {model_id: _model(model_id, entry) for model_id, entry in document["models"].items()}
    for model in models.values():
        for used in model.uses:
            if used == model.id or used not in models or models[used].uses or models[used].bundled:
                raise ValueError(f"model {model.id} uses {used!r}, which is no model with files of its own alone")
    paintings: dict[str, Painting] = {}
    for pack_id, pack in document.get("packs", {}).items():
        for name, entry in pack["paintings"].items():
            painting = _painting(pack_id, name, entry)
            if painting.id in paintings:
                raise ValueError(f"two paintings are called {painting.id}")
            paintings[painting.id] = painting
    return Manifest(models, paintings)


def _model(model_id: str, entry: Mapping[str, Any]) -> Model:
    where = f"model {model_id}"
    demand_id(where, model_id)
    low, high = entry["input_range"]
    given = {
        **entry,
        "id": model_id,
        "files": tuple(_source(where, source) for source in entry.get("files", ())),
        "licence": _licence(where, entry["licence"]),
        "input_range": (float(low), float(high)),
        "memory": _build(Memory, where, entry["memory"]),
    }
    model: Model = _build(Model, where, given)
    names = [source.name.lower() for source in model.files]
    if bool(names) == bool(model.bundled) or len(set(names)) != len(names):
        raise ValueError(f"{where} has no files, two of the same name, or files beside a bundled one")
    if {f"{model_id}.safetensors", f"{model_id}.json"} & set(names):
        raise ValueError(f"{where}: a file is called like what is made of it")
    if model.bundled and not (_is_plain(model.bundled) and model.sha256 and _is_digest(model.sha256, 64)):
        raise ValueError(f"{where}: bundled is not a plain file name with a sha256")
    if not all(source.converter for source in model.files):
        raise ValueError(f"{where}: a file has no converter")
    return model


def _painting(pack_id: str, name: str, entry: Mapping[str, Any]) -> Painting:
    where = f"{PACK}{name}"
    demand_id(where, name)
    demand_id(where, pack_id)
    given = {
        **entry,
        "id": where,
        "pack": pack_id,
        "licence": _licence(where, entry["licence"]),
        "file": _source(where, entry["file"]),
    }
    painting: Painting = _build(Painting, where, given)
    return painting


def _source(owner: str, entry: Mapping[str, Any]) -> Source:
    lists = {name: tuple(entry.get(name, ())) for name in ("mirrors", "stated")}
    source: Source = _build(Source, owner, {**entry, **lists})
    where = f"{owner}, file {source.name!r}"
    if not _is_plain(source.name) or source.name.endswith(".part"):
        raise ValueError(f"{where}: the name is not a plain file name")
    if not all(url.startswith("https://") for url in (source.url, *source.mirrors)):
        raise ValueError(f"{where}: every address must begin with https://")
    if not (source.sha256 or source.git_blob_sha1):
        raise ValueError(f"{where}: nothing pins it, neither sha256 nor git_blob_sha1")
    if not (_is_digest(source.sha256, 64) and _is_digest(source.git_blob_sha1, 40)):
        raise ValueError(f"{where}: a hash is not lower-case hexadecimal of its length")
    for size in (source.size, source.size_about):
        if size is not None and not (isinstance(size, int) and size > 0):
            raise ValueError(f"{where}: the size is not a positive number of bytes")
    if not set(source.stated) <= {name for name in _STATEMENTS if getattr(source, name) is not None}:
        raise ValueError(f"{where}: stated is {source.stated}, not among what it gives of {', '.join(sorted(_STATEMENTS))}")
    return source


def _licence(where: str, entry: Mapping[str, Any]) -> Licence:
    licence: Licence = _build(Licence, where, entry)
    if licence.commercial not in ("yes", "no", "unclear"):
        raise ValueError(f"{where}: commercial is {licence.commercial!r}, not one of yes, no, unclear")
    return licence


def demand_id(where: str, text: str) -> None:
    """ValueError, beginning with `where`, when `text` can't be an id."""
    if not _ID.fullmatch(text) or _DEVICES.fullmatch(text):
        raise ValueError(f"{where}: the id {text!r} is not made of a-z, 0-9, _ and -")


def _is_plain(name: str) -> bool:
    return _PLAIN_NAME.fullmatch(name) is not None and not _DEVICES.fullmatch(name)


def _is_digest(digest: str | None, length: int) -> bool:
    return digest is None or re.fullmatch(f"[0-9a-f]{{{length}}}", digest) is not None


def _build(kind: Any, where: str, given: Mapping[str, Any]) -> Any:
    """A dataclass from a JSON object; an unknown name is a misspelt one, so it is an error."""
    known = {item.name for item in fields(kind)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"{where}: {', '.join(unknown)} is not among {', '.join(sorted(known))}")
    return kind(**given)
