"""`doctor`: what is installed where, in a form that can be pasted into a bug report (the home folder is written "~")."""

from __future__ import annotations

import json
import os
import platform
import sys
from pathlib import Path
from typing import Any

from nst_core import __version__, folders

from . import bundle, environment, files, hosts, kritarc, uv, worker_file
from .errors import InstallError
from .hosts import Choice, Profile
from .processes import engine_environment, run


def examine(choice: Choice, for_people: bool = False) -> dict[str, Any]:
    """Look at everything, change nothing; the keys are those of `--json`.

    `for_people` leaves the engine's own report in its own words.
    """
    tool = uv.find()
    recipe = environment.worker()
    report: dict[str, Any] = {
        "version": __version__,
        "system": platform.platform(),
        "python": f"{platform.python_version()} ({sys.executable})",
        "uv": f"{tool.version} ({tool.path})" if tool else "not found; `install` and `demo` fetch it",
        "data": f"{folders.data()} ({files.human(files.free_space(folders.data()))} free on its disk)",
        "environment": {
            "folder": str(recipe.folder),
            "interpreter": str(recipe.python),
            "complete": environment.is_complete(recipe),
            **environment.describe(recipe),
        },
        "worker": _worker(for_people),
        "profiles": [_profile(profile) for profile in choice.profiles],
        "missing": list(choice.missing),
    }
    return json.loads(json.dumps(report, ensure_ascii=False).replace(json.dumps(str(Path.home()), ensure_ascii=False)[1:-1], "~"))


def as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, indent=1)


def as_text(report: dict[str, Any]) -> str:
    """`examine(for_people=True)` as lines: a fact each, problems in words."""
    rows = [(name, report[name]) for name in ("version", "system", "python", "uv", "data")]
    made = report["environment"]
    whole = f"{made['interpreter']}: torch {made.get('torch')} from {made.get('source')}"
    rows.append(("environment", whole if made["complete"] else f"{made['folder']}: missing or incomplete: run `install`"))
    worker = report["worker"]
    rows += [("worker", worker[key]) for key in ("python", "note", "problem") if key in worker]
    rows += [("", f"  {line}") for line in worker.get("engine", "").splitlines()]
    for profile in report["profiles"]:
        switched = {True: ", switched on", False: ", but switched off in kritarc", None: ""}[profile["enabled"]]
        version = f" ({profile['version']})" if profile["version"] else ""
        rows.append((profile["title"], f"{profile['folder']}: {profile['state']}{version}{switched}"))
        rows += [("", profile["problem"])] * bool(profile["problem"])
    width = max(len(name) for name, _fact in rows)
    return "\n".join([*(f"{name:<{width}}  {fact}".rstrip() for name, fact in rows), *report["missing"]])


def _worker(for_people: bool) -> dict[str, Any]:
    """Which Python the hosts will start, and what the engine says of it and its devices."""
    written = worker_file.read(folders.data())
    if not written.get("python"):
        return {"problem": "no worker is installed: run `python3 -m installer install`"}
    python = Path(written["python"])
    found: dict[str, Any] = {"python": str(python)}
    if written.get("version") != __version__:
        found["note"] = f"installed by version {written.get('version')}"
    if os.environ.get("NST_PYTHON"):
        found["note"] = f"NST_PYTHON is set: a host that is started with it takes {os.environ['NST_PYTHON']} instead"
    try:
        environment.probe(python)
    except InstallError as error:
        return {**found, "problem": error.message}
    command: list[str | Path] = [python, "-m", "nst_core", "doctor", *([] if for_people else ["--json"])]
    finished = run(command, engine_environment(), timeout=120)
    try:
        # Libraries may warn before the report starts.
        start = max(0, finished.output.find("{"))
        found["engine"] = finished.output if for_people else json.JSONDecoder().raw_decode(finished.output, start)[0]
    except ValueError:
        found["problem"] = f"`-m nst_core doctor` failed: {finished.last_line}"
    return found


def _profile(profile: Profile) -> dict[str, Any]:
    state = bundle.state(profile)
    reached = worker_file.read(profile.data).get("python")
    return {
        "title": profile.title,
        "host": profile.host,
        "folder": str(profile.folder),
        "state": state.value,
        "version": bundle.version(profile),
        "enabled": kritarc.is_enabled(profile.config) if profile.config else None,
        "running": hosts.is_running(profile.host),
        "problem": "" if reached or state is bundle.State.ABSENT else f"{profile.data} has no worker.json: run `install` again",
    }
