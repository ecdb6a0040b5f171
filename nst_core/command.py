"""What every command line here has in common: wrong usage and failures are one line on stderr, and an exit code."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from typing import NoReturn

from . import errors


class Parser(argparse.ArgumentParser):
    """Raises UsageError instead of printing the usage and leaving: an error is one line."""

    def error(self, message: str) -> NoReturn:
        raise errors.UsageError(f'{message} (see "{self.prog} --help")')


def run(parser: Parser, arguments: Sequence[str] | None = None) -> int:
    """Do what the arguments' `run` does with the options, and give the exit code: its own, 0 for None, or the error's."""
    try:
        options = parser.parse_args(arguments)
        return options.run(options) or 0
    except errors.NstError as error:
        return told(error)
    except KeyboardInterrupt:
        return told(errors.Cancelled())


def told(error: errors.NstError) -> int:
    """The error's exit code, once its one line is on stderr."""
    print(f"nst_core: error: {' '.join(error.message.split())}", file=sys.stderr)
    return error.exit_code
