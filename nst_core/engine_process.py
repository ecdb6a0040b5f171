"""The engine as the worker sees it: a child process that is alive or lost, and the box of what it says; standard library only."""

from __future__ import annotations

import contextlib
import queue
import subprocess
import sys
import threading
import time
from enum import Enum, auto
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from . import wire
from .client import worker_environment

START_SECONDS = 120.0
ROLE = "engine"

Frame = tuple[dict[str, Any], list[bytearray]]


class Signal(Enum):
    """What wakes the dispatcher while a job runs, beside the engine's frames."""

    CANCEL = auto()
    LOST = auto()


class EngineProcess:
    """The child process that computes, as the worker sees it: alive or lost, and a box of its frames."""

    def __init__(self) -> None:
        self.inbox: queue.SimpleQueue[Frame | Signal] = queue.SimpleQueue()
        self._outbox: queue.SimpleQueue[Frame | None] = queue.SimpleQueue()
        self._arrived = threading.Event()
        # stderr goes where the worker's goes: into the log.
        self.process = subprocess.Popen(
            [sys.executable, "-m", "nst_core.engine"],
            stdin=subprocess.DEVNULL,
            env=worker_environment(Path(__file__).resolve().parent.parent),
        )

    @property
    def alive(self) -> bool:
        return self.process.poll() is None

    def attend(self, channel: Connection) -> None:
        """Take the connection over which the child has called, and read from it until it ends; for a thread of its own."""
        threading.Thread(target=self._write, args=(channel,), name="engine writer", daemon=True).start()
        self._arrived.set()
        try:
            while True:
                self.inbox.put(wire.receive(channel))
        except wire.Disconnected:
            self.inbox.put(Signal.LOST)
        finally:
            self._outbox.put(None)

    def arrived(self, given_up: threading.Event) -> bool:
        """Wait for the child's call if it has just been started; False once that is `given_up`, Disconnected when it is lost."""
        deadline = time.monotonic() + START_SECONDS
        while not self._arrived.wait(0.05):
            if given_up.is_set():
                return False
            if not self.alive or time.monotonic() > deadline:
                raise wire.Disconnected("the engine did not start")
        return True

    def send(self, header: dict[str, Any], blocks: list[bytearray] | None = None) -> None:
        """Queue a frame for the child; never blocks, also when the child takes nothing."""
        self._outbox.put((header, blocks or []))

    def end(self) -> None:
        """End the process, whatever it is doing, and wait until it is gone."""
        self.process.kill()
        self.process.wait()

    def last_words(self) -> str:
        """Why a lost process ended; it may need a moment to be gone after its connection."""
        try:
            status = self.process.wait(timeout=2)
        except subprocess.TimeoutExpired:
            self.end()
            return "it closed its connection"
        if status == -9:
            return "it was killed, perhaps because memory ran out"
        return f"signal {-status}" if status < 0 else f"exit status {status}"

    def _write(self, channel: Connection) -> None:
        with contextlib.suppress(wire.Disconnected):  # the reading thread sees it too and tells it
            while (frame := self._outbox.get()) is not None:
                wire.send(channel, *frame)
                del frame  # a large canvas, perhaps: not to be kept until the next one comes
        with contextlib.suppress(OSError):
            channel.close()
