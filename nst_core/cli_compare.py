"""The command `compare`: how far two pictures are apart in numbers, or how near a painting comes to what it was to become."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from . import packs


def add(commands: Any, make: Any) -> None:
    """`make` adds a command with what all commands have, as in `cli`."""
    command = make(commands, "compare", _compare, "tell how far two pictures are apart, or grade a painting from 0 to 10")
    command.add_argument("painting", metavar="PAINTING", type=Path)
    command.add_argument("reference", metavar="REFERENCE", type=Path, help="what it is compared with, of the same shape")
    command.add_argument("--style", metavar="IMG", help="grade: the style picture that was painted after, or pack:NAME")
    command.add_argument("--grade", action="store_true", help="grade without a style picture")
    command.add_argument(
        "--heat-map", metavar="FILE", type=Path, help="grade, and write where the painting differs (png, webp or tif)"
    )
    command.add_argument("--offline", action="store_true", help="never download")


def _compare(options: argparse.Namespace) -> None:
    wants_grades = options.grade or options.style or options.heat_map
    print((_grades if wants_grades else _differences)(options))


def _differences(options: argparse.Namespace) -> str:
    from . import compare, imagefile

    difference = compare.compare(imagefile.read(options.painting).raster, imagefile.read(options.reference).raster)
    return json.dumps(difference.as_json()) if options.json else str(difference)


def _grades(options: argparse.Namespace) -> str:
    from . import console, grade, imagefile
    from .progress import silent
    from .weights import Store

    if options.heat_map:
        imagefile.check_output(options.heat_map)
    if options.style:
        packs.demand(options.style)
    notes = console.Progress("none")
    store = Store(offline=options.offline, log=notes.note)
    style = grade.style_picture(options.style, store, silent, notes.note) if options.style else None
    painting, reference = (imagefile.read(path).raster for path in (options.painting, options.reference))
    graded = grade.grade(painting, reference, style)
    if options.heat_map:
        for note in imagefile.write(options.heat_map, graded.heat_map):
            notes.note(f"{options.heat_map.name}: {note}")
    return json.dumps(graded.grades.as_json()) if options.json else str(graded.grades)
