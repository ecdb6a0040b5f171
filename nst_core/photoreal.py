"""A second pass that makes a stylized picture photorealistic: near it, but locally an affine map of the photograph's colours.

After Luan, Paris, Shechtman, Bala 2017, "Deep photo style transfer", whose term this minimises in closed form; no method here.
"""

from __future__ import annotations

from torch import Tensor

from .guided import guided_filter
from .laplacian import MattingLaplacian, matting_laplacian
from .progress import Report

ITERATIONS = 100
"""From the guided filter's picture, λ = 10⁴ is then within 1 % of the minimum, where no eye tells them apart."""

TOLERANCE = 1e-4
"""Root mean square of the preconditioned residual at which a picture in [0, 1] counts as solved."""

RADIUS, EPSILON = 40, 1e-4
"""Of the guided filter to start from: what comes nearest to the solution at λ = 10⁴, tried on two photographs."""


def finish(stylized: Tensor, photograph: Tensor, weight: float, report: Report) -> Tensor:
    """The x that minimises Σ (x - stylized)² + `weight` Σ_c x_cᵀ M x_c, with M of `photograph`.

    Both (1, 3, H, W) in [0, 1], the result as well. At 0 it is `stylized`; at 10⁴, Luan's value, brush strokes are gone and
    colours stay. `report` is called at every iteration.
    """
    if weight == 0:
        return stylized
    report(0.0, "photorealism")
    laplacian = matting_laplacian(photograph)
    filtered = guided_filter(stylized, photograph, RADIUS, EPSILON)

    def objective(picture: Tensor) -> float:
        return float((picture - stylized).square().sum() + weight * laplacian.energy(picture))

    # A strong term leaves only what is slow to find, large and smooth; the filter has found most of it.
    start = min(stylized, filtered, key=objective)
    return solve(laplacian, stylized, weight, start, report).clamp_(0, 1)


def solve(laplacian: MattingLaplacian, stylized: Tensor, weight: float, start: Tensor, report: Report) -> Tensor:
    """(I + `weight` M) x = `stylized` for each channel, by conjugate gradients from `start`; all (1, C, H, W).

    Preconditioned with the diagonal; stops at `TOLERANCE` or after `ITERATIONS`. Hestenes and Stiefel 1952.
    """
    scale = laplacian.diagonal().mul_(weight).add_(1).reciprocal_()

    def system(picture: Tensor) -> Tensor:
        return laplacian.apply(picture).mul_(weight).add_(picture)

    solution = start.clone()
    residual = stylized - system(solution)
    direction = residual * scale
    length = _dot(residual, direction)
    for iteration in range(ITERATIONS):
        if float(length) <= TOLERANCE**2 * stylized.numel():
            break
        report(iteration / ITERATIONS, "photorealism")
        product = system(direction)
        step = length / _dot(direction, product)
        solution += step * direction
        residual -= step * product
        scaled = residual * scale
        length, before = _dot(residual, scaled), length
        direction = scaled.add_(direction.mul_(length / before))
    return solution


def _dot(first: Tensor, second: Tensor) -> Tensor:
    return (first * second).sum()
