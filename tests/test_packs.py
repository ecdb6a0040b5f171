"""Style packs: a painting is named, fetched when it is used, credited, and kept by the store like everything else."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_core import cli, download, packs
from nst_core.errors import ModelError
from nst_core.weights import Store

WAVE = "pack:great-wave"


def test_only_a_name_with_the_prefix_is_a_painting(tmp_path: Path) -> None:
    assert packs.is_painting(WAVE)
    assert not any(map(packs.is_painting, ("wave.jpg", "./pack:great-wave", tmp_path / WAVE, Path(WAVE), None)))


def test_a_painting_is_fetched_at_its_first_use_and_credited_at_each(mirror: Path) -> None:
    heard: list[str] = []
    store = Store(log=heard.append)
    path = packs.picture(WAVE, store, log=heard.append)
    assert path.read_bytes() == (mirror / "style-pack-public-domain" / "wave.jpg").read_bytes()
    assert path.parent == store.root / "style-pack-public-domain"
    fetched, credited = heard
    assert fetched.startswith("fetching Under the Wave off Kanagawa: 0.1 MB, licence public domain (the artist died in 1849), ")
    assert credited.startswith(f"style {WAVE}: Under the Wave off Kanagawa, Katsushika Hokusai, about 1831; public domain")
    assert packs.picture(WAVE, Store(offline=True), log=heard.append) == path
    assert heard[2:] == [credited]


def test_all_six_are_pictures_of_their_stated_bytes(mirror: Path) -> None:
    store = Store(offline=True)
    for painting in store.paintings():
        with Image.open(packs.picture(painting.id, store)) as picture:
            assert min(picture.size) > 500 and picture.mode == "RGB"
    assert sorted(path.suffix for path in (store.root / "style-pack-public-domain").iterdir()) == [".jpg"] * 3 + [".webp"] * 3


def test_damage_is_found_when_it_is_used_and_mended(mirror: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    store = Store()
    path = packs.picture(WAVE, store)
    good = path.read_bytes()
    path.write_bytes(good[:-1] + b"?")
    with pytest.raises(ModelError, match=r"style pack:great-wave: wave.jpg is damaged: SHA-256 .*models fetch pack:great-wave"):
        store.path(WAVE)
    assert packs.picture(WAVE, store).read_bytes() == good
    path.write_bytes(good[:100])
    monkeypatch.delenv("NST_MODELS_MIRROR")
    with pytest.raises(ModelError, match=r"was damaged \(100 bytes instead of 123262\) and is deleted; wave.jpg is not on this"):
        packs.picture(WAVE, Store(offline=True))
    assert not path.exists()


def test_an_unknown_painting_is_told_with_those_there_are(home: Path) -> None:
    with pytest.raises(ModelError, match=r"style 'pack:mona-lisa' is unknown: choose one of pack:harvesters, pack:venice"):
        packs.picture("pack:mona-lisa", Store())


def test_removing_one_leaves_the_others(mirror: Path) -> None:
    store = Store()
    wave, stars = (packs.picture(name, store) for name in (WAVE, "pack:starry-night"))
    assert store.remove(WAVE) == 123262
    assert store.remove(WAVE) == 0
    assert not wave.exists() and stars.exists()


def test_a_painting_got_by_other_means_is_imported(mirror: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("NST_MODELS_MIRROR")
    copy = shutil.copy(mirror / "style-pack-public-domain" / "wave.jpg", tmp_path / "from a friend.jpeg")
    store = Store(offline=True)
    assert download.sha256(store.import_files(WAVE, [copy])) == download.sha256(Path(copy))
    assert store.installed()[-1] == WAVE


# --- on the command line


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    Image.fromarray(np.random.default_rng(0).integers(0, 255, (48, 64, 3), np.uint8)).save(tmp_path / "photo.png")
    return tmp_path / "photo.png"


def test_a_picture_is_painted_after_a_painting_like_after_its_file(
    mirror: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = mirror / "style-pack-public-domain" / "wave.jpg"
    for style, out in ((WAVE, "named.png"), (str(file), "file.png")):
        assert cli.main(["stylize", str(photo), "--style", style, "-o", str(tmp_path / out), "--in-process"]) == 0
    assert "note: style pack:great-wave: Under the Wave off Kanagawa, Katsushika Hokusai" in capsys.readouterr().err
    named, direct = (np.asarray(Image.open(tmp_path / name)) for name in ("named.png", "file.png"))
    assert np.array_equal(named, direct)


def test_an_unknown_painting_is_told_before_anything_starts(
    home: Path, photo: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert cli.main(["stylize", str(photo), "--style", "pack:mona-lisa", "-o", str(tmp_path / "out.png")]) == 4
    assert "error: style 'pack:mona-lisa' is unknown" in capsys.readouterr().err


def test_the_paintings_are_listed_fetched_and_credited(mirror: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["models", "packs"]) == 0
    assert "Katsushika Hokusai" in capsys.readouterr().out
    assert cli.main(["models", "fetch", WAVE, "--json"]) == 0
    path = json.loads(capsys.readouterr().out)["path"]
    assert cli.main(["models", "packs", "--json"]) == 0
    listed = {one["id"]: one for one in json.loads(capsys.readouterr().out)["paintings"]}
    assert len(listed) == 6 and listed[WAVE]["path"] == path and not listed["pack:venice"]["installed"]
    assert cli.main(["models", "licence", WAVE]) == 0
    assert "credit: Under the Wave off Kanagawa, Katsushika Hokusai" in capsys.readouterr().out
