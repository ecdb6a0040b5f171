"""Muon: orthogonal directions, Adam's step size, and Adam itself for what is no matrix."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from nst_core.training.optimiser import Muon, is_matrix, orthogonalised


@pytest.mark.parametrize("shape", [(32, 32), (20, 300), (300, 20)])
def test_singular_values_become_alike_and_vectors_stay(shape):
    torch.manual_seed(0)
    left, _, right = torch.linalg.svd(torch.randn(shape), full_matrices=False)
    spread = torch.logspace(0, -1, min(shape))
    found = orthogonalised(left @ torch.diag(spread) @ right)
    assert found.shape == shape
    values = torch.linalg.svdvals(found)
    assert values.min() > 0.6 and values.max() < 1.25
    along = left.T @ found @ right.T  # diagonal, if the singular vectors are the same
    assert float((along - torch.diag(along.diagonal())).norm() / along.norm()) < 0.05


def test_matrices_move_by_a_fifth_of_the_rate():
    torch.manual_seed(0)
    network = nn.Linear(40, 64, bias=False)
    before = network.weight.detach().clone()
    network.weight.grad = torch.randn(64, 40) * 1e3
    Muon(network).step(0.01)
    moved = network.weight.detach() - before
    assert float(moved.square().mean().sqrt()) == pytest.approx(0.2 * 0.01, rel=0.25)


def test_vectors_and_thin_kernels_go_by_adam():
    torch.manual_seed(0)
    ours = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 16, 5, groups=16))
    theirs = nn.Sequential(nn.Conv2d(3, 16, 3), nn.Conv2d(16, 16, 5, groups=16))
    theirs.load_state_dict(ours.state_dict())
    assert not any(is_matrix(parameter) for parameter in ours.parameters())
    mine, reference = Muon(ours), torch.optim.Adam(theirs.parameters(), 0.01, betas=(0.9, 0.99))
    for _ in range(5):
        for network in (ours, theirs):
            network.zero_grad()
        picture = torch.randn(1, 3, 12, 12)
        ours(picture).square().sum().backward()
        theirs(picture).square().sum().backward()
        mine.step(0.01)
        reference.step()
    for one, other in zip(ours.parameters(), theirs.parameters()):
        assert torch.allclose(one, other, atol=1e-4)


def test_it_finds_a_least_squares_solution():
    torch.manual_seed(0)
    network, wanted, inputs = nn.Linear(24, 24), torch.randn(24, 24) / 5, torch.randn(256, 24)
    optimiser = Muon(network)
    losses = []
    for step in range(200):
        network.zero_grad()
        loss = (network(inputs) - inputs @ wanted).square().mean()
        loss.backward()
        optimiser.step(0.05 * (1 - step / 200))
        losses.append(float(loss.detach()))
    assert losses[-1] < 1e-3 * losses[0]


def test_loaded_moments_go_on_as_if_never_stopped():
    torch.manual_seed(0)
    gradients = [torch.randn(32, 24) for _ in range(4)]
    start = torch.randn(32, 24)

    def run(optimiser: Muon, chosen: list[torch.Tensor]) -> None:
        for gradient in chosen:
            optimiser.parameters["weight"].grad = gradient.clone()
            optimiser.step(0.1)

    whole, parts, more = (nn.Linear(24, 32, bias=False) for _ in range(3))
    for network in (whole, parts):
        network.weight.data.copy_(start)
    first, second, third = (Muon(network) for network in (whole, parts, more))
    run(first, gradients)
    run(second, gradients[:2])
    more.weight.data.copy_(parts.weight.data)
    third.load(second.first, second.second, second.steps)
    run(third, gradients[2:])
    assert torch.equal(whole.weight, more.weight)
