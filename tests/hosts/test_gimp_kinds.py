"""Every kind of layer in the real GIMP: what isn't painted stays the same number, to the last bit.

    NST_TABLE=kinds.md HOSTS_SUITE=forky pytest tests/hosts/test_gimp_kinds.py

writes what was found as a table. A tree with another GIMP: see `setup-hosts.sh`.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pytest

from nst_core import samples
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import HERE, make_profile

pytestmark = pytest.mark.hosts

SIZE = (260, 200)
NUMBERS = {"u8": np.uint8, "u16": np.uint16, "u32": np.uint32, "half": np.float16, "float": np.float32, "double": np.float64}
OUTPUTS = ("masked", "cut")


@dataclass(frozen=True)
class Kind:
    """An image with a layer of noisy colours, and how it is called in the table."""

    name: str
    base: str = "rgb"  # or "gray", "indexed"
    precision: str = "U8_NON_LINEAR"
    profile: str = ""  # a constructor of Gimp.ColorProfile
    alpha: bool = True
    what: str = "pixels"  # or "text", "link", "vector"
    group: str = ""  # the mode of the group that it lies in
    active: str = "source"  # or "group"
    offset: tuple[int, int] = (0, 0)
    canvas: tuple[int, int] = SIZE
    mask: bool = False
    lock: bool = False
    hidden: bool = False
    effect: str = ""
    select: tuple[int, int, int, int] | None = (110, 80, 40, 30)  # feathered; None where nothing of it can be selected
    since: str = "3.0"


PRECISIONS = [
    f"{kind}_{light}" for kind in ("U8", "U16", "U32", "HALF", "FLOAT") for light in ("NON_LINEAR", "LINEAR", "PERCEPTUAL")
]
KINDS = [
    *(Kind(f"rgb-{one.lower().replace('_', '-')}", precision=one) for one in (*PRECISIONS, "DOUBLE_LINEAR")),
    *(Kind(f"grey-{one.lower().replace('_', '-')}", "gray", one) for one in PRECISIONS if not one.endswith("PERCEPTUAL")),
    Kind("indexed", "indexed"),
    *(
        Kind(f"wide-gamut-{one.lower().replace('_', '-')}", precision=one, profile="new_rgb_adobe")
        for one in ("U8_NON_LINEAR", "U16_NON_LINEAR", "U32_LINEAR", "FLOAT_LINEAR")
    ),
    Kind("opaque", alpha=False),
    Kind("opaque-float", precision="FLOAT_LINEAR", alpha=False),
    Kind("opaque-grey", "gray", "U16_LINEAR", alpha=False),
    Kind("opaque-indexed", "indexed", alpha=False),
    Kind("alpha-locked", lock=True),
    Kind("masked", mask=True),
    Kind("masked-float", precision="FLOAT_LINEAR", mask=True),
    Kind("effect", effect="gegl:invert-gamma"),
    Kind("smaller", offset=(30, 20), canvas=(400, 300)),
    Kind("half-off-canvas", offset=(-100, -50), select=(20, 20, 40, 30)),
    Kind("larger", offset=(-70, -60), canvas=(120, 90), select=(30, 30, 40, 30)),
    Kind("off-canvas", offset=(500, 20), select=None),
    Kind("hidden", hidden=True),
    Kind("in-group", group="NORMAL"),
    Kind("group", group="NORMAL", active="group"),
    Kind("group-float", group="NORMAL", active="group", precision="FLOAT_LINEAR"),
    Kind("group-passing-through", group="PASS_THROUGH", active="group"),
    Kind("text", what="text", select=(30, 20, 60, 40)),
    Kind("text-float", what="text", precision="FLOAT_LINEAR", select=(30, 20, 60, 40)),
    Kind("link", what="link", since="3.2"),
    Kind("vector", what="vector", since="3.2"),
]


@dataclass(frozen=True)
class Found:
    """What the script inside GIMP wrote down about one kind."""

    folder: Path
    kind: Kind
    sizes: dict[str, list]

    def pixels(self, name: str) -> np.ndarray:
        """(height, width, channels) in the layer's own numbers."""
        width, height, *_, encoding = self.sizes[name]
        number = np.uint8 if encoding == "palette" else NUMBERS[encoding.split()[-1]]
        return np.fromfile(self.folder / f"{self.kind.name}.{name}", number).reshape(height, width, -1)

    def of_source(self, box: list[int]) -> np.ndarray:
        """What of the source, as it is seen, lies in a box of the canvas."""
        x, y = self.sizes["before"][2:4]
        left, top = box[2] - x, box[3] - y
        return self.pixels("seen" if self.kind.effect else "before")[top : top + box[1], left : left + box[0]]

    @property
    def strength_0(self) -> float:
        """The largest difference between the source and what it became at strength 0."""
        got = self.pixels("unchanged")
        want = self.of_source(self.sizes["unchanged"])
        channels = want.shape[2]
        if not self.kind.alpha and got.shape[2] > channels:
            assert (got[..., -1] == full(got.dtype)).all()
        return difference(got[..., :channels], want)

    def outside(self, output: str) -> float:
        """The largest difference in what is seen outside the selection."""
        return self._shown(output, self.pixels("selection")[..., 0] == 0)

    def inside(self, output: str) -> float:
        """The same where all is selected."""
        return self._shown(output, self.pixels("selection")[..., 0] > 0.99)

    def _shown(self, output: str, where: np.ndarray) -> float:
        assert where.any()
        return difference(self.pixels(f"shown-before-{output}")[where], self.pixels(f"shown-{output}")[where])


