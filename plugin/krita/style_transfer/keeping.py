"""What is kept for both hosts (styles, presets, results), with this Krita's engine and pictures passed in."""

from __future__ import annotations

from types import SimpleNamespace

from .catalogue import Catalogue
from .common.gallery import Gallery
from .common.history import History
from .common.paths import spelled
from .common.presets import Presets
from .nst_core import errors, folders, schema
from .nst_core.samples import SAMPLES


def gallery(catalogue: Catalogue) -> Gallery:
    """All styles; the paintings among them as soon as the worker has told of them."""
    return Gallery(folders.data(), SAMPLES, lambda: [SimpleNamespace(**row) for row in catalogue.paintings])


def presets() -> Presets:
    """The user's presets."""
    return Presets(folders.data(), samples_folder(), schema.check, errors.UsageError)


def history() -> History:
    """The newest results."""
    return History(folders.data(), samples_folder(), schema.check, errors.UsageError)


def samples_folder() -> str:
    """Where this Krita has the pictures that ship; as Qt reads it."""
    return spelled(SAMPLES[0].path.parent)
