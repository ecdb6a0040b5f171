"""How a run is kept photorealistic: by a term from its first iteration on, or by a second pass over the painting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from torch import Tensor

from ..photoreal import finish
from ..progress import Report, part
from ..resampling import resized
from .recipe import Recipe
from .targets import Styles
from .terms import Photorealism, PictureTerm
from .trace import Trace

LUAN = 1e4
"""λ of Luan et al. 2017, in pictures of [0, 1]."""

BALANCED = 10.0
"""The gradient's length at `LUAN` where terms are balanced: ten times that of the whole style's, as strokes hardly show then."""

PAINTING = 0.9  # share of the time, as a guess


@dataclass(frozen=True)
class Realism:
    """`weight` is λ, 0 for none; `second_pass` tells when it is asked for."""

    weight: float
    second_pass: bool

    @classmethod
    def of(cls, parameters: Mapping[str, Any]) -> Realism:
        return cls(parameters["photoreal"], parameters["photoreal_from"] == "end")

    def painting(self, report: Report) -> Report:
        """The run's share of the whole job's report."""
        return part(report, 0.0, PAINTING) if self.weight and self.second_pass else report

    def terms(self, content: Tensor, recipe: Recipe, styles: Styles) -> Sequence[PictureTerm]:
        """What is to be added to the loss at the scale of `content` (1, 3, H, W)."""
        if not self.weight or self.second_pass:
            return ()
        if not recipe.balanced:
            return (Photorealism(content, self.weight),)
        foreign = resized(styles.pictures[0], *content.shape[2:])
        return (Photorealism(content, BALANCED * self.weight / LUAN, foreign),)

    def finished(self, painted: Tensor, content: Tensor, report: Report, trace: Trace) -> Tensor:
        """The painting, with its second pass if that was asked for; the pass's iterations are added to `trace`."""
        if not self.weight or not self.second_pass:
            return painted
        side = max(content.shape[2:])

        def row(values: dict[str, float]) -> None:
            trace.add(len(trace.rows) + 1, side, values)

        return finish(painted, content, self.weight, part(report, PAINTING, 1.0), row)
