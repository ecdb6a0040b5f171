"""What lands in a profile is this checkout, whole, and nothing else in the profile changes."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from installer import bundle, files
from installer.bundle import State
from installer.errors import InstallError
from installer.hosts import Profile

from .conftest import tree

REPOSITORY = Path(__file__).resolve().parents[2]


def sources(folder: str, below: str = "") -> dict[str, bytes]:
    """The files of a folder of this checkout without Python's caches, as they should lie below `below`."""
    found = (REPOSITORY / folder).rglob("*")
    paths = [path for path in found if path.is_file() and "__pycache__" not in path.parts]
    return {below + path.relative_to(REPOSITORY / folder).as_posix(): path.read_bytes() for path in paths}


def expected(shim: str) -> dict[str, bytes]:
    """A plug-in's folder as the design has it."""
    manifest = (REPOSITORY / "models_manifest.json").read_bytes()
    engine = sources("nst_core", "nst_core/") | sources("plugin/common", "common/")
    catalogues = {name: content for name, content in sources("plugin/locale", "locale/").items() if name.endswith(".mo")}
    carried = {name: content for name, content in sources("installer", "installer/").items() if name in SETUP}
    return sources(shim) | engine | catalogues | carried | {"models_manifest.json": manifest}


SETUP = {
    f"installer/{name}"
    for name in (
        *("__init__.py", "setup.py", "headway.py", "cost.py", "environment.py", "uv.py", "index.py", "explain.py"),
        *("files.py", "processes.py", "worker_file.py", "errors.py", "locks/worker.txt"),
    )
}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def test_gimp_gets_the_shim_with_the_engine_beside_it(gimp: Profile):
    folder = bundle.copy(gimp)
    assert folder == gimp.folder / "plug-ins" / "style-transfer"
    assert contents(folder) == expected("plugin/gimp/style-transfer")


def test_krita_gets_its_package_its_desktop_file_and_its_action(krita: Profile):
    folder = bundle.copy(krita)
    assert folder == krita.folder / "pykrita" / "style_transfer"
    assert contents(folder) == expected("plugin/krita/style_transfer")
    for name in ("pykrita/style_transfer.desktop", "actions/style_transfer.action"):
        assert (krita.folder / name).read_bytes() == (REPOSITORY / "plugin/krita" / Path(name).name).read_bytes()


