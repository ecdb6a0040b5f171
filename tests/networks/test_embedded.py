"""The embedded network: shapes, codes, and that its shortcuts change nothing."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import embedded
from nst_core.networks.embedded import CODE, Embedded, Palette, StyledConv, interpolate, mix, moments


@pytest.fixture(scope="module")
def network() -> Embedded:
    """With random weights whose codes matter: as initialised, they hardly do."""
    torch.manual_seed(3)
    network = Embedded()
    with torch.no_grad():
        for module in network.modules():
            if isinstance(module, (StyledConv, Palette)):
                module.style.weight.normal_(0, 0.1)
    return network.to(memory_format=torch.channels_last).eval().requires_grad_(False)


def picture(height: int, width: int, seed: int = 0, count: int = 1) -> torch.Tensor:
    """Smooth noise with some detail, in [0, 1]."""
    made = torch.Generator().manual_seed(seed)
    small = torch.rand(count, 3, height // 8 + 2, width // 8 + 2, generator=made)
    fine = torch.rand(count, 3, height, width, generator=made)
    return (0.8 * F.interpolate(small, (height, width), mode="bicubic", align_corners=False) + 0.2 * fine).clamp(0, 1)


def largest_difference(one: torch.Tensor, other: torch.Tensor) -> float:
    return float((one - other).abs().max())


@pytest.mark.parametrize("size", [(16, 16), (17, 31), (33, 16), (64, 100), (129, 48)])
def test_any_size_from_the_minimum_up_comes_back_as_it_was(network, size):
    content = picture(*size)
    painted = network(content, network.encode(picture(40, 50, 1)))
    assert painted.shape == content.shape
    assert painted.min() > 0 and painted.max() < 1


@pytest.mark.parametrize("value", [0.0, 0.5, 1.0])
def test_flat_pictures_give_calm_finite_pictures(network, value):
    flat = torch.full((1, 3, 64, 64), value)
    painted = network(flat, network.encode(torch.full((1, 3, 32, 32), 1 - value)))
    assert torch.isfinite(painted).all()
    inner = painted[:, :, 16:-16, 16:-16]
    assert float(inner.std((2, 3)).max()) < 1e-3


def test_a_batch_equals_its_pictures_one_by_one(network):
    """A batch scales and shifts its features; a single picture has that folded into the weights."""
    contents, styles = picture(64, 48, 1, 3), picture(32, 32, 2, 3)
    together = network(contents, network.encode(styles))
    for index in range(3):
        alone = network(contents[index : index + 1], network.encode(styles[index : index + 1]))
        assert largest_difference(alone, together[index : index + 1]) < 2e-4


def test_bands_of_the_tail_join_without_a_seam(network, monkeypatch):
    content, code = picture(256, 64), network.encode(picture(64, 64, 1))
    whole = network(content, code)
    monkeypatch.setattr(embedded, "BAND_ROWS", 12)
    assert largest_difference(network(content, code), whole) < 1e-5


def test_palette_equals_enlarging_and_convolving_at_full_size(network):
    x, code = torch.randn(2, 16, 20, 24), torch.randn(2, CODE)
    found = network.palette(x, code)
    for index in range(2):
        tint = network.palette.tint(code[index])
        matrix = torch.eye(3) + tint[:9].view(3, 3)
        kernel = torch.einsum("po,ocij->pcij", matrix, network.palette.kernel)
        scaled = x[index : index + 1] * (1 + network.palette.style(code[index]))[None, :, None, None]
        large = F.interpolate(scaled, scale_factor=2, mode="bilinear", align_corners=False)
        wanted = F.conv2d(large, kernel, tint[9:], padding=1).sigmoid()
        inner = (slice(None), slice(None), slice(3, -3), slice(3, -3))
        assert largest_difference(found[index : index + 1][inner], wanted[inner]) < 1e-5


def test_moments_are_those_of_double_precision():
    x = (torch.randn(2, 5, 37, 41) * 0.01 + 100).contiguous(memory_format=torch.channels_last)
    mean, variance = moments(x)
    assert torch.allclose(mean.double(), x.double().mean((2, 3)), rtol=1e-6)
    assert torch.allclose(variance.double(), x.double().var((2, 3), correction=0), rtol=1e-3)


@pytest.mark.parametrize("precision", [torch.float32, torch.bfloat16])
@pytest.mark.parametrize("sides", [(1, 3), (37, 41), (700, 512)])
def test_moments_of_one_picture_are_those_of_double_precision(precision, sides):
    x = (torch.randn(1, 24, *sides) * 2 + 5).to(precision).contiguous(memory_format=torch.channels_last)
    with torch.inference_mode():
        mean, variance = moments(x)
    assert (mean.dtype, mean.shape) == (variance.dtype, variance.shape) == (torch.float32, (1, 24))
    assert torch.allclose(mean.double(), x.double().mean((2, 3)), rtol=1e-4)
    assert torch.allclose(variance.double(), x.double().var((2, 3), correction=0), rtol=1e-3)


def test_a_code_does_not_depend_on_where_things_are_in_the_style(network):
    """But for the seams that rolling makes."""
    style = picture(128, 128, 4)
    code, rolled = network.encode(style), network.encode(style.roll((32, 64), (2, 3)))
    other = network.encode(picture(128, 128, 5))
    assert (code - rolled).norm() < 0.4 * (code - other).norm()


def test_mixed_codes_are_weighted_means():
    codes = torch.randn(3, CODE)
    assert torch.allclose(mix(codes, torch.tensor([2.0, 0.0, 2.0])), (codes[:1] + codes[2:]) / 2)
    assert torch.allclose(mix(codes[:1], torch.tensor([0.3])), codes[:1])


def test_interpolation_goes_from_the_content_to_the_style(network):
    content = picture(64, 64)
    own, code = network.encode(content), network.encode(picture(64, 64, 6))
    assert torch.equal(interpolate(own, code, 0.0), own)
    painted = [network(content, interpolate(own, code, strength)) for strength in (0.0, 0.3, 0.6, 1.0)]
    distances = [float((picture - painted[0]).square().mean()) for picture in painted]
    assert distances == sorted(distances) and distances[1] > 0


def test_half_precision_weights_stay_within_a_grey_level(network):
    code, content = network.encode(picture(64, 64, 1)), picture(96, 96)
    rounded = embedded.build({name: value.half() for name, value in network.state_dict().items()})
    assert largest_difference(rounded(content, code), network(content, code)) < 1 / 255


def test_the_file_fits_in_four_megabytes(network):
    assert 2 * sum(parameter.numel() for parameter in network.parameters()) < 4e6


def test_gradients_reach_every_weight():
    torch.manual_seed(0)
    network = Embedded()
    network(picture(32, 32, 1, 2), network.encode(picture(32, 32, 2, 2))).square().sum().backward()
    gradients = {name: parameter.grad for name, parameter in network.named_parameters()}
    assert [name for name, gradient in gradients.items() if gradient is None or not gradient.any()] == []
