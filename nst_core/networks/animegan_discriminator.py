"""AnimeGANv2's discriminator (Chen, Liu, Chen 2020): says patch by patch whether a picture looks painted; for training alone."""

from __future__ import annotations

import torch
import torch.nn.functional as F
from torch import Tensor, nn

SLOPE = 0.2


class Discriminator(nn.Module):
    """Pictures (N, 3, H, W) in [-1, 1] to judgements (N, 1, H/4, W/4), 1 for painted; sides are multiples of 4.

    A stem, then a stride of two and a widening convolution twice, then two more; layer norm after each convolution that keeps
    the size but the first and the last. All are 3×3 without bias and spectrally normalised.
    """

    def __init__(self, width: int = 32, halvings: int = 2) -> None:
        super().__init__()
        layers: list[nn.Module] = [SpectralConvolution(3, width), nn.LeakyReLU(SLOPE)]
        inputs = width
        for _ in range(halvings):
            layers += [SpectralConvolution(inputs, 2 * width, stride=2), nn.LeakyReLU(SLOPE)]
            layers += normalised(2 * width, 4 * width)
            inputs, width = 4 * width, 2 * width
        layers += [*normalised(inputs, 2 * width), SpectralConvolution(2 * width, 1)]
        self.layers = nn.Sequential(*layers)

    def forward(self, pictures: Tensor) -> Tensor:
        return self.layers(pictures)


def normalised(inputs: int, outputs: int) -> list[nn.Module]:
    """A convolution with layer norm: over all places and channels of a picture, gain and shift for each channel."""
    return [SpectralConvolution(inputs, outputs), nn.GroupNorm(1, outputs), nn.LeakyReLU(SLOPE)]


class SpectralConvolution(nn.Conv2d):
    """A 3×3 convolution whose kernels, as a matrix of outputs by the rest, are divided by its largest singular value.

    That value comes from one round of power iteration a forward in training mode (Miyato et al. 2018, arXiv:1802.05957); the
    vector that it goes on from is part of the state, so that a resumed run goes on with the same numbers.
    """

    direction: Tensor

    def __init__(self, inputs: int, outputs: int, stride: int = 1) -> None:
        super().__init__(inputs, outputs, 3, stride, padding=1, bias=False)
        nn.init.normal_(self.weight, std=0.02)
        self.register_buffer("direction", F.normalize(torch.randn(outputs), dim=0))

    def forward(self, features: Tensor) -> Tensor:
        return F.conv2d(features, self.weight / self.largest(), None, self.stride, self.padding)

    def largest(self) -> Tensor:
        """The largest singular value, as far as it is known by now; the vectors count as constants in its gradient."""
        matrix = self.weight.flatten(1)
        with torch.no_grad():
            across = F.normalize(matrix.T @ self.direction, dim=0)
            ahead = F.normalize(matrix @ across, dim=0)
            if self.training:
                self.direction.copy_(ahead)
        return ahead @ matrix @ across
