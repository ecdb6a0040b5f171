"""Hand-written gradients against autograd, tiles against the whole picture, low precision against high."""

from __future__ import annotations

from collections import Counter
from unittest import mock

import pytest
import torch

from nst_core.gatys import layers
from nst_core.gatys.layers import Padding, Pooling
from nst_core.gatys.objective import ContentTerm, Objective, gatys_style
from nst_core.gatys.room import Room
from nst_core.gatys.stream import VggStream
from nst_core.gatys.tiles import tiles
from nst_core.gatys.whole import WholeNetwork
from nst_core.networks import vgg, winograd
from tests.gatys.networks import random_vgg, textured

STYLE, CONTENT = ("conv1_1", "conv1_2", "conv2_1", "conv3_3"), ("conv2_2", "conv3_2")


@pytest.fixture(scope="module", params=[False, True], ids=["zeros", "reflecting"])
def network(request):
    # Nothing is normalised: the network rounds its constants to float32.
    return random_vgg(19, "conv3_3", normalisation=vgg.PLAIN, reflecting=request.param).double()


def objective(evaluator, content, style, masks=None):
    maps = evaluator.features(content, CONTENT)
    grams = evaluator.moments(style, dict.fromkeys(STYLE))
    if masks is not None:
        grams = {layer: torch.cat([gram, gram * 0.5]) for layer, gram in grams.items()}
    return Objective(
        {layer: gatys_style(700.0, gram, None if masks is None else masks[layer]) for layer, gram in grams.items()},
        {layer: ContentTerm(0.5, target) for layer, target in maps.items()},
    )


def apart(first, second):
    return float((first.double() - second.double()).norm() / second.double().norm())


@pytest.mark.parametrize("room", [Room(), Room(800_000), Room(800_000, 2_000_000)], ids=["whole", "tiles", "some kept"])
def test_gradient_and_losses_are_autograds(network, room):
    content, style, x = (textured(33, 38, seed).double() for seed in range(3))
    reference = WholeNetwork(network)
    values, wanted = reference.evaluate(x, objective(reference, content, style))
    stream = VggStream(network, torch.float64, room=room)
    found, gradient = stream.evaluate(x, objective(stream, content, style))
    assert found == pytest.approx(values, rel=1e-10)
    assert apart(gradient, wanted) < 1e-10


@pytest.mark.parametrize("pooling", Pooling)
@pytest.mark.parametrize("padding", Padding)
def test_tiles_in_float32_are_the_whole_picture_to_its_rounding(pooling, padding):
    network = random_vgg(16, "conv3_3")
    content, style, x = (textured(50, 41, seed) for seed in range(3))
    whole = VggStream(network, torch.float32, pooling, padding)
    goal = objective(whole, content, style)
    values, wanted = whole.evaluate(x, goal)
    tiled = VggStream(network, torch.float32, pooling, padding, Room(600_000))
    found, gradient = tiled.evaluate(x, goal)
    assert found == pytest.approx(values, rel=1e-5)
    assert apart(gradient, wanted) < 1e-5


@pytest.mark.parametrize("small", [-1, layers.SMALL], ids=["borders computed again", "padded"])
@pytest.mark.parametrize("padding", [Padding.REFLECT, Padding.REPLICATE])
def test_a_convolution_and_its_adjoint_are_autograds(padding, small, monkeypatch):
    """Whichever way the border is made, in an odd size."""
    monkeypatch.setattr(layers, "SMALL", small)
    generator = torch.Generator().manual_seed(5)
    weight, bias, x, pull = (
        torch.randn(shape, generator=generator, dtype=torch.float64) for shape in ((6, 4, 3, 3), (6,), (1, 4, 5, 8), (1, 6, 5, 8))
    )
    x.requires_grad_()
    padded = torch.nn.functional.pad(x, (1, 1, 1, 1), mode=padding.value)
    wanted = torch.nn.functional.conv2d(padded, weight, bias).relu()
    (gradient,) = torch.autograd.grad(wanted, x, pull)
    layer = layers.Convolution(weight, bias, torch.float64, padding)
    output = layer(x.detach())
    torch.testing.assert_close(output, wanted.detach())
    torch.testing.assert_close(layer.back(pull, output), gradient)


