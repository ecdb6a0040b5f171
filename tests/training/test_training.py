"""The loop: repeatable, resumable bit for bit, stoppable; what it leaves on disk."""

from __future__ import annotations

import json
import math
import os
import random
import signal
import subprocess
import sys
import threading
from dataclasses import asdict
from pathlib import Path

import pytest
import torch
from safetensors.torch import load_file

from nst_core.errors import ModelError
from nst_core.networks import embedded as network
from nst_core.training import checkpoint, journal
from nst_core.training.embedded import Recipe, rate_at, source_for
from nst_core.training.objective import Weights
from nst_core.training.recipe import remade

TINY: list[str] = ["--side", "64", "--style-side", "48", "--batch", "2", "--groups", "2", "--reuse", "1", "--warmup", "2"]
TINY += ["--log-every", "1", "--sheet-every", "100", "--sheet-side", "32", "--sheet-pairs", "1", "--threads", "1"]


@pytest.fixture
def command(command_of):
    return command_of("embedded", TINY)


def newest(folder: Path) -> checkpoint.Checkpoint:
    found = checkpoint.newest(folder)
    assert found is not None
    return checkpoint.load(found)


def assert_equal(one: checkpoint.Checkpoint, other: checkpoint.Checkpoint) -> None:
    for part in checkpoint.PARTS:
        ours, theirs = getattr(one, part), getattr(other, part)
        assert ours.keys() == theirs.keys()
        different = [name for name in ours if not torch.equal(ours[name], theirs[name])]
        assert different == [], part


@pytest.mark.parametrize("kind", [(), ("--fresh",)])
def test_two_steps_and_two_more_equal_four_bit_for_bit(command, tmp_path, kind):
    """With a schedule, a bank that is renewed in between, and averaging."""
    assert command("--steps", "4", *kind, folder="whole") == 0
    assert command("--steps", "2", "--decay", "0.0", *kind, folder="parts") == 0
    assert newest(tmp_path / "parts").facts["step"] == 2
    assert command("--steps", "4", "--decay", "0.4", "--resume", folder="parts") == 0
    assert_equal(newest(tmp_path / "whole"), newest(tmp_path / "parts"))


def test_another_seed_gives_another_model(command, tmp_path):
    command("--steps", "1", folder="one")
    command("--steps", "1", "--seed", "5", folder="other")
    one, other = (newest(tmp_path / name).model for name in ("one", "other"))
    assert not torch.equal(one["stem.weight"], other["stem.weight"])


def test_a_run_begins_from_a_model_file(command, tmp_path, capsys):
    command("--steps", "2", folder="first")
    begin = ("--start", str(tmp_path / "first.safetensors"), "--rate", "0")
    command("--steps", "1", "--seed", "5", *begin, folder="second")
    first, second = (load_file(tmp_path / f"{name}.safetensors") for name in ("first", "second"))
    assert all(torch.equal(first[name], value) for name, value in second.items())
    (tmp_path / "no.safetensors").write_bytes(b"nothing")
    assert command("--steps", "1", "--start", str(tmp_path / "no.safetensors"), folder="third") == ModelError.exit_code
    assert "holds no embedded model" in capsys.readouterr().err


def test_a_run_leaves_model_table_plot_sheet_and_small_checkpoints(command, tmp_path):
    assert command("--steps", "3", "--weight-content", "0.5") == 0
    state = load_file(tmp_path / "run.safetensors")
    assert all(value.dtype == torch.float16 for value in state.values())
    content = torch.rand(1, 3, 32, 32)
    model = network.build(state)
    assert torch.isfinite(model(content, model.encode(content))).all()
    rows = journal.rows(tmp_path / "run" / "log.csv")
    assert [row["step"] for row in rows] == ["1", "2", "3"]
    assert all(math.isfinite(float(row["loss"])) for row in rows)
    for name in ("loss.png", "evaluation.csv", "sheets/step-0000003.png"):
        assert (tmp_path / "run" / name).stat().st_size > 0
    checkpoints = list((tmp_path / "run").glob("checkpoint-*"))
    assert [path.name for path in checkpoints] == ["checkpoint-00000003"]
    assert max(path.stat().st_size for path in checkpoints[0].iterdir()) < 16e6
    facts = json.loads((checkpoints[0] / "facts.json").read_text())
    assert facts["weights"]["content"] == 0.5 and facts["side"] == 64


