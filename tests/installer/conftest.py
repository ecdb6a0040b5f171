"""Made-up profiles with spaces and non-ASCII letters in their paths, and a real uv where there is one."""

from __future__ import annotations

from pathlib import Path

import pytest

from installer import environment, hosts, uv
from installer.hosts import Profile


@pytest.fixture
def gimp(tmp_path: Path) -> Profile:
    """A profile of GIMP 3.0 with somebody else's plug-in in it."""
    folder = tmp_path / "Zoë's files" / "GIMP" / "3.0"
    (folder / "plug-ins" / "other").mkdir(parents=True)
    (folder / "plug-ins" / "other" / "other.py").write_text("print('mine')")
    return Profile("gimp", folder)


@pytest.fixture
def krita(tmp_path: Path) -> Profile:
    """Krita's resources with somebody else's plug-in in them, and a kritarc with settings of the user's."""
    folder = tmp_path / "Zoë's files" / "krita"
    (folder / "pykrita" / "other").mkdir(parents=True)
    (folder / "pykrita" / "other.desktop").write_text("[Desktop Entry]\n")
    config = tmp_path / "Zoë's files" / "kritarc"
    config.write_bytes(b"[General]\nuser=Zo\xc3\xab\n\n[python]\nenable_other=true\n\n[theme]\nTheme=Krita dark\n")
    return Profile("krita", folder, config=config)


@pytest.fixture
def quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own GIMP and Krita don't count, and no package is imported to check the worker's Python."""
    monkeypatch.setattr(hosts, "is_running", lambda host: False)
    monkeypatch.setattr(environment, "probe", lambda *_: {"python": "3.11.0"})
    monkeypatch.setattr(environment, "stop_worker", lambda python: None)


@pytest.fixture(scope="session")
def real_uv() -> uv.Uv:
    """The uv of this machine; looked for before any test moves the home folder."""
    found = uv.find()
    if found is None:
        pytest.skip("needs uv, on PATH or from an earlier `python3 -m installer test`")
    return found


def tree(folder: Path) -> dict[str, bytes | str]:
    """Everything below a folder: paths, and what is in the files or where the links point."""
    found: dict[str, bytes | str] = {}
    for path in sorted(folder.rglob("*")):
        name = path.relative_to(folder).as_posix()
        found[name] = str(path.readlink()) if path.is_symlink() else "" if path.is_dir() else path.read_bytes()
    return found
