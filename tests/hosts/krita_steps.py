"""A Krita plug-in of the tests: it runs the `steps` of the script $NST_SCRIPT in Krita's own event loop.

A step ends with `yield seconds`; so Krita works between steps as it does between a user's clicks.
"""

from __future__ import annotations

import importlib
import json
import os
import sys
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from krita import Extension, Krita, Window

if "PyQt6.QtCore" in sys.modules:
    from PyQt6.QtCore import QTimer
else:
    from PyQt5.QtCore import QTimer

SETTLED = 2000  # milliseconds until a fresh window has everything in its place


class Steps(Extension):
    """Starts with the first window; writes `said.json` into $NST_OUT and quits Krita at the end."""

    def __init__(self, parent: Krita) -> None:
        super().__init__(parent)
        self._said: dict[str, Any] = {}
        self._steps: Iterator[float] = iter(())

    def setup(self) -> None:
        if "NST_SCRIPT" not in os.environ:
            return
        # Krita's own hook would show a window and wait for a click.
        sys.excepthook = lambda kind, error, trace: self._failed("".join(traceback.format_exception(kind, error, trace)))
        notifier = Krita.instance().notifier()
        notifier.setActive(True)
        notifier.windowCreated.connect(lambda: QTimer.singleShot(SETTLED, self._begin))

    def createActions(self, window: Window) -> None:
        pass

    def _begin(self) -> None:
        sys.path.insert(0, os.environ["NST_SCRIPTS"])
        script = importlib.import_module(os.environ["NST_SCRIPT"])
        self._steps = script.steps(self._said)
        self._next()

    def _next(self) -> None:
        try:
            QTimer.singleShot(int(next(self._steps) * 1000), self._next)
        except StopIteration:
            self._end()
        except Exception:
            self._failed(traceback.format_exc())

    def _failed(self, what: str) -> None:
        self._said["broken"] = self._said.get("broken", "") + what
        self._end()

    def _end(self) -> None:
        (Path(os.environ["NST_OUT"]) / "said.json").write_text(json.dumps(self._said))
        os._exit(0)  # Krita's own way out asks about unsaved pictures, and may crash after it


Krita.instance().addExtension(Steps(Krita.instance()))
