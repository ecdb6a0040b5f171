"""Talk to the worker process: find or start it, send a job, follow and stop it.

The one door through which a host reaches the engine; standard library only, Python 3.9 and newer. A job runs in a thread
of its own; the host polls `Job.next_event` from its main thread, so no callback ever crosses threads.
"""

from __future__ import annotations

import json
import os
import queue
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Generic, Protocol, TypeVar, Union

from . import __version__, errors, folders, wire
from .order import Fetching, Graded, Grading, Path_, Picture, Style, Stylization

START_SECONDS = 60.0  # a cold disk and a virus scanner can make a first Python start this slow
POLL_SECONDS = 0.02
PROGRAM = "NST_PROGRAM"  # environment variable: the id of the process for which this one asks


@dataclass(frozen=True)
class Progress:
    """`fraction` in [0, 1]; `seconds_left` is None while nothing can be said."""

    fraction: float
    stage: str
    seconds_left: float | None


@dataclass(frozen=True)
class Preview:
    """A reduced picture of the result so far."""

    picture: Picture


@dataclass(frozen=True)
class Log:
    """One sentence that the user should read: a fallback, a conversion."""

    text: str


Event = Union[Progress, Preview, Log]
Outcome = TypeVar("Outcome", covariant=True)


class Task(Protocol[Outcome]):
    """What a job asks for."""

    def frame(self) -> tuple[dict[str, Any], list[wire.Block]]:
        """The request in the words of the wire, under the id 1."""

    def outcome(self, result: dict[str, Any], blocks: list[bytearray]) -> Outcome:
        """What the job gives, out of the worker's answer."""


def stylize(
    content: Picture,
    styles: Sequence[Style],
    method: str,
    parameters: Mapping[str, Any],
    python: Path_ | None = None,
    preview: bool = False,
    offline: bool = False,
) -> Job[Picture]:
    """Start a job and return at once; everything that can go wrong is raised by `Job.result`.

    The picture comes back in the content's size, channels and depth, a grey one as RGB or RGBA: a style has colours. With
    `preview` a reduced look at a large one comes first, and a small one may be shown from paintings at other strengths.
    """
    return Job(Stylization(content, tuple(styles), method, dict(parameters), preview, offline), python)


def compare(
    painting: Picture,
    reference: Picture,
    style: Path_ | Picture | None = None,
    python: Path_ | None = None,
    offline: bool = False,
) -> Job[Graded]:
    """Start to grade how near a painting comes to a picture of the same part and, if given, to a style; see `order.Graded`."""
    return Job(Grading(painting, reference, style, offline), python)


def fetch(item: str, python: Path_ | None = None, offline: bool = False) -> Job[Path]:
    """Start to bring a model or a painting ("pack:great-wave") to this machine; the job gives the place where it lies."""
    return Job(Fetching(item, offline), python)


def request(method: str, params: Mapping[str, Any] | None = None, python: Path_ | None = None) -> dict[str, Any]:
    """One short question to the worker ("hello", "methods", "models"), started if need be; blocks until the answer."""
    channel = connect(python)
    try:
        wire.send(channel, {"id": 1, "method": method, "params": dict(params or {})})
        return _answer(wire.receive(channel)[0])
    except wire.Disconnected as lost:
        raise _lost(lost) from lost
    finally:
        channel.close()


def ask_for(program: int) -> None:
    """Tell the worker from now on that this process asks for the `program` of this id: it ends soon after the last such program.

    For a painter's program; whoever does not say it, like a script of many commands, is waited for as long as ever.
    """
    os.environ[PROGRAM] = str(program)


def shut_down(timeout: float = 10.0) -> bool:
    """Stop this version's worker if one runs, and wait until it is gone; False when none was there."""
    address = wire.saved_address()
    channel = _dial(address) if address else None
    if channel is None:
        return False
    try:
        wire.send(channel, {"id": 1, "method": "shutdown", "params": {}})
        while channel.poll(timeout):
            wire.receive(channel)  # the answer, and then the hanging up that comes with the process's end
    except wire.Disconnected:
        pass
    finally:
        channel.close()
    return True


