"""The hosts' stdlib rules for folders are those that platformdirs gives the worker, on every system."""

from __future__ import annotations

import sys
from pathlib import Path

import platformdirs.macos
import platformdirs.unix
import platformdirs.windows
import pytest

from nst_core import folders


def expected(kind: type) -> tuple[Path, Path, Path]:
    dirs = kind(appname=folders.APP, appauthor=False)
    return Path(dirs.user_data_dir), Path(dirs.user_cache_dir), Path(dirs.user_log_dir)


@pytest.mark.parametrize(
    "variables", [{}, {"XDG_DATA_HOME": "/x/data", "XDG_CACHE_HOME": "/x/cache", "XDG_STATE_HOME": "/x/state"}]
)
def test_linux_folders_equal_platformdirs(monkeypatch, variables):
    monkeypatch.delenv("NST_HOME", raising=False)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setattr(sys, "platform", "linux")
    assert (folders.data(), folders.cache(), folders.logs()) == expected(platformdirs.unix.Unix)


def test_macos_folders_equal_platformdirs(monkeypatch):
    monkeypatch.delenv("NST_HOME", raising=False)
    for name in ("XDG_DATA_HOME", "XDG_CACHE_HOME", "XDG_STATE_HOME"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(sys, "platform", "darwin")
    assert (folders.data(), folders.cache(), folders.logs()) == expected(platformdirs.macos.MacOS)


def test_windows_folders_equal_platformdirs(monkeypatch):
    monkeypatch.delenv("NST_HOME", raising=False)
    monkeypatch.setenv("LOCALAPPDATA", "/c/Users/me/AppData/Local")
    monkeypatch.setattr(sys, "platform", "win32")
    monkeypatch.setattr(platformdirs.windows, "get_win_folder", lambda name: "/c/Users/me/AppData/Local")
    assert (folders.data(), folders.cache(), folders.logs()) == expected(platformdirs.windows.Windows)


def test_nst_home_moves_everything(monkeypatch, tmp_path):
    monkeypatch.setenv("NST_HOME", str(tmp_path))
    for folder in (folders.data(), folders.cache(), folders.logs(), folders.state(), folders.models()):
        assert tmp_path in folder.parents
