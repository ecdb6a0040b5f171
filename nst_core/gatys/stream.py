"""A VGG's losses and their gradient, segment by segment and tile by tile, without autograd and equal to the whole picture's.

A segment is what lies between two pools. Between segments whole maps are kept (30 values a pixel in all); inside one, a large
map is computed in tiles, and on the way back what there was no room to keep is computed again. Sums over all tiles make the Gram
matrices, so they are the whole picture's; every place's gradient flows through the halo into the tiles around it and is added up
there.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import torch
import torch.nn.functional as F
from torch import Tensor, nn

from ..networks import winograd
from ..networks.planar import layout
from ..networks.vgg import Vgg
from .layers import Convolution, FirstConvolution, Padding, Pooling, fold, pool, pool_back
from .objective import Measured, Moments, Objective, Tally
from .pulse import Pulse, no_pulse
from .room import UNBOUNDED, Room
from .tiles import Box, Tile, tiles

Visit = Callable[[str, Tensor, Box], None]
"""Takes a layer's name, features (1, C, h, w) and where they lie in the layer's map."""

FORWARD_SHARE = 0.4  # of an evaluation's time


@dataclass(frozen=True)
class Segment:
    """The layers between two pools, by name; a place's features reach as far as there are layers."""

    layers: Mapping[str, Convolution | FirstConvolution]

    @property
    def halo(self) -> int:
        return len(self.layers)

    @property
    def values_per_place(self) -> int:
        """What is alive at once in a tile on the way back: every layer's output, two gradients, and a style term's copies."""
        return self.outputs_per_place + 4 * max(one.channels for one in self.layers.values())

    @property
    def outputs_per_place(self) -> int:
        return sum(one.channels for one in self.layers.values())

    def cut(self, wanted: Collection[str]) -> Segment:
        """Without what lies behind the last wanted layer."""
        names = list(self.layers)
        last = max(index for index, name in enumerate(names) if name in wanted)
        return Segment({name: self.layers[name] for name in names[: last + 1]})


@dataclass
class _Stage:
    """One segment in one evaluation: its input, its tiles, how its maps lie in memory, and the layers' outputs of those tiles
    that keep them, by the tile's number."""

    segment: Segment
    first: bool
    x: Tensor
    tiles: list[Tile]
    layout: torch.memory_format
    outputs: dict[int, dict[str, Tensor]] = field(default_factory=dict)

    @property
    def whole(self) -> bool:
        return len(self.tiles) == 1

    def run(self, tile: Tile) -> Iterator[tuple[str, Tensor]]:
        """Every layer's output on a tile with its halo."""
        x = _part(self.x, tile.outer, self.first).contiguous(memory_format=self.layout)
        for name, layer in self.segment.layers.items():
            x = layer(x)
            yield name, x


