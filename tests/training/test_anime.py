"""`train anime` from end to end: it paints otherwise than before, resumes bit for bit, and writes a file that loads."""

from __future__ import annotations

import json
import math
from dataclasses import asdict

import numpy as np
import pytest
import torch
from PIL import Image
from safetensors import safe_open
from safetensors.torch import load_file

from nst_core.errors import ModelError, UsageError
from nst_core.networks.animegan import Generator
from nst_core.training import anime_losses as losses
from nst_core.training import checkpoint, journal
from nst_core.training.anime import Recipe, Run, Samples
from nst_core.training.anime_data import Batch, Cut, Source
from nst_core.training.anime_generator import fresh, paint
from nst_core.training.anime_losses import Features
from nst_core.training.optimiser import Adam

TINY: list[str] = ["--side", "32", "--batch", "2", "--pretraining", "2", "--log-every", "1", "--sheet-every", "100"]
TINY += ["--sheet-side", "32", "--threads", "1"]


@pytest.fixture
def command(command_of):
    return command_of("anime", TINY)


def newest(folder) -> checkpoint.Checkpoint:
    found = checkpoint.newest(folder)
    assert found is not None
    return checkpoint.load(found)


def test_a_run_leaves_a_model_that_paints_a_table_a_plot_a_sheet_and_small_checkpoints(command, tmp_path, capsys):
    assert command("--steps", "5", "--title", "Mine", "--licence", "CC0-1.0", "--commercial", "yes") == 0
    assert "compared at conv3_3 of the given VGG" in capsys.readouterr().out
    with safe_open(tmp_path / "run.safetensors", "pt") as file:
        header = file.metadata()
    assert [header[name] for name in ("network", "title", "licence", "commercial")] == ["animegan2", "Mine", "CC0-1.0", "yes"]
    assert json.loads(header["training"])["step"] == 5
    generator = Generator().eval()
    generator.load_state_dict(load_file(tmp_path / "run.safetensors"))
    photograph = 2 * torch.rand(1, 3, 40, 48) - 1
    torch.manual_seed(0)
    with torch.inference_mode():
        painted, untrained = generator(photograph.clone()), paint(fresh(), photograph)
    assert painted.shape == photograph.shape and painted.isfinite().all()
    assert (painted - untrained).abs().mean() > 0.01
    rows = journal.rows(tmp_path / "run" / "log.csv")
    assert [row["step"] for row in rows] == ["1", "2", "3", "4", "5"]
    pretrained = [name for name, value in rows[1].items() if value]
    assert pretrained == ["step", "seconds", "rate", "loss", "content"]
    assert all(math.isfinite(float(value)) for value in rows[4].values())
    assert (tmp_path / "run" / "loss.png").stat().st_size > 0
    with Image.open(tmp_path / "run" / "sheets" / "step-0000005.png") as sheet:
        pixels = np.asarray(sheet)
    assert pixels.shape == (3 * 36, 6 * 36, 3)
    assert np.ptp(pixels[36:68, :32]) > 0, "nothing was painted"
    parts = list((tmp_path / "run" / "checkpoint-00000005").iterdir())
    assert max(path.stat().st_size for path in parts) < 16e6


def test_the_loss_is_the_weighted_sum_of_its_terms(command, tmp_path):
    command("--steps", "3", "--weight-content", "0.7", "--weight-grey", "0.5", "--weight-adversarial", "20")
    row = {name: float(value) for name, value in journal.rows(tmp_path / "run" / "log.csv")[2].items()}
    generator = 20 * row["adversarial"] + 0.7 * row["content"] + 3 * row["style"] + 10 * row["colour"] + row["variation"]
    discriminator = 20 * (1.7 * row["real"] + 1.7 * row["fake"] + 0.5 * row["grey"] + 1.0 * row["edges"])
    assert row["loss"] == pytest.approx(generator, rel=1e-3)
    assert row["discriminator"] == pytest.approx(discriminator, rel=1e-3)


def test_parts_of_a_run_equal_the_whole_bit_for_bit(command, tmp_path):
    """Interrupted in the pre-training, and while both networks train."""
    assert command("--steps", "4", folder="whole") == 0
    for steps in ("1", "3", "4"):
        assert command("--steps", steps, "--resume", folder="parts") == 0
    whole, parts = (newest(tmp_path / name) for name in ("whole", "parts"))
    assert parts.facts["step"] == 4
    for part in checkpoint.PARTS:
        ours, theirs = getattr(whole, part), getattr(parts, part)
        assert ours.keys() == theirs.keys()
        assert [name for name in ours if not torch.equal(ours[name], theirs[name])] == [], part
    assert any(name.endswith("direction") for name in whole.model)
    assert (tmp_path / "whole.safetensors").stat().st_size == (tmp_path / "parts.safetensors").stat().st_size


def test_pre_training_moves_the_generator_alone(command, tmp_path):
    command("--steps", "1", folder="one")
    command("--steps", "2", folder="two")
    one, two = (newest(tmp_path / name) for name in ("one", "two"))
    for name, value in one.model.items():
        assert torch.equal(value, two.model[name]) == name.startswith("discriminator."), name


def test_after_the_pre_training_adam_begins_anew(command, tmp_path):
    """After its first step, the moments are those of one gradient alone: (1 - 0.5) g and (1 - 0.999) g²."""
    command("--steps", "3")
    state = newest(tmp_path / "run")
    for name, second in state.second_moment.items():
        gradient = 2 * state.first_moment[name]
        assert gradient.any(), name
        assert torch.allclose(second, 0.001 * gradient.square(), rtol=1e-3), name


