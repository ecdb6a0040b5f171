"""Embedded colour profiles become sRGB at the picture's own depth, as another library or the formula gives it."""

from __future__ import annotations

import io
import zlib
from pathlib import Path

import imagecodecs
import numpy as np
import pytest
import tifffile
from PIL import Image, ImageCms

from nst_core import icc
from nst_core.imagefile import read

from .pictures import SHAPES, chunk, noise, png, saved, smooth, unfiltered, wide_gamut, wide_gamut_to_srgb


def test_an_eight_bit_profile_is_converted_as_pillow_does(tmp_path: Path) -> None:
    profile = wide_gamut()
    image = Image.fromarray(smooth())
    target = ImageCms.createProfile("sRGB")
    source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
    intent, flags = ImageCms.Intent.RELATIVE_COLORIMETRIC, ImageCms.Flags.BLACKPOINTCOMPENSATION
    want = np.asarray(ImageCms.profileToProfile(image, source, target, intent, "RGB", flags=flags)).astype(int)
    assert np.abs(want - smooth()).max() > 20  # else nothing is tested
    for name, options in (("a.png", {}), ("a.webp", {"lossless": True}), ("a.tif", {}), ("lzw.tif", {"compression": "tiff_lzw"})):
        loaded = read(saved(tmp_path, name, image, icc_profile=profile, **options))
        assert loaded.notes == ("converted from RGB built-in to sRGB",)
        assert np.abs(loaded.raster.pixels - want).max() <= 1


# A profile's matrix ends at 2^-16, which sRGB's slope of 12.92 at black makes 2e-4, twice.
@pytest.mark.parametrize(("depth", "most", "mean"), [("u8", 1.01 / 255, 1e-3), ("u16", 5e-4, 2e-5), ("f32", 5e-4, 2e-5)])
def test_a_profile_is_converted_at_the_pictures_own_depth_and_alpha_stays(
    tmp_path: Path, depth: str, most: float, mean: float
) -> None:
    pixels = noise(depth, 4, 32, 32)
    path = tmp_path / "a.tif"
    tifffile.imwrite(path, pixels, photometric="rgb", extrasamples=["unassalpha"], iccprofile=wide_gamut(), metadata=None)
    raster = read(path).raster
    assert raster.depth == depth
    assert np.array_equal(raster.pixels[..., 3], pixels[..., 3])
    full = 1 if depth == "f32" else np.iinfo(pixels.dtype).max
    want = wide_gamut_to_srgb(pixels[..., :3] / full)
    difference = np.abs(raster.pixels[..., :3] / full - (want if depth == "f32" else want.clip(0, 1)))
    assert difference.max() <= most and difference.mean() <= mean


def test_linear_floats_become_srgb_encoded_and_keep_their_highlights(tmp_path: Path) -> None:
    linear = np.array([0, 0.001, 0.0031308, 0.2140, 0.5, 1, 3], np.float32).reshape(1, 7, 1).repeat(3, -1)
    primaries = [0.64, 0.33, 1, 0.30, 0.60, 1, 0.15, 0.06, 1]
    profile = imagecodecs.cms_profile("rgb", whitepoint=[0.3127, 0.3290, 1], primaries=primaries, gamma=1.0)
    tifffile.imwrite(tmp_path / "a.tif", linear, photometric="rgb", iccprofile=profile, metadata=None)
    got = read(tmp_path / "a.tif").raster.pixels[0, :, 1]
    want = [0, 0.01292, 0.04045, 0.5, 0.73536, 1, 1.055 * 3 ** (1 / 2.4) - 0.055]
    assert got.tolist() == pytest.approx(want, abs=2e-4)


def test_a_deep_png_is_converted_with_its_profile(tmp_path: Path) -> None:
    pixels = noise("u16", 3)
    tag = chunk(b"iCCP", b"name\0\0" + zlib.compress(wide_gamut()))
    (tmp_path / "a.png").write_bytes(png(7, 5, 16, 2, unfiltered(pixels), tag))
    loaded = read(tmp_path / "a.png")
    assert loaded.notes == ("converted from RGB built-in to sRGB",)
    assert np.abs(loaded.raster.pixels / 65535 - wide_gamut_to_srgb(pixels / 65535).clip(0, 1)).max() < 5e-4


@pytest.mark.parametrize("channels", SHAPES)
def test_srgb_profiles_change_nothing_and_give_no_note(tmp_path: Path, channels: str) -> None:
    pixels = noise("u8", SHAPES[channels])
    image = Image.fromarray(pixels.squeeze(-1) if channels == "L" else pixels)
    for profile in (ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes(), icc.srgb_profile()):
        loaded = read(saved(tmp_path, "a.png", image, icc_profile=profile))
        assert loaded.notes == () and np.array_equal(loaded.raster.pixels, pixels)


@pytest.mark.parametrize("depth", ["u8", "u16", "f32"])
def test_grey_profiles_are_converted_and_grey_stays_grey(tmp_path: Path, depth: str) -> None:
    pixels = noise(depth, 1, 20, 20)
    full = 1 if depth == "f32" else np.iinfo(pixels.dtype).max
    profile = imagecodecs.cms_profile("gray", gamma=1.0)
    tifffile.imwrite(tmp_path / "a.tif", pixels[..., 0], photometric="minisblack", iccprofile=profile, metadata=None)
    loaded = read(tmp_path / "a.tif")
    assert loaded.raster.channels == "L" and loaded.notes == ("converted from gray built-in to sRGB",)
    linear = pixels / full
    want = np.where(linear <= 0.0031308, linear * 12.92, 1.055 * np.maximum(linear, 1e-9) ** (1 / 2.4) - 0.055)
    assert np.abs(loaded.raster.pixels / full - want).max() <= max(0.51 / full, 1e-4)


def test_the_grey_profile_that_is_written_is_srgbs_curve() -> None:
    grey = np.arange(256, dtype=np.uint8)[None]
    got = imagecodecs.cms_transform(grey, icc.grey_profile(), icc.srgb_profile(), colorspace="gray", outcolorspace="rgb")
    assert np.abs(got[..., 0].astype(int) - grey).max() <= 1


@pytest.mark.parametrize("profile", [b"", b"no profile at all" * 20, wide_gamut()[:300], bytes(imagecodecs.cms_profile("gray"))])
def test_a_profile_that_is_broken_or_of_another_kind_is_ignored_and_told(tmp_path: Path, profile: bytes) -> None:
    pixels = noise("u16", 3)
    tag = chunk(b"iCCP", b"name\0\0" + zlib.compress(profile))
    (tmp_path / "a.png").write_bytes(png(7, 5, 16, 2, unfiltered(pixels), tag))
    loaded = read(tmp_path / "a.png")
    assert np.array_equal(loaded.raster.pixels, pixels)
    assert loaded.notes == ("ignored its colour profile, which is damaged or of another kind",)


def test_a_profile_that_can_not_be_unpacked_is_ignored_and_told(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_bytes(png(7, 5, 8, 2, unfiltered(noise("u8", 3)), chunk(b"iCCP", b"name\0\0no zlib")))
    assert read(tmp_path / "a.png").notes == ("ignored its colour profile, which is damaged or of another kind",)
