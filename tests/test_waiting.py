"""Threads wait briefly wherever pictures are computed: asked of OpenMP itself."""

from __future__ import annotations

import os
import subprocess
import sys

import pytest

from nst_core.waiting import SPINS, wait_briefly


@pytest.mark.skipif(sys.platform != "linux", reason="torch has GNU's OpenMP on Linux alone")
@pytest.mark.parametrize(("usual", "wanted"), [(None, SPINS), ("77", "77")])
def test_openmp_is_told_before_it_is_loaded(tmp_path, usual, wanted):
    environment = {name: value for name, value in os.environ.items() if name != "GOMP_SPINCOUNT"}
    environment |= {"NST_HOME": str(tmp_path), "OMP_DISPLAY_ENV": "verbose", **({"GOMP_SPINCOUNT": usual} if usual else {})}
    told = subprocess.run([sys.executable, "-m", "nst_core", "doctor"], env=environment, capture_output=True, text=True)
    assert f"GOMP_SPINCOUNT = '{wanted}'" in told.stderr


def test_what_the_user_chose_stays():
    environment: dict[str, str] = {}
    wait_briefly(environment)
    assert environment == {"GOMP_SPINCOUNT": SPINS}
    environment = {"GOMP_SPINCOUNT": "1"}
    wait_briefly(environment)
    assert environment == {"GOMP_SPINCOUNT": "1"}
