"""The lock of an index: a file that only one process can create, on any machine that shares the folder."""

import json
import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from pipeline.errors import StorageError

LOCK = "lock.json"


@contextmanager
def locked(root: Path, dump: str) -> Iterator[None]:
    """Lets one dump at a time change what an index holds. Nobody waits: who comes second knows the index no longer.

    The lock of a process that was killed stays; the same dump takes it over, others are told of it.
    Raises StorageError when it is held for another dump.
    """
    path = root / LOCK
    try:
        path.touch(exist_ok=False)  # exclusive over NFS as well
    except FileExistsError:
        holder = _holder(path)
        if holder.get("dump") != dump:
            who = "; ".join(f"{key} {value}" for key, value in holder.items()) or "a process that has not said which"
            raise StorageError(
                f"{path}: the index is being changed ({who}); run the same command again, and if that process is gone, "
                "delete the file before"
            ) from None
    since = datetime.now(UTC).isoformat(" ", "seconds")
    holder = {"dump": dump, "host": socket.gethostname(), "process": os.getpid(), "since": since}
    try:
        path.write_text(json.dumps(holder, ensure_ascii=False), encoding="utf-8")
        yield
    finally:
        path.unlink(missing_ok=True)


def _holder(path: Path) -> dict[str, object]:
    """What the holder says of itself; nothing where it has not said it yet, or is done meanwhile."""
    try:
        told = json.loads(path.read_bytes())
    except (OSError, ValueError):
        return {}
    return told if isinstance(told, dict) else {}
