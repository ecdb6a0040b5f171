"""`install`, `uninstall` and `doctor` as a user types them, in made-up profiles."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from installer import bundle, commands, doctor, environment, hosts, kritarc, worker_file
from installer.hosts import Profile
from installer.processes import Finished
from nst_core import __version__, client, folders

from .conftest import tree

pytestmark = pytest.mark.usefixtures("home", "quiet")
REPOSITORY = Path(__file__).resolve().parents[2]


@pytest.fixture
def options(gimp: Profile, krita: Profile) -> list[str]:
    config = krita.config
    return ["--gimp-profile", str(gimp.folder), "--krita-resources", str(krita.folder), "--krita-config", str(config)]


def installer(*arguments: str) -> int:
    return commands.main(list(arguments))


def put(options: list[str], *more: str) -> int:
    return installer("install", *options, "--python", sys.executable, *more)


def test_both_hosts_get_the_plug_in_and_find_the_worker(
    options: list[str], gimp: Profile, krita: Profile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.delenv("NST_PYTHON", raising=False)
    assert put(options) == 0
    assert bundle.state(gimp) is bundle.state(krita) is bundle.State.CURRENT
    assert krita.config is not None
    assert kritarc.is_enabled(krita.config)
    assert client.worker_python() == sys.executable  # what the hosts' side reads
    printed = capsys.readouterr().out
    assert f"GIMP 3.0 (given): {gimp.folder / 'plug-ins' / 'style-transfer'} ({__version__})" in printed
    assert f"Krita (given): {krita.folder / 'pykrita' / 'style_transfer'} ({__version__})" in printed
    assert f"switched on in {krita.config}" in printed


def test_uninstalling_leaves_every_file_as_it_was(options: list[str], tmp_path: Path, home: Path):
    before = tree(tmp_path)
    assert put(options) == 0
    assert installer("uninstall", *options) == 0
    left = {name: content for name, content in tree(tmp_path).items() if not name.endswith("/actions")}
    assert left == before | {"home": "", "home/data": ""}


def test_uninstalling_all_removes_models_and_environment_too_but_no_settings(options: list[str], home: Path):
    assert put(options) == 0
    for folder in (environment.worker().folder, folders.models() / "microast", folders.cache() / "uv", folders.logs()):
        folder.mkdir(parents=True)
        (folder / "file").write_bytes(bytes(1000))
    (folders.data() / "presets.json").write_text("mine")
    assert installer("uninstall", *options, "--all") == 0
    assert [path.relative_to(home).as_posix() for path in home.rglob("*") if path.is_file()] == ["data/presets.json"]


def test_uninstalling_what_is_not_there_is_no_error(options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]):
    before = tree(tmp_path)
    assert installer("uninstall", *options) == 0
    assert capsys.readouterr().out.count("nothing to remove") == 2
    assert tree(tmp_path) == before


def test_only_one_host_is_touched_on_request(options: list[str], gimp: Profile, krita: Profile):
    before = tree(krita.folder)
    assert put(options, "--only", "gimp") == 0
    assert bundle.state(gimp) is bundle.State.CURRENT
    assert tree(krita.folder) == before


def test_a_trouble_with_one_profile_does_not_stop_the_others(
    options: list[str], gimp: Profile, krita: Profile, capsys: pytest.CaptureFixture[str]
):
    foreign = gimp.folder / "plug-ins" / "style-transfer"
    foreign.mkdir()
    (foreign / "mine.py").write_text("")
    assert put(options) == 1
    assert bundle.state(krita) is bundle.State.CURRENT
    error = capsys.readouterr().err.splitlines()
    assert len(error) == 1
    assert error[0].startswith(f"installer: error: GIMP 3.0 (given): {foreign} belongs to something else: move it away")


def test_a_machine_without_profiles_hears_what_was_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(hosts.Machine, "this", classmethod(lambda cls: cls("linux", tmp_path / "nobody", {})))
    assert installer("install") == 1
    error = capsys.readouterr().err
    assert "start GIMP 3 once and run this again, or name the folder with --gimp-profile" in error
    assert str(tmp_path / "nobody" / ".config" / "GIMP") in error


def test_a_host_without_a_profile_is_only_a_note_when_the_other_has_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    (tmp_path / "zoë" / ".config" / "GIMP" / "3.2").mkdir(parents=True)
    monkeypatch.setattr(hosts.Machine, "this", classmethod(lambda cls: cls("linux", tmp_path / "zoë", {})))
    assert put([]) == 0
    printed = capsys.readouterr().out
    assert "GIMP 3.2: " in printed
    assert "note: no profile of Krita found" in printed


def test_a_python_that_is_no_file_is_refused_before_anything_is_written(
    options: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
):
    before = tree(tmp_path)
    assert installer("install", *options, "--python", str(tmp_path / "python")) == 1
    assert "is no file: --python takes the path of a Python interpreter" in capsys.readouterr().err
    assert tree(tmp_path) == before


def test_a_link_to_a_python_is_kept_as_it_is(options: list[str], tmp_path: Path):
    """The `python` of a virtual environment is a link; what it points to lacks the environment's packages."""
    link = tmp_path / "python-of-an-environment"
    link.symlink_to(sys.executable)
    assert installer("install", *options, "--python", str(link)) == 0
    assert worker_file.read(folders.data())["python"] == str(link)


