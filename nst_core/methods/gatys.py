"""Optimisation of the pixels until a network's features match the content's and the styles' (Gatys, Ecker, Bethge 2015, 2016)."""

from __future__ import annotations

from collections.abc import Callable, Hashable, Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import replace
from pathlib import Path
from typing import Any

import torch
from torch import Tensor

from .. import device, reuse
from ..errors import ModelError
from ..gatys.layers import Padding, Pooling
from ..gatys.precision import COARSE_PIXELS, dtype_of
from ..gatys.realism import Realism
from ..gatys.recipe import Recipe, for_network, recipe
from ..gatys.room import Room
from ..gatys.run import Run, Watcher
from ..gatys.scales import SMALLEST
from ..gatys.stream import VggStream
from ..gatys.targets import Network, Styles, at_least
from ..gatys.trace import Trace, save_snapshot
from ..gatys.whole import WholeNetwork
from ..networks import squeezenet, vgg
from ..networks.facts import NetworkFacts
from ..progress import Report
from ..regions import Regions
from .codes import shares
from .painter import Painter

FeatureNetwork = vgg.Vgg | squeezenet.SqueezeNet

FAMILIES: dict[str, tuple[str, Callable[[Mapping[str, Tensor]], FeatureNetwork]]] = {
    "vgg19-normalised": ("vgg19", lambda state: vgg.build(state)),
    "vgg19-caffe": ("vgg19", lambda state: vgg.build(state, vgg.CAFFE)),
    "vgg19": ("vgg19", lambda state: vgg.build(state, vgg.TORCHVISION)),
    "vgg16": ("vgg16", lambda state: vgg.build(state, vgg.TORCHVISION, 16)),
    "squeezenet1_1": ("squeezenet", squeezenet.build),
    "squeezenet1_0": ("squeezenet", squeezenet.build),
}
"""Model ids: the family that their layers are chosen by, and what makes the network of a state."""

STREAMED = NetworkFacts(
    value_range=(0, 1), size_multiple=1, minimum_side=SMALLEST, receptive_field=None, half_precision=False, bytes_per_pixel=350
)
"""What a VGG keeps of a whole picture: the pools' outputs, the picture, its gradient and Adam's moments. Tiles come on top.
In float32 318 were seen, the content among them; weights that end at conv3_4 take 32 more."""
VIEW = 50
"""Bytes a pixel that another view takes besides: the content's features in it. Where views are kept one at a time it is counted
once, as a view's features leave holes that the next one's don't fit into: 0.2 GB of 6 in a job of 4000 by 3000 pixels."""
HALVED = 0.7
"""What is kept where features have half as many bits, as a share: the picture and what Adam knows of it stay as they are. A whole
job of 4000 by 3000 pixels was seen to take 228 bytes a pixel, with the smallest tiles."""
KEPT_PIXELS = 2**20


