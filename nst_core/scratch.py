"""Room for the features of large pictures: the device's memory, then the computer's, then a scratch file; no network here.

A scratch file has no name, or one that the system deletes with the process: nothing is left behind, not even by a crash.
"""

from __future__ import annotations

import contextlib
import errno
import math
import shutil
import tempfile
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import accumulate
from pathlib import Path
from typing import IO, Any

import torch
from torch import Tensor

from . import device, folders, limits, reuse
from .errors import OutOfMemory
from .networks.facts import NetworkFacts
from .networks.sheets import BAND_PIXELS, MemorySheet, Sheet, Space

DISK_LEFT = 2**28  # bytes that stay free for everybody else
DISK_FOR_SPEED = 0.5  # of the disk that is free, for what could be computed again
COPIES = 2.0
"""What a band takes, for every byte that is counted in it: copies, other precisions, and what the allocator keeps between bands.
AdaIN's and Hayao's took 1.5 times as much (12000 x 8000 and 2000 x 1400, NST_MEMORY bounding), Hayao's in all 5.6 GB of 5 where
the sheets are in memory as well (3000 x 2000)."""
GREATEST = torch.finfo(torch.float16).max
PICTURE_BYTES = 16  # of the pixel that is made, and of the layer that it becomes


class ScratchSpace(Space):
    """Sheets in memory as far as `share` of what is free goes, the rest of their rows in scratch files; a context that closes
    them all, and in which memory that is freed on the processor is kept to be used again. `short` tells that not everything
    fits into memory.

    Where not all that must be kept fits into memory, and the network's facts allow it, every sheet is in float16. Raises
    OutOfMemory, before anything is computed, when the disk has no room for what a network with `facts` needs for `height` x
    `width` pixels.
    """

    def __init__(self, place: torch.device, facts: NetworkFacts, height: int, width: int, share: float = 1.0) -> None:
        pixels = height * width
        free = device.budget(place) * share - PICTURE_BYTES * pixels
        needed = pixels * facts.kept_bytes_per_pixel
        self.short = needed > free / 2
        # Low bands are mostly halo: where the sheets need the disk anyway, it takes some more of them.
        for_bands = free * (3 / 4 if self.short else 1 / 2)
        band_bytes = facts.band_bytes_per_pixel * COPIES
        most = max(for_bands / max(band_bytes, 1), facts.least_band_pixels)
        super().__init__(place, int(BAND_PIXELS["cpu" if place.type == "cpu" else "gpu"] * share), int(most))
        self.place = place
        in_bands = band_bytes * width * min(self.rows(width, facts.halo) + 2 * facts.halo, height)
        self.left = {place.type: free - in_bands}
        if place.type not in ("cpu", "mps"):
            self.left["cpu"] = device.budget(torch.device("cpu")) * share
        self.files = contextlib.ExitStack()
        self.halved = facts.kept_in_half and needed > self._memory
        self._demand_disk((needed / 2 if self.halved else needed) - self._memory)

    def __enter__(self) -> ScratchSpace:
        if self.place.type == "cpu":
            self.files.enter_context(reuse.of_freed_memory())
        return self

    def __exit__(self, *_: object) -> None:
        self.files.close()

    def placed(self, shape: Sequence[int], every: int, itemsize: int) -> Sheet:
        sheets = list(self._pieces(shape, every, self._stored(itemsize)))
        whole = sheets[0] if len(sheets) == 1 else StackedSheet(shape, every, sheets)
        return HalvedSheet(whole) if self.halved else whole

    def _pieces(self, shape: Sequence[int], every: int, itemsize: int) -> Iterator[Sheet]:
        """Sheets that have the rows of one between them: as many as go into memory, the others in a file."""
        count, channels, height, width = shape
        row = count * channels * width * itemsize
        for kind, left in self.left.items():
            rows = min(height, int(max(left, 0) // row))
            if not rows:
                continue
            height -= rows
            self.left[kind] -= rows * row
            piece, give_back = (count, channels, rows, width), partial(self._give_back, kind, rows * row)
            own = kind == self.place.type
            yield LentSheet(piece, every, give_back) if own else HostSheet(piece, every, self.place, give_back)
        if height:
            sheet = FileSheet((count, channels, height, width), every, self.place)
            self.files.callback(sheet.close)
            yield sheet

    def _give_back(self, kind: str, size: int) -> None:
        self.left[kind] += size

    def holds(self, shape: Sequence[int], itemsize: int, dear: bool = False) -> bool:
        size = math.prod(shape) * self._stored(itemsize)
        on_disk = dear and self.place.type == "cpu"  # a graphics card computes anything faster
        return size <= self._memory or (on_disk and size <= free_disk() * DISK_FOR_SPEED)

    def _stored(self, itemsize: int) -> int:
        """Bytes of a value that has `itemsize` where it is computed with."""
        return min(itemsize, torch.float16.itemsize) if self.halved else itemsize

    @property
    def _memory(self) -> float:
        """Bytes of memory that are left for sheets."""
        return sum(max(left, 0) for left in self.left.values())

    @staticmethod
    def _demand_disk(size: float) -> None:
        if size <= 0:
            return
        folder, free = scratch_folder(), free_disk()
        if size > free:
            raise OutOfMemory(
                f"a picture of this size needs {size / 1e9:.1f} GB of scratch space, but {folder} has {free / 1e9:.1f} GB: "
                "free some, set NST_SCRATCH to a folder on another disk, or choose a smaller working size"
            )


class Rehearsal(Space):
    """Sheets of a small picture, those kept that `space` would keep of a picture with `times` as many pixels, in bands as high
    as those of one `width` pixels wide; a context, after which `space` is as it was."""

    def __init__(self, space: ScratchSpace, times: float, width: int) -> None:
        super().__init__(space.place)
        self.space, self.times, self.width = space, times, width
        self.standing_for = contextlib.ExitStack()

    def __enter__(self) -> Rehearsal:
        return self

    def __exit__(self, *_: object) -> None:
        self.standing_for.close()

    def placed(self, shape: Sequence[int], every: int, itemsize: int) -> Sheet:
        large = self.space.placed(self._large(shape), every, itemsize)
        self.standing_for.callback(large.close)
        return StandIn(shape, every, large)

    def holds(self, shape: Sequence[int], itemsize: int, dear: bool = False) -> bool:
        return self.space.holds(self._large(shape), itemsize, dear)

    def rows(self, width: int, halo: int) -> int:
        return self.space.rows(self.width, halo)

    def _large(self, shape: Sequence[int]) -> tuple[int, int, int, int]:
        count, channels, height, width = shape
        return count, channels, int(height * self.times), width


class LentSheet(MemorySheet):
    """A sheet in memory whose room is there for the next one when it is closed."""

    def __init__(self, shape: Sequence[int], every: int, give_back: Callable[[], None]) -> None:
        super().__init__(shape, every)
        self._give_back = contextlib.ExitStack()
        self._give_back.callback(give_back)

    def close(self) -> None:
        super().close()
        self._give_back.close()  # which does it once


class HostSheet(LentSheet):
    """A sheet in the computer's memory, for a device whose own is too small."""

    def __init__(
        self, shape: Sequence[int], every: int, place: torch.device, give_back: Callable[[], None] = lambda: None
    ) -> None:
        super().__init__(shape, every, give_back)
        self.place = place

    def read(self, top: int, bottom: int) -> Tensor:
        return super().read(top, bottom).to(self.place)

    def write(self, top: int, rows: Tensor) -> None:
        super().write(top, rows.cpu())


class HalvedSheet(Sheet):
    """A sheet kept in float16, where that is precise enough, and computed with in float32."""

    def __init__(self, kept: Sheet) -> None:
        super().__init__(kept.shape, kept.every)
        self.kept = kept

    def close(self) -> None:
        self.kept.close()

    def read(self, top: int, bottom: int) -> Tensor:
        return self.kept.read(top, bottom).float()

    def write(self, top: int, rows: Tensor) -> None:
        # Features behind which everything is normalised may have any size; one that is too large must not become infinite.
        self.kept.write(top, rows.half().clamp_(-GREATEST, GREATEST))


class StandIn(MemorySheet):
    """A small sheet for a large one, which has no rows yet and is closed with it."""

    def __init__(self, shape: Sequence[int], every: int, large: Sheet) -> None:
        super().__init__(shape, every)
        self.large = large

    def close(self) -> None:
        super().close()
        self.large.close()


class StackedSheet(Sheet):
    """A sheet whose rows lie in several others, from top to bottom."""

    def __init__(self, shape: Sequence[int], every: int, sheets: Sequence[Sheet]) -> None:
        super().__init__(shape, every)
        ends = list(accumulate(sheet.shape[2] for sheet in sheets))
        self.parts = list(zip(sheets, [0, *ends], ends))

    def close(self) -> None:
        for sheet, _, _ in self.parts:
            sheet.close()

    def read(self, top: int, bottom: int) -> Tensor:
        found = [sheet.read(start - above, stop - above) for sheet, above, start, stop in self._crossed(top, bottom)]
        return found[0] if len(found) == 1 else torch.cat(found, 2).contiguous(memory_format=torch.channels_last)

    def write(self, top: int, rows: Tensor) -> None:
        for sheet, above, start, stop in self._crossed(top, top + rows.shape[2]):
            sheet.write(start - above, rows[:, :, start - top : stop - top])

    def _crossed(self, top: int, bottom: int) -> Iterator[tuple[Sheet, int, int, int]]:
        """The sheets that have rows from `top` to before `bottom`, how many rows lie above each, and which of those it has."""
        for sheet, first, end in self.parts:
            start, stop = max(top, first), min(bottom, end)
            if start < stop:
                yield sheet, first, start, stop


class FileSheet(Sheet):
    """A sheet in a scratch file, row after row as they lie in channels-last tensors.

    Read and written, not mapped: what is mapped counts as memory of the process.
    """

    def __init__(self, shape: Sequence[int], every: int, place: torch.device) -> None:
        super().__init__(shape, every)
        self.place = place
        self.file: IO[bytes] = tempfile.TemporaryFile(dir=scratch_folder(), buffering=0)  # noqa: SIM115  (`close` ends it)
        self.dtype: torch.dtype | None = None  # that of the first rows

    def close(self) -> None:
        self.file.close()

    def read(self, top: int, bottom: int) -> Tensor:
        count, channels, _, width = self.shape
        rows = torch.empty(bottom - top, count, width, channels, dtype=self.dtype)
        self.file.seek(top * rows[:1].nbytes)
        self._whole(self.file.readinto, rows)  # type: ignore[attr-defined]
        return rows.to(self.place).permute(1, 3, 0, 2).contiguous(memory_format=torch.channels_last)

    def write(self, top: int, rows: Tensor) -> None:
        self.dtype = self.dtype or rows.dtype  # what is changed in place may come in another precision
        ordered = rows.to(self.dtype).permute(2, 0, 3, 1).contiguous().cpu()
        self.file.seek(top * ordered[:1].nbytes)
        try:
            self._whole(self.file.write, ordered)
        except OSError as error:
            if error.errno not in (errno.ENOSPC, errno.EDQUOT):
                raise
            raise OutOfMemory(
                f"the disk of {scratch_folder()} is full: free some space there, set NST_SCRATCH to a folder on another disk, "
                "or choose a smaller working size"
            ) from error

    @staticmethod
    def _whole(transfer: Any, rows: Tensor) -> None:
        """All bytes of `rows` in as many calls as the system wants."""
        data = rows.reshape(-1).view(torch.uint8).numpy().data
        while data:
            done = transfer(data)
            if not done:
                raise OSError(errno.EIO, "a scratch file is shorter than what was written")
            data = data[done:]


def scratch_folder() -> Path:
    """Where scratch files are made: NST_SCRATCH, or the cache folder (the system's own may lie in memory)."""
    chosen = limits.scratch()
    folder = Path(chosen) if chosen else folders.cache() / "scratch"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise OutOfMemory(
            f"the folder {folder} for scratch files can't be made ({error.strerror}): set NST_SCRATCH to one that can be written"
        ) from error
    return folder


def free_disk() -> int:
    """Bytes that scratch files may take."""
    return max(shutil.disk_usage(scratch_folder()).free - DISK_LEFT, 0)
