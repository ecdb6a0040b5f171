"""Weights that mean harm: pinned by a wrong manifest, say, so that the hashes agree. Nothing runs, unfolds or escapes."""

from __future__ import annotations

import hashlib
import io
import os
import pickle
import zipfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
import torch

from nst_core.manifest import Model

from ..loopback import Loopback
from .tiny import files_in, refused, store_of

resource = pytest.importorskip("resource")

Attack = Callable[[Path, Path], None]


class Evil:
    """Makes a folder when it is unpickled by anybody who lets it."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> tuple[object, ...]:
        return os.mkdir, (str(self.trace),)


def evil_checkpoint(path: Path, trace: Path) -> None:
    torch.save({"weight": Evil(trace)}, path)


def evil_pickle(path: Path, trace: Path) -> None:
    """The format of old: a bare pickle, without an archive around it."""
    path.write_bytes(pickle.dumps({"weight": Evil(trace)}, protocol=2))


def zip_bomb(path: Path, trace: Path) -> None:
    """A checkpoint whose storage is a quarter of a gigabyte of zeros, deflated to a few kilobytes."""
    torch.save({"weight": torch.zeros(1)}, path)
    members = {}
    with zipfile.ZipFile(path) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED, compresslevel=1) as archive:
        for name, content in members.items():
            if name.endswith("/data/0"):
                with archive.open(name, "w", force_zip64=True) as member:
                    for _ in range(256):
                        member.write(bytes(1 << 20))
            else:
                archive.writestr(name, content)


def view_bomb(path: Path, trace: Path) -> None:
    """One number, shown as sixteen thousand million."""
    torch.save({"weight": torch.zeros(1).expand(1 << 34)}, path)


def escaping_archive(path: Path, trace: Path) -> None:
    """A zip whose members would lie elsewhere if anybody unpacked it."""
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"../../../../../../../..{trace}", "was here")
        archive.writestr("../data.pkl", pickle.dumps({}))


def nested_pickle(path: Path, trace: Path) -> None:
    """A list of lists of lists, ten of each thirty times over, in four hundred bytes: harmless until somebody counts it."""
    lists: list[object] = []
    for _ in range(30):
        lists = [lists] * 10
    buffer = io.BytesIO()
    torch.save({"weight": lists}, buffer)
    path.write_bytes(buffer.getvalue())


def text(path: Path, trace: Path) -> None:
    path.write_bytes(b"<html>not weights</html>")


@pytest.mark.parametrize(
    "attack",
    [evil_checkpoint, evil_pickle, zip_bomb, view_bomb, escaping_archive, nested_pickle, text],
    ids=lambda one: one.__name__,
)
def test_it_is_refused_in_one_sentence_and_deleted(attack: Attack, model: Model, server: Loopback, tmp_path: Path) -> None:
    trace, poisoned = tmp_path / "was-run", tmp_path / "encoder.pth"
    attack(poisoned, trace)
    content = poisoned.read_bytes()
    assert len(content) < 2 << 20
    source = replace(model.files[0], size=len(content), sha256=hashlib.sha256(content).hexdigest())
    server.files["first/encoder.pth"] = content
    store = store_of(replace(model, files=(source, model.files[1])))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    refused(lambda: store.state("tiny"), "encoder.pth holds something else than weights", "nothing in it was run")
    assert not trace.exists()
    assert files_in(store) == []
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 100_000, "kilobytes: it was not unfolded"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["encoder.pth", "home"]


def test_the_same_from_a_file_that_the_user_brings(model: Model, tmp_path: Path) -> None:
    zip_bomb(tmp_path / "encoder.pth", tmp_path)
    content = (tmp_path / "encoder.pth").read_bytes()
    source = replace(model.files[0], size=len(content), sha256=hashlib.sha256(content).hexdigest())
    store = store_of(replace(model, files=(source,)))
    refused(lambda: store.import_files("tiny", [tmp_path / "encoder.pth"]), "that unpacks to 26")
    assert files_in(store) == [] and (tmp_path / "encoder.pth").exists(), "the user's own copy stays"
