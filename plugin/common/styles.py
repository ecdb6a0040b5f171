"""The chosen styles: which pictures, how much of each, and where each goes; no host and no pixels.

A choice is a tuple of `Chosen`, as orders, presets and the history hold it; every function gives a new one.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Any

from . import kept
from .layers import style_name
from .translation import _

INVERSE = bytes(range(255, -1, -1))  # makes of a mask of bytes, by `translate`, that of all the rest
HEAVIEST = 1.0  # of a weight; the least is 0
MOST_NAMED = 3  # styles in a layer's name
MORE = _("{count} more")

EVERYWHERE, INSIDE, OUTSIDE, LAYER = "everywhere", "inside", "outside", "layer"
KINDS = (EVERYWHERE, INSIDE, OUTSIDE, LAYER)

LABELS = {
    EVERYWHERE: _("Everywhere"),
    INSIDE: _("Inside the selection"),
    OUTSIDE: _("Outside the selection"),
    LAYER: _("Where “{layer}” is light"),
}
ELSEWHERE = _("Everywhere else")
WEIGHT_HELP = _("How much of this style there is, beside the others in the same place: each gets its share of all weights.")
REGION_HELP = _("Where this style goes: the selection may have soft edges, and a layer counts as far as it is light.")

WEIGHTLESS = _("Give at least one style a weight above 0.")
FULL = _("{count} styles are the most that this method takes.")
NOTHING_SELECTED = _('nothing is selected, but the style "{style}" goes by the selection: select a part, or let it go everywhere')
LAYER_GONE = _('there is no layer "{layer}" any more, which says where the style "{style}" goes: choose another place for it')


@dataclass(frozen=True)
class Region:
    """Where a style goes: `kind` is one of KINDS.

    EVERYWHERE is what the styles with a place of their own leave over. INSIDE and OUTSIDE go by the selection, softly where
    that is feathered. LAYER is where a layer is light: its luminance times its alpha. That layer is the one whose id is
    `layer`, else the one that is called `name`; an id is such that no other layer ever has it, or "".
    """

    kind: str = EVERYWHERE
    layer: str = ""
    name: str = ""


@dataclass(frozen=True)
class Chosen:
    """One style. `source` is what an order takes: a picture's path, or "pack:" and a painting's name.

    `weight` in [0, 1] counts in proportion to those of the other styles in the same region.
    """

    source: str
    weight: float = HEAVIEST
    region: Region = Region()

    @property
    def plain(self) -> bool:
        """Whether nothing but the picture was chosen."""
        return self == Chosen(self.source)


Styles = tuple[Chosen, ...]


# -- choosing --------------------------------------------------------------------------------------------------------


def alone(source: str) -> Styles:
    """One style and nothing else; none where `source` is ""."""
    return (Chosen(source),) if source else ()


def added(styles: Styles, source: str) -> Styles:
    """One more, of full weight, wherever the others leave room."""
    return (*styles, Chosen(source))


def removed(styles: Styles, place: int) -> Styles:
    """Without the one at `place`; the last that is left is a choice like any other single style."""
    left = styles[:place] + styles[place + 1 :]
    return alone(left[0].source) if len(left) == 1 else left


def replaced(styles: Styles, place: int, source: str) -> Styles:
    """Another picture at `place`, with the weight and the region of the one that was there."""
    return _changed(styles, place, source=source)


def reweighted(styles: Styles, place: int, weight: float) -> Styles:
    """Another weight at `place`."""
    return _changed(styles, place, weight=min(max(weight, 0.0), HEAVIEST))


def moved(styles: Styles, place: int, region: Region) -> Styles:
    """Another region at `place`."""
    return _changed(styles, place, region=region)


def limited(styles: Styles, most: int) -> Styles:
    """Those that a method gets which takes so many."""
    return styles[:most]


# -- what is known of a choice ---------------------------------------------------------------------------------------


def mixed(styles: Styles) -> bool:
    """Whether there is more to show than a single picture."""
    return len(styles) > 1 or not all(one.plain for one in styles)


def weightless(styles: Styles) -> bool:
    """Whether nothing could be painted, since no style has any weight: then WEIGHTLESS is to be said."""
    return bool(styles) and not any(one.weight > 0 for one in styles)


def by_selection(styles: Styles) -> bool:
    """Whether the selection says where styles go: the whole layer is painted then, not only what is selected."""
    return any(one.region.kind in (INSIDE, OUTSIDE) for one in styles)


def shares(styles: Styles) -> list[float]:
    """Each style's share of its region, in [0, 1]: those of one region add up to 1, or to 0 where all weigh nothing."""
    totals: dict[Region, float] = {}
    for one in styles:
        totals[one.region] = totals.get(one.region, 0.0) + one.weight
    return [one.weight / totals[one.region] if totals[one.region] else 0.0 for one in styles]


