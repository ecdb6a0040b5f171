"""Sheets in memory, on the host and in scratch files hold the same numbers, and nothing stays on the disk."""

from __future__ import annotations

import errno
import os
import subprocess
import sys
from types import SimpleNamespace
from typing import Any

import pytest
import torch

from nst_core import device, scratch
from nst_core.errors import OutOfMemory
from nst_core.networks import animegan, microast
from nst_core.networks.sheets import MemorySheet, Space
from nst_core.scratch import FileSheet, HalvedSheet, HostSheet, LentSheet, Rehearsal, ScratchSpace, StackedSheet
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


@pytest.mark.parametrize("kind", [FileSheet, HostSheet])
@pytest.mark.parametrize(("before", "after"), [(torch.float32, torch.float16), (torch.float16, torch.float32)])
def test_rows_that_are_changed_in_place_may_come_in_another_precision(kind, before, after):
    old, new = torch.rand(1, 5, 40, 7).to(before), torch.rand(1, 5, 40, 7).to(after)
    sheet = kind(old.shape, 4, CPU)
    for rows in (slice(0, 30), slice(30, 40)):
        sheet.write(rows.start, old[:, :, rows])
    sheet.write(0, new[:, :, :16])
    assert torch.equal(sheet.read(0, 16), new[:, :, :16].to(before))
    assert torch.equal(sheet.read(16, 40), old[:, :, 16:])


@pytest.mark.parametrize("make", [random_microast, lambda: random_magenta().transformer])
def test_a_network_over_scratch_files_paints_the_same(make, monkeypatch):
    network, content = make(), torch.rand(1, 3, 150, 70)
    with torch.no_grad():
        code = network.code(torch.rand(1, 3, 50, 60)) if make is random_microast else torch.randn(1, 100)
        wanted = network(content, code, Space(CPU, 70 * 48))
        monkeypatch.setattr(device, "budget", lambda place: 0)
        with ScratchSpace(CPU, microast.FACTS, 150, 70) as space:
            space.band_pixels = 70 * 48
            sheet = space.placed((1, 1, 1, 1), 1, 4)
            assert isinstance(sheet, FileSheet)
            assert (network(content, code, space) - wanted).abs().max() < 1e-5
    assert sheet.file.closed


def space_of(values: int, kept_in_half: bool = False, kept: int = 1) -> ScratchSpace:
    """With memory for so many float32 values, for a picture of one pixel that keeps `kept` bytes."""
    facts: Any = SimpleNamespace(
        band_bytes_per_pixel=0, halo=0, least_band_pixels=1, kept_bytes_per_pixel=kept, kept_in_half=kept_in_half
    )
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(device, "budget", lambda place: scratch.PICTURE_BYTES + values * 4)
        return ScratchSpace(CPU, facts, 1, 1)


def test_memory_is_filled_first_and_the_file_takes_the_rest():
    with space_of(100) as space:
        features = torch.rand(1, 3, 5, 5)
        sheets = [space.placed(features.shape, 1, 4) for _ in range(3)]
        assert [type(sheet) for sheet in sheets] == [LentSheet, StackedSheet, FileSheet]
        assert isinstance(sheets[1], StackedSheet)
        assert [(type(part), part.shape[2]) for part, _, _ in sheets[1].parts] == [(LentSheet, 1), (FileSheet, 4)]
        assert not space.holds((1, 3, 5, 5), 4)
        for sheet in sheets:
            for start, stop in ((0, 2), (2, 5)):
                sheet.write(start, features[:, :, start:stop])
            for start, stop in ((0, 5), (0, 1), (1, 5), (3, 4)):
                found = sheet.read(start, stop)
                assert torch.equal(found, features[:, :, start:stop])
                assert found.is_contiguous(memory_format=torch.channels_last)
        for _ in range(2):  # what is closed twice gives its room back once
            sheets[0].close()
        assert space.left == {"cpu": 4 * (75 + 10)}
        assert isinstance(space.placed((1, 3, 5, 5), 1, 4), MemorySheet) and not space.holds((1, 1, 11, 1), 4)