def difference(one: np.ndarray, other: np.ndarray) -> float:
    """The largest, where the type's full scale is 1."""
    assert one.shape == other.shape and one.dtype == other.dtype
    return float(np.abs(one.astype(np.float64) - other.astype(np.float64)).max()) / full(one.dtype)


def full(number: np.dtype) -> float:
    """What stands for all light."""
    return 1.0 if number.kind == "f" else float(np.iinfo(number).max)


@pytest.fixture(scope="module")
def found(hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, Found]]:
    profile = make_profile(hosts, tmp_path_factory.mktemp("gimp"), shared)
    folder = profile.folder / "kinds"
    folder.mkdir()
    kinds = [kind for kind in KINDS if kind.since <= profile.version]
    (folder / "kinds.json").write_text(json.dumps([asdict(kind) for kind in kinds]))
    told = {
        "KINDS": str(folder / "kinds.json"),
        "FOLDER": str(folder),
        "PLUG_IN": str(profile.plug_in),
        "STYLE": str(samples.path("swirled-oil")),
        "PICTURE": str(samples.path("lake")),
    }
    done = profile.batch(HERE / "gimp_kinds.py", told)
    outcomes = {}
    for kind in kinds:
        path = folder / f"{kind.name}.json"
        assert path.is_file(), done.stdout
        said = json.loads(path.read_text())
        assert "broken" not in said, f"{kind.name}: {said['broken']}{done.stdout}"
        outcomes[kind.name] = Found(folder, kind, said["sizes"])
    if os.environ.get("NST_TABLE"):
        Path(os.environ["NST_TABLE"]).write_text(table(outcomes, profile.version))
    yield outcomes


def table(outcomes: dict[str, Found], version: str) -> str:
    """Kind by kind, what the greatest differences are: all but the last must be 0."""
    lines = [f"| GIMP {version} | strength 0 | outside, as mask | outside, cut | inside |", "|---|---|---|---|---|"]
    for name, one in outcomes.items():
        shown = [one.outside("masked"), one.outside("cut"), one.inside("masked")] if one.kind.select else []
        cells = [f"{value:.3g}" for value in (one.strength_0, *shown)]
        lines.append(f"| {' | '.join([name, *cells, *['–'] * (4 - len(cells))])} |")
    return "\n".join(lines) + "\n"


@pytest.fixture
def one(found: dict[str, Found], kind: Kind) -> Found:
    if kind.name not in found:
        pytest.skip(f"GIMP {kind.since} has this kind, and this one is older")
    return found[kind.name]


every_kind = pytest.mark.parametrize("kind", KINDS, ids=lambda kind: kind.name)
selected = pytest.mark.parametrize("kind", [kind for kind in KINDS if kind.select], ids=lambda kind: kind.name)


@every_kind
def test_strength_0_is_the_layer_to_the_last_bit(one: Found):
    assert one.strength_0 == 0


@every_kind
def test_source_is_the_same_to_the_last_bit(one: Found):
    for run in ("", *(f"-{output}" for output in OUTPUTS if one.kind.select)):
        assert one.pixels(f"after{run}").tobytes() == one.pixels(f"before{run}").tobytes()


@pytest.mark.parametrize("output", OUTPUTS)
@selected
def test_outside_the_selection_nothing_changes(one: Found, output: str):
    assert one.outside(output) == 0
    if not (one.kind.hidden or one.kind.what == "text"):
        assert one.inside(output) > 0.05


@selected
def test_cut_layer_ends_where_the_selection_does(one: Found):
    left, top, width, height = (*one.sizes["painted-cut"][2:4], *one.sizes["painted-cut"][:2])
    rows, columns = np.nonzero(one.pixels("selection")[..., 0])
    x, y, across, down = (*one.sizes["before"][2:4], *one.sizes["before"][:2])
    assert (left, top) == (max(x, columns.min()), max(y, rows.min()))
    assert (left + width, top + height) == (min(x + across, columns.max() + 1), min(y + down, rows.max() + 1))