class Mean(torch.nn.Module):
    """Judges a picture by how bright it is."""

    def forward(self, pictures):
        return pictures.mean((1, 2, 3), keepdim=True)


@pytest.fixture
def prepared(features, tmp_path):
    """A run whose discriminator is `Mean`, and a batch of plain pictures, each kind of its own brightness."""
    source = Source((), (), Cut(32, 1.5, 2, 0), torch.device("cpu"), 1)
    run = Run(tmp_path, Recipe(), Features(features), source, Samples((), ()))
    run.discriminator = Mean()  # type: ignore[assignment]
    batch = Batch(*(torch.full((2, 3, 32, 32), value) for value in (-0.5, 0.9, 0.4, 0.6)))
    return run, batch


def test_the_discriminator_learns_that_the_style_alone_is_real(prepared, monkeypatch):
    run, batch = prepared
    moved = []
    monkeypatch.setattr(run, "descend", lambda *what: moved.append(what))
    terms = run.discriminate(batch, torch.full((2, 3, 32, 32), 0.2))
    wanted = {"real": 0.1**2, "fake": 0.2**2, "grey": 0.4**2, "edges": 0.6**2}
    loss = 300 * (1.7 * (0.1**2 + 0.2**2 + 0.4**2) + 0.6**2)
    assert {name: float(term) for name, term in terms.items()} == pytest.approx({"discriminator": loss, **wanted}, rel=1e-4)
    assert [(part, float(total), rate) for part, total, rate in moved] == [("discriminator", pytest.approx(loss), 4e-5)]


def test_the_generator_is_held_to_the_photographs_content_and_colour_and_to_the_grey_styles_textures(prepared):
    run, batch = prepared
    painted = torch.rand(2, 3, 32, 32)
    found = {name: float(term) for name, term in run.all_terms(batch, painted).items()}
    assert not run.discriminator.training, "its power iteration must not go on while the generator learns from it"
    seen, photographs, grey = (run.features(pictures) for pictures in (painted, batch.photographs, batch.grey))
    assert found == pytest.approx(
        {
            "adversarial": float((painted.mean((1, 2, 3)) - 1).square().mean()),
            "content": float((seen - photographs).abs().mean()),
            "style": float(losses.style_loss(seen, grey)),
            "colour": float(losses.colour_loss(painted, batch.photographs)),
            "variation": float(losses.variation_loss(painted)),
        },
        rel=1e-4,
    )


def test_what_cannot_be_trained_is_said_in_a_sentence(command, capsys):
    for arguments, told in (
        (["--side", "30"], "--side 30 doesn't fit: give a multiple of 4 from 32 upwards"),
        (["--zoom", "0.5"], "--zoom 0.5 is too small"),
        (["--commercial", "perhaps"], "choose yes, no or unclear"),
    ):
        assert command("--steps", "1", *arguments) == UsageError.exit_code
        assert told in capsys.readouterr().err
    assert command("--steps", "1") == 0
    assert command("--steps", "2") == ModelError.exit_code
    assert "add --resume" in capsys.readouterr().err


def test_a_generator_in_training_paints_what_it_paints_afterwards():
    """The layers one after another against the network's own forward, in bands."""
    torch.manual_seed(0)
    generator = fresh()
    for name, value in generator.named_parameters():
        if value.ndim == 1:
            torch.nn.init.normal_(value, 1.0 if name.endswith("weight") else 0.0, 0.2)
    photographs = 2 * torch.rand(2, 3, 48, 64) - 1
    with torch.no_grad():
        trained, used = paint(generator, photographs), generator.eval()(photographs.clone())
    assert (trained - used).abs().max() < 1e-4
    assert trained.std() > 0.1


def test_every_weight_of_the_generator_has_a_gradient():
    torch.manual_seed(0)
    generator = fresh()
    paint(generator, 2 * torch.rand(1, 3, 32, 32) - 1).square().sum().backward()
    assert [name for name, value in generator.named_parameters() if value.grad is None or not value.grad.any()] == []


def test_adam_steps_as_its_paper_says():
    torch.manual_seed(0)
    layer = torch.nn.Linear(4, 3)
    optimiser = Adam(layer)
    wanted = layer.weight.detach().double().numpy().copy()
    first, second = np.zeros_like(wanted), np.zeros_like(wanted)
    for count in range(1, 8):
        gradient = torch.randn(3, 4)
        optimiser.step({"weight": gradient}, 0.01, count)
        first = 0.5 * first + 0.5 * gradient.double().numpy()
        second = 0.999 * second + 0.001 * gradient.double().numpy() ** 2
        wanted -= 0.01 * (first / (1 - 0.5**count)) / (np.sqrt(second / (1 - 0.999**count)) + 1e-8)
    assert np.allclose(layer.weight.detach().numpy(), wanted, atol=1e-6)
    optimiser.forget()
    assert not any(value.any() for value in (*optimiser.first.values(), *optimiser.second.values()))


def test_the_recipe_of_the_paper_is_the_default():
    weights = asdict(Recipe())["weights"]
    assert [weights[name] for name in ("adversarial", "content", "style", "colour")] == [300, 1.5, 3, 10]
