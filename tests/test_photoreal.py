"""The photorealistic second pass against a direct solution of its linear system with numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core import photoreal
from nst_core.errors import Cancelled, Finish, NstError
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


def test_a_step_of_8_bits_parts_no_sky():
    """Only where the photograph has an edge may the painting have one."""
    stylized = torch.full((1, 3, 20, 40), 0.4)
    stylized[..., 20:] = 0.6
    steepest = {}
    for step in (1, 30):
        photo = torch.full((1, 3, 20, 40), 128 / 255)
        photo[..., 20:] += step / 255
        steepest[step] = float(photoreal.finish(stylized, photo, 1e4, silent).diff(dim=3).abs().max())
    assert steepest[1] < 0.03
    assert steepest[30] > 0.15


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


def test_it_can_be_stopped_and_gives_what_it_has_when_told_to():
    fractions: list[float] = []
    stop: type[NstError] = Cancelled

    def impatient(fraction, stage, preview=None):
        fractions.append(fraction)
        if len(fractions) % 5 == 0:
            raise stop

    photo = photograph("noise")
    with pytest.raises(Cancelled):
        photoreal.finish(painted(photo), photo, 1e4, impatient)
    assert fractions == sorted(fractions)
    stop = Finish
    kept = photoreal.finish(painted(photo), photo, 1e4, impatient)
    laplacian = photoreal.laplacian_of(photo)
    assert float(laplacian.energy(kept)) < 0.1 * float(laplacian.energy(painted(photo)))
