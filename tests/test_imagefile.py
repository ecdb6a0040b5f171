"""Whatever is wrong with a picture file or with the place of one is told in a sentence, and what was there before stays."""

from __future__ import annotations

import errno
import io
import os
import stat
import struct
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image

from nst_core import imagefile
from nst_core.errors import OutputError, PictureError, UsageError
from nst_core.imagefile import read, write
from nst_core.raster import Raster

from .pictures import noise, png, saved, smooth

# --- reading ----------------------------------------------------------------------------------------------------------


def sentence(problem: BaseException) -> str:
    text = str(problem)
    assert "\n" not in text and text[0].islower() and not text.endswith(".")
    return text


def refused(path: Path) -> str:
    with pytest.raises(PictureError) as caught:
        read(path)
    text = sentence(caught.value)
    assert text.startswith(f"picture {path} ")
    return text.removeprefix(f"picture {path} ")


def test_what_is_no_picture_is_told(tmp_path: Path) -> None:
    (tmp_path / "empty.png").write_bytes(b"")
    (tmp_path / "text.jpg").write_text("hello")
    (tmp_path / "photo.heic").write_bytes(b"\0\0\0\x18ftypheic" + bytes(50))
    (tmp_path / "work.xcf").write_bytes(b"gimp xcf v011" + bytes(50))
    (tmp_path / "zeros.png").write_bytes(bytes(5000))
    os.mkfifo(tmp_path / "pipe.png")
    os.symlink("nowhere", tmp_path / "link.png")
    assert refused(tmp_path / "missing.png").startswith("doesn't exist: check")
    assert refused(tmp_path / "text.jpg" / "under.png").startswith("doesn't exist")
    assert refused(tmp_path / "link.png").startswith("doesn't exist")
    assert refused(tmp_path).startswith("is a folder: name a file")
    assert refused(tmp_path / "empty.png").startswith("is empty (0 bytes)")
    assert refused(tmp_path / "text.jpg").startswith("is not a picture: give a PNG")
    assert refused(tmp_path / "zeros.png").startswith("is not a picture")
    assert refused(tmp_path / "photo.heic").startswith("is a HEIC picture, which can't be read: save it as PNG")
    assert refused(tmp_path / "work.xcf").startswith("is a GIMP document")
    assert refused(tmp_path / "pipe.png").startswith("is a device")
    assert "file name too long" in refused(tmp_path / ("x" * 300 + ".png"))


def test_a_name_with_control_characters_stays_one_line(tmp_path: Path) -> None:
    with pytest.raises(PictureError) as caught:
        read(tmp_path / "a\nb\x1b[31m\udcff.png")
    assert "a?b?[31m?.png" in sentence(caught.value)


ENCODED = {
    "a.png": lambda buffer: Image.fromarray(smooth(90, 120)).save(buffer, "PNG"),
    "deep.png": lambda buffer: buffer.write(imagecodecs.png_encode(smooth(90, 120).astype(np.uint16) * 257)),
    "a.jpg": lambda buffer: Image.fromarray(smooth(90, 120)).save(buffer, "JPEG"),
    "progressive.jpg": lambda buffer: Image.fromarray(smooth(90, 120)).save(buffer, "JPEG", progressive=True),
    "a.webp": lambda buffer: Image.fromarray(smooth(90, 120)).save(buffer, "WEBP"),
    "a.bmp": lambda buffer: Image.fromarray(smooth(90, 120)).save(buffer, "BMP"),
    "a.gif": lambda buffer: Image.fromarray(smooth(90, 120)[..., 0]).save(buffer, "GIF"),
    "raw.tif": lambda buffer: tifffile.imwrite(buffer, smooth(90, 120), photometric="rgb"),
    "deep.tif": lambda buffer: tifffile.imwrite(
        buffer, smooth(90, 120).astype(np.float32), photometric="rgb", compression="zlib"
    ),
    "strips.tif": lambda buffer: tifffile.imwrite(buffer, smooth(90, 120), photometric="rgb", compression="lzw", rowsperstrip=5),
    "jpeg.tif": lambda buffer: Image.fromarray(smooth(90, 120)).save(buffer, "TIFF", compression="jpeg"),
}


