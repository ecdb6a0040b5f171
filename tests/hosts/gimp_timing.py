"""Measures one layer's journey in the real GIMP: from the procedure's call to the new layer, cold and warm.

    python -m tests.hosts.gimp_timing [--side 1024] [--warm 3] [--model embedded]

Cold: no worker runs and the weights are on disk as downloaded, not yet converted. Warm: the worker has the model. It
needs the tree with the real hosts, and the real weights and pictures beside the project; nothing is asserted about time.
"""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path

from nst_core import schema
from tests.conftest import SHARED
from tests.hosts.conftest import Hosts
from tests.hosts.gimp_driver import PAINTING, Case, Outcome, make_profile, scenery

# In seconds, of the plug-in's own clock and of the worker's. `plug-in` is GIMP starting the plug-in's process, `connect` finding
# or starting the worker; `wire` is all of the answer that no part of the engine accounts for: the way there and back, and when
# cold the engine's own start.
COLUMNS = ("call", "plug-in", "read", "connect", "send", "wire", "prepare", "model", "finish", "insert")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--side", type=int, default=1024, help="of the layer, in pixels")
    parser.add_argument("--warm", type=int, default=3, help="how many warm runs")
    parser.add_argument("--model", default="embedded")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="gimp-timing-") as folder:
        profile = make_profile(Hosts(), Path(folder), SHARED)
        content = scenery(options.side, options.side)
        arguments = {"style": str(SHARED / "pictures" / "samples" / PAINTING), **chosen(options.model)}
        names = ["cold", *(f"warm {number + 1}" for number in range(options.warm))]
        cases = [Case(name, content, arguments=arguments) for name in names]
        cases += [Case("float warm", content, precision="FLOAT_LINEAR", depth="f32", arguments=arguments)]
        outcomes = profile.cases(cases, "cases", timeout=900)
    print(f"{options.side}×{options.side} layer, {options.model}, seconds")
    print(" ".join(f"{name:>10}" for name in ("", *COLUMNS)))
    for outcome in outcomes.values():
        print(row(outcome))


def chosen(model: str) -> dict[str, str]:
    """The arguments that make `model` paint: its method, and itself where the method has several."""
    method = schema.method_with(model)
    return {"method": method.name, **({"model": model} if "model" in method.defaults else {})}


def row(outcome: Outcome) -> str:
    """One line of the table, or what went wrong."""
    if outcome.status != "success":
        return f"{outcome.case.name:>10} {outcome.message}"
    seconds = {"call": outcome.said["seconds"], **outcome.said["new"]["seconds"]}
    seconds["plug-in"] = seconds["call"] - seconds["read"] - seconds["job"] - seconds["insert"]
    seconds["wire"] = seconds["answer"] - sum(seconds.get(name, 0.0) for name in ("prepare", "model", "finish"))
    return " ".join([f"{outcome.case.name:>10}", *(f"{seconds.get(name, 0.0):10.3f}" for name in COLUMNS)])


if __name__ == "__main__":
    main()
