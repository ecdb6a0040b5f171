"""uv's last words, turned into what went wrong and what the user can do."""

from __future__ import annotations

import re
from enum import Enum


class Cause(Enum):
    """Why an environment could not be made; the value is the rest of the sentence "the environment can't be made: ..."."""

    DISK = "the disk is full: make room, or set NST_HOME (and UV_CACHE_DIR) to folders on another disk"
    CERTIFICATE = (
        "a server's certificate is not trusted: behind a proxy that looks into traffic, "
        "set SSL_CERT_FILE to your organisation's certificate file, or UV_SYSTEM_CERTS=1"
    )
    CREDENTIALS = "the package index refuses the user name or password: check UV_DEFAULT_INDEX or PIP_INDEX_URL"
    NETWORK = (
        "the package index can't be reached: check the network, a proxy (HTTPS_PROXY), "
        "or point UV_DEFAULT_INDEX to an index that you can reach, then run this again"
    )
    UNAVAILABLE = (
        "the index has no fitting build of a package for this machine and this Python: "
        "PyTorch needs 64-bit Linux (glibc 2.28), Windows or macOS 14 on Apple silicon, and Python 3.10 to 3.14"
    )
    REFUSED = (
        "the system refuses to write a file: check who may write in the folder, "
        "close GIMP and Krita, and let the antivirus program pass the folder"
    )
    PYTHON = "no fitting Python can be found or downloaded: install Python 3.10 to 3.14 and run the installer with it"
    UNKNOWN = "uv failed with the lines above"


# The first that matches is the cause; the order puts the special before the general.
_SIGNS: tuple[tuple[Cause, str], ...] = (
    (Cause.DISK, r"no space left|not enough space|disk quota|os error (28|112|122)\b"),
    (Cause.CERTIFICATE, r"certificate|unknownissuer"),
    (Cause.CREDENTIALS, r"\b(401|403)\b|unauthorized|forbidden|authentication"),
    (Cause.PYTHON, r"no interpreter found|no python (installation|interpreter)|failed to (download|inspect) python"),
    (
        Cause.NETWORK,
        r"dns error|failed to lookup|error sending request|failed to (fetch|download)|connection (refused|reset|closed)"
        r"|timed? ?out|network (is )?(unreachable|disabled)|tunnel|\b(407|50[0234])\b",
    ),
    (
        Cause.UNAVAILABLE,
        r"no solution found|no matching|no wheels|was not found in the package registry|building source .* disabled",
    ),
    (Cause.REFUSED, r"permission denied|access is denied|read-only file system|os error (5|13|30|32)\b"),
)


def cause(output: str) -> Cause:
    """The most likely cause behind the output of a failed uv."""
    for found, signs in _SIGNS:
        if re.search(signs, output, re.IGNORECASE):
            return found
    return Cause.UNKNOWN
