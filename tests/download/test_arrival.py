"""Downloads from a server with faults: what arrives is the file, or nothing is left that could be taken for it."""

from __future__ import annotations

import errno
import hashlib
import time
from pathlib import Path

import pytest

from nst_core import download, reply
from nst_core.download import Unobtainable
from nst_core.manifest import Source

from .. import loopback
from ..loopback import Loopback
from .fetching import CONTENT, HALF, PATIENCE, SOURCE, UNSIZED, begun, fetch, nothing, ranges, reasons

# --- the good way


@pytest.mark.parametrize("source", [SOURCE, UNSIZED], ids=["size known", "size unknown"])
def test_a_file_arrives_whole_and_leaves_no_part(server: Loopback, target: Path, source: Source) -> None:
    seen: list[int] = []
    download.fetch(source, [server.url("good")], target, seen.append, PATIENCE)
    assert target.read_bytes() == CONTENT
    assert not download.part_of(target).exists()
    assert seen == sorted(seen) and seen[-1] == len(CONTENT)


def test_git_blob_sha1_is_what_git_computes(target: Path) -> None:
    target.write_bytes(b"hello\n")
    assert download.git_blob_sha1(target) == "ce013625030ba8dba906f756967f9e9ca394464a"


def test_a_file_pinned_by_git_alone_is_checked(server: Loopback, target: Path) -> None:
    blob = hashlib.sha1(b"blob %d\0" % len(CONTENT) + CONTENT).hexdigest()
    fetch(server, target, source=Source("weights.bin", "", "pytorch", git_blob_sha1=blob))
    target.unlink()
    with pytest.raises(Unobtainable, match="git blob SHA-1"):
        fetch(server, target, source=Source("weights.bin", "", "pytorch", git_blob_sha1="0" * 40))
    assert not target.exists()


# --- going on where an earlier run stopped


@pytest.mark.parametrize("source", [SOURCE, UNSIZED], ids=["size known", "size unknown"])
def test_a_part_is_continued_with_206(server: Loopback, target: Path, source: Source) -> None:
    begun(target, CONTENT[:HALF])
    fetch(server, target, source=source)
    assert target.read_bytes() == CONTENT
    assert ranges(server) == [f"bytes={HALF}-"]
    assert server.sent == len(CONTENT) - HALF


@pytest.mark.parametrize("answer", [loopback.whole, loopback.from_zero], ids=["200", "206 from elsewhere"])
def test_a_reply_that_does_not_continue_starts_over(server: Loopback, target: Path, answer: loopback.Fault) -> None:
    begun(target, CONTENT[:HALF])
    server.faults["good"] = [answer]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_416_starts_over(server: Loopback, target: Path) -> None:
    begun(target, CONTENT[:HALF])
    server.faults["good"] = [loopback.status(416)]
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert ranges(server) == [f"bytes={HALF}-", ""]


@pytest.mark.parametrize("source", [SOURCE, UNSIZED], ids=["size known", "size unknown"])
def test_a_complete_part_is_not_asked_for_again(server: Loopback, target: Path, source: Source) -> None:
    begun(target, CONTENT)
    fetch(server, target, source=source)
    assert target.read_bytes() == CONTENT
    assert server.asked == []


def test_a_part_longer_than_the_file_starts_over(server: Loopback, target: Path) -> None:
    begun(target, CONTENT + b"more")
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_rotten_part_is_thrown_away_and_fetched_anew(server: Loopback, target: Path) -> None:
    begun(target, bytes(HALF))
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert ranges(server) == [f"bytes={HALF}-", ""]


# --- bad networks


def test_a_connection_that_breaks_ten_times_still_delivers(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.cut(1500)] * 10
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert len(server.asked) == 11
    assert server.sent == len(CONTENT), "no byte was sent twice"


def test_a_server_that_always_hangs_up_is_given_up_and_the_part_kept(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.cut(1000), *[loopback.cut(0)] * 5]
    with pytest.raises(Unobtainable) as refusal:
        fetch(server, target)
    assert reasons(refusal) == ["the connection broke"]
    assert download.part_of(target).read_bytes() == CONTENT[:1000]
    assert len(server.asked) == 1 + PATIENCE.attempts


def test_a_short_reply_of_unannounced_length_is_continued(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.unannounced(CONTENT[:HALF])]
    fetch(server, target)
    assert target.read_bytes() == CONTENT
    assert ranges(server) == ["", f"bytes={HALF}-"]


def test_a_stalled_connection_is_left_and_continued(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.stall(HALF, 3)]
    begin = time.monotonic()
    fetch(server, target)
    assert target.read_bytes() == CONTENT and time.monotonic() - begin < 2
    assert ranges(server) == ["", f"bytes={HALF}-"]


def test_a_server_that_always_stalls_is_given_up(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.stall(0, 1)] * 5
    with pytest.raises(Unobtainable) as refusal:
        fetch(server, target)
    assert reasons(refusal) == ["nothing came for 0.4 seconds"]


