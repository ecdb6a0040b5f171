"""The chosen styles in GIMP's properties, and out of them: what scripts say, and what Repeat and the last values remember."""

from __future__ import annotations

import contextlib
from functools import lru_cache

from common.styles import EVERYWHERE, HEAVIEST, INSIDE, LAYER, OUTSIDE, Chosen, Region, Styles
from common.translation import _
from gi.repository import Gimp, Gio, GObject

from nst_core import errors, packs, weights

FIRST, MORE, WEIGHTS, REGIONS = "style", "more-styles", "style-weights", "style-regions"

# Before a channel's name, in a region's id and in what scripts say; before a layer's in the latter.
CHANNEL, OF_LAYER = "channel:", "layer:"

Told = tuple[list[str], list[float], list[str]]


def add_arguments(procedure: Gimp.Procedure, label: str) -> None:
    """What says which styles there are, how much of each, and where each goes; `label` is the first picture's."""
    flags = GObject.ParamFlags.READWRITE
    # No style and any path are allowed here: GIMP would refuse what is missing without a word, the order says why.
    about = _("The picture whose style is taken.")
    procedure.add_file_argument(FIRST, label, about, Gimp.FileChooserAction.ANY, True, None, flags)
    procedure.add_string_array_argument(
        MORE,
        _("More styles"),
        _("Further pictures whose styles are mixed in, up to seven: paths, or paintings like pack:great-wave."),
        flags,
    )
    procedure.add_string_argument(
        WEIGHTS,
        _("Weights"),
        _(
            "How much of each style, the first one's included, in their order: numbers from 0 on, parted by spaces, like "
            "2 1 0.5. Empty for the same of all."
        ),
        "",
        flags,
    )
    procedure.add_string_array_argument(
        REGIONS,
        _("Regions"),
        _(
            "Where each style goes, the first one's included, in their order: everywhere (what the others leave over), inside or "
            "outside (the selection), layer:NAME or channel:NAME (where that is light). Empty for everywhere. Where the "
            "selection says it, the whole layer is painted."
        ),
        flags,
    )


def styles(config: Gimp.ProcedureConfig) -> Styles:
    """What is chosen; UsageError says what is missing or can't be understood."""
    sources = [style_file(config.get_property(FIRST)), *map(_source, config.get_property(MORE) or ())]
    told = _weights(config.get_property(WEIGHTS) or "")
    places = [_region(text) for text in config.get_property(REGIONS) or ()]
    for name, given in ((WEIGHTS, told), (REGIONS, places)):
        if given and len(given) != len(sources):
            raise errors.UsageError(
                _("{styles} styles but {given} in {name}: give one for each style, in their order").format(
                    styles=len(sources), given=len(given), name=name
                )
            )
    everywhere, equal = [Region()] * len(sources), [HEAVIEST] * len(sources)
    return tuple(Chosen(*one) for one in zip(sources, told or equal, places or everywhere))


def known_styles(config: Gimp.ProcedureConfig) -> Styles:
    """As `styles`; none when they can't be had."""
    with contextlib.suppress(errors.UsageError):
        return styles(config)
    return ()


def choose(config: Gimp.ProcedureConfig, wanted: Styles) -> None:
    """Make these the chosen ones; there is at least one. Only what is another than before is told to who listens."""
    sources, weights_, regions = told(wanted)
    plain = len(wanted) == 1 and wanted[0].plain
    new = {
        MORE: sources[1:],
        WEIGHTS: "" if plain else " ".join(f"{weight:g}" for weight in weights_),
        REGIONS: [] if plain else regions,
    }
    with config.freeze_notify():
        if [one.source for one in known_styles(config)[:1]] != sources[:1]:
            config.set_property(FIRST, style_property(sources[0]))
        for name, value in new.items():
            if (config.get_property(name) or type(value)()) != value:
                config.set_property(name, value)


def told(wanted: Styles) -> Told:
    """The styles' sources, weights and regions in a script's words: what is the same here is the same choice."""
    return (
        [one.source for one in wanted],
        [round(one.weight, 4) for one in wanted],
        [region_text(one.region) for one in wanted],
    )


def region_text(region: Region) -> str:
    """A region in a script's words."""
    if region.kind != LAYER:
        return region.kind
    return (CHANNEL if region.layer == CHANNEL + region.name else OF_LAYER) + region.name


def style_property(value: str) -> Gio.File:
    """The style as GIMP keeps it, which remembers files alone: a painting as the place where it lies once it is fetched."""
    paths = {name: path for path, name in _paintings().items()}
    path = paths.get(value, value)
    return Gio.File.new_for_uri(path) if packs.is_painting(path) else Gio.File.new_for_path(path)


def style_file(file: Gio.File | None) -> str:
    """The chosen style as the worker takes it: a path or a painting's name; UsageError when there is none, or elsewhere."""
    if file is None:
        raise errors.UsageError(_("no style picture is chosen: choose the picture whose style is to be taken"))
    path = file.get_path()
    if path is not None:
        return _paintings().get(str(path), str(path))
    if packs.is_painting(file.get_uri()):  # as a script names it
        return str(file.get_uri())
    raise errors.UsageError(
        _("style {address} does not lie on this machine: save it to a folder first").format(address=file.get_uri())
    )


def _source(text: str) -> str:
    """A further style, which a script may give as a path or as an address."""
    return text if packs.is_painting(text) else style_file(Gio.File.new_for_commandline_arg(text))


def _weights(text: str) -> list[float]:
    """The weights; beyond the heaviest there is, all are lessened alike, since only their proportions count."""
    try:
        numbers = [float(word) for word in text.replace(",", " ").split()]
    except ValueError:
        numbers = [-1.0]
    if not all(0 <= number < float("inf") for number in numbers):
        raise errors.UsageError(
            _("'{text}' are no {name}: give a number from 0 on for each style, parted by spaces").format(text=text, name=WEIGHTS)
        )
    most = max(HEAVIEST, *numbers) if numbers else HEAVIEST
    return [number / most for number in numbers]


def _region(text: str) -> Region:
    if text in ("", EVERYWHERE, INSIDE, OUTSIDE):
        return Region(text or EVERYWHERE)
    for beginning in (OF_LAYER, CHANNEL):
        name = text[len(beginning) :]
        if text.startswith(beginning) and name:
            return Region(LAYER, text if beginning == CHANNEL else "", name)
    raise errors.UsageError(
        _("'{text}' is no place for a style: give everywhere, inside, outside, layer:NAME or channel:NAME").format(text=text)
    )


@lru_cache(maxsize=1)
def _paintings() -> dict[str, str]:
    """The names of the packs' paintings by their places on this machine, fetched or not."""
    store = weights.Store()
    return {str(store.file(painting)): painting.id for painting in store.manifest.paintings.values()}
