"""Photorealism in the classic optimisation: as a term from the start, and as a second pass."""

from __future__ import annotations

import csv

import pytest
import torch

from nst_core import errors, photoreal, schema
from nst_core.gatys.terms import Photorealism
from nst_core.methods import gatys
from nst_core.methods.painter import Style
from nst_core.progress import silent
from tests.gatys.networks import random_vgg, textured

CONTENT, STYLE = textured(40, 56), textured(60, 44, 1)


@pytest.fixture(scope="module")
def painter():
    return gatys.build("vgg19", random_vgg(19, "conv2_2").state_dict(), torch.device("cpu"))


def paint(painter, report=silent, **given):
    parameters = schema.check("gatys", {"model": "vgg19", "precision": "float32", "iterations": 6, **given})
    return painter.render(CONTENT, painter.prepare([Style(STYLE)], silent), parameters, report)


def energy(picture):
    return float(photoreal.laplacian_of(CONTENT).energy(picture))


def test_the_terms_gradient_is_that_of_finite_differences():
    picture, direction = STYLE[..., :40, :].double(), textured(40, 44, 3).double()
    term = Photorealism(CONTENT[..., :44].double(), 3.0)
    slope = float((term.energy_and_gradient(picture)[1] * direction).sum())
    ahead, behind = (term.energy_and_gradient(picture + step * direction)[0] for step in (0.5, -0.5))
    assert ahead - behind == pytest.approx(slope, rel=1e-9)  # exact: a quadratic form
    assert term.energy_and_gradient(picture)[0] == pytest.approx(
        3 * float(photoreal.laplacian_of(CONTENT[..., :44].double()).energy(picture))
    )


def test_a_balanced_term_has_the_length_that_it_is_given():
    other = textured(40, 56, 5)
    assert float(Photorealism(CONTENT, 0.7, other).energy_and_gradient(other)[1].norm()) == pytest.approx(0.7, rel=1e-5)


@pytest.mark.parametrize("preset", ["classic", "best"])
def test_a_second_pass_is_the_finish_of_the_painting(painter, preset):
    wanted = photoreal.finish(paint(painter, preset=preset), CONTENT, 100.0, silent)
    assert torch.allclose(paint(painter, preset=preset, photoreal=100), wanted, atol=1e-5)


@pytest.mark.parametrize("preset", ["classic", "best"])
def test_from_the_start_it_is_a_term_of_the_loss(painter, preset, tmp_path):
    given = {"preset": preset, "photoreal": 10000, "photoreal_from": "start", "losses": str(tmp_path / "l.csv")}
    kept = paint(painter, **given)
    assert energy(kept) < 0.5 * energy(paint(painter, preset=preset))
    rows = table(tmp_path / "l.csv")
    for row in rows:
        terms = [float(value) for name, value in row.items() if name not in ("iteration", "side", "total")]
        assert float(row["photorealism"]) >= 0
        assert float(row["total"]) == pytest.approx(sum(terms))


def test_the_second_passs_losses_are_in_the_table(painter, tmp_path):
    paint(painter, preset="classic", photoreal=100, losses=str(tmp_path / "l.png"))
    rows = table(tmp_path / "l.csv")
    assert [int(row["iteration"]) for row in rows] == list(range(1, len(rows) + 1))
    assert [row["photorealism"] for row in rows[:6]] == [""] * 6
    second = [float(row["distance"]) + float(row["photorealism"]) for row in rows[6:]]
    assert len(second) > 3
    assert second == sorted(second, reverse=True)
    assert (tmp_path / "l.png").exists()


def table(path):
    with path.open() as file:
        return list(csv.DictReader(file))


def test_progress_grows_over_both_passes_and_either_can_be_stopped(painter):
    told: list[tuple[float, str]] = []

    def report(fraction, stage, preview=None):
        told.append((fraction, stage))

    paint(painter, report, preset="classic", photoreal=10000)
    fractions = [fraction for fraction, _ in told]
    assert fractions == sorted(fractions)
    assert fractions[-1] > 0.95
    assert told[-1][1] == photoreal.STAGE

    def impatient(fraction, stage, preview=None):
        if stage == photoreal.STAGE:
            raise errors.Cancelled

    with pytest.raises(errors.Cancelled):
        paint(painter, impatient, preset="classic", photoreal=10000)
