"""The worker process: accepts clients, queues their jobs, hands them one by one to the engine process and watches it.

Standard library only: what needs torch runs in the engine (`engine.py`), a child that can be ended without losing the
queue. So a crash or an operation that can't be interrupted costs one job, and no client ever waits for a dead process.
"""

from __future__ import annotations

import itertools
import os
import queue
import sys
import threading
import time
from multiprocessing import connection
from multiprocessing.connection import Connection
from typing import Any, NoReturn

from . import __version__, errors, folders, lock, schema, wire
from .engine_process import ROLE, EngineProcess, Signal
from .session import Job, Session

REST_SECONDS = 60.0  # idle: give back what can be had again quickly
EXIT_SECONDS = 600.0  # idle: end
FAREWELL_SECONDS = 10.0  # idle, and every program that it worked for has ended: end
STOP_SECONDS = 2.0  # a cancelled job that hasn't stopped by then is ended with its process


class Worker:
    """The state of the process: who is connected, what is queued, which engine runs."""

    def __init__(
        self,
        address: wire.Address,
        rest_seconds: float = REST_SECONDS,
        exit_seconds: float = EXIT_SECONDS,
        farewell_seconds: float = FAREWELL_SECONDS,
    ) -> None:
        self._address = address
        self._rest_seconds = rest_seconds
        self._exit_seconds = exit_seconds
        self._farewell_seconds = farewell_seconds
        self._queue: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._engine: EngineProcess | None = None
        self._running: Job | None = None
        self._stopping = threading.Event()
        self._last_used = time.monotonic()
        self._resting = False
        self._sessions: set[Session] = set()
        self._programs: set[int] = set()  # those it works for, by their process ids; 0 for who doesn't say
        self._serials = itertools.count(1)  # the engine's ids: two clients may use the same number

    def serve(self) -> None:
        """Listen and work until idle for long or told to stop."""
        with connection.Listener(self._address.address, backlog=16) as listener:
            self._address.save()
            threading.Thread(target=self._accept, args=(listener,), name="accept", daemon=True).start()
            self._engine = EngineProcess()  # its imports take seconds: let them run while the first pixels travel
            try:
                while not self._stopping.is_set():
                    self._dispatch()
            finally:
                self._stopping.set()
                self._address_gone()
                self._engine.end()
                for session in list(self._sessions):
                    session.close()

    def submit(self, job: Job) -> None:
        self._last_used = time.monotonic()
        self._queue.put(job)

    def cancel(self, job: Job, keep: bool = False) -> None:
        """Stop `job` wherever it is: in the queue it is dropped when its turn comes, in the engine it is told to stop.

        With `keep` the engine answers with what it has by then, and takes the time that this takes.
        """
        (job.finishing if keep else job.cancelled).set()
        engine = self._engine
        if engine is not None and self._running is job:
            engine.inbox.put(Signal.CANCEL)

    def answer(self, method: str, params: dict[str, Any]) -> dict[str, Any]:
        """What the worker knows itself, without the engine; UsageError when the question is not understood."""
        self._last_used = time.monotonic()
        if method == "hello":
            return self._hello(params)
        if method == "methods":
            return {"methods": schema.as_json()}
        if method == "shutdown":
            self._stopping.set()
            if self._running:
                self.cancel(self._running)
            self._queue.put(None)
            return {}
        raise errors.UsageError(f"the worker knows no request {method!r}")

    def _hello(self, params: dict[str, Any]) -> dict[str, Any]:
        if params.get("version") != __version__ or params.get("protocol") != wire.PROTOCOL:
            raise errors.WorkerError(
                f"the worker is of version {__version__}, the plug-in of {params.get('version')}: "
                'run "python3 -m installer install" again and restart the program'
            )
        if "program" in params:
            self._programs.add(int(params["program"]))
        engine = self._engine.process.pid if self._engine else None
        return {"version": __version__, "protocol": wire.PROTOCOL, "pid": os.getpid(), "engine": engine}

    def _address_gone(self) -> None:
        saved = wire.saved_address()
        if saved == self._address:
            wire.address_file().unlink(missing_ok=True)

    def _accept(self, listener: connection.Listener) -> None:
        while not self._stopping.is_set():
            try:
                channel = listener.accept()
            except OSError:  # somebody hung up while knocking
                time.sleep(0.1)
                continue
            threading.Thread(target=self._welcome, args=(channel,), name="session", daemon=True).start()

    def _welcome(self, channel: Connection) -> None:
        if not wire.authenticate(channel, self._address.key):
            return
        try:
            header, _ = wire.receive(channel)
        except wire.Disconnected:
            channel.close()
            return
        engine = self._engine
        if header.get("method") == "hello" and header["params"].get("role") == ROLE:
            if engine is not None and header["params"].get("pid") == engine.process.pid:
                engine.attend(channel)
            else:
                channel.close()  # the child of a worker that is gone
            return
        session = Session(self, channel)
        self._sessions.add(session)
        session.serve(header)
        self._sessions.discard(session)

    def _dispatch(self) -> None:
        """Do one job, or look after an idle process."""
        try:
            job = self._queue.get(timeout=self._nap())
        except queue.Empty:
            self._look_after_idleness()
            return
        if job is None:
            return
        self._resting = False
        self._running = job
        try:
            self._run(job)
        except wire.Disconnected:
            self._tell_lost(job)
        finally:
            self._running = None
            job.session.forget(job)
            self._last_used = time.monotonic()

    def _nap(self) -> float:
        return min(1.0, self._rest_seconds / 4, self._exit_seconds / 4)

    def _look_after_idleness(self) -> None:
        idle = time.monotonic() - self._last_used
        if idle > self._exit_seconds or (idle > self._farewell_seconds and not self._expected()):
            self._stopping.set()
        elif idle > self._rest_seconds and not self._resting and self._engine and self._engine.alive:
            self._resting = True
            self._engine.send({"method": "rest", "params": {}})

    def _expected(self) -> bool:
        """Whether somebody may come again: a program that runs still, or one that hasn't said which it is."""
        return not self._programs or any(map(_runs, self._programs))

    def _run(self, job: Job) -> None:
        """Bring one job to its answer: the engine's, an error when the engine is lost, Cancelled when the client wants that."""
        if job.cancelled.is_set() or job.finishing.is_set():  # nothing is there yet
            self._tell_error(job, errors.Cancelled())
            return
        engine = self._ready_engine()
        if not engine.arrived(job.cancelled):  # it goes on starting: the next job needs it
            self._tell_error(job, errors.Cancelled())
            return
        serial = next(self._serials)
        engine.send({"id": serial, "method": job.method, "params": job.params}, job.blocks)
        job.blocks = []  # the engine has them now: two copies of a large canvas are one too many
        deadline, told = None, False
        while True:
            if job.finishing.is_set() and not told:
                told = True
                engine.send({"method": "cancel", "params": {"id": serial, "keep": True}})
            if job.cancelled.is_set() and deadline is None:
                deadline = time.monotonic() + STOP_SECONDS
                engine.send({"method": "cancel", "params": {"id": serial}})
            try:
                item = engine.inbox.get(timeout=None if deadline is None else max(0.0, deadline - time.monotonic()))
            except queue.Empty:
                engine.end()
                self._tell_error(job, errors.Cancelled())
                return
            if item is Signal.LOST:
                raise wire.Disconnected
            if isinstance(item, tuple) and self._relay(job, *item):
                return

    @staticmethod
    def _relay(job: Job, header: dict[str, Any], blocks: list[bytearray]) -> bool:
        """Pass the engine's words on under the client's own number; True when they are the answer."""
        if "id" in header:
            job.session.tell({**header, "id": job.number}, blocks)
            return True
        job.session.tell({**header, "params": {**header["params"], "id": job.number}}, blocks)
        return False

    def _ready_engine(self) -> EngineProcess:
        """The engine, a new one when the last was lost; with an empty box, whatever an earlier job has left in it."""
        engine = self._engine
        if engine is None or not engine.alive:
            engine = self._engine = EngineProcess()
        while not engine.inbox.empty():
            if engine.inbox.get_nowait() is Signal.LOST:
                engine.end()
                engine = self._engine = EngineProcess()
        return engine

    def _tell_lost(self, job: Job) -> None:
        assert self._engine is not None
        why = self._engine.last_words()
        if job.cancelled.is_set():
            self._tell_error(job, errors.Cancelled())
        else:
            self._tell_error(
                job, errors.WorkerError(f"the engine stopped in mid-job ({why}): try again, or with a smaller working size")
            )

    @staticmethod
    def _tell_error(job: Job, error: errors.NstError) -> None:
        job.session.tell({"id": job.number, "error": errors.to_wire(error)})


