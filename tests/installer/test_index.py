"""Finding the user's package index and taking one checked wheel from it, against a server on this machine."""

from __future__ import annotations

import functools
import hashlib
import http.server
import io
import json
import sys
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from installer import index, uv
from installer.errors import InstallError

PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "http_proxy", "https_proxy", "all_proxy")
PLATFORM_TAGS = {
    "linux": "manylinux_2_17_x86_64.manylinux2014_x86_64.manylinux_2_17_aarch64.musllinux_1_1_x86_64.musllinux_1_1_aarch64",
    "darwin": "macosx_11_0_universal2",
    "win32": "win_amd64.win_arm64.win32",
}


def wheel_name(version: str = uv.VERSION) -> str:
    return f"uv-{version}-py3-none-{PLATFORM_TAGS[sys.platform]}.whl"


@functools.cache  # the same bytes each time: a zip holds the time of its making
def uv_wheel(version: str = uv.VERSION) -> bytes:
    """A wheel that pip and our own hands can install; its program only says its version."""
    content = io.BytesIO()
    info = f"uv-{version}.dist-info"
    with zipfile.ZipFile(content, "w") as wheel:
        program = zipfile.ZipInfo(f"uv-{version}.data/scripts/uv")
        program.external_attr = 0o100755 << 16
        wheel.writestr(program, f"#!/bin/sh\necho 'uv {version} (made up)'\n")
        wheel.writestr(f"{info}/METADATA", f"Metadata-Version: 2.1\nName: uv\nVersion: {version}\n")
        wheel.writestr(f"{info}/WHEEL", "Wheel-Version: 1.0\nGenerator: tests\nRoot-Is-Purelib: false\nTag: py3-none-any\n")
        wheel.writestr(f"{info}/RECORD", "")
    return content.getvalue()


class Index(http.server.ThreadingHTTPServer):
    """A package index with one wheel of uv; `kind` and `sha256` say how its page looks."""

    kind, sha256 = "html", hashlib.sha256(uv_wheel()).hexdigest()

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Handler)
        self.authorizations: list[str | None] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/simple"

    def page(self) -> tuple[str, bytes]:
        """With a wheel for another machine first; the address of the file is relative, as PEP 503 allows."""
        names = [f"uv-{uv.VERSION}-py3-none-linux_armv6l.whl", "uv-0.0.1-py3-none-any.whl", wheel_name()]
        if self.kind == "json":
            hashes = {"sha256": self.sha256} if self.sha256 else {}
            listed = [{"filename": name, "url": f"../../files/{name}", "hashes": hashes} for name in names]
            return "application/vnd.pypi.simple.v1+json", json.dumps({"files": listed}).encode()
        fragment = f"#sha256={self.sha256}" if self.sha256 else ""
        return "text/html", "".join(f'<a href="../../files/{name}{fragment}">{name}</a>' for name in names).encode()


class Handler(http.server.BaseHTTPRequestHandler):
    server: Index

    def do_GET(self) -> None:
        self.server.authorizations.append(self.headers["Authorization"])
        kind, body = self.server.page() if self.path == "/simple/uv/" else ("application/zip", uv_wheel())
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *arguments: object) -> None:
        """Quiet."""


