"""Krita's settings keep every byte but the one key."""

from __future__ import annotations

import configparser
import difflib
from pathlib import Path

import pytest

from installer import kritarc

FILES = {
    "empty": b"",
    "no group": b"[General]\nname=Zo\xc3\xab\n",
    "group": b"[General]\na=1\n\n[python]\nenable_other=true\n\n[theme]\nTheme=dark\n",
    "group last": b"[General]\na=1\n[python]\nenable_other=true\n",
    "group empty": b"[python]\n[theme]\nTheme=dark\n",
    "Windows": b"[General]\r\na=1\r\n\r\n[python]\r\nenable_other=true\r\n",
    "Windows without group": b"[General]\r\na=1\r\n",
    "no line end": b"[General]\na=1",
    "no line end after the group": b"[General]\na=1\n[python]",
    "not UTF-8": b"[General]\nname=\xff\xfe\n[python]\nx=y\n",
    "key of the same name elsewhere": b"[other]\nenable_style_transfer=false\n",
    "switched off": b"[python]\nenable_other=true\nenable_style_transfer=false\n[theme]\nTheme=dark\n",
    "switched off, spaced": b"[python]\n enable_style_transfer = false \r\n",
}


def read(content: bytes) -> configparser.ConfigParser:
    """The file as another reader sees it; a line before the first group belongs to none."""
    parser = configparser.ConfigParser(strict=False, interpolation=None)
    parser.read_string(content.decode("latin-1"))
    return parser


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_enabling_sets_the_key_in_its_group_and_nothing_else(content: bytes):
    before, after = read(content), read(kritarc.enabled(content))
    assert after.get("python", "enable_style_transfer") == "true"
    after.remove_option("python", "enable_style_transfer")
    if before.has_section("python"):
        before.remove_option("python", "enable_style_transfer")
    else:
        after.remove_section("python")
    assert after == before


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_enabling_keeps_all_other_lines_byte_for_byte(content: bytes):
    before, after = (text.decode("latin-1").split("\n") for text in (content, kritarc.enabled(content)))
    changes = list(difflib.ndiff(before, after))
    removed = [line[2:] for line in changes if line.startswith("- ") and line.strip() != "-"]
    added = [line[2:].strip() for line in changes if line.startswith("+ ") and line.strip() != "+"]
    assert removed in ([], ["enable_style_transfer=false"], [" enable_style_transfer = false \r"])
    assert added in (["enable_style_transfer=true"], ["[python]", "enable_style_transfer=true"])


def test_the_file_s_own_line_end_is_used():
    assert kritarc.enabled(FILES["Windows"]).count(b"\n") == kritarc.enabled(FILES["Windows"]).count(b"\r\n")
    assert b"\r" not in kritarc.enabled(FILES["group"])


@pytest.mark.parametrize("content", FILES.values(), ids=FILES)
def test_enabling_twice_is_enabling_once(content: bytes):
    once = kritarc.enabled(content)
    assert kritarc.enabled(once) == once


@pytest.mark.parametrize("name", ["empty", "no group", "group", "group last", "Windows", "Windows without group", "not UTF-8"])
def test_disabling_undoes_enabling_byte_for_byte(name: str):
    assert kritarc.disabled(kritarc.enabled(FILES[name])) == FILES[name]


def test_disabling_a_file_without_the_key_changes_nothing():
    assert all(kritarc.disabled(content) == content for name, content in FILES.items() if "switched off" not in name)


def test_a_file_that_we_made_goes_with_the_key(tmp_path: Path):
    config = tmp_path / "new folder" / "kritarc"
    assert kritarc.enable(config)
    assert kritarc.is_enabled(config)
    assert kritarc.disable(config)
    assert not config.exists()


def test_a_link_stays_a_link_and_permissions_stay(tmp_path: Path):
    real = tmp_path / "dotfiles" / "kritarc"
    real.parent.mkdir()
    real.write_bytes(FILES["group"])
    real.chmod(0o600)
    link = tmp_path / "kritarc"
    link.symlink_to(real)
    kritarc.enable(link)
    assert link.is_symlink()
    assert kritarc.is_enabled(real)
    assert real.stat().st_mode & 0o777 == 0o600
    assert [path.name for path in real.parent.iterdir()] == ["kritarc"]
