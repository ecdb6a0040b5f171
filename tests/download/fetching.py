"""The file that is fetched, how, and what is asked of the outcome."""

from __future__ import annotations

import hashlib
import random
from pathlib import Path

import pytest

from nst_core import download
from nst_core.download import Unobtainable
from nst_core.manifest import Source
from nst_core.reply import Patience

from ..loopback import Loopback

CONTENT = random.Random(1).randbytes(20_000)
HALF = len(CONTENT) // 2
SOURCE = Source("weights.bin", "", "pytorch", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
UNSIZED = Source("weights.bin", "", "pytorch", sha256=SOURCE.sha256)
PATIENCE = Patience(connect=5, stall=0.4, attempts=2, first_wait=0.01)


def nothing(_: int) -> None:
    """Progress that nobody looks at."""


def fetch(server: Loopback, target: Path, *paths: str, source: Source = SOURCE) -> None:
    download.fetch(source, [server.url(path) for path in paths or ("good",)], target, nothing, PATIENCE)


def begun(target: Path, content: bytes) -> Path:
    part = download.part_of(target)
    part.write_bytes(content)
    return part


def ranges(server: Loopback) -> list[str]:
    return [range_ for _, range_ in server.asked]


def reasons(refusal: pytest.ExceptionInfo[Unobtainable]) -> list[str]:
    return [failure.reason for _, failure in refusal.value.failures]
