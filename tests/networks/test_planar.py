"""Pools of maps that lie channel by channel beside PyTorch's."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import planar


@pytest.mark.parametrize("ceil", [False, True])
@pytest.mark.parametrize("size", [(8, 12), (7, 12), (8, 11), (7, 9)])
@pytest.mark.parametrize("layout", [torch.contiguous_format, torch.channels_last])
def test_pools_and_their_adjoints_are_torchs(layout, size, ceil):
    generator = torch.Generator().manual_seed(3)
    x = torch.randn(1, 5, *size, generator=generator).contiguous(memory_format=layout).requires_grad_()
    wanted = F.max_pool2d(x, 2, ceil_mode=ceil)
    pull = torch.randn(wanted.shape, generator=generator)
    (gradient,) = torch.autograd.grad(wanted, x, pull)
    assert torch.equal(planar.max_pool(x.detach(), ceil), wanted)
    assert torch.equal(planar.max_pool_back(pull, x.detach(), ceil), gradient)


def test_of_equal_places_one_gets_a_pools_gradient():
    pull = torch.rand(1, 2, 3, 4) + 1
    found = planar.max_pool_back(pull, torch.ones(1, 2, 6, 8), False)
    assert torch.equal(F.avg_pool2d(found, 2) * 4, pull)
    assert (found != 0).sum() == pull.numel()
