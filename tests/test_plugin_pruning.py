"""A cache of the shims' stays bounded, and what was used last stays in it."""

from __future__ import annotations

import os
from pathlib import Path

from plugin.common.pruning import prune, touch


def filled(folder: Path, sizes: list[int]) -> list[Path]:
    """Files of these sizes, the first the oldest."""
    paths = []
    for number, size in enumerate(sizes):
        path = folder / f"{number}.png"
        path.write_bytes(bytes(size))
        os.utime(path, (1000 + number, 1000 + number))
        paths.append(path)
    return paths


def test_the_oldest_go_when_there_are_too_many(tmp_path: Path):
    paths = filled(tmp_path, [1] * 9)
    prune(tmp_path, 4, 100)
    assert sorted(tmp_path.iterdir()) == sorted(paths[5:])


def test_the_oldest_go_when_they_are_too_large_together(tmp_path: Path):
    paths = filled(tmp_path, [10, 400, 30, 30, 30])
    prune(tmp_path, 100, 100)
    assert sorted(tmp_path.iterdir()) == sorted(paths[2:])


def test_what_fits_stays(tmp_path: Path):
    paths = filled(tmp_path, [25] * 4)
    prune(tmp_path, 4, 100)
    assert sorted(tmp_path.iterdir()) == sorted(paths)


def test_what_was_used_again_is_no_longer_old(tmp_path: Path):
    paths = filled(tmp_path, [1] * 3)
    touch(paths[0])
    prune(tmp_path, 2, 100)
    assert sorted(tmp_path.iterdir()) == sorted([paths[0], paths[2]])


def test_folders_stay_and_a_missing_one_is_no_error(tmp_path: Path):
    (tmp_path / "inside").mkdir()
    filled(tmp_path, [1])
    prune(tmp_path, 0, 0)
    assert [path.name for path in tmp_path.iterdir()] == ["inside"]
    prune(tmp_path / "nowhere", 0, 0)
    touch(tmp_path / "nowhere" / "file")
