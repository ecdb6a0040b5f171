"""A download that is stopped ends at once, and goes on the next time."""

from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path

import pytest

from nst_core import download
from nst_core.errors import Cancelled
from nst_core.reply import Patience

from .. import loopback
from ..loopback import Loopback
from .fetching import CONTENT, HALF, PATIENCE, SOURCE, fetch, ranges


def test_cancel_in_a_stall_is_immediate_and_the_rest_comes_later(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.stall(HALF, 20)]
    calls: list[int] = []

    def cancel(have: int) -> None:
        calls.append(have)
        if calls.count(HALF) > 2:  # the last bytes before the stall, and two ticks in it
            raise Cancelled

    begin = time.monotonic()
    with pytest.raises(Cancelled):
        download.fetch(SOURCE, [server.url("good")], target, cancel, Patience(stall=20))
    assert time.monotonic() - begin < 10, "the stall was waited for"
    assert download.part_of(target).read_bytes() == CONTENT[:HALF]
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert ranges(server)[-1] == f"bytes={HALF}-"


def test_cancel_between_two_attempts_is_immediate(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.status(503)] * 5

    def cancel(have: int) -> None:
        if server.asked:
            raise Cancelled

    begin = time.monotonic()
    with pytest.raises(Cancelled):
        download.fetch(SOURCE, [server.url("good")], target, cancel, Patience(first_wait=20))
    assert time.monotonic() - begin < 10, "the second attempt was waited for"


def test_cancel_while_the_whole_file_is_hashed_is_immediate_and_costs_nothing(
    server: Loopback, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    hashed: list[int] = []

    def digest(path: Path, algorithm: object, tick: Callable[[], None]) -> str:
        hashed.append(path.stat().st_size)
        tick()
        raise AssertionError("the hashing went on")

    def cancel(have: int) -> None:
        if hashed:
            raise Cancelled

    with monkeypatch.context() as patch, pytest.raises(Cancelled):
        patch.setattr(download, "_digest", digest)
        download.fetch(SOURCE, [server.url("good")], target, cancel, PATIENCE)
    assert not target.exists() and download.part_of(target).read_bytes() == CONTENT
    server.asked.clear()
    fetch(server, target)
    assert target.read_bytes() == CONTENT and server.asked == []
