"""The command line as a user types it: results, words, exit codes, and nothing lost when something is wrong."""

from __future__ import annotations

import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import zlib
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_core import cli, client, imagefile, raster
from tests.pictures import chunk, wide_gamut

REPOSITORY = Path(__file__).resolve().parents[1]


def photo(path: Path, width: int = 64, height: int = 48, mode: str = "RGB", **options) -> Path:
    """A smooth made-up picture."""
    y, x = np.mgrid[:height, :width]
    planes = [
        np.sin(x / 9) * 0.5 + 0.5,
        np.cos(y / 7) * 0.5 + 0.5,
        (x + y) / (width + height),
        np.full(x.shape, 0.5) + x / width / 2,
    ]
    pixels = (np.stack(planes, 2) * 255).astype(np.uint8)
    picture = Image.fromarray(pixels, "RGBA")
    (picture if mode == "RGBA" else picture.convert("RGB").convert(mode)).save(path, **options)
    return path


@pytest.fixture
def folder(tmp_path: Path, home: Path) -> Path:
    """A folder with a photograph and two paintings."""
    photo(tmp_path / "photo.png")
    photo(tmp_path / "painting.png", 80, 90).rename(tmp_path / "red.png")
    Image.open(tmp_path / "red.png").convert("L").convert("RGB").save(tmp_path / "grey.png")
    return tmp_path


def stylize(folder: Path, *more: object, content: str = "photo.png", out: str = "out.png", style: str = "red.png") -> int:
    return cli.main(
        [
            "stylize",
            str(folder / content),
            "--style",
            str(folder / style),
            "-o",
            str(folder / out),
            "--in-process",
            *map(str, more),
        ]
    )


def pixels(path: Path) -> np.ndarray:
    return imagefile.read(path).raster.pixels


def sentence(capsys: pytest.CaptureFixture[str]) -> str:
    """The one line on stderr."""
    lines = capsys.readouterr().err.splitlines()
    assert len(lines) == 1, lines
    assert lines[0].startswith("nst_core: error: ")
    return lines[0]


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("odd.png", "RGB", {}),
        ("grey.png", "L", {}),
        ("palette.png", "P", {}),
        ("alpha.png", "RGBA", {}),
        ("photo.jpg", "RGB", {}),
        ("photo.webp", "RGB", {}),
        ("photo.tif", "RGB", {}),
    ],
)
def test_every_kind_of_file_is_painted_at_its_own_size(folder, name, mode, options):
    photo(folder / ("c_" + name), 37, 53, mode, **options)
    assert stylize(folder, content="c_" + name) == 0
    out = imagefile.read(folder / "out.png").raster
    assert (out.width, out.height, out.depth) == (37, 53, "u8")
    assert out.has_alpha == (mode == "RGBA")
    if mode == "RGBA":
        assert np.array_equal(out.pixels[..., 3], pixels(folder / ("c_" + name))[..., 3])
    assert out.pixels[..., :3].std() > 5


@pytest.mark.parametrize("size", [(16, 16), (16, 200), (17, 31)])
def test_small_pictures_are_painted(folder, size):
    photo(folder / "small.png", *size)
    assert stylize(folder, content="small.png") == 0
    assert Image.open(folder / "out.png").size == size


def test_sixteen_bits_stay_sixteen_bits(folder):
    deep = np.random.default_rng(0).integers(0, 65536, (40, 40, 4), np.uint16)
    imagefile.write(folder / "deep.png", raster.Raster(deep, "RGBA"))
    assert stylize(folder, content="deep.png") == 0
    out = pixels(folder / "out.png")
    assert out.dtype == np.uint16
    assert np.array_equal(out[..., 3], deep[..., 3])
    assert len(np.unique(out[..., :3] & 0xFF)) > 200, "the low bytes carry something"
    assert stylize(folder, "--strength", "0", content="deep.png", out="same.png") == 0
    assert np.array_equal(pixels(folder / "same.png"), deep)


