"""`doctor`: what is installed where, in a form that can be pasted into a bug report (the home folder is written "~")."""

from __future__ import annotations

import json
import platform
import sys
from pathlib import Path
from typing import Any

from nst_core import __version__, folders

from . import bundle, environment, files, hosts, install, kritarc, uv
from .errors import InstallError
from .hosts import Choice, Profile
from .processes import engine_environment, run


def examine(choice: Choice) -> dict[str, Any]:
    """Look at everything, change nothing; the keys are those of `--json`."""
    tool = uv.find()
    recipe = environment.worker()
    report: dict[str, Any] = {
        "version": __version__,
        "system": platform.platform(),
        "python": f"{platform.python_version()} ({sys.executable})",
        "uv": f"{tool.version} ({tool.path})" if tool else "not found; `install` and `demo` fetch it",
        "data": f"{folders.data()} ({files.human(files.free_space(folders.data()))} free on its disk)",
        "environment": {"folder": str(recipe.folder), "complete": environment.is_complete(recipe), **environment.describe(recipe)},
        "worker": _worker(install.worker_file(folders.data())),
        "profiles": [_profile(profile) for profile in choice.profiles],
        "missing": list(choice.missing),
    }
    return json.loads(json.dumps(report, ensure_ascii=False).replace(json.dumps(str(Path.home()))[1:-1], "~"))


def as_json(report: dict[str, Any]) -> str:
    return json.dumps(report, ensure_ascii=False, indent=1)


def as_text(report: dict[str, Any]) -> str:
    """The same for people: one line a fact, problems in words."""
    lines = [f"{name:<12} {report[name]}" for name in ("version", "system", "python", "uv", "data")]
    made = report["environment"]
    state = f"torch {made.get('torch')} from {made.get('source')}" if made["complete"] else "missing or incomplete: run `install`"
    lines.append(f"{'environment':<12} {made['folder']}: {state}")
    lines += [f"{'worker':<12} {line}" for line in _worker_lines(report["worker"])]
    for profile in report["profiles"]:
        switched = {True: ", switched on", False: ", but switched off in kritarc", None: ""}[profile["enabled"]]
        version = f" ({profile['version']})" if profile["version"] else ""
        lines.append(f"{profile['title']:<12} {profile['folder']}: {profile['state']}{version}{switched}")
        if profile["data"]:
            lines.append(f"{'':<12} {profile['data']}")
    return "\n".join([*lines, *report["missing"]])


def _worker(written: dict[str, str]) -> dict[str, Any]:
    """Which Python the hosts will start, and what it says of itself and its devices."""
    if not written.get("python"):
        return {"problem": "no worker is installed: run `python3 -m installer install`"}
    python = Path(written["python"])
    found: dict[str, Any] = {"python": str(python)}
    if written.get("version") != __version__:
        found["note"] = f"installed by version {written.get('version')}"
    try:
        found["packages"] = environment.probe(python)
    except InstallError as error:
        return {**found, "problem": error.message}
    finished = run([python, "-c", _DOCTOR], engine_environment(), timeout=120)
    try:
        found["engine"] = json.loads(finished.last_line)
    except ValueError:
        found["problem"] = f"`-m nst_core doctor` failed: {finished.last_line}"
    return found


# One line whatever the layout of the engine's own report, so that the tail of the output is enough.
_DOCTOR = """
import contextlib, io, json
from nst_core.cli import main
with contextlib.redirect_stdout(io.StringIO()) as printed:
    main(["doctor", "--json"])
print(json.dumps(json.loads(printed.getvalue())))
"""


def _worker_lines(worker: dict[str, Any]) -> list[str]:
    lines = [worker["python"]] if "python" in worker else []
    lines += [worker[key] for key in ("note", "problem") if key in worker]
    lines += [", ".join(f"{name} {version}" for name, version in worker.get("packages", {}).items() if version)]
    lines += [f"{key}: {json.dumps(value, ensure_ascii=False)}" for key, value in worker.get("engine", {}).items()]
    return [line for line in lines if line]


def _profile(profile: Profile) -> dict[str, Any]:
    state = bundle.state(profile)
    reached = install.worker_file(profile.data).get("python")
    return {
        "title": profile.title,
        "host": profile.host,
        "folder": str(profile.folder),
        "state": state.value,
        "version": bundle.version(profile),
        "enabled": kritarc.is_enabled(profile.config) if profile.config else None,
        "running": hosts.is_running(profile.host),
        "data": "" if reached or state is bundle.State.ABSENT else f"{profile.data} has no worker.json: run `install` again",
    }
