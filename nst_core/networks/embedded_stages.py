"""The embedded network on pictures of any size, stage by stage over sheets; gives what `Embedded.forward` gives."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import torch
import torch.nn.functional as F
from torch import Tensor

from .embedded import EIGHTH, FACTS, QUARTER, SIXTEENTH, Embedded, StyledConv, enlarge
from .sheets import MirroredPicture, Picture, Sheet, Space, run

# Rows of the picture: what a stage sees beyond a band, in whole rows of the coarsest sheet it touches.
QUARTER_HALO, EIGHTH_HALO, SIXTEENTH_HALO = 8, 16, 32


def paint(network: Embedded, content: Tensor, code: Tensor, space: Space) -> Tensor:
    """`content` (1, 3, H, W) in [0, 1] after `code` (1, CODE): the same shape, in (0, 1)."""
    given = MirroredPicture(content, FACTS.size_multiple)
    quarter = space.sheet(given, QUARTER, 4, network.trunk_precision.itemsize)
    run(partial(looked_at, network), [given], quarter, space, QUARTER_HALO)
    coarse_stages(network, given, quarter, code, space)
    painted = Picture(given.shape)
    leave = styled(network.from_quarter, quarter, code)

    def finish(picture: Tensor, band: Tensor) -> Tensor:
        fine = fine_features(network, picture)
        return network.paint(fine, leave(band).to(fine.dtype), code)

    run(finish, [given, quarter], painted, space, QUARTER_HALO, counted=False)
    return painted.whole[:, :, : content.shape[2], : content.shape[3]]


def coarse_stages(network: Embedded, given: Sheet, quarter: Sheet, code: Tensor, space: Space) -> None:
    """`Embedded.trunk` without its last convolution; changes the sheet at a quarter of the size."""
    size = network.trunk_precision.itemsize
    eighth, sixteenth = space.sheet(given, EIGHTH, 8, size), space.sheet(given, SIXTEENTH, 16, size)
    enter = styled(network.to_eighth, quarter, code)
    run(lambda band: enter(band).relu_(), [quarter], eighth, space, EIGHTH_HALO)
    stage(network.eighth_in, eighth, code, space, EIGHTH_HALO)
    enter = styled(network.to_sixteenth, eighth, code)
    run(lambda band: enter(band).relu_(), [eighth], sixteenth, space, SIXTEENTH_HALO)
    for wide in network.sixteenth:
        stage(wide, sixteenth, code, space, SIXTEENTH_HALO)
    leave = styled(network.from_sixteenth, sixteenth, code)
    run(lambda low, band: enlarge(leave(low)).add_(band), [sixteenth, eighth], eighth, space, SIXTEENTH_HALO)
    sixteenth.close()
    for wide in network.eighth:
        stage(wide, eighth, code, space, EIGHTH_HALO)
    leave, across = styled(network.from_eighth, eighth, code), styled(network.across_quarter, quarter, code)
    run(lambda low, band: enlarge(leave(low)).add_(across(band)), [eighth, quarter], quarter, space, EIGHTH_HALO)
    eighth.close()
    for dense in network.quarter:
        stage(dense, quarter, code, space, QUARTER_HALO)


def looked_at(network: Embedded, picture: Tensor) -> Tensor:
    """A band of the picture to its features at a quarter of the size."""
    return network.to_quarter(fine_features(network, picture).to(network.trunk_precision)).relu_()


def fine_features(network: Embedded, picture: Tensor) -> Tensor:
    """A band of the picture to its features at half the size: computed twice, as they cost less than keeping them."""
    return network.stem(F.pad(picture, (2,) * 4, mode="reflect")).relu_()


def stage(block: torch.nn.Module, sheet: Sheet, code: Tensor, space: Space, halo: int) -> None:
    """A residual block, in place."""
    moments = sheet.moments.of(code)
    run(lambda band: block(band, code, moments), [sheet], sheet, space, halo)


def styled(layer: StyledConv, sheet: Sheet, code: Tensor) -> Callable[[Tensor], Tensor]:
    """The layer for bands of the features that the sheet holds now."""
    moments = sheet.moments.of(code)
    return lambda band: layer(band, code, moments)
