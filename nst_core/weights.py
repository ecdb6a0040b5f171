"""The model store: from the manifest to verified weights on disk and in memory; the only room that downloads.

`<root>/<id>/<id>.safetensors` holds a model's converted weights, `<id>.json` beside it what they were made of. Sources and
their `.part` files lie in the same folder until they are converted. What is there is used without writing anything, so the
root may be read-only. A bundled model lies with the code instead, and is only ever read.
"""

from __future__ import annotations

import errno
import os
import shutil
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from . import converters, download, folders, lock, provenance
from .download import Address, Patience
from .errors import ModelError
from .manifest import Licence, Manifest, Model, Source
from .manifest import load as shipped_manifest
from .progress import Report, part, silent
from .provenance import Condition

if TYPE_CHECKING:
    from torch import Tensor

# Room beyond the sources' and the converted weights' own size that a disk must have: quantised sources grow threefold.
SPARE = 16 << 20
# Where the models lie that ship with the code.
BUNDLED = Path(__file__).resolve().parent / "networks"


@dataclass(frozen=True)
class ModelInfo:
    """A model as lists show it: plain values only; `size` is bytes to download, `path` is empty unless it is installed."""

    id: str
    method: str
    title: str
    description: str
    size: int
    licence: str
    licence_url: str
    commercial: str
    attribution: str
    installed: bool
    path: str


ModelInfos = list[ModelInfo]