class _AnotherRuns(Exception):
    """A worker of this version serves this user already."""


def main() -> int:
    """Run the worker unless one of this version runs already for this user."""
    folder = folders.state()
    folder.mkdir(parents=True, exist_ok=True)
    folder.chmod(0o700)
    try:
        with lock.held(folder / f"worker-{__version__}.lock", _another_runs):
            _serve_alone()
    except _AnotherRuns:
        pass  # whoever started this one talks to the other
    return 0


def _another_runs() -> NoReturn:
    raise _AnotherRuns


def _serve_alone() -> None:
    stale = wire.saved_address()
    if stale:
        wire.remove(stale)
    address = wire.new_address()
    try:
        Worker(
            address,
            _seconds("NST_REST_SECONDS", REST_SECONDS),
            _seconds("NST_EXIT_SECONDS", EXIT_SECONDS),
            _seconds("NST_FAREWELL_SECONDS", FAREWELL_SECONDS),
        ).serve()
    finally:
        wire.remove(address)


def _runs(program: int) -> bool:
    """Whether there is a process of this id; True where that can't be told."""
    if not program or sys.platform == "win32":  # there this signal would end it
        return True
    try:
        os.kill(program, 0)
    except ProcessLookupError:
        return False
    except OSError:
        pass  # it is another user's
    return True


def _seconds(variable: str, default: float) -> float:
    """A waiting time that the environment may shorten or lengthen."""
    try:
        return float(os.environ.get(variable, default))
    except ValueError:
        return default