@pytest.mark.skipif(not winograd.is_there(), reason="this PyTorch or this processor has no NNPACK")
@pytest.mark.parametrize("room", [Room(), Room(4_000_000), Room(4_000_000, 8_000_000)], ids=["whole", "tiles", "some kept"])
@pytest.mark.parametrize("padding", Padding)
def test_winograds_gradient_is_the_direct_one(padding, room, monkeypatch):
    """Average pools: maxima may choose another one of nearly equal places; as it is, a ReLU may be just open or just closed."""
    seen = mock.Mock(wraps=winograd.convolution)
    monkeypatch.setattr(winograd, "LEAST_PLACES", 500)
    monkeypatch.setattr(winograd, "MOST_THREADS", 1000)
    monkeypatch.setattr(winograd, "convolution", seen)
    network = random_vgg(16, "conv3_3")
    content, style, x = (textured(101, 90, seed) for seed in range(3))
    direct = VggStream(network, torch.float64, Pooling.AVERAGE, padding)
    values, wanted = direct.evaluate(x.double(), objective(direct, content.double(), style.double()))
    strict = VggStream(network, torch.float32, Pooling.AVERAGE, padding, room)
    strict.evaluate(x, objective(strict, content, style))
    assert not seen.called
    stream = VggStream(network, torch.float32, Pooling.AVERAGE, padding, room, by_winograd=True)
    found, gradient = stream.evaluate(x, objective(stream, content, style))
    assert seen.called and all(call.args[0].is_contiguous() for call in seen.call_args_list)
    assert found == pytest.approx(values, rel=2e-5)
    assert apart(gradient, wanted) < 5e-4


def test_guides_pull_only_where_they_are_white(network):
    """Two regions, tiled, against autograd; and the gradient of a region alone stays near it."""
    content, style, x = (textured(32, 48, seed).double() for seed in range(3))
    guide = torch.zeros(2, 32, 48, dtype=torch.float64)
    guide[0, :, :16] = 1
    guide[1, :, 32:] = 0.5
    masks = {layer: torch.nn.functional.adaptive_avg_pool2d(guide, (32 // scale, 48 // scale)) for layer, scale in SCALES.items()}
    reference = WholeNetwork(network)
    values, wanted = reference.evaluate(x, objective(reference, content, style, masks))
    stream = VggStream(network, torch.float64, room=Room(500_000))
    goal = objective(stream, content, style, masks)
    found, gradient = stream.evaluate(x, goal)
    assert found == pytest.approx(values, rel=1e-10)
    assert apart(gradient, wanted) < 1e-10
    _, alone = stream.evaluate(x, Objective({"conv1_2": goal.style["conv1_2"]}))
    assert alone[..., :16].abs().max() > 0
    assert alone[..., 20:28].abs().max() == 0


SCALES = {"conv1_1": 1, "conv1_2": 1, "conv2_1": 2, "conv3_3": 4}


def test_bfloat16_pulls_in_the_same_direction():
    network = random_vgg(19, "conv3_3")
    content, style, x = (textured(64, 64, seed) for seed in range(3))
    results = []
    for dtype in (torch.float32, torch.bfloat16):
        stream = VggStream(network, dtype)
        results.append(stream.evaluate(x, objective(stream, content, style)))
    assert results[1][0] == pytest.approx(results[0][0], rel=0.02)
    assert torch.cosine_similarity(results[1][1].flatten(), results[0][1].flatten(), 0) > 0.97


@pytest.mark.parametrize(("height", "width", "area"), [(7, 9, 8), (64, 64, 1000), (33, 2, 4), (51, 49, 10**6), (2, 2, 1)])
def test_tiles_cover_every_place_once(height, width, area):
    seen = torch.zeros(height, width)
    for tile in tiles(height, width, area, halo=2):
        seen[tile.inner.slices] += 1
        assert tile.outer.top == max(tile.inner.top - 2, 0)
        assert tile.inner.top % 2 == tile.inner.left % 2 == 0
    assert (seen == 1).all()


def test_what_is_kept_is_not_computed_again_and_the_deepest_is_kept_first(monkeypatch):
    computed: list[int] = []
    once = layers.Convolution.__call__

    def counting(self, x):
        computed.append(self.channels)
        return once(self, x)

    monkeypatch.setattr(layers.Convolution, "__call__", counting)
    stream = VggStream(random_vgg(19, "conv3_3"))
    picture = textured(64, 64)
    goal = objective(stream, picture, textured(40, 40, 1))

    def convolutions(room: Room) -> Counter[int]:
        stream.room = room
        computed.clear()
        stream.evaluate(picture, goal)
        return Counter(computed)

    outputs = 16 * 16 * 3 * 256 * 4  # of the third segment, in float32 and without halos
    nothing, some, all_ = (convolutions(Room(500_000, kept)) for kept in (0, 3 * outputs, float("inf")))
    assert nothing == Counter({channels: 2 * count for channels, count in all_.items()})
    assert some[256] == all_[256]
    assert all_[64] < some[64] <= nothing[64]
    assert convolutions(Room()) == {64: 1, 128: 2, 256: 3}


def test_an_evaluation_can_be_stopped_between_tiles():
    stream = VggStream(random_vgg(19, "conv3_3"), room=Room(500_000))
    picture = textured(64, 64)
    goal = objective(stream, picture, textured(40, 40, 1))
    shares: list[float] = []

    def look(share: float) -> None:
        shares.append(share)

    stream.evaluate(picture, goal, look)
    assert shares == sorted(shares)
    assert len(shares) > 10

    class Stop(Exception):
        pass

    def stop(share: float) -> None:
        if share > 0.5:
            raise Stop

    with pytest.raises(Stop):
        stream.evaluate(picture, goal, stop)
