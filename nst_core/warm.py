"""What outlives a job: networks on their devices, prepared styles under what they were made from, the last paintings."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Hashable
from dataclasses import dataclass, field
from typing import Any

import torch

from . import device
from .methods import agreement
from .paintings import Paintings

KEPT_STYLES = 32  # each as it was read, and in a mix


@dataclass
class Warm:
    """Kept by the engine between jobs; a command that computes in its own process starts with an empty one."""

    networks: dict[tuple[str, str], Any] = field(default_factory=dict)
    styles: OrderedDict[Hashable, Any] = field(default_factory=OrderedDict)
    paintings: Paintings = field(default_factory=Paintings)
    failed: set[str] = field(default_factory=set)
    """The kinds of GPU that have failed: the CPU does their work as long as this lives."""
    trusted: set[str] = field(default_factory=set)
    """The kinds of device whose numbers were seen to be right."""
    look: tuple[Hashable, Hashable] | None = None
    """The last one's content, after all else that shapes it."""

    def usable(self, place: torch.device) -> torch.device:
        """`place`, or the CPU if that has failed before."""
        return torch.device("cpu") if place.type in self.failed else place

    def trust(self, place: torch.device) -> None:
        """RuntimeError when the device's numbers are not right, which is seen once."""
        if place.type not in self.trusted:
            agreement.demand(place)
            self.trusted.add(place.type)

    def network(self, model: str, place: torch.device, load: Callable[[], Any]) -> Any:
        """The network called `model` on `place`, loaded when it isn't there."""
        key = (model, str(place))
        if key not in self.networks:
            self.networks[key] = load()
        return self.networks[key]

    def prepared(self, key: Hashable, prepare: Callable[[], Any]) -> Any:
        """The styles prepared under `key`, or prepared now; the ones longest unused make room."""
        if key not in self.styles:
            self.styles[key] = prepare()
        self.styles.move_to_end(key)
        while len(self.styles) > KEPT_STYLES:
            self.styles.popitem(last=False)
        return self.styles[key]

    def follows(self, shaping: Hashable, content: Hashable) -> bool:
        """Whether this look is the last one with another content alone; it is the last one from now on."""
        last, self.look = self.look, (shaping, content)
        return last is not None and last[0] == shaping and last[1] != content

    def rest(self) -> None:
        """Give back what can be had again within seconds, and the devices' memory: the last paintings stay, as some took
        minutes, and who comes back to them wants to change their blend."""
        places = {torch.device(place) for _, place in self.networks}
        self.networks.clear()
        self.styles.clear()
        for place in places:
            device.release(place)

    def release(self) -> None:
        """Give all memory back, the devices' too."""
        self.rest()
        self.paintings.clear()
