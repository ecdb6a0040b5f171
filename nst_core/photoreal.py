"""A second pass that makes a stylized picture photorealistic: near it, but locally an affine map of the photograph's colours.

After Luan, Paris, Shechtman, Bala 2017, "Deep photo style transfer", whose term this minimises in closed form; no method here.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress

from torch import Tensor

from .errors import Finish
from .guided import guided_filter
from .laplacian import MattingLaplacian, matting_laplacian
from .progress import Report

ITERATIONS = 100
"""From the guided filter's picture, λ = 10⁴ is then within 1 % of the minimum, where no eye tells them apart."""

TOLERANCE = 1e-4
"""Root mean square of the preconditioned residual at which a picture in [0, 1] counts as solved."""

RADIUS, EPSILON = 40, 1e-4
"""Of the guided filter to start from: what comes nearest to the solution at λ = 10⁴, tried on two photographs."""

STAGE = "making it photorealistic"

GRAIN_RADIUS, GRAIN = 4, 3e-5
"""Variance, (1.4 / 255)², below which a photograph's differences over a few pixels are grain."""

Row = Callable[[dict[str, float]], None]
"""Takes the two terms, "distance" and "photorealism", of every iteration."""

Watch = Callable[[float, Tensor], None]
"""Called at every iteration: what share of them is done, and the picture so far."""


def laplacian_of(photograph: Tensor) -> MattingLaplacian:
    """M of `photograph` (1, 3, H, W) in [0, 1] without its grain.

    To M, the steps of 8 bits and the blocks of JPEG are edges like any other: in a clear sky, they would part the painting.
    """
    return matting_laplacian(guided_filter(photograph, photograph, GRAIN_RADIUS, GRAIN))


def finish(stylized: Tensor, photograph: Tensor, weight: float, report: Report, row: Row | None = None) -> Tensor:
    """The x that minimises the distance Σ (x - stylized)² and `weight` Σ_c x_cᵀ M x_c together, with M of `photograph`.

    Both (1, 3, H, W) in [0, 1], the result as well. At 0 it is `stylized`; at 10⁴, Luan's value, brush strokes are gone and
    colours stay. `report` is called at every iteration; errors.Finish raised in it ends it early with the newest picture.
    """
    if weight == 0:
        return stylized
    report(0.0, STAGE)
    laplacian = laplacian_of(photograph)
    filtered = guided_filter(stylized, photograph, RADIUS, EPSILON)

    def terms(picture: Tensor) -> dict[str, float]:
        distance = float((picture - stylized).square().sum())
        return {"distance": distance, "photorealism": weight * float(laplacian.energy(picture))}

    # A strong term leaves only what is slow to find, large and smooth; the filter has found most of it.
    start = min(stylized, filtered, key=lambda picture: sum(terms(picture).values()))

    def watch(fraction: float, picture: Tensor) -> None:
        report(fraction, STAGE)
        if row is not None:
            row(terms(picture))

    solution = start.clone()
    with suppress(Finish):
        solve_(solution, laplacian, stylized, weight, watch)
    return solution.clamp_(0, 1)


def solve_(solution: Tensor, laplacian: MattingLaplacian, stylized: Tensor, weight: float, watch: Watch) -> None:
    """Move `solution` to where (I + `weight` M) x = `stylized`, for each channel, by conjugate gradients; all (1, C, H, W).

    Preconditioned with the diagonal; ends at `TOLERANCE` or after `ITERATIONS`. Hestenes and Stiefel 1952.
    """
    scale = laplacian.diagonal().mul_(weight).add_(1).reciprocal_()

    def system(picture: Tensor) -> Tensor:
        return laplacian.apply(picture).mul_(weight).add_(picture)

    residual = stylized - system(solution)
    direction = residual * scale
    length = _dot(residual, direction)
    for iteration in range(ITERATIONS):
        if float(length) <= TOLERANCE**2 * stylized.numel():
            break
        watch(iteration / ITERATIONS, solution)
        product = system(direction)
        step = length / _dot(direction, product)
        solution += step * direction
        residual -= step * product
        scaled = residual * scale
        length, before = _dot(residual, scaled), length
        direction = scaled.add_(direction.mul_(length / before))


def _dot(first: Tensor, second: Tensor) -> Tensor:
    return (first * second).sum()
