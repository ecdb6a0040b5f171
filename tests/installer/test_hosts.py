"""Every kind of machine is searched in its own places."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer import hosts
from installer.hosts import Machine
from nst_core import folders

KINDS = {
    "Linux": ("linux", {}, ".config/GIMP/3.0", ".local/share/krita", ".config/kritarc", "native"),
    "Linux, XDG": ("linux", {"XDG_CONFIG_HOME": "c", "XDG_DATA_HOME": "d"}, "c/GIMP/3.2", "d/krita", "c/kritarc", "native"),
    "Flatpak": (
        *("linux", {}, ".var/app/org.gimp.GIMP/config/GIMP/3.0"),
        *(".var/app/org.kde.krita/data/krita", ".var/app/org.kde.krita/config/kritarc", "Flatpak"),
    ),
    "Snap": (
        *("linux", {}, "snap/gimp/current/.config/GIMP/3.0"),
        *("snap/krita/current/.local/share/krita", "snap/krita/current/.config/kritarc", "Snap"),
    ),
    "Windows": (
        *("win32", {"APPDATA": "R", "LOCALAPPDATA": "L"}),
        *("R/GIMP/3.0", "R/krita", "L/kritarc", "native"),
    ),
    "Microsoft Store": (
        *("win32", {"APPDATA": "R", "LOCALAPPDATA": "L"}, "L/Packages/Maker.GIMP_1/LocalCache/Roaming/GIMP/3.0"),
        *("L/Packages/Maker.Krita_1/LocalCache/Roaming/krita", "L/Packages/Maker.Krita_1/LocalCache/Local/kritarc"),
        "Microsoft Store",
    ),
    "macOS": (
        *("darwin", {}, "Library/Application Support/GIMP/3.0"),
        *("Library/Application Support/krita", "Library/Preferences/kritarc", "native"),
    ),
}


@pytest.fixture
def empty(tmp_path: Path) -> Path:
    return tmp_path / "Zoë's home"


def machine(platform: str, home: Path, variables: dict[str, str]) -> Machine:
    """A machine whose variables name folders below its home."""
    return Machine(platform, home, {name: str(home / value) for name, value in variables.items()})


@pytest.mark.parametrize("kind", KINDS)
def test_profiles_are_found_where_this_kind_of_machine_keeps_them(kind: str, empty: Path):
    platform, variables, gimp, krita, config, package = KINDS[kind]
    (empty / gimp).mkdir(parents=True)
    (empty / krita).mkdir(parents=True)
    choice = hosts.find(machine(platform, empty, variables))
    assert [(profile.host, profile.folder, profile.kind) for profile in choice.profiles] == [
        ("gimp", empty / gimp, package),
        ("krita", empty / krita, package),
    ]
    assert choice.profiles[1].config == empty / config
    assert not choice.missing


@pytest.mark.parametrize("kind", KINDS)
def test_a_host_that_never_started_is_named_with_its_folder_and_the_cure(kind: str, empty: Path):
    platform, variables, gimp, krita, _config, package = KINDS[kind]
    choice = hosts.find(machine(platform, empty, variables))
    assert not choice.profiles
    sentences = " ".join(choice.missing)
    assert "start GIMP 3 once" in sentences
    assert "start Krita once" in sentences
    if package == "native":
        assert str((empty / gimp).parent) in sentences
        assert str(empty / krita) in sentences


def test_every_version_of_gimp_3_is_found_and_nothing_else(empty: Path):
    for name in ("2.10", "3.0", "3.2", "3.10", "3.2-backup", "tool"):
        (empty / ".config" / "GIMP" / name).mkdir(parents=True)
    (empty / ".config" / "GIMP" / "3.4").write_text("a file")
    choice = hosts.find(machine("linux", empty, {}), only="gimp")
    assert [profile.folder.name for profile in choice.profiles] == ["3.0", "3.2", "3.10"]
    assert [profile.title for profile in choice.profiles] == ["GIMP 3.0", "GIMP 3.2", "GIMP 3.10"]


def test_a_machine_with_only_gimp_2_hears_so(empty: Path):
    (empty / ".config" / "GIMP" / "2.10").mkdir(parents=True)
    choice = hosts.find(machine("linux", empty, {}), only="gimp")
    assert "GIMP 2 is there" in choice.missing[0]


def test_gimp3_directory_replaces_the_profile(empty: Path):
    (empty / ".config" / "GIMP" / "3.0").mkdir(parents=True)
    (empty / "own").mkdir()
    choice = hosts.find(machine("linux", empty, {"GIMP3_DIRECTORY": "own"}), only="gimp")
    assert [profile.folder for profile in choice.profiles] == [empty / "own"]


def test_krita_s_moved_resource_folder_is_followed(empty: Path):
    moved = empty / "on another disk"
    for folder in (moved, empty / ".local/share/krita", empty / ".config"):
        folder.mkdir(parents=True)
    config = empty / ".config" / "kritarc"
    config.write_text(f"ResourceDirectory={moved}\n[General]\nResourceDirectory=/elsewhere\n", encoding="utf-8")
    assert hosts.find(machine("linux", empty, {}), "krita").profiles[0].folder == moved
    config.write_text("[General]\nResourceDirectory=/\n", encoding="utf-8")
    assert hosts.find(machine("linux", empty, {}), "krita").profiles[0].folder == empty / ".local/share/krita"


def test_a_sandboxed_host_is_told_of_the_worker_in_its_own_data_folder(empty: Path, monkeypatch: pytest.MonkeyPatch):
    """Inside Flatpak, XDG_DATA_HOME is ~/.var/app/<id>/data; there the client looks for worker.json."""
    monkeypatch.delenv("NST_HOME", raising=False)
    (empty / ".var/app/org.gimp.GIMP/config/GIMP/3.0").mkdir(parents=True)
    profile = hosts.find(machine("linux", empty, {}), "gimp").profiles[0]
    monkeypatch.setenv("XDG_DATA_HOME", str(empty / ".var/app/org.gimp.GIMP/data"))
    monkeypatch.setattr("sys.platform", "linux")
    assert profile.data == folders.data()


def test_named_folders_replace_the_search(tmp_path: Path):
    choice = hosts.choose([tmp_path / "g"], [tmp_path / "k"], tmp_path / "rc", None)
    assert [(profile.folder, profile.config) for profile in choice.profiles] == [
        (tmp_path / "g", None),
        (tmp_path / "k", tmp_path / "rc"),
    ]
    assert [p.host for p in hosts.choose([tmp_path / "g"], [tmp_path / "k"], None, "krita").profiles] == ["krita"]


@pytest.mark.skipif(sys.platform != "linux", reason="each system tells its programs in its own way")
@pytest.mark.parametrize(
    ("programs", "gimp", "krita"),
    [
        ("systemd\nbash", False, False),
        ("bash\ngimp-3.0\nscript-fu", True, False),
        ("krita\ngimp", True, True),
        ("gimp-console-3.\nkritarunner\nkrita.py", False, False),
    ],
)
def test_a_running_host_is_told_by_its_program_s_name(programs: str, gimp: bool, krita: bool, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(hosts, "_linux_programs", lambda: programs)
    assert (hosts.is_running("gimp"), hosts.is_running("krita")) == (gimp, krita)


@pytest.mark.skipif(sys.platform != "linux", reason="reads /proc")
def test_this_very_process_is_among_the_running_programs():
    assert Path("/proc/self/comm").read_text().strip() in hosts._linux_programs().splitlines()
