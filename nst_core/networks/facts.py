"""What whoever runs a network must know about it, as data; no torch here."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class NetworkFacts:
    """Facts of one architecture.

    value_range: lowest and highest value of the picture that goes in (and comes out), RGB.
    size_multiple: sides that are multiples of this give an output of exactly the input's size; others come out larger and are cropped.
    minimum_side: the shortest side in pixels that its padding allows.
    receptive_field: side in pixels of what one output pixel sees; None when it is the whole picture (statistics over it).
    half_precision: whether float16 gives a picture that the eye can't tell from float32's.
    bytes_per_pixel: measured peak of memory per pixel of the input in float32, input and output included, weights not.
    """

    value_range: tuple[float, float]
    size_multiple: int
    minimum_side: int
    receptive_field: int | None
    half_precision: bool
    bytes_per_pixel: int
