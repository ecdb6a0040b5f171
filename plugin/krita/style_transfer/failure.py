"""What becomes of a failure: the user reads it in one sentence, or is offered what is missing."""

from __future__ import annotations

from collections.abc import Callable

from . import first_use, message_box
from .common.translation import _
from .nst_core import client, errors
from .qt import QtWidgets

HEADLINE = _("The layer was not painted.")


def of(work: Callable[[], object]) -> errors.NstError | None:
    """Do `work`; what it failed with, if it did. An exception that leaves a slot ends Krita: it goes no further than here."""
    try:
        work()
    except errors.NstError as error:
        return error.with_traceback(None)  # it may be kept, and must not keep the pixels that `work` had in hand
    except Exception as error:
        return errors.unexpected(error)
    return None


def tell(error: errors.NstError, parent: QtWidgets.QWidget | None, headline: str = HEADLINE) -> QtWidgets.QDialog:
    """Show the failure under `headline` and return at once: Krita stays usable while the window is open. Where all that fails is
    that nothing is set up yet, that is offered instead."""
    if isinstance(error, errors.WorkerError) and not client.is_set_up():
        return first_use.offer(parent)
    return message_box.show_failure(error, parent, headline)
