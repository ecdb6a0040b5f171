"""The sample pictures: all there, as the script makes them, and light enough to ship."""

from __future__ import annotations

import subprocess
import sys
from functools import cache
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from nst_core import samples
from nst_core.errors import UsageError
from nst_core.samples import brush, make, noise, photo

ALL_BYTES = 2_000_000
LONG_SIDE = 1024
SMALL = 128  # on the long side: every picture in a few seconds

# PSNR in dB of a small render against the committed picture made small. Where lines are finer than a small render's pixels
# (grass, single pen strokes) less agrees. A changed seed or a thing that moved falls below, another picture below 15.
LIKENESS = {
    "lake": 21,
    "still-life": 27,
    "swirled-oil": 24,
    "woodcut": 30,
    "mosaic": 29,
    "watercolour": 23,
    "pointillism": 23,
    "hatching": 22,
}
FULL_SIZE_LIKENESS = 25  # what JPEG leaves of dots in pure colours

every_sample = pytest.mark.parametrize("sample", samples.SAMPLES, ids=lambda sample: sample.name)


@cache
def rendered_small(name: str) -> np.ndarray:
    return make.render(samples.named(name), SMALL)


def committed(sample: samples.Sample, size: tuple[int, int] | None = None) -> np.ndarray:
    with Image.open(sample.path) as picture:
        return np.asarray(picture if size is None else picture.resize(size, Image.Resampling.BOX))


def likeness(a: np.ndarray, b: np.ndarray) -> float:
    """PSNR in dB."""
    return float(-10 * np.log10(np.mean(np.square(a / 255.0 - b / 255.0)) + 1e-12))


@every_sample
def test_a_sample_is_rgb_and_1024_pixels_long(sample: samples.Sample) -> None:
    with Image.open(sample.path) as picture:
        assert (picture.format, picture.mode, max(picture.size)) == ("JPEG", "RGB", LONG_SIDE)


def test_all_samples_together_are_under_two_megabytes() -> None:
    assert sum(sample.path.stat().st_size for sample in samples.SAMPLES) < ALL_BYTES


def test_the_table_names_every_picture_in_the_folder_and_no_other() -> None:
    lying_there = {path.name for path in Path(samples.__file__).parent.iterdir() if path.suffix in (".jpg", ".png")}
    assert {sample.file for sample in samples.SAMPLES} == lying_there


def test_there_are_two_scenes_and_six_styles_and_the_files_say_which() -> None:
    assert [sample.kind for sample in samples.SAMPLES] == ["scene"] * 2 + ["style"] * 6
    assert all(sample.file == f"{sample.kind}-{sample.name}.jpg" for sample in samples.SAMPLES)


@every_sample
def test_the_committed_picture_is_what_the_script_makes(sample: samples.Sample) -> None:
    got = rendered_small(sample.name)
    want = committed(sample, (got.shape[1], got.shape[0]))
    assert likeness(got, want) > LIKENESS[sample.name]


def test_the_likeness_tells_pictures_apart() -> None:
    """What the test above measures is low between any two pictures, so a wrong file would be seen."""
    pictures = {sample.name: committed(sample, (SMALL, SMALL)) for sample in samples.SAMPLES}
    for name, picture in pictures.items():
        for other, another in pictures.items():
            assert name == other or likeness(picture, another) < 15


def test_at_full_size_the_script_writes_the_committed_file(tmp_path: Path) -> None:
    make.main(["--only", "pointillism", "--out", str(tmp_path)])
    with Image.open(tmp_path / "style-pointillism.jpg") as picture:
        assert likeness(np.asarray(picture), committed(samples.named("pointillism"))) > FULL_SIZE_LIKENESS


@every_sample
def test_two_renders_are_equal(sample: samples.Sample) -> None:
    np.testing.assert_array_equal(make.render(sample, SMALL), rendered_small(sample.name))


def test_an_unknown_sample_is_told_with_those_that_exist() -> None:
    with pytest.raises(UsageError, match=r"'monalisa'.*lake.*hatching"):
        samples.path("monalisa")


def test_the_table_needs_the_standard_library_alone() -> None:
    code = "import sys, nst_core.samples; sys.exit(bool({'numpy', 'PIL'} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(samples.__file__).parents[2]).returncode == 0


def test_noise_is_a_function_of_the_place_alone() -> None:
    y, x = np.mgrid[-3:5:0.37, -4:6:0.41]
    whole = noise.fractal(x, y, 4, seed=7)
    np.testing.assert_array_equal(whole[3:9, 2:8], noise.fractal(x[3:9, 2:8], y[3:9, 2:8], 4, seed=7))
    assert np.abs(whole).max() <= 1
    assert not np.allclose(whole, noise.fractal(x, y, 4, seed=8))


def test_gradient_noise_vanishes_on_its_lattice_and_nowhere_else() -> None:
    y, x = np.mgrid[-4:5, -4:5].astype(np.float32)
    np.testing.assert_array_equal(noise.gradient(x, y, 3), 0)
    assert (noise.gradient(x + 0.5, y + 0.3, 3) != 0).all()


def test_shrinking_keeps_the_mean_at_any_ratio() -> None:
    picture = np.random.default_rng(1).random((37, 53, 3)).astype(np.float32)
    small = photo.shrink(picture, 16, 11)
    np.testing.assert_allclose(small.mean((0, 1)), picture.mean((0, 1)), rtol=1e-5)
    np.testing.assert_allclose(
        photo.shrink(picture[:36, :52], 26, 12), picture[:36, :52].reshape(12, 3, 26, 2, 3).mean((1, 3)), rtol=1e-5
    )


def test_the_last_point_on_a_pixel_stays() -> None:
    canvas = np.zeros((4, 5, 1), np.float32)
    brush.lay(canvas, np.array([1.2, 3.0, 1.9, -1.0]), np.array([2.0, 0.5, 2.7, 0.0]), np.array([[1.0], [2.0], [3.0], [4.0]]))
    assert (canvas[2, 1, 0], canvas[0, 3, 0], np.count_nonzero(canvas)) == (3, 2, 2)


def test_a_ribbon_covers_its_whole_strip() -> None:
    """A straight stroke without holes: every pixel centre inside the strip is reached, none beyond."""
    line = np.array([[[4.0, 10.0], [20.0, 10.0], [36.0, 10.0]]], np.float32)
    columns, rows, along, across = brush.ribbons(line, np.full((1, 3), 8, np.float32), 1.0)
    painted = np.zeros((20, 40, 1), np.float32)
    brush.lay(painted, columns, rows, np.ones((*columns.shape, 1), np.float32))
    assert painted[7:13, 5:35].all()
    assert not painted[:6].any() and not painted[15:].any() and not painted[:, :4].any() and not painted[:, 37:].any()
    assert (along.min(), along.max(), across.min(), across.max()) == (0, 1, -1, 1)
