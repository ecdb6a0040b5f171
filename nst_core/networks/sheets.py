"""Features of pictures of any size: sheets that are written and read some rows at a time, wherever they lie, and their
statistics; no network here.

A network whose normalisations need the whole picture runs stage by stage: each stage reads bands of rows from sheets, with a
few rows more on both sides, and writes its rows into a sheet that gathers their mean and variance for the next stage. So the
result is that of one piece, up to rounding, while only the sheets grow with the picture.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Sequence

import torch
import torch.nn.functional as F
from torch import Tensor

from .moments import Moments

BAND_PIXELS = {"cpu": 2**18, "gpu": 2**22}
"""Pixels of the picture in one band. On a CPU what a convolution leaves is still in the cache for the next one, and freed
memory is taken again without asking the system; a GPU has to be kept busy."""
LEAST_ROWS = 16
"""Rows of the picture that a band begins at multiples of: whole rows at a sixteenth of the size."""


class Sheet(ABC):
    """Features (N, C, H, W) of a picture; one row of theirs stands for `every` rows of the picture."""

    def __init__(self, shape: Sequence[int], every: int) -> None:
        self.shape = tuple(shape)
        self.every = every
        self.moments = Moments()

    @abstractmethod
    def read(self, top: int, bottom: int) -> Tensor:
        """Rows from `top` to before `bottom`, channels-last, where they are to be computed with; not to be changed."""

    @abstractmethod
    def write(self, top: int, rows: Tensor) -> None:
        """Put `rows` (N, C, h, W) there."""

    def close(self) -> None:  # noqa: B027  (what keeps nothing has nothing to give back)
        """Give back what it takes; it can't be read any more."""

    def span(self, start: int, stop: int) -> tuple[int, int]:
        """The rows that stand for the picture's rows from `start` to before `stop`, as far as there are any."""
        return min(-(-start // self.every), self.shape[2]), min(-(-stop // self.every), self.shape[2])


class MemorySheet(Sheet):
    """A sheet that is a tensor."""

    def __init__(self, shape: Sequence[int], every: int, tensor: Tensor | None = None) -> None:
        super().__init__(shape, every)
        self.tensor = tensor

    def read(self, top: int, bottom: int) -> Tensor:
        assert self.tensor is not None
        return self.tensor[:, :, top:bottom].contiguous(memory_format=torch.channels_last)

    def write(self, top: int, rows: Tensor) -> None:
        if rows.shape[2] == self.shape[2]:
            self.tensor = rows  # all of it at once is not copied
            return
        if self.tensor is None:
            self.tensor = self.empty(rows)
        self.tensor[:, :, top : top + rows.shape[2]] = rows

    def close(self) -> None:
        self.tensor = None

    def empty(self, like: Tensor) -> Tensor:
        return torch.empty(self.shape, dtype=like.dtype, device=like.device, memory_format=torch.channels_last)


class Picture(MemorySheet):
    """A picture that is there or is being made; plane by plane, as pictures lie outside of networks."""

    def __init__(self, shape: Sequence[int], tensor: Tensor | None = None) -> None:
        super().__init__(shape, 1, tensor)

    def empty(self, like: Tensor) -> Tensor:
        return torch.empty(self.shape, dtype=like.dtype, device=like.device)

    @property
    def whole(self) -> Tensor:
        assert self.tensor is not None
        return self.tensor


class MirroredPicture(Sheet):
    """A picture (N, 3, H, W) in [0, 1] that is there, read in `value_range`, its sides filled up to multiples of `multiple` by
    reflection."""

    def __init__(self, tensor: Tensor, multiple: int, value_range: tuple[float, float] = (0, 1)) -> None:
        count, channels, height, width = tensor.shape
        super().__init__((count, channels, height + -height % multiple, width + -width % multiple), 1)
        self.tensor = tensor
        self.value_range = value_range

    def read(self, top: int, bottom: int) -> Tensor:
        _, _, height, width = self.tensor.shape
        # The mirror lies on the last row, and may lie above what is asked for.
        first = min(top, max(2 * height - 1 - bottom, 0)) if bottom > height else top
        band = self.tensor[:, :, first : min(bottom, height)]
        margins = (0, self.shape[3] - width, 0, max(bottom - height, 0))
        if any(margins):
            band = F.pad(band, margins, mode="reflect")[:, :, top - first :]
        return in_range(band.contiguous(memory_format=torch.channels_last), self.value_range)

    def write(self, top: int, rows: Tensor) -> None:
        raise NotImplementedError("what is given is not written to")


class Counted(Sheet):
    """Nothing is kept but the moments: for features that are cheaper to compute again than to keep."""

    def read(self, top: int, bottom: int) -> Tensor:
        raise NotImplementedError("what is only counted can't be read")

    def write(self, top: int, rows: Tensor) -> None:
        pass


class Space:
    """Where sheets lie and how many rows are computed at a time; this one knows the memory alone, and no limit.

    `band_pixels` are wanted in a band; at most `most_pixels` are in it, unless its halo alone takes more.
    """

    def __init__(self, place: torch.device, band_pixels: int = 0, most_pixels: int = 2**62) -> None:
        self.band_pixels = band_pixels or BAND_PIXELS["cpu" if place.type == "cpu" else "gpu"]
        self.most_pixels = most_pixels

    def sheet(self, picture: Sheet, channels: int, every: int, itemsize: int = 4) -> Sheet:
        """An empty sheet of features of `picture` at `1 / every` of its size, `itemsize` bytes a value."""
        return self.placed(at_scale(picture, channels, every), every, itemsize)

    def sheet_or_count(self, picture: Sheet, channels: int, every: int, dear: bool = False) -> Sheet:
        """A sheet as `sheet` gives it, or a `Counted` one where there is no memory for it, and for what is `dear`, which takes
        longer to compute again than to read from a disk, no room there."""
        shape = at_scale(picture, channels, every)
        return self.placed(shape, every, 4) if self.holds(shape, 4, dear) else Counted(shape, every)

    def placed(self, shape: Sequence[int], every: int, itemsize: int) -> Sheet:
        return MemorySheet(shape, every)

    def holds(self, shape: Sequence[int], itemsize: int, dear: bool = False) -> bool:
        """Whether there is room for a sheet that nobody has to have."""
        return True

    def rows(self, width: int, halo: int) -> int:
        """Rows of the picture in a band: never mostly halo."""
        wanted = max(self.band_pixels // width, 8 * halo)
        most = max(self.most_pixels // width - 2 * halo, 2 * halo)
        return max(min(wanted, most) // LEAST_ROWS, 1) * LEAST_ROWS

    def computed_pixels(self, height: int, width: int, halo: int) -> int:
        """Pixels of a picture that are computed, the halos included."""
        bands = -(-height // self.rows(width, halo))
        return width * (height + 2 * halo * (bands - 1))


def in_range(picture: Tensor, value_range: tuple[float, float]) -> Tensor:
    """A picture in [0, 1] brought to that range; itself where it is there already."""
    low, high = value_range
    return picture if (low, high) == (0, 1) else picture * (high - low) + low


def at_scale(picture: Sheet, channels: int, every: int) -> tuple[int, int, int, int]:
    """The shape of so many channels at `1 / every` of the picture's size, rounded up."""
    count, _, height, width = picture.shape
    return count, channels, -(-height // every), -(-width // every)


def run(
    part: Callable[..., Tensor], sources: Sequence[Sheet], target: Sheet, space: Space, halo: int = 0, counted: bool = True
) -> None:
    """Fill `target` with `part` of the sources' bands, whose rows stand for the same rows of the picture.

    `part` must be local: what it makes up beyond a band's upper and lower edge may reach at most `halo` rows of the picture
    inwards. Those are computed and dropped; at the picture's own border the band's edge is the picture's. `target` may be
    one of the sources. `halo` must be whole rows of every sheet. Its moments are gathered where `counted`.
    """
    sheets = (*sources, target)
    height = max(sheet.shape[2] * sheet.every for sheet in sheets)
    rows = space.rows(max(sheet.shape[3] * sheet.every for sheet in sheets), halo)
    moments = Moments()
    waiting: tuple[int, Tensor] | None = None
    for start in range(0, height, rows):
        stop = min(start + rows, height)
        top, bottom = max(start - halo, 0), min(stop + halo, height)
        # A band of what is changed in place is copied: rows of it are about to be written, and still needed.
        bands = [taken(sheet, sheet.span(top, bottom), sheet is target and start > 0) for sheet in sources]
        if waiting is not None:
            target.write(*waiting)
        made = part(*bands)
        del bands
        first, last = target.span(start, stop)
        skipped = first - target.span(top, bottom)[0]
        made = made[:, :, skipped : skipped + last - first]
        if counted:
            moments.add(made)
        waiting = (first, made)
        del made
    assert waiting is not None
    target.write(*waiting)
    target.moments = moments


def taken(sheet: Sheet, span: tuple[int, int], copied: bool) -> Tensor:
    rows = sheet.read(*span)
    return rows.clone() if copied else rows
