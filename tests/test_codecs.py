"""Files of every kind come in with the pixels that another library sees, and go out so that it sees them again."""

from __future__ import annotations

import io
from pathlib import Path
from typing import Literal

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms, ImageOps

from nst_core import codecs, imagefile
from nst_core.errors import OutputError
from nst_core.imagefile import read, write
from nst_core.raster import Raster

from .pictures import SHAPES, adam7, chunk, noise, png, saved, smooth, unfiltered

# --- PNG --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("depth", ["u8", "u16"])
@pytest.mark.parametrize("channels", SHAPES)
@pytest.mark.parametrize("interlaced", [False, True])
def test_png_pixels_come_in_as_stored(tmp_path: Path, depth: str, channels: str, interlaced: bool) -> None:
    pixels = noise(depth, SHAPES[channels])
    kind = {"L": 0, "LA": 4, "RGB": 2, "RGBA": 6}[channels]
    rows = adam7(pixels) if interlaced else unfiltered(pixels)
    (tmp_path / "a.png").write_bytes(png(7, 5, int(depth[1:]), kind, rows, interlaced=interlaced))
    loaded = read(tmp_path / "a.png")
    assert loaded.notes == ()
    assert (loaded.raster.channels, loaded.raster.depth) == (channels, depth)
    assert np.array_equal(loaded.raster.pixels, pixels)


def test_png_palette_bits_and_key_colours_are_what_pillow_sees(tmp_path: Path) -> None:
    palette = chunk(b"PLTE", bytes([9, 8, 7, 60, 50, 40, 200, 100, 0, 1, 2, 3]))
    transparency = chunk(b"tRNS", bytes([0, 128]))
    kinds = {
        "palette": png(4, 2, 4, 3, b"\0\x01\x23\0\x32\x10", palette),
        "palette with alpha": png(4, 2, 4, 3, b"\0\x01\x23\0\x32\x10", palette + transparency),
        "palette of bits": png(8, 1, 2, 3, b"\0\x1b\xe4", palette),
        "grey with a key": png(4, 1, 8, 0, b"\0\x01\x02\x03\x04", chunk(b"tRNS", b"\0\2")),
        "colour with a key": png(2, 1, 8, 2, b"\0\x01\x02\x03\x04\x05\x06", chunk(b"tRNS", b"\0\1\0\2\0\3")),
        "bits": png(10, 2, 1, 0, b"\0\x55\x40\0\xaa\x80"),
    }
    for name, data in kinds.items():
        path = tmp_path / f"{name}.png"
        path.write_bytes(data)
        raster = read(path).raster
        assert raster.depth == "u8"
        want = np.asarray(Image.open(path).convert("RGBA"))
        got = np.asarray(Image.fromarray(raster.pixels.squeeze(-1) if raster.channels == "L" else raster.pixels).convert("RGBA"))
        assert np.array_equal(got, want), name


# --- the other kinds --------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("name", "mode", "options"),
    [
        ("a.jpg", "RGB", {"quality": 92}),
        ("a.jpg", "L", {"progressive": True}),
        ("a.webp", "RGB", {}),
        ("a.webp", "RGBA", {"lossless": True}),
        ("a.bmp", "RGB", {}),
        ("a.bmp", "P", {}),
        ("a.bmp", "1", {}),
        ("a.gif", "P", {}),
        ("a.gif", "L", {"transparency": 202}),
        ("a.tif", "L", {"compression": "tiff_lzw"}),
        ("a.tif", "LA", {}),
        ("a.tif", "RGB", {"compression": "tiff_adobe_deflate"}),
        ("a.tif", "RGB", {"compression": "packbits"}),
        ("a.tif", "RGB", {"compression": "jpeg"}),
        ("a.tif", "RGBA", {"compression": "tiff_lzw"}),
        ("a.tif", "P", {}),
        ("a.tif", "1", {"compression": "group4"}),
    ],
)
def test_eight_bit_pictures_are_what_pillow_sees(tmp_path: Path, name: str, mode: str, options: dict) -> None:
    image = Image.fromarray(smooth(channels=4), "RGBA").convert("RGB").convert(mode)
    if mode in ("LA", "RGBA"):
        image.putalpha(Image.fromarray(smooth()[..., 1]))
    path = saved(tmp_path, name, image, **options)
    loaded = read(path)
    raster = loaded.raster
    assert raster.depth == "u8" and loaded.notes == ()
    assert raster.has_alpha == (mode in ("LA", "RGBA") or "transparency" in options)
    got = Image.fromarray(raster.pixels.squeeze(-1) if raster.channels == "L" else raster.pixels)
    assert np.array_equal(np.asarray(got.convert("RGBA")), np.asarray(Image.open(path).convert("RGBA")))


