"""The judge: what it measures is what it says, on pictures that training never sees."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from nst_core.errors import UsageError
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
    assert same["conv3_3"] == 0 and same["reversed"] == 0 and min(same[layer] for layer in evaluate.STYLE_LAYERS) > 0
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


def test_reversed_contrast_is_all_of_a_negatives_and_what_changed_places_otherwise():
    content = torch.zeros(1, 3, 32, 32)
    content[..., 16:] = 1.0
    assert evaluate.reversed_contrast(1 - content, content) == pytest.approx(1)
    painted = content.clone()
    painted[..., :16, :] = 1 - content[..., :16, :]
    # Of the pairs of a dark and a light area, a quarter has both in the upper half; those with one are equal.
    assert evaluate.reversed_contrast(painted, content) == pytest.approx(0.25)
    assert evaluate.reversed_contrast(content * 0.2 + 0.4, content) == 0
