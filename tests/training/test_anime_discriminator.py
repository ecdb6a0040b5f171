"""AnimeGANv2's discriminator: shape, spectral norm against NumPy's singular values, layer norm."""

from __future__ import annotations

import numpy as np
import torch
import torch.nn.functional as F

from nst_core.networks.animegan_discriminator import Discriminator, SpectralConvolution


def test_the_layers_are_the_published_ones():
    network = Discriminator()
    convolutions = [one for one in network.modules() if isinstance(one, SpectralConvolution)]
    shapes = [(one.in_channels, one.out_channels, one.stride[0]) for one in convolutions]
    assert shapes == [(3, 32, 1), (32, 64, 2), (64, 128, 1), (128, 128, 2), (128, 256, 1), (256, 256, 1), (256, 1, 1)]
    assert [one.num_channels for one in network.modules() if isinstance(one, torch.nn.GroupNorm)] == [128, 256, 256]
    assert all(one.negative_slope == 0.2 for one in network.modules() if isinstance(one, torch.nn.LeakyReLU))
    assert network(torch.zeros(2, 3, 32, 48)).shape == (2, 1, 8, 12)


def test_after_some_forwards_the_kernels_largest_singular_value_is_one():
    torch.manual_seed(0)
    layer = SpectralConvolution(5, 7)
    picture = torch.rand(1, 5, 4, 4)
    for _ in range(200):
        layer(picture)
    largest = np.linalg.svd(layer.weight.detach().double().numpy().reshape(7, -1), compute_uv=False)[0]
    assert np.isclose(layer.largest().item(), largest, rtol=1e-4)
    with torch.no_grad():
        assert torch.allclose(layer(picture), F.conv2d(picture, layer.weight / largest, padding=1), atol=1e-5)


def test_only_training_moves_the_vector_of_the_power_iteration():
    torch.manual_seed(0)
    layer = SpectralConvolution(5, 7)
    before = layer.direction.clone()
    layer.eval()(torch.rand(1, 5, 4, 4))
    assert torch.equal(layer.direction, before)
    layer.train()(torch.rand(1, 5, 4, 4))
    assert not torch.equal(layer.direction, before)


def test_layer_norm_takes_a_picture_as_a_whole():
    """Mean 0 and deviation 1 over all places and channels; a gain and a shift for each channel."""
    norm = next(one for one in Discriminator(width=4).modules() if isinstance(one, torch.nn.GroupNorm))
    torch.nn.init.uniform_(norm.weight)
    torch.nn.init.uniform_(norm.bias)
    maps = torch.rand(3, norm.num_channels, 5, 6) * 9 + 2
    for index, picture in enumerate(maps.double().numpy()):
        wanted = (picture - picture.mean()) / picture.std()
        wanted = wanted * norm.weight.detach().numpy()[:, None, None] + norm.bias.detach().numpy()[:, None, None]
        assert np.allclose(norm(maps)[index].detach().numpy(), wanted, atol=1e-4)