@pytest.mark.parametrize("depth", ["u8", "u16", "f16", "f32", "f64"])
@pytest.mark.parametrize("channels", SHAPES)
@pytest.mark.parametrize(
    "options",
    [{}, {"compression": "zlib", "predictor": True}, {"compression": "lzw"}, {"planarconfig": "separate"}, {"tile": (16, 16)}],
    ids=str,
)
def test_tiff_pixels_come_in_at_their_depth(tmp_path: Path, depth: str, channels: str, options: dict) -> None:
    if channels == "L" and "planarconfig" in options:
        pytest.skip("one channel has no planes to separate")
    pixels = noise(depth, SHAPES[channels], 20, 24)
    stored = pixels.squeeze(-1) if channels == "L" else pixels
    if options.get("planarconfig") == "separate":
        stored = np.moveaxis(pixels, -1, 0)
    photometric = "rgb" if channels.startswith("RGB") else "minisblack"
    extras = ["unassalpha"] if channels.endswith("A") else None
    byteorders: tuple[Literal["<", ">"], ...] = ("<", ">")
    for byteorder in byteorders:
        path = tmp_path / "a.tif"
        tifffile.imwrite(
            path, stored, byteorder=byteorder, photometric=photometric, extrasamples=extras, metadata=None, **options
        )
        raster = read(path).raster
        assert raster.channels == channels
        assert raster.depth == {"f16": "f32", "f64": "f32"}.get(depth, depth)
        assert np.array_equal(raster.pixels, pixels.astype(np.float32) if depth.startswith("f") else pixels)


def test_tiff_white_is_zero_is_turned_round(tmp_path: Path) -> None:
    pixels = noise("u16", 1)
    tifffile.imwrite(tmp_path / "a.tif", 65535 - pixels[..., 0], photometric="miniswhite", metadata=None)
    assert np.array_equal(read(tmp_path / "a.tif").raster.pixels, pixels)


def test_tiff_premultiplied_alpha_is_made_straight(tmp_path: Path) -> None:
    straight = noise("u16", 4, 20, 20)
    straight[..., 3] = np.maximum(straight[..., 3], 3000)
    straight[0, 0, 3] = 0
    alpha = straight[..., 3:] / 65535
    premultiplied = np.concatenate([np.rint(straight[..., :3] * alpha).astype(np.uint16), straight[..., 3:]], -1)
    tifffile.imwrite(tmp_path / "a.tif", premultiplied, photometric="rgb", extrasamples=["assocalpha"], metadata=None)
    got = read(tmp_path / "a.tif").raster.pixels
    assert np.array_equal(got[..., 3], straight[..., 3])
    assert got[0, 0].tolist() == [0, 0, 0, 0]
    error = np.abs(got[..., :3].astype(float) - straight[..., :3]) * alpha
    error[0, 0] = 0
    assert error.max() <= 1  # half a step in the file, half a step here


def test_tiff_channels_that_are_not_alpha_are_left_out_and_told(tmp_path: Path) -> None:
    pixels = noise("u8", 5)
    extras = ["unspecified", "unassalpha"]
    tifffile.imwrite(tmp_path / "a.tif", pixels, photometric="rgb", extrasamples=extras, metadata=None)
    loaded = read(tmp_path / "a.tif")
    assert loaded.notes == ("left out 1 extra channel",)
    assert np.array_equal(loaded.raster.pixels, pixels[..., [0, 1, 2, 4]])


