import os
import subprocess
import sys
from pathlib import Path

import pytest

from stages.compiled.kernel import _loads_by_itself, kernel

known = pytest.mark.skipif(not _loads_by_itself(), reason="this numba is newer than those whose code loads by itself")
ROOT = Path(__file__).resolve().parents[3]
KERNELS = """
import sys
import numpy as np
from stages.compiled.kernel import kernel

FACTOR = np.int64(3)
WEIGHTS = np.array([1, 2, 4])


@kernel
def scaled(number):
    return number * FACTOR


@kernel
def summed(numbers):
    sum = 0
    for number in numbers:
        sum += scaled(number)
    return sum, numbers + 1


@kernel
def halved(numbers):
    if len(numbers) == 0:
        raise ValueError("nothing to halve")
    return numbers // 2


@kernel
def weighed(numbers):
    return (numbers * WEIGHTS).sum()


SIX = np.arange(6)
"""
WARM = "print(summed(SIX)[0], summed(SIX)[1].tolist(), halved(SIX).tolist())\n"
WHETHER_NUMBA = "print('numba' in sys.modules, 'scipy' in sys.modules)"
SAID = "45 [1, 2, 3, 4, 5, 6] [0, 0, 1, 1, 2, 2]"


def run(folder: Path, program: str, kernels: str = KERNELS, **environment: str) -> list[str]:
    """The lines that a fresh process says which keeps machine code in the folder."""
    (folder / "some_kernels.py").write_text(kernels, encoding="utf-8")
    done = subprocess.run(
        [sys.executable, "-c", f"from some_kernels import *\n{program}"],
        env=os.environ | {"PYTHONPATH": f"{folder}:{ROOT}", "NUMBA_CACHE_DIR": str(folder / "kept")} | environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout.splitlines()


@pytest.fixture(scope="module")
def warm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the machine code of `summed` and `halved`."""
    folder = tmp_path_factory.mktemp("kernels")
    assert run(folder, WARM) == [SAID]
    return folder


@known
def test_a_second_process_loads_what_the_first_compiled_without_the_compiler(warm: Path) -> None:
    assert run(warm, WARM + WHETHER_NUMBA) == [SAID, "False False"]


def test_the_compiler_can_follow_and_both_go_on(warm: Path) -> None:
    mixed = """
first = summed(SIX)[1]
print(weighed(np.arange(3)))
@kernel
def scaled_twice(number):
    return scaled(scaled(number))
print(scaled_twice(5), summed(SIX)[0], halved(SIX).tolist(), first.tolist())
"""
    assert run(warm, mixed) == ["10", "45 45 [0, 0, 1, 1, 2, 2] [1, 2, 3, 4, 5, 6]"]
    assert run(warm, "import numba\n" + WARM) == [SAID]


def test_a_forked_process_has_what_was_loaded(warm: Path) -> None:
    fork = "import os\nsummed(SIX)\nif os.fork() == 0:\n    " + WARM + "else:\n    os.wait()"
    assert run(warm, fork) == [SAID]


def test_a_loaded_kernel_raises_what_the_function_raises(warm: Path) -> None:
    refuse = "halved(SIX)\ntry:\n    halved(SIX[:0])\nexcept ValueError as error:\n    print(error)"
    assert run(warm, refuse) == ["nothing to halve"]


def test_arrays_of_another_kind_have_machine_code_of_their_own(warm: Path) -> None:
    kinds = """
print(summed(SIX.astype(np.uint8))[1].dtype, summed(SIX[::2])[0])
SIX.flags.writeable = False
print(summed(SIX)[0], summed(SIX[::2])[1].tolist())
"""
    assert run(warm, kinds) == ["int64 18", "45 [1, 3, 5]"]


def test_memory_of_results_is_given_back(warm: Path) -> None:
    grow = """
import resource
big = np.zeros(1_000_000, np.int64)
for _ in range(5):
    summed(big)
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
for _ in range(50):
    summed(big)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 50_000)
"""
    assert run(warm, grow) == ["True"]


@pytest.mark.parametrize(
    ("before", "after", "total"),
    [("np.int64(3)", "np.int64(5)", 75), ("number * FACTOR", "number + FACTOR", 33), ("sum = 0", "sum = 100", 145)],
    ids=["a constant of a kernel that it calls", "that kernel", "itself"],
)
def test_a_change_is_compiled_anew(warm: Path, before: str, after: str, total: int) -> None:
    assert run(warm, "print(summed(SIX)[0])", KERNELS.replace(before, after)) == [str(total)]
    assert run(warm, "print(summed(SIX)[0])") == ["45"]


@known
def test_damaged_machine_code_is_compiled_anew(tmp_path: Path) -> None:
    run(tmp_path, "halved(SIX)")
    [kept] = (tmp_path / "kept").glob("some_kernels.halved-*.kernel")
    kept.write_bytes(kept.read_bytes()[:100])
    assert run(tmp_path, "print(halved(SIX).tolist(), 'numba' in sys.modules)") == ["[0, 0, 1, 1, 2, 2] True"]
    assert run(tmp_path, "print(halved(SIX).tolist(), 'numba' in sys.modules)") == ["[0, 0, 1, 1, 2, 2] False"]


def test_a_folder_that_cannot_be_written_costs_only_time(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("", encoding="utf-8")
    assert run(tmp_path, "print(halved(SIX).tolist())", NUMBA_CACHE_DIR=str(tmp_path / "file")) == [
        "[0, 0, 1, 1, 2, 2]"
    ]


def test_a_release_of_numba_that_is_not_known_keeps_its_own_cache(tmp_path: Path) -> None:
    unknown = "import stages.compiled.kernel as k\nk._LAST_TESTED = (0, 1)\n"
    assert run(tmp_path, unknown + WARM) == [SAID]
    assert not list(tmp_path.rglob("*.kernel")) and list(tmp_path.rglob("*.nbc"))
    assert run(tmp_path, unknown + WARM) == [SAID]


@known
def test_the_signals_of_a_text_are_measured_without_the_compiler() -> None:
    measure = """
import sys
import pyarrow as pa
from stages.signals import Signals
Signals().warm()
print('numba' in sys.modules)
"""
    for _ in range(2):
        done = subprocess.run([sys.executable, "-c", measure], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout == "False\n"


def test_arguments_are_arrays_numbers_and_tuples_of_them() -> None:
    @kernel
    def same(value: object) -> object:
        return value

    assert same((1, 2.5)) == (1, 2.5)
    assert same((1.5, 2)) == (1.5, 2)
    for _ in range(2):
        with pytest.raises(OverflowError):
            same(1 << 63)
        assert same(-1) == -1
    with pytest.raises(TypeError, match="not list"):
        same([1])
