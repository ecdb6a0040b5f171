"""How the threads of one computation wait for each other; asked for before torch is imported, as it counts from then on."""

from __future__ import annotations

import os
from collections.abc import MutableMapping

SPINS = "2000"


def wait_briefly(environment: MutableMapping[str, str] = os.environ) -> None:
    """Have a thread that waits for another one sleep soon, unless the user's environment says otherwise.

    GNU's OpenMP (torch's on Linux) lets it turn 300,000 rounds first. When another program wants the processor too, as hosts
    and browsers do, the thread that is waited for gets no turn meanwhile: on two busy cores the embedded network took 3 s for
    512 × 512 where one thread alone took 0.2 s. With 2000 rounds it takes as long as one thread there, and on a quiet
    machine about a fifteenth longer than with 300,000. Other OpenMPs sleep by rules of their own and don't look at this.
    """
    environment.setdefault("GOMP_SPINCOUNT", SPINS)