def test_a_sandboxed_host_s_own_data_folder_gets_the_worker_s_place(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.delenv("NST_HOME")
    monkeypatch.setattr(Path, "home", lambda: tmp_path)
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))
    flatpak = tmp_path / ".var/app/org.gimp.GIMP"
    (flatpak / "config/GIMP/3.0").mkdir(parents=True)
    monkeypatch.setattr(hosts.Machine, "this", classmethod(lambda cls: cls("linux", tmp_path, {})))
    assert put(["--only", "gimp"]) == 0
    for folder in (tmp_path / "data/style-transfer", flatpak / "data/style-transfer"):
        assert worker_file.read(folder)["python"] == sys.executable
    assert "Flatpak's sandbox may not see" in capsys.readouterr().out
    assert installer("uninstall", "--only", "gimp") == 0
    assert not (flatpak / "data/style-transfer/worker.json").exists()


def test_the_user_is_told_to_restart_a_running_host(
    options: list[str], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(hosts, "is_running", lambda host: host == "krita")
    assert put(options) == 0
    printed = capsys.readouterr().out
    assert "Krita is running: restart it" in printed
    assert "GIMP is running" not in printed


def test_resources_without_a_kritarc_are_installed_with_a_word_on_switching_on(
    krita: Profile, capsys: pytest.CaptureFixture[str]
):
    assert put(["--krita-resources", str(krita.folder)]) == 0
    assert "Settings > Configure Krita > Python Plugin Manager" in capsys.readouterr().out


def test_the_doctor_tells_the_state_of_each_profile(
    options: list[str], gimp: Profile, krita: Profile, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(doctor, "run", lambda *_arguments, **_options: Finished(0, "{}"))

    def states() -> list[tuple[str, bool | None]]:
        assert installer("doctor", *options, "--json") == 0
        return [(profile["state"], profile["enabled"]) for profile in json.loads(capsys.readouterr().out)["profiles"]]

    assert states() == [("not installed", None), ("not installed", False)]
    put(options)
    capsys.readouterr()
    assert states() == [("installed", None), ("installed", True)]
    (gimp.folder / "plug-ins/style-transfer/nst_core/__init__.py").write_text('__version__ = "0.0.1"\n')
    assert krita.config is not None
    kritarc.disable(krita.config)
    assert states() == [("installed in another version", None), ("installed", False)]


def test_the_doctor_passes_on_what_the_engine_says_of_itself(options: list[str], capsys: pytest.CaptureFixture[str]):
    put(options)
    capsys.readouterr()
    assert installer("doctor", *options, "--json") == 0
    worker = json.loads(capsys.readouterr().out)["worker"]
    assert worker["engine"]["nst_core"] == __version__
    assert Path(worker["engine"]["executable"].replace("~", str(Path.home()))).samefile(sys.executable)


def test_the_doctor_speaks_of_a_missing_worker_and_environment(options: list[str], capsys: pytest.CaptureFixture[str]):
    assert installer("doctor", *options) == 0
    printed = capsys.readouterr().out
    assert "no worker is installed: run `python3 -m installer install`" in printed
    assert "missing or incomplete: run `install`" in printed


def test_the_doctor_names_the_engine_s_python_before_anything_is_installed(
    options: list[str], capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(environment, "is_complete", lambda recipe: True)
    stamp = {"python": "3.12.1", "torch": "2.9.0", "source": "package index"}
    monkeypatch.setattr(environment, "describe", lambda recipe: stamp)
    assert installer("doctor", *options) == 0
    (line,) = (line for line in capsys.readouterr().out.splitlines() if line.startswith("environment"))
    assert line.endswith(f"{environment.worker().python}: torch 2.9.0 from package index")


def test_the_doctor_does_not_show_the_user_s_home_folder(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
):
    monkeypatch.setattr(Path, "home", lambda: tmp_path / "zoë")
    profile = tmp_path / "zoë" / "profile"
    assert installer("doctor", "--gimp-profile", str(profile)) == 0
    assert installer("doctor", "--gimp-profile", str(profile), "--json") == 0
    printed = capsys.readouterr().out
    assert printed.count("~/profile") == 2
    assert "zoë" not in printed


@pytest.mark.parametrize("arguments", [["--help"], ["install", "--help"], ["demo", "--help"], ["doctor", "--help"]])
def test_help_needs_no_package(arguments: list[str], tmp_path: Path):
    """-S -I: a Python with nothing but its standard library."""
    code = (
        f"import sys, runpy; sys.path.insert(0, {str(REPOSITORY)!r}); sys.argv[1:] = {arguments!r}; runpy.run_module('installer')"
    )
    command = [sys.executable, "-S", "-I", "-c", code.replace("'installer')", "'installer', run_name='__main__')")]
    done = subprocess.run(command, capture_output=True, text=True, cwd=tmp_path, check=False)
    assert (done.returncode, done.stderr) == (0, "")
    assert done.stdout.startswith("usage: python3 -m installer")


def test_the_whole_installer_imports_nothing_but_the_standard_library(tmp_path: Path):
    names = sorted(f"installer.{path.stem}" for path in (REPOSITORY / "installer").glob("*.py") if path.stem != "__main__")
    code = f"import sys; sys.path.insert(0, {str(REPOSITORY)!r})\n" + "\n".join(f"import {name}" for name in names)
    subprocess.run([sys.executable, "-S", "-I", "-c", code], cwd=tmp_path, check=True)


@pytest.mark.parametrize("arguments", [[], ["instal"], ["install", "--gimp"], ["demo", "extra"]])
def test_a_mistyped_command_is_a_usage_error(arguments: list[str], capsys: pytest.CaptureFixture[str]):
    with pytest.raises(SystemExit) as exit_:
        installer(*arguments)
    assert exit_.value.code == 2
    assert "usage: python3 -m installer" in capsys.readouterr().err


def test_ctrl_c_is_one_line_and_exit_code_130(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    def stop(*_arguments: object) -> int:
        raise KeyboardInterrupt

    monkeypatch.setitem(commands._COMMANDS, "install", stop)
    assert installer("install") == 130
    assert capsys.readouterr().err.splitlines() == [
        "installer: stopped; run the same command again to go on: what is half done is done again"
    ]
