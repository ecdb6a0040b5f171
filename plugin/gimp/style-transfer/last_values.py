"""What was chosen, kept as GIMP's own last values."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path
from typing import Any

from gi.repository import Gimp, Gio

# What a procedure is called with besides its own arguments.
CALL = ("procedure", "run-mode", "image", "drawables", "reference")


def keep(config: Gimp.ProcedureConfig, image: Gimp.Image) -> None:
    """Save the choices as GIMP's last values: GIMP does so only after a success, and its Cancel ends this process at once.

    Written in GIMP's own form by hand: its serializer is an interface that PyGObject doesn't see on a config's class.
    Values that the image carries itself would go before those in the file, and tell its readers of this machine's folders.
    """
    name = config.__gtype__.name
    keys = [about.name for about in config.list_properties() if about.name not in CALL]
    values = [f"({key} {_words(config.get_property(key))})" for key in keys if config.get_property(key) is not None]
    text = "\n".join(values) + "\n"
    folder = Path(Gimp.directory()) / "plug-in-settings"
    with contextlib.suppress(OSError):  # then the next dialog starts with older choices: no reason to stop
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.last").write_text(f"# settings\n\n{text}\n# end of settings\n", encoding="utf-8")
    if image.get_parasite(f"{name}-last"):
        image.detach_parasite(f"{name}-last")


def _words(value: Any) -> str:
    """A value as GIMP writes it: a list's length goes before what is in it."""
    if isinstance(value, list):
        return " ".join([str(len(value)), *map(_words, value)])
    if isinstance(value, Gio.File):
        return _words(value.get_uri())
    return json.dumps(value, ensure_ascii=False)
