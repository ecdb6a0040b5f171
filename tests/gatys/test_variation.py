"""Variation as a sum of squares and of second differences' lengths, and what the latter is for."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F

from nst_core import schema
from nst_core.gatys.terms import FAINT, SOFT, SecondVariation, TotalVariation
from nst_core.methods import gatys
from nst_core.methods.painter import Style
from nst_core.progress import silent
from tests.gatys.networks import random_vgg, textured


def test_total_variations_gradient_is_autograds():
    picture = textured(9, 7).double().requires_grad_()
    energy = 0.3 * (picture.diff(dim=2).square().sum() + picture.diff(dim=3).square().sum())
    (wanted,) = torch.autograd.grad(energy, picture)
    value, gradient = TotalVariation(0.3).energy_and_gradient(picture.detach())
    assert value == pytest.approx(energy.item())
    assert torch.allclose(gradient, wanted)


def test_the_second_variations_gradient_is_autograds():
    picture = textured(9, 7).double().requires_grad_()
    across = torch.zeros(1, 3, 9, 7).double()
    across[:, :, 1:-1] = picture[:, :, 2:] - 2 * picture[:, :, 1:-1] + picture[:, :, :-2]
    along = torch.zeros(1, 3, 9, 7).double()
    along[..., 1:-1] = picture[..., 2:] - 2 * picture[..., 1:-1] + picture[..., :-2]
    energy = 0.3 * ((across.square() + along.square()).sum(1) + SOFT**2).sqrt().sub(SOFT).sum()
    (wanted,) = torch.autograd.grad(energy, picture)
    value, gradient = SecondVariation(0.3).energy_and_gradient(picture.detach())
    assert value == pytest.approx(energy.item())
    assert torch.allclose(gradient, wanted)


def test_the_styles_own_variation_costs_its_share_at_every_size():
    styles = [textured(20, 30), textured(16, 12, 1)]
    own = [SecondVariation(1 / style[0, 0].numel()).energy_and_gradient(style)[0] for style in styles]
    term = SecondVariation.balanced(0.2, styles, [0.25, 0.75], 600)
    assert term.energy_and_gradient(styles[0])[0] == pytest.approx(0.2 * own[0] / (0.25 * own[0] + 0.75 * own[1]))
    assert SecondVariation.balanced(0.2, styles, [0.25, 0.75], 2400).weight == pytest.approx(term.weight / 4)


def test_a_style_without_variation_leaves_the_content_its_own():
    flat = torch.full((1, 3, 8, 8), 0.4)
    assert SecondVariation.balanced(0.2, [flat], [1.0], 64).weight == pytest.approx(0.2 / (FAINT * 64))


def test_best_paints_no_weave_on_even_ground_and_keeps_the_edge_beside_it():
    """After a dark, faint style. As sum of squares, the variation left 2.1 grey levels of weave, and 14 of the edge."""
    painter = gatys.build("vgg19", random_vgg(19, "conv3_1").state_dict(), torch.device("cpu"))
    content = torch.linspace(0.3, 0.5, 64).repeat(1, 3, 48, 1)
    content[..., :20] += 0.3
    style = F.avg_pool2d(0.35 + 0.06 * torch.randn(1, 3, 60, 44, generator=torch.Generator().manual_seed(3)), 3, 1, 1)
    given = schema.check("gatys", {"model": "vgg19", "precision": "float32", "preset": "best", "iterations": 40})
    painted = painter.render(content, painter.prepare([Style(style)], silent), given, silent)
    even = painted[..., 4:-4, 28:-4]
    weave = (even - F.avg_pool2d(even, 5, 1, 2))[..., 3:-3, 3:-3].std()
    edge = (painted[..., 19] - painted[..., 20]).mean()
    assert weave < 1.9 / 255
    assert edge > 28 / 255
