"""Which precision features are computed in on a device."""

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
