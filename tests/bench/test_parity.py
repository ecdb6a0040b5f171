"""The table of parity says how far pictures lie apart: nothing where nothing is wrong, and what was done to them where it is."""

from __future__ import annotations

import json

import numpy as np
import pytest
from safetensors.torch import save_file

from nst_core.bench import parity
from nst_core.methods import precisions
from nst_core.networks import animegan, plain
from tests.methods.tiny import lively, random_microast


@pytest.fixture
def folder(home, tmp_path, monkeypatch):
    """Weights of one model, and two references for it: one is right, the other 0.25 too bright."""
    monkeypatch.setattr(parity, "feedforward_models", lambda: iter([("arbitrary", "microast"), ("arbitrary", "adain")]))
    monkeypatch.setattr(parity, "SIZE", (128, 96))
    monkeypatch.setattr(precisions, "computes_in_bfloat16", lambda place: False)
    monkeypatch.setenv("NST_OFFLINE", "1")
    network = lively(random_microast())
    save_file(network.state_dict(), tmp_path / "microast.safetensors")
    content, style = (np.random.default_rng(seed).integers(0, 256, (30 + seed, 41, 3), np.uint8) for seed in (0, 1))
    code = network.code(parity.tensor(style) / 255)
    output = plain.microast_plain(network, parity.tensor(content) / 255, code)[0].permute(1, 2, 0).numpy()
    for number in (0, 1):
        np.savez(tmp_path / f"microast-{number}.npz", content=content, style=style, output=output + number / 4)
    return tmp_path


def test_every_comparison_has_a_row_and_shows_what_is_wrong(folder, capsys):
    assert parity.main(["--references", str(folder), "--weights", str(folder), "--json"]) == 0
    rows = json.loads(capsys.readouterr().out)["parity"]
    found, random = ([row for row in rows if row["weights"] == whose] for whose in ("the model's", "random"))
    assert {row["model"] for row in random} == {"adain"}
    assert [row["painted"] for row in random] == [row["painted"] for row in found[2:]]
    assert max(row["largest"] for row in random) <= 1e-4
    assert [row["painted"] for row in found] == [
        "microast-0",
        "microast-1",
        "one piece",
        *(f"bands of {rows} rows" for rows in parity.BANDS),
    ]
    wrong = found.pop(1)
    assert wrong["largest"] == pytest.approx(0.25, abs=1e-4) and wrong["mean"] == pytest.approx(0.25, abs=1e-4)
    assert all(row["mean"] <= row["largest"] <= 5e-5 for row in found)
    assert found[2]["largest"] > 0, "bands were not computed as bands"


def test_as_a_table_it_tells_random_weights(folder, capsys):
    assert parity.main(["--weights", str(folder)]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 4 + 4
    assert [line.startswith("adain (random weights)") for line in lines] == [False] * 5 + [True] * 4


def test_bands_that_go_wrong_are_seen(folder, monkeypatch):
    monkeypatch.setattr("nst_core.networks.microast.PAINTER_HALO", 0)
    found = [row for row in parity.rows(None, folder) if "bands" in row["painted"] and row["model"] == "microast"]
    assert len(found) == 3 and min(row["largest"] for row in found) > 1e-3


def test_a_network_of_another_range_is_measured_in_the_whole_range(folder, monkeypatch):
    monkeypatch.setattr(parity, "feedforward_models", lambda: iter([("anime", "animegan2-hayao")]))
    network = lively(animegan.Generator())
    save_file(network.state_dict(), folder / "animegan2-hayao.safetensors")
    content = np.random.default_rng(2).integers(0, 256, (40, 32, 3), np.uint8)
    output = (plain.animegan_plain(network, parity.tensor(content) / 127.5 - 1)[0].permute(1, 2, 0).numpy() + 1) / 2
    np.savez(folder / "animegan2-hayao-0.npz", content=content, style=content, output=output - 0.25)
    wrong, *found = parity.rows(folder, folder)
    assert wrong["largest"] == pytest.approx(0.25, abs=1e-4) and wrong["mean"] == pytest.approx(0.25, abs=1e-4)
    assert len(found) == 4 and all(row["largest"] <= 1e-4 for row in found)
