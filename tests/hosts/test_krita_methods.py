"""The form in a full Krita window: any method's rows, what is known of the models, and the first use of one."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from nst_core import schema
from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import make_profile
from tests.loopback import serving

pytestmark = pytest.mark.hosts

SAMPLES = REPOSITORY / "nst_core" / "samples"
PACE = 0.004  # seconds a kilobyte of the mirror: MicroAST takes about eight


@pytest.fixture(scope="module")
def said(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What the script in the window wrote down."""
    folder = tmp_path_factory.mktemp("krita-methods")
    profile = make_profile(hosts, folder, shared)
    weights = shared / "weights" / "mirror" / "microast"
    told = {"NST_PHOTO": str(SAMPLES / "scene-lake.jpg"), "NST_STYLE": str(SAMPLES / "style-woodcut.jpg")}
    with serving() as mirror:
        mirror.files = {f"microast/{path.name}": path.read_bytes() for path in weights.iterdir()}
        mirror.pace = PACE
        return profile.looked("krita_methods", folder, timeout=600, NST_MODELS_MIRROR=mirror.address, **told)


def labels(method: str, advanced: bool = False) -> list[str]:
    """What the rows of a method must be called."""
    return [f"{each.label}:" for each in schema.method(method).parameters if each.advanced <= advanced]


def test_default_method_is_shown_with_its_own_rows(said: dict[str, Any]):
    assert said["rows of the default"] == ["Preset:", "Method:", *labels("embedded")]


def test_every_method_can_be_chosen_before_the_worker_is_there(said: dict[str, Any]):
    assert said["before the worker answers"] == [*(method.label for method in schema.METHODS.values()), "Still life"]


def test_method_is_chosen_by_keyboard_and_brings_its_rows(said: dict[str, Any]):
    assert said["method by keyboard"] == "arbitrary"
    assert said["rows of arbitrary"] == ["Preset:", "Method:", *labels("arbitrary")]
    assert said["style shown"]


def test_method_that_nobody_knew_is_shown_all_the_same(said: dict[str, Any]):
    assert said["rows of still"] == ["Preset:", "Method:", "Fruit:"]


def test_method_without_styles_asks_for_none(said: dict[str, Any]):
    assert not said["style shown without styles"]
    assert said["enabled without a style"] and not said["enabled with a style to be chosen"]


def test_model_that_nobody_can_choose_for_the_user_is_asked_for(said: dict[str, Any]):
    assert said["without a look"] == ["Choose a model.", False]
    told, enabled = said["with a look"]
    assert told == "Hayao is not on this machine yet (8.6 MB to download, non-commercial): Apply fetches it." and enabled


def test_each_method_keeps_its_own_values(said: dict[str, Any]):
    assert (said["strength of the default"], said["strength of arbitrary"]) == (1.0, 0.5)
    assert said["remembered"] == ["arbitrary", 0.5]


def test_everything_has_a_name_and_a_tooltip_and_room(said: dict[str, Any]):
    assert said["unlabelled"] == []
    assert said["clipped"] == []


def test_models_are_marked_with_download_and_licence(said: dict[str, Any]):
    assert said["models"][0] == "MicroAST (1.9 MB to download)"
    assert "Magenta (44 MB to download, licence unclear)" in said["models"]
    assert said["models when it is here"][0] == "MicroAST"


def test_preview_fetches_nothing(said: dict[str, Any]):
    assert said["preview of what is not here"] == "MicroAST is not on this machine yet (1.9 MB to download): Apply fetches it."


def test_first_use_is_asked_about(said: dict[str, Any]):
    headline, text, buttons = said["question"]
    assert headline == "Download MicroAST?"
    assert "1.9 MB" in text and "Licence: MIT." in text and "Commercial use: allowed." in text
    assert buttons == ["Download and paint", "Cancel"]


def test_no_means_no(said: dict[str, Any]):
    assert said["after no"] == "Cancelled; the picture is as it was."
    assert said["layers after no"] == [["Background", []]]


def test_download_says_how_far_it_is_and_stops_when_told(said: dict[str, Any]):
    assert " of 1.9 MB" in said["stage"]
    assert said["idle after cancel"]


def test_download_goes_on_without_another_question(said: dict[str, Any]):
    assert not said["asked again"]
    assert any(" of 1.9 MB" in stage for stage in said["stages"])
    assert said["error"] is None
    assert said["layers"] == [["Background", []], ["woodcut, MicroAST, 50 %", []]]
