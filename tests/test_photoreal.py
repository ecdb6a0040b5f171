"""The photorealistic second pass against a direct solution of its linear system with numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core import photoreal
from nst_core.errors import Cancelled
from nst_core.guided import guided_filter
from nst_core.laplacian import matting_laplacian
from nst_core.progress import silent

from .test_laplacian import matrix, photograph


def painted(photo: torch.Tensor) -> torch.Tensor:
    """Recoloured, with strokes of its own."""
    return (0.2 + 0.6 * photo.flip(1) + 0.2 * (photograph("noise", seed=9) - 0.5)).clamp(0, 1)


@pytest.mark.parametrize("kind", ["noise", "flat", "grey"])
@pytest.mark.parametrize("weight", [0.1, 10, 1e4])
def test_it_solves_the_linear_system(kind, weight, monkeypatch):
    monkeypatch.setattr(photoreal, "ITERATIONS", 1000)  # grey noise of 14 x 11 pixels is no photograph
    photo = photograph(kind)
    stylized = painted(photo)
    system = np.eye(photo[0, 0].numel()) + weight * matrix(guided_filter(photo, photo, photoreal.GRAIN_RADIUS, photoreal.GRAIN))
    wanted = np.linalg.solve(system, stylized[0].flatten(1).double().numpy().T).T.reshape(stylized.shape)
    got = photoreal.finish(stylized, photo, weight, silent).numpy()
    assert np.abs(got - np.clip(wanted, 0, 1)).max() < 1 / 255  # fp32, times 10⁴


def test_the_stronger_the_nearer_to_the_photograph():
    photo = photograph("noise")
    laplacian, stylized = matting_laplacian(photo), painted(photo)
    energies = [float(laplacian.energy(photoreal.finish(stylized, photo, weight, silent))) for weight in (0, 1, 100, 1e4)]
    assert energies == sorted(energies, reverse=True)
    assert energies[-1] < 1e-3 * energies[0]


def test_grain_parts_no_sky():
    """A photograph's steps of 8 bits are no edges: paint spreads over them as if they weren't there."""
    stepped = (torch.linspace(0.5, 0.52, 40)[None, None, None].expand(1, 3, 30, 40) * 255).round() / 255
    stylized = 0.5 + 0.2 * (photograph("noise", 3, 30, 40) - 0.5)
    finished = photoreal.finish(stylized, stepped, 1e4, silent)
    assert finished.diff(dim=3).abs().max() < 2 / 255


def test_every_iteration_tells_its_terms():
    photo = photograph("noise")
    rows: list[dict[str, float]] = []
    stylized = painted(photo)
    finished = photoreal.finish(stylized, photo, 10, silent, rows.append)
    sums = [row["distance"] + row["photorealism"] for row in rows]
    assert len(sums) > 5
    assert sums == sorted(sums, reverse=True)
    last = float((finished - stylized).square().sum()) + 10 * float(photoreal.laplacian_of(photo).energy(finished))
    assert last == pytest.approx(sums[-1], rel=1e-3)


def test_without_weight_the_picture_is_the_same():
    photo = photograph("noise")
    assert photoreal.finish(photo, photo, 0.0, silent) is photo


def test_it_can_be_stopped():
    fractions: list[float] = []

    def impatient(fraction, stage, preview=None):
        fractions.append(fraction)
        if len(fractions) == 5:
            raise Cancelled

    with pytest.raises(Cancelled):
        photoreal.finish(painted(photograph("noise")), photograph("noise"), 1e4, impatient)
    assert fractions == sorted(fractions)
