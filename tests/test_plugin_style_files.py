"""Pictures that are taken as styles become files of their own, whatever they are called and whatever locale Python has."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from plugin.common.paths import reachable, spelled
from plugin.common.style_files import LONGEST_NAME, new_file
from tests.conftest import REPOSITORY


@pytest.mark.parametrize(
    ("name", "file"),
    [
        ("Skizze für Zoë", "Skizze für Zoë.png"),
        ('a/b\\c: "d"?\n', "a b c d.png"),
        ("..", "Picture.png"),
        ("x" * 99, "x" * LONGEST_NAME + ".png"),
    ],
)
def test_a_file_is_called_like_the_picture_as_far_as_every_system_allows(tmp_path: Path, name: str, file: str):
    assert new_file(tmp_path / "styles", name) == str(tmp_path / "styles" / file)


def test_no_file_is_written_over(tmp_path: Path):
    for file in ("sky.png", "sky 2.png", "sky 3.png"):
        path = new_file(tmp_path, "sky")
        assert path == str(tmp_path / file)
        Path(path).touch()


def test_letters_are_letters_where_python_knows_ascii_alone(tmp_path: Path):
    folder = tmp_path / "zoë"
    program = (
        "import sys; from pathlib import Path; from plugin.common.style_files import new_file\n"
        "from plugin.common.paths import reachable\n"
        "assert sys.getfilesystemencoding() == 'ascii'\n"
        "for _ in range(2): reachable(new_file(Path(sys.argv[1]), 'f\\u00fcr')).touch()"
    )
    environment = {"LC_ALL": "POSIX", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0", "PYTHONIOENCODING": "utf-8"}
    subprocess.run([sys.executable, "-c", program, folder], cwd=REPOSITORY, env=environment, check=True)
    assert sorted(path.name for path in folder.iterdir()) == ["für 2.png", "für.png"]
    assert reachable(spelled(folder)) == folder