@pytest.fixture
def unset(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No index, no proxy and no configuration file of this machine counts."""
    for name in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "PIP_FIND_LINKS", "UV_DEFAULT_INDEX", "UV_INDEX_URL", *PROXIES):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("PIP_CONFIG_FILE", str(tmp_path / "pip.conf"))
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(index, "_uv_files", list)


@pytest.fixture
def server(unset: None, monkeypatch: pytest.MonkeyPatch) -> Iterator[Index]:
    with Index() as running:
        monkeypatch.setenv("PIP_INDEX_URL", running.url)
        threading.Thread(target=running.serve_forever, args=(0.05,), daemon=True).start()
        yield running
        running.shutdown()


def test_pypi_is_the_index_of_a_machine_without_settings(unset: None):
    assert index.configured() == "https://pypi.org/simple"
    assert index.for_uv() == {}


def test_pip_s_variable_beats_pip_s_file_and_uv_s_beats_both(unset: None, monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    (tmp_path / "pip.conf").write_text("[global]\nindex-url = https://file.example/simple\n[install]\nuser = no\n")
    assert index.configured() == "https://file.example/simple"
    monkeypatch.setenv("PIP_INDEX_URL", "https://variable.example/simple")
    assert index.configured() == "https://variable.example/simple"
    monkeypatch.setenv("UV_DEFAULT_INDEX", "own=https://uv.example/simple")
    assert index.configured() == "https://uv.example/simple"


def test_uv_is_told_of_pip_s_index_unless_it_has_its_own(unset: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example/simple")
    assert index.for_uv() == {"UV_DEFAULT_INDEX": "https://pip.example/simple"}
    monkeypatch.setenv("UV_INDEX_URL", "https://uv.example/simple")
    assert index.for_uv() == {}


@pytest.mark.parametrize("kind", ["html", "json"])
def test_the_wheel_for_this_machine_comes_checked_from_either_kind_of_page(server: Index, kind: str):
    server.kind = kind
    assert index.download_wheel("uv", uv.VERSION) == uv_wheel()


@pytest.mark.parametrize("kind", ["html", "json"])
def test_a_wheel_with_another_hash_is_refused(server: Index, kind: str):
    server.kind, server.sha256 = kind, "0" * 64
    with pytest.raises(InstallError, match=r"came damaged \(SHA-256 .*instead of 00000000"):
        index.download_wheel("uv", uv.VERSION)


def test_a_wheel_without_a_hash_is_refused(server: Index):
    server.sha256 = ""
    with pytest.raises(InstallError, match="gives no SHA-256"):
        index.download_wheel("uv", uv.VERSION)


def test_a_version_that_the_index_lacks_is_named(server: Index):
    with pytest.raises(InstallError, match=r"lists no uv 9\.9\.9 for "):
        index.download_wheel("uv", "9.9.9")


def test_user_name_and_password_are_sent_but_never_shown(server: Index, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_INDEX_URL", server.url.replace("//", "//zoe:s%40cret@"))
    assert index.download_wheel("uv", uv.VERSION) == uv_wheel()
    assert server.authorizations[0] == "Basic em9lOnNAY3JldA=="  # zoe:s@cret
    with pytest.raises(InstallError) as error:
        index.download_wheel("uv", "9.9.9")
    assert "cret" not in error.value.message


def test_an_index_that_can_t_be_reached_is_named_with_the_cure(unset: None, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://zoe:secret@127.0.0.1:9/simple")
    with pytest.raises(InstallError, match=r"^http://127\.0\.0\.1:9/simple/uv/ can't be read \(.*\): check the network, a proxy"):
        index.download_wheel("uv", uv.VERSION)


@pytest.mark.parametrize(
    ("platform", "machine", "libc", "fitting"),
    [
        ("linux", "x86_64", "glibc", "manylinux_2_17_x86_64.manylinux2014_x86_64"),
        ("linux", "x86_64", "", "musllinux_1_1_x86_64"),
        ("linux", "aarch64", "glibc", "manylinux_2_28_aarch64"),
        ("linux", "armv7l", "glibc", "manylinux_2_17_armv7l.manylinux2014_armv7l"),
        ("darwin", "arm64", "", "macosx_11_0_arm64"),
        ("darwin", "x86_64", "", "macosx_10_12_x86_64"),
        ("win32", "AMD64", "", "win_amd64"),
    ],
)
def test_of_all_wheels_only_the_machine_s_own_fits(
    platform: str, machine: str, libc: str, fitting: str, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr("sys.platform", platform)
    monkeypatch.setattr("platform.machine", lambda: machine)
    monkeypatch.setattr("platform.libc_ver", lambda: (libc, ""))
    monkeypatch.setattr("sysconfig.get_platform", lambda: "win-amd64")
    tags = {
        *("manylinux_2_17_x86_64.manylinux2014_x86_64", "manylinux_2_28_aarch64", "musllinux_1_1_x86_64", "win_amd64", "win32"),
        *("manylinux_2_17_armv7l.manylinux2014_armv7l", "macosx_11_0_arm64", "macosx_10_12_x86_64", "win_arm64", "linux_armv6l"),
    }
    assert [tag for tag in sorted(tags) if index.fits(f"uv-1.0-py3-none-{tag}.whl")] == [fitting]
