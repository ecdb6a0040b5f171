"""The judge: what it measures is what it says, on pictures that training never sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core.errors import UsageError
from nst_core.networks.embedded import Embedded
from nst_core.training import evaluate, pictures


def test_only_held_out_pictures_are_judged_and_all_of_them_come(folders):
    chosen = evaluate.held(folders[0], folders[1], 32, 40)
    files = [pictures.split(folder) for folder in folders]
    assert (len(chosen.contents), len(chosen.styles)) == (len(files[0].held_out), len(files[1].held_out))
    assert {i for i, _ in chosen.pairs} == set(range(len(chosen.contents)))
    assert {j for _, j in chosen.pairs} == set(range(len(chosen.styles)))
    assert chosen.contents[0].shape == (3, 32, 32)


def test_too_few_pictures_are_told(folders, tmp_path):
    for path in pictures.split(folders[0]).training[:3]:
        (tmp_path / path.name).write_bytes(path.read_bytes())
    with pytest.raises(UsageError, match="none of the pictures"):
        evaluate.held(tmp_path, folders[1], 32, 4)


def test_painting_nothing_has_no_content_loss_and_painting_the_style_no_style_loss(folders, features):
    chosen = evaluate.held(folders[0], folders[1], 64, 3)
    same = evaluate.judge(features, lambda content, style: content, chosen)
    style = evaluate.judge(features, lambda content, style: style, chosen)
    assert same["conv3_3"] == 0 and min(same[layer] for layer in evaluate.STYLE_LAYERS) > 0
    assert style["conv3_3"] > 0 and max(style[layer] for layer in evaluate.STYLE_LAYERS) < 1e-9


def test_losses_are_numpys(folders, features):
    chosen = evaluate.held(folders[0], folders[1], 64, 1)
    [found] = evaluate.judge_pairs(features, lambda content, style: (content + style) / 2, chosen)
    content, style = chosen.contents[0][None], chosen.styles[0][None]
    maps = [features(picture, ["conv2_1", "conv3_3"]) for picture in ((content + style) / 2, content, style)]
    flat = [each["conv2_1"][0].flatten(1).double().numpy() for each in maps]
    grams = [each @ each.T / each.shape[1] for each in flat]
    assert found["conv2_1"] == pytest.approx(np.sum((grams[0] - grams[2]) ** 2) / np.sum(grams[2] ** 2), rel=1e-4)
    deep = [each["conv3_3"].double().numpy() for each in maps]
    assert found["conv3_3"] == pytest.approx(np.mean((deep[0] - deep[1]) ** 2) / np.var(deep[1]), rel=1e-4)


def test_ratios_compare_the_first_with_the_others(folders, features):
    chosen = evaluate.held(folders[0], folders[1], 64, 2)
    painters = {"first": lambda content, style: (content + style) / 2, "second": lambda content, style: content / 2}
    found = evaluate.table(features, painters, chosen)
    layer = evaluate.STYLE_LAYERS[0]
    assert found["second"]["ratio"][layer] == pytest.approx(found["first"]["mean"][layer] / found["second"]["mean"][layer])


def test_sheets_show_a_row_for_every_style(folders, tmp_path):
    chosen = evaluate.held(folders[0], folders[1], 32, 1)
    state = Embedded().state_dict()
    evaluate.sheets({"embedded": evaluate.ours(state)}, chosen.contents[:1], chosen.styles[:2], tmp_path)
    picture = pictures.read(tmp_path / "sheet-00.png")
    assert picture.size == (3 * 36, 16 + 2 * 36)
    drawn = pictures.to_tensor(picture.crop((0, 16, 32, 48))).float() / 255
    assert float((drawn - chosen.contents[0]).abs().max()) < 1 / 255


def test_both_teachers_paint_from_their_published_weights(mirror):
    content, style = torch.rand(1, 3, 64, 64), torch.rand(1, 3, 64, 64)
    for model in evaluate.TEACHERS:
        painted = evaluate.teacher(model)(content, style)
        assert painted.shape == content.shape and torch.isfinite(painted).all()
