"""An environment in its place is complete and works; what fails or stops leaves the old one as it was."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NoReturn

import pytest

from installer import environment, explain, files, processes
from installer.environment import Recipe
from installer.errors import InstallError
from installer.explain import Cause
from installer.processes import Finished
from installer.uv import Uv
from nst_core import lock

LAST_WORDS = {
    "error: Request failed after 3 retries in 7.6s\n  cause: Failed to fetch: https://index.example/simple/numpy/\n"
    "  cause: dns error\n  cause: failed to lookup address information: Name or service not known": Cause.NETWORK,
    "error: Failed to fetch: https://index.example/simple/six/\n  cause: tunnel error: failed to create underlying connection\n"
    "  cause: Connection refused (os error 111)": Cause.NETWORK,
    "error: Failed to download `torch==2.15.0`\n  Caused by: operation timed out": Cause.NETWORK,
    "  cause: client error (Connect)\n  cause: invalid peer certificate: UnknownIssuer": Cause.CERTIFICATE,
    "error: Failed to fetch\n  cause: HTTP status client error (401 Unauthorized) for url (https://x/)": Cause.CREDENTIALS,
    "error: Failed to extract archive\n  Caused by: No space left on device (os error 28)": Cause.DISK,
    "  Caused by: There is not enough space on the disk. (os error 112)": Cause.DISK,
    "error: No solution found\n  cause: Because docopt==0.6.2 has no usable wheels": Cause.UNAVAILABLE,
    "error: failed to remove file `C:\\x\\_C.pyd`: Access is denied. (os error 5)": Cause.REFUSED,
    "error: No interpreter found for Python >=3.10, <3.15 in managed installations or search path": Cause.PYTHON,
    "thread 'main' panicked": Cause.UNKNOWN,
}


@pytest.mark.parametrize(("output", "cause"), LAST_WORDS.items(), ids=[cause.name for cause in LAST_WORDS.values()])
def test_uv_s_last_words_are_understood(output: str, cause: Cause):
    assert explain.cause(output) is cause


@pytest.fixture
def recipe(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Recipe:
    """An environment with one tiny package from a folder: nothing is downloaded."""
    links = tmp_path / "links"
    links.mkdir()
    for version in ("1.0", "2.0"):
        with zipfile.ZipFile(links / f"tiny-{version}-py3-none-any.whl", "w") as wheel:
            info = f"tiny-{version}.dist-info"
            wheel.writestr("tiny.py", f"__version__ = '{version}'\ndef main(): print(__version__)\n")
            wheel.writestr(f"{info}/entry_points.txt", "[console_scripts]\ntiny = tiny:main\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: tiny\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")
    (tmp_path / "lock.txt").write_text("tiny==1.0\n")
    monkeypatch.setenv("UV_FIND_LINKS", str(links))
    monkeypatch.setenv("UV_NO_INDEX", "1")
    monkeypatch.setenv("UV_OFFLINE", "1")
    return Recipe("worker environment", tmp_path / "Zoë's data" / "worker-env", tmp_path / "lock.txt", ("tiny",))


def tiny(recipe: Recipe) -> str:
    """What the environment's own Python says; its scripts must have moved with it."""
    code = "import tiny, sys; print(tiny.__version__, sys.prefix)"
    done = subprocess.run([recipe.python, "-I", "-c", code], capture_output=True, text=True, check=True)
    version, _space, prefix = done.stdout.strip().partition(" ")
    assert Path(prefix).resolve() == recipe.folder.resolve()
    script = subprocess.run([recipe.python.with_name("tiny")], capture_output=True, text=True, check=True)
    assert script.stdout.strip() == version
    return version


def test_an_environment_is_made_used_again_and_made_anew_for_another_lock(recipe: Recipe, real_uv: Uv):
    assert not environment.ensure(recipe, real_uv).reused
    assert tiny(recipe) == "1.0"
    assert environment.ensure(recipe, real_uv) == environment.Environment(recipe.python, reused=True)
    recipe.lock.write_text("tiny==2.0\n")
    assert not environment.is_complete(recipe)
    assert not environment.ensure(recipe, real_uv).reused
    assert tiny(recipe) == "2.0"
    assert sorted(path.name for path in recipe.folder.parent.iterdir()) == [".worker-env.lock", "worker-env"]


def test_a_failed_update_leaves_the_old_environment_working(recipe: Recipe, real_uv: Uv):
    environment.ensure(recipe, real_uv)
    recipe.lock.write_text("tiny==3.0\n")
    with pytest.raises(InstallError, match=r"the worker environment can't be made: .*(reached|no fitting build)") as error:
        environment.ensure(recipe, real_uv)
    assert "tiny" in error.value.details
    assert tiny(recipe) == "1.0"


