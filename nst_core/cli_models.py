"""`python -m nst_core models …`: what the store has, gets and gives back; parses and prints, the store does the work."""

from __future__ import annotations

import argparse
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from . import console
from .errors import ModelError

if TYPE_CHECKING:
    from .manifest import Item
    from .weights import Store

ID = "a model's id, or pack: and a painting's name"
DOUBTFUL = "! ask the authors before you use it, or pictures made with it, commercially"


def add(commands: Any, add_command: Callable[..., argparse.ArgumentParser]) -> None:
    """The `models` command with its actions; `add_command` as in `cli`."""
    models = commands.add_parser("models", help="list, fetch, check, import or remove model weights and style packs")
    actions = models.add_subparsers(dest="action", required=True, metavar="ACTION")
    for name, run, summary, takes in (
        ("list", _list, "list the models, their licences and what is on this disk", ""),
        ("packs", _packs, "list the paintings of the style packs, for --style pack:NAME", ""),
        ("fetch", _fetch, "download a model's weights or a painting", "ID"),
        ("verify", _verify, "hash what is on this disk again, all of it or one model", "[ID]"),
        ("path", _path, "print where a model's weights or a painting lie", "ID"),
        ("licence", _licence, "print a model's or painting's licence and whom to credit", "ID"),
        ("import", _import, "take files got by other means as a model's weights or a painting", "ID FILE"),
        ("remove", _remove, "delete a model's weights or a painting from this disk", "ID"),
        ("prune", _prune, "delete unfinished downloads, files that were converted, and models that are gone", ""),
    ):
        action = add_command(actions, name, run, summary)
        if takes:
            action.add_argument("id", metavar="ID", nargs="?" if takes == "[ID]" else None, help=ID)
        if takes == "ID FILE":
            action.add_argument("files", metavar="FILE", nargs="+", type=Path, help="a file, or a folder that has some")
        if name == "fetch":
            action.add_argument("--offline", action="store_true", help="take only what lies in a mirror folder")
            action.add_argument("--keep-sources", action="store_true", help="keep the files as they were published, too")
            action.add_argument("--progress", choices=("auto", "bar", "json", "none"), default="auto")


def _store(**options: Any) -> Store:
    from .weights import Store

    return Store(**options)


def _list(options: argparse.Namespace) -> None:
    models = _store().list()
    if options.json:
        print(json.dumps({"models": [asdict(model) for model in models]}, indent=1))
        return
    rows = [("id", "method", "size", "on disk", "commercial use", "licence")]
    for model in models:
        free = "your own" if model.own else "comes along"
        size = ("" if model.size_known else "~") + console.size(model.size) if model.size else free
        rows.append((model.id, model.method, size, _yes(model.installed), _marked(model.commercial), model.licence))
    print(f"{console.table(rows)}\n{DOUBTFUL}")


def _packs(options: argparse.Namespace) -> None:
    paintings = _store().paintings()
    if options.json:
        print(json.dumps({"paintings": [asdict(painting) for painting in paintings]}, indent=1))
        return
    rows = [("style", "size", "on disk", "title", "artist", "year", "licence")]
    rows += [
        (one.id, console.size(one.size), _yes(one.installed), one.title, one.artist, one.year, one.licence) for one in paintings
    ]
    print(console.table(rows))


def _yes(true: bool) -> str:
    return "yes" if true else "no"


def _marked(commercial: str) -> str:
    return commercial if commercial == "yes" else f"{commercial} !"


def _fetch(options: argparse.Namespace) -> None:
    progress = console.Progress("none" if options.json else options.progress)
    store = _store(offline=options.offline, log=progress.note)

    def report(fraction: float, stage: str, preview: object = None) -> None:
        progress.show(fraction, stage)

    path = store.fetch(options.id, report, options.keep_sources)
    progress.done({"path": str(path)})
    _print_path(options, path)


def _import(options: argparse.Namespace) -> None:
    _print_path(options, _store().import_files(options.id, options.files))


def _path(options: argparse.Namespace) -> None:
    _print_path(options, _store().path(options.id))


def _print_path(options: argparse.Namespace, path: Path) -> None:
    print(json.dumps({"id": options.id, "path": str(path)}) if options.json else path)


def _verify(options: argparse.Namespace) -> None:
    """All of them are looked at, also behind a damaged one."""
    store = _store()
    ids = [options.id] if options.id else store.installed()
    damaged: list[ModelError] = []
    for one in ids:
        try:
            store.verify(one)
        except ModelError as error:
            damaged.append(error)
        else:
            if not options.json:
                print(f"{one}: good")
    if damaged:
        raise ModelError("; ".join(error.message for error in damaged))
    if options.json:
        print(json.dumps({"verified": list(ids)}))


def _licence(options: argparse.Namespace) -> None:
    store = _store()
    item, licence = store.manifest.item(options.id), store.licence(options.id)
    if options.json:
        print(json.dumps({"id": item.id, **asdict(licence), "attribution": _attribution(item)}))
        return
    print(f"{item.title}: {licence.name}\n{licence.url}\ncommercial use: {licence.commercial}\ncredit: {_attribution(item)}")
    unseen = [source.name for source in store.shelf(item).sources if source.stated]
    if unseen:
        print(f"size and hash as others state them, not seen by this program's makers: {', '.join(unseen)}")


def _attribution(item: Item) -> str:
    from .manifest import Painting

    return item.credit if isinstance(item, Painting) else item.attribution


def _remove(options: argparse.Namespace) -> None:
    store = _store()
    freed = store.remove(options.id)
    shared = [used for used in getattr(store.manifest.item(options.id), "uses", ()) if used in store.installed()]
    if options.json:
        print(json.dumps({"id": options.id, "freed": freed, "shared": shared}))
        return
    stays = f"; {', '.join(shared)}, which it shares with other models, stays" if shared else ""
    print(f"{options.id}: {console.size(freed)} freed{stays}")


def _prune(options: argparse.Namespace) -> None:
    from .prune import prune

    pruned = prune(_store())
    if options.json:
        print(json.dumps({"pruned": [{"path": str(one.path), "freed": one.freed} for one in pruned]}))
        return
    for one in pruned:
        print(f"{one.path}: {console.size(one.freed)} freed")
    if not pruned:
        print("nothing to prune")
