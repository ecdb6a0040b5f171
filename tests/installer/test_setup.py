"""The set-up that a host starts: told line by line, stopped at once, gone on with afterwards; with packages from a folder.

Downloading PyTorch takes too long for a test: wheels of the locked names and versions stand in for the real ones, with nothing
in them but what is imported. uv and all of the installer are real.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from installer import bundle, cost, environment, files, headway, worker_file
from installer.headway import Headway
from installer.hosts import Profile
from installer.uv import Uv
from plugin.common import setup

PATIENCE = 60.0
MODULES = {"pillow": "PIL"}


def until(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it never happened"
        time.sleep(0.02)


def make_wheels(folder: Path) -> None:
    """A wheel for each line of the lock."""
    folder.mkdir()
    for name, version in re.findall(r"^([\w.-]+)==([\w.]+)", (environment.LOCKS / "worker.txt").read_text(), re.MULTILINE):
        module, stem = MODULES.get(name, name.replace("-", "_")), f"{name.replace('-', '_')}-{version}"
        with zipfile.ZipFile(folder / f"{stem}-py3-none-any.whl", "w") as wheel:
            info = f"{stem}.dist-info"
            wheel.writestr(f"{module}/__init__.py", f"__version__ = '{version}'\n")
            wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
            wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: true\nTag: py3-none-any\n")
            wheel.writestr(f"{info}/RECORD", "")


@pytest.fixture
def carried(gimp: Profile, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, real_uv: Uv) -> Path:
    """A plug-in's folder, as it is installed, on a machine without an environment; its data folder has a strange name."""
    folder = bundle.copy(gimp)
    make_wheels(tmp_path / "wheels")
    for name, value in {
        "NST_HOME": str(tmp_path / "Zoë's home"),
        "UV_FIND_LINKS": str(tmp_path / "wheels"),
        "UV_NO_INDEX": "1",
        "UV_OFFLINE": "1",
        "UV_CACHE_DIR": str(tmp_path / "cache"),
        "PATH": f"{real_uv.path.parent}{os.pathsep}{os.environ['PATH']}",
    }.items():
        monkeypatch.setenv(name, value)
    return folder


def begun(folder: Path, only_cost: bool = False) -> setup.Setup:
    return setup.Setup(folder, os.environ, only_cost)


def ended(work: setup.Setup) -> tuple[setup.Outcome, list[setup.Step]]:
    """Its outcome, and what it has told."""
    told: list[setup.Step] = []

    def over() -> bool:
        finished = work.outcome is not None
        step = work.step()
        if step is not None:
            told.append(step)
        return finished

    until(over)
    assert work.outcome is not None
    return work.outcome, told


def data(tmp_path: Path) -> Path:
    return tmp_path / "Zoë's home" / "data"


def test_a_carried_plug_in_sets_up_what_its_worker_runs_in(carried: Path, tmp_path: Path):
    outcome, told = ended(begun(carried))
    assert outcome == setup.Outcome(ready=True), outcome
    fractions = [step.fraction for step in told]
    assert fractions == sorted(fractions) and 0 <= fractions[0] <= fractions[-1] <= 1
    assert any("checking" in step.stage for step in told)
    python = worker_file.python(data(tmp_path))
    assert python is not None and python.is_relative_to(data(tmp_path))
    found = subprocess.run(
        [python, "-c", "import torch, PIL; print(torch.__version__)"], capture_output=True, text=True, check=True
    )
    assert f"torch=={found.stdout.strip()}" in (carried / "installer/locks/worker.txt").read_text()