def percents(styles: Styles) -> list[int]:
    """The shares as whole numbers that add up to 100 in every region that is painted: those cut most are rounded up."""
    exact = [100 * share for share in shares(styles)]
    whole = [math.floor(share + 1e-9) for share in exact]
    for region in {one.region for one in styles}:
        members = [place for place, one in enumerate(styles) if one.region == region]
        missing = round(sum(exact[place] for place in members)) - sum(whole[place] for place in members)
        for place in sorted(members, key=lambda place: whole[place] - exact[place])[:missing]:
            whole[place] += 1
    return whole


def names(styles: Styles) -> list[str]:
    """The styles in words, for `layers.layer_name`; with their percents where those of one region differ.

    >>> names((Chosen("/a/woodcut.jpg", 0.75), Chosen("pack:great-wave", 0.25)))
    ['woodcut 75 %', 'great wave 25 %']
    """
    parts = percents(styles)
    even = all(one.weight == other.weight for one in styles for other in styles if one.region == other.region)
    words = [style_name(one.source) + ("" if even else f" {part} %") for one, part in zip(styles, parts)]
    if len(words) <= MOST_NAMED:
        return words
    return [*words[: MOST_NAMED - 1], MORE.format(count=len(words) - MOST_NAMED + 1)]


def label(region: Region, styles: Styles) -> str:
    """The region as a list of regions calls it; what is left over is told from what is everything by the other `styles`."""
    if region.kind == EVERYWHERE and any(one.region.kind != EVERYWHERE for one in styles):
        return ELSEWHERE
    return LABELS[region.kind].format(layer=region.name)


def place_of(region: Region, layers: Iterable[tuple[str, str]]) -> int | None:
    """Which of the host's layers, each an id and a name, the region means: by its id, else the first of its name."""
    known = list(layers)
    by_id = (place for place, (layer, _) in enumerate(known) if layer and layer == region.layer)
    by_name = (place for place, (_, name) in enumerate(known) if name == region.name)
    return next(by_id, next(by_name, None))


def by_region(styles: Styles, read: Callable[[Chosen], Any]) -> list[Any]:
    """The mask of every style: what `read` gives for the first one of its region, None for those that go everywhere."""
    masks: dict[Region, Any] = {Region(): None}
    for one in styles:
        if one.region not in masks:
            masks[one.region] = read(one)
    return [masks[one.region] for one in styles]


def nothing_selected(one: Chosen) -> str:
    """An error's message: the style goes by the selection, and there is none."""
    return NOTHING_SELECTED.format(style=style_name(one.source))


def layer_gone(one: Chosen) -> str:
    """An error's message: the layer that says where the style goes isn't there."""
    return LAYER_GONE.format(layer=one.region.name, style=style_name(one.source))


# -- as it is kept ---------------------------------------------------------------------------------------------------


def to_json(styles: Styles) -> list[Any]:
    """The choice as files keep it; a style of which nothing but the picture was chosen as its bare name, as it always was."""
    return [_row(one) for one in styles]


def from_json(rows: Sequence[Any], samples: str) -> Styles:
    """The choice from a file; `samples` is where this host has the pictures that ship.

    TypeError, ValueError or KeyError when it is none.
    """
    if isinstance(rows, str):
        raise TypeError("a text is no list of styles")
    return tuple(_of_row(row, samples) for row in rows)


def _changed(styles: Styles, place: int, **new: Any) -> Styles:
    return (*styles[:place], replace(styles[place], **new), *styles[place + 1 :])


def _row(one: Chosen) -> Any:
    name = kept.portable(one.source)
    if one.plain:
        return name
    row: dict[str, Any] = {"style": name, "weight": one.weight, "region": one.region.kind}
    return {**row, "layer": one.region.layer, "layer_name": one.region.name} if one.region.kind == LAYER else row


def _of_row(row: Any, samples: str) -> Chosen:
    if isinstance(row, str):
        return Chosen(kept.here(row, samples))
    weight, kind = float(row["weight"]), row["region"]
    if not 0 <= weight <= HEAVIEST or kind not in KINDS:
        raise ValueError(f"{row} is no style")
    layer = (str(row["layer"]), str(row["layer_name"])) if kind == LAYER else ()
    return Chosen(kept.here(str(row["style"]), samples), weight, Region(kind, *layer))
