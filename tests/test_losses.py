"""The losses against numpy in double precision, and their gradients against finite differences."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core.losses import (
    Statistics,
    content_loss,
    relative_content,
    relative_gram,
    relative_style,
    statistics,
    style_loss,
)


def maps(*shape: int, seed: int = 0, dtype: torch.dtype = torch.float64) -> torch.Tensor:
    return torch.randn(shape, generator=torch.Generator().manual_seed(seed), dtype=torch.float64).to(dtype)


def gatys_style(found: np.ndarray, wanted: np.ndarray) -> float:
    """Equations 3 and 4 as written, entry by entry, for one picture (C, H, W)."""
    channels, count = found.shape[0], found[0].size
    total = 0.0
    for i in range(channels):
        for j in range(channels):
            ours = sum(float(a) * float(b) for a, b in zip(found[i].ravel(), found[j].ravel()))
            theirs = sum(float(a) * float(b) for a, b in zip(wanted[i].ravel(), wanted[j].ravel()))
            total += (ours - theirs) ** 2
    return total / (4 * channels**2 * count**2)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 5e-2)])
def test_style_loss_is_gatys_equation(dtype, tolerance):
    features, target = maps(1, 5, 6, 7, seed=1, dtype=dtype), maps(1, 5, 6, 7, seed=2, dtype=dtype)
    wanted = gatys_style(features[0].double().numpy(), target[0].double().numpy())
    assert float(style_loss(features, target)) == pytest.approx(wanted, rel=tolerance)


@pytest.mark.parametrize(("dtype", "tolerance"), [(torch.float64, 1e-12), (torch.float32, 1e-5), (torch.bfloat16, 5e-2)])
def test_content_loss_is_half_the_squared_distance(dtype, tolerance):
    features, target = maps(2, 3, 4, 5, seed=1, dtype=dtype), maps(2, 3, 4, 5, seed=2, dtype=dtype)
    wanted = 0.5 * np.sum((features.double().numpy() - target.double().numpy()) ** 2)
    assert float(content_loss(features, target)) == pytest.approx(wanted, rel=tolerance)


def test_memory_layout_does_not_matter():
    features, target = maps(1, 8, 9, 10, seed=1), maps(1, 8, 9, 10, seed=2)
    last = features.contiguous(memory_format=torch.channels_last)
    assert float(style_loss(last, target)) == pytest.approx(float(style_loss(features, target)), rel=1e-12)


def test_a_style_repeated_side_by_side_is_the_same_style():
    """So a target of another size is compared per place."""
    features, target = maps(1, 4, 6, 6, seed=1), maps(1, 4, 6, 6, seed=2)
    assert float(style_loss(features, target.repeat(1, 1, 2, 3))) == pytest.approx(float(style_loss(features, target)), rel=1e-12)


def test_style_loss_of_a_batch_is_the_sum_of_its_pictures():
    features, target = maps(3, 4, 5, 6, seed=1), maps(1, 4, 5, 6, seed=2)
    alone = sum(float(style_loss(features[index : index + 1], target)) for index in range(3))
    assert float(style_loss(features, target)) == pytest.approx(alone, rel=1e-12)


def test_gradients_are_those_of_finite_differences():
    features, target = maps(1, 3, 4, 4, seed=1).requires_grad_(), maps(1, 3, 4, 4, seed=2)
    assert torch.autograd.gradcheck(style_loss, (features, target))
    assert torch.autograd.gradcheck(content_loss, (features, target))
    wanted, typical = statistics(target), statistics(maps(2, 3, 4, 4, seed=3))
    assert torch.autograd.gradcheck(lambda x: relative_style(statistics(x), wanted, typical), (features,))


def test_style_gradient_is_gatys_closed_form():
    """Equation 6: F(G - A)/(N² M²), without the ReLU that belongs to the layer before."""
    features, target = maps(1, 4, 5, 5, seed=1).requires_grad_(), maps(1, 4, 5, 5, seed=2)
    style_loss(features, target).backward()
    flat, theirs = features.detach()[0].flatten(1).numpy(), target[0].flatten(1).numpy()
    closed = (flat @ flat.T - theirs @ theirs.T) @ flat / (4**2 * 25**2)
    assert features.grad is not None
    assert np.allclose(features.grad[0].flatten(1).numpy(), closed, rtol=1e-10)


def test_statistics_are_numpys():
    features = maps(2, 4, 6, 7, seed=1, dtype=torch.float32) + 3
    found = statistics(features)
    for index in range(2):
        flat = features[index].flatten(1).double().numpy()
        assert np.allclose(found.mean[index].numpy(), flat.mean(1), rtol=1e-5)
        assert np.allclose(found.covariance[index].numpy(), np.cov(flat, bias=True), rtol=1e-4, atol=1e-5)


def test_bfloat16_statistics_keep_their_digits_beside_a_large_mean():
    features = (maps(1, 4, 32, 32, seed=1) + 8).to(torch.bfloat16)
    found = statistics(features)
    wanted = np.cov(features[0].flatten(1).double().numpy(), bias=True)
    assert found.covariance.dtype == torch.float32
    assert np.allclose(found.covariance[0].numpy(), wanted, atol=0.02)


def test_relative_losses_know_equal_empty_and_far():
    target = maps(2, 4, 6, 6, seed=1).abs()
    assert torch.allclose(relative_gram(target, target), torch.zeros(2), atol=1e-7)
    assert torch.allclose(relative_gram(torch.zeros_like(target), target), torch.ones(2), atol=1e-6)
    mean = target.mean((1, 2, 3), keepdim=True).expand_as(target)
    assert torch.allclose(relative_content(mean, target), torch.ones(2), atol=1e-5)
    typical = Statistics(torch.zeros(1, 4), torch.zeros(1, 4, 4))
    wanted = statistics(target)
    same = relative_style(wanted, wanted, typical)
    twice = relative_style(statistics(2 * target), wanted, typical)
    far = relative_style(statistics(10 * target), wanted, typical)
    assert [term.tolist() for term in same] == [[0, 0], [0, 0]]
    assert [float(term.mean()) for term in twice] == pytest.approx([1, 8])  # covariance: error 3² = 9, beyond 4: 4·√9 - 4
    assert float(far[1].mean()) == pytest.approx(4 * 99 - 4)
