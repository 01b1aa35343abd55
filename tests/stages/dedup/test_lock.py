import os
import signal
import threading
import time
from pathlib import Path

import pytest

from pipeline.errors import StorageError
from stages.dedup.lock import LOCK, locked


def test_of_many_that_come_at_once_one_at_a_time_is_let_in(tmp_path: Path) -> None:
    inside: list[int] = []
    most, entered, refused = 0, 0, 0
    start = threading.Barrier(8)
    counting = threading.Lock()

    def come(number: int) -> None:
        nonlocal most, entered, refused
        start.wait()
        try:
            with locked(tmp_path, f"dump-{number}"):
                inside.append(number)
                time.sleep(0.05)
                with counting:
                    most, entered = max(most, len(inside)), entered + 1
                inside.remove(number)
        except StorageError:
            with counting:
                refused += 1

    threads = [threading.Thread(target=come, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert most == 1
    assert (entered > 0, entered + refused) == (True, 8)


def test_the_lock_is_gone_when_its_work_is_done_or_has_failed(tmp_path: Path) -> None:
    with locked(tmp_path, "a"):
        assert (tmp_path / LOCK).exists()
    assert list(tmp_path.iterdir()) == []
    with pytest.raises(OSError, match="full"), locked(tmp_path, "a"):
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []


def test_the_lock_of_a_killed_process_says_whose_it_was_and_its_dump_takes_it_over(tmp_path: Path) -> None:
    child = os.fork()
    if not child:
        with locked(tmp_path, "2024-a"):
            os.kill(os.getpid(), signal.SIGKILL)
    os.waitpid(child, 0)
    with pytest.raises(StorageError) as refused, locked(tmp_path, "2024-b"):
        pass
    told = str(refused.value)
    assert f"{tmp_path / LOCK}: the index is being changed (dump 2024-a; host {os.uname().nodename}; " in told
    assert f"process {child}; since 20" in told
    assert told.endswith("run the same command again, and if that process is gone, delete the file before")
    with locked(tmp_path, "2024-a"):
        assert f'"process": {os.getpid()}' in (tmp_path / LOCK).read_text()
    with locked(tmp_path, "2024-b"):
        pass


@pytest.mark.parametrize("content", ["", "[", "3"])
def test_a_lock_that_says_nothing_is_held_all_the_same(tmp_path: Path, content: str) -> None:
    (tmp_path / LOCK).write_text(content)
    with pytest.raises(StorageError, match="a process that has not said which"), locked(tmp_path, "a"):
        pass
    assert (tmp_path / LOCK).exists()
