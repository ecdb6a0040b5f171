"""Every term of the objective against another way to get it."""

from __future__ import annotations

import itertools
import random

import pytest
import torch
import torch.nn.functional as F

from nst_core.losses import Statistics
from nst_core.networks.embedded import Embedded
from nst_core.training import objective as terms
from nst_core.training.objective import Plan, Weights, mixed_styles, objective, plan
from nst_core.training.sources import Batch
from nst_core.training.targets import STYLE_LAYERS, View, joined, sizes_for, view


@pytest.fixture(scope="module")
def network() -> Embedded:
    torch.manual_seed(0)
    return Embedded()


@pytest.fixture(scope="module")
def batch(features) -> Batch:
    made = torch.Generator().manual_seed(0)
    contents, styles = torch.rand(3, 3, 64, 64, generator=made), torch.rand(3, 3, 72, 72, generator=made)
    return Batch(contents, styles, view(features, contents), view(features, styles))


def test_a_view_holds_each_layer_at_each_size(features):
    pictures = torch.rand(2, 3, 64, 64)
    seen = view(features, pictures, 3)
    assert len(seen.style) == 9
    quarter = features(F.avg_pool2d(pictures, 4), ["conv2_1"])["conv2_1"]
    assert torch.allclose(seen.style[7].mean, quarter.mean((2, 3)), atol=1e-5)
    coarse = features(F.avg_pool2d(pictures, 2), ["conv3_3"])["conv3_3"]
    assert torch.allclose(seen.coarse, coarse, atol=1e-5)
    again = joined([view(features, pictures[:1], 3), view(features, pictures[1:], 3)])
    assert torch.allclose(again.style[4].covariance, seen.style[4].covariance, rtol=1e-3, atol=1e-2)
    assert (sizes_for(128), sizes_for(256)) == (2, 3)


def test_a_plan_is_repeatable_and_mixes_a_quarter():
    assert plan(4, random.Random("7")) == plan(4, random.Random("7"))
    plans = [plan(4, random.Random(index)) for index in range(500)]
    partners = [partner for one in plans for partner in one.partners]
    assert 0.2 < sum(partner is not None for partner in partners) / len(partners) < 0.3
    assert 0.4 < sum(partner == -1 for partner in partners) / sum(partner is not None for partner in partners) < 0.6
    assert {one.identity for one in plans} == {True, False}


def test_mixed_codes_go_with_equally_mixed_statistics(network, batch):
    todo = Plan((None, -1, 0), (1.0, 0.25, 0.5), identity=False, shift=(0, 0))
    codes, targets = mixed_styles(network, batch, todo)
    style, own = network.encode(batch.styles), network.encode(batch.contents)
    assert torch.allclose(codes[0], style[0])
    assert torch.allclose(codes[1], 0.25 * style[1] + 0.75 * own[1], atol=1e-5)
    assert torch.allclose(codes[2], (style[2] + style[0]) / 2, atol=1e-5)
    for target, theirs, ours in zip(targets, batch.style_view.style, batch.content_view.style):
        assert torch.allclose(target.mean[0], theirs.mean[0])
        assert torch.allclose(target.covariance[1], 0.25 * theirs.covariance[1] + 0.75 * ours.covariance[1], atol=1e-4)
        assert torch.allclose(target.mean[2], (theirs.mean[2] + theirs.mean[0]) / 2, atol=1e-4)


def test_the_total_is_the_weighted_sum_of_its_terms(network, features, batch):
    weights = Weights(mean=0.5, covariance=2.0, coarse=1.0)
    for identity in (True, False):
        todo = Plan((None,) * 3, (1.0,) * 3, identity, (3, 5))
        total, found = objective(network, features, batch, todo, batch.style_view.style, weights)
        assert ("identity" in found, "equivariance" in found) == (identity, not identity)
        wanted = 0.5 * found["mean"] + 2 * found["covariance"]
        for name in ("content", "fine_content", "identity", "equivariance", "halo", "calm", "order", "variation"):
            wanted = wanted + getattr(weights, name) * found.get(name, 0)
        assert float(total.detach()) == pytest.approx(float(wanted), rel=1e-4)
        layers = sum(float(found[f"{layer}/{size}"]) for layer in STYLE_LAYERS for size in (1, 2))
        assert float(found["covariance"]) == pytest.approx(layers, rel=1e-5)


class Shifting(torch.nn.Module):
    """A stand-in that is equivariant, or has a texture of its own on a lattice of two pixels."""

    def __init__(self, texture: float) -> None:
        super().__init__()
        self.texture = texture

    def forward(self, content: torch.Tensor, code: torch.Tensor) -> torch.Tensor:
        rows = torch.arange(content.shape[2]) % 2 * self.texture
        return 1 - content + rows[:, None]


