"""Grey, CMYK and L*a*b* in the real Krita: painted in sRGB, given back in their own colour space, and the user is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import scenery
from tests.hosts.krita_driver import DEPTHS, PAINTING, SRGB, Case, Outcome, make_profile
from tests.hosts.own_engine import Paint, own_engine

pytestmark = pytest.mark.hosts

STRENGTH = 0.8
METHOD = "arbitrary"
GREY = "Gray-D50-elle-V2-srgbtrc.icc"
CMYK = "Chemical proof"
CMYK_FILE = Path("usr/share/color/icc/krita/cmyk.icm")
LAB = "Lab identity built-in"

# sRGB's primaries as adapted to D50 (the matrix of every sRGB profile), and D50 itself.
TO_XYZ = np.array([[0.4360747, 0.3850649, 0.1430804], [0.2225045, 0.7168786, 0.0606169], [0.0139322, 0.0971045, 0.7141733]])
WHITE = TO_XYZ.sum(1)
KNEE = 6 / 29  # of CIE 15's curve


def light_of(encoded: np.ndarray) -> np.ndarray:
    """sRGB's curve undone."""
    return np.where(encoded <= 0.04045, encoded / 12.92, ((np.maximum(encoded, 0) + 0.055) / 1.055) ** 2.4)


def encoded(light: np.ndarray) -> np.ndarray:
    """sRGB's curve."""
    return np.where(light <= 0.0031308, light * 12.92, 1.055 * np.maximum(light, 0) ** (1 / 2.4) - 0.055)


def lab_of(picture: np.ndarray) -> np.ndarray:
    """sRGB-encoded (…, 4) as L*/100, (a* + 128)/255, (b* + 128)/255 and alpha: as Krita's integers hold them (CIE 15)."""
    share = light_of(picture[..., :3]) @ TO_XYZ.T / WHITE
    x, y, z = np.moveaxis(np.where(share > KNEE**3, np.cbrt(share), share / (3 * KNEE**2) + 4 / 29), -1, 0)
    return np.stack([1.16 * y - 0.16, (500 * (x - y) + 128) / 255, (200 * (y - z) + 128) / 255, picture[..., 3]], -1)


def srgb_of_lab(picture: np.ndarray) -> np.ndarray:
    """The way back; (…, 3), clipped."""
    y = (picture[..., 0] + 0.16) / 1.16
    x, z = y + (picture[..., 1] * 255 - 128) / 500, y - (picture[..., 2] * 255 - 128) / 200
    root = np.stack([x, y, z], -1)
    share = np.where(root > KNEE, root**3, 3 * KNEE**2 * (root - 4 / 29))
    return np.clip(encoded(np.clip(share * WHITE @ np.linalg.inv(TO_XYZ).T, 0, 1)), 0, 1)


def inks(width: int, height: int) -> np.ndarray:
    """Little enough of four inks that sRGB has nearly all their colours, and alpha."""
    picture = scenery(width, height)
    return np.concatenate([picture[..., :3] * 0.5 + 0.1, picture[..., :1] * 0.2, picture[..., 3:]], -1)


def srgb_of_cmyk(picture: np.ndarray) -> np.ndarray:
    """(H, W, ≥4) of shares of ink as (H, W, 3) of sRGB, by Little CMS itself, as Krita asks for it; 8 bits fine."""
    cache = Path(os.environ.get("HOSTS_DIR") or Path.home() / ".cache" / "style-transfer-hosts")
    file = cache / os.environ.get("HOSTS_SUITE", "trixie") / CMYK_FILE
    image = Image.fromarray(np.rint(np.clip(picture[..., :4], 0, 1) * 255).astype(np.uint8), "CMYK")
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.NONE
    srgb = ImageCms.createProfile("sRGB")
    return np.asarray(ImageCms.profileToProfile(image, str(file), srgb, intent, "RGB", flags=flags)) / 255


def in_krita_s_floats(case: Case) -> Case:
    """Floats have another scale: ink and lightness go to 100, a* and b* are themselves."""
    content = case.content.copy()
    if case.model == "LABA":
        content[..., :3] = content[..., :3] * [100, 255, 255] - [0, 128, 128]
    else:
        content[..., :4] *= 100
    return replace(case, content=content, depth="F32", name=case.name.replace("u8", "f32"))


PRINTED = [Case(f"cmyk-{depth.lower()}", inks(64, 48), model="CMYKA", depth=depth, profile=CMYK) for depth in ("U8", "U16")]
LABS = [
    Case(f"lab-{depth.lower()}", lab_of(scenery(64, 48, 1)), model="LABA", depth=depth, profile=LAB) for depth in ("U8", "U16")
]
PRINTED.append(in_krita_s_floats(PRINTED[0]))
LABS.append(in_krita_s_floats(LABS[0]))
GREYS = [
    Case(f"grey-{depth.lower()}", scenery(64, 48, seed)[..., 2:], model="GRAYA", depth=depth, profile=GREY)
    for seed, depth in enumerate(DEPTHS)
]
SELECTED = [
    replace(case, name=f"{case.name}-selected", select=(26, 18, 20, 12), feather=5) for case in (PRINTED[0], LABS[1], GREYS[0])
]
IN_ANOTHER = [replace(PRINTED[1], name="cmyk-in-srgb-picture", document=("RGBA", "U8", SRGB))]
PAINTED = [*PRINTED, *LABS, *GREYS, *SELECTED, *IN_ANOTHER]
LEFT = [
    replace(case, name=f"{case.name}-strength-0", parameters={"strength": 0.0}) for case in (*PRINTED, *LABS, *GREYS, *IN_ANOTHER)
]