def test_cmyk_becomes_rgb_and_is_told(tmp_path: Path) -> None:
    inks = Image.fromarray(smooth(channels=4)).convert("RGB").convert("CMYK")
    for name in ("a.jpg", "a.tif"):
        path = saved(tmp_path, name, inks)
        loaded = read(path)
        assert loaded.notes == ("converted from CMYK to sRGB",) and loaded.raster.channels == "RGB"
        want = np.asarray(Image.open(path).convert("RGB")).astype(int)
        assert np.abs(loaded.raster.pixels.astype(int) - want).max() <= 1


def test_animations_give_their_first_frame_and_say_so(tmp_path: Path) -> None:
    frames = [Image.fromarray(np.full((8, 9, 3), value, np.uint8)) for value in (10, 200)]
    for name, options in (("a.gif", {}), ("a.webp", {"lossless": True})):
        path = saved(tmp_path, name, frames[0], save_all=True, append_images=frames[1:], **options)
        loaded = read(path)
        assert loaded.notes == ("took the first frame of an animation",)
        assert np.unique(loaded.raster.pixels).tolist() == [10]


# --- orientation ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("name", ["a.jpg", "a.webp", "a.tif", "deep.tif", "deep.png", "jpeg.tif"])
def test_exif_orientation_is_what_pillow_makes_of_it(tmp_path: Path, name: str, orientation: int) -> None:
    pixels = smooth(24, 40)
    exif = Image.Exif()
    exif[274] = orientation
    path = tmp_path / name
    image = Image.fromarray(pixels)
    if name == "deep.tif":
        tag = [(274, "H", 1, orientation, True)]
        tifffile.imwrite(path, pixels.astype(np.uint16) * 257, photometric="rgb", metadata=None, extratags=tag)
    elif name == "deep.png":
        path.write_bytes(png(40, 24, 16, 2, unfiltered(pixels.astype(np.uint16) * 257), chunk(b"eXIf", exif.tobytes()[6:])))
    else:
        saved(tmp_path, name, image, exif=exif, **({"compression": "jpeg"} if name == "jpeg.tif" else {}))
    with Image.open(path) as stored:
        if not name.startswith("deep"):
            image = stored.copy()  # what compression made of it; Pillow turns a TIFF by itself
    image.getexif()[274] = orientation if not name.endswith("g.tif") and name != "a.tif" else 1
    want = np.asarray(ImageOps.exif_transpose(image))
    loaded = read(path)
    assert loaded.notes == ((imagefile.ROTATED,) if orientation > 1 else ())
    got = loaded.raster.pixels
    assert np.array_equal(got // 257 if got.dtype == np.uint16 else got, want)


@pytest.mark.filterwarnings("ignore:.*EXIF")
def test_broken_exif_does_not_refuse_a_picture(tmp_path: Path) -> None:
    path = saved(tmp_path, "a.jpg", Image.fromarray(smooth()), exif=b"Exif\0\0MM\0*\0\0\0\xffgarbage")
    assert np.array_equal(read(path).raster.pixels, np.asarray(Image.open(path)))


# --- writing ----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("channels", SHAPES)
@pytest.mark.parametrize(
    ("name", "depth"), [("o.png", "u8"), ("o.png", "u16"), ("o.tif", "u8"), ("o.tiff", "u16"), ("o.tif", "f32")]
)
def test_lossless_output_holds_every_value(tmp_path: Path, channels: str, name: str, depth: str) -> None:
    pixels = noise(depth, SHAPES[channels], 33, 45)
    assert write(tmp_path / name, Raster(pixels, channels)) == ()
    data = (tmp_path / name).read_bytes()
    seen = imagecodecs.png_decode(data) if name == "o.png" else imagecodecs.tiff_decode(data)  # libpng and libtiff
    assert seen.dtype == pixels.dtype
    assert np.array_equal(seen.reshape(pixels.shape), pixels)
    loaded = read(tmp_path / name)
    assert loaded.notes == () and loaded.raster.channels == channels
    assert np.array_equal(loaded.raster.pixels, pixels)
    if depth == "u8":
        assert Image.open(tmp_path / name).mode == channels


def test_lossy_output_is_close_and_keeps_its_colours(tmp_path: Path) -> None:
    pixels = np.zeros((64, 64, 3), np.uint8)
    pixels[:, ::2] = (255, 0, 0)  # what chroma subsampling would smear
    pixels[:, 1::2] = (0, 0, 255)
    write(tmp_path / "o.jpg", Raster(pixels, "RGB"))
    assert np.abs(np.asarray(Image.open(tmp_path / "o.jpg")).astype(int) - pixels).max() < 40
    alpha = np.concatenate([smooth(), smooth()[..., :1]], -1)
    write(tmp_path / "o.webp", Raster(alpha, "RGBA"))
    seen = np.asarray(Image.open(tmp_path / "o.webp")).astype(int)
    assert np.array_equal(seen[..., 3], alpha[..., 3])
    visible = alpha[..., 3] > 0
    assert np.abs(seen - alpha)[visible].mean() < 3


def test_what_a_format_can_not_hold_is_told(tmp_path: Path) -> None:
    floats = np.array([[[-0.5, 0.5, 1.5]]], np.float32)
    assert write(tmp_path / "o.png", Raster(floats, "RGB")) == ("saved with 16 bits a channel, because PNG has no floats",)
    assert imagecodecs.png_decode((tmp_path / "o.png").read_bytes())[0, 0].tolist() == [0, 32768, 65535]

    half = floats.astype(np.float16)
    assert write(tmp_path / "o.tif", Raster(half, "RGB")) == ()
    assert imagecodecs.tiff_decode((tmp_path / "o.tif").read_bytes()).dtype == np.float32

    deep = smooth().astype(np.uint16) * 257
    assert write(tmp_path / "o.webp", Raster(deep, "RGB")) == ("saved with 8 bits a channel, because WebP has no more",)
    half_seen = np.concatenate([np.zeros((8, 8, 3), np.uint16), np.full((8, 8, 1), 32768, np.uint16)], -1)
    notes = write(tmp_path / "o.jpeg", Raster(half_seen, "RGBA"))
    assert notes == ("laid on white, because JPEG has no transparency", "saved with 8 bits a channel, because JPEG has no more")
    assert np.unique(np.asarray(Image.open(tmp_path / "o.jpeg"))).tolist() == [127]

    with pytest.raises(OutputError, match="16383 a side: save it as"):
        write(tmp_path / "wide.webp", Raster(np.zeros((1, 16384, 3), np.uint8), "RGB"))


@pytest.mark.parametrize("channels", ["L", "RGB", "RGBA"])
def test_output_says_that_it_is_srgb(tmp_path: Path, channels: str) -> None:
    raster = Raster(noise("u8", SHAPES[channels]), channels)
    for name in ("o.jpg", "o.webp", "o.tif"):
        write(tmp_path / name, raster)
        profile = Image.open(tmp_path / name).info["icc_profile"]
        grey = channels == "L" and name != "o.webp"
        opened = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile
        assert opened.xcolor_space.strip() == ("GRAY" if grey else "RGB")
        if not grey:
            assert str(opened.profile_description).startswith("sRGB")
    write(tmp_path / "o.png", raster)
    assert Image.open(tmp_path / "o.png").info["srgb"] == 0


@pytest.mark.parametrize("suffix", codecs.SUFFIXES)
def test_equal_pictures_give_equal_files(tmp_path: Path, suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    raster = Raster(smooth(), "RGB")
    write(tmp_path / f"a{suffix}", raster)
    dated = imagecodecs.cms_profile
    monkeypatch.setattr(
        imagecodecs, "cms_profile", lambda *given, **named: (p := dated(*given, **named))[:24] + b"?" * 12 + p[36:]
    )
    write(tmp_path / f"b{suffix}", raster)
    assert (tmp_path / f"a{suffix}").read_bytes() == (tmp_path / f"b{suffix}").read_bytes()


# --- photographs ------------------------------------------------------------------------------------------------------


def test_real_photographs_and_paintings_are_read(shared: Path) -> None:
    for path in sorted((shared / "pictures" / "samples").glob("*.jpg")):
        loaded = read(path)
        with Image.open(path) as image:
            upright = ImageOps.exif_transpose(image)
            if not loaded.notes:
                assert np.array_equal(loaded.raster.pixels, np.asarray(upright)), path.name
            assert (loaded.raster.width, loaded.raster.height) == upright.size
