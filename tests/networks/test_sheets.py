"""A network over sheets, in bands of any height, paints what it paints in one piece."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core.networks import embedded, embedded_stages, magenta, microast
from nst_core.networks.moments import Moments
from nst_core.networks.sheets import Counted, MemorySheet, MirroredPicture, Picture, Space, at_scale, run
from tests.methods.tiny import random_embedded, random_magenta, random_microast

CPU = torch.device("cpu")
WHOLE = Space(CPU, 10**9)
SIZES = [(333, 90), (401, 17), (258, 65)]
EXACT = 1e-11  # in fp64: a halo that is one row short gives 1e-8


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pixels", [1, 3000, 9000])
def test_microast_in_bands_equals_it_in_one_piece(size, pixels):
    network, content = random_microast().double(), torch.rand(1, 3, *size).double()
    with torch.no_grad():
        code = network.code(torch.rand(1, 3, 50, 60).double())
        apart = network(content, code, Space(CPU, pixels, pixels)) - network(content, code, WHOLE)
    assert apart.abs().max() <= EXACT


@pytest.mark.parametrize("size", SIZES)
@pytest.mark.parametrize("pixels", [1, 3000, 9000])
@pytest.mark.parametrize("kept", [True, False])
def test_magenta_in_bands_equals_it_in_one_piece(monkeypatch, size, pixels, kept):
    network, content = random_magenta().transformer.double(), torch.rand(1, 3, *size).double()
    bottleneck, space = torch.randn(1, magenta.BOTTLENECK).double(), Space(CPU, pixels, pixels)
    monkeypatch.setattr(space, "holds", lambda *_: kept)
    with torch.no_grad():
        apart = network(content, bottleneck, space) - network(content, bottleneck, WHOLE)
    assert apart.abs().max() <= EXACT


@pytest.mark.parametrize("size", [*SIZES, (16, 16), (100, 31)])
@pytest.mark.parametrize("pixels", [1, 3000, 9000])
def test_embedded_over_sheets_equals_its_plain_forward(size, pixels):
    network, content = random_embedded(), torch.rand(1, 3, *size)
    with torch.no_grad():
        code = network.encode(torch.rand(1, 3, 50, 60))
        apart = embedded_stages.paint(network, content, code, Space(CPU, pixels, pixels)) - network(content, code)
    assert apart.abs().max() <= 1e-5  # its statistics are of float32 in the plain way


def blurred(band):
    return F.avg_pool2d(F.pad(band, (1, 1, 1, 1), mode="reflect"), 3, 1)


@pytest.mark.parametrize("height", [37, 48, 100, 7])
def test_bands_in_place_see_the_old_rows(height):
    picture = torch.rand(1, 2, height, 9)
    sheet = Picture(picture.shape, picture.clone())
    run(blurred, [sheet], sheet, Space(CPU, 1), halo=2)
    assert torch.allclose(sheet.whole, blurred(picture))


def test_every_row_is_computed_once_and_with_its_neighbours():
    seen = []

    def watched(band):
        seen.append(band.shape[2])
        return blurred(band)

    picture = Picture((1, 2, 37, 9), torch.rand(1, 2, 37, 9))
    run(watched, [picture], Picture(picture.shape), Space(CPU, 1), halo=1)
    assert seen == [17, 18, 6]


@pytest.mark.parametrize("count", [1, 2])
def test_the_moments_of_bands_are_those_of_the_whole(count):
    features = (torch.randn(count, 5, 40, 90) * 0.1 + 50).contiguous(memory_format=torch.channels_last)
    moments = Moments()
    for start, stop in ((0, 7), (7, 8), (8, 40)):
        moments.add(features[:, :, start:stop])
    mean, variance = moments.of(features, correction=1)
    wanted = torch.var_mean(features.double(), (2, 3))
    assert torch.allclose(mean.double(), wanted[1], rtol=1e-6)
    assert torch.allclose(variance.double(), wanted[0], rtol=1e-4)


@pytest.mark.parametrize("size", [(37, 50), (48, 64), (33, 17)])
def test_a_mirrored_picture_is_padded_by_reflection(size):
    tensor = torch.rand(1, 3, *size)
    sheet = MirroredPicture(tensor, 16, (-1, 1))
    wanted = F.pad(tensor * 2 - 1, (0, -size[1] % 16, 0, -size[0] % 16), mode="reflect")
    assert sheet.shape == tuple(wanted.shape)
    for top, bottom in (
        (0, 16),
        (16, wanted.shape[2]),
        (wanted.shape[2] - 16, wanted.shape[2]),
        (wanted.shape[2] - 2, wanted.shape[2]),
    ):
        assert torch.equal(sheet.read(top, bottom), wanted[:, :, top:bottom])


def test_what_is_only_counted_has_the_moments_of_what_is_kept():
    picture = Picture((1, 2, 37, 9), torch.rand(1, 2, 37, 9))
    kept, counted = MemorySheet(picture.shape, 1), Counted(picture.shape, 1)
    for target in (kept, counted):
        run(blurred, [picture], target, Space(CPU, 1), halo=1)
    assert torch.equal(kept.moments.mean, counted.moments.mean)
    assert torch.equal(kept.moments.squares, counted.moments.squares)


@pytest.mark.parametrize(("width", "height"), [(100, 7), (1024, 1024), (4096, 4096), (20000, 500)])
def test_computed_pixels_are_those_of_the_picture_and_some_halo(width, height):
    space = Space(CPU)
    share = space.computed_pixels(height, width, 12) / (width * height)
    assert 1 <= share < 1.3
    assert share == 1 or height > space.rows(width, 12)


def test_little_memory_makes_bands_short_but_never_shorter_than_their_halo():
    assert Space(CPU, 2**18).rows(1000, 8) == 256
    assert Space(CPU, 2**18).rows(12000, 8) == 64
    assert Space(CPU, 2**18, 480_000).rows(12000, 8) == 16
    assert Space(CPU, 2**18, 1).rows(12000, 16) == 32


def test_sizes_at_a_scale_are_rounded_up():
    assert at_scale(Picture((1, 3, 401, 17)), 64, 4) == (1, 64, 101, 5)


@pytest.mark.parametrize("facts", [microast.FACTS, magenta.FACTS, embedded.FACTS])
def test_the_largest_picture_of_a_budget_takes_all_of_it(facts):
    for budget in (1e8, 5e8, 1e10):
        for scratch in (0, 1e9, 1e12):
            pixels = facts.pixels_in(budget, scratch)
            band = min(pixels, facts.least_band_pixels) * facts.band_bytes_per_pixel
            whole = facts.bytes_per_pixel - facts.kept_bytes_per_pixel
            assert pixels * whole + band <= budget
            assert pixels * facts.bytes_per_pixel + band <= budget + scratch
            more = pixels * 1.01
            full = more * facts.bytes_per_pixel + band > budget + scratch or more * whole + band > budget
            assert full or pixels * (facts.bytes_per_pixel + facts.band_bytes_per_pixel) > 0.99 * budget
