"""`test`, `lock` and what the locks hold."""

from __future__ import annotations

import re
import sys
from pathlib import Path

import pytest

from installer import checks, commands, environment, locks, uv

if sys.version_info >= (3, 11):
    import tomllib

REPOSITORY = Path(__file__).resolve().parents[2]
LOCKS = [environment.LOCKS / "worker.txt", environment.LOCKS / "test.txt"]


@pytest.fixture
def codes(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Exit codes of made-up tools by a word of their command; fills "ran" with what was run."""
    answers: dict[str, int] = {}

    def run_visibly(command: list[object], _environment: object, _folder: object) -> int:
        words = [str(part) for part in command]
        ran.append(" ".join(words[2:]))
        return next((code for word, code in answers.items() if word in words), 0)

    monkeypatch.setattr(checks, "run_visibly", run_visibly)
    monkeypatch.setattr(uv, "ensure", lambda: None)
    monkeypatch.setattr(environment, "ensure", lambda *_: environment.Environment(Path("python"), reused=True))
    ran.clear()
    return answers


ran: list[str] = []


@pytest.mark.parametrize(
    ("failing", "expected"),
    [({}, 0), ({"check": 1}, 1), ({"--check": 1}, 1), ({"mypy": 2}, 1), ({"pytest": 1}, 1), ({"pytest": 5}, 5)],
)
def test_any_failing_check_fails_the_command_after_all_have_run(codes: dict[str, int], failing: dict[str, int], expected: int):
    codes.update(failing)
    assert commands.main(["test"]) == expected
    assert [line.partition(" -n ")[0] for line in ran] == ["ruff check .", "ruff format --check .", "mypy", "pytest -rs"]


def test_further_arguments_go_to_pytest_in_their_order(codes: dict[str, int]):
    assert commands.main(["test", "tests/test_x.py", "-k", "name", "--maxfail=1"]) == 0
    assert ran[-1].endswith(" tests/test_x.py -k name --maxfail=1")


@pytest.mark.parametrize("lock", LOCKS, ids=lambda path: path.name)
def test_a_lock_pins_every_line_and_names_no_address_or_path(lock: Path):
    lines = [line for line in lock.read_text().splitlines() if not line.startswith("#")]
    assert lines
    assert not [line for line in lines if not re.fullmatch(r"[a-z0-9-]+==[\w.]+( ; [\w.*'<>=! ()]+)?", line)]


def test_the_tests_run_with_exactly_the_worker_s_versions():
    worker, test = (set(lock.read_text().splitlines()) for lock in LOCKS)
    assert worker < test


@pytest.mark.skipif(sys.version_info < (3, 11), reason="tomllib came with Python 3.11")
def test_every_dependency_of_the_project_is_locked():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    worker, test = (re.findall(r"^([a-z0-9-]+)==", lock.read_text(), re.MULTILINE) for lock in LOCKS)
    names = re.compile(r"[\w-]+")
    assert set(names.findall("\n".join(line.partition(">")[0] for line in project["dependencies"]))) <= set(worker)
    assert set(names.findall("\n".join(project["optional-dependencies"]["dev"]))) <= set(test)


def test_what_only_torch_s_cuda_build_needs_is_left_to_torch():
    kept = locks.without_cuda_parts("nvidia-cublas==13.1 ; x\ncuda-bindings==13\ntriton==3.9\ntorch==2\ntritone==1\nnumpy==2\n")
    assert kept == "torch==2\ntritone==1\nnumpy==2\n"
    assert not re.search(r"^(nvidia|cuda|triton)", "".join(lock.read_text() for lock in LOCKS), re.MULTILINE)
