"""Tiny material for training: a VGG of random weights and folders of small pictures."""

from __future__ import annotations

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch
from PIL import Image
from safetensors.torch import save_file

from nst_core.networks import vgg
from nst_core.training import augmentation
from nst_core.training.__main__ import main


@pytest.fixture(autouse=True)
def own_threads() -> Iterator[None]:
    """A training sets how many threads the whole process has, and sums round otherwise with another number of them."""
    threads = torch.get_num_threads()
    yield
    torch.set_num_threads(threads)


@pytest.fixture(scope="session")
def features() -> vgg.Vgg:
    torch.manual_seed(1)
    state = vgg.Vgg(19, "conv3_3").state_dict()
    return vgg.build({key: torch.randn_like(value) * (2 / max(value[0].numel(), 9)) ** 0.5 for key, value in state.items()})


@pytest.fixture(scope="session")
def vgg_file(features, tmp_path_factory) -> Path:
    path = tmp_path_factory.mktemp("vgg") / "vgg.safetensors"
    save_file({key: value.contiguous() for key, value in features.state_dict().items()}, path)
    return path


@pytest.fixture(scope="session")
def folders(tmp_path_factory) -> tuple[Path, Path]:
    """Seventy photographs and seventy paintings, so that some of each are held out."""
    root = tmp_path_factory.mktemp("pictures")
    for kind, draw in (("content", augmentation.calm), ("style", augmentation.texture)):
        (root / kind).mkdir()
        for index in range(70):
            Image.fromarray(draw(72, random.Random(f"{kind} {index}"))).save(root / kind / f"{index:03d}.png")
    return root / "content", root / "style"


@pytest.fixture
def command_of(folders, vgg_file, tmp_path):
    """A training's command on the tiny material: `command_of(kind, tiny)` runs in a folder of its own."""

    def command(kind: str, tiny: list[str]):
        def run(*arguments: str, folder: str = "run") -> int:
            contents, styles = (str(path) for path in folders)
            output = str(tmp_path / f"{folder}.safetensors")
            fixed = [kind, "--content", contents, "--style", styles, "--vgg", str(vgg_file), "-o", output]
            return main([*fixed, "--folder", str(tmp_path / folder), *tiny, *arguments])

        return run

    return command
