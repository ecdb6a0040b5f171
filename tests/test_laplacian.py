"""The matting Laplacian against Levin's equation, entry by entry in double precision with numpy."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core import laplacian
from nst_core.laplacian import EPSILON, MattingLaplacian, matting_laplacian

HEIGHT, WIDTH = 14, 11


def photograph(kind: str, seed: int = 0, height: int = HEIGHT, width: int = WIDTH) -> torch.Tensor:
    """Noise; the same with a flat part, where a window's covariance is 0; grey, where it has one direction only."""
    noise = torch.rand(1, 3, height, width, generator=torch.Generator().manual_seed(seed))
    if kind == "flat":
        noise[:, :, height // 3 :] = 0.6
    return noise[:, :1].expand(1, 3, height, width).contiguous() if kind == "grey" else noise


def matrix(picture: torch.Tensor, epsilon: float = EPSILON) -> np.ndarray:
    """M as a dense matrix, by Levin 2006, equation 12, for colours: window by window, with a numeric inverse."""
    pixels = picture[0].permute(1, 2, 0).double().numpy()
    height, width, channels = pixels.shape
    places = np.arange(height * width).reshape(height, width)
    total = np.zeros((height * width, height * width))
    for row in range(1, height - 1):
        for column in range(1, width - 1):
            window = np.s_[row - 1 : row + 2, column - 1 : column + 2]
            colours = pixels[window].reshape(9, channels)
            centred = colours - colours.mean(0)
            inverse = np.linalg.inv(centred.T @ centred / 9 + epsilon / 9 * np.eye(channels))
            inside = places[window].ravel()
            total[np.ix_(inside, inside)] += np.eye(9) - (1 + centred @ inverse @ centred.T) / 9
    return total


def times(matrix: np.ndarray, picture: torch.Tensor) -> np.ndarray:
    return np.stack([matrix @ channel.double().numpy().ravel() for channel in picture[0]]).reshape(picture.shape)


@pytest.mark.parametrize("kind", ["noise", "flat", "grey"])
def test_product_energy_gradient_and_diagonal_are_the_equations(kind):
    photo, picture = photograph(kind), photograph("noise", seed=1)
    built, wanted = matting_laplacian(photo), matrix(photo)
    product = times(wanted, picture)
    largest = np.abs(product).max()
    assert np.allclose(built.apply(picture).numpy(), product, atol=1e-6 * largest, rtol=0)
    assert np.allclose(built.diagonal().numpy().ravel(), wanted.diagonal(), atol=1e-6 * wanted.max(), rtol=0)
    wanted_energy = np.sum(picture.double().numpy() * product)
    energy, gradient = built.energy_and_gradient(picture)
    assert float(energy) == pytest.approx(wanted_energy, rel=1e-6)
    assert float(built.energy(picture)) == pytest.approx(wanted_energy, rel=1e-6)
    assert np.allclose(gradient.numpy(), 2 * product, atol=2e-6 * largest, rtol=0)


def test_gradient_is_that_of_finite_differences():
    built, picture = matting_laplacian(photograph("flat")), photograph("noise", seed=1)
    direction = photograph("noise", seed=2) - 0.5
    slope = float((built.energy_and_gradient(picture)[1] * direction).sum())
    both = [float(built.energy(picture + step * direction)) for step in (0.5, -0.5)]  # exact: the energy is a quadratic form
    assert both[0] - both[1] == pytest.approx(slope, rel=1e-5)


def test_a_constant_picture_costs_exactly_nothing():
    built, constant = matting_laplacian(photograph("flat")), torch.full((1, 3, HEIGHT, WIDTH), 0.7)
    assert float(built.energy(constant)) == 0
    assert built.apply(constant).abs().max() == 0


@pytest.mark.parametrize("kind", ["noise", "flat", "grey"])
def test_energy_is_never_negative(kind):
    """Also where it is nothing but rounding: the photograph itself, black and white, or faintly distorted."""
    noise = photograph(kind)
    for photo in (noise, (noise > 0.5).float()):
        built = matting_laplacian(photo)
        for seed in range(20):
            distorted = photo * 0.9 + 1e-4 * photograph("noise", seed)
            assert float(built.energy(distorted)) >= 0
            assert float(built.energy_and_gradient(distorted)[0]) >= 0
        assert float(built.energy(photo)) >= 0


def test_an_affine_map_of_the_colours_costs_next_to_nothing_and_paint_does_not():
    photo = photograph("noise")
    built = matting_laplacian(photo)
    recoloured = 0.2 + 0.5 * photo.flip(1) + 0.1 * photo
    painted = recoloured + 0.1 * (photograph("noise", seed=1) - 0.5)
    assert float(built.energy(recoloured)) < 1e-4 * float(built.energy(painted))


@pytest.mark.parametrize("pixels", [1, 3 * WIDTH, 5 * WIDTH])
def test_bands_change_nothing_but_rounding(pixels, monkeypatch):
    photo, picture = photograph("flat"), photograph("noise", seed=1)
    whole = matting_laplacian(photo)
    wanted = whole.apply(picture), whole.energy(picture)
    monkeypatch.setattr(laplacian, "BAND_PIXELS", {"cpu": pixels, "gpu": pixels})
    banded = matting_laplacian(photo)
    assert torch.allclose(banded.planes, whole.planes, atol=1e-6)
    assert torch.allclose(banded.apply(picture), wanted[0], atol=2e-6)
    assert float(banded.energy(picture)) == pytest.approx(float(wanted[1]), rel=1e-6)


@pytest.mark.parametrize("shape", [(1, 9), (9, 2), (3, 3), (4, 3)])
def test_pictures_as_small_as_a_window_and_smaller(shape):
    photo, picture = photograph("noise", 0, *shape), photograph("noise", 1, *shape)
    product = times(matrix(photo), picture)
    assert np.allclose(matting_laplacian(photo).apply(picture).numpy(), product, atol=1e-5)


def test_it_takes_48_bytes_a_pixel():
    built = matting_laplacian(photograph("noise"))
    assert isinstance(built, MattingLaplacian)
    assert built.planes.numel() * built.planes.element_size() == 48 * HEIGHT * WIDTH