def test_a_rotated_photograph_is_painted_upright(folder, capsys):
    exif = Image.Exif()
    exif[0x0112] = 6
    photo(folder / "turned.jpg", 64, 32, exif=exif)
    assert stylize(folder, content="turned.jpg") == 0
    assert Image.open(folder / "out.png").size == (32, 64)


def test_a_profile_is_converted_and_said(folder, capsys):
    photo(folder / "wide.jpg", icc_profile=wide_gamut())
    assert stylize(folder, "--strength", "0", content="wide.jpg") == 0
    assert "note: wide.jpg: converted from" in capsys.readouterr().err


@pytest.mark.parametrize("flag", ["--strength", "--blend"])
def test_zero_gives_the_input_back_bit_for_bit(folder, flag):
    photo(folder / "alpha.png", mode="RGBA")
    assert stylize(folder, flag, 0, content="alpha.png") == 0
    assert np.array_equal(pixels(folder / "out.png"), pixels(folder / "alpha.png"))


def test_blend_lies_between_photograph_and_painting(folder):
    assert stylize(folder, out="full.png") == 0
    assert stylize(folder, "--blend", 0.25, out="quarter.png") == 0
    full, quarter, original = (pixels(folder / name).astype(float) for name in ("full.png", "quarter.png", "photo.png"))
    assert np.abs(quarter - (0.25 * full + 0.75 * original)).max() <= 1


def test_two_styles_mix_by_their_weights(folder):
    assert stylize(folder, out="red_only.png") == 0
    both = ["--style", str(folder / "grey.png")]
    assert stylize(folder, *both, "--style-weight", 1, "--style-weight", 0, out="one.png") == 0
    assert stylize(folder, *both, out="half.png") == 0
    assert np.array_equal(pixels(folder / "one.png"), pixels(folder / "red_only.png"))
    assert not np.array_equal(pixels(folder / "half.png"), pixels(folder / "red_only.png"))


def test_kept_colours_are_the_photographs(folder):
    assert stylize(folder, "--preserve-color", "luminance", style="grey.png") == 0
    assert stylize(folder, style="grey.png", out="plain.png") == 0
    content, kept, plain = (pixels(folder / name).astype(float) for name in ("photo.png", "out.png", "plain.png"))

    def chroma(picture):
        return picture - picture.mean(2, keepdims=True)

    assert np.abs(chroma(kept) - chroma(content)).mean() < 0.5 * np.abs(chroma(plain) - chroma(content)).mean()


def test_the_working_size_changes_the_picture_but_not_its_size(folder):
    photo(folder / "big.png", 300, 200)
    assert stylize(folder, content="big.png", out="own.png") == 0
    assert stylize(folder, "--size", 100, content="big.png") == 0
    assert Image.open(folder / "out.png").size == (300, 200)
    assert not np.array_equal(pixels(folder / "out.png"), pixels(folder / "own.png"))


@pytest.mark.parametrize(("named", "method"), [("microast", "arbitrary"), ("embedded", "embedded")])
def test_a_model_brings_its_method(folder, mirror, capsys, named, method):
    assert stylize(folder, "--json", "--model", named) == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["method"], facts["model"]) == (method, named)


def test_json_tells_what_was_done(folder, capsys):
    assert stylize(folder, "--json") == 0
    facts = json.loads(capsys.readouterr().out)
    assert (facts["width"], facts["height"], facts["method"], facts["model"]) == (64, 48, "embedded", "embedded")
    assert facts["output"] == str(folder / "out.png")


def test_the_worker_gives_what_the_process_itself_gives(folder):
    assert stylize(folder, out="here.png") == 0
    arguments = ["stylize", str(folder / "photo.png"), "--style", str(folder / "red.png"), "-o", str(folder / "there.png")]
    try:
        assert cli.main([*arguments, "--progress", "none"]) == 0
    finally:
        client.shut_down()
    assert np.array_equal(pixels(folder / "here.png"), pixels(folder / "there.png"))