class VggStream(Measured):
    """A VGG's weights in one dtype on their device, ready for pictures of any size.

    `padding` None is the network's own. There may be less `room` at any time. With `by_winograd` float32 convolves by Winograd's
    method where that pays, and rounds ten times as coarsely.
    """

    def __init__(
        self,
        network: Vgg,
        dtype: torch.dtype = torch.float32,
        pooling: Pooling = Pooling.MAX,
        padding: Padding | None = None,
        room: Room = UNBOUNDED,
        by_winograd: bool = False,
    ) -> None:
        self.room = room
        self._by_winograd = by_winograd
        self._dtype, self._pooling = dtype, pooling
        self._value_bytes = torch.finfo(dtype).bits // 8
        self._precise = torch.promote_types(dtype, torch.float32)
        self._ceil = network.reflecting
        self._padding = padding or (Padding.REFLECT if network.reflecting else Padding.ZEROS)
        self._segments = _segments(network, dtype, self._padding)
        self._matrix, self._offset = _normalisation(network, self._precise)

    @torch.no_grad()
    def moments(self, picture: Tensor, masks: Mapping[str, Tensor | None], pulse: Pulse = no_pulse) -> dict[str, Tensor]:
        """Gram matrices per place (R, C, C) of a picture (1, 3, H, W): of every layer in `masks`, under its masks (R, h, w)."""
        found = {layer: Moments(mask) for layer, mask in masks.items()}

        def count(layer: str, features: Tensor, box: Box) -> None:
            found[layer].add(features, box)

        for _ in self._down(picture, set(masks), count, pulse):
            pass
        return {layer: moments.means() for layer, moments in found.items()}

    @torch.no_grad()
    def features(self, picture: Tensor, layers: Collection[str], pulse: Pulse = no_pulse) -> dict[str, Tensor]:
        """Whole maps (1, C, h, w) of the layers."""
        found: dict[str, Tensor] = {}
        sizes = self.sizes(picture, layers)

        def keep(layer: str, features: Tensor, box: Box) -> None:
            if layer not in found:
                found[layer] = _unfilled(features, *sizes[layer])
            _part(found[layer], box).copy_(features)

        for _ in self._down(picture, set(layers), keep, pulse):
            pass
        return found

    def sizes(self, picture: Tensor, layers: Collection[str]) -> dict[str, tuple[int, int]]:
        """Rows and columns of the layers' maps."""
        height, width = picture.shape[2:]
        found = {}
        for segment in self._segments:
            found.update({layer: (height, width) for layer in segment.layers if layer in layers})
            height, width = self._halved(height, width)
        return found

    @torch.no_grad()
    def measure(self, picture: Tensor, objective: Objective, pulse: Pulse = no_pulse) -> tuple[Tensor, Tensor]:
        tally = Tally(objective)
        stages = list(self._down(picture, objective.layers, tally.add, lambda share: pulse(FORWARD_SHARE * share), keep=True))
        tally.close()
        gradient: Tensor | None = None
        step = (1 - FORWARD_SHARE) / len(stages)
        start = FORWARD_SHARE
        while stages:
            gradient = self._up(
                stages.pop(), gradient, tally, objective.layers, lambda share, start=start: pulse(start + step * share)
            )
            start += step
        assert gradient is not None
        return tally.values, self._to_picture(gradient)

    # --- pictures to features

    def _down(self, picture: Tensor, wanted: set[str], visit: Visit, pulse: Pulse, keep: bool = False) -> Iterator[_Stage]:
        """Show every wanted layer's features to `visit`, tile by tile; yields the stages, with their outputs if they are kept."""
        segments = self._reaching(wanted)
        x = self._normalised(picture)
        height, width = picture.shape[2:]
        plan = self._plan(segments, height, width)
        for index, (segment, (tiles_, kept)) in enumerate(zip(segments, plan)):
            last = index == len(segments) - 1
            stage = _Stage(segment, index == 0, x, tiles_, self._layout(x, tiles_[0]))
            pooled: Tensor | None = None
            for number, tile in enumerate(stage.tiles):
                pulse((index + number / len(stage.tiles)) / len(segments))
                outputs = stage.outputs.setdefault(number, {}) if keep and number < kept else None
                for name, output in stage.run(tile):
                    if name in wanted:
                        visit(name, _part(output, tile.inner.within(tile.outer)), tile.inner)
                    if outputs is not None:
                        outputs[name] = output
                if not last:
                    pooled = self._pool(output, tile, pooled, height, width)
            yield stage
            if pooled is not None:
                x, (height, width) = pooled, pooled.shape[2:]

    def _pool(self, output: Tensor, tile: Tile, whole: Tensor | None, height: int, width: int) -> Tensor:
        """The tile's inner part pooled, put at its place in the whole map."""
        found = pool(_part(output, tile.inner.within(tile.outer)), self._pooling, self._ceil)
        if tile.inner.area == height * width:
            return found
        height, width = self._halved(height, width)
        if whole is None:
            whole = _unfilled(found, height, width)
        _part(whole, tile.inner.halved(height, width)).copy_(found)
        return whole

    def _halved(self, height: int, width: int) -> tuple[int, int]:
        """A map's size after a pool."""
        return (height + self._ceil) // 2, (width + self._ceil) // 2

    # --- and back

    def _up(self, stage: _Stage, above: Tensor | None, tally: Tally, wanted: set[str], pulse: Pulse) -> Tensor:
        """The gradient with respect to a stage's input, from that with respect to its pooled output (None behind the last)."""
        whole = None if stage.whole else torch.zeros_like(stage.x, dtype=self._precise if stage.first else self._dtype)
        for number, tile in enumerate(stage.tiles):
            pulse(number / len(stage.tiles))
            outputs = stage.outputs.pop(number, None) or dict(stage.run(tile))
            gradient = self._through(stage.segment, outputs, tile, above, tally, wanted)
            if whole is None:
                return gradient
            _part(whole, tile.outer, stage.first).add_(gradient)
        assert whole is not None
        return whole

    def _through(
        self, segment: Segment, outputs: dict[str, Tensor], tile: Tile, above: Tensor | None, tally: Tally, wanted: set[str]
    ) -> Tensor:
        """The gradient with respect to a tile's input. Outputs are freed as they are used up.

        Terms are counted at inner places only. From there a gradient spreads by one place a layer, while what a cut edge spoils
        reaches inwards by one place a layer: they never meet.
        """
        inner = tile.inner.within(tile.outer)
        gradient: Tensor | None = None
        for name in reversed(list(outputs)):
            output = outputs.pop(name)
            if gradient is None:
                pull = self._pull(name, output, inner, tile.inner, above, tally, wanted)
                gradient = pull if tile.inner == tile.outer else torch.zeros_like(output)
                if gradient is not pull:
                    _part(gradient, inner).copy_(pull)
            elif name in wanted:
                _part(gradient, inner).add_(tally.gradient(name, _part(output, inner), tile.inner))
            gradient = segment.layers[name].back(gradient, output)
        assert gradient is not None
        return gradient

    def _pull(
        self, name: str, output: Tensor, inner: Box, box: Box, above: Tensor | None, tally: Tally, wanted: set[str]
    ) -> Tensor:
        """What the last layer of a segment gets from the segment above and from terms of its own."""
        features = _part(output, inner)
        if above is None:
            return tally.gradient(name, features, box)
        above = _part(above, box.halved(*above.shape[2:])).contiguous(memory_format=layout(features))
        gradient = pool_back(above, features, self._pooling, self._ceil)
        return gradient.add_(tally.gradient(name, features, box)) if name in wanted else gradient

    # --- the rest

    def _reaching(self, wanted: set[str]) -> list[Segment]:
        """The segments that lead to the wanted layers, the last one cut short."""
        last = max(index for index, segment in enumerate(self._segments) if wanted & set(segment.layers))
        return [*self._segments[:last], self._segments[last].cut(wanted)]

    def _plan(self, segments: Sequence[Segment], height: int, width: int) -> list[tuple[list[Tile], int]]:
        """The tiles of every segment, and how many of them keep their outputs until the way back: a tile that is all there is,
        and the deepest ones first, where computing an output again takes most for the memory that it is kept in."""
        cut: list[list[Tile]] = []
        for segment in segments:
            cut.append(self._tiles(segment, height, width))
            height, width = self._halved(height, width)
        left, counts = self.room.kept, []
        for segment, found in zip(reversed(segments), reversed(cut)):
            counts.append(1 if len(found) == 1 else 0)
            for tile in found[counts[-1] :]:
                left -= tile.outer.area * segment.outputs_per_place * self._value_bytes
                if left < 0:
                    break
                counts[-1] += 1
        return list(zip(cut, reversed(counts)))

    def _tiles(self, segment: Segment, height: int, width: int) -> list[Tile]:
        places = min(self.room.tile / (segment.values_per_place * self._value_bytes), height * width)
        return list(tiles(height, width, int(places), segment.halo))

    def _layout(self, x: Tensor, tile: Tile) -> torch.memory_format:
        """How maps are best laid out for what convolves tiles like this one."""
        one = _part(x, tile.outer)
        return torch.contiguous_format if self._by_winograd and winograd.pays(one) else torch.channels_last

    def _normalised(self, picture: Tensor) -> Tensor:
        """As the weights expect it, with one more place on each side: (1, 3, H + 2, W + 2)."""
        x = _recoloured(picture.to(self._precise), self._matrix).add_(self._offset[:, None, None])
        return F.pad(x, (1, 1, 1, 1), mode=self._padding.value)

    def _to_picture(self, gradient: Tensor) -> Tensor:
        """The adjoint of `_normalised`."""
        return _recoloured(fold(gradient, self._padding).contiguous(), self._matrix.t())


