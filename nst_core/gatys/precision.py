"""Which precision features are computed in on a device.

What bfloat16 costs a picture, at equal iterations from float32's (conv1_1 to conv3_3 of VGG-19 as published; drafts of three
photographs at 160 and 192 px, the best of one at 112 px), beside what float32 itself makes of a start that
differs by 1e-6, as optimisations drift apart from anything:

    preset   bfloat16, dB   its true loss   a start moved by 1e-6, dB
    draft    48, 53, 59     -0.1 to +0.1 %  61, 75, 81
    best     36             +0.3 %          48

Nearly all of it comes from maxima that bfloat16 can't tell apart, so that a pool's gradient goes to a neighbour. Adam by itself
makes speckle of that wherever little else pulls: with one level, undamped, in one view, best ended 29 dB apart. L-BFGS learns
from small differences of gradients; it keeps float32.
"""

from __future__ import annotations

import torch


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The dtype called `name`; "auto" is bfloat16 where the device computes in it at least twice as fast as in float32."""
    if name != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}[name]
    return torch.bfloat16 if _has_bfloat16(device) else torch.float32


def _has_bfloat16(device: torch.device) -> bool:
    """In hardware: elsewhere torch emulates it, several times slower than float32."""
    if device.type == "cuda":
        # Ampere and newer; torch also says yes for older ones, which emulate.
        return torch.version.hip is None and torch.cuda.get_device_capability(device) >= (8, 0)
    if device.type == "cpu":
        tests = (getattr(torch.cpu, name, None) for name in ("_is_avx512_bf16_supported", "_is_amx_tile_supported"))
        return any(test() for test in tests if test is not None)
    return False
