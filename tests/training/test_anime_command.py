"""`python -m nst_core train`: hands over to training's own command line, and says in a sentence what is missing."""

from __future__ import annotations

import builtins
import sys

import pytest

from nst_core import cli, device
from nst_core.errors import ModelError, PictureError, UsageError
from nst_core.training import __main__ as training


def test_everything_after_train_is_trainings_own(monkeypatch):
    seen = []

    def trained(arguments: list[str], program: str) -> int:
        seen.append((arguments, program))
        return 7

    monkeypatch.setattr(training, "main", trained)
    given = ["anime", "--content", "a folder", "--help", "--threads", "-1", "-o", "out.safetensors", "--debug", "--version"]
    assert cli.main(["train", *given]) == 7
    assert seen == [(given, "python -m nst_core train")]


def test_train_is_in_the_help_and_has_a_help_of_its_own(capsys):
    for arguments, told in ((["--help"], "train a model of your own"), (["train", "anime", "--help"], "--weight-style")):
        with pytest.raises(SystemExit) as left:
            cli.main(arguments)
        assert left.value.code == 0
        assert told in capsys.readouterr().out


@pytest.mark.parametrize("name", ["embedded", "anime"])
def test_a_wrong_argument_is_one_line(name, capsys):
    assert cli.main(["train", name, "--content", "x"]) == UsageError.exit_code
    told = capsys.readouterr().err
    assert told.startswith("nst_core: error: the following arguments are required") and told.count("\n") == 1
    assert f'"python -m nst_core train {name} --help"' in told


@pytest.mark.parametrize("name", ["embedded", "anime"])
def test_a_missing_folder_is_named_before_anything_is_downloaded(name, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("NST_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("NST_OFFLINE", "1")  # so that the missing VGG would be the error
    folders = ["--content", str(tmp_path / "none"), "--style", str(tmp_path)]
    assert cli.main(["train", name, *folders, "-o", str(tmp_path / "m.safetensors")]) == PictureError.exit_code
    assert capsys.readouterr().err == f"nst_core: error: {tmp_path / 'none'} is no folder: give one with pictures in it\n"


@pytest.mark.parametrize("name", ["embedded", "anime"])
def test_a_device_that_is_not_here_is_refused(name, tmp_path, capsys):
    folders = ["--content", str(tmp_path), "--style", str(tmp_path)]
    given = ["train", name, *folders, "--device", "abacus", "-o", str(tmp_path / "m.safetensors")]
    assert cli.main(given) == UsageError.exit_code
    assert capsys.readouterr().err == "nst_core: error: device abacus is not usable here: choose auto or one of " + (
        f"{', '.join(device.available())}\n"
    )


def test_a_missing_package_is_told_with_its_cure(monkeypatch, capsys):
    real = builtins.__import__

    def without(name, *rest, **more):
        if name.endswith("training.__main__"):
            raise ModuleNotFoundError("No module named 'torch'", name="torch")
        return real(name, *rest, **more)

    monkeypatch.setattr(builtins, "__import__", without)
    assert cli.main(["train", "anime"]) == 1
    told = capsys.readouterr().err
    assert told.startswith("nst_core: error: training needs torch, which this Python lacks: run")
    assert sys.executable in told and ".[train]" in told and told.count("\n") == 1


def test_without_a_file_for_vgg_the_stores_is_taken(folders, home, monkeypatch, capsys, tmp_path):
    monkeypatch.setenv("NST_OFFLINE", "1")
    given = ["--content", str(folders[0]), "--style", str(folders[1]), "-o", str(tmp_path / "m.safetensors")]
    assert cli.main(["train", "anime", *given]) == ModelError.exit_code
    assert "nst_core: error: model vgg19-normalised: " in capsys.readouterr().err
