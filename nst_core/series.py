"""One content in one style at one size: its paintings at all strengths, of which a look paints a few and shows the rest between.

A look is what a slider is dragged for. Between the NODES the network's own picture is mixed, which `Painter.between` knows how
to: 16 pairs of photographs and paintings at 384 pixels came out 0.25 (Quick), 0.28 (MicroAST) and 0.26 (Magenta mobile) of 1/255
away from the exact painting on average, the worst pair at the worst strength 0.6, a pixel in a thousand up to 7 and a single
one up to 20 on an edge. Half of MicroAST's is the rounding of bfloat16, which no two strengths have in common: strokes at half
their size, where it moves the exact painting by 0.7 for a step of 0.001, are 1.1 away, and in float32 0.1. Paintings that are
kept are exact, and so is every layer.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Collection, Hashable, Mapping
from dataclasses import dataclass

from torch import Tensor

from . import blend
from .errors import Finish
from .methods.painter import Painter
from .paintings import Paintings
from .progress import Report

NODES = (0.2, 0.5, 0.75, 0.9, 1.0)
"""A step of each changes a network's code by about the same (`codes.style_share`); below the first the content itself is near."""
SLOW = 2.0  # seconds: a node that takes longer is the last one that is painted before somebody wants it


@dataclass(frozen=True)
class Series:
    """`content` (1, 3, H, W) painted at `size` (width, height) by `paint`, which is given the strength.

    `paintings` keeps what is painted, under `subject` and the strength; None where nothing may be kept. In a look, kept
    paintings may stand for those between them.
    """

    painter: Painter
    content: Tensor
    size: tuple[int, int]
    paint: Callable[[float, Report], Tensor]
    paintings: Paintings | None
    subject: Hashable
    is_look: bool

    def known(self, strength: float) -> Tensor | None:
        """What the network makes of the content, or None if it has to paint first: (1, 3, h, w) on the CPU, not to be changed."""
        around = near(strength, self._kept(strength))
        return self._shown(strength, self._of(around)) if around else None

    def painted(self, strength: float, report: Report) -> Tensor:
        """The same of what isn't known, by painting once."""
        kept = self._kept(strength)
        wanted = missing(strength, kept)
        paintings = self._of([one for one in near(strength, [*kept, wanted]) if one != wanted])
        return self._shown(strength, {**paintings, wanted: self._painting(wanted, report)})

    def paint_ahead(self, strength: float, report: Report) -> None:
        """Paint the nodes that aren't kept, those near the `strength` first, so that no change of it has to wait."""
        for node in sorted(NODES, key=lambda node: abs(node - strength)):
            if node not in self._kept(node):
                started = time.monotonic()
                self._painting(node, report)
                if time.monotonic() - started > SLOW or node not in self._kept(node):
                    break

    def _kept(self, strength: float) -> list[float]:
        """The strengths whose paintings may be used to show this one."""
        kept = [one for subject, one in self.paintings or () if subject == self.subject]
        return kept if self.is_look else [one for one in kept if one == strength]

    def _of(self, strengths: Collection[float]) -> dict[float, Tensor]:
        """The paintings of these strengths that are kept."""
        found = {one: self.paintings.get((self.subject, one)) for one in strengths} if self.paintings is not None else {}
        return {one: painting for one, painting in found.items() if painting is not None}

    def _painting(self, strength: float, report: Report) -> Tensor:
        """The exact painting, which is kept from now on."""
        told = _Told(report)
        painting = self.paint(strength, told)
        if self.paintings is not None and not told.to_finish:  # what was cut short is no answer to the same question
            self.paintings.keep((self.subject, strength), painting)
        return painting

    def _shown(self, strength: float, paintings: Mapping[float, Tensor]) -> Tensor:
        """The painting, or what lies between those."""
        if strength in paintings:
            return paintings[strength]
        return self.painter.between(blend.resize(self.content, self.size), paintings, strength)


def near(strength: float, kept: Collection[float]) -> tuple[float, ...]:
    """Those of the kept strengths that show this one: itself, or the nearest on both sides, in one step of the NODES; below the
    first node the content takes one side. Nothing when they don't."""
    low, below, above, _ = _around(strength, kept)
    if strength in kept:
        return (strength,)
    if above is None or (below is None and low > 0):
        return ()
    return (above,) if below is None else (below, above)


def missing(strength: float, kept: Collection[float]) -> float:
    """What to paint so that what is near shows this strength: the node that is lacking, or itself where both are."""
    low, below, above, high = _around(strength, kept)
    if below is None and above is None:
        return strength
    return high if above is None else low


def _around(strength: float, kept: Collection[float]) -> tuple[float, float | None, float | None, float]:
    """The node or 0 below, the kept strengths that are nearest on both sides and in the same step, and the node above."""
    low = max((node for node in NODES if node < strength), default=0.0)
    high = min((node for node in NODES if node >= strength), default=1.0)
    below = max((one for one in kept if low <= one < strength), default=None)
    above = min((one for one in kept if strength < one <= high), default=None)
    return low, below, above, high


class _Told:
    """A report that remembers whether it was told to finish early."""

    def __init__(self, report: Report) -> None:
        self._report = report
        self.to_finish = False

    def __call__(self, fraction: float, stage: str, preview: Tensor | None = None) -> None:
        try:
            self._report(fraction, stage, preview)
        except Finish:
            self.to_finish = True
            raise
