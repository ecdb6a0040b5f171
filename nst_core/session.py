"""One client of the worker: its connection, its jobs, and what is said to it; standard library only."""

from __future__ import annotations

import contextlib
import queue
import threading
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any, Protocol

from . import errors, wire

ENGINE_REQUESTS = ("stylize", "compare", "fetch", "models")


@dataclass
class Job:
    """One request that the engine has to answer, and whom to tell."""

    session: Session
    number: Any  # the client's own id of the request
    method: str
    params: dict[str, Any]
    blocks: list[bytearray]
    cancelled: threading.Event = field(default_factory=threading.Event)
    finishing: threading.Event = field(default_factory=threading.Event)  # cancelled, but what there is by then is wanted


class Desk(Protocol):
    """Where a session takes what its client asks for."""

    def submit(self, job: Job) -> None:
        """Queue a job for the engine."""

    def cancel(self, job: Job, keep: bool = False) -> None:
        """Stop a job wherever it is; with `keep` it answers with what it has, if it has anything."""

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What can be said without the engine; raises errors.NstError."""


class Session:
    """One client's connection: a thread that reads requests and one that writes, so that a stalled client stalls nobody else."""

    def __init__(self, desk: Desk, channel: Connection) -> None:
        self._desk = desk
        self._channel = channel
        self._jobs: dict[Any, Job] = {}
        self._outbox: queue.SimpleQueue[tuple[dict[str, Any], list[bytearray]] | None] = queue.SimpleQueue()
        self._writer = threading.Thread(target=self._write, name="writer", daemon=True)
        self._writer.start()

    def serve(self, first: dict[str, Any]) -> None:
        """Answer the `first` request and all that follow until the client is gone; then cancel what it has left behind."""
        try:
            self._serve(first, [])
            while True:
                self._serve(*wire.receive(self._channel))
        except wire.Disconnected:
            pass
        finally:
            for job in list(self._jobs.values()):
                self._desk.cancel(job)
            self._outbox.put(None)

    def close(self) -> None:
        """Say the last words and hang up."""
        self._outbox.put(None)
        self._writer.join(timeout=1)

    def tell(self, header: dict[str, Any], blocks: list[bytearray] | None = None) -> None:
        """Queue a frame for the client; never blocks."""
        self._outbox.put((header, blocks or []))

    def forget(self, job: Job) -> None:
        self._jobs.pop(job.number, None)

    def _serve(self, header: dict[str, Any], blocks: list[bytearray]) -> None:
        number, method, params = header.get("id"), header.get("method"), header.get("params", {})
        if method == "cancel":
            job = self._jobs.get(params.get("id"))
            if job:
                self._desk.cancel(job, bool(params.get("keep")))
        elif method in ENGINE_REQUESTS:
            job = Job(self, number, method, params, blocks)
            self._jobs[number] = job
            self._desk.submit(job)
        else:
            self._answer(number, str(method), params)

    def _answer(self, number: Any, method: str, params: dict[str, Any]) -> None:
        try:
            self.tell({"id": number, "result": self._desk.answer(method, params)})
        except errors.NstError as error:
            self.tell({"id": number, "error": errors.to_wire(error)})

    def _write(self) -> None:
        try:
            while True:
                frame = self._outbox.get()
                if frame is None:
                    break
                wire.send(self._channel, *frame)
        except wire.Disconnected:
            pass  # the reading thread sees it too and cleans up
        with contextlib.suppress(OSError):
            self._channel.close()
