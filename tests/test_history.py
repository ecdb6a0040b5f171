"""The history: the newest results first, each with its thumbnail, which goes with it."""

from __future__ import annotations

import io
import json
import time
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_core import errors, schema
from plugin.common import png
from plugin.common.history import MOST, History
from plugin.common.styles import Chosen, alone


def history(folder: Path, samples: str = "/krita/nst_core/samples") -> History:
    return History(folder, samples, schema.check, errors.UsageError)


def thumbnails(folder: Path) -> list[bytes]:
    return sorted(path.read_bytes() for path in (folder / "history").iterdir())


def strengths(folder: Path) -> list[float]:
    return [entry.parameters["strength"] for entry in history(folder).all()]


@pytest.mark.parametrize("size", [(1, 1), (96, 64), (3, 7)])
def test_png_is_what_pillow_reads(size: tuple[int, int]):
    pixels = np.random.default_rng(1).integers(0, 256, (size[1], size[0], 3), np.uint8)
    with Image.open(io.BytesIO(png.encode(*size, pixels.tobytes()))) as image:
        image.verify()
    with Image.open(io.BytesIO(png.encode(*size, pixels.tobytes()))) as image:
        assert image.mode == "RGB"
        assert np.array_equal(np.asarray(image), pixels)


@pytest.mark.parametrize(("width", "height", "pixels"), [(2, 2, b"123"), (0, 0, b"")])
def test_png_of_wrong_size_is_refused(width: int, height: int, pixels: bytes):
    with pytest.raises(ValueError, match="bytes are no"):
        png.encode(width, height, pixels)


def test_results_come_back_newest_first(tmp_path: Path):
    before = time.time()
    history(tmp_path).add("embedded", alone("/p/wave.jpg"), {"strength": 0.5}, b"first")
    history(tmp_path).add("anime", (), {})
    newest, oldest = history(tmp_path).all()
    assert (newest.method, newest.styles, newest.thumbnail) == ("anime", (), None)
    assert (oldest.method, oldest.styles) == ("embedded", alone("/p/wave.jpg"))
    assert oldest.parameters == {**schema.method("embedded").defaults, "strength": 0.5}
    assert oldest.thumbnail is not None and oldest.thumbnail.read_bytes() == b"first"
    assert before <= oldest.when <= newest.when <= time.time()


def test_twenty_stay_and_thumbnails_go_with_their_entries(tmp_path: Path):
    for number in range(MOST + 3):
        history(tmp_path).add("embedded", (), {"strength": number / 100}, b"%02d" % number)
    assert strengths(tmp_path) == [number / 100 for number in range(MOST + 2, 2, -1)]
    assert thumbnails(tmp_path) == [b"%02d" % number for number in range(3, MOST + 3)]


def test_same_order_again_moves_up_with_its_new_thumbnail(tmp_path: Path):
    for strength, thumbnail in ((0.1, b"a"), (0.2, b"b"), (0.1, b"c")):
        history(tmp_path).add("embedded", alone("/p/wave.jpg"), {"strength": strength}, thumbnail)
    assert strengths(tmp_path) == [0.1, 0.2]
    assert thumbnails(tmp_path) == [b"b", b"c"]


def test_weights_tell_orders_apart(tmp_path: Path):
    mixes = [(Chosen("/p/a.jpg", weight), Chosen("/p/b.jpg")) for weight in (0.2, 0.6, 0.2)]
    for mix in mixes:
        history(tmp_path).add("embedded", mix, {})
    assert [entry.styles for entry in history(tmp_path).all()] == [mixes[0], mixes[1]]


def test_picture_that_ships_is_each_host_s_own(tmp_path: Path):
    history(tmp_path, "/gimp/nst_core/samples").add("embedded", alone("/gimp/nst_core/samples/style-woodcut.jpg"), {})
    (entry,) = history(tmp_path).all()
    assert Path(entry.styles[0].source) == Path("/krita/nst_core/samples/style-woodcut.jpg")


def test_cleared_history_leaves_nothing(tmp_path: Path):
    history(tmp_path).add("embedded", (), {}, b"a")
    history(tmp_path).clear()
    assert history(tmp_path).all() == [] and thumbnails(tmp_path) == []


def test_missing_thumbnail_leaves_the_entry(tmp_path: Path):
    history(tmp_path).add("embedded", (), {}, b"a")
    for path in (tmp_path / "history").iterdir():
        path.unlink()
    assert [entry.thumbnail for entry in history(tmp_path).all()] == [None]


def test_strange_rows_are_left_aside_and_never_lead_out_of_the_folder(tmp_path: Path):
    precious = tmp_path / "precious.png"
    precious.write_bytes(b"mine")
    (tmp_path / "history").mkdir()
    good = {"method": "embedded", "styles": [], "parameters": {}, "when": 1.0, "thumbnail": "../precious.png"}
    strange = [{**good, "method": "invented-later"}, {**good, "parameters": {"strength": 9}}, {**good, "when": "now"}, 7, {}]
    (tmp_path / "history.json").write_text(json.dumps({"version": 1, "results": [*strange, good]}))
    assert [entry.thumbnail for entry in history(tmp_path).all()] == [None]
    history(tmp_path).clear()
    assert precious.read_bytes() == b"mine"


def test_history_that_can_t_be_written_disturbs_nobody(tmp_path: Path):
    (tmp_path / "file").write_text("")
    history(tmp_path / "file").add("embedded", (), {}, b"a")
    assert history(tmp_path / "file").all() == []