class Job(Generic[Outcome]):
    """One request on its way that takes a while; made by `stylize`, `compare` and `fetch`."""

    def __init__(self, task: Task[Outcome], python: Path_ | None) -> None:
        self._python = python
        self._events: queue.SimpleQueue[Event | None] = queue.SimpleQueue()
        self._finished = threading.Event()
        self._lock = threading.Lock()
        self._outcome: Outcome | errors.NstError | None = None
        self._stop = threading.Event()
        self._keep = threading.Event()
        self._started = time.monotonic()
        self.timings: dict[str, float] = {}
        # The thread alone has the task: whoever keeps a job that has ended doesn't keep the pixels that were sent.
        self._thread = threading.Thread(target=self._run, args=(task,), name="style-transfer job", daemon=True)
        self._thread.start()

    @property
    def done(self) -> bool:
        """True when `result` answers at once."""
        return self._finished.is_set()

    def next_event(self, timeout: float = 0.0) -> Event | None:
        """The next thing to show, waiting up to `timeout` seconds; None when there is none, or when the job has ended."""
        try:
            return self._events.get(timeout=timeout) if timeout > 0 else self._events.get_nowait()
        except queue.Empty:
            return None

    def cancel(self) -> None:
        """Stop the job; returns at once, and `result` raises Cancelled at once whatever the worker still does."""
        self._stop.set()
        self._finish(errors.Cancelled())

    def finish(self) -> None:
        """Stop the job and keep what it has: returns at once, and `result` gives the newest picture, or raises Cancelled when
        there is none. `cancel` may still follow."""
        self._keep.set()

    def wait_until_told(self, timeout: float) -> None:
        """After `cancel`: wait until the worker knows, for a caller whose process is about to end."""
        self._thread.join(timeout)

    def result(self, timeout: float | None = None) -> Outcome:
        """What the job gives; blocks, and raises what went wrong."""
        if not self._finished.wait(timeout):
            raise TimeoutError
        if isinstance(self._outcome, errors.NstError):
            raise self._outcome
        assert self._outcome is not None
        return self._outcome

    def _run(self, task: Task[Outcome]) -> None:
        try:
            outcome: Outcome | errors.NstError = self._talk(task)
        except wire.Disconnected as lost:
            outcome = _lost(lost)
        except errors.NstError as error:
            outcome = error.with_traceback(None)  # which would hold this frame, and with it the pixels that were sent
        except Exception as error:  # the thread must end with an answer, whatever a host's Python comes up with
            outcome = errors.WorkerError(f"the job could not be sent: {type(error).__name__}: {error}")
        self._finish(outcome)

    def _finish(self, outcome: Any) -> None:
        """The first one counts: what the job gives, or an error."""
        with self._lock:
            if self._outcome is None:
                self._outcome = outcome
                self.timings["total"] = time.monotonic() - self._started
                self._finished.set()
                self._events.put(None)

    def _talk(self, task: Task[Outcome]) -> Outcome:
        self._events.put(Progress(0.0, "starting the worker", None))
        channel = connect(self._python, self._stop)
        connected = self._lap("connect", self._started)
        try:
            wire.send(channel, *task.frame())
            sent = self._lap("send", connected)
            return task.outcome(*self._follow(channel, sent))
        finally:
            channel.close()

    def _follow(self, channel: Connection, sent: float) -> tuple[dict[str, Any], list[bytearray]]:
        """Pass on what is said until the answer comes: the result and its blocks."""
        told = False
        while True:
            # Polled, because closing a connection does not wake a thread that reads from it.
            while not channel.poll(POLL_SECONDS):
                if self._stop.is_set():
                    wire.send(channel, {"method": "cancel", "params": {"id": 1}})
                    raise errors.Cancelled()
                if self._keep.is_set() and not told:
                    told = True
                    wire.send(channel, {"method": "cancel", "params": {"id": 1, "keep": True}})
            header, blocks = wire.receive(channel)
            if "id" in header:
                result = _answer(header)
                self._lap("answer", sent)
                self.timings.update(result.get("timings", {}))
                return result, blocks
            event = self._event(header, blocks)
            if event is not None:
                self._events.put(event)

    def _event(self, header: dict[str, Any], blocks: list[bytearray]) -> Event | None:
        params = header.get("params", {})
        kind = header.get("method")
        if kind == "progress":
            return Progress(params["fraction"], params["stage"], params.get("seconds_left"))
        if kind == "preview":
            return Preview(Picture(**params["raster"], data=blocks[0]))
        if kind == "log":
            return Log(params["text"])
        return None  # a newer worker may say more than this client understands

    def _lap(self, name: str, since: float) -> float:
        now = time.monotonic()
        self.timings[name] = now - since
        return now


