"""The package index that this user has configured: where it is, and one wheel from it without pip."""

from __future__ import annotations

import base64
import configparser
import hashlib
import json
import os
import platform
import re
import ssl
import sys
import sysconfig
import urllib.error
import urllib.parse
import urllib.request
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path

from .errors import InstallError

DEFAULT = "https://pypi.org/simple"
_TIMEOUT_SECONDS = 30
_ACCEPT = "application/vnd.pypi.simple.v1+json, text/html;q=0.5"


@dataclass(frozen=True)
class Wheel:
    """A wheel as the index lists it; `sha256` is empty where the index gives none."""

    name: str
    url: str
    sha256: str


def configured() -> str:
    """The simple index: uv's setting, else pip's, else PyPI."""
    for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL"):
        value = os.environ.get(name, "").strip()
        if value:
            return re.sub(r"^[\w.-]+=(?=\w+:)", "", value)  # uv also takes "name=https://..."
    return pip_index() or DEFAULT


def pip_index() -> str:
    """pip's `index-url` from its variable or its configuration files, the most specific first; "" when none is set."""
    value = os.environ.get("PIP_INDEX_URL", "").strip()
    for path in _pip_files():
        if value:
            break
        parser = configparser.ConfigParser(interpolation=None)
        try:
            parser.read(path, encoding="utf-8")
        except (configparser.Error, UnicodeDecodeError):
            continue
        for section in ("install", "global"):
            value = value or parser.get(section, "index-url", fallback="").strip()
    return value


def for_uv() -> dict[str, str]:
    """What uv must be told because it doesn't read pip's settings: the index and the certificates, unless uv has its own."""
    extra = {}
    own = any(os.environ.get(name) for name in ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_CONFIG_FILE"))
    if not own and not any(path.is_file() for path in _uv_files()) and pip_index():
        extra["UV_DEFAULT_INDEX"] = pip_index()
    certificates = os.environ.get("PIP_CERT", "")
    if certificates and not os.environ.get("SSL_CERT_FILE") and Path(certificates).is_file():
        extra["SSL_CERT_FILE"] = certificates
    return extra


def without_secrets(text: str) -> str:
    """`text` with the user name and password of every address in it left out."""
    return re.sub(r"(\w+://)[^/@\s]+@", r"\1", text)


def download_wheel(project: str, version: str) -> bytes:
    """The bytes of the wheel of `project` that fits this machine, checked against the index's SHA-256.

    Raises InstallError when the index can't be reached, has no such wheel, or the bytes are not the listed ones.
    """
    page = f"{configured().rstrip('/')}/{project}/"
    body, kind = _get(page)
    listed = _from_json(body, page) if "json" in kind else _from_html(body, page)
    for wheel in listed:
        if wheel.name.startswith(f"{project}-{version}-") and fits(wheel.name):
            break
    else:
        raise InstallError(f"{without_secrets(page)} lists no {project} {version} for {platform.system()} {platform.machine()}")
    if not wheel.sha256:
        raise InstallError(f"{without_secrets(page)} gives no SHA-256 for {wheel.name}: it can't be checked, so it is not used")
    content, _kind = _get(wheel.url)
    found = hashlib.sha256(content).hexdigest()
    if found != wheel.sha256:
        raise InstallError(f"{wheel.name} came damaged (SHA-256 {found[:8]}… instead of {wheel.sha256[:8]}…): try again")
    return content


def fits(name: str) -> bool:
    """Whether a wheel's file name has a platform tag of this machine."""
    tags = name.removesuffix(".whl").split("-")[-1].split(".")
    machine = platform.machine()
    if sys.platform == "win32":
        return sysconfig.get_platform().replace("-", "_") in tags
    if sys.platform == "darwin":
        return any(tag.startswith("macosx_") and tag.endswith((f"_{machine}", "_universal2")) for tag in tags)
    libc = "manylinux" if platform.libc_ver()[0] == "glibc" else "musllinux"
    return any(tag.startswith(libc) and tag.endswith(f"_{machine}") for tag in tags)


def _get(url: str) -> tuple[bytes, str]:
    """Body and content type of `url`; a user name and password in it are sent as basic authentication."""
    parts = urllib.parse.urlsplit(url)
    headers = {"Accept": _ACCEPT}
    if "@" in parts.netloc:
        user, _at, place = parts.netloc.rpartition("@")
        headers["Authorization"] = "Basic " + base64.b64encode(urllib.parse.unquote(user).encode()).decode()
        parts = parts._replace(netloc=place)
    shown = urllib.parse.urlunsplit(parts)
    context = ssl.create_default_context(cafile=os.environ.get("PIP_CERT") or None) if parts.scheme == "https" else None
    try:
        request = urllib.request.Request(shown, headers=headers)
        with urllib.request.urlopen(request, timeout=_TIMEOUT_SECONDS, context=context) as reply:
            return reply.read(), reply.headers.get("Content-Type") or ""
    except (OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise InstallError(
            f"{shown} can't be read ({reason}): check the network, a proxy (HTTPS_PROXY) or PIP_INDEX_URL"
        ) from error


def _from_json(body: bytes, page: str) -> list[Wheel]:
    """PEP 691."""
    return [
        Wheel(file["filename"], urllib.parse.urljoin(page, file["url"]), file.get("hashes", {}).get("sha256", ""))
        for file in json.loads(body)["files"]
    ]


def _from_html(body: bytes, page: str) -> list[Wheel]:
    """PEP 503: the SHA-256 is in the link's fragment."""
    links: list[Wheel] = []

    class Links(HTMLParser):
        def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
            url, _hash, fragment = (dict(attrs).get("href") or "").partition("#")
            if tag == "a" and url:
                name = urllib.parse.unquote(url.rpartition("/")[2])
                hashed = fragment.removeprefix("sha256=") if fragment.startswith("sha256=") else ""
                links.append(Wheel(name, urllib.parse.urljoin(page, url), hashed))

    Links().feed(body.decode("utf-8", "replace"))
    return links


def _pip_files() -> list[Path]:
    """Where pip looks, the most specific first (pip's documentation, "Configuration")."""
    home, name = Path.home(), "pip.ini" if sys.platform == "win32" else "pip.conf"
    if os.environ.get("PIP_CONFIG_FILE"):
        return [Path(os.environ["PIP_CONFIG_FILE"])]
    if sys.platform == "win32":
        users = [Path(os.environ.get("APPDATA", home)) / "pip" / name, home / "pip" / name]
        system = [Path(os.environ.get("PROGRAMDATA", "C:\\ProgramData")) / "pip" / name]
    else:
        config = Path(os.environ.get("XDG_CONFIG_HOME") or home / ".config")
        users = [home / "Library/Application Support/pip" / name, config / "pip" / name, home / ".pip" / name]
        system = [Path("/etc/xdg/pip") / name, Path("/etc") / name]
    return [Path(sys.prefix) / name, *users, *system]


def _uv_files() -> list[Path]:
    """Where uv keeps its user's and its system's settings."""
    if sys.platform == "win32":
        folders = [Path(os.environ.get("APPDATA", Path.home())), Path(os.environ.get("SYSTEMDRIVE", "C:") + "\\ProgramData")]
    else:
        folders = [Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config"), Path("/etc/xdg"), Path("/etc")]
    return [folder / "uv" / "uv.toml" for folder in folders]
