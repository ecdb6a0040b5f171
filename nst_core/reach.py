"""Where the program may look for files: NST_OFFLINE keeps it off the network, NST_MODELS_MIRROR is searched first.

Standard library only. A job takes both along from whoever asks for it, because the worker may have been started by somebody else.
"""

from __future__ import annotations

import os

OFFLINE = "NST_OFFLINE"
MIRROR = "NST_MODELS_MIRROR"


def offline() -> bool:
    """Whether the environment forbids the network."""
    return os.environ.get(OFFLINE, "").strip().lower() not in ("", "0", "no", "false", "off")


def mirror() -> str:
    """A folder or base URL laid out `<model id>/<file name>`; empty when there is none."""
    return os.environ.get(MIRROR, "").strip()


def forget() -> None:
    """Take both out of the environment: from now on only what a job brings along counts."""
    for name in (OFFLINE, MIRROR):
        os.environ.pop(name, None)
