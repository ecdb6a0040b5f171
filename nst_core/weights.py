"""The store: from the manifest to verified weights and paintings on disk, and to weights in memory.

`<root>/<id>/<id>.safetensors` holds a model's converted weights, `<id>.json` beside it what they were made of. Sources and
their `.part` files lie in the same folder until they are converted. What is there is used without writing anything, so the
root may be read-only. A bundled model lies with the code instead, and is only ever read. The paintings of a style pack lie
together in `<root>/style-pack-<pack>`, as they were published.
"""

from __future__ import annotations

import errno
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from . import converters, download, folders, provenance, reach, user_models
from .catalogue import ModelInfo, PaintingInfo, model_info, painting_info
from .errors import ModelError
from .manifest import PACK, Item, Licence, Manifest, Model, Painting, Source
from .manifest import load as shipped_manifest
from .progress import Log, Report, part, silent, unheard
from .provenance import Condition
from .reply import Patience
from .shelf import Shelf, bytes_in, recognised

if TYPE_CHECKING:
    from torch import Tensor

# Where the models lie that ship with the code.
BUNDLED = Path(__file__).resolve().parent / "networks"

ModelInfos = list[ModelInfo]
PaintingInfos = list[PaintingInfo]


class Store:
    """What `manifest` names, in the folder `root`, and the user's own models; every error is a ModelError that names the thing
    and what to do.

    An id is a model's, or "pack:" and a painting's name. `offline` (or NST_OFFLINE) keeps it off the network; `mirror`
    (NST_MODELS_MIRROR), a folder or base URL laid out `<model id>/<file name>`, is searched before the manifest's addresses.
    `log` is told once what is downloaded and under which licence.
    """

    def __init__(
        self,
        root: Path | None = None,
        manifest: Manifest | None = None,
        offline: bool = False,
        mirror: str | None = None,
        patience: Patience | None = None,
        log: Log = unheard,
    ) -> None:
        self.root = root or folders.models()
        self.published = manifest or shipped_manifest()
        self.manifest = user_models.joined(self.published, self.root)
        self.offline = offline or reach.offline()
        self.mirror = mirror
        self.patience = patience or Patience()
        self.log = log

    # --- what the engine asks for

    def state(self, model_id: str, report: Report = silent) -> dict[str, Tensor]:
        """The weights of `model_id` on the CPU, by the key names of `networks`; fetched, checked and converted on first use."""
        model = self.manifest.model(model_id)
        self.fetch(model_id, report)
        state = self._read(model)
        for used, prefix in model.uses.items():
            state.update({prefix + key: tensor for key, tensor in self._read(self.manifest.model(used)).items()})
        return state

    def fetch(self, item_id: str, report: Report = silent, keep_sources: bool = False) -> Path:
        """Where the converted weights or the painting lie, checked; downloads and converts what isn't there or is damaged.

        The files as they were published are deleted when weights were made of them, unless `keep_sources`.
        """
        item = self.manifest.item(item_id)
        steps = [step for step in self._steps(item) if not self._is_fixed(step)]
        for number, step in enumerate(steps):
            self._bring(step, part(report, number / len(steps), (number + 1) / len(steps)), keep_sources)
        return self.file(item) if steps else self.path(item_id)

    # --- what the command line asks for

    def list(self) -> ModelInfos:
        """Every model of the manifest, at once: nothing is hashed."""
        return [model_info(model, self.manifest, self.place(model)) for model in self.manifest.models.values()]

    def paintings(self) -> PaintingInfos:
        """Every painting of every pack, at once: nothing is hashed."""
        return [painting_info(painting, self.place(painting)) for painting in self.manifest.paintings.values()]

    def installed(self) -> Sequence[str]:
        """The ids of all that is there, bundled models included: nothing is hashed."""
        return [item.id for item in self.manifest.items if self.place(item)]

    def path(self, item_id: str) -> Path:
        """Where the converted weights or the painting lie; ModelError when they aren't there or are damaged."""
        item = self.manifest.item(item_id)
        for step in self._steps(item):
            condition, damage = self._examine(step)
            if condition is not Condition.READY:
                raise self._unusable(step, condition, damage, item)
        return self.file(item)

    def licence(self, item_id: str) -> Licence:
        """Under which licence it is published."""
        return self.manifest.item(item_id).licence

    def verify(self, item_id: str) -> None:
        """Hash all of it again; ModelError when it is absent or damaged, and what is damaged is deleted."""
        item = self.manifest.item(item_id)
        condition, damage = self._examine(item, "thorough")
        if condition is Condition.DAMAGED and not self._is_fixed(item):
            with self.shelf(item).writing(silent):
                self._discard(item)
            damage += "; it was deleted"
        if condition is not Condition.READY:
            raise self._unusable(item, condition, damage)

    def import_files(self, item_id: str, paths: Sequence[Path | str]) -> Path:
        """Take copies of files (or of those in a folder) got by other means, told by their hashes whatever their names are.

        Under an id that isn't published, one file becomes a model of the user's own. ModelError when a file is none of the
        item's, or when some are still missing; the good ones of an incomplete import are kept for the next.
        """
        if item_id not in self.published.models and not item_id.startswith(PACK):
            return self._import_own(item_id, [Path(path) for path in paths])
        item = self._own(item_id, "there is nothing to import")
        shelves = [(step, self.shelf(step)) for step in self._steps(item)]
        found = recognised([shelf for _, shelf in shelves], [Path(path) for path in paths])
        for _, shelf in shelves:
            with shelf.writing(silent):
                shelf.take(found[shelf])
        for step, shelf in shelves:
            if found[shelf] or self._examine(step)[0] is not Condition.READY:
                with shelf.writing(silent):
                    shelf.demand_complete()
                    if isinstance(step, Model):
                        self._convert(step, shelf, silent, keep_sources=False)
        return self.file(item)

    def remove(self, item_id: str) -> int:
        """Delete everything of a model, or a painting; how many bytes that frees, 0 when there was nothing.

        What it has in common with other models stays: it is a model of its own.
        """
        item = self._own(item_id, "it goes when the program is uninstalled")
        shelf = self.shelf(item)
        if isinstance(item, Painting):
            doomed = [path for path in (self.file(item), download.part_of(self.file(item))) if path.exists()]
        else:
            doomed = [shelf.folder] if shelf.folder.is_dir() else []
        if not doomed:
            return 0
        with shelf.writing(silent):
            return sum(delete(path) for path in doomed)

    def _import_own(self, model_id: str, paths: Sequence[Path]) -> Path:
        if len(paths) != 1:
            told = f"a model of your own is one file, but these are {len(paths)}"
            raise ModelError(f"model {model_id}: {told}: import one of them")
        model = user_models.take(self.root, model_id, paths[0])
        self.manifest = user_models.joined(self.published, self.root)
        return self.file(model)

    # --- what lies where, and in which condition

    def _own(self, item_id: str, otherwise: str) -> Item:
        """What the store may change; ModelError for what ships with the program."""
        item = self.manifest.item(item_id)
        if isinstance(item, Model) and item.bundled:
            raise ModelError(f"model {item.id}: it comes with the program: {otherwise}")
        return item

    @staticmethod
    def _is_fixed(item: Item) -> bool:
        """Whether it is there or isn't, and nothing can be fetched for it."""
        return isinstance(item, Model) and not item.files

    def _steps(self, item: Item) -> Sequence[Item]:
        """What must be there for `item`: what it has in common with others, then itself."""
        return [item] if isinstance(item, Painting) else [*map(self.manifest.model, item.uses), item]

    def shelf(self, item: Item) -> Shelf:
        """The folder where its files gather."""
        if isinstance(item, Painting):
            return self._shelf(f"style-pack-{item.pack}", "style", item.id, (item.file,))
        # Twice the size: sources and the weights that are made of them lie side by side for a moment.
        return self._shelf(item.id, "model", item.id, item.files, growth=2)

    def _shelf(self, folder: str, kind: str, item_id: str, sources: tuple[Source, ...], growth: int = 1) -> Shelf:
        mirror = reach.mirror() if self.mirror is None else self.mirror
        return Shelf(self.root / folder, kind, item_id, sources, self.offline, mirror, self.patience, growth)

    def file(self, item: Item) -> Path:
        """Where its weights or the painting lie, or would."""
        if isinstance(item, Painting):
            return self.shelf(item).file(item.file)
        return BUNDLED / item.bundled if item.bundled else self.root / item.id / f"{item.id}.safetensors"

    def place(self, item: Item) -> Path | None:
        """Where it lies, after a look at names and sizes alone; None when something is missing."""
        return self.file(item) if all(map(self.is_there, self._steps(item))) else None

    def is_there(self, item: Item) -> bool:
        """Whether its own file is whole, after a look at names and sizes alone."""
        return self._examine(item, "look")[0] is Condition.READY

    def _examine(self, item: Item, depth: provenance.Depth = "quick") -> tuple[Condition, str]:
        if isinstance(item, Painting):
            return provenance.examine_original(self.file(item), item.file, depth)
        if self._is_fixed(item):
            return provenance.examine_original(self.file(item), Source(self.file(item).name, "", sha256=item.sha256), depth)
        return provenance.examine(self.file(item), item, depth)

    def _discard(self, item: Item) -> None:
        for path in (self.file(item), provenance.record_of(self.file(item))):
            path.unlink(missing_ok=True)

    def _unusable(self, item: Item, condition: Condition, damage: str, asked: Item | None = None) -> ModelError:
        told = {
            Condition.ABSENT: "it is not on this machine",
            Condition.STALE: f"{self.file(item).name} is {condition.value}",
            Condition.DAMAGED: f"{self.file(item).name} is damaged: {damage}",
        }[condition]
        cure = f'run "nst_core models fetch {(asked or item).id}"'
        if self._is_fixed(item):
            own = f'run "nst_core models import {item.id} FILE" with the file that you made it from'
            cure = own if isinstance(item, Model) and item.own else "install the program again"
        return ModelError(f"{self.shelf(item).label}: {told}: {cure}")

    def _read(self, model: Model) -> dict[str, Tensor]:
        from safetensors import SafetensorError
        from safetensors.torch import load_file

        path = self.file(model)
        try:
            return load_file(path)
        except (SafetensorError, OSError) as error:
            told = f'model {model.id}: {path} cannot be read ({error}): run "nst_core models verify {model.id}"'
            raise ModelError(told) from error

    # --- bringing what isn't there: sources, then conversion

    def _bring(self, item: Item, report: Report, keep_sources: bool = False) -> None:
        """Do nothing for what is ready; else fetch, and convert if there is anything to convert."""
        shelf = self.shelf(item)

        def lacking() -> bool:
            unkept = keep_sources and not all(map(shelf.has, shelf.sources))
            return unkept or self._examine(item)[0] is not Condition.READY

        if lacking():
            with shelf.writing(report):
                if lacking():  # again: another process may have been faster
                    self._make(item, shelf, report, keep_sources)

    def _make(self, item: Item, shelf: Shelf, report: Report, keep_sources: bool) -> None:
        condition, damage = self._examine(item)
        announced = f"fetching {item.title}: {shelf.size / 1e6:.1f} MB, {item.licence.terms}"
        report(0.0, announced)
        if condition is Condition.DAMAGED:
            self._discard(item)
        try:
            shelf.fetch(self._heralded(f"{announced} ({item.licence.url})", part(report, 0.0, 0.9)))
        except ModelError as error:
            if condition is not Condition.DAMAGED:
                raise
            rest = error.message[len(f"{shelf.label}: ") :]
            told = f"{shelf.label}: {self.file(item).name} was damaged ({damage}) and is deleted; {rest}"
            raise ModelError(told, error.details) from error
        if isinstance(item, Model):
            self._convert(item, shelf, part(report, 0.9, 1.0), keep_sources)
        report(1.0, f"{item.title} is ready")

    def _heralded(self, announcement: str, report: Report) -> Report:
        """`report`, and the log is told once, when the first bytes come: what can't be had has an error of its own."""
        told = False

        def inner(fraction: float, stage: str, preview: Tensor | None = None) -> None:
            nonlocal told
            if fraction > 0 and not told:
                told = True
                self.log(announcement)
            report(fraction, stage, preview)

        return inner

    def _convert(self, model: Model, shelf: Shelf, report: Report, keep_sources: bool) -> None:
        """Sources to weights with their record, moved into place when they are whole; the sources go, also unreadable ones."""
        from safetensors import SafetensorError
        from safetensors.torch import save_file

        file = self.file(model)
        made = download.part_of(file)
        sources = {source.name: shelf.file(source) for source in model.files}
        try:
            state = converters.convert(model, sources, lambda: report(0.0, f"converting {model.id}"))
            save_file(state, made, metadata={"format": "pt"})
        except SafetensorError as error:
            made.unlink(missing_ok=True)
            raise OSError(errno.EIO, str(error)) from error
        except ModelError:
            _delete_all(sources.values())
            raise
        provenance.settle(made, file, model)
        if not keep_sources:
            _delete_all(sources.values())


def delete(path: Path) -> int:
    """Delete a file, or a folder with all that is in it; how many bytes that frees."""
    freed = bytes_in(path) if path.is_dir() else path.stat().st_size
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink()
    return freed


def _delete_all(paths: Iterable[Path]) -> None:
    for path in paths:
        path.unlink(missing_ok=True)
