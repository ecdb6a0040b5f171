"""Which precision features are computed in on a device.

What bfloat16 costs a picture, beside float32 (conv1_1 to conv3_4 of VGG-19 as published, pairs of real pictures at 256 px;
`python -m nst_core.bench.gatys_precision` measures it):

    preset                                       apart, dB      its true loss
    draft (seven pairs)                          44.3 to 51.0   -0.07 to +0.15 %
    best, the last scale in bfloat16 (six)       48.9 to 52.5   -0.03 to +0.02 %
    best, all scales in bfloat16 (one)           30.1           +0.12 %
    best, float32, its start moved by 1e-6 (one) 34.7           +0.05 %

The figures of best were measured while its variation was a sum of squares. With that of second order, two crops of 160 px ended
46.4 and 45.1 dB apart with the last scale in bfloat16, their true losses -0.01 and -0.03 %.

Where coarse scales convolve by Winograd's method, whose rounding is ten times that of direct sums, and the last one in bfloat16,
best of today is 35.6 and 38.8 dB from direct float32, its true loss -0.07 and +0.09 % (two pairs at 256 px).

So many iterations drift apart from anything: coarse scales decide which strokes there will be, and are computed in float32. At
larger ones bfloat16 is not seen any more; it is where most of the time goes. Beside best of 1024 by 576 px with the last scale in
bfloat16, the one before it in bfloat16 as well is 39.6 dB apart, the two before it 38.6; true losses +0.01 and +0.06 % (a pair).

Nearly all of what bfloat16 changes comes from maxima that it can't tell apart, so that a pool's gradient goes to a neighbour.
Adam by itself makes speckle of that wherever little else pulls: with one level, undamped, in one view, best ended 29 dB apart.
L-BFGS learns from small differences of gradients; it keeps float32.
"""

from __future__ import annotations

import torch

from ..device import computes_in_bfloat16, finest
from ..errors import UsageError


def dtype_of(name: str, device: torch.device) -> torch.dtype:
    """The dtype called `name`; "auto" is bfloat16 where the device computes in it at least twice as fast as in float32.

    UsageError when the device has no such numbers.
    """
    if name == "float64" and finest(device) != torch.float64:
        raise UsageError(f"device {device.type} has no numbers of precision {name}: choose another precision, or device cpu")
    if name != "auto":
        return {"float32": torch.float32, "bfloat16": torch.bfloat16, "float64": torch.float64}[name]
    return torch.bfloat16 if computes_in_bfloat16(device) else torch.float32


COARSE_PIXELS = 2**18
"""Up to which a scale before the last one is coarse: strokes are decided by then."""