def test_what_it_costs_is_told_before_anything_is_done(carried: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("UV_TORCH_BACKEND", "cpu")
    outcome, _told = ended(begun(carried, only_cost=True))
    assert outcome.cost is not None
    assert (outcome.cost.download, outcome.cost.disk) == (cost.CPU.download, cost.CPU.disk)
    assert outcome.cost.most_download == cost.package_index().download
    assert outcome.cost.free == pytest.approx(files.free_space(tmp_path), rel=0.1)
    assert outcome.cost.folder == str(data(tmp_path))
    assert not data(tmp_path).exists()


def test_a_missing_package_is_told_in_one_sentence_with_uv_s_words(carried: Path, tmp_path: Path):
    next((tmp_path / "wheels").glob("requests-*")).unlink()
    outcome, _told = ended(begun(carried))
    assert not outcome.ready
    assert outcome.error.startswith("the worker environment can't be made: ") and "\n" not in outcome.error
    assert "requests" in outcome.details
    assert worker_file.read(data(tmp_path)) == {}


def slowed(folder: Path) -> Path:
    """Let the last step of a set-up last for ever, with a program of its own; gives the file that appears then."""
    mark = folder / "slow"
    program = f"import pathlib, time; pathlib.Path({str(mark)!r}).touch(); time.sleep(600)"
    code = f"\n\ndef probe(*_):\n    run([sys.executable, '-c', {program!r}])\n"
    module = folder / "installer" / "environment.py"
    module.write_text(module.read_text() + code)
    return mark


def programs(mark: Path) -> list[int]:
    """The processes whose command line names the mark."""
    found = []
    for entry in Path("/proc").iterdir():
        try:
            if str(mark).encode() in (entry / "cmdline").read_bytes():
                found.append(int(entry.name))
        except (OSError, ValueError):
            continue
    return found


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in Linux's own way")
def test_cancel_answers_at_once_ends_every_program_and_leaves_nothing_half_done(carried: Path, tmp_path: Path):
    mark = slowed(carried)
    work = begun(carried)
    until(mark.exists)
    assert programs(mark)
    work.cancel()
    assert work.outcome == setup.Outcome()
    until(lambda: not programs(mark))
    until(lambda: [path.name for path in data(tmp_path).iterdir()] == [".worker-env.lock"])
    # What had been fetched is in uv's cache, and the next time needs nothing else.
    for wheel in (tmp_path / "wheels").iterdir():
        assert any((tmp_path / "cache").rglob(f"{wheel.name.split('-')[0]}*")), wheel.name
    (carried / "installer" / "environment.py").write_bytes(Path(environment.__file__).read_bytes())
    assert ended(begun(carried))[0].ready


@pytest.mark.skipif(not Path("/proc/self").exists(), reason="looks for processes in Linux's own way")
def test_it_ends_with_the_host_that_asked_for_it(carried: Path, tmp_path: Path):
    mark = slowed(carried)
    program = (
        "import os, pathlib, time; from plugin.common import setup\n"
        "work = setup.Setup(pathlib.Path(os.environ['CARRIED']), os.environ)\ntime.sleep(600)"
    )
    repository = Path(__file__).resolve().parents[2]
    host = subprocess.Popen([sys.executable, "-c", program], cwd=repository, env={**os.environ, "CARRIED": str(carried)})
    until(mark.exists)
    host.send_signal(signal.SIGKILL)
    host.wait()
    until(lambda: not programs(mark))
    until(lambda: not (data(tmp_path) / ".worker-env.new").exists())


def test_a_child_that_dies_without_a_word_is_an_error(tmp_path: Path, home: Path):
    (tmp_path / "installer").mkdir()
    (tmp_path / "installer" / "setup.py").write_text("import os\nprint('so long', flush=True)\nos._exit(3)\n")
    outcome, _told = ended(begun(tmp_path))
    assert outcome == setup.Outcome(error="the set-up stopped without a word (exit status 3)", details="so long")


def test_a_program_that_is_no_python_is_never_started(tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch):
    """A host that has Python inside itself calls its own program `sys.executable`."""
    host, python = tmp_path / "krita", tmp_path / "python3"
    for path, line in ((host, f"touch {tmp_path}/started"), (python, "exit 0")):
        path.write_text(f"#!/bin/sh\n{line}\n")
        path.chmod(0o755)
    monkeypatch.setattr(sys, "executable", str(host))
    monkeypatch.setattr(sys, "base_prefix", str(tmp_path / "nowhere"))
    monkeypatch.setenv("PATH", str(tmp_path))
    assert setup.interpreter() == str(python)
    python.write_text("#!/bin/sh\nexit 1\n")  # too old
    assert setup.interpreter() is None
    assert "install Python" in ended(begun(tmp_path))[0].error
    assert not (tmp_path / "started").exists()


def test_headway_goes_on_while_uv_is_silent_and_never_back(tmp_path: Path, monkeypatch: pytest.MonkeyPatch):
    free, now = [10e9], [100.0]
    monkeypatch.setattr(files, "free_space", lambda folder: free[0])
    monkeypatch.setattr(headway.time, "monotonic", lambda: now[0])
    told: list[dict[str, Any]] = []
    way = Headway(lambda **values: told.append(values), tmp_path)
    way.hear("Downloading numpy (16.0MiB)")
    way.hear("Downloading torch (800.0MiB)")
    assert told[-1]["fraction"] == headway.DOWNLOADS[0]  # more may come
    now[0] += headway.SETTLING_SECONDS
    total = 816 * 2**20
    for have in (0.25, 0.5, 0.4, 0.75, 2.0):
        free[0] = 10e9 - have * total * headway.UNPACKED
        way.tick()
    way.hear("Downloaded torch")
    way.hear("Downloaded numpy")
    way.hear("Prepared 43 packages in 12s")
    way.hear("checking that everything imports")
    fractions = [values["fraction"] for values in told]
    assert fractions == sorted(fractions)
    begin, end = headway.DOWNLOADS
    for have, values in zip((0.25, 0.5, 0.5, 0.75), told[2:]):
        assert values["fraction"] == pytest.approx(begin + (end - begin) * have)
    assert told[6]["fraction"] < end
    assert "of 856 MB, now torch" in told[4]["stage"] and told[4]["seconds_left"] is None
    way.hear("note: a folder is still in use")
    assert told[-1] == {"note": "note: a folder is still in use"}


@pytest.mark.parametrize(
    ("plan", "wanted"),
    [(" + torch==2.15.0+cpu", cost.CPU), (" + torch==2.15.0+cu130", cost.NVIDIA), (" + torch==2.15.0+rocm7.1", cost.OTHER_CARD)],
)
def test_a_plan_tells_its_cost(plan: str, wanted: cost.Cost):
    assert cost.planned(plan) == wanted


@pytest.mark.parametrize(
    ("system", "backend", "wanted"),
    [
        ("darwin", "", cost.APPLE),
        ("linux", "cpu", cost.CPU),
        ("linux", "cu130", cost.NVIDIA),
        ("win32", "auto", cost.CPU),
        ("linux", "rocm7.1", cost.OTHER_CARD),
    ],
)
def test_the_cost_goes_by_the_device(system: str, backend: str, wanted: cost.Cost, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(sys, "platform", system)
    monkeypatch.setattr(cost, "_has_nvidia", lambda: False)
    monkeypatch.setenv("UV_TORCH_BACKEND", backend)
    assert cost.expected() == wanted
    monkeypatch.setattr(cost, "_has_nvidia", lambda: True)
    assert (cost.expected() == cost.NVIDIA) == (backend in ("auto", "cu130"))


def test_the_offer_names_download_disk_and_folder():
    told = setup.Cost("PyTorch for the processor alone", 350_000_000, 3_200_000_000, 1_500_000_000, 800_000_000, "/home/zoë/data")
    headline, text = setup.offer(told)
    assert headline == "Set up Style Transfer?"
    assert "350 MB (3.2 GB where PyTorch's own server can't be reached)" in text
    assert "1.5 GB; 800 MB are free: too little" in text and "/home/zoë/data" in text
