"""Every way a job can fail, one class a cause, each with its exit code; standard library only, Python 3.9 and newer.

A message is one sentence in lower case that names the thing and says what to do. It is what the user reads.
"""

from __future__ import annotations

import traceback


class NstError(Exception):
    """Base of all failures that are told to the user in one sentence; `details` is for "Copy details"."""

    exit_code = 1

    def __init__(self, message: str, details: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.details = details


class OutputError(NstError):
    """The result could not be written: folder missing or read-only, disk full."""


class WorkerError(NstError):
    """The worker process could not be started, spoke another version, or was lost in mid-job."""


class UsageError(NstError):
    """A parameter is unknown, out of range or contradicts another."""

    exit_code = 2


class PictureError(NstError):
    """A picture is missing, unreadable, too small, too large or of an unsupported kind."""

    exit_code = 3


class ModelError(NstError):
    """A model is unknown, its weights are not on disk and can't be fetched, or they are damaged."""

    exit_code = 4


class OutOfMemory(NstError):
    """The job did not fit, not even after every fallback."""

    exit_code = 5


class Cancelled(NstError):
    """The user stopped the job."""

    exit_code = 130

    def __init__(self, message: str = "cancelled", details: str = "") -> None:
        super().__init__(message, details)


class Finish(Cancelled):
    """The user wants what there is by now: whoever can gives its newest result, for everybody else the job is cancelled."""


KINDS: dict[str, type[NstError]] = {
    kind.__name__: kind
    for kind in (NstError, OutputError, WorkerError, UsageError, PictureError, ModelError, OutOfMemory, Cancelled, Finish)
}


def unexpected(error: BaseException) -> NstError:
    """A fault of ours as a failure that can be told: it names its type, and has the traceback as its details."""
    details = "".join(traceback.format_exception(type(error), error, error.__traceback__))
    return NstError(f"internal error: {type(error).__name__}: {error}", details)


def to_wire(error: BaseException, details: str = "") -> dict:
    """`error` as the `error` object of a JSON-RPC reply; what is no `NstError` becomes an `unexpected` one."""
    if not isinstance(error, NstError):
        error = unexpected(error)
    return {
        "code": error.exit_code,
        "message": error.message,
        "data": {"kind": type(error).__name__, "details": error.details or details},
    }


def from_wire(error: dict) -> NstError:
    """The exception that `to_wire` wrote; an unknown kind becomes `NstError`."""
    data = error.get("data") or {}
    return KINDS.get(data.get("kind", ""), NstError)(str(error.get("message", "unknown error")), str(data.get("details", "")))
