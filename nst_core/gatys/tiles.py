"""Cuts a map into tiles with halos; pure geometry, no tensor."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Box:
    """Rows `top` to `bottom` and columns `left` to `right` of a map, the ends excluded."""

    top: int
    bottom: int
    left: int
    right: int

    @property
    def slices(self) -> tuple[slice, slice]:
        return slice(self.top, self.bottom), slice(self.left, self.right)

    @property
    def area(self) -> int:
        return (self.bottom - self.top) * (self.right - self.left)

    def halved(self, height: int, width: int) -> Box:
        """The same place after a pool of 2 by 2, in a map of that size; an odd last row or column is dropped by the pool."""
        return Box(self.top // 2, min(-(-self.bottom // 2), height), self.left // 2, min(-(-self.right // 2), width))

    def within(self, outer: Box) -> Box:
        """This box as seen from the corner of `outer`."""
        return Box(self.top - outer.top, self.bottom - outer.top, self.left - outer.left, self.right - outer.left)


@dataclass(frozen=True)
class Tile:
    """`inner` is counted, `outer` is computed: the inner part and a halo of what lies around it inside the map."""

    inner: Box
    outer: Box


def tiles(height: int, width: int, area: int, halo: int) -> Iterator[Tile]:
    """Tiles of a map, about square and of at most about `area` places each; their sides are even, so that pools stay whole."""
    side = max(int(area**0.5) // 2 * 2, 2)
    rows, columns = (
        _cuts(height, side if height * width > area else height),
        _cuts(width, side if height * width > area else width),
    )
    for top, bottom in rows:
        for left, right in columns:
            outer = Box(max(top - halo, 0), min(bottom + halo, height), max(left - halo, 0), min(right + halo, width))
            yield Tile(Box(top, bottom, left, right), outer)


def _cuts(length: int, side: int) -> list[tuple[int, int]]:
    """Even pieces of a length, at most about `side` long; an odd place at the end goes with the last piece."""
    count = max(-(-length // side), 1)
    step = max(-(-length // count // 2) * 2, 2)
    starts = [start for start in range(0, length, step) if start == 0 or length - start > 1]
    return list(zip(starts, [*starts[1:], length]))