def test_an_install_that_was_stopped_is_done_again(recipe: Recipe, real_uv: Uv, monkeypatch: pytest.MonkeyPatch):
    """Ctrl+C just before the last step: all is unpacked, nothing is in its place."""

    def stop(*_arguments: object) -> dict[str, str]:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr(environment, "probe", stop)
        with pytest.raises(KeyboardInterrupt):
            environment.ensure(recipe, real_uv)
    assert not recipe.folder.exists()
    assert not environment.ensure(recipe, real_uv).reused
    assert tiny(recipe) == "1.0"


def test_an_environment_whose_python_is_gone_is_made_anew(recipe: Recipe, real_uv: Uv):
    environment.ensure(recipe, real_uv)
    recipe.python.unlink()
    assert not environment.ensure(recipe, real_uv).reused
    assert tiny(recipe) == "1.0"


def test_fresh_makes_a_complete_environment_anew(recipe: Recipe, real_uv: Uv):
    environment.ensure(recipe, real_uv)
    (recipe.folder / "stray").write_text("")
    assert not environment.ensure(recipe, real_uv, fresh=True).reused
    assert not (recipe.folder / "stray").exists()


def test_a_package_that_does_not_import_is_named(recipe: Recipe, real_uv: Uv):
    broken = Recipe(recipe.name, recipe.folder, recipe.lock, ("tiny", "absent"))
    with pytest.raises(InstallError, match="No module named 'absent'"):
        environment.ensure(broken, real_uv)
    assert [path.name for path in recipe.folder.parent.iterdir()] == [".worker-env.lock"]


def test_a_python_without_the_packages_is_refused_by_name(tmp_path: Path):
    with pytest.raises(InstallError, match=r"can't run the engine \(ModuleNotFoundError: No module named 'absent'\)"):
        environment.probe(Path(sys.executable), ("absent",))
    with pytest.raises(InstallError, match="can't run the engine"):
        environment.probe(tmp_path / "python")


def test_this_python_has_the_worker_s_packages():
    """It runs the tests of the engine; that is what `install --python` demands."""
    found = environment.probe(Path(sys.executable))
    assert found["python"] == ".".join(map(str, sys.version_info[:3]))
    assert set(found) == {"python", *environment.ENGINE_IMPORTS}


class FakeUv:
    """Answers instead of uv: a rule for each command, by a word in it; remembers the commands."""

    def __init__(self, *rules: tuple[str, int, str]) -> None:
        self.rules, self.commands = rules, []  # type: tuple[tuple[str, int, str], ...], list[list[str]]

    def __call__(self, command: list[object], *_arguments: object, **_options: object) -> Finished:
        words = [str(part) for part in command]
        self.commands.append(words)
        return next((Finished(code, output) for word, code, output in self.rules if word in words), Finished(0, ""))


@pytest.fixture
def made_up(recipe: Recipe, monkeypatch: pytest.MonkeyPatch):
    """Makes the environment with made-up answers of uv; returns the commands and the stamp."""
    monkeypatch.setattr(environment, "probe", lambda *_: {"python": "3.11.0", "torch": "2.0"})
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.delenv("UV_TORCH_BACKEND", raising=False)

    def make(*rules: tuple[str, int, str], free: float = 1e12) -> tuple[list[list[str]], dict[str, str]]:
        fake = FakeUv(*rules)
        monkeypatch.setattr(environment, "run", fake)
        monkeypatch.setattr(files, "free_space", lambda folder: free)
        environment.ensure(recipe, Uv(Path("uv"), "1", private=False))
        return [command for command in fake.commands if "pip" in command], environment.describe(recipe)

    return make


UNREACHABLE = "error: Failed to fetch: https://download.pytorch.org/whl/cpu/torch/\n  cause: dns error"


def test_torch_comes_from_pytorch_s_index_where_that_can_be_reached(made_up):
    commands, stamp = made_up(("--dry-run", 0, " + torch==2.15.0+cpu"))
    assert [command[-3:] for command in commands] == [["--torch-backend", "auto", "--dry-run"], commands[1][-3:]]
    assert commands[1][-2:] == ["--torch-backend", "auto"]
    assert stamp["source"] == "PyTorch's index (auto)"


def test_torch_comes_from_the_package_index_otherwise_and_the_user_hears_so(made_up, capsys: pytest.CaptureFixture[str]):
    commands, stamp = made_up(("--dry-run", 2, UNREACHABLE))
    assert len(commands) == 2
    assert "--torch-backend" not in commands[1]
    assert stamp["source"] == "package index"
    assert "PyTorch's own index can't serve this machine; taking torch from the package index" in capsys.readouterr().out


