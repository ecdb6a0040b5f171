"""What every method offers: a model on its device that is prepared with styles and then renders contents."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..networks.facts import NetworkFacts
from ..progress import Report, parts
from ..regions import Regions


@dataclass(frozen=True)
class Style:
    """A style picture (1, 3, H, W) in [0, 1] of any size, and how much it counts beside the others."""

    picture: Tensor
    weight: float = 1.0


class Painter(ABC):
    """A model on its device. `parameters` are those of the method's table in `schema`, checked and complete; `render` gets those
    whose role isn't finishing.

    `report` is called often enough that raising in it (errors.Cancelled) stops the work at once.
    """

    facts: NetworkFacts
    share: float = 1.0
    """How much of the memory that is free `render` may take; less after it ran out."""
    shows_itself: bool = False
    """Whether `render` reports previews of its own, so that nobody needs to run it on a small copy first."""
    knows_regions: bool = False
    """Whether the painter itself paints a style for each region; `in_regions` then tells it where they are."""
    knows_between: bool = False
    """Whether paintings at two strengths tell how those between them look; `between` then shows one."""
    log: Callable[[str], None] = staticmethod(lambda text: None)
    """Takes sentences for the user; set anew for every job."""

    def read(self, picture: Tensor, report: Report) -> Any:
        """What the network has to know of a style picture (1, 3, H, W) in [0, 1] of any size: good for every mix."""
        raise NotImplementedError

    def mix(self, known: Sequence[Any], weights: Sequence[float]) -> Any:
        """Several styles that were read as one to paint with, in proportion: good for every content, strength and size.

        It costs next to nothing beside `read`. UsageError when no weight is positive or one is negative.
        """
        raise NotImplementedError

    def prepare(self, styles: Sequence[Style], report: Report) -> Any:
        """Both in one, for who keeps nothing; None where there are no styles."""
        if not styles:
            return None
        known = [self.read(style.picture, told) for style, told in zip(styles, parts(report, len(styles)))]
        return self.mix(known, [style.weight for style in styles])

    @abstractmethod
    def render(self, content: Tensor, prepared: Any, parameters: Mapping[str, Any], report: Report) -> Tensor:
        """`content` (1, 3, H, W) in [0, 1] as the prepared styles have it: same shape, clamped, on the content's device.

        parameters["strength"] in (0, 1] goes from near the content itself to the full style, unless `finished` sees to that.
        """

    def finished(self, content: Tensor, painted: Tensor, parameters: Mapping[str, Any]) -> Tensor:
        """What `render` has made of `content` with all `parameters` heeded; both are kept, and stay as they are."""
        return painted

    def between(self, content: Tensor, paintings: Mapping[float, Tensor], strength: float) -> Tensor:
        """Nearly what `render` makes of `content` at `strength`, out of what it has made at a strength below and one above it, or
        of the latter alone where the content itself is near; only where `knows_between`. All (1, 3, H, W) in [0, 1]."""
        raise NotImplementedError

    def in_regions(self, prepared: Any, regions: Regions) -> Any:
        """What was prepared, to be rendered in regions whose masks have the content's size; only where `knows_regions`."""
        raise NotImplementedError