def test_a_folder_with_a_run_is_not_started_over_by_mistake(command, capsys):
    command("--steps", "1")
    assert command("--steps", "2") == ModelError.exit_code
    assert "add --resume" in capsys.readouterr().err


def test_a_signal_saves_the_step_and_ends(folders, vgg_file, tmp_path):
    contents, styles = (str(path) for path in folders)
    fixed = ["embedded", "--content", contents, "--style", styles, "--vgg", str(vgg_file), "-o", str(tmp_path / "m.safetensors")]
    arguments = [sys.executable, "-m", "nst_core.training", *fixed, "--folder", str(tmp_path / "run"), *TINY, "--steps", "100000"]
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with subprocess.Popen(arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, env=environment) as process:
        watchdog = threading.Timer(300, process.kill)
        watchdog.start()
        assert process.stdout is not None and process.stderr is not None
        assert process.stdout.readline().startswith("step 1 of")
        process.send_signal(signal.SIGTERM)
        told = process.stderr.read()
        process.wait()
        watchdog.cancel()
    assert process.returncode == 130
    assert "stopped at step" in told and "Traceback" not in told
    assert newest(tmp_path / "run").facts["step"] >= 1


def test_an_interrupted_save_leaves_the_last_checkpoint(command, tmp_path, monkeypatch):
    command("--steps", "1")

    def fail(*_: object) -> None:
        raise OSError("disk full")

    whole = newest(tmp_path / "run")
    monkeypatch.setattr(checkpoint, "save_file", fail)
    with pytest.raises(OSError, match="disk full"):
        checkpoint.save(tmp_path / "run", whole)
    assert_equal(newest(tmp_path / "run"), whole)


def test_a_damaged_checkpoint_is_named(command, tmp_path):
    command("--steps", "1")
    folder = checkpoint.newest(tmp_path / "run")
    assert folder is not None
    (folder / "average.safetensors").write_bytes(b"nothing")
    with pytest.raises(ModelError, match="is damaged"):
        checkpoint.load(folder)


def test_the_rate_rises_stays_and_falls():
    recipe = Recipe(steps=1000, rate=1.0, warmup=10, decay=0.5)
    assert rate_at(recipe, 0) == pytest.approx(0.1)
    assert rate_at(recipe, 300) == 1.0
    assert rate_at(recipe, 750) == pytest.approx(0.5)
    assert rate_at(recipe, 999) == pytest.approx(0.01)


def test_a_recipe_survives_its_checkpoint_and_takes_changes():
    recipe = Recipe(side=96, weights=Weights(content=0.7))
    facts = json.loads(json.dumps({"step": 3, "seconds": 1.0, **asdict(recipe)}))
    assert remade(Recipe(), facts, {}) == recipe
    changed = remade(Recipe(), facts, {"steps": 9, "weights": {"halo": 2.0}})
    assert (changed.steps, changed.side, changed.weights.halo, changed.weights.content) == (9, 96, 2.0, 0.7)


def test_a_bank_rebuilt_in_the_middle_is_the_bank_that_was_there(folders, features):
    recipe = Recipe(side=64, style_side=48, batch=2, groups=3, reuse=1)
    grown, rebuilt = (source_for(recipe, folders[0], folders[1], features, torch.device("cpu"), 1) for _ in range(2))
    for step in range(41):
        there = grown.batch(step)
    here = rebuilt.batch(40)
    assert torch.equal(there.contents, here.contents) and torch.equal(there.styles, here.styles)
    assert torch.equal(there.content_view.fine, here.content_view.fine)
    assert torch.equal(there.style_view.style[3].covariance, here.style_view.style[3].covariance)


def test_plots_and_tables_forget_steps_that_are_run_again(tmp_path):
    table = journal.Table(tmp_path / "log.csv", ["loss"], 0)
    for step in range(1, 9):
        table.add(step, {"loss": random.Random(step).random() + 0.1})
    journal.Table(tmp_path / "log.csv", ["loss", "new"], 5).add(6, {"loss": 7.0, "new": 1.0})
    kept = journal.rows(tmp_path / "log.csv")
    assert [row["step"] for row in kept] == ["1", "2", "3", "4", "5", "6"]
    assert kept[-1]["loss"] == "7" and kept[0]["new"] == ""
    journal.plot(tmp_path / "log.csv", tmp_path / "loss.png", ["loss", "new"], "a title")
    assert (tmp_path / "loss.png").stat().st_size > 1000
