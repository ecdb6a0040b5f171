"""uv is found, or fetched by the first way that this machine allows."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from installer import index, uv
from installer.errors import InstallError
from nst_core import folders

from .test_index import Index, server, unset  # noqa: F401 - fixtures

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="the made-up programs are shell scripts")


@pytest.fixture
def path(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, home: Path) -> Path:
    """The one folder on PATH, empty; our data folder is empty too."""
    folder = tmp_path / "bin"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    return folder


def program(path: Path, script: str) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    return path


def test_uv_on_path_is_taken(path: Path):
    program(path / "uv", "echo 'uv 0.13.9 (x86_64-unknown-linux-gnu)'")
    assert uv.find() == uv.Uv(path / "uv", "0.13.9", private=False)


@pytest.mark.parametrize("script", ["echo 'uv 0.4.30'", "exit 127", "echo 'something else 9.9.9'"])
def test_a_uv_that_is_too_old_or_does_not_run_is_passed_over(path: Path, script: str):
    program(path / "uv", script)
    assert uv.find() is None
    program(folders.data() / "tools" / "uv", "echo 'uv 0.13.9'")
    found = uv.find()
    assert found is not None
    assert found.private


@pytest.mark.usefixtures("server")
def test_without_pip_and_venv_the_wheel_is_taken_from_the_index(path: Path, monkeypatch: pytest.MonkeyPatch):
    """As on a bare Debian; the interpreter stands for one whose -m venv and -m pip fail."""
    monkeypatch.setattr(sys, "executable", str(program(path / "python3", "exit 1")))
    found = uv.ensure()
    assert found == uv.Uv(folders.data() / "tools" / "uv", uv.VERSION, private=True)
    assert [entry.name for entry in (folders.data() / "tools").iterdir()] == ["uv"]


# An interpreter with pip: it makes environments if it may, and its pip installs a uv where it was told to.
PIP = """
case "$*" in
  "-m venv "*) {venv}; mkdir -p "$3/bin"; cp "$0" "$3/bin/python";;
  "-m pip --version") echo pip 23;;
  "-m pip install "*) case "$*" in *--target*) bin=${{11}}/bin;; *) bin=$(dirname "$0");; esac
    echo "$0 $*" >> {log}
    mkdir -p "$bin"; printf '#!/bin/sh\\necho uv 0.13.9\\n' > "$bin/uv"; chmod +x "$bin/uv";;
esac
"""


@pytest.mark.parametrize(("venv", "where"), [("true", "venv/bin/python -m pip install"), ("exit 1", "--target")])
def test_pip_installs_uv_into_an_environment_of_its_own_or_a_folder(
    path: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, venv: str, where: str
):
    """The second is Debian with python3-pip but without python3-venv."""
    monkeypatch.setenv("PATH", f"{path}:/usr/bin:/bin")
    monkeypatch.setattr("shutil.which", lambda name: None)
    monkeypatch.setattr(uv, "_by_hand", lambda folder: pytest.fail("pip would have done"))
    log = tmp_path / "log"
    monkeypatch.setattr(sys, "executable", str(program(path / "python3", PIP.format(venv=venv, log=log))))
    assert uv.ensure() == uv.Uv(folders.data() / "tools" / "uv", "0.13.9", private=True)
    assert [entry.name for entry in (folders.data() / "tools").iterdir()] == ["uv"]
    assert where in log.read_text()
    assert f"uv=={uv.VERSION}" in log.read_text()


def test_when_every_way_fails_each_reason_is_in_the_details(
    path: Path,
    unset: None,  # noqa: F811
    monkeypatch: pytest.MonkeyPatch,
):
    monkeypatch.setattr(sys, "executable", str(program(path / "python3", "exit 1")))
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")
    with pytest.raises(InstallError, match="check the network and the index, or install uv yourself") as error:
        uv.ensure()
    assert "neither venv nor pip" in error.value.details
    assert "http://127.0.0.1:9/simple/uv/ can't be read" in error.value.details
    assert uv.find() is None


def test_the_private_copy_keeps_its_downloads_with_ours_and_the_user_s_uv_keeps_its_own(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(index, "for_uv", dict)
    monkeypatch.delenv("UV_CACHE_DIR", raising=False)
    assert uv.Uv(path, "1", private=True).environment()["UV_CACHE_DIR"] == str(folders.cache() / "uv")
    assert "UV_CACHE_DIR" not in uv.Uv(path, "1", private=False).environment()
    monkeypatch.setenv("UV_CACHE_DIR", "/chosen")
    assert uv.Uv(path, "1", private=True).environment()["UV_CACHE_DIR"] == "/chosen"