def connect(python: Path_ | None = None, stop: threading.Event | None = None) -> Connection:
    """A connection to this version's worker, which is started when none answers.

    `python` runs a worker that has to be started (default: `worker_python`). WorkerError when it doesn't come up,
    Cancelled as soon as `stop` is set.
    """
    deadline = time.monotonic() + START_SECONDS
    process: subprocess.Popen[bytes] | None = None
    while time.monotonic() < deadline:
        if stop is not None and stop.is_set():
            raise errors.Cancelled()
        address = wire.saved_address()
        channel = _dial(address) if address else None
        if channel is not None:
            return channel
        status = process.poll() if process else None
        if status:
            raise errors.WorkerError(
                f"the worker stopped at its start (exit status {status}): the end of {log_file()} says why", _log_tail()
            )
        if process is None:
            process = _spawn(str(python or worker_python()))
        elif status == 0:  # another worker held the lock: it is about to listen, or about to be gone
            process = None
            time.sleep(10 * POLL_SECONDS)
        time.sleep(POLL_SECONDS)
    raise errors.WorkerError(f"the worker did not answer within {START_SECONDS:.0f} seconds: see {log_file()}", _log_tail())


def worker_python() -> str:
    """The interpreter that runs the worker: $NST_PYTHON, or what the installer has written; WorkerError when neither is there."""
    named = os.environ.get("NST_PYTHON")
    if not named:
        try:
            written = json.loads((folders.data() / "worker.json").read_text(encoding="utf-8"))["python"]
            named = os.fsdecode(written.encode())  # some hosts run Python with an ASCII file system encoding
        except (OSError, ValueError, KeyError, TypeError, AttributeError):
            named = None
    if not named or not os.path.exists(named):
        where = f" (there is none at {named})" if named else ""
        raise errors.WorkerError(f'the worker\'s Python is not set up{where}: run "python3 -m installer install" once')
    return str(named)


def is_set_up() -> bool:
    """Whether a worker can be started; one that somebody has named by hand, in $NST_PYTHON, is not a plug-in's to set up."""
    try:
        worker_python()
    except errors.WorkerError:
        return bool(os.environ.get("NST_PYTHON"))
    return True


def log_file() -> Path:
    """Where worker and engine write what goes wrong."""
    return folders.logs() / "worker.log"


def _dial(address: wire.Address) -> Connection | None:
    """A connection that has said hello, or None when nobody is there any more."""
    try:
        channel = address.dial()
    except wire.Disconnected:
        return None
    try:
        hello = {"version": __version__, "protocol": wire.PROTOCOL, "program": int(os.environ.get(PROGRAM) or 0)}
        wire.send(channel, {"id": 0, "method": "hello", "params": hello})
        _answer(wire.receive(channel)[0])
    except wire.Disconnected:
        channel.close()
        return None
    except errors.NstError:
        channel.close()
        raise
    return channel


def _spawn(python: str) -> subprocess.Popen[bytes]:
    """Start a worker that outlives this process and holds neither its window nor its console, folder or streams."""
    if not os.path.exists(python):
        raise errors.WorkerError(f'the worker\'s Python {python} is not there: run "python3 -m installer install" again')
    bundle = Path(__file__).resolve().parent.parent
    options: dict[str, Any] = {"start_new_session": True}
    if sys.platform == "win32":
        options = {"creationflags": subprocess.CREATE_NO_WINDOW | subprocess.CREATE_NEW_PROCESS_GROUP}
    try:
        folders.data().mkdir(parents=True, exist_ok=True)
        folders.logs().mkdir(parents=True, exist_ok=True)
        with open(log_file(), "ab") as log:
            return subprocess.Popen(
                [python, "-m", "nst_core", "worker"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=folders.data(),
                env=worker_environment(bundle),
                close_fds=True,
                **options,
            )
    except OSError as error:
        why = error.strerror or error
        raise errors.WorkerError(
            f'the worker could not be started with {python} ({why}): run "python3 -m installer install" again'
        ) from error


def worker_environment(bundle: Path) -> dict[str, str]:
    """This process's environment without what a host sets for its own Python and libraries, and with `bundle` to import from."""
    foreign = ("PYTHON", "GI_TYPELIB_PATH", "LD_LIBRARY_PATH", "LD_PRELOAD", "DYLD_", "QT_PLUGIN_PATH", "GIO_", "GDK_")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(foreign)}
    return {**clean, "PYTHONPATH": str(bundle), "PYTHONDONTWRITEBYTECODE": "1", "PYTHONUTF8": "1"}


def _answer(header: dict[str, Any]) -> dict[str, Any]:
    if "error" in header:
        raise errors.from_wire(header["error"])
    return header["result"]


def _lost(cause: wire.Disconnected) -> errors.WorkerError:
    return errors.WorkerError(
        f"the worker was lost in mid-job: try again, and if it happens again look into {log_file()}", f"{cause}\n{_log_tail()}"
    )


def _log_tail(size: int = 4000) -> str:
    try:
        return log_file().read_bytes()[-size:].decode("utf-8", "replace")
    except OSError:
        return ""