def declared(path: Path, side: int) -> None:
    """A PNG of a few bytes that says it is `side` by `side`."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0))
    path.write_bytes(b"\x89PNG\r\n\x1a\n" + header + chunk(b"IDAT", zlib.compress(b"")) + chunk(b"IEND", b""))


@pytest.mark.parametrize("which", ["content", "style"])
@pytest.mark.parametrize("kind", ["missing", "empty", "text", "folder", "tiny", "huge", "truncated"])
def test_a_bad_picture_is_named_and_the_old_result_stays(folder, capsys, which, kind):
    bad = folder / "bad.png"
    if kind == "empty":
        bad.touch()
    elif kind == "text":
        bad.write_text("not a picture")
    elif kind == "folder":
        bad.mkdir()
    elif kind == "tiny":
        photo(bad, 1, 1)
    elif kind == "huge":
        declared(bad, 60000)
    elif kind == "truncated":
        whole = photo(bad, 200, 200).read_bytes()
        bad.write_bytes(whole[: len(whole) // 2])
    (folder / "out.png").write_bytes(b"the old result")
    assert stylize(folder, **{which: "bad.png"}) == 3
    assert "bad.png" in sentence(capsys)
    assert (folder / "out.png").read_bytes() == b"the old result"
    assert not [name for name in os.listdir(folder) if name.startswith((".out", "out.png."))]


@pytest.mark.parametrize(
    ("more", "words"),
    [
        (["--model", "vgg"], "microast"),
        (["--strength", "2"], "0 to 1"),
        (["--set", "colour=red"], "no parameter"),
        (["--set", "strength"], "NAME=VALUE"),
        (["--style-weight", "1", "--style-weight", "2"], "one weight for each"),
        (["--style-weight", "-1"], "weights"),
        (["--method", "oil"], "arbitrary"),
        (["--device", "xpu"], "device xpu"),
        (["--nonsense"], "--help"),
    ],
)
def test_a_bad_option_is_refused_with_what_is_allowed(folder, capsys, more, words):
    assert stylize(folder, *more) == 2
    assert words in sentence(capsys)


@pytest.mark.parametrize("out", ["no/such/folder/out.png", "out.xyz", "."])
def test_an_output_that_cannot_be_written_is_found_before_the_work(folder, capsys, out):
    assert stylize(folder, out=out) in (1, 2)
    sentence(capsys)


@pytest.mark.skipif(sys.platform != "linux" or os.geteuid() != 0, reason="mounting a tiny disk needs root on Linux")
def test_a_full_disk_is_told_and_the_old_result_stays(folder):
    disk = folder / "disk"
    disk.mkdir()
    photo(folder / "big.png", 400, 400)
    paint = (
        f"'{sys.executable}' -m nst_core stylize '{folder}/big.png' --style '{folder}/red.png' -o '{disk}/out.png' --in-process"
    )
    mount = f"mount -t tmpfs -o size=64k tmpfs '{disk}' && echo old > '{disk}/out.png'"
    script = f"{mount} && {paint}; echo $?; cat '{disk}/out.png'; ls -A '{disk}'"
    done = subprocess.run(["unshare", "--mount", "sh", "-c", script], cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert done.stdout.split() == ["1", "old", "out.png"], done
    assert done.stderr.count("\n") == 1
    assert "out.png" in done.stderr


def test_without_model_and_network_the_cure_is_named(folder, monkeypatch, capsys):
    assert stylize(folder, "--model", "microast", "--offline") == 4
    said = sentence(capsys)
    assert "microast" in said
    assert "models" in said


@pytest.mark.parametrize("damage", ["flipped", "truncated", "empty"])
def test_damaged_weights_are_never_used(folder, mirror, monkeypatch, capsys, damage):
    assert stylize(folder, "--model", "microast", out="good.png") == 0
    assert cli.main(["models", "path", "microast"]) == 0
    weights = Path(capsys.readouterr().out.splitlines()[-1])
    whole = weights.read_bytes()
    broken = {"flipped": whole[:-1000] + bytes([whole[-1000] ^ 1]) + whole[-999:], "truncated": whole[:-9], "empty": b""}[damage]
    weights.write_bytes(broken)
    monkeypatch.delenv("NST_MODELS_MIRROR")
    assert stylize(folder, "--model", "microast", "--offline") == 4
    assert "microast" in sentence(capsys)
    monkeypatch.setenv("NST_MODELS_MIRROR", str(mirror))
    assert stylize(folder, "--model", "microast") == 0
    assert np.array_equal(pixels(folder / "out.png"), pixels(folder / "good.png"))


def test_models_are_listed_fetched_checked_and_removed(mirror, home, capsys):
    assert cli.main(["models", "list", "--json"]) == 0
    before = {model["id"]: model for model in json.loads(capsys.readouterr().out)["models"]}
    assert {"microast", "magenta-mobile"} <= set(before)
    assert not before["microast"]["installed"]
    assert cli.main(["models", "fetch", "microast", "--progress", "none"]) == 0
    path = Path(capsys.readouterr().out.strip())
    assert path.is_file()
    assert home in path.parents
    assert cli.main(["models", "verify"]) == 0
    assert "microast: good" in capsys.readouterr().out
    assert cli.main(["models", "licence", "microast"]) == 0
    assert "MIT" in capsys.readouterr().out
    assert cli.main(["models", "remove", "microast"]) == 0
    assert not path.exists()
    capsys.readouterr()
    assert cli.main(["models", "path", "microast"]) == 4
    assert "microast" in sentence(capsys)
    assert cli.main(["models", "fetch", "nonsense"]) == 4
    assert "microast" in sentence(capsys)


def test_files_got_by_other_means_are_imported(mirror, home, monkeypatch, capsys):
    monkeypatch.delenv("NST_MODELS_MIRROR")
    files = [str(path) for path in sorted((mirror / "microast").iterdir())]
    assert cli.main(["models", "import", "microast", *files]) == 0
    assert Path(capsys.readouterr().out.strip()).is_file()


def test_methods_and_doctor_speak_to_people_and_programs(home, capsys):
    assert cli.main(["methods"]) == 0
    told = " ".join(capsys.readouterr().out.split())
    assert "strength 1.0 0 to 1" in told and "none, luminance, histogram" in told
    assert "seed 0 0 to 2147483647" in told and "losses a path" in told
    assert cli.main(["methods", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["methods"][0]["name"] == "embedded"
    assert cli.main(["doctor"]) == 0
    assert "torch" in capsys.readouterr().out
    assert cli.main(["doctor", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["devices"][-1]["name"] == "cpu"


def test_compare_measures_a_known_difference(tmp_path, capsys):
    for name, value in (("a.png", 100), ("b.png", 151)):
        Image.new("RGB", (20, 20), (value, 10, 10)).save(tmp_path / name)
    assert cli.main(["compare", str(tmp_path / "a.png"), str(tmp_path / "b.png"), "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["max_difference"] == pytest.approx(51 / 255)


@pytest.mark.skipif(shutil.which("sh") is None, reason="needs a shell")
def test_control_c_ends_with_130_and_leaves_no_file(folder):
    photo(folder / "big.png", 2048, 2048)
    command = [sys.executable, "-m", "nst_core", "stylize", str(folder / "big.png"), "--style", str(folder / "red.png")]
    command += ["-o", str(folder / "out.png"), "--progress", "json"]
    try:
        running = subprocess.Popen(
            command,
            cwd=REPOSITORY,
            stderr=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            # A test run that was started in the background ignores Ctrl+C, and so would its children.
            preexec_fn=lambda: signal.signal(signal.SIGINT, signal.SIG_DFL),
        )
        assert running.stderr is not None
        for line in running.stderr:
            if '"paint' in line:
                break
        running.send_signal(signal.SIGINT)
        _, rest = running.communicate(timeout=60)
    finally:
        client.shut_down()
    assert running.returncode == 130
    assert rest.splitlines()[-1] == "nst_core: error: cancelled"
    assert not (folder / "out.png").exists()
