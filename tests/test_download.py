"""Downloads against a server with faults: what arrives is the file, or nothing is left that could be taken for it."""

from __future__ import annotations

import errno
import hashlib
import random
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from nst_core import download, reply
from nst_core.download import Unobtainable
from nst_core.errors import Cancelled
from nst_core.manifest import Source
from nst_core.reply import Patience

from . import loopback
from .loopback import Loopback

CONTENT = random.Random(1).randbytes(20_000)
HALF = len(CONTENT) // 2
SOURCE = Source("weights.bin", "", "pytorch", size=len(CONTENT), sha256=hashlib.sha256(CONTENT).hexdigest())
UNSIZED = Source("weights.bin", "", "pytorch", sha256=SOURCE.sha256)
PATIENCE = Patience(connect=5, stall=0.4, attempts=2, first_wait=0.01)


@pytest.fixture(autouse=True)
def direct(monkeypatch: pytest.MonkeyPatch) -> None:
    """This machine's own proxy has nothing to do with 127.0.0.1."""
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


@pytest.fixture
def server() -> Iterator[Loopback]:
    with loopback.serving(good=CONTENT) as running:
        yield running


@pytest.fixture
def target(tmp_path: Path) -> Path:
    return tmp_path / "weights.bin"


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


# --- redirects


def test_a_redirect_is_followed(server: Loopback, target: Path) -> None:
    server.faults["moved"] = [loopback.redirect("/good")]
    fetch(server, target, "moved")
    assert target.read_bytes() == CONTENT


def test_a_circle_of_redirects_ends(server: Loopback, target: Path) -> None:
    server.faults["circle"] = [loopback.redirect("/circle")] * 100
    with pytest.raises(Unobtainable) as refusal:
        fetch(server, target, "circle")
    assert reasons(refusal) == ["redirected more than 5 times"]


@pytest.fixture(scope="module")
def certificate(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Key and self-signed certificate of 127.0.0.1 in one file."""
    if not shutil.which("openssl"):
        pytest.skip("needs the openssl command to make a certificate")
    path = tmp_path_factory.mktemp("tls") / "both.pem"
    key, made = path.with_name("key.pem"), path.with_name("made.pem")
    command = "openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=127.0.0.1 -addext subjectAltName=IP:127.0.0.1"
    subprocess.run([*command.split(), "-keyout", key, "-out", made], check=True, capture_output=True)
    path.write_bytes(key.read_bytes() + made.read_bytes())
    return path


def test_a_certificate_that_nobody_vouches_for_is_refused_and_a_bundle_helps(
    certificate: Path, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("REQUESTS_CA_BUNDLE", raising=False)
    with loopback.serving(certificate, good=CONTENT) as server:
        with pytest.raises(Unobtainable, match="set REQUESTS_CA_BUNDLE"):
            fetch(server, target)
        monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
        fetch(server, target)
    assert target.read_bytes() == CONTENT


def test_a_redirect_from_https_to_http_is_refused(
    certificate: Path, server: Loopback, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with loopback.serving(certificate) as secure:
        secure.faults["moved"] = [loopback.redirect(server.url("good"))]
        with pytest.raises(Unobtainable, match="which is not https"):
            fetch(secure, target, "moved")
    assert server.asked == []


def test_a_mirror_on_plain_http_may_redirect_within_itself_and_to_nobody_else(server: Loopback, target: Path) -> None:
    with loopback.serving(good=CONTENT) as other:
        server.faults["moved"] = [loopback.redirect(other.url("good")), loopback.redirect("//127.0.0.1:9/good")]
        for _ in range(2):
            with pytest.raises(Unobtainable, match="which is not https"):
                fetch(server, target, "moved")
        assert other.asked == []
    server.faults["moved"] = [loopback.redirect(server.url("good"))]
    fetch(server, target, "moved")
    assert target.read_bytes() == CONTENT


@pytest.mark.parametrize("address", ["file:///etc/passwd", "ftp://127.0.0.1/weights.bin", "data:,weights"])
def test_a_redirect_to_another_scheme_is_refused(server: Loopback, target: Path, address: str) -> None:
    server.faults["moved"] = [loopback.redirect(address)]
    with pytest.raises(Unobtainable, match="which is not https"):
        fetch(server, target, "moved")
    assert list(target.parent.iterdir()) == []


def test_a_missing_certificate_bundle_is_named(target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", "/nowhere/bundle.pem")
    with pytest.raises(Unobtainable, match=r"/nowhere/bundle\.pem"):
        download.fetch(SOURCE, ["https://127.0.0.1:9/weights.bin"], target, nothing, PATIENCE)


def test_the_proxy_of_the_environment_is_used(server: Loopback, target: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("http_proxy", server.address)
    download.fetch(SOURCE, ["http://models.invalid/good"], target, nothing, PATIENCE)
    assert target.read_bytes() == CONTENT


# --- stopping


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
    assert time.monotonic() - begin < 1
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
    assert time.monotonic() - begin < 2


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


# --- folders and disks


def test_a_folder_serves_as_a_mirror(target: Path, tmp_path: Path) -> None:
    (tmp_path / "original").write_bytes(CONTENT)
    begun(target, CONTENT[:HALF])
    download.fetch(SOURCE, [tmp_path / "original"], target, nothing, PATIENCE)
    assert target.read_bytes() == CONTENT
    assert (tmp_path / "original").read_bytes() == CONTENT


def test_a_folder_without_the_file_or_with_another_is_told(target: Path, tmp_path: Path) -> None:
    (tmp_path / "short").write_bytes(CONTENT[:-1])
    (tmp_path / "folder").mkdir()
    addresses = [tmp_path / "missing", tmp_path / "short", tmp_path / "folder"]
    with pytest.raises(Unobtainable) as refusal:
        download.fetch(SOURCE, addresses, target, nothing, PATIENCE)
    assert reasons(refusal) == ["not there", "damaged: 19999 bytes instead of 20000", "cannot be read: Is a directory"]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, the disk that is always full")
def test_a_full_disk_is_an_os_error(server: Loopback, target: Path) -> None:
    download.part_of(target).symlink_to("/dev/full")
    with pytest.raises(OSError) as refusal:
        fetch(server, target)
    assert refusal.value.errno == errno.ENOSPC


def test_a_message_does_not_show_the_password_of_a_mirror() -> None:
    assert reply.shown("https://me:secret@mirror.example:8443/models/a") == "https://mirror.example:8443/models/a"
