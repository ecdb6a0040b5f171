"""The photograph's colours are kept as the formulas say, computed here in numpy, and every picture gives numbers in range."""

from __future__ import annotations

import colorsys

import numpy as np
import pytest
import torch
from torch import Tensor

from nst_core import colour
from nst_core.colour import match_luminance, matching

RANDOM = np.random.default_rng(11)
REC709 = np.array([0.2126, 0.7152, 0.0722])


def tensor(pixels: np.ndarray) -> Tensor:
    """(H, W, 3) to (1, 3, H, W) float32."""
    return torch.from_numpy(np.moveaxis(pixels, -1, 0)[None].astype(np.float32))


def pixels(picture: Tensor) -> np.ndarray:
    return np.moveaxis(picture[0].numpy().astype(np.float64), 0, -1)


def coloured(mean: tuple[float, float, float], spread: float, height: int = 40, width: int = 50) -> np.ndarray:
    """Correlated colours around `mean`, none further from it than 1.1 times `spread`."""
    turn, _ = np.linalg.qr(RANDOM.normal(size=(3, 3)))
    independent = RANDOM.uniform(-spread, spread, (height, width, 3)) * (1, 0.4, 0.25)
    return (np.array(mean) + independent @ turn.T).astype(np.float32)


# --- luminance --------------------------------------------------------------------------------------------------------


def test_luminance_is_the_pictures_and_chroma_the_references() -> None:
    picture, reference = coloured((0.5, 0.4, 0.5), 0.05), coloured((0.5, 0.55, 0.45), 0.05)
    got = pixels(match_luminance(tensor(picture), tensor(reference)))
    assert np.abs(got @ REC709 - picture @ REC709).max() < 1e-6
    differences = got[..., 0] - got[..., 2], got[..., 1] - got[..., 2]  # what no luminance changes
    wanted = reference[..., 0] - reference[..., 2], reference[..., 1] - reference[..., 2]
    assert np.abs(np.subtract(differences, wanted)).max() < 1e-6


def test_what_leaves_the_gamut_keeps_luminance_and_hue_and_loses_saturation() -> None:
    picture, reference = RANDOM.random((60, 60, 3)), RANDOM.random((60, 60, 3))
    got = pixels(match_luminance(tensor(picture), tensor(reference)))
    assert got.min() >= 0 and got.max() <= 1
    assert np.abs(got @ REC709 - picture @ REC709).max() < 1e-6
    reduced = 0
    for now, before in zip(got.reshape(-1, 3), reference.reshape(-1, 3)):
        chroma, wanted = now - now @ REC709, before - before @ REC709
        share = chroma @ wanted / (wanted @ wanted)
        assert -1e-4 <= share <= 1 + 1e-4
        assert np.abs(chroma - share * wanted).max() < 1e-5
        if share < 0.99:
            reduced += 1
            assert now.min() < 1e-5 or now.max() > 1 - 1e-5  # no more than it had to
        if np.ptp(now) > 0.05:
            turn = abs(colorsys.rgb_to_hsv(*now)[0] - colorsys.rgb_to_hsv(*before)[0])
            assert min(turn, 1 - turn) < 1e-3
    assert reduced > 500


def test_a_picture_with_its_own_luminance_is_itself() -> None:
    picture = tensor(RANDOM.random((30, 30, 3)))
    assert torch.allclose(match_luminance(picture, picture), picture, atol=1e-6)


def test_a_grey_reference_gives_grey() -> None:
    picture = tensor(RANDOM.random((30, 30, 3)))
    grey = tensor(np.repeat(RANDOM.random((30, 30, 1)), 3, -1))
    got = match_luminance(picture, grey)
    assert torch.allclose(got, colour.luma(picture).expand_as(got), atol=1e-6)


# --- colour statistics ------------------------------------------------------------------------------------------------


def matched(picture: torch.Tensor, reference: torch.Tensor, weights: torch.Tensor | None = None) -> torch.Tensor:
    return matching(picture, reference, weights)(picture)


def statistics(pixels: np.ndarray, weights: np.ndarray | None = None) -> tuple[np.ndarray, np.ndarray]:
    flat = pixels.reshape(-1, 3).astype(np.float64)
    counts = None if weights is None else weights.reshape(-1).astype(np.float64)
    return np.average(flat, axis=0, weights=counts), np.cov(flat.T, aweights=counts, ddof=0)


def test_mean_and_covariance_become_the_references() -> None:
    picture, reference = coloured((0.4, 0.5, 0.6), 0.15), coloured((0.6, 0.45, 0.4), 0.1)
    got = pixels(matched(tensor(picture), tensor(reference)))
    for have, want in zip(statistics(got), statistics(reference)):
        assert np.abs(have - want).max() < 1e-5


def test_the_map_is_the_one_that_moves_colours_least() -> None:
    picture, reference = coloured((0.4, 0.5, 0.6), 0.1), coloured((0.6, 0.45, 0.4), 0.12)
    got = pixels(matched(tensor(picture), tensor(reference)))
    (mean, covariance), (wanted_mean, wanted) = statistics(picture), statistics(reference)

    # The paper's other two maps reach the same statistics and move the colours further.
    def root(matrix: np.ndarray, power: float) -> np.ndarray:
        values, vectors = np.linalg.eigh(matrix)
        return vectors @ np.diag(values**power) @ vectors.T

    moved = np.square(got - picture).sum(-1).mean()
    cholesky = np.linalg.cholesky(wanted) @ np.linalg.inv(np.linalg.cholesky(covariance))
    analogies = root(wanted, 0.5) @ root(covariance, -0.5)
    for other in (cholesky, analogies):
        mapped = (picture - mean) @ other.T + wanted_mean
        assert np.abs(statistics(mapped)[1] - wanted).max() < 1e-9
        assert moved < np.square(mapped - picture).sum(-1).mean()
    # And its optimum is known in closed form: the Bures distance.
    bures = np.trace(covariance + wanted - 2 * root(root(covariance, 0.5) @ wanted @ root(covariance, 0.5), 0.5))
    assert moved == pytest.approx(bures + np.square(mean - wanted_mean).sum(), rel=1e-5)


