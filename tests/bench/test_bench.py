"""The benchmark's contenders do the same work, and its rows say what they promise; no test looks at a time."""

from __future__ import annotations

import json
import math

import pytest
import torch
from safetensors.torch import save_file

from nst_core import bench, cli, errors, schema
from nst_core.bench import contact_sheet, gatys, gatys_precision
from nst_core.bench.measure import Seconds
from nst_core.bench.straightforward import StraightforwardLoop
from nst_core.methods import gatys as method
from nst_core.methods.painter import Style
from nst_core.networks import winograd
from nst_core.progress import silent
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
    by_winograd = {"engine, Winograd"} if winograd.is_there() else set()
    assert {row["name"] for row in rows} == {"straightforward", "engine"} | by_winograd
    for row in rows:
        assert row["side"] == 32
        assert row["seconds"] > 0
        spent = row["processor_seconds"] or row["seconds"]
        assert row["gflops"] == pytest.approx(gatys.FLOP_PER_PIXEL * 32**2 / spent / 1e9)


def test_a_round_that_others_disturb_changes_neither_ratio_nor_share():
    """The engine needs half of what the loop needs; in one round everything is slow, in another the clock ran on beside it."""
    engine, peak = ("engine", torch.bfloat16), (gatys.PEAK, torch.bfloat16)
    quiet = {gatys.LOOP: Seconds(2.0, 2.0), engine: Seconds(1.0, 1.0), peak: Seconds(0.5, 0.5)}
    slow = {key: Seconds(3 * seconds.clock, 3 * seconds.own) for key, seconds in quiet.items()}
    away = quiet | {engine: Seconds(9.0, 1.0)}
    judged = gatys._judged([quiet, slow, away], engine, operations=40.0, of_peak=25.0)
    assert judged["speedup"] == pytest.approx(2.0)
    assert judged["peak_share"] == pytest.approx(40.0 / (25.0 / 0.5))
    assert judged["gflops"] == pytest.approx(40.0 / 1e9)


def test_a_device_without_processor_time_is_judged_by_the_clock():
    rounds = [{gatys.LOOP: Seconds(3.0, None), (gatys.PEAK, torch.float32): Seconds(1.0, None)}]
    judged = gatys._judged(rounds, gatys.LOOP, operations=6.0, of_peak=4.0)
    assert judged["processor_seconds"] is None
    assert judged["peak_share"] == pytest.approx(0.5)


def test_precisions_are_compared_by_pictures_and_by_the_true_loss(monkeypatch):
    painter = method.build("vgg19", random_vgg(19, "conv2_2").state_dict(), torch.device("cpu"))
    content, style, given = textured(32, 32), textured(40, 32, 1), {"model": "vgg19", "iterations": 4}  # too small for Winograd
    monkeypatch.setattr(method, "dtype_of", lambda name, place: torch.float32)
    assert gatys_precision.compared(painter, content, style, given) == {"psnr": math.inf, "loss": 0.0}
    dtypes = {"float32": torch.float32, "auto": torch.bfloat16}
    monkeypatch.setattr(method, "dtype_of", lambda name, place: dtypes[name])
    found = gatys_precision.compared(painter, content, style, given)
    assert 40 < found["psnr"] < 90
    assert 0 < abs(found["loss"]) < 1


@pytest.mark.parametrize("bench", [contact_sheet, gatys_precision])
def test_what_is_wrong_with_a_command_is_said_in_one_line(bench, tmp_path, capsys):
    missing, weights, picture = tmp_path / "no.safetensors", tmp_path / "weights.safetensors", tmp_path / "no.png"
    save_file(random_vgg(19, "conv1_1").state_dict(), weights)
    given = ["--contents", str(picture), "--styles", str(picture), "-o", str(tmp_path / "out")]
    for wrong, code, told in (
        (given, 2, "--weights"),
        ([*given, "--weights", str(missing)], 4, str(missing)),
        ([*given, "--weights", str(weights), "--model", "squeezenet1_1"], 4, "squeezenet1_1"),
        ([*given, "--weights", str(weights), "--model", "vgg19", "--set", "iterations"], 2, "NAME=VALUE"),
        ([*given, "--weights", str(weights), "--model", "vgg19"], 3, str(picture)),
    ):
        assert bench.main(wrong) == code
        lines = capsys.readouterr().err.splitlines()
        assert len(lines) == 1 and told in lines[0]


def test_a_runs_loss_is_what_its_iterations_say(tmp_path):
    """After one iteration on one scale, at the content: what the first row of the trace has."""
    painter = method.build("vgg19", random_vgg(19, "conv2_2").state_dict(), torch.device("cpu"))
    content = textured(32, 40)
    parameters = schema.check("gatys", {"model": "vgg19", "iterations": 1, "precision": "float32"})
    run, seen = painter.run(content, painter.prepare([Style(textured(40, 32, 1))], silent), parameters, silent)
    rows: list[dict[str, float]] = []
    run.watcher.row = lambda scale, iteration, values: rows.append(values)
    run.paint(seen)
    assert run.loss(seen, seen) == pytest.approx(sum(rows[0].values()), rel=1e-5)


def test_an_unknown_subject_is_refused_with_the_known_ones():
    with pytest.raises(errors.UsageError, match="'speed' is unknown: choose one of feedforward, gatys"):
        bench.of("speed")
