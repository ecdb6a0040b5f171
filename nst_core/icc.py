"""Colour profiles: from the one that a picture file brings to sRGB, at the picture's own depth. No files here.

Little CMS by way of imagecodecs, because Pillow's transforms stop at 8 bits.
"""

from __future__ import annotations

import io

import imagecodecs
import numpy as np
from PIL import ImageCms

# Relative colorimetric with black point compensation is what image editors take as their default: colours that sRGB
# has stay exact, and shadows don't clip. Matrix profiles know no other intent anyway.
_INTENT = imagecodecs.CMS.INTENT.RELATIVE_COLORIMETRIC
_FLAGS = imagecodecs.CMS.FLAGS.BLACKPOINTCOMPENSATION

# But for 8-bit colour, Little CMS would replace the curves by coarse tables, wrong by up to 10 % of full scale near black.
_EXACT = imagecodecs.CMS.FLAGS.NOOPTIMIZE

_SPACES = {"L": "gray", "RGB": "rgb", "CMYK": "cmyk"}


def srgb_profile() -> bytes:
    """The sRGB profile that output files carry; always the same bytes."""
    return _undated(imagecodecs.cms_profile("srgb"))


def grey_profile() -> bytes:
    """The profile for grey output files: sRGB's tone curve (IEC 61966-2-1), because a grey file may not carry an RGB profile."""
    encoded = np.linspace(0, 1, 4096)
    linear = np.where(encoded <= 0.04045, encoded / 12.92, ((encoded + 0.055) / 1.055) ** 2.4)
    return _undated(imagecodecs.cms_profile("gray", transferfunction=np.rint(linear * 65535).astype(np.uint16)))


def to_srgb(colours: np.ndarray, channels: str, profile: bytes | None) -> tuple[np.ndarray, str | None]:
    """`colours` (H, W, C) of `channels` L, RGB or CMYK (no alpha) in sRGB at the same depth, L or RGB; and a note for the user.

    The note is None when nothing had to be done. A profile that is broken or not for these channels is ignored, with a note.
    Floats beyond white stay, but not below black, which is where colours outside sRGB's gamut would end.
    """
    if profile is None:
        return (_without_profile(colours), "converted from CMYK to sRGB") if channels == "CMYK" else (colours, None)
    try:
        name = _name(profile)
        space = _space(profile)
        if channels == "L" and space == "RGB":
            if _is_srgb(profile):
                return colours, None
            return _convert(np.repeat(colours, 3, axis=-1), "RGB", profile)[..., 1:2], f"converted from {name} to sRGB"
        if space != {"L": "GRAY"}.get(channels, channels):
            raise ValueError(f"a profile for {space}")
        if channels == "RGB" and _is_srgb(profile):
            return colours, None
        converted = _convert(colours, channels, profile)
        if channels == "L":
            # Neutral grey comes out equal in all three but for rounding.
            converted = converted[..., 1:2]
            if _barely_differ(converted, colours):
                return colours, None
        return converted, f"converted from {name} to sRGB"
    except (imagecodecs.CmsError, ImageCms.PyCMSError, OSError, ValueError, TypeError):
        note = "ignored its colour profile, which is damaged or of another kind"
        return (_without_profile(colours), f"{note}; converted from CMYK to sRGB") if channels == "CMYK" else (colours, note)


def _undated(profile: bytes) -> bytes:
    """`profile` with a fixed date of creation (ICC.1:2022, 7.2.8): equal jobs give equal files."""
    return profile[:24] + np.array([2000, 1, 1, 0, 0, 0], ">u2").tobytes() + profile[36:]


def _convert(colours: np.ndarray, channels: str, profile: bytes) -> np.ndarray:
    """`colours` through Little CMS to sRGB, (H, W, 3)."""
    flags = _FLAGS if colours.dtype == np.uint8 and channels != "L" else _FLAGS | _EXACT
    source = np.ascontiguousarray(colours[..., 0] if channels == "L" else colours)
    converted = imagecodecs.cms_transform(
        source, profile, srgb_profile(), colorspace=_SPACES[channels], outcolorspace="rgb", intent=_INTENT, flags=flags
    )
    return np.maximum(converted, 0, out=converted) if converted.dtype.kind == "f" else converted


def _is_srgb(profile: bytes) -> bool:
    """Whether `profile` maps a grid of colours onto themselves, whatever its name: there are dozens of sRGB profiles."""
    levels = np.linspace(0, 255, 9).round().astype(np.uint8)
    grid = np.stack(np.meshgrid(levels, levels, levels, indexing="ij"), axis=-1).reshape(27, 27, 3)
    return _barely_differ(_convert(grid, "RGB", profile), grid)


def _barely_differ(one: np.ndarray, other: np.ndarray) -> bool:
    """Whether no value differs by more than one part in 255."""
    full = np.iinfo(one.dtype).max if one.dtype.kind == "u" else 1.0
    return bool(np.abs(one.astype(np.float32) - other.astype(np.float32)).max() <= full / 255 * 1.001)


def _without_profile(inks: np.ndarray) -> np.ndarray:
    """CMYK (H, W, 4) to RGB by the textbook: what the paper reflects through each ink and black."""
    full = np.iinfo(inks.dtype).max
    light = np.float32(1) - inks.astype(np.float32) / full
    return np.rint(light[..., :3] * light[..., 3:] * full).astype(inks.dtype)


def _name(profile: bytes) -> str:
    """The name that the profile gives itself, on one line."""
    description = ImageCms.getProfileDescription(ImageCms.ImageCmsProfile(io.BytesIO(profile)))
    return " ".join("".join(c if c.isprintable() else " " for c in description).split()) or "a nameless profile"


def _space(profile: bytes) -> str:
    """The colour space that the profile starts from, as Little CMS names it: GRAY, RGB, CMYK …"""
    return str(ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.xcolor_space).strip()