@pytest.mark.parametrize("name", ENCODED)
def test_a_file_that_is_cut_short_is_refused_wherever_it_is_cut(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    ENCODED[name](buffer)
    data = buffer.getvalue()
    path = tmp_path / name
    path.write_bytes(data)
    read(path)
    last = 3 if name == "a.gif" else 1  # a GIF's end mark says nothing about its pixels
    for size in (12, 30, 64, 200, len(data) // 3, len(data) // 2, len(data) * 9 // 10, len(data) - last):
        path.write_bytes(data[:size])
        text = refused(path)
        assert "cut short" in text or "damaged" in text


@pytest.mark.parametrize("name", ["a.png", "deep.png", "a.jpg", "progressive.jpg"])
def test_a_file_whose_rest_is_zeros_is_refused(tmp_path: Path, name: str) -> None:
    buffer = io.BytesIO()
    ENCODED[name](buffer)
    data = buffer.getvalue()
    (tmp_path / name).write_bytes(data[: len(data) // 2].ljust(len(data), b"\0"))
    refused(tmp_path / name)


@pytest.mark.parametrize("name", ENCODED)
def test_noise_in_a_file_is_refused_in_words_or_read(tmp_path: Path, name: str) -> None:
    """A hundred damaged files of each kind: never a traceback of another kind, never a crash."""
    buffer = io.BytesIO()
    ENCODED[name](buffer)
    random = np.random.default_rng(len(name))
    for _ in range(100):
        data = np.frombuffer(buffer.getvalue(), np.uint8).copy()
        places = random.integers(0, min(len(data), random.choice([60, 400, len(data)])), 3)
        data[places] = random.integers(0, 256, 3)
        (tmp_path / name).write_bytes(data.tobytes())
        try:
            read(tmp_path / name)
        except PictureError as problem:
            sentence(problem)


def declared(kind: str, width: int, height: int) -> bytes:
    """The beginning of a file that declares width x height pixels."""
    buffer = io.BytesIO()
    Image.fromarray(smooth()).save(buffer, kind)
    data = bytearray(buffer.getvalue())
    if kind == "PNG":
        return png(width, height, 8, 2, b"\0" * 100)
    if kind == "JPEG":
        at = data.index(b"\xff\xc0") + 5
        data[at : at + 4] = struct.pack(">HH", height, width)
    if kind == "BMP":
        data[18:26] = struct.pack("<ii", width, height)
    if kind == "GIF":
        data[6:10] = struct.pack("<HH", width, height)
    return bytes(data)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "BMP", "GIF"])
def test_a_declared_size_that_is_too_large_is_refused_before_decoding(
    tmp_path: Path, kind: str, recwarn: pytest.WarningsRecorder
) -> None:
    path = tmp_path / "bomb.img"
    path.write_bytes(declared(kind, 30000, 30000))
    assert refused(path).startswith("declares 30000x30000 pixels, more than the 268 million allowed: ")
    assert not recwarn.list


def test_a_tiff_that_declares_too_much_is_refused_before_decoding(tmp_path: Path) -> None:
    path = tmp_path / "bomb.tif"
    tifffile.imwrite(path, smooth(), photometric="rgb", metadata=None)
    data = path.read_bytes()
    for tag, side in ((256, 60), (257, 40)):
        entry = struct.pack("<HHII", tag, 4, 1, side)
        assert entry in data
        data = data.replace(entry, struct.pack("<HHII", tag, 4, 1, 30000))
    path.write_bytes(data)
    assert refused(path).startswith("declares 30000x30000 pixels")


def test_a_large_picture_gives_no_warning_of_pillows_own(tmp_path: Path, recwarn: pytest.WarningsRecorder) -> None:
    path = saved(tmp_path, "large.bmp", Image.new("1", (12000, 8000)))
    assert read(path).raster.pixels.shape == (8000, 12000, 1)
    assert not recwarn.list


# --- writing ----------------------------------------------------------------------------------------------------------


PICTURE = Raster(smooth(), "RGB")


def test_places_that_can_not_be_written_are_found_before_the_job(tmp_path: Path) -> None:
    (tmp_path / "folder.png").mkdir()
    (tmp_path / "file").write_text("")
    for check in (imagefile.check_output, lambda path: write(path, PICTURE)):
        for name, words in (
            ("folder.png", "is a folder"),
            ("missing/o.png", "is not a folder: make it first"),
            ("file/o.png", "is not a folder"),
        ):
            with pytest.raises(OutputError, match=words) as caught:
                check(tmp_path / name)
            assert sentence(caught.value).startswith(f"output {tmp_path / name} ")
        for name in ("o", "o.gif", "o.psd"):
            with pytest.raises(UsageError, match=r"use one of \.png, \.jpg"):
                check(tmp_path / name)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["file", "folder.png"]


def test_a_suffix_in_capitals_is_the_same(tmp_path: Path) -> None:
    write(tmp_path / "O.PNG", PICTURE)
    assert Image.open(tmp_path / "O.PNG").format == "PNG"


def as_another_user(code: str, folder: Path) -> str:
    """What `code` prints when it runs without the rights of root."""
    become = "import os\nif os.getuid() == 0: os.setgid(65534); os.setuid(65534)\n"
    root = Path(imagefile.__file__).resolve().parents[1]
    code = f"import sys; sys.path.insert(0, {str(root)!r})\nfrom nst_core import imagefile, errors\n{become}{code}"
    result = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, cwd=folder, check=False)
    assert result.returncode == 0, result.stderr
    return result.stdout


@pytest.fixture
def open_folder() -> Iterator[Path]:
    """A folder that another user reaches: pytest's own are closed."""
    with tempfile.TemporaryDirectory() as folder:
        Path(folder).chmod(0o755)
        yield Path(folder)


TRY = """
try: print(imagefile.{call})
except errors.NstError as problem: print(type(problem).__name__, problem)
"""


def test_files_without_permission_are_told(open_folder: Path) -> None:
    path = saved(open_folder, "secret.png", Image.fromarray(smooth()))
    path.chmod(0)
    assert "can't be opened: you may not read it" in as_another_user(TRY.format(call=f"read({str(path)!r})"), open_folder)


def test_folders_without_permission_are_told_and_stay_clean(open_folder: Path) -> None:
    closed = open_folder / "closed"
    closed.mkdir(mode=0o555)
    path = closed / "o.png"
    said = as_another_user(TRY.format(call=f"check_output({str(path)!r})"), open_folder)
    assert said.startswith("OutputError") and "where you may not write: choose another folder" in said
    assert list(closed.iterdir()) == []


def test_a_write_protected_file_is_kept(tmp_path: Path) -> None:
    path = tmp_path / "o.png"
    path.write_bytes(b"precious")
    path.chmod(0o444)
    with pytest.raises(OutputError, match="write-protected"):
        write(path, PICTURE)
    assert path.read_bytes() == b"precious"


def test_a_symbolic_link_goes_on_pointing_to_its_file(tmp_path: Path) -> None:
    (tmp_path / "real").mkdir()
    (tmp_path / "link.png").symlink_to(Path("real") / "o.png")
    for _ in range(2):  # first to a file that isn't there yet
        write(tmp_path / "link.png", PICTURE)
        assert (tmp_path / "link.png").is_symlink()
        assert np.array_equal(np.asarray(Image.open(tmp_path / "real" / "o.png")), PICTURE.pixels)


def test_a_new_file_follows_the_umask_and_an_old_one_keeps_its_mode(tmp_path: Path) -> None:
    before = os.umask(0o027)
    try:
        write(tmp_path / "new.png", PICTURE)
        (tmp_path / "old.png").write_bytes(b"")
        (tmp_path / "old.png").chmod(0o604)
        write(tmp_path / "old.png", PICTURE)
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "new.png").stat().st_mode) == 0o640
    assert stat.S_IMODE((tmp_path / "old.png").stat().st_mode) == 0o604


