"""What was chosen, kept as GIMP's own last values."""

from __future__ import annotations

import contextlib
import json
from pathlib import Path

from gi.repository import Gimp
from order import TABLE, property_name


def keep(config: Gimp.ProcedureConfig, image: Gimp.Image) -> None:
    """Save the choices as GIMP's last values: GIMP does so only after a success, and its Cancel ends this process at once.

    Written in GIMP's own form by hand: its serializer is an interface that PyGObject doesn't see on a config's class.
    An image on which the procedure has succeeded carries values of its own, which go before those in the file.
    """
    name = config.__gtype__.name
    style = config.get_property("style")
    values = [f'(style "{style.get_uri()}")'] if style else []
    for key in ("method", "output", *map(property_name, TABLE)):
        values.append(f"({key} {json.dumps(config.get_property(key))})")
    text = "\n".join(values) + "\n"
    folder = Path(Gimp.directory()) / "plug-in-settings"
    with contextlib.suppress(OSError):  # then the next dialog starts with older choices: no reason to stop
        folder.mkdir(exist_ok=True)
        (folder / f"{name}.last").write_text(f"# settings\n\n{text}\n# end of settings\n", encoding="utf-8")
    if image.get_parasite(f"{name}-last"):
        image.attach_parasite(Gimp.Parasite.new(f"{name}-last", Gimp.PARASITE_PERSISTENT, text.encode() + b"\0"))
