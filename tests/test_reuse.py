"""What a job frees it takes again, and afterwards the system has it."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

SCRIPT = """
import resource
from nst_core import reuse

def faults_of_ten():
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        bytearray(b"1") * 2**26
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

def pages():
    return int(open("/proc/self/statm").read().split()[1])

usual, before = faults_of_ten(), pages()
with reuse.of_freed_memory():
    with reuse.of_freed_memory():
        faults_of_ten()
    kept = faults_of_ten()
print(kept < usual / 5, pages() - before < 2**11, faults_of_ten() > usual / 2)
"""


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="only glibc is told")
def test_freed_memory_is_kept_inside_and_given_back_outside():
    found = subprocess.run([sys.executable, "-c", SCRIPT], capture_output=True, text=True, check=True)
    assert found.stdout.split() == ["True", "True", "True"]
