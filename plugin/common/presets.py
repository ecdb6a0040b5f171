"""Named presets: a method, its styles and its parameters under a name of the user's; the same ones in both hosts."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

from . import kept
from .engine_words import reason, told
from .paths import spelled
from .styles import Styles, from_json, to_json
from .translation import _

FILE = "presets.json"
SUFFIX = ".style-preset.json"  # of exported ones
LONGEST_NAME = 60
LARGEST_FILE = 1 << 20  # bytes; beyond it, it is no preset

Check = Callable[[str, dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True)
class Preset:
    """Method, styles and parameters as an order has them, under a name."""

    name: str
    method: str
    styles: Styles
    parameters: dict[str, Any]


class Presets:
    """The user's presets, read anew each time: the other host may have changed them."""

    def __init__(self, folder: Path, samples: str, check: Check, refusal: type[Exception]) -> None:
        """They lie in `folder`; `samples` is where this host has the pictures that ship.

        `check` is the engine's for a method's name and parameters. All that fails is a `refusal`, with one sentence.
        """
        self._path = folder / FILE
        self._samples = samples
        self._check = check
        self._refusal = refusal

    def all(self) -> list[Preset]:
        """Those that fit this version, by name."""
        fitting = filter(None, map(self._fitting, self._rows()))
        return sorted(fitting, key=lambda preset: (preset.name.casefold(), preset.name))

    def save(self, preset: Preset) -> Preset:
        """Keep it, in place of the one that had its name; the preset with its name and values as they are kept comes back."""
        complete = self._check(preset.method, preset.parameters)
        name = self.named(preset.name)
        given = {key: complete.get(key, value) for key, value in preset.parameters.items()}
        others = [row for row in self._rows() if _name(row) != name]
        self._write([*others, _row(replace(preset, name=name, parameters=given))])
        return replace(preset, name=name, parameters=complete)

    def rename(self, old: str, new: str) -> str:
        """Call the preset `old` `new`, which no other may be called; the name as it is kept comes back."""
        new = self.named(new)
        rows = self._rows()
        names = [_name(row) for row in rows]
        if old not in names:
            raise self._gone(old)
        if new != old and new in names:
            raise self._refusal(_('there is a preset "{new}" already: choose another name').format(new=new))
        self._write([{**row, "name": new} if _name(row) == old else row for row in rows])
        return new

    def delete(self, name: str) -> None:
        """Forget the preset."""
        self._write([row for row in self._rows() if _name(row) != name])

    def export(self, name: str, path: Path) -> None:
        """Write the preset to a file of its own, for another machine."""
        found = [row for row in self._rows() if _name(row) == name]
        if not found:
            raise self._gone(name)
        document = {"version": 1, "style_transfer_preset": found[0]}
        try:
            kept.replace(path, (json.dumps(document, indent=2) + "\n").encode())
        except OSError as error:
            raise self._refusal(
                _("{file} can't be written ({reason}): choose another folder").format(
                    file=spelled(path.name), reason=reason(error)
                )
            ) from error

    def load(self, path: Path) -> Preset:
        """Take in an exported preset, under a name that is free; it comes back as it is kept."""
        try:
            text = path.read_bytes() if path.stat().st_size <= LARGEST_FILE else b""
            preset = self._preset(json.loads(text.decode("utf-8"))["style_transfer_preset"])
        except OSError as error:
            raise self._refusal(
                _("{file} can't be read ({reason}): choose another file").format(file=spelled(path.name), reason=reason(error))
            ) from error
        except (ValueError, TypeError, KeyError):
            raise self._refusal(
                _("{file} is no preset: choose a file that was exported here").format(file=spelled(path.name))
            ) from None
        except self._refusal as error:
            raise self._refusal(f"{spelled(path.name)}: {told(str(error))}") from error
        return self.save(replace(preset, name=self._free(preset.name)))

    def named(self, text: str) -> str:
        """`text` as a preset's name, without stray spaces; a refusal when it can't be one."""
        name = " ".join(text.split())
        if not name:
            raise self._refusal(_("a preset needs a name: type one"))
        if len(name) > LONGEST_NAME or not name.isprintable():
            raise self._refusal(
                _("{name!r}… can't be a preset's name: take up to {most} letters").format(name=name[:20], most=LONGEST_NAME)
            )
        return name

    # -- inside --------------------------------------------------------------------------------------------------

    def _rows(self) -> list[Any]:
        """As the file has them, with those that fit only another version."""
        return kept.read(self._path, "presets")

    def _write(self, rows: list[Any]) -> None:
        try:
            kept.write(self._path, "presets", rows)
        except OSError as error:
            raise self._refusal(
                _("presets can't be kept in {file} ({reason}): make room there").format(
                    file=spelled(self._path.name), reason=reason(error)
                )
            ) from error

    def _fitting(self, row: Any) -> Preset | None:
        try:
            return self._preset(row)
        except (TypeError, KeyError, ValueError, self._refusal):
            return None

    def _preset(self, row: Any) -> Preset:
        """A row from a file; TypeError, KeyError or a refusal when it is none."""
        parameters = self._check(row["method"], dict(row["parameters"]))
        return Preset(self.named(str(row["name"])), row["method"], from_json(row["styles"], self._samples), parameters)

    def _gone(self, name: str) -> Exception:
        return self._refusal(_('there is no preset "{name}" any more: save it anew').format(name=name))

    def _free(self, name: str) -> str:
        """`name`, with a number when there is one of that name."""
        taken = {_name(row) for row in self._rows()}
        number, free = 1, name
        while free in taken:
            number += 1
            ending = f" ({number})"
            free = name[: LONGEST_NAME - len(ending)] + ending
        return free


def _row(preset: Preset) -> dict[str, Any]:
    return {**asdict(preset), "styles": to_json(preset.styles)}


def _name(row: Any) -> str:
    return str(row.get("name", "")) if isinstance(row, dict) else ""