@pytest.fixture(scope="module")
def painting(shared: Path) -> Path:
    return shared / "pictures" / "samples" / PAINTING


@pytest.fixture(scope="module")
def outcomes(hosts: Hosts, shared: Path, painting: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Outcome]:
    for case in (*PAINTED, *LEFT):
        case.style, case.method = str(painting), METHOD
        case.parameters = {"strength": STRENGTH, **case.parameters}
    return make_profile(hosts, tmp_path_factory.mktemp("krita"), shared).cases([*PAINTED, *LEFT], "colours")


@pytest.fixture(scope="module")
def engine(shared: Path, painting: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Paint]:
    with own_engine(shared, tmp_path_factory.mktemp("models"), painting, STRENGTH) as paint:
        yield paint


def shares(outcome: Outcome, name: str) -> np.ndarray:
    """The pixels as shares of full scale, whatever the depth."""
    pixels = outcome.pixels(name).astype(np.float64)
    if outcome.case.depth == "F32" and outcome.case.model == "LABA":
        return (pixels + np.array([0, 128, 128, 0])) / [100, 255, 255, 1]
    if outcome.case.depth == "F32" and outcome.case.model == "CMYKA":
        return pixels / [100, 100, 100, 100, 1]
    return pixels / DEPTHS[outcome.case.depth][1]


def note_of(outcome: Outcome) -> str:
    """The one note, beside that of the model's coming here."""
    (note,) = (note for note in outcome.said["notes"] if not note.startswith("fetching"))
    return note


def painted(outcome: Outcome, engine: Paint) -> np.ndarray:
    """What the engine makes of what has travelled, (H, W, 3) in [0, 1]."""
    return shares_of(engine(outcome.sent(), METHOD))[..., :3]


def shares_of(pixels: np.ndarray) -> np.ndarray:
    return pixels.astype(np.float64) / (np.iinfo(pixels.dtype).max if pixels.dtype.kind == "u" else 1)


each = pytest.mark.parametrize("name", [case.name for case in (*PAINTED, *LEFT)])


@each
def test_layer_keeps_its_colour_space_and_its_transparency(outcomes: dict[str, Outcome], name: str):
    outcome = outcomes[name]
    assert outcome.error is None
    assert outcome.said["space"] == [outcome.case.model, outcome.case.depth, outcome.case.profile]
    assert outcome.bytes("after") == outcome.bytes("before")
    part = outcome.part
    assert np.array_equal(outcome.pixels("new")[part][..., -1], outcome.pixels("before")[part][..., -1])


@pytest.mark.parametrize("case", LEFT, ids=lambda case: case.name)
def test_strength_0_gives_the_layer_bit_for_bit(outcomes: dict[str, Outcome], case: Case):
    outcome = outcomes[case.name]
    part = outcome.part
    assert outcome.pixels("new")[part].tobytes() == outcome.pixels("before")[part].tobytes()


@pytest.mark.parametrize("case", [*PRINTED, *LABS, *SELECTED[:2], *IN_ANOTHER], ids=lambda case: case.name)
def test_conversion_is_told_in_one_note(outcomes: dict[str, Outcome], case: Case):
    note = note_of(outcomes[case.name])
    assert {"CMYKA": "CMYK", "LABA": "L*a*b*"}[case.model] in note and case.profile in note and "converted" in note


def both_ways(outcome: Outcome, engine: Paint, seen_as_srgb: Callable[[np.ndarray], np.ndarray]) -> tuple[np.ndarray, np.ndarray]:
    """How far Krita's conversions are off: of what has travelled, and of what came back; where there is anything to see."""
    before, new = (shares(outcome, which)[outcome.part] for which in ("before", "new"))
    seen = before[..., -1] > 0
    there = np.abs(shares_of(outcome.sent())[..., :3] - seen_as_srgb(before))[seen]
    return there, np.abs(seen_as_srgb(new) - painted(outcome, engine))[seen]


@pytest.mark.parametrize("case", GREYS, ids=lambda case: case.name)
def test_grey_layer_takes_the_lightness_of_the_painting(outcomes: dict[str, Outcome], engine: Paint, case: Case):
    outcome = outcomes[case.name]
    before, new = (shares(outcome, which)[outcome.part] for which in ("before", "new"))
    seen = before[..., 1] > 0
    assert np.abs(shares_of(outcome.sent())[..., :3] - before[..., :1])[seen].max() <= 0.5 / 255
    light = light_of(painted(outcome, engine)) @ TO_XYZ[1]
    assert np.abs(new[..., 0] - encoded(light))[seen].max() <= 1 / 255
    assert "grey" in note_of(outcome)


@pytest.mark.parametrize("case", LABS, ids=lambda case: case.name)
def test_lab_layer_is_painted_as_the_eye_sees_it(outcomes: dict[str, Outcome], engine: Paint, case: Case):
    there, back = both_ways(outcomes[case.name], engine, srgb_of_lab)
    step = 4 / 255 if case.depth == "U8" else 0.5 / 255  # eight bits of a* and b* are coarse, most of all in the shadows
    for difference in (there, back):
        assert difference.mean() <= step / 2 and np.quantile(difference, 0.999) <= 6 * step


@pytest.mark.parametrize("case", PRINTED, ids=lambda case: case.name)
def test_cmyk_layer_is_painted_as_the_eye_sees_it(outcomes: dict[str, Outcome], engine: Paint, case: Case):
    there, back = both_ways(outcomes[case.name], engine, srgb_of_cmyk)
    assert np.quantile(there, 0.99) <= 1.5 / 255
    # Paper and ink have not all of sRGB's colours: what they have, they show.
    assert back.mean() <= 0.03