class Gatys(Painter):
    """A feature network on its device."""

    shows_itself = True
    knows_regions = True

    def __init__(self, model_id: str, family: str, network: FeatureNetwork, place: torch.device) -> None:
        self.device = place
        self.facts = STREAMED if isinstance(network, vgg.Vgg) else replace(squeezenet.FACTS, minimum_side=SMALLEST)
        self._model, self._family = model_id, family
        self._network = network.to(place).requires_grad_(False)
        self._networks: dict[tuple[torch.dtype, str, str, bool], Network] = {}

    def read(self, picture: Tensor, report: Report) -> Tensor:
        """The picture: its Gram matrices depend on the size that it is painted at, and are kept when they are known."""
        return picture.to(self.device).float()

    def mix(self, known: Sequence[Tensor], weights: Sequence[float]) -> Styles:
        return Styles(known, shares(weights))

    def render(self, content: Tensor, prepared: Styles, parameters: Mapping[str, Any], report: Report) -> Tensor:
        realism, trace = Realism.of(parameters), Trace()
        run, picture = self.run(content, prepared, parameters, realism.painting(report))
        run.watcher = self._watcher(parameters)
        run.watcher.row = lambda scale, iteration, values: trace.add(iteration, max(scale.height, scale.width), values)
        try:
            with self._memory_kept(picture), _exactly(run.recipe.precision):
                painted = realism.finished(run.paint(picture), picture, report, trace)
        finally:
            if parameters["losses"] and trace.rows:
                trace.save(Path(parameters["losses"]))
        return painted[:, :, : content.shape[2], : content.shape[3]].to(content.device, content.dtype)

    def run(self, content: Tensor, prepared: Styles, parameters: Mapping[str, Any], report: Report) -> tuple[Run, Tensor]:
        """The optimisation that `render` makes, and the content as it takes it: on the device, no side shorter than it can be."""
        chosen = for_network(recipe(parameters), self._family, list(self._network.places), self.log)
        dtype = dtype_of(chosen.precision, self.device)
        pixels = content[0, 0].numel()
        network, key = self._in(dtype, chosen, pixels)
        coarse = dtype_of(chosen.coarse_precision or chosen.precision, self.device)
        picture = at_least(content.to(self.device, torch.promote_types(dtype, torch.float32)), SMALLEST)
        styles, realism = prepared, Realism.of(parameters)
        if styles.guides is not None:
            styles = replace(styles, guides=at_least(styles.guides[None], SMALLEST)[0].to(picture))
        run = Run(
            network=network,
            recipe=chosen,
            styles=styles,
            key=key,
            coarse=None if coarse == dtype else self._in(coarse, chosen, min(pixels / chosen.step**2, COARSE_PIXELS)),
            report=report,
            log=self.log,
            style_scale=parameters["style_scale"],
            strength=parameters["strength"],
            seed=parameters["seed"],
            make_terms=lambda small: realism.terms(small, chosen, styles),
            viewable=self._viewable(chosen),
        )
        return run, picture

    def in_regions(self, prepared: Styles, regions: Regions) -> Styles:
        masks = [regions.mask_of(style)[0] for style in range(len(prepared.pictures))]
        return replace(prepared, guides=torch.cat(masks))

    def _in(self, dtype: torch.dtype, chosen: Recipe, pixels: float) -> tuple[Network, Hashable]:
        """The network with these weights' precision, pools and padding, in tiles for a picture of so many pixels, and what it is
        known by; kept for the next job, as one job takes two of them."""
        key = (dtype, chosen.pooling, chosen.padding, chosen.winograd)
        if any(known[1:] != key[1:] for known in self._networks):
            self._networks.clear()
        if key not in self._networks:
            self._networks[key] = self._built(dtype, chosen)
        network = self._networks[key]
        if isinstance(network, VggStream):
            network.room = self._room(dtype, chosen, pixels)
        return network, (self._model, *key)

    def _built(self, dtype: torch.dtype, chosen: Recipe) -> Network:
        if isinstance(self._network, vgg.Vgg):
            padding = Padding[chosen.padding.upper()] if chosen.padding != "network" else None
            return VggStream(self._network, dtype, Pooling(chosen.pooling), padding, by_winograd=chosen.winograd)
        # Networks without adjoints of ours run in full precision: they are small.
        self._network.average_pools = chosen.pooling == "avg"
        return WholeNetwork(self._network.to(torch.promote_types(dtype, torch.float32)))

    def _room(self, dtype: torch.dtype, chosen: Recipe, pixels: float) -> Room:
        """What is left for tiles beside all that is kept of a picture of so many pixels."""
        others = chosen.views - 1
        if pixels > self._viewable(chosen):
            others = min(others, 1)
        kept = pixels * (self.facts.bytes_per_pixel + VIEW * others) * (HALVED if torch.finfo(dtype).bits < 32 else 1)
        return Room.within(device.budget(self.device) * self.share - kept, self.device, dtype)

    def _memory_kept(self, picture: Tensor) -> AbstractContextManager[None]:
        """Where maps are small, asking the system for their memory anew is a twelfth of the time. Large ones are short of it, and
        pieces that are kept are seldom those that are wanted next."""
        small = self.device.type == "cpu" and picture[0, 0].numel() <= KEPT_PIXELS
        return reuse.of_freed_memory() if small else nullcontext()

    def _viewable(self, chosen: Recipe) -> float:
        """Pixels of the largest picture that there is memory to keep all views of."""
        return device.budget(self.device) * self.share / (self.facts.bytes_per_pixel + VIEW * (chosen.views - 1))

    def _watcher(self, parameters: Mapping[str, Any]) -> Watcher:
        folder = parameters["snapshots"]
        if not folder:
            return Watcher()
        return Watcher(snapshot=lambda number, picture: save_snapshot(Path(folder), number, picture), every=parameters["every"])


def _exactly(precision: str) -> AbstractContextManager[None]:
    """What is asked for by name is kept to; "auto" leaves to a card how it multiplies in float32."""
    return device.exact_float32() if precision == "float32" else nullcontext()


def build(model_id: str, state: Mapping[str, Tensor], place: torch.device) -> Gatys:
    """The painter; ModelError when the id is unknown to this method or the weights don't fit."""
    if model_id not in FAMILIES:
        raise ModelError(f"model {model_id!r} is unknown to method gatys: choose one of {', '.join(FAMILIES)}")
    family, make = FAMILIES[model_id]
    try:
        network = make(state)
    except (KeyError, RuntimeError, ValueError) as error:
        raise ModelError(
            f'model {model_id}: the weights do not fit the network: run "nst_core models fetch {model_id}" again', str(error)
        ) from error
    return Gatys(model_id, family, network, place)
