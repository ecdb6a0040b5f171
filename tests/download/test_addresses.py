"""Where a download may go: redirects, certificates, proxies and folders."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from nst_core import download, reply
from nst_core.download import Unobtainable

from .. import loopback
from ..loopback import Loopback
from .fetching import CONTENT, HALF, PATIENCE, SOURCE, begun, fetch, nothing, reasons

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


# --- folders as mirrors


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


def test_a_message_does_not_show_the_password_of_a_mirror() -> None:
    assert reply.shown("https://me:secret@mirror.example:8443/models/a") == "https://mirror.example:8443/models/a"
