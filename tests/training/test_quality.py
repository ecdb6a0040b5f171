"""`bench.quality`: its ratios, its sheets, and who paints; here for the sake of training's tiny pictures."""

from __future__ import annotations

import pytest
import torch

from nst_core.bench import quality
from nst_core.networks.embedded import Embedded
from nst_core.training import evaluate, pictures


def test_ratios_compare_the_first_with_the_others(folders, features):
    chosen = evaluate.held(folders[0], folders[1], 64, 2)
    painters = {"first": lambda content, style: (content + style) / 2, "second": lambda content, style: content / 2}
    found = quality.table(features, painters, chosen)
    layer = evaluate.STYLE_LAYERS[0]
    assert found["second"]["ratio"][layer] == pytest.approx(found["first"]["mean"][layer] / found["second"]["mean"][layer])


def test_sheets_show_a_row_for_every_style(folders, tmp_path):
    chosen = evaluate.held(folders[0], folders[1], 32, 1)
    state = Embedded().state_dict()
    quality.sheets({"embedded": quality.ours(state)}, chosen.contents[:1], chosen.styles[:2], tmp_path)
    picture = pictures.read(tmp_path / "sheet-00.png")
    assert picture.size == (3 * 36, 16 + 2 * 36)
    drawn = pictures.to_tensor(picture.crop((0, 16, 32, 48))).float() / 255
    assert float((drawn - chosen.contents[0]).abs().max()) < 1 / 255


def test_both_published_networks_paint_from_their_published_weights(mirror):
    content, style = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    for model in quality.PUBLISHED:
        painted = quality.published(model)(content, style)
        assert painted.shape == content.shape and torch.isfinite(painted).all()