def test_what_does_not_fit_is_halved_where_the_network_allows_it():
    assert not space_of(100, True, kept=400).halved and not space_of(100, False, kept=404).halved
    with space_of(100, True, kept=404) as space:
        features = torch.randn(1, 4, 50, 1) * 1e3
        features[0, 0, 0, 0], features[0, 0, 1, 0] = 1e9, -1e9
        assert space.holds(features.shape, 4)
        sheet = space.placed(features.shape, 1, 4)
        assert isinstance(sheet, HalvedSheet) and isinstance(sheet.kept, LentSheet)
        sheet.write(0, features)
        found = sheet.read(0, 50)
        assert found.dtype == torch.float32
        assert torch.equal(found, features.clamp(-65504, 65504).half().float())
        assert space.left == {"cpu": 0} and not space.holds((1, 1, 1, 1), 4)


def test_bands_get_half_of_the_memory_and_more_where_the_sheets_do_not_fit(monkeypatch):
    facts: Any = SimpleNamespace(band_bytes_per_pixel=10, halo=0, least_band_pixels=1, kept_bytes_per_pixel=4, kept_in_half=False)
    monkeypatch.setattr(device, "budget", lambda place: 800 + scratch.PICTURE_BYTES * 100)
    spaces = [ScratchSpace(CPU, facts, 100, 1)]
    facts.kept_bytes_per_pixel += 1
    spaces.append(ScratchSpace(CPU, facts, 100, 1))
    assert [space.most_pixels for space in spaces] == [20, 30]  # of twice the bytes that are counted
    assert [space.rows(1, 0) for space in spaces] == [16, 16]
    assert [space.left["cpu"] for space in spaces] == [800 - 16 * 20, 800 - 16 * 20]


@pytest.mark.parametrize(("height", "rows"), [(8000, 64 + 2 * 32), (100, 100)])
def test_a_band_that_is_mostly_halo_is_counted_with_it(monkeypatch, height, rows):
    facts: Any = SimpleNamespace(
        band_bytes_per_pixel=10, halo=32, least_band_pixels=1, kept_bytes_per_pixel=0, kept_in_half=False
    )
    memory = 4 * 10**7
    monkeypatch.setattr(device, "budget", lambda place: memory + scratch.PICTURE_BYTES * height * 12000)
    space = ScratchSpace(CPU, facts, height, 12000)
    assert space.most_pixels < 12000 * 128
    assert space.left["cpu"] == memory - 20 * 12000 * rows


def test_what_is_dear_may_take_half_of_the_free_disk(monkeypatch):
    monkeypatch.setattr(scratch.shutil, "disk_usage", lambda folder: SimpleNamespace(free=800 + scratch.DISK_LEFT))
    with space_of(10) as space:
        assert [space.holds((1, 1, size, 1), 4, dear=True) for size in (100, 101)] == [True, False]
        assert [space.holds((1, 1, size, 1), 4) for size in (10, 11)] == [True, False]
        space.place = torch.device("cuda")
        assert not space.holds((1, 1, 11, 1), 4, dear=True)


def test_a_rehearsal_keeps_what_the_large_picture_would_and_leaves_the_space_as_it_was(monkeypatch):
    monkeypatch.setattr(scratch, "free_disk", lambda: 0)
    with space_of(1000) as space:
        left = dict(space.left)
        with Rehearsal(space, 10, 1) as rehearsal:
            assert rehearsal.holds((1, 1, 10, 10), 4) and not rehearsal.holds((1, 1, 10, 11), 4)
            small = rehearsal.placed((1, 1, 9, 10), 1, 4)
            small.write(0, torch.rand(1, 1, 9, 10))
            assert small.read(0, 9).shape == (1, 1, 9, 10)
            assert rehearsal.holds((1, 1, 1, 10), 4) and not rehearsal.holds((1, 1, 2, 10), 4)
            small.close()
            assert rehearsal.holds((1, 1, 10, 10), 4)
            rehearsal.placed((1, 1, 10, 10), 1, 4)
        assert space.left == left


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
        ScratchSpace(CPU, microast.FACTS, 10**4, 10**4)
    ScratchSpace(CPU, microast.FACTS, 10**3, 10**3)
    with pytest.raises(OutOfMemory, match=r"needs 2\.0 GB"):  # in float16
        ScratchSpace(CPU, animegan.FACTS, 10**4, 4 * 10**5 // animegan.FACTS.kept_bytes_per_pixel)


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