class Store:
    """The models of `manifest` in the folder `root`; every error is a ModelError that names the model and what to do.

    `offline` (or NST_OFFLINE) keeps it off the network; NST_MODELS_MIRROR, a folder or base URL laid out
    `<model id>/<file name>`, is searched before the manifest's addresses.
    """

    def __init__(
        self, root: Path | None = None, manifest: Manifest | None = None, offline: bool = False, patience: Patience | None = None
    ) -> None:
        self.root = root or folders.models()
        self.manifest = manifest or shipped_manifest()
        self.offline = offline or os.environ.get("NST_OFFLINE", "").strip().lower() not in ("", "0", "no", "false", "off")
        self.patience = patience or Patience()

    # --- what the engine asks for

    def state(self, model_id: str, report: Report = silent) -> dict[str, Tensor]:
        """The weights of `model_id` on the CPU, by the key names of `networks`; fetched, checked and converted on first use."""
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self.fetch(model_id, report)
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            told = f'model {model_id}: {path} cannot be read ({error}): run "nst_core models verify {model_id}"'
            raise ModelError(told) from error

    def fetch(self, model_id: str, report: Report = silent) -> Path:
        """Where the converted weights lie, checked; downloads and converts what isn't there or is damaged."""
        model = self.manifest.model(model_id)
        if model.bundled:
            return self.path(model_id)
        if self._examine(model)[0] is not Condition.READY:
            with self._writing(model), self._locked(model, report):
                condition, damage = self._examine(model)  # again: another process may have been faster
                if condition is not Condition.READY:
                    self._make(model, report, damage)
        return self._file(model)

    # --- what the command line asks for

    def list(self) -> ModelInfos:
        """Every model of the manifest, at once: nothing is hashed."""
        return [self._info(model) for model in self.manifest.models.values()]

    def path(self, model_id: str) -> Path:
        """Where the converted weights lie; ModelError when they aren't there or are damaged."""
        model = self.manifest.model(model_id)
        condition, damage = self._examine(model)
        if condition is not Condition.READY:
            raise self._unusable(model, condition, damage)
        return self._file(model)

    def licence(self, model_id: str) -> Licence:
        """Under which licence the weights are published."""
        return self.manifest.model(model_id).licence

    def verify(self, model_id: str) -> ModelInfo:
        """Hash all of the weights again; ModelError when they are absent or damaged, and damaged ones are deleted."""
        model = self.manifest.model(model_id)
        condition, damage = self._examine(model, "thorough")
        if condition is Condition.DAMAGED and not model.bundled:
            with self._writing(model), self._locked(model, silent):
                self._discard(model)
            damage += "; it was deleted"
        if condition is not Condition.READY:
            raise self._unusable(model, condition, damage)
        return self._info(model)

    def import_files(self, model_id: str, paths: Sequence[Path | str]) -> Path:
        """Take copies of files (or of those in a folder) got by other means, told by their hashes whatever their names are.

        ModelError when one is none of the model's files, or when some are still missing; the good ones of an incomplete
        import are kept for the next.
        """
        model = self._own(model_id, "there is nothing to import")
        found = _recognised(model, [Path(path) for path in paths])
        with self._writing(model), self._locked(model, silent):
            self._folder(model).mkdir(parents=True, exist_ok=True)
            for source, path in found:
                self._fetch_source(model, source, [path], silent, 0)
            missing = [source for source in model.files if not self._has(model, source)]
            if missing:
                names = ", ".join(f"{source.name} (from {source.url})" for source in missing)
                raise ModelError(
                    f"model {model.id}: still missing {names}; the other files are kept: "
                    f'run "nst_core models import {model.id} FILE..." with the missing ones'
                )
            self._convert(model, silent)
        return self._file(model)

    def remove(self, model_id: str) -> int:
        """Delete everything of a model; how many bytes that frees, 0 when there was nothing."""
        model = self._own(model_id, "it goes when the program is uninstalled")
        folder = self._folder(model)
        if not folder.is_dir():
            return 0
        with self._writing(model), self._locked(model, silent):
            freed = _bytes_in(folder)
            shutil.rmtree(folder)
        return freed

    # --- what lies where, and in which condition

    def _own(self, model_id: str, otherwise: str) -> Model:
        """A model that the store may change; ModelError for one that ships with the program."""
        model = self.manifest.model(model_id)
        if model.bundled:
            raise ModelError(f"model {model.id}: it comes with the program: {otherwise}")
        return model

    def _folder(self, model: Model) -> Path:
        return self.root / model.id

    def _file(self, model: Model) -> Path:
        return BUNDLED / model.bundled if model.bundled else self._folder(model) / f"{model.id}.safetensors"

    def _examine(self, model: Model, depth: provenance.Depth = "quick") -> tuple[Condition, str]:
        if model.bundled:
            return provenance.examine_bundled(self._file(model), model, depth)
        return provenance.examine(self._file(model), model, depth)

    def _has(self, model: Model, source: Source) -> bool:
        target = self._folder(model) / source.name
        return target.is_file() and not download.mismatch(target, source)

    def _discard(self, model: Model) -> None:
        for path in (self._file(model), provenance.record_of(self._file(model))):
            path.unlink(missing_ok=True)

    def _unusable(self, model: Model, condition: Condition, damage: str) -> ModelError:
        told = {
            Condition.ABSENT: "it is not on this machine",
            Condition.STALE: f"{self._file(model).name} is {condition.value}",
            Condition.DAMAGED: f"{self._file(model).name} is damaged: {damage}",
        }[condition]
        cure = "install the program again" if model.bundled else f'run "nst_core models fetch {model.id}"'
        return ModelError(f"model {model.id}: {told}: {cure}")

    def _info(self, model: Model) -> ModelInfo:
        installed = self._examine(model, "look")[0] is Condition.READY
        return ModelInfo(
            id=model.id,
            method=model.method,
            title=model.title,
            description=model.description,
            size=model.size,
            licence=model.licence.name,
            licence_url=model.licence.url,
            commercial=model.licence.commercial,
            attribution=model.attribution,
            installed=installed,
            path=str(self._file(model)) if installed else "",
        )

    # --- making a model: sources, then conversion

    def _make(self, model: Model, report: Report, damage: str) -> None:
        """Fetch and convert; `damage` is what is wrong with the weights that lie there now, if any do."""
        terms = f"licence {model.licence.name}, commercial use: {model.licence.commercial}"
        report(0.0, f"fetching {model.title}: {_megabytes(model.size)} MB, {terms}")
        if damage:
            self._discard(model)
        self._folder(model).mkdir(parents=True, exist_ok=True)
        self._demand_space(model)
        try:
            self._fetch_sources(model, part(report, 0.0, 0.9))
        except ModelError as error:
            if not damage:
                raise
            rest = error.message[len(f"model {model.id}: ") :]
            told = f"model {model.id}: {self._file(model).name} was damaged ({damage}) and is deleted; {rest}"
            raise ModelError(told, error.details) from error
        self._convert(model, part(report, 0.9, 1.0))

    def _demand_space(self, model: Model) -> None:
        """OSError as a full disk gives it, but before anything is downloaded: sources and weights lie side by side."""
        folder = self._folder(model)
        if shutil.disk_usage(folder).free < _room(model) - _bytes_in(folder):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))

    def _fetch_sources(self, model: Model, report: Report) -> None:
        done = 0
        for source in model.files:
            if not self._has(model, source):
                self._fetch_source(model, source, self._addresses(model, source), report, done)
            done += (self._folder(model) / source.name).stat().st_size

    def _fetch_source(self, model: Model, source: Source, addresses: Sequence[Address], report: Report, done: int) -> None:
        """One source, checked, into the model's folder; `done` bytes of the others are there already."""

        def progress(have: int) -> None:
            fraction = (done + have) / model.size if model.size else 0.0
            report(min(fraction, 1.0), f"downloading {model.id} ({_megabytes(done + have)} of {_megabytes(model.size)} MB)")

        if not addresses:
            raise ModelError(
                f"model {model.id}: {source.name} is not on this machine, and offline mode keeps it from being fetched from "
                f"{source.url}: go online, or {_by_other_means(model)}"
            )
        try:
            download.fetch(source, addresses, self._folder(model) / source.name, progress, self.patience)
        except download.Unobtainable as error:
            asked = " nor from ".join(f"{download.shown(address)} ({failure.reason})" for address, failure in error.failures)
            again = "go online" if self.offline else f'run "nst_core models fetch {model.id}" again'
            raise ModelError(
                f"model {model.id}: {source.name} could not be fetched from {asked}: {again}, or {_by_other_means(model)}",
                error.details,
            ) from error

    def _addresses(self, model: Model, source: Source) -> Sequence[Address]:
        """Where to look for `source`, best first: the user's mirror, then its own address and mirrors; offline, folders alone."""
        mirror = os.environ.get("NST_MODELS_MIRROR", "").strip()
        addresses: Sequence[Address] = [source.url, *source.mirrors]
        if mirror.startswith(("http://", "https://")):
            addresses = [f"{mirror.rstrip('/')}/{model.id}/{source.name}", *addresses]
        elif mirror:
            addresses = [Path(mirror).expanduser() / model.id / source.name, *addresses]
        return [address for address in addresses if isinstance(address, Path) or not self.offline]

    def _convert(self, model: Model, report: Report) -> None:
        """Sources to weights with their record, moved into place when they are whole; the sources go, also unreadable ones."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        file = self._file(model)
        made = download.part_of(file)
        sources = {source.name: self._folder(model) / source.name for source in model.files}
        try:
            state = converters.convert(model, sources, lambda: report(0.0, f"converting {model.id}"))
            save_file(state, made, metadata={"format": "pt"})
        except SafetensorError as error:
            made.unlink(missing_ok=True)
            raise OSError(errno.EIO, str(error)) from error
        except ModelError:
            for path in sources.values():
                path.unlink(missing_ok=True)
            raise
        provenance.settle(made, file, model)
        for path in sources.values():
            path.unlink(missing_ok=True)
        report(1.0, f"{model.title} is ready")

    # --- locks and disks

    @contextmanager
    def _locked(self, model: Model, report: Report) -> Iterator[None]:
        """One process at a time writes a model; the lock lies beside the folder, so that the folder can be removed."""
        self.root.mkdir(parents=True, exist_ok=True)
        stage = f"waiting for another program that fetches {model.id}"
        with lock.held(self.root / f"{model.id}.lock", lambda: report(0.0, stage)):
            yield

    @contextmanager
    def _writing(self, model: Model) -> Iterator[None]:
        """What a disk refuses, in one sentence."""
        try:
            yield
        except ConnectionError:  # a report that has nobody to talk to any more
            raise
        except OSError as error:
            if error.errno in (errno.ENOSPC, errno.EDQUOT):
                told = f"the disk is full at {self.root}: free {_megabytes(_room(model))} MB"
            else:
                told = f"{self.root} cannot be written ({error.strerror or error}): make it writable"
            raise ModelError(f"model {model.id}: {told}, or set NST_HOME to a folder elsewhere") from error


def _recognised(model: Model, paths: Sequence[Path]) -> Sequence[tuple[Source, Path]]:
    """The given files, or those that a given folder holds, each with what it is by its bytes; ModelError for a stranger."""
    found = []
    for path in paths:
        try:
            if path.is_dir():
                matches = [(_match(model, member), member) for member in sorted(path.iterdir()) if member.is_file()]
            else:
                matches = [(_match(model, path), path)]
        except OSError as error:
            raise ModelError(f"model {model.id}: {path} cannot be read ({error.strerror}): name the file to import") from error
        known = [(source, member) for source, member in matches if source]
        if not known:
            raise _stranger(model, path)
        found += known
    return found


def _match(model: Model, path: Path) -> Source | None:
    return next((source for source in model.files if not download.mismatch(path, source)), None)


def _stranger(model: Model, path: Path) -> ModelError:
    """Why `path` isn't taken: another version of a file by its name, or none of the model's at all."""
    for source in model.files:
        if path.is_file() and path.name == source.name:
            difference = download.mismatch(path, source)
            return ModelError(
                f"model {model.id}: {path} is damaged or another version ({difference}); it was left as it is: "
                f"get it again from {source.url}"
            )
    names = ", ".join(f"{source.name} ({source.size or '?'} bytes)" for source in model.files)
    return ModelError(f"model {model.id}: {path} is none of its files: import {names}")


def _by_other_means(model: Model) -> str:
    return (
        "set NST_MODELS_MIRROR to a folder or address that has it, "
        f'or get it by other means and run "nst_core models import {model.id} FILE..."'
    )


def _room(model: Model) -> int:
    """Bytes that making a model takes: its sources, as much again for the weights, and some."""
    return 2 * model.size + SPARE


def _bytes_in(folder: Path) -> int:
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _megabytes(count: int) -> str:
    return f"{count / 1e6:.1f}"
