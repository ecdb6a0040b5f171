"""The networks' last paintings, so that what is only finished otherwise isn't painted again."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Hashable, Iterator
from typing import Any

import torch
from torch import Tensor

from . import device

KEPT_BYTES = 2**29
"""All of them together: dozens of previews, or two layers of 20 million pixels."""
KEPT_SHARE = 1 / 8  # of the memory that a job may take: the next one needs it more
PIXEL_BYTES = 12  # three colours in float32: a reused painting is the same bit for bit


class Paintings:
    """Pictures (1, 3, H, W) on the CPU under what they were painted from; the ones longest unused make room.

    They are shared: nobody changes what `get` gives, or what was given to `keep`.
    """

    def __init__(self, limit: int = KEPT_BYTES) -> None:
        self._limit = limit
        self._kept: OrderedDict[Hashable, Tensor] = OrderedDict()

    def __iter__(self) -> Iterator[Any]:
        """What the paintings are kept under, the one that is longest unused first."""
        return iter(self._kept)

    @property
    def bytes(self) -> int:
        """What all of them take."""
        return sum(map(_bytes, self._kept.values()))

    def fits(self, width: int, height: int) -> bool:
        """Whether a painting of that size could be here at all."""
        return width * height * PIXEL_BYTES <= self._limit

    def get(self, key: Hashable) -> Tensor | None:
        """The painting kept under `key`, or None."""
        painting = self._kept.get(key)
        if painting is not None:
            self._kept.move_to_end(key)
        return painting

    def keep(self, key: Hashable, painting: Tensor) -> None:
        """Keep `painting`, unless it alone takes more than may be taken now."""
        limit = min(self._limit, int(device.budget(torch.device("cpu")) * KEPT_SHARE))
        if _bytes(painting) > limit:
            return
        self._kept[key] = painting
        self._kept.move_to_end(key)
        while self.bytes > limit:
            self._kept.popitem(last=False)

    def clear(self) -> None:
        self._kept.clear()


def _bytes(painting: Tensor) -> int:
    """What stays in memory with it: it may be a part of something larger."""
    return painting.untyped_storage().nbytes()
