"""The store on bad days: damage, interruptions, two at once, full and read-only disks."""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nst_core import converters, lock, provenance, shelf
from nst_core.errors import Cancelled
from nst_core.manifest import Model
from nst_core.weights import Store

from .. import loopback
from ..conftest import REPOSITORY
from ..loopback import Loopback
from .tiny import WANT, assert_same, files_in, flip, refused, store_of

# --- damage


def truncate(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-100])


@pytest.mark.parametrize("damage", [lambda path: flip(path, -5), truncate, lambda path: path.write_bytes(b"")])
def test_damaged_weights_are_fetched_again(damage: Callable[[Path], None], store: Store) -> None:
    damage(store.fetch("tiny"))
    assert_same(store.state("tiny"), WANT)


def test_damaged_weights_that_cannot_be_fetched_again_are_deleted_and_named(store: Store, server: Loopback) -> None:
    flip(store.fetch("tiny"), -5)
    server.files.clear()
    refused(lambda: store.state("tiny"), "tiny.safetensors was damaged (SHA-256 ", ") and is deleted; encoder.pth could not be")
    assert files_in(store) == []


def test_damage_is_never_loaded_by_path_either(store: Store) -> None:
    truncate(store.fetch("tiny"))
    refused(lambda: store.path("tiny"), "tiny.safetensors is damaged", 'run "nst_core models fetch tiny"')


