"""Small versions of pictures on disk, and which style pictures we ship."""

from __future__ import annotations

from .common.paths import spelled
from .nst_core.samples import FIRST_STYLE, SAMPLES
from .qt import QtCore, QtGui

# Beyond this a picture is not decoded just to be looked at: it would take seconds, or all memory.
LARGEST_PREVIEW_PIXELS = 100_000_000


def own_styles() -> list[str]:
    """The paths of the style pictures that come with the engine, as Qt reads them; the one for a first look comes first."""
    ours = sorted((sample.name != FIRST_STYLE, sample.name, sample.path) for sample in SAMPLES if sample.kind == "style")
    return [spelled(path) for _, _, path in ours]


def thumbnail(path: str, side: int, ratio: float = 1.0) -> QtGui.QPixmap | None:
    """As `small_image`, for a screen with `ratio` pixels a point: inside `side`×`side` points."""
    picture = small_image(path, round(side * ratio))
    if picture is None:
        return None
    pixmap = QtGui.QPixmap.fromImage(picture)
    pixmap.setDevicePixelRatio(ratio)
    return pixmap


def small_image(path: str, pixels: int) -> QtGui.QImage | None:
    """The picture at `path`, turned as its EXIF says, inside `pixels`×`pixels`; works in any thread.

    None where Qt can't show it: WebP and TIFF need plug-ins that not every Krita brings. The engine reads them all the same.
    """
    reader = QtGui.QImageReader(path)
    reader.setAutoTransform(True)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > LARGEST_PREVIEW_PIXELS:
        return None
    reader.setScaledSize(size.scaled(pixels, pixels, QtCore.Qt.AspectRatioMode.KeepAspectRatio).expandedTo(QtCore.QSize(1, 1)))
    picture = reader.read()
    return None if picture.isNull() else picture


def tile(path: str, side: int, ratio: float = 1.0) -> QtGui.QPixmap | None:
    """The middle of the picture at `path` as a square of `side` points: a row of these stands straight."""
    # Twice as large, so that the shorter side of all but panoramas fills the square.
    picture = thumbnail(path, 2 * side, ratio)
    if picture is None:
        return None
    edge = min(picture.width(), picture.height())
    square = picture.copy((picture.width() - edge) // 2, (picture.height() - edge) // 2, edge, edge)
    pixels = round(side * ratio)
    keep, smooth = QtCore.Qt.AspectRatioMode.KeepAspectRatio, QtCore.Qt.TransformationMode.SmoothTransformation
    return square.scaled(pixels, pixels, keep, smooth)
