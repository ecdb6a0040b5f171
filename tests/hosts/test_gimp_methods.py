"""Methods in the real GIMP, through its PDB: each with its own parameters, and one that the plug-in has never heard of."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from nst_core import raster, schema, stylize
from nst_core.weights import Store
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import PAINTING, Case, Outcome, Profile, make_profile, scenery

pytestmark = pytest.mark.hosts

SMALL = scenery(80, 64)

# A method as the engine's table would have it, and what it does: nothing in the plug-in names it. It takes no style picture.
IN_THE_TABLE = """
METHODS["plain"] = Method(
    name="plain", label="Plain", help="Turns every pixel into one colour.", styles=0, model="embedded",
    parameters=(
        STRENGTH,
        Parameter("redness", "int", 200, "Redness", "How red.", 100, 255),
        Parameter("model", "choice", "dim", "Model", "", choices=(Choice("dim", "Dim"), Choice("embedded", "Bright"))),
        replace(SIZE, default=128, low=64, high=99999),
        replace(BLEND, default=0.5),
        PRESERVE_COLOR,
        DEVICE,
    ),
)
"""
ITS_PAINTER = """
import torch
from .painter import Painter
from ..networks.embedded import FACTS

class Plain(Painter):
    facts = FACTS
    def render(self, content, prepared, parameters, report):
        out = torch.zeros_like(content)
        out[:, 0] = parameters["redness"] / 255
        return out

def build(model_id, state, device):
    return Plain()
"""

KNOWN = [
    Case("default", SMALL),
    Case("microast", SMALL, arguments={"method": "arbitrary"}),
    Case("magenta", SMALL, arguments={"method": "arbitrary", "model": "magenta-mobile", "strength": 0.7}),
    Case("model-of-another-method", SMALL, arguments={"method": "embedded", "model": "magenta-mobile"}),
]
UNKNOWN = [
    Case("left-alone", SMALL, arguments={"method": "plain"}),
    Case("named", SMALL, arguments={"method": "plain", "redness": 150, "model": "embedded", "blend": 0.75}),
    Case("out-of-its-range", SMALL, arguments={"method": "plain", "model": "embedded", "size": 20}),
]
NAMES = {
    "default": "style hokusai great wave 928px, Quick, 100 %",
    "microast": "style hokusai great wave 928px, MicroAST, 100 %",
    "magenta": "style hokusai great wave 928px, Magenta (mobile), 70 %",
    "model-of-another-method": "style hokusai great wave 928px, Quick, 100 %",
}


@pytest.fixture(scope="module")
def painting(shared: Path) -> Path:
    return shared / "pictures" / "samples" / PAINTING


@pytest.fixture(scope="module")
def profile(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Profile:
    return make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)


@pytest.fixture(scope="module")
def outcomes(profile: Profile, painting: Path) -> dict[str, Outcome]:
    """The engine's own methods."""
    for case in KNOWN:
        case.arguments = {"style": str(painting), **case.arguments}
    return profile.cases(KNOWN, "known", more={"OMP_NUM_THREADS": "1"})


@pytest.fixture(scope="module")
def made_up(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    """A method that only the engine's table has."""
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    engine = profile.plug_in / "nst_core"
    with open(engine / "schema.py", "a") as table:
        table.write(IN_THE_TABLE)
    (engine / "methods" / "plain.py").write_text(ITS_PAINTER)
    return profile.cases(UNKNOWN, "unknown")


@pytest.mark.parametrize("case", KNOWN, ids=lambda case: case.name)
def test_method_paints_what_the_engine_paints_with_it(
    outcomes: dict[str, Outcome], case: Case, mirror: Path, painting: Path, tmp_path: Path
):
    outcome = outcomes[case.name]
    assert outcome.status == "success", outcome.message
    name = case.arguments.get("method", schema.DEFAULT_METHOD)
    given = {key: value for key, value in case.arguments.items() if key in schema.METHODS[name].defaults}
    content = raster.Raster(outcome.wire("before").copy(), "RGBA")
    task = stylize.Task(content, (stylize.Style(painting),), name, given)
    want = stylize.stylize(task, stylize.Warm(), Store(tmp_path), lambda *_: None, lambda _: None).raster.pixels
    assert np.abs(outcome.wire("new").astype(int) - want).max() <= 1  # another number of threads, another last bit


@pytest.mark.parametrize("name", NAMES)
def test_layer_is_called_after_the_model_that_painted(outcomes: dict[str, Outcome], name: str):
    assert outcomes[name].new["name"] == NAMES[name]


def test_only_what_a_method_has_is_sent(outcomes: dict[str, Outcome]):
    assert set(outcomes["model-of-another-method"].said["new"]["note"]["parameters"]) == {
        parameter.name for parameter in schema.METHODS["embedded"].parameters
    }


def test_new_method_needs_no_change_of_the_plug_in(made_up: dict[str, Outcome]):
    outcome = made_up["named"]
    assert outcome.status == "success", outcome.message
    assert outcome.new["name"] == "Bright, 100 %"
    before, new = outcome.wire("before").astype(float), outcome.wire("new").astype(float)
    assert np.abs(new[..., :3] - (0.25 * before[..., :3] + 0.75 * np.array([150, 0, 0]))).max() <= 1


def test_what_a_script_leaves_out_is_the_methods_own_default(made_up: dict[str, Outcome]):
    # Its own default model has no weights: the sentence that names it shows what was sent.
    outcome = made_up["left-alone"]
    assert outcome.status == "execution-error" and "'dim'" in outcome.message


def test_value_that_only_another_method_takes_is_told(made_up: dict[str, Outcome]):
    outcome = made_up["out-of-its-range"]
    assert outcome.status == "calling-error" and "size 20 is out of range" in outcome.message
