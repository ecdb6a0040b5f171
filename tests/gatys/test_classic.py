"""The classic, against the papers' equations written out once more: other code for networks, losses and optimisers."""

from __future__ import annotations

import csv

import pytest
import torch

from nst_core import schema
from nst_core.methods import gatys
from nst_core.methods.painter import Style
from nst_core.progress import silent
from tests.gatys.networks import LAYERS, features, random_state, textured

ITERATIONS = 20
ALPHA, BETA = 1.0, 1000.0


@pytest.fixture(scope="module", params=list(LAYERS))
def model(request):
    return request.param, random_state(request.param)


def trajectory(name, state, content, style, average, optimiser, dtype):
    """Total losses by equations 1, 4, 5 and 7 of Gatys et al. 2016, autograd and torch's own optimisers."""
    content, style = content.to(dtype), style.to(dtype)
    style_layers, content_layer = LAYERS[name]
    with torch.no_grad():
        wanted = features(name, state, content, average)[content_layer]
        paintings = features(name, state, style, average)
        targets = {layer: paintings[layer][0].flatten(1) for layer in style_layers}
    picture = content.clone().requires_grad_()
    method: torch.optim.Optimizer
    if optimiser == "lbfgs":
        method = torch.optim.LBFGS([picture], lr=1, max_iter=1, history_size=10, tolerance_grad=0, tolerance_change=0)
    else:
        method = torch.optim.Adam([picture], lr=0.02)
    losses = []

    def closure():
        method.zero_grad()
        found = features(name, state, picture, average)
        loss = ALPHA * ((found[content_layer] - wanted) ** 2).sum() / 2
        for layer in style_layers:
            flat, target = found[layer][0].flatten(1), targets[layer]
            channels, places = flat.shape
            # Both Gram matrices per place, so that a style of another size is the same style; M = N for equal sizes.
            gram, other = flat @ flat.T / places, target @ target.T / target.shape[1]
            loss = loss + BETA / len(style_layers) * ((gram - other) ** 2).sum() / (4 * channels**2)
        loss.backward()
        losses.append(loss.item())
        return loss

    for _ in range(ITERATIONS):
        method.step(closure)
    return losses


@pytest.mark.parametrize("pooling", ["max", "avg"])
def test_the_losses_are_those_of_the_equations(model, pooling, tmp_path):
    name, state = model
    optimiser = "adam" if name == "vgg16" and pooling == "max" else "lbfgs"
    content, style = textured(33, 34), textured(34, 32, seed=5)
    given = {"preset": "classic", "model": name, "pooling": pooling, "optimiser": optimiser, "iterations": ITERATIONS}
    parameters = schema.check("gatys", {**given, "precision": "float64", "losses": str(tmp_path / "losses.csv")})
    painter = gatys.build(name, state, torch.device("cpu"))
    painter.render(content, painter.prepare([Style(style)], silent), parameters, silent)
    with (tmp_path / "losses.csv").open() as file:
        ours = [float(row["total"]) for row in csv.DictReader(file)]
    assert ours == pytest.approx(trajectory(name, state, content, style, pooling == "avg", optimiser, torch.float64), rel=1e-5)
    assert ours[-1] < 0.9 * ours[0]
