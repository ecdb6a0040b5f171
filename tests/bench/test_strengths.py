"""The sheet of strengths has a row for every pair, in which the content turns into the full style."""

from __future__ import annotations

import torch
from PIL import Image
from safetensors.torch import save_file

from nst_core.bench import strengths
from nst_core.training.pictures import to_image
from tests.methods.tiny import lively, random_microast


def test_a_row_goes_from_the_content_to_the_full_style(home, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(strengths, "feedforward_models", lambda: iter([("arbitrary", "microast"), ("arbitrary", "adain")]))
    monkeypatch.setattr(strengths, "CELL", (40, 48))
    save_file(lively(random_microast()).state_dict(), tmp_path / "microast.safetensors")
    paths = [tmp_path / "content.png", tmp_path / "style.png"]
    for seed, path in enumerate(paths):
        to_image(torch.rand(3, 40, 48, generator=torch.Generator().manual_seed(seed))).save(path)
    given = ["--contents", str(paths[0]), "--styles", *[str(paths[1])] * 2, "--weights", str(tmp_path), "-o", str(tmp_path)]
    assert strengths.main(given) == 0
    sheet = Image.open(tmp_path / "microast.png")
    assert sheet.size == (6 * 52, 16 + 2 * 44)
    content = Image.open(paths[0])
    cells = [sheet.crop((column * 52, 16, column * 52 + 48, 56)) for column in range(6)]
    assert cells[0].tobytes() == content.tobytes()
    away = [sum(abs(a - b) for a, b in zip(cell.tobytes(), content.tobytes())) for cell in cells[2:]]
    assert away == sorted(away) and away[0] > 0
    assert "adain" not in [path.stem for path in tmp_path.glob("*.png")]
