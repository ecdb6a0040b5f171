"""Models of the user's own: single files as `nst_core train anime` writes them, taken into the store beside the manifest's.

`<root>/<id>/<id>.safetensors` is a copy of the file; `own.json` beside it holds what the file's header says of itself, and pins
the copy. Nothing but the standard library is imported until a file is taken.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from .errors import ModelError
from .manifest import Licence, Manifest, Memory, Model, demand_id

RECORD = "own.json"
VERSION = 1
LONGEST = 200  # characters of a title or licence; both are shown in one line
LONGEST_HEADER = 1 << 20  # bytes


@dataclass(frozen=True)
class Kind:
    """What is known of a model by the network that its header names."""

    method: str
    input_range: tuple[float, float]
    size_multiple: int
    minimum_side: int
    memory: Memory


KINDS = {"animegan2": Kind("anime", (-1.0, 1.0), 4, 16, Memory(8_574_208, 1_660_000_000))}


def joined(manifest: Manifest, root: Path) -> Manifest:
    """The manifest with the user's own models after its own, which they can't replace."""
    own = {model_id: model for model_id, model in found(root).items() if model_id not in manifest.models}
    return Manifest({**manifest.models, **own}, manifest.paintings)


def found(root: Path) -> dict[str, Model]:
    """The user's own models in the store at `root` by their ids, in alphabetical order; none whose record can't be read."""
    models = {}
    for record in sorted(root.glob(f"*/{RECORD}")):
        try:
            told = json.loads(record.read_text(encoding="utf-8"))
            models[record.parent.name] = _model(record.parent.name, told)
        except (OSError, ValueError, TypeError, KeyError):
            continue  # written by another version, or not by us: "models import" writes it anew
    return models


def take(root: Path, model_id: str, file: Path) -> Model:
    """Copy a model's file into the store under this id, over an older one of the user's own.

    ModelError when the id won't do, or the file isn't one that a network of ours can run.
    """
    from . import download
    from .shelf import Shelf

    shelf = Shelf(root / model_id, "model", model_id, ())
    try:
        demand_id(shelf.label, model_id)
    except ValueError as error:
        raise ModelError(f"{error}: choose another id") from error
    told = described(shelf.label, file)
    with shelf.writing(lambda *_: None):
        shelf.folder.mkdir(parents=True, exist_ok=True)
        copy = download.part_of(_weights(root, model_id))
        shutil.copyfile(file, copy)
        try:
            _demand_weights(shelf.label, copy, told["network"])
        except ModelError:
            copy.unlink()
            raise
        pinned = {**told, "size": copy.stat().st_size, "sha256": download.sha256(copy), "from": file.name}
        draft = download.part_of(shelf.folder / RECORD)
        draft.write_text(json.dumps(pinned, indent=1) + "\n", encoding="utf-8")
        copy.replace(_weights(root, model_id))
        draft.replace(shelf.folder / RECORD)
    return _model(model_id, pinned)


def described(label: str, file: Path) -> dict[str, Any]:
    """What the header of a safetensors file tells; ModelError, beginning with `label`, when it isn't of a network of ours."""
    told = _header(file)
    if told is None or told.get("network") not in KINDS:
        wanted = 'a .safetensors file as "nst_core train anime" writes it'
        raise ModelError(f"{label}: {file} is no model of a kind that is known: give {wanted}")
    commercial = told.get("commercial")
    return {
        "version": VERSION,
        "network": told["network"],
        "title": _line(told.get("title", "")) or file.stem,
        "licence": _line(told.get("licence", "")) or "not stated",
        "commercial": commercial if commercial in ("yes", "no") else "unclear",
    }


def _model(model_id: str, told: Mapping[str, Any]) -> Model:
    demand_id("", model_id)
    if told["version"] != VERSION:
        raise ValueError(f"version is {told['version']!r}, not {VERSION}")
    kind = KINDS[told["network"]]
    return Model(
        id=model_id,
        method=kind.method,
        title=str(told["title"]),
        description="A model of your own.",
        files=(),
        licence=Licence(str(told["licence"]), "", told["commercial"]),
        attribution="you",
        input_range=kind.input_range,
        size_multiple=kind.size_multiple,
        minimum_side=kind.minimum_side,
        sha256=str(told["sha256"]),
        memory=kind.memory,
    )


def _weights(root: Path, model_id: str) -> Path:
    return root / model_id / f"{model_id}.safetensors"


def _header(file: Path) -> dict[str, str] | None:
    """The free text in the header of a safetensors file: its length in eight bytes, then JSON; None when it is no such file."""
    try:
        with file.open("rb") as stream:
            length = int.from_bytes(stream.read(8), "little")
            text = stream.read(min(length, LONGEST_HEADER))
        told = json.loads(text).get("__metadata__", {})
        return {str(name): str(value) for name, value in told.items()}
    except OSError as error:
        raise ModelError(f"{file} cannot be read ({error.strerror}): name the file to import") from error
    except (ValueError, AttributeError):
        return None


def _line(text: str) -> str:
    """Free text as one line of printable characters."""
    return "".join(one for one in " ".join(text.split()) if one.isprintable())[:LONGEST]


def _demand_weights(label: str, file: Path, network: str) -> None:
    """ModelError when the network can't run with these weights."""
    from safetensors import SafetensorError
    from safetensors.torch import load_file

    from .networks import animegan

    try:
        state = load_file(file)
        animegan.Generator().load_state_dict(state)
        finite = all(bool(value.isfinite().all()) for value in state.values())
    except (SafetensorError, RuntimeError) as error:
        reason = str(error).splitlines()[-1].strip()
        raise ModelError(f"{label}: the weights don't fit the network {network} ({reason}): train the model again") from error
    if not finite:
        raise ModelError(f"{label}: some weights are not numbers, so it can't paint: train the model again")