@pytest.mark.parametrize(
    ("code", "words"), [(errno.ENOSPC, "the disk is full"), (errno.EIO, "input/output error"), (errno.EROFS, "you may not write")]
)
def test_a_failure_in_the_middle_leaves_the_old_file_and_nothing_else(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    path = tmp_path / "o.png"
    path.write_bytes(b"old")

    def fail(descriptor: int) -> None:
        assert len(list(tmp_path.iterdir())) == 2  # the temporary file lies beside the old one
        raise OSError(code, os.strerror(code))

    monkeypatch.setattr(os, "fsync", fail)
    with pytest.raises(OutputError, match=words) as caught:
        write(path, PICTURE)
    assert f"output {path} was not written" in sentence(caught.value)
    assert path.read_bytes() == b"old"
    assert [left.name for left in tmp_path.iterdir()] == ["o.png"]


def test_a_disk_that_is_really_full_is_told(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=64k", "none", str(disk)], capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("needs the right to mount a small disk")
    try:
        (disk / "o.png").write_bytes(b"old")
        with pytest.raises(OutputError, match="because the disk is full"):
            write(disk / "o.png", Raster(noise("u16", 4, 200, 200), "RGBA"))
        assert (disk / "o.png").read_bytes() == b"old"
        assert [left.name for left in disk.iterdir()] == ["o.png"]
    finally:
        subprocess.run(["umount", str(disk)], check=False)


def test_a_stop_in_the_middle_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def stop(descriptor: int) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", stop)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "o.png", PICTURE)
    assert list(tmp_path.iterdir()) == []
