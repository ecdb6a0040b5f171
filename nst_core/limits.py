"""What may be used of this machine: NST_MEMORY (in GB) bounds memory, NST_SCRATCH is the folder of scratch files, NST_OPENVINO=0
keeps OpenVINO away.

Standard library only. A job takes them along from whoever asks for it, because the engine may have been started by somebody
else; they hold there until the next job.
"""

from __future__ import annotations

import os
from collections.abc import Mapping

MEMORY = "NST_MEMORY"
SCRATCH = "NST_SCRATCH"
OPENVINO = "NST_OPENVINO"


def memory() -> str:
    """As it was written; empty when there is no limit."""
    return os.environ.get(MEMORY, "").strip()


def scratch() -> str:
    """A folder by its absolute path; empty when none was chosen."""
    chosen = os.environ.get(SCRATCH, "").strip()
    return os.path.abspath(os.path.expanduser(chosen)) if chosen else ""


def openvino() -> bool:
    """Whether it may be used where it is installed."""
    return os.environ.get(OPENVINO, "").strip() != "0"


def here() -> dict[str, str]:
    """What the environment of this process says, as a job takes it along."""
    return {MEMORY: memory(), SCRATCH: scratch(), OPENVINO: "" if openvino() else "0"}


def adopt(given: Mapping[str, str]) -> None:
    """Put what a job brings along in place of what the last one brought."""
    os.environ.update({name: given.get(name, "") for name in (MEMORY, SCRATCH, OPENVINO)})