def test_a_busy_server_is_asked_again(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.status(503)]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_server_that_trickles_loses_its_turn_and_what_came_is_kept(server: Loopback, target: Path) -> None:
    server.files["slow"] = CONTENT
    server.faults["slow"] = [loopback.trickle] * 9
    begin = time.monotonic()
    fetch(server, target, "slow", "good")
    assert time.monotonic() - begin < 3
    assert target.read_bytes() == CONTENT
    assert server.asked[-1][0] == "good" and server.asked[-1][1].startswith("bytes=")
    assert [path for path, _ in server.asked] == ["slow", "good"], "a crawl is not tried again"


def test_a_server_may_ask_for_time(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.busy(1)]
    begin = time.monotonic()
    fetch(server, target)
    assert target.read_bytes() == CONTENT and time.monotonic() - begin >= 1


def test_a_server_may_not_ask_for_hours(server: Loopback, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reply, "LONGEST_WAIT", 0.1)
    server.faults["good"] = [loopback.busy(9999)]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_closed_port_is_no_connection(server: Loopback, target: Path) -> None:
    with pytest.raises(Unobtainable) as refusal:
        download.fetch(SOURCE, ["http://127.0.0.1:9/weights.bin"], target, nothing, PATIENCE)
    assert reasons(refusal) == ["no connection"]
    assert "127.0.0.1" in refusal.value.details


def test_the_next_address_has_its_turn(server: Loopback, target: Path, tmp_path: Path) -> None:
    addresses: list[reply.Address] = [tmp_path / "mirror" / "weights.bin", server.url("gone"), server.url("good")]
    download.fetch(SOURCE, addresses, target, nothing, PATIENCE)
    assert target.read_bytes() == CONTENT
    assert [path for path, _ in server.asked] == ["gone", "good"]


def test_what_one_address_began_the_next_continues(server: Loopback, target: Path) -> None:
    server.files["broken"] = CONTENT
    server.faults["broken"] = [loopback.cut(HALF), *[loopback.cut(0)] * 5]
    fetch(server, target, "broken", "good")
    assert target.read_bytes() == CONTENT
    assert server.asked[-1] == ("good", f"bytes={HALF}-")


# --- replies that are not the file


def test_other_bytes_of_the_right_size_are_deleted_and_told(server: Loopback, target: Path) -> None:
    wrong = server.files["bad"] = bytes(len(CONTENT))
    with pytest.raises(Unobtainable) as refusal:
        fetch(server, target, "bad")
    got = hashlib.sha256(wrong).hexdigest()
    assert reasons(refusal) == [f"damaged: SHA-256 {got[:8]}… instead of {str(SOURCE.sha256)[:8]}…; deleted"]
    assert list(target.parent.iterdir()) == []


def test_a_damaged_copy_does_not_keep_a_good_one_away(server: Loopback, target: Path) -> None:
    server.files["bad"] = bytes(len(CONTENT))
    fetch(server, target, "bad", "good")
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (loopback.another(b"short"), "another file: 5 bytes instead of 20000"),
        (loopback.another(CONTENT + b"x"), "another file: 20001 bytes instead of 20000"),
        (loopback.page, "a web page came instead of the file: does this network want you to sign in?"),
        (loopback.status(404), "404 Not Found"),
        (loopback.status(206), "206 Partial Content"),
    ],
    ids=["shorter", "longer", "web page", "404", "206 unasked"],
)
def test_what_is_told_to_be_another_file_costs_nothing_that_is_there(
    server: Loopback, target: Path, answer: loopback.Fault, reason: str
) -> None:
    part = begun(target, CONTENT[:HALF])
    server.faults["good"] = [loopback.status(416), answer]
    with pytest.raises(Unobtainable) as refusal:
        fetch(server, target)
    assert reasons(refusal) == [reason]
    assert part.read_bytes() == CONTENT[:HALF]


def test_bytes_beyond_the_announced_length_are_not_the_files(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.longer(b"and more")]
    fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_file_of_about_known_size_may_be_twice_as_large_and_no_more(server: Loopback, target: Path) -> None:
    about = Source("weights.bin", "", "pytorch", sha256=SOURCE.sha256, size_about=len(CONTENT) // 2 + 100)
    fetch(server, target, source=about)
    assert target.read_bytes() == CONTENT
    target.unlink()
    about = Source("weights.bin", "", "pytorch", sha256=SOURCE.sha256, size_about=len(CONTENT) // 2 - 100)
    with pytest.raises(Unobtainable, match="more than the 19800 bytes"):
        fetch(server, target, source=about)
    assert list(target.parent.iterdir()) == []


def test_a_server_that_never_stops_is_stopped(server: Loopback, target: Path) -> None:
    server.faults["good"] = [loopback.unannounced(CONTENT * 50)]
    with pytest.raises(Unobtainable, match="more than the 20000 bytes"):
        fetch(server, target)
    assert list(target.parent.iterdir()) == []
    assert server.sent < len(CONTENT) * 50, "it was not read to its end"


# --- disks


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, the disk that is always full")
def test_a_full_disk_is_an_os_error(server: Loopback, target: Path) -> None:
    download.part_of(target).symlink_to("/dev/full")
    with pytest.raises(OSError) as refusal:
        fetch(server, target)
    assert refusal.value.errno == errno.ENOSPC
