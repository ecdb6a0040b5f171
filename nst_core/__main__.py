"""`python -m nst_core`: see `cli`."""

import sys

from .cli import main
from .waiting import wait_briefly

if __name__ == "__main__":
    wait_briefly()  # what it starts, the worker and its engine, inherits it
    sys.exit(main())
