"""How memory is shared between a tile and the outputs of other tiles, which wait for the way back."""

from __future__ import annotations

from dataclasses import dataclass

import torch

SMALLEST_TILE = 8 << 20  # bytes: below it, there is no picture but halos
TILE_COST = 4.0
"""Memory that a tile takes for every byte that is counted in it: up to 2.7 were seen, as operators make copies and the allocator
doesn't give back at once what it is given back."""
KEPT_COST = 3.0
"""The same of outputs that are kept: pieces of 10 MB among others that come and go leave holes in the allocator's memory. Up to
2.8 were seen, after ten iterations, and no more after sixty."""
TILE_VALUES = 32 << 20
"""A larger tile gains a CPU nothing: maps of 10 MB are as fast as larger ones, whose memory is asked for page by page. An
iteration of VGG-19 to conv3_3 (bfloat16, one thread), all tiles keeping their outputs, in seconds, and the process' peak:

    values, millions    512 × 384     1024 × 768    1600 × 1200
    6                   0.62          2.5  1.6 GB
    12                  0.60          2.5  1.6 GB   5.8  2.6 GB
    32                  0.53          2.2  2.1 GB   5.5  3.0 GB
    64                                              5.6  3.5 GB
    the whole picture   0.51          2.2  3.1 GB
"""


@dataclass(frozen=True)
class Room:
    """In bytes: what may be alive in a tile, and what tiles may keep of their layers' outputs. A map of one tile keeps all."""

    tile: float = float("inf")
    kept: float = 0.0

    @classmethod
    def within(cls, memory: float, place: torch.device, dtype: torch.dtype) -> Room:
        """All of the memory, in bytes, for maps of that dtype on that device."""
        most = TILE_VALUES * torch.finfo(dtype).bits // 8 if place.type == "cpu" else float("inf")
        tile = max(min(memory / TILE_COST, most), SMALLEST_TILE)
        return cls(tile, max(memory - tile * TILE_COST, 0.0) / KEPT_COST)

    @property
    def least(self) -> bool:
        return self.tile <= SMALLEST_TILE

    def less(self, free: float) -> Room:
        """Where memory ran out, with so many bytes free now."""
        return Room(max(min(self.tile, free) / 2, SMALLEST_TILE))


UNBOUNDED = Room()
LEAST = Room(SMALLEST_TILE)