def test_a_driver_too_old_for_the_locked_torch_gets_the_package_index_too(made_up):
    no_build = "error: No solution found\n  cause: Because there is no version of torch==2.15.0 in https://download.pytorch.org"
    _commands, stamp = made_up(("--dry-run", 1, no_build))
    assert stamp["source"] == "package index"


def test_a_download_that_breaks_after_the_plan_falls_back_too(made_up):
    commands, stamp = made_up(("--dry-run", 0, " + torch==2.15.0+cpu"), ("--torch-backend", 2, UNREACHABLE))
    assert len(commands) == 3
    assert stamp["source"] == "package index"


def test_an_unreachable_package_index_is_told_and_not_tried_again_elsewhere(made_up, recipe: Recipe):
    with pytest.raises(InstallError, match="the package index can't be reached: check the network, a proxy"):
        made_up(("install", 2, "error: Failed to fetch: https://index.example/simple/numpy/\n  cause: dns error"))
    assert not recipe.folder.exists()


def test_a_certificate_that_uv_distrusts_is_tried_with_the_system_s(made_up, monkeypatch: pytest.MonkeyPatch):
    asked: list[bool] = []

    def remember(tool: Uv, **_extra: str) -> dict[str, str]:
        asked.append(tool.system_certificates)
        return {}

    monkeypatch.setattr(Uv, "environment", remember)
    with pytest.raises(InstallError, match=r"certificate is not trusted: .*SSL_CERT_FILE"):
        made_up(("install", 2, "cause: invalid peer certificate: UnknownIssuer"))
    assert asked[1:3] == [False, True]


@pytest.mark.parametrize(
    ("plan", "free", "needs"),
    [
        ((2, UNREACHABLE), 5.9e9, "6.0 GB"),
        ((0, " + torch==2.15.0+cu130"), 5.9e9, "6.0 GB"),
        ((0, " + torch==2.15.0+cpu"), 1.4e9, "1.5 GB"),
    ],
)
def test_a_disk_that_is_too_small_is_told_before_the_download(made_up, recipe: Recipe, plan: tuple[int, str], free, needs):
    with pytest.raises(InstallError, match=rf"needs about {needs}, but the disk of .* has only .* free: make room"):
        made_up(("--dry-run", *plan), free=free)
    assert not recipe.folder.exists()


def test_the_cpu_build_needs_little_room(made_up):
    made_up(("--dry-run", 0, " + torch==2.15.0+cpu"), free=2e9)


def test_children_get_no_foreign_python_s_settings(monkeypatch: pytest.MonkeyPatch):
    foreign = ("PYTHONPATH", "PYTHONHOME", "CONDA_PREFIX", "VIRTUAL_ENV", "LD_LIBRARY_PATH", "UV_PYTHON", "PIP_TARGET")
    for name in foreign:
        monkeypatch.setenv(name, "foreign")
    monkeypatch.setenv("SSL_CERT_FILE", "kept")
    made = processes.clean_environment(MORE="1")
    assert not set(foreign) & set(made)
    assert (made["SSL_CERT_FILE"], made["MORE"], made["PATH"]) == ("kept", "1", os.environ["PATH"])


def test_a_program_that_hangs_is_ended():
    finished = processes.run([sys.executable, "-c", "import time; print('said', flush=True); time.sleep(60)"], timeout=2)
    assert finished.code != 0
    assert finished.last_line == "said"


def test_a_program_that_is_absent_is_a_finished_one(tmp_path: Path):
    assert processes.run([tmp_path / "nothing"]).code == 127


def waits(path: Path) -> bool:
    """Whether another one holds the lock."""

    class Waited(Exception):
        pass

    def waited() -> NoReturn:
        raise Waited

    try:
        with lock.held(path, waited):
            return False
    except Waited:
        return True


def test_two_installers_wait_for_each_other(tmp_path: Path):
    path = tmp_path / "lock"
    code = (
        "import sys, time, pathlib; sys.path.insert(0, sys.argv[1]); from installer import files\n"
        "with files.locked(pathlib.Path(sys.argv[2])): print('in', flush=True); sys.stdin.read()"
    )
    command: list[str | Path] = [sys.executable, "-c", code, processes.REPOSITORY, path]
    first = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert first.stdout is not None
    assert first.stdout.readline() == "in\n"
    assert waits(path)
    first.communicate()
    assert not waits(path)
