"""The chosen styles: a choice is changed piece by piece, told in percent, and comes back from files of any version."""

from __future__ import annotations

import json
from fractions import Fraction

import pytest

from plugin.common import layers, styles
from plugin.common.styles import Chosen, Region

SAMPLES = "/krita/nst_core/samples"
SKY = Region(styles.LAYER, "{1f-2c}", "Sky")
A, B, C = Chosen("/p/a.jpg", 0.5), Chosen("pack:great-wave", 0.25, Region(styles.INSIDE)), Chosen("/p/c.png", 1.0, SKY)


def test_choice_is_changed_at_one_place_and_the_old_one_stays():
    before = (A, B)
    assert styles.added(before, "/p/c.png") == (A, B, Chosen("/p/c.png"))
    assert styles.replaced(before, 1, "/p/c.png") == (A, Chosen("/p/c.png", 0.25, Region(styles.INSIDE)))
    assert styles.reweighted(before, 0, 0.75) == (Chosen("/p/a.jpg", 0.75), B)
    assert styles.moved(before, 0, SKY) == (Chosen("/p/a.jpg", 0.5, SKY), B)
    assert styles.removed((A, B, C), 1) == (A, C)
    assert before == (A, B)


def test_last_style_that_is_left_is_plain_again():
    assert styles.removed((A, B), 0) == styles.alone("pack:great-wave")
    assert not styles.mixed(styles.removed((A, B), 0)) and styles.mixed((A, B)) and styles.mixed((B,))
    assert styles.removed((A,), 0) == styles.alone("") == ()


@pytest.mark.parametrize(("typed", "weight"), [(-1, 0.0), (0.3, 0.3), (7, 1.0)])
def test_weight_stays_in_its_range(typed: float, weight: float):
    assert styles.reweighted((A,), 0, typed)[0].weight == weight


def test_method_gets_as_many_as_it_takes():
    assert [styles.limited((A, B, C), most) for most in (0, 1, 8)] == [(), (A,), (A, B, C)]


def test_only_weights_that_are_all_0_paint_nothing():
    nothing = Chosen("/p/a.jpg", 0.0)
    assert styles.weightless((nothing, nothing))
    assert not styles.weightless((nothing, A)) and not styles.weightless(())


@pytest.mark.parametrize(
    "weights", [(1.0,), (1.0, 1.0, 1.0), (0.2, 0.3, 0.7), (1.0, 0.0), (0.01, 1.0, 1.0), (0.13,) * 7, (0.0, 0.0), (0.1,) * 8]
)
def test_shares_and_percents_are_parts_of_each_region(weights: tuple[float, ...]):
    """Two regions with the same weights: each is a whole of its own."""
    choice = tuple(Chosen("/p/a.jpg", weight, region) for weight in weights for region in (Region(), SKY))
    total = sum(map(Fraction, weights))
    exact = [Fraction(weight) / total if total else Fraction(0) for weight in weights for _ in range(2)]
    assert styles.shares(choice) == pytest.approx([float(share) for share in exact])
    shown = styles.percents(choice)
    assert sum(shown[::2]) == sum(shown[1::2]) == (100 if total else 0)
    assert all(abs(part - 100 * share) < 1 for part, share in zip(shown, exact))


@pytest.mark.parametrize(
    ("choice", "name"),
    [
        ((Chosen("/p/a.jpg"),), "a, Quick, 80 %"),
        ((Chosen("/p/a.jpg"), Chosen("/p/style-mosaic.jpg")), "a + mosaic, Quick, 80 %"),
        ((A, Chosen("pack:great-wave")), "a 33 % + great wave 67 %, Quick, 80 %"),
        ((A, B, C), "a + great wave + c, Quick, 80 %"),
        ((A, B, C, B, A), "a + great wave + 3 more, Quick, 80 %"),
    ],
)
def test_layer_is_named_after_its_styles(choice: styles.Styles, name: str):
    assert layers.layer_name("Quick", styles.names(choice), 0.8) == name


def test_region_is_told_as_what_it_means_beside_the_others():
    assert styles.label(Region(), (A, A)) == "Everywhere" and styles.label(Region(), (A, B)) == "Everywhere else"
    assert styles.label(SKY, (A, C)) == "Where “Sky” is light"
    assert styles.by_selection((A, B)) and not styles.by_selection((A, C))


@pytest.mark.parametrize(
    ("known", "place"),
    [
        ([("{0}", "Ground"), ("{1f-2c}", "renamed"), ("{2}", "Sky")], 1),
        ([("", "Ground"), ("{2}", "Sky"), ("{3}", "Sky")], 1),
        ([("", "Ground")], None),
        ([], None),
    ],
)
def test_layer_is_known_by_its_id_and_then_by_its_name(known: list[tuple[str, str]], place: int | None):
    assert styles.place_of(SKY, known) == place
    assert styles.place_of(Region(styles.LAYER, "", "Sky"), [("", "Ground")]) is None


def test_what_is_gone_is_told_with_the_cure():
    assert styles.layer_gone(C) == (
        'there is no layer "Sky" any more, which says where the style "c" goes: choose another place for it'
    )
    assert styles.nothing_selected(B).startswith('nothing is selected, but the style "great wave" goes by the selection: ')


def test_choice_comes_back_from_a_file():
    choice = (A, B, C, Chosen(f"{SAMPLES}/style-woodcut.jpg"), Chosen("/p/plain.jpg"))
    rows = json.loads(json.dumps(styles.to_json(choice)))
    assert styles.from_json(rows, SAMPLES) == choice
    assert rows[3:] == ["sample:style-woodcut.jpg", "/p/plain.jpg"]
    assert styles.from_json(rows, "/gimp/samples")[3] == Chosen("/gimp/samples/style-woodcut.jpg")


def test_file_of_an_older_version_has_bare_names():
    old = ["/p/a.jpg", "pack:great-wave", "sample:style-woodcut.jpg"]
    want = ("/p/a.jpg", "pack:great-wave", f"{SAMPLES}/style-woodcut.jpg")
    assert styles.from_json(old, SAMPLES) == tuple(map(Chosen, want))


@pytest.mark.parametrize(
    "rows",
    [
        "/p/a.jpg",
        3,
        [None],
        [{"style": "/p/a.jpg"}],
        [{"style": "/p/a.jpg", "weight": 1.01, "region": "inside"}],
        [{"style": "/p/a.jpg", "weight": float("nan"), "region": "inside"}],
        [{"style": "/p/a.jpg", "weight": "much", "region": "inside"}],
        [{"style": "/p/a.jpg", "weight": 1, "region": "upside"}],
        [{"style": "/p/a.jpg", "weight": 1, "region": "layer"}],
    ],
)
def test_what_is_no_choice_is_refused(rows: object):
    with pytest.raises((TypeError, ValueError, KeyError)):
        styles.from_json(rows, SAMPLES)  # type: ignore[arg-type]
