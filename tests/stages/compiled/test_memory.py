import ctypes
import subprocess
import sys

import pytest

FAULTS = """
import resource
import numpy as np
from stages.compiled.memory import keep_freed_memory

def batch():
    arrays = [np.ones(1 << 20, np.uint8) for _ in range(8)]

keep_freed_memory()
batch()
before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
for _ in range(10):
    batch()
print(resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before)
"""


@pytest.mark.skipif(not hasattr(ctypes.CDLL(None), "mallopt"), reason="the C library has no such switch")
def test_a_batch_finds_the_memory_of_the_one_before() -> None:
    faults = int(subprocess.run([sys.executable, "-c", FAULTS], capture_output=True, check=True, text=True).stdout)
    assert faults < 8 << 20 >> 12  # pages of one batch
