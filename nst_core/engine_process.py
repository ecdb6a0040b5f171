"""The engine as the worker sees it: a child process that is alive or lost, and the box of what it says; standard library only."""

from __future__ import annotations

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
        self._channel: Connection | None = None
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
        self._channel = channel
        self._arrived.set()
        try:
            while True:
                self.inbox.put(wire.receive(channel))
        except wire.Disconnected:
            self.inbox.put(Signal.LOST)
        finally:
            channel.close()

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
        """Hand over a frame; Disconnected when the child is lost or has not arrived."""
        if self._channel is None:
            raise wire.Disconnected("the engine has not started yet")
        wire.send(self._channel, header, blocks or [])

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
