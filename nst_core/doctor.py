"""What a user is asked for when something does not work: versions, devices, folders, models, the running worker."""

from __future__ import annotations

import importlib.metadata
import platform
import sys
from typing import Any

from . import __version__, console, device, folders, wire
from .weights import Store

PACKAGES = ("torch", "torchvision", "numpy", "pillow", "safetensors", "imagecodecs", "tifffile", "requests", "platformdirs")


def examine() -> dict[str, Any]:
    """Plain data, without anything that names the user but the folders' paths."""
    worker = wire.saved_address()
    return {
        "nst_core": __version__,
        "python": platform.python_version(),
        "executable": sys.executable,
        "system": platform.platform(),
        "packages": {name: _version(name) for name in PACKAGES},
        "devices": device.describe(),
        "folders": {"models": str(folders.models()), "logs": str(folders.logs())},
        "models": list(Store().installed()),
        "worker": worker.pid if worker else None,
    }


def text(facts: dict[str, Any]) -> str:
    """`examine`'s facts for a person."""
    rows = [
        ("nst_core", facts["nst_core"]),
        ("python", f"{facts['python']} ({facts['executable']})"),
        ("system", facts["system"]),
        *((name, version or "missing") for name, version in facts["packages"].items()),
        *(
            (f"device {device['name']}", f"{device['model']}, {console.size(device['free_memory'])} free")
            for device in facts["devices"]
        ),
        ("models on disk", ", ".join(facts["models"]) or "none"),
        *((f"{name} folder", path) for name, path in facts["folders"].items()),
        ("worker", f"runs, process {facts['worker']}" if facts["worker"] else "not running"),
    ]
    return console.table(rows)


def _version(package: str) -> str | None:
    try:
        return importlib.metadata.version(package)
    except importlib.metadata.PackageNotFoundError:
        return None
