"""Sheets in memory, on the host and in scratch files hold the same numbers, and nothing stays on the disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from types import SimpleNamespace

import pytest
import torch

from nst_core import device, scratch
from nst_core.errors import OutOfMemory
from nst_core.networks import microast
from nst_core.networks.sheets import MemorySheet, Space
from nst_core.scratch import FileSheet, HostSheet, ScratchSpace
from tests.methods.tiny import random_magenta, random_microast

CPU = torch.device("cpu")


@pytest.fixture(autouse=True)
def own_folder(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_SCRATCH", str(tmp_path / "scratch"))
    return tmp_path / "scratch"


@pytest.mark.parametrize("dtype", [torch.float32, torch.bfloat16, torch.float64])
@pytest.mark.parametrize("count", [1, 2])
@pytest.mark.parametrize("kind", [FileSheet, HostSheet])
def test_what_was_written_is_read_in_any_pieces(dtype, count, kind):
    features = torch.rand(count, 5, 40, 7).to(dtype)
    sheet = kind(features.shape, 4, CPU)
    for start, stop in ((16, 40), (0, 10), (10, 16)):
        sheet.write(start, features[:, :, start:stop])
    for start, stop in ((0, 40), (9, 11), (39, 40)):
        assert torch.equal(sheet.read(start, stop), features[:, :, start:stop])
    assert sheet.read(3, 9).is_contiguous(memory_format=torch.channels_last)


@pytest.mark.parametrize("make", [random_microast, lambda: random_magenta().transformer])
def test_a_network_over_scratch_files_paints_the_same(make, monkeypatch):
    network, content = make(), torch.rand(1, 3, 150, 70)
    with torch.no_grad():
        code = network.code(torch.rand(1, 3, 50, 60)) if make is random_microast else torch.randn(1, 100)
        wanted = network(content, code, Space(CPU, 70 * 48))
        monkeypatch.setattr(device, "budget", lambda place: 0)
        with ScratchSpace(CPU, microast.FACTS, 150 * 70) as space:
            space.band_pixels = 70 * 48
            sheet = space.placed((1, 1, 1, 1), 1, 4)
            assert isinstance(sheet, FileSheet)
            assert (network(content, code, space) - wanted).abs().max() < 1e-5
    assert sheet.file.closed


def test_memory_is_filled_first_and_the_file_takes_the_rest(monkeypatch):
    monkeypatch.setattr(device, "budget", lambda place: 12 + 100 * 4)
    facts = SimpleNamespace(band_bytes_per_pixel=0, band_pixels=1, least_band_pixels=1, kept_bytes_per_pixel=1)
    with ScratchSpace(CPU, facts, 1) as space:  # type: ignore[arg-type]
        shapes = [(1, 3, 5, 5), (1, 3, 5, 5), (1, 1, 5, 5)]
        sheets = [space.placed(shape, 1, 4) for shape in shapes]
        assert [isinstance(sheet, MemorySheet) for sheet in sheets] == [True, False, True]
        assert not space.holds((1, 3, 5, 5), 4)
        for _ in range(2):  # what is closed twice gives its room back once
            sheets[0].close()
        assert space.left == {"cpu": 3 * 25 * 4}
        assert isinstance(space.placed((1, 3, 5, 5), 1, 4), MemorySheet) and not space.holds((1, 1, 1, 1), 4)


def test_a_scratch_file_has_no_name_or_goes_with_its_process(own_folder):
    """Killed in mid-write, a process leaves nothing."""
    code = (
        "import os, sys, torch; from nst_core.scratch import FileSheet\n"
        "sheet = FileSheet((1, 3, 40, 40), 1, torch.device('cpu')); sheet.write(0, torch.rand(1, 3, 20, 40))\n"
        "os.kill(os.getpid(), 9) if sys.platform != 'win32' else os._exit(1)"
    )
    assert subprocess.run([sys.executable, "-c", code], env=os.environ, timeout=60).returncode != 0
    assert list(own_folder.iterdir()) == []


def test_the_disk_is_asked_before_anything_is_computed(monkeypatch, own_folder):
    monkeypatch.setattr(device, "budget", lambda place: 0)
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda folder: SimpleNamespace(free=10**9 + scratch.DISK_LEFT))
    needed = microast.FACTS.kept_bytes_per_pixel * 10**8
    with pytest.raises(OutOfMemory, match=rf"needs {needed / 1e9:.1f} GB .* has 1.0 GB: free some, set NST_SCRATCH"):
        ScratchSpace(CPU, microast.FACTS, 10**8)
    ScratchSpace(CPU, microast.FACTS, 10**6)


def test_a_disk_that_fills_up_says_so(monkeypatch):
    sheet = FileSheet((1, 1, 4, 4), 1, CPU)
    full = SimpleNamespace(seek=lambda place: None, write=lambda data: (_ for _ in ()).throw(OSError(errno.ENOSPC, "full")))
    monkeypatch.setattr(sheet, "file", full)
    with pytest.raises(OutOfMemory, match="is full: free some space"):
        sheet.write(0, torch.zeros(1, 1, 4, 4))


def test_a_folder_that_cannot_be_made_says_so(monkeypatch, tmp_path):
    (tmp_path / "file").write_bytes(b"")
    monkeypatch.setenv("NST_SCRATCH", str(tmp_path / "file" / "folder"))
    with pytest.raises(OutOfMemory, match="set NST_SCRATCH to one that can be written"):
        scratch.scratch_folder()