def test_equivariance_is_nothing_for_pointwise_maps_and_sees_lattices():
    contents, codes = torch.rand(4, 3, 64, 64), torch.zeros(4, 1)
    for texture, wanted in ((0.0, 0.0), (0.3, 0.3)):
        network = Shifting(texture)
        loss = terms.equivariance(network, contents, codes, network(contents, codes), (5, 2))  # type: ignore[arg-type]
        assert float(loss) == pytest.approx(wanted, abs=1e-6)


def test_halos_count_where_the_content_is_flat_alone():
    flat, slope = torch.full((1, 3, 64, 64), 0.5), torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    assert float(terms.slopes_where_flat(slope, flat)) == pytest.approx(8 / 63, rel=1e-4)
    assert float(terms.slopes_where_flat(slope, slope)) < 1e-6
    assert float(terms.slopes_where_flat(flat, flat)) == 0


def test_texture_counts_where_the_content_is_calm_alone():
    """Stripes of one pixel on a flat content are as far from their mean over 17 pixels as counting by hand says; the same
    stripes on a content with as many of its own, and anything smooth, cost nothing."""
    flat, stripes = torch.full((1, 3, 64, 64), 0.5), (torch.arange(64) % 2 * 0.2).expand(1, 3, 64, 64)
    line = [0.2 * (column % 2) for column in range(64)]
    around = [line[max(column - 8, 0) : column + 9] for column in range(64)]
    wanted = sum(abs(value - sum(near) / len(near)) for value, near in zip(line, around)) / 64
    assert float(terms.texture_where_calm(stripes, flat)) == pytest.approx(wanted, rel=1e-4)
    assert float(terms.texture_where_calm(stripes, stripes)) < 1e-6
    assert float(terms.texture_where_calm(flat, flat)) < 1e-6


def test_order_counts_pairs_of_areas_that_lose_their_contrast_or_turn_it_around():
    made = torch.Generator().manual_seed(0)
    content, painted = torch.rand(2, 3, 64, 64, generator=made), torch.rand(2, 3, 64, 64, generator=made)
    weights = torch.tensor([0.2126, 0.7152, 0.0722])
    for index, found in enumerate(terms.lost_order(painted, content, kept=0.3, faint=0.01)):
        ours, theirs = (
            [float((square.mean((1, 2)) * weights).sum()) for row in one[index].split(4, 1) for square in row.split(4, 2)]
            for one in (painted, content)
        )
        short = contrast = 0.0
        for i, j in itertools.permutations(range(256), 2):
            contrast += abs(theirs[i] - theirs[j])
            short += max(0.0, 0.3 * abs(theirs[i] - theirs[j]) - (ours[i] - ours[j]) * (1 if theirs[i] > theirs[j] else -1))
        assert float(found) == pytest.approx(short / 256**2 / (contrast / 256**2 + 0.01), rel=1e-3)
    assert terms.lost_order(content * 0.3 + 0.5, content, kept=0.3).abs().max() < 1e-4
    assert terms.lost_order(1 - content, content, kept=0.3, faint=0.0).tolist() == pytest.approx([1.3, 1.3], rel=1e-3)


def test_textures_are_asked_for_as_far_as_the_content_has_any():
    flat, slope = torch.full((1, 3, 64, 64), 0.5), torch.linspace(0, 1, 64).expand(1, 3, 64, 64)
    wanted = [0, 1 / 63 / 2 / 0.02, 1]  # sloping across alone, and noise
    assert terms.texture(torch.cat([flat, slope, torch.rand(1, 3, 64, 64)])).tolist() == pytest.approx(wanted, rel=1e-4)


def test_map_distance_is_relative_to_the_variance():
    wanted = torch.randn(2, 8, 10, 10) * 5
    off = torch.randn(2, 8, 10, 10)
    variance = wanted.var((1, 2, 3), correction=0)
    by_hand = (off.square().mean((1, 2, 3)) / (variance + 0.1 * variance.mean() + 1e-3)).mean()
    assert float(terms.map_distance(wanted + off, wanted)) == pytest.approx(float(by_hand), rel=1e-4)


def test_an_empty_view_of_a_style_needs_no_maps():
    nothing = torch.empty(1, 0)
    one = View((Statistics(torch.zeros(1, 2), torch.zeros(1, 2, 2)),), nothing, nothing)
    assert joined([one, one]).fine.shape == (2, 0)
