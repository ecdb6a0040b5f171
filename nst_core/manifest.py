"""What models exist: `models_manifest.json` as frozen dataclasses; standard library only, no file but the manifest is read here.

The manifest is trusted as much as the code that it ships with; it is checked all the same, so that a slip of the pen can't
write outside the store, fetch over plain http or load a file that nothing pins.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, Literal

from .errors import ModelError

FILE_NAME = "models_manifest.json"
VERSION = 1

Commercial = Literal["yes", "no", "unclear"]

# No separators, no leading dot, no colon: these become names inside the store on every system.
_MODEL_ID = re.compile(r"[a-z0-9][a-z0-9_-]*")
_PLAIN_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]*")


@dataclass(frozen=True)
class Licence:
    """`commercial` says whether commercial use is allowed; "unclear" where nobody states it."""

    name: str
    url: str
    commercial: Commercial


@dataclass(frozen=True)
class Source:
    """One published file: where it is and what pins it.

    `name` is its name in the store and in a mirror. At least one of `sha256` and `git_blob_sha1` (the SHA-1 of
    b"blob <size>\\0" and the bytes, as git names them) is given; `size` in bytes is None where nobody states it.
    `converter` reads it (see `converters`), `prefix` goes before every key that it holds.
    """

    name: str
    url: str
    converter: str
    prefix: str = ""
    mirrors: tuple[str, ...] = ()
    size: int | None = None
    sha256: str | None = None
    git_blob_sha1: str | None = None


@dataclass(frozen=True)
class Model:
    """One model; `input_range` in the network's own units, `size_multiple` and `minimum_side` in pixels.

    It is made of `files`, or `bundled` names the safetensors file that ships with the code in `networks`, and `sha256` pins it.
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

    @property
    def size(self) -> int:
        """Bytes to download, as far as they are known; 0 for what ships with the program."""
        return sum(source.size or 0 for source in self.files)


@dataclass(frozen=True)
class Manifest:
    """Every model by its id, in the manifest's order."""

    models: Mapping[str, Model]

    def model(self, model_id: str) -> Model:
        """The model called `model_id`; ModelError names the ones that exist."""
        try:
            return self.models[model_id]
        except KeyError:
            raise ModelError(f"model {model_id!r} is unknown: choose one of {', '.join(self.models)}") from None


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
    return Manifest({model_id: _model(model_id, entry) for model_id, entry in document["models"].items()})


def _model(model_id: str, entry: Mapping[str, Any]) -> Model:
    if not _MODEL_ID.fullmatch(model_id):
        raise ValueError(f"model id {model_id!r} is not made of a-z, 0-9, _ and -")
    low, high = entry["input_range"]
    given = {
        **entry,
        "id": model_id,
        "files": tuple(_source(model_id, source) for source in entry.get("files", ())),
        "licence": _licence(model_id, entry["licence"]),
        "input_range": (float(low), float(high)),
    }
    model: Model = _build(Model, model_id, given)
    names = [source.name.lower() for source in model.files]
    if bool(names) == bool(model.bundled) or len(set(names)) != len(names):
        raise ValueError(f"model {model_id} has no files, two of the same name, or files beside a bundled one")
    if model.bundled and not (_PLAIN_NAME.fullmatch(model.bundled) and model.sha256 and _hexadecimal(model.sha256, 64)):
        raise ValueError(f"model {model_id}: bundled is not a plain file name with a sha256")
    return model


def _source(model_id: str, entry: Mapping[str, Any]) -> Source:
    source: Source = _build(Source, model_id, {**entry, "mirrors": tuple(entry.get("mirrors", ()))})
    where = f"model {model_id}, file {source.name!r}"
    if not _PLAIN_NAME.fullmatch(source.name):
        raise ValueError(f"{where}: the name is not a plain file name")
    if not all(url.startswith("https://") for url in (source.url, *source.mirrors)):
        raise ValueError(f"{where}: every address must begin with https://")
    if not (source.sha256 or source.git_blob_sha1):
        raise ValueError(f"{where}: nothing pins it, neither sha256 nor git_blob_sha1")
    if not (_hexadecimal(source.sha256, 64) and _hexadecimal(source.git_blob_sha1, 40)):
        raise ValueError(f"{where}: a hash is not lower-case hexadecimal of its length")
    if source.size is not None and not (isinstance(source.size, int) and source.size > 0):
        raise ValueError(f"{where}: the size is not a positive number of bytes")
    return source


def _licence(model_id: str, entry: Mapping[str, Any]) -> Licence:
    licence: Licence = _build(Licence, model_id, entry)
    if licence.commercial not in ("yes", "no", "unclear"):
        raise ValueError(f"model {model_id}: commercial is {licence.commercial!r}, not one of yes, no, unclear")
    return licence


def _hexadecimal(digest: str | None, length: int) -> bool:
    return digest is None or re.fullmatch(f"[0-9a-f]{{{length}}}", digest) is not None


def _build(kind: Any, model_id: str, given: Mapping[str, Any]) -> Any:
    """A dataclass from a JSON object; an unknown name is a misspelt one, so it is an error."""
    known = {item.name for item in fields(kind)}
    unknown = sorted(set(given) - known)
    if unknown:
        raise ValueError(f"model {model_id}: {', '.join(unknown)} is not among {', '.join(sorted(known))}")
    return kind(**given)
