"""`python3 -m installer`: see `commands`."""

import sys

# Before any other import: what follows is not even parsed by an older Python.
if sys.version_info < (3, 10):
    sys.exit(f"installer: error: this is Python {sys.version.split()[0]}: run the installer with Python 3.10 or newer")

from .commands import main

if __name__ == "__main__":
    sys.exit(main())
