"""Window and docker in both themes and at both scales: everything has room. The pictures are for people, in $NST_SCREENSHOTS."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.hosts.conftest import REPOSITORY, Hosts
from tests.hosts.krita_driver import make_profile

pytestmark = pytest.mark.hosts

PHOTO = REPOSITORY / "nst_core" / "samples" / "scene-lake.jpg"
LOOKS = {"dark": ("Krita dark", 1), "light-200": ("Krita bright", 2)}


@pytest.fixture(scope="module", params=LOOKS)
def look(request: pytest.FixtureRequest, hosts: Hosts, shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """(theme, scale, what the script in the window wrote down)."""
    theme, scale = LOOKS[request.param]
    folder = tmp_path_factory.mktemp("krita-looks")
    profile = make_profile(hosts, folder, shared)
    with profile.config.open("a") as config:
        config.write(f"\n[theme]\nTheme={theme}\n")
    told = {
        "NST_PHOTO": str(PHOTO),
        "NST_PREFIX": f"krita-{request.param}",
        "QT_SCALE_FACTOR": str(scale),
        "HOSTS_SCREEN": f"{1600 * scale}x{1000 * scale}",
    }
    return theme, scale, profile.looked("krita_looks", folder, timeout=600, **told)


def test_everything_has_room(look: Any):
    theme, scale, said = look
    assert (said["brightness"] > 128) == (theme == "Krita bright") and said["ratio"] == scale  # else nothing was tried
    assert said["clipped"] == []
    assert said["fits"]
