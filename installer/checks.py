"""`test`: lint, types and tests in an environment of their own, the same here, on a developer's machine and in CI."""

from __future__ import annotations

import os
import time

from . import environment, uv
from .processes import REPOSITORY, clean_environment, run_visibly, say

_LINTERS = (
    ("ruff check", ("-m", "ruff", "check", ".")),
    ("ruff format", ("-m", "ruff", "format", "--check", ".")),
    ("mypy", ("-m", "mypy")),
)

# Tests of the real hosts mostly wait, so that more processes than processors share a machine well; each needs up to three
# gigabytes. A file's tests stay together, as they share a host, in the order of their names, by which the long ones come first.
_PROCESSES = ("-n", str(min(2 * (os.cpu_count() or 1), 4)), "--dist", "loadfile", "--no-loadscope-reorder")


def run(pytest_arguments: list[str]) -> int:
    """Run everything, also after a failure; 0 when all passed. pytest's summary with the reasons of skips comes last."""
    started = time.monotonic()
    made = environment.ensure(environment.test(), uv.ensure())
    say(f"test environment: {made.python} ({'was there' if made.reused else f'made in {time.monotonic() - started:.0f} s'})")
    failed = []
    for name, arguments in _LINTERS:
        say(f"== {name}")
        if run_visibly([made.python, *arguments], clean_environment(), REPOSITORY) != 0:
            failed.append(name)
    say("== pytest")
    # -rs: a test of the real hosts that can't run on this machine says why.
    code = run_visibly([made.python, "-m", "pytest", "-rs", *_PROCESSES, *pytest_arguments], clean_environment(), REPOSITORY)
    if failed:
        say(f"failed: {', '.join(failed)} (see above)")
    return code or (1 if failed else 0)
