"""`python3 -m installer`: see `commands`."""

import sys

# Before any other import: what follows is not even parsed by an older Python.
if sys.version_info < (3, 10):
    sys.exit("installer: error: this is Python %d.%d: run the installer with Python 3.10 or newer" % sys.version_info[:2])

from .commands import main  # noqa: E402

if __name__ == "__main__":
    sys.exit(main())
