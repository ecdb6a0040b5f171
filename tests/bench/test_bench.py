"""The benchmark's contenders do the same work, and its rows say what they promise; no test looks at a time."""

from __future__ import annotations

import json

import pytest
import torch

from nst_core import bench, cli, errors
from nst_core.bench import gatys
from nst_core.bench.straightforward import StraightforwardLoop
from tests.gatys.networks import random_vgg, textured


def test_both_contenders_take_the_same_steps():
    network = random_vgg(19)
    content, style = textured(48, 48), textured(48, 48, 1)
    loop, engine = StraightforwardLoop(network, content, style), gatys._engine(network, content, style, torch.float32)
    assert engine() == pytest.approx(loop.step(), rel=1e-5)
    # Adam's first step is the gradient's sign: rounding turns it where it is nearly 0.
    assert engine() == pytest.approx(loop.step(), rel=1e-2)


def test_the_command_prints_a_row_for_every_contender(capsys, monkeypatch):
    monkeypatch.setattr(gatys, "ROUNDS", 1)
    monkeypatch.setattr(gatys, "_network", lambda place: random_vgg(19))
    assert cli.main(["bench", "gatys", "--json", "--side", "32"]) == 0
    rows = json.loads(capsys.readouterr().out)["gatys"]
    assert {row["name"] for row in rows} == {"straightforward", "engine"}
    for row in rows:
        assert row["side"] == 32
        assert row["seconds"] > 0
        assert row["gflops"] == pytest.approx(gatys.FLOP_PER_PIXEL * 32**2 / row["seconds"] / 1e9)


def test_an_unknown_subject_is_refused_with_the_known_ones():
    with pytest.raises(errors.UsageError, match="'speed' is unknown: choose one of feedforward, gatys"):
        bench.of("speed")