def test_caches_tests_and_hidden_files_are_not_copied(gimp: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    plugin = tmp_path / "plugin"
    for name in (
        "style-transfer.py",
        "kept.py",
        "__pycache__/kept.pyc",
        "stray.pyc",
        ".hidden",
        "tests/test_kept.py",
        "sub/.git/x",
    ):
        path = plugin / "gimp" / "style-transfer" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    monkeypatch.setattr(bundle, "_PLUGIN", plugin)
    folder = bundle.copy(gimp)
    assert sorted(path.name for path in folder.iterdir()) == [
        *("installer", "kept.py", "models_manifest.json", "nst_core", "style-transfer.py")
    ]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no executable bit")
def test_gimp_s_script_alone_is_executable(gimp: Profile):
    folder = bundle.copy(gimp)
    assert [path.name for path in folder.rglob("*") if path.is_file() and os.access(path, os.X_OK)] == ["style-transfer.py"]


def test_the_copied_engine_runs_without_this_checkout(gimp: Profile, tmp_path: Path):
    folder = bundle.copy(gimp)
    code = (
        "import sys; sys.path.insert(0, sys.argv[1]); from nst_core import client, schema; import common; print(client.__file__)"
    )
    done = subprocess.run([sys.executable, "-I", "-c", code, folder], cwd=tmp_path, capture_output=True, text=True, check=True)
    assert Path(done.stdout.strip()).is_relative_to(folder)


@pytest.mark.parametrize("host", ["gimp", "krita"])
def test_removing_leaves_the_profile_as_it_was(host: str, request: pytest.FixtureRequest):
    profile = request.getfixturevalue(host)
    before = tree(profile.folder)
    bundle.copy(profile)
    bundle.remove(profile)
    assert {name: content for name, content in tree(profile.folder).items() if name != "actions"} == before


@pytest.mark.parametrize("host", ["gimp", "krita"])
def test_installing_twice_is_installing_once(host: str, request: pytest.FixtureRequest):
    profile = request.getfixturevalue(host)
    bundle.copy(profile)
    once = tree(profile.folder)
    bundle.copy(profile)
    assert tree(profile.folder) == once


def test_an_upgrade_leaves_nothing_of_the_old_version(gimp: Profile):
    folder = bundle.copy(gimp)
    fresh = tree(gimp.folder)
    (folder / "gone_since.py").write_text("")
    (folder / "nst_core" / "__pycache__").mkdir()
    (folder / "nst_core" / "__init__.py").write_text('__version__ = "0.0.1"\n')
    assert bundle.state(gimp) is State.OTHER_VERSION
    assert bundle.version(gimp) == "0.0.1"
    bundle.copy(gimp)
    assert tree(gimp.folder) == fresh


def test_the_state_tells_absent_current_and_changed(krita: Profile):
    assert bundle.state(krita) is State.ABSENT
    folder = bundle.copy(krita)
    assert bundle.state(krita) is State.CURRENT
    (folder / "nst_core" / "__pycache__").mkdir()
    (folder / "nst_core" / "__pycache__" / "client.pyc").write_bytes(b"")
    assert bundle.state(krita) is State.CURRENT
    (folder / "nst_core" / "client.py").write_text("# edited\n")
    assert bundle.state(krita) is State.CHANGED


def test_a_half_written_copy_is_no_obstacle(gimp: Profile):
    """As after Ctrl+C or a power cut: halves of the new and of the old version lie about, and nothing is in the place."""
    whole = tree(gimp.folder) | {}
    target = gimp.folder / "plug-ins" / "style-transfer"
    for what in ("new", "old"):
        half = files.beside(target, what)
        half.mkdir()
        (half / "half.py").write_text("")
    bundle.copy(gimp)
    bundle.remove(gimp)
    assert tree(gimp.folder) == whole


def test_a_refused_swap_leaves_the_old_version_working(gimp: Profile, monkeypatch: pytest.MonkeyPatch):
    folder = bundle.copy(gimp)
    before = tree(folder)
    rename = Path.rename

    def refuse(path: Path, target: Path) -> Path:
        if path.name.endswith(".new"):
            raise PermissionError(13, "used by another process")
        return rename(path, target)

    monkeypatch.setattr(Path, "rename", refuse)
    with pytest.raises(InstallError, match="close GIMP and Krita"):
        bundle.copy(gimp)
    assert tree(folder) == before


def test_a_developer_s_link_is_replaced_and_what_it_points_to_stays(gimp: Profile, tmp_path: Path):
    checkout = tmp_path / "checkout"
    (checkout / "nst_core").mkdir(parents=True)
    (checkout / "precious.py").write_text("work of a week")
    target = gimp.folder / "plug-ins" / "style-transfer"
    target.symlink_to(checkout, target_is_directory=True)
    bundle.copy(gimp)
    assert not target.is_symlink()
    assert (checkout / "precious.py").read_text() == "work of a week"
    assert sorted(path.name for path in target.parent.iterdir()) == ["other", "style-transfer"]


def test_somebody_else_s_folder_of_the_same_name_is_left_alone(gimp: Profile):
    foreign = gimp.folder / "plug-ins" / "style-transfer"
    foreign.mkdir()
    (foreign / "style-transfer.py").write_text("another project's")
    before = tree(gimp.folder)
    with pytest.raises(InstallError, match="belongs to something else: move it away"):
        bundle.copy(gimp)
    assert bundle.remove(gimp) == []
    assert tree(gimp.folder) == before


def test_an_incomplete_checkout_touches_no_profile(gimp: Profile, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    monkeypatch.setattr(bundle, "_PLUGIN", tmp_path / "nothing")
    before = tree(gimp.folder)
    with pytest.raises(InstallError, match=r"style-transfer\.py is missing.*download it again"):
        bundle.copy(gimp)
    assert tree(gimp.folder) == before