def _recoloured(picture: Tensor, matrix: Tensor) -> Tensor:
    """Every pixel's colour times a matrix (3, 3); as a convolution it would take five times the picture's memory."""
    return (matrix @ picture.flatten(2)).view(picture.shape)


def _part(x: Tensor, box: Box, padded: bool = False) -> Tensor:
    """A view of a map's places in `box`; a padded map has one more place on each side."""
    rows, columns = box.slices
    more = 2 if padded else 0
    return x[:, :, rows.start : rows.stop + more, columns.start : columns.stop + more]


def _unfilled(part: Tensor, height: int, width: int) -> Tensor:
    """A whole map that features (1, C, h, w) are a part of: it lies as they do, and has no values yet."""
    shape = (1, part.shape[1], height, width)
    return torch.empty(shape, dtype=part.dtype, device=part.device, memory_format=layout(part))


def _segments(network: Vgg, dtype: torch.dtype, padding: Padding) -> list[Segment]:
    blocks: dict[str, dict[str, Convolution | FirstConvolution]] = {}
    for name in network.places:
        weight, bias = _weights(network, name)
        layer = FirstConvolution(weight, bias, dtype) if name == "conv1_1" else Convolution(weight, bias, dtype, padding)
        blocks.setdefault(name[: name.index("_")], {})[name] = layer
    return [Segment(layers) for layers in blocks.values()]


def _weights(network: Vgg, name: str) -> tuple[Tensor, Tensor]:
    convolution = network.features[network.places[name]]
    assert isinstance(convolution, nn.Conv2d) and convolution.bias is not None
    return convolution.weight.detach(), convolution.bias.detach()


def _normalisation(network: Vgg, dtype: torch.dtype) -> tuple[Tensor, Tensor]:
    """The network's own normalisation as what it is, an affine map of colours: matrix (3, 3) and offset (3,)."""
    told = network.normalisation
    mean, deviation = (torch.tensor(values, dtype=torch.float64) for values in (told.mean, told.deviation))
    colours = torch.eye(3, dtype=torch.float64)
    matrix = (colours.flip(0) if told.channels == "BGR" else colours) * told.factor / deviation[:, None]
    place = _weights(network, "conv1_1")[0].device
    return matrix.to(place, dtype), (-mean / deviation).to(place, dtype)
