"""The wire's bytes and the network's tensors give the same picture back, bit for bit, at every depth."""

from __future__ import annotations

import struct

import numpy as np
import pytest
import torch

from nst_core import raster
from nst_core.errors import UsageError
from nst_core.raster import Raster, from_tensors, from_wire, to_tensors, to_wire

DEPTHS: dict[str, np.dtype] = {
    "u8": np.dtype(np.uint8),
    "u16": np.dtype(np.uint16),
    "f16": np.dtype(np.float16),
    "f32": np.dtype(np.float32),
}


def full_scale(depth: str) -> int:
    return 1 if depth.startswith("f") else int(np.iinfo(DEPTHS[depth]).max)


def every_value(depth: str, channels: int) -> np.ndarray:
    """A picture that holds each value of `depth` (f32: values of all magnitudes, beyond [0, 1] too) in each channel."""
    if depth == "f16":
        values = np.arange(65536, dtype=np.uint16).view(np.float16)
        values = values[np.isfinite(values)]
    elif depth == "f32":
        random = np.random.default_rng(1)
        values = (random.standard_normal(4000) * 10.0 ** random.integers(-30, 5, 4000)).astype(np.float32)
    else:
        values = np.arange(full_scale(depth) + 1).astype(DEPTHS[depth])
    planes = [np.roll(values, 7 * index) for index in range(channels)]
    return np.stack(planes, axis=-1).reshape(4, -1, channels)


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("channels", ["RGB", "RGBA"])
def test_tensors_give_every_value_back(depth: str, channels: str) -> None:
    picture = Raster(every_value(depth, len(channels)), channels)
    rgb, _ = to_tensors(picture)
    back = from_tensors(rgb, picture)
    assert back.channels == channels
    assert back.pixels.dtype == picture.pixels.dtype
    assert back.pixels.tobytes() == picture.pixels.tobytes()


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("channels", ["L", "LA"])
def test_grey_comes_back_as_three_equal_channels_with_its_own_alpha(depth: str, channels: str) -> None:
    picture = Raster(every_value(depth, len(channels)), channels)
    rgb, alpha = to_tensors(picture)
    back = from_tensors(rgb, picture)
    for index in range(3):
        assert back.pixels[..., index].tobytes() == picture.pixels[..., 0].tobytes()
    assert (alpha is not None) == picture.has_alpha == back.has_alpha
    if picture.has_alpha:
        assert back.pixels[..., 3].tobytes() == picture.pixels[..., 1].tobytes()


def test_tensors_hold_the_documented_numbers() -> None:
    eight = np.array([[[0, 51, 255, 102]]], np.uint8)
    sixteen = np.array([[[0, 13107, 65535, 26214]]], np.uint16)
    floats = np.array([[[-0.5, 0.2, 7.0, 0.4]]], np.float32)
    for pixels, want in ((eight, [0, 0.2, 1]), (sixteen, [0, 0.2, 1]), (floats, [-0.5, 0.2, 7.0])):
        rgb, alpha = to_tensors(Raster(pixels, "RGBA"))
        assert alpha is not None
        assert rgb.shape == (1, 3, 1, 1) and rgb.dtype == torch.float32
        assert rgb[0, :, 0, 0].tolist() == pytest.approx(want, abs=1e-7)
        assert alpha.item() == pytest.approx(0.4, abs=1e-7)


def test_planes_lie_where_the_pixels_are() -> None:
    pixels = np.arange(2 * 3 * 3, dtype=np.uint8).reshape(2, 3, 3)
    rgb, _ = to_tensors(Raster(pixels, "RGB"))
    assert torch.equal((rgb[0] * 255).round().to(torch.uint8), torch.tensor(pixels.tolist(), dtype=torch.uint8).permute(2, 0, 1))


def test_integers_are_rounded_to_the_nearest_and_clamped() -> None:
    values = torch.tensor([-1.0, 0.49 / 255, 0.51 / 255, 254.4 / 255, 254.6 / 255, 9.0, float("nan"), float("inf")])
    rgb = values.reshape(1, 1, 1, 8).expand(1, 3, 1, 8)
    back = from_tensors(rgb, Raster(np.zeros((1, 8, 3), np.uint8), "RGB"))
    assert back.pixels[0, :, 0].tolist() == [0, 0, 1, 254, 255, 255, 0, 255]


