"""Runs beside Krita, in the same tree: starts it once for each of $NST_CASES ("begin:end") and writes down what each leaves.

python krita_watch.py FOLDER; standard library only.
"""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
from pathlib import Path
from typing import Any

KRITA_SECONDS = 200.0  # the first start in a new home takes its time
PROCESS_SECONDS = 60.0


def watched(begin: str, end: str, out: Path) -> dict[str, Any]:
    """Krita's exit status, None where it had to be killed, its output, and what the script in it wrote down."""
    out.mkdir()
    told = {"NST_BEGIN": begin, "NST_END": end, "NST_OUT": str(out)}
    with (out / "output.txt").open("w") as output:
        krita = subprocess.Popen(["krita", "--nosplash"], env={**os.environ, **told}, stdout=output, stderr=subprocess.STDOUT)
        try:
            status: int | None = krita.wait(KRITA_SECONDS)
        except subprocess.TimeoutExpired:
            screenshot = Path(os.environ["NST_SCREENSHOTS"]) / f"krita-stuck-{begin}-{end}.png"
            subprocess.run(["import", "-window", "root", str(screenshot)], check=False)
            krita.kill()
            krita.wait()
            status = None
    written = {file.stem: json.loads(file.read_text()) for file in out.glob("*.json")}
    return {"status": status, "output": (out / "output.txt").read_text(errors="replace"), **written}


def outlives(process: int) -> bool:
    """Whether the process is still there after PROCESS_SECONDS; returns as soon as it has ended."""
    try:
        handle = os.pidfd_open(process)
    except ProcessLookupError:
        return False
    poll = select.poll()
    poll.register(handle, select.POLLIN)
    return not poll.poll(1000 * PROCESS_SECONDS)


def main() -> None:
    folder = Path(sys.argv[1])
    seen: dict[str, Any] = {}
    for case in os.environ["NST_CASES"].split():
        begin, _, end = case.partition(":")
        seen[case] = told = watched(begin, end, folder / case.replace(":", "-"))
        if "begun" in told:
            told["engine outlives"] = outlives(told["begun"]["engine"])
    for told in seen.values():
        if "begun" in told:
            told["worker outlives"] = outlives(told["begun"]["pid"])
    # Where a worker's socket lies.
    seen["temporary files"] = [str(path) for path in Path("/tmp").glob("style-transfer-*")]
    (folder / "seen.json").write_text(json.dumps(seen))


main()
