"""Float16 as a graphics card computes in it, for tests on a processor, whose own takes minutes."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F


def convolve_like_a_graphics_card(monkeypatch: pytest.MonkeyPatch) -> None:
    """Products of halves are exact in float32, where they are summed up; what comes out is rounded."""
    convolution = F.conv2d

    def conv2d(x, weight, bias=None, *options, **named):
        if x.dtype != torch.float16:
            return convolution(x, weight, bias, *options, **named)
        return convolution(x.float(), weight.float(), None if bias is None else bias.float(), *options, **named).half()

    monkeypatch.setattr(F, "conv2d", conv2d)
