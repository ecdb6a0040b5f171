"""Convolutions in blocks give what plain ones give."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks.phases import HALFWAY, AfterDoubling, FewOutputs, after_doubling, halfway_padded
from nst_core.networks.plain import halfway


@pytest.mark.parametrize("size", [(20, 28), (21, 28), (16, 15)])
@pytest.mark.parametrize("bias", [True, False])
def test_few_outputs_are_those_of_the_convolution(size, bias):
    layer, x = FewOutputs(5, 3, 9, bias=bias).double(), torch.randn(2, 5, size[0] + 8, size[1] + 8).double()
    wanted = F.conv2d(x, layer.weight, layer.bias)
    assert (layer(x) - wanted).abs().max() < 1e-12


@pytest.mark.parametrize(("mode", "border"), [("reflect", "reflect"), ("zeros", "constant")])
def test_a_convolution_after_doubling_is_that_of_the_doubled_picture(mode, border):
    layer, x = AfterDoubling(5, 4, 3, padding=1, padding_mode=mode).double(), torch.randn(2, 5, 7, 6).double()
    large = F.pad(F.interpolate(x, scale_factor=2, mode="nearest"), (1, 1, 1, 1), mode=border)
    assert (layer(x) - F.conv2d(large, layer.weight, layer.bias)).abs().max() < 1e-12


@pytest.mark.parametrize("size", [(7, 6), (2, 5)])
def test_a_convolution_after_doubling_halfway_is_that_of_the_doubled_picture(size):
    weight, x = torch.randn(4, 5, 3, 3).double(), torch.randn(2, 5, *size).double()
    wanted = F.conv2d(F.pad(halfway(halfway(x, 2), 3), (1, 1, 1, 1), mode="reflect"), weight)
    assert (after_doubling(halfway_padded(x), weight, None, HALFWAY) - wanted).abs().max() < 1e-12
