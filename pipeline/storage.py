"""The folder of a result: a file in it exists only when it is whole.

Every write goes aside first, reaches the disk, and takes its name by one rename.
"""

import errno
import os
import secrets
import socket
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO

from pipeline.errors import StorageError

TEMPORARY = ".tmp"


class Folder:
    """A folder on a file system that all workers see. Names are relative, with `/`.

    Raises StorageError for a URL, which would else become a folder of that name.
    """

    def __init__(self, root: str | Path) -> None:
        if "://" in str(root):
            raise StorageError(
                f"{root}: is no folder; write to a file system that all workers see, and copy the result"
            )
        self.root = Path(root)

    def __str__(self) -> str:
        return str(self.root)

    def path(self, name: str) -> Path:
        """Where a name lies."""
        return self.root / name

    def exists(self, name: str) -> bool:
        """Whether the file is there, and so is whole."""
        return self.path(name).is_file()

    def names(self, folder: str) -> list[str]:
        """Names of the whole files in a folder, without the folder, sorted; none where there is no folder."""
        try:
            entries = os.scandir(self.path(folder))
        except FileNotFoundError:
            return []
        with entries:
            return sorted(e.name for e in entries if not e.name.endswith(TEMPORARY) and e.is_file())

    def open(self, name: str) -> BinaryIO:
        """The file for reading. Raises StorageError when it is not there."""
        try:
            return self.path(name).open("rb")
        except OSError as error:
            raise StorageError(f"{self.path(name)}: cannot be read: {error.strerror}") from None

    def read_bytes(self, name: str) -> bytes:
        """The whole file. Raises StorageError when it is not there."""
        with self.open(name) as file:
            return file.read()

    def size(self, name: str) -> int:
        """Bytes of the file. Raises StorageError when it is not there."""
        try:
            return self.path(name).stat().st_size
        except OSError as error:
            raise StorageError(f"{self.path(name)}: {error.strerror}") from None

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all. Raises StorageError when it cannot be written."""
        with self.writing(name) as aside:
            aside.write_bytes(data)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """A path aside to write to; on leaving without an error the file takes its name, else it is gone.

        Raises StorageError for a full disk or a folder that may not be written.
        """
        target = self.path(name)
        aside = target.with_name(
            f".{target.name}.{socket.gethostname()}-{os.getpid()}-{secrets.token_hex(3)}{TEMPORARY}"
        )
        try:
            target.parent.mkdir(parents=True, exist_ok=True)
            aside.touch()
            yield aside
            reach_disk(aside)
            os.replace(aside, target)  # noqa: PTH105 - the rename is the commit; its semantics are meant
        except OSError as error:
            raise storage_error(error, target) from error
        finally:
            aside.unlink(missing_ok=True)

    def clock(self) -> float:
        """Seconds since the epoch by the clock that stamps this folder's files; by ours where none may be written."""
        try:
            with tempfile.TemporaryFile(dir=self.path("plans")) as probe:
                return os.fstat(probe.fileno()).st_mtime
        except OSError:
            return time.time()

    def delete(self, name: str) -> None:
        """Remove a file that may be there."""
        self.path(name).unlink(missing_ok=True)

    def sweep(self, folder: str) -> None:
        """Remove what killed writers left aside in a folder. For when nobody writes there any more."""
        for aside in self.path(folder).glob(f".*{TEMPORARY}"):
            aside.unlink(missing_ok=True)


def storage_error(error: OSError, path: Path) -> StorageError:
    """The error in the words of a user: which file, what happened, what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{path}: the disk is full; free some room and run the same command again")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return StorageError(f"{path}: may not be written; choose another output folder")
    return StorageError(f"{path}: {error.strerror or error}; run the same command again")


def reach_disk(path: Path) -> None:
    """Wait until a file, or the names in a folder, are on the disk, so that a name never stands for less."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def digest_of(file: BinaryIO) -> str:
    """SHA-256 of a file from here to its end, in hexadecimal."""
    total = sha256()
    while block := file.read(1 << 20):
        total.update(block)
    return total.hexdigest()
