"""`models` on the command line: what is printed, as text and as JSON, and with which exit code it ends."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from nst_core import cli, manifest


@pytest.fixture
def say(capsys: pytest.CaptureFixture[str]) -> Any:
    """Run `models` with these arguments: its exit code, output and error output."""

    def run(*arguments: object) -> tuple[int, str, str]:
        code = cli.main(["models", *map(str, arguments)])
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_the_list_marks_what_may_not_be_used_commercially_and_what_is_nearly_known(home: Path, say: Any) -> None:
    code, out, _ = say("list")
    rows = {line.split()[0]: line for line in out.splitlines()}
    assert code == 0 and set(manifest.load().models) < set(rows)
    assert "  yes  " in rows["microast"] and "!" not in rows["microast"]
    assert "  no !  " in rows["animegan2-paprika"] and "~8.6 MB" in rows["animegan2-paprika"]
    assert "  unclear !  " in rows["magenta"] and " 44.4 MB " in rows["magenta"]
    assert " 94.1 MB " in rows["adain"], "with what it has in common with another model"
    assert "comes along" in rows["embedded"] and "  yes  " in rows["embedded"]
    assert out.splitlines()[-1].startswith("! ask the authors")


def test_the_first_fetch_tells_size_licence_and_terms_and_then_the_path(mirror: Path, say: Any) -> None:
    code, out, err = say("fetch", "magenta-mobile")
    assert code == 0 and Path(out.strip()).is_file()
    assert "note: fetching Magenta (mobile): 3.3 MB, licence Apache-2.0 (the code; nothing separate is stated for" in err
    assert "commercial use: unclear (https://" in err
    assert say("fetch", "magenta-mobile")[1:] == (out, "")


def test_progress_for_programs_has_bytes_and_ends_with_the_path(mirror: Path, say: Any) -> None:
    _, out, err = say("fetch", "microast", "--progress", "json")
    events = [json.loads(line) for line in err.splitlines()]
    assert events[-1] == {"event": "done", "path": out.strip()}
    assert any(event.get("stage", "").startswith("downloading microast: 1.9 of 1.9 MB") for event in events)


def test_sources_are_kept_on_request_and_pruned(mirror: Path, say: Any) -> None:
    folder = Path(say("fetch", "microast", "--keep-sources")[1].strip()).parent
    assert len(list(folder.iterdir())) == 6
    code, out, _ = say("prune")
    assert code == 0 and len(out.splitlines()) == 4
    assert all(line.endswith(" freed") for line in out.splitlines())
    assert sorted(path.name for path in folder.iterdir()) == ["microast.json", "microast.safetensors"]
    assert say("prune")[1] == "nothing to prune\n"
    assert json.loads(say("prune", "--json")[1]) == {"pruned": []}


def test_verify_looks_at_everything_and_names_all_that_is_damaged(mirror: Path, say: Any) -> None:
    paths = [Path(say("fetch", one)[1].strip()) for one in ("microast", "pack:great-wave", "pack:starry-night")]
    assert say("verify")[:2] == (0, "embedded: good\nmicroast: good\npack:starry-night: good\npack:great-wave: good\n")
    for path in paths[:2]:
        path.write_bytes(path.read_bytes()[:-1] + b"?")
    code, out, err = say("verify")
    assert (code, out) == (4, "embedded: good\npack:starry-night: good\n")
    assert "model microast: microast.safetensors is damaged: SHA-256" in err and "style pack:great-wave: wave.jpg is" in err
    assert [path.exists() for path in paths] == [False, False, True]
    assert json.loads(say("verify", "--json")[1]) == {"verified": ["embedded", "pack:starry-night"]}


def test_a_licence_tells_whom_to_credit_and_what_nobody_here_has_seen(home: Path, say: Any) -> None:
    _, seen, _ = say("licence", "microast")
    assert "MicroAST: MIT\nhttps://" in seen and "commercial use: yes\ncredit: Zhizhong Wang et al." in seen
    assert "as others state" not in seen
    assert "as others state them, not seen by this program's makers: decoder.pth" in say("licence", "adain")[1]
    told = json.loads(say("licence", "animegan2-hayao", "--json")[1])
    assert (told["id"], told["commercial"]) == ("animegan2-hayao", "no") and "Gang Liu" in told["attribution"]


def test_what_comes_with_the_program_is_not_removed(home: Path, say: Any) -> None:
    code, _, err = say("remove", "embedded")
    assert code == 4 and "model embedded: it comes with the program: it goes when the program is uninstalled" in err
