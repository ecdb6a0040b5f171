"""Where files live on this user's machine; standard library only, Python 3.9 and newer.

The hosts' Pythons have no platformdirs, so the rules of platformdirs 4 for appname "style-transfer", appauthor False are
written out here; a test holds the two equal. `NST_HOME` moves everything under one folder.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

APP = "style-transfer"


def _windows_folder() -> Path:
    """%LOCALAPPDATA%\\style-transfer (CSIDL_LOCAL_APPDATA; the variable is set in every logon session)."""
    base = os.environ.get("LOCALAPPDATA") or os.path.join(os.path.expanduser("~"), "AppData", "Local")
    return Path(base) / APP


def _folder(kind: str, xdg: str, linux: str, macos: str, windows: str) -> Path:
    home = os.environ.get("NST_HOME", "").strip()
    if home:
        return Path(home).expanduser().absolute() / kind
    if sys.platform == "win32":
        return _windows_folder() / windows if windows else _windows_folder()
    if sys.platform == "darwin":
        return Path(os.path.expanduser(macos)) / APP
    base = os.environ.get(xdg, "").strip() or os.path.expanduser(linux)
    return Path(base) / APP


def data() -> Path:
    """Models, the worker's environment, settings that outlive an update."""
    return _folder("data", "XDG_DATA_HOME", "~/.local/share", "~/Library/Application Support", "")


def cache() -> Path:
    """What can be made again at any time: conversions in progress, uv's downloads."""
    return _folder("cache", "XDG_CACHE_HOME", "~/.cache", "~/Library/Caches", "Cache")


def logs() -> Path:
    """The worker's log files."""
    if sys.platform not in ("win32", "darwin") and not os.environ.get("NST_HOME", "").strip():
        return _folder("state", "XDG_STATE_HOME", "~/.local/state", "", "") / "log"
    return _folder("log", "", "", "~/Library/Logs", "Logs")


def state() -> Path:
    """The running worker's address, key and lock; readable by the user alone."""
    return data() / "run"


def models() -> Path:
    """One folder a model: converted weights and their provenance."""
    return data() / "models"