def test_weights_leave_out_what_is_transparent() -> None:
    picture, reference = coloured((0.4, 0.5, 0.6), 0.15), coloured((0.6, 0.45, 0.4), 0.1)
    weights = RANDOM.random((40, 50, 1)) * (RANDOM.random((40, 50, 1)) > 0.5)
    spoilt = np.where(weights > 0, reference, RANDOM.random(reference.shape)).astype(np.float32)
    alpha = torch.from_numpy(np.moveaxis(weights, -1, 0)[None].astype(np.float32))
    got = pixels(matched(tensor(picture), tensor(spoilt), alpha))
    for have, want in zip(statistics(got, weights), statistics(reference, weights)):
        assert np.abs(have - want).max() < 1e-5


def test_a_reference_that_is_wholly_transparent_changes_nothing() -> None:
    picture, reference = tensor(coloured((0.4, 0.5, 0.6), 0.1)), tensor(coloured((0.6, 0.45, 0.4), 0.1))
    assert torch.allclose(matched(picture, reference, torch.zeros(1, 1, 40, 50)), picture, atol=1e-6)


def test_matching_a_picture_with_itself_changes_nothing() -> None:
    for picture in (RANDOM.random((30, 40, 3)), coloured((0.5, 0.5, 0.5), 0.003), np.full((4, 4, 3), 0.25)):
        assert np.abs(pixels(matched(tensor(picture), tensor(picture))) - picture).max() < 1e-5


def test_a_grey_reference_takes_all_colour_away() -> None:
    grey = np.repeat(RANDOM.random((30, 30, 1)), 3, -1)
    got = pixels(matched(tensor(coloured((0.6, 0.4, 0.5), 0.1)), tensor(grey)))
    assert np.ptp(got, axis=-1).max() < 1e-5


def test_noise_in_a_nearly_flat_picture_is_not_spread_over_the_references_range() -> None:
    paper = (0.9 + RANDOM.normal(0, 0.002, (50, 50, 3))).astype(np.float32)
    got = pixels(matched(tensor(paper), tensor(coloured((0.5, 0.5, 0.5), 0.3))))
    assert got.reshape(-1, 3).std(axis=0).max() <= 0.002 * colour.LARGEST_GAIN * 1.1


def test_ink_on_paper_keeps_its_shadows_open_and_a_photographs_mean() -> None:
    """A skewed picture would have to go far below black for a photograph's contrast about a photograph's mean."""
    drawing = np.where(RANDOM.random((60, 60, 1)) < 0.15, 0.05, 0.95) + RANDOM.normal(0, 0.01, (60, 60, 3))
    photograph = coloured((0.3, 0.35, 0.3), 0.2, 60, 60)
    got = pixels(matched(tensor(drawing.clip(0, 1)), tensor(photograph)))
    assert (got.mean(axis=-1) < 1e-3).mean() <= 0.015
    assert np.abs(statistics(got)[0] - statistics(photograph)[0]).max() < 0.01
    assert got.std() > 0.3 * photograph.std()


def test_batches_are_matched_each_by_itself() -> None:
    one, two = tensor(coloured((0.4, 0.5, 0.6), 0.1)), tensor(coloured((0.6, 0.45, 0.4), 0.1))
    both = matched(torch.cat([one, two]), torch.cat([two, one]))
    assert torch.allclose(both[:1], matched(one, two), atol=1e-6)
    assert torch.allclose(both[1:], matched(two, one), atol=1e-6)


ODD_PICTURES = {
    "black": np.zeros((8, 9, 3)),
    "white": np.ones((8, 9, 3)),
    "one colour": np.full((8, 9, 3), (0.2, 0.7, 0.4)),
    "two colours": np.where(np.arange(72).reshape(8, 9, 1) % 2, (0.2, 0.7, 0.4), (0.9, 0.1, 0.3)),
    "grey": np.linspace(0, 1, 72).reshape(8, 9, 1).repeat(3, -1),
    "red": np.linspace(0, 1, 72).reshape(8, 9, 1) * (1, 0, 0),
    "beyond": RANDOM.normal(0.5, 2, (8, 9, 3)),
}


@pytest.mark.parametrize("reference", ODD_PICTURES)
@pytest.mark.parametrize("picture", ODD_PICTURES)
def test_odd_pictures_give_numbers_in_range(picture: str, reference: str) -> None:
    one, other = tensor(ODD_PICTURES[picture]), tensor(ODD_PICTURES[reference])
    pixel = one[..., :1, :1]
    for got in (match_luminance(one, other), matched(one, other), matched(pixel, other)):
        assert torch.isfinite(got).all() and got.min() >= 0 and got.max() <= 1
    if reference in ("black", "white", "one colour"):
        assert torch.allclose(matched(one, other), other, atol=1e-5)
