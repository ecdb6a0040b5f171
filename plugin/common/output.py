"""Where a result goes, and the note that its layer carries: how it was made, without the folders of this machine; no host."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from enum import Enum
from typing import Any

from .translation import _

# What the note is called, on a layer or in a file.
NOTE = "style-transfer"


class Output(Enum):
    """Where the result goes; the value is what scripts and settings say, `label` and `help` what a dialog says."""

    MASKED = "masked"
    CUT = "cut"
    IMAGE = "image"

    @property
    def label(self) -> str:
        return LABELS[self]

    @property
    def help(self) -> str:
        return HELPS[self]

    @property
    def cut(self) -> bool:
        """Whether the result ends where the selection does, which then is not its mask."""
        return self is not Output.MASKED


LABELS = {
    Output.MASKED: _("New layer, selection as its mask"),
    Output.CUT: _("New layer, cut to the selection"),
    Output.IMAGE: _("New image"),
}
HELPS = {
    Output.MASKED: _("A new layer above the painted one. What is selected becomes its mask, which can be painted on further."),
    Output.CUT: _("A new layer above the painted one, which holds what is selected and no more: soft edges become transparency."),
    Output.IMAGE: _("An image of its own, cut to the selection, of the same precision, colour profile and resolution."),
}
WHOLE = _("New layer above")
DEFAULT = Output.MASKED
LABEL = _("Result")
HELP = _("Where the result goes.")
SEVERAL = _("layer {number} of {count}: {text}")


def places(by_selection: bool, chosen: Output) -> list[tuple[str, str]]:
    """The values of what there is to choose from, with labels.

    Where the selection says where styles go, the whole layer is painted, and there is nothing to mask or to cut: that of these
    two which is `chosen` then stands for both.
    """
    if not by_selection:
        return [(place.value, place.label) for place in Output]
    above = Output.MASKED if chosen is Output.IMAGE else chosen
    return [(above.value, WHOLE), (Output.IMAGE.value, Output.IMAGE.label)]


def note(method: str, model: str, styles: Iterable[tuple[str, float]], parameters: Mapping[str, Any], version: str) -> str:
    """How a layer was made, as JSON to be saved with the picture; `version` is the engine's.

    `styles` are files or paintings of packs with their weights. Of a path only the file's name is kept, whichever parameter
    holds it: whoever gets the picture need not learn what this machine's folders, and so its user, are called.

    >>> note("embedded", "quick", [("/home/ann/wave.jpg", 1.0)], {"strength": 0.8}, "0.1.0")
    '{"method": "embedded", "model": "quick", "styles": [{"name": "wave.jpg", "weight": 1.0}], \
"parameters": {"strength": 0.8}, "engine": "0.1.0"}'
    """
    told = {
        "method": method,
        "model": model,
        "styles": [{"name": without_folder(source), "weight": weight} for source, weight in styles],
        "parameters": {name: _without_folders(value) for name, value in parameters.items()},
        "engine": version,
    }
    return json.dumps(told, ensure_ascii=False)


def without_folder(source: str | os.PathLike[str]) -> str:
    """The name of a file, of either system's spelling; the name of a pack's painting (`pack:great-wave`) as it is."""
    return re.split(r"[/\\]", os.fspath(source))[-1]


def of_several(number: int, count: int, text: str) -> str:
    """A job's progress `text` while the layer `number` (from 1) of `count` is painted; of one, nothing more is said."""
    return text if count == 1 else SEVERAL.format(number=number, count=count, text=text)


def _without_folders(value: Any) -> Any:
    """A parameter's value; files have absolute paths of this system, and several are parted as in its search path."""
    if not isinstance(value, str):
        return value
    parts = value.split(os.pathsep)
    return os.pathsep.join(map(without_folder, parts)) if any(map(os.path.isabs, parts)) else value
