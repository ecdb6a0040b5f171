"""A copy in bfloat16: other numbers where it may, the same where it must not."""

from __future__ import annotations

from unittest import mock

import pytest
import torch
from torch import nn

from nst_core.networks import winograd
from nst_core.networks.moments import rescaled
from nst_core.networks.reduced import OwnPrecisionConv, reduced


def test_only_convolutions_change_and_the_exact_ones_do_not():
    network = nn.Sequential(OwnPrecisionConv(3, 4, 1), nn.GroupNorm(1, 4), OwnPrecisionConv(4, 4, 1), OwnPrecisionConv(4, 3, 1))
    fast = reduced(network, ("0", "3"))
    assert [parameter.dtype for parameter in network.parameters()] == [torch.float32] * 8
    half = {name for name, parameter in fast.named_parameters() if parameter.dtype == torch.bfloat16}
    assert half == {"2.weight", "2.bias"}
    assert all(torch.equal(a, b) for (n, a), (_, b) in zip(network.named_parameters(), fast.named_parameters()) if n not in half)


def test_a_layer_takes_any_precision_and_gives_its_own():
    x = torch.rand(1, 3, 5, 5)
    layer = reduced(nn.Sequential(OwnPrecisionConv(3, 4, 1)), ())
    assert layer(x).dtype == torch.bfloat16


def test_factors_keep_their_digits_where_the_features_have_fewer():
    x, scale, shift = torch.ones(1, 2, 3, 3), torch.tensor([[1.001, 3.0]]), torch.tensor([[-1.0, 0.5]])
    found = rescaled(x.bfloat16(), scale, shift)
    assert found.dtype == torch.bfloat16
    assert torch.allclose(found.float(), (x * scale[..., None, None] + shift[..., None, None]), rtol=4e-3, atol=0)
    pair = rescaled(x.expand(2, 2, 3, 3), scale.expand(2, 2), shift.expand(2, 2))
    assert torch.allclose(pair, (x * scale[..., None, None] + shift[..., None, None]).expand(2, 2, 3, 3))


@pytest.mark.skipif(not winograd.is_there(), reason="this PyTorch or this processor has no NNPACK")
def test_large_maps_that_lie_channel_by_channel_go_by_winograds_method(monkeypatch):
    monkeypatch.setattr(winograd, "MOST_THREADS", 1000)
    seen = mock.Mock(wraps=winograd.convolution)
    monkeypatch.setattr(winograd, "convolution", seen)
    layer, x = OwnPrecisionConv(16, 24, 3).requires_grad_(False), torch.rand(1, 16, 70, 80)
    wanted = layer.double()(x)
    assert not seen.called
    torch.testing.assert_close(layer.float()(x), wanted.float(), rtol=1e-4, atol=1e-5)
    assert seen.call_count == 1
    for other in (x.contiguous(memory_format=torch.channels_last), x[..., :20]):
        layer(other)
    layer.bfloat16()(x)
    assert seen.call_count == 1