def test_wire_order_is_the_one_of_the_channels() -> None:
    header = {"width": 2, "height": 1, "channels": "BGRA", "depth": "u8"}
    picture = from_wire(header, bytes([1, 2, 3, 4, 5, 6, 7, 8]))
    assert picture.channels == "RGBA"
    assert picture.pixels.tolist() == [[[3, 2, 1, 4], [7, 6, 5, 8]]]
    again, block = to_wire(picture, "BGRA")
    assert again == header and bytes(block) == bytes([1, 2, 3, 4, 5, 6, 7, 8])


def test_wire_bytes_are_native_numbers_row_by_row() -> None:
    block = struct.pack("=6H", 1, 2, 3, 400, 500, 65535)
    picture = from_wire({"width": 1, "height": 2, "channels": "RGB", "depth": "u16"}, bytearray(block))
    assert picture.pixels.tolist() == [[[1, 2, 3]], [[400, 500, 65535]]]


@pytest.mark.parametrize("depth", DEPTHS)
@pytest.mark.parametrize("channels", raster.WIRE_CHANNELS)
def test_wire_gives_every_byte_back(depth: str, channels: str) -> None:
    pixels = every_value(depth, len(channels))
    header = {"width": pixels.shape[1], "height": pixels.shape[0], "channels": channels, "depth": depth}
    again, block = to_wire(from_wire(header, pixels.tobytes()), channels)
    assert again == header
    assert block.format == "B" and block.tobytes() == pixels.tobytes()


def test_a_picture_of_read_only_bytes_makes_tensors_in_silence(recwarn: pytest.WarningsRecorder) -> None:
    picture = from_wire({"width": 1, "height": 1, "channels": "RGB", "depth": "f32"}, bytes(12))
    rgb, _ = to_tensors(picture)
    rgb += 1
    assert not recwarn.list
    assert picture.pixels.max() == 0


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"width": 3}, "takes 9 bytes, but 6 came"),
        ({"width": 0}, "width 0"),
        ({"height": True}, "height True"),
        ({"height": "1"}, "height '1'"),
        ({"channels": "CMYK"}, "channels 'CMYK'"),
        ({"depth": "u32"}, "depth 'u32'"),
        ({"depth": None}, "depth None"),
    ],
)
def test_headers_that_do_not_fit_are_told(change: dict, words: str) -> None:
    header = {"width": 2, "height": 1, "channels": "RGB", "depth": "u8", **change}
    with pytest.raises(UsageError, match=words):
        from_wire(header, bytes(6))


def test_rasters_that_do_not_fit_are_told() -> None:
    with pytest.raises(UsageError, match="shape"):
        Raster(np.zeros((2, 2, 4), np.uint8), "RGB")
    with pytest.raises(UsageError, match="int64"):
        Raster(np.zeros((2, 2, 3), np.int64), "RGB")
    with pytest.raises(UsageError, match="'BGRA'"):
        Raster(np.zeros((2, 2, 4), np.uint8), "BGRA")
    picture = Raster(np.zeros((2, 2, 3), np.uint8), "RGB")
    with pytest.raises(UsageError, match="can't be sent as 'BGRA'"):
        to_wire(picture, "BGRA")
    with pytest.raises(UsageError, match="2x2"):
        from_tensors(torch.zeros(1, 3, 2, 3), picture)


@pytest.mark.parametrize(("source", "target"), [("u8", "u16"), ("u16", "u8"), ("f32", "u8"), ("f32", "u16"), ("u16", "f32")])
def test_depths_change_to_the_nearest_value(source: str, target: str) -> None:
    steps = np.linspace(0, 1, 5000) if source == "f32" else np.arange(full_scale(source) + 1)
    values = steps.astype(DEPTHS[source])
    exact = values.astype(np.float64) / full_scale(source)
    got = raster.to_depth(values, DEPTHS[target])
    assert got.dtype == DEPTHS[target]
    if target == "f32":
        assert np.abs(got - exact).max() < 1e-7
    else:
        assert np.abs(got - exact * full_scale(target)).max() <= 0.5 + 1e-3
