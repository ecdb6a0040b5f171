"""What whoever runs a network must know about it, as data; no torch here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkFacts:
    """Facts of one architecture.

    value_range: lowest and highest value of the picture that goes in (and comes out), RGB.
    size_multiple: sides that are multiples of this give an output of exactly the input's size; others are rounded up to it.
    minimum_side: the shortest side in pixels that its padding allows.
    receptive_field: side in pixels of what one output pixel sees; None when it is the whole picture (statistics over it).
    half_precision: whether the picture in float16 was seen to stay within 45 dB of float32's.
    bytes_per_pixel: measured peak of memory per pixel of the input in float32, input and output included, weights not.
    band_bytes_per_pixel: what every pixel of the band that is computed takes on top of that, where a network runs in bands.
    band_pixels: pixels in a band where there is room; a smaller picture is one band. Where memory is short, it is a quarter.
    halo: rows of the picture beyond a band, on either side, that the stage computes and drops which takes most.
    kept_bytes_per_pixel: of `bytes_per_pixel`, what may lie in a scratch file as well.
    kept_in_half: whether that may be float16: the picture was seen to stay the same to 1/255.
    """

    value_range: tuple[float, float]
    size_multiple: int
    minimum_side: int
    receptive_field: int | None
    half_precision: bool
    bytes_per_pixel: int
    band_bytes_per_pixel: int = 0
    band_pixels: int = 0
    halo: int = 0
    kept_bytes_per_pixel: int = 0
    kept_in_half: bool = False

    def pixels_in(self, budget: float, scratch: float = 0) -> int:
        """The largest picture, in pixels, that is computed within `budget` bytes of memory and `scratch` bytes of a file."""
        one_band = self.bytes_per_pixel + self.band_bytes_per_pixel
        besides = budget - self.band_bytes_per_pixel * self.least_band_pixels
        whole = self.bytes_per_pixel - self.kept_bytes_per_pixel
        in_bands = min((besides + scratch) / self.bytes_per_pixel, besides / whole)
        return max(int(in_bands), min(int(budget / one_band), self.least_band_pixels), 0)

    @property
    def least_band_pixels(self) -> int:
        return self.band_pixels // 4