@pytest.mark.parametrize("place", [10, -10])
def test_of_large_weights_both_ends_are_checked_at_every_load(place: int, store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(provenance, "HASHED_WHOLE", 100)
    monkeypatch.setattr(provenance, "END", 50)
    flip(store.fetch("tiny"), place)
    refused(lambda: store.path("tiny"), "damaged")


def test_verify_finds_damage_in_the_middle_of_large_weights_and_deletes_them(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(provenance, "HASHED_WHOLE", 100)
    monkeypatch.setattr(provenance, "END", 50)
    path = store.fetch("tiny")
    store.verify("tiny")
    flip(path, path.stat().st_size // 2)
    assert store.path("tiny") == path, "the quick look does not see it"
    refused(lambda: store.verify("tiny"), "tiny.safetensors is damaged: SHA-256", "it was deleted", "models fetch tiny")
    assert files_in(store) == []


@pytest.mark.parametrize("content", [None, "", "[]", "{"])
def test_weights_without_a_readable_record_are_made_again(content: str | None, store: Store, server: Loopback) -> None:
    record = provenance.record_of(store.fetch("tiny"))
    record.unlink() if content is None else record.write_text(content)
    server.asked.clear()
    assert_same(store.state("tiny"), WANT)
    assert len(server.asked) == 2


def test_weights_of_an_older_converter_are_made_again(store: Store, server: Loopback, monkeypatch: pytest.MonkeyPatch) -> None:
    store.fetch("tiny")
    server.asked.clear()
    monkeypatch.setattr(converters, "VERSION", converters.VERSION + 1)
    refused(lambda: store.path("tiny"), "made of other files or by another converter")
    assert_same(store.state("tiny"), WANT)
    assert len(server.asked) == 2


def test_weights_of_other_files_are_made_again(store: Store, model: Model) -> None:
    store.fetch("tiny")
    other = replace(model, files=(replace(model.files[0], sha256="0" * 64), model.files[1]))
    refused(lambda: store_of(other).path("tiny"), "made of other files")


def test_a_poisoned_checkpoint_is_refused_deleted_and_not_run(model: Model, server: Loopback, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return os.mkdir, (str(tmp_path / "was-run"),)

    torch.save({"weight": Evil()}, tmp_path / "evil.pth")
    content = (tmp_path / "evil.pth").read_bytes()
    source = replace(model.files[0], size=len(content), sha256=hashlib.sha256(content).hexdigest())
    server.files["first/encoder.pth"] = content
    store = store_of(replace(model, files=(source, model.files[1])))
    refused(lambda: store.state("tiny"), "encoder.pth holds something else than weights", "nothing in it was run")
    assert not (tmp_path / "was-run").exists()
    assert files_in(store) == []


# --- interruptions


def test_cancel_leaves_what_the_next_fetch_continues(store: Store, server: Loopback) -> None:
    size = len(server.files["first/decoder.pth"])
    server.faults["first/decoder.pth"] = [loopback.stall(size // 2, 20)]
    stages: Counter[str] = Counter()

    def cancel(fraction: float, stage: str, preview: object = None) -> None:
        stages[f"{fraction:.3f}"] += 1
        if stages[f"{fraction:.3f}"] > 3:  # nothing moves any more
            raise Cancelled

    with pytest.raises(Cancelled):
        store.fetch("tiny", cancel)
    assert files_in(store) == ["decoder.pth.part", "encoder.pth"]
    server.asked.clear()
    assert_same(store.state("tiny"), WANT)
    assert server.asked == [("first/decoder.pth", f"bytes={size // 2}-")]


def test_a_source_that_rotted_between_two_runs_is_fetched_again(store: Store, server: Loopback) -> None:
    server.faults["first/decoder.pth"] = [loopback.status(404)]
    refused(lambda: store.fetch("tiny"), "decoder.pth")
    rotten = store.root / "tiny" / "encoder.pth"
    flip(rotten, rotten.stat().st_size // 2)
    assert_same(store.state("tiny"), WANT)


def test_a_report_that_lost_its_listener_is_no_disk_error(store: Store) -> None:
    def broken(fraction: float, stage: str, preview: object = None) -> None:
        raise BrokenPipeError

    with pytest.raises(BrokenPipeError):
        store.fetch("tiny", broken)


# --- two at once


FETCH = """
import sys
from nst_core.manifest import Licence, Manifest, Memory, Model, Source
from nst_core.weights import Store
model = eval(sys.argv[1])
print(len(Store(manifest=Manifest({"tiny": model})).state("tiny")))
"""


def test_two_processes_fetch_once(model: Model, server: Loopback) -> None:
    server.pace = 0.05
    command = [sys.executable, "-c", FETCH, repr(model)]
    running = [subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    assert [process.communicate(timeout=120)[0].strip() for process in running] == [str(len(WANT))] * 2
    assert Counter(path for path, _ in server.asked) == {"first/encoder.pth": 1, "first/decoder.pth": 1}


def test_two_threads_fetch_once_and_the_second_says_that_it_waits(model: Model, server: Loopback) -> None:
    server.pace = 0.05
    stages: list[str] = []

    def fetch() -> None:
        store_of(model).fetch("tiny", lambda fraction, stage, preview=None: stages.append(stage))

    threads = [threading.Thread(target=fetch) for _ in range(2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert Counter(path for path, _ in server.asked) == {"first/encoder.pth": 1, "first/decoder.pth": 1}
    assert "waiting for another program that fetches tiny" in stages


def test_waiting_for_another_process_can_be_cancelled(store: Store) -> None:
    def cancel(fraction: float, stage: str, preview: object = None) -> None:
        raise Cancelled

    store.root.mkdir(parents=True)
    with lock.held(store.root / "tiny.lock", lambda: None), pytest.raises(Cancelled):
        store.fetch("tiny", cancel)


def test_a_dead_process_holds_no_lock(store: Store) -> None:
    store.root.mkdir(parents=True)
    hold = (
        "import sys, time; from pathlib import Path; from nst_core import lock\n"
        "with lock.held(Path(sys.argv[1]), lambda: None): print('held', flush=True); time.sleep(60)"
    )
    command = [sys.executable, "-c", hold, str(store.root / "tiny.lock")]
    with subprocess.Popen(command, cwd=REPOSITORY, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout and process.stdout.readline().strip() == "held"
        process.kill()
    begin = time.monotonic()
    store.fetch("tiny")
    assert time.monotonic() - begin < 30


# --- disks


def test_a_disk_that_is_too_full_is_told_before_anything_is_asked(
    store: Store, server: Loopback, monkeypatch: pytest.MonkeyPatch
) -> None:
    full = shutil.disk_usage(Path.home())._replace(free=1000)
    monkeypatch.setattr(shelf.shutil, "disk_usage", lambda path: full)
    refused(lambda: store.fetch("tiny"), f"the disk is full at {store.root}: free ", " MB, or set NST_HOME to a folder elsewhere")
    assert server.asked == []


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full, the disk that is always full")
def test_a_disk_that_fills_up_while_downloading_is_told(store: Store) -> None:
    (store.root / "tiny").mkdir(parents=True)
    (store.root / "tiny" / "encoder.pth.part").symlink_to("/dev/full")
    refused(lambda: store.fetch("tiny"), "the disk is full at")


def test_a_disk_that_fills_up_while_converting_is_told_and_the_sources_stay(
    store: Store, monkeypatch: pytest.MonkeyPatch
) -> None:
    import safetensors.torch

    def full(state: object, path: Path, metadata: object) -> None:
        path.write_bytes(b"half")
        raise safetensors.SafetensorError("I/O error: No space left on device")

    with monkeypatch.context() as patch:
        patch.setattr(safetensors.torch, "save_file", full)
        refused(lambda: store.fetch("tiny"), "cannot be written (I/O error: No space left on device)")
    assert files_in(store) == ["decoder.pth", "encoder.pth"]
    assert_same(store.state("tiny"), WANT)


def test_a_folder_that_cannot_be_made_is_told(model: Model, tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    store = store_of(model, root=tmp_path / "file" / "models")
    refused(lambda: store.fetch("tiny"), f"{store.root} cannot be written (Not a directory)", "NST_HOME")


@contextmanager
def unprivileged() -> Iterator[None]:
    """Root may write anywhere: become nobody for a while."""
    user = os.geteuid()
    if user == 0:
        os.seteuid(65534)
    try:
        yield
    finally:
        if user == 0:
            os.seteuid(user)


@pytest.fixture
def public() -> Iterator[Path]:
    """A folder that everybody can reach, unlike pytest's own."""
    if not hasattr(os, "geteuid"):
        pytest.skip("needs POSIX permissions")
    with tempfile.TemporaryDirectory() as name:
        os.chmod(name, 0o755)
        yield Path(name)
        os.chmod(name, 0o755)


@pytest.mark.skipif(not Path("/dev/shm").is_dir(), reason="needs /dev/shm, a disk beside the others")
def test_the_store_may_lie_on_another_disk(model: Model, server: Loopback, tmp_path: Path) -> None:
    with tempfile.TemporaryDirectory(dir="/dev/shm") as elsewhere:
        assert os.stat(elsewhere).st_dev != os.stat(tmp_path).st_dev
        (tmp_path / "models").symlink_to(elsewhere)
        store = store_of(model, root=tmp_path / "models")
        assert_same(store.state("tiny"), WANT)
        assert (Path(elsewhere) / "tiny" / "tiny.safetensors").is_file()


def test_a_shared_installation_may_be_read_only(model: Model, server: Loopback, public: Path) -> None:
    path = store_of(model, root=public / "models").fetch("tiny")
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o555)
    with unprivileged():
        assert_same(store_of(model, root=public / "models", offline=True).state("tiny"), WANT)
    for folder in (path.parent, path.parent.parent):
        folder.chmod(0o755)


def test_a_read_only_folder_without_the_model_is_told(model: Model, server: Loopback, public: Path) -> None:
    public.chmod(0o555)
    with unprivileged():
        refused(
            lambda: store_of(model, root=public / "models").fetch("tiny"),
            f"{public / 'models'} cannot be written (Permission denied): make it writable, or set NST_HOME",
        )
    assert server.asked == []
