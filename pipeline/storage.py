"""The folder of a result: a file in it exists only when it is whole.

On a file system every write goes aside first, reaches the disk, and takes its name by one rename.
In an object store every file is one put (see pipeline.network.folders).
"""

import errno
import os
import secrets
import shutil
import socket
import tempfile
import time
from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

import pyarrow as pa

from pipeline.errors import StorageError

TEMPORARY = ".tmp"


class Content(NamedTuple):
    """What a file is known by: its length in bytes, and its SHA-256 in hexadecimal."""

    bytes: int
    sha256: str


class Folder(ABC):
    """A folder that all workers see. Names are relative, with `/`; every method raises StorageError when it cannot."""

    def __init__(self, address: str) -> None:
        self.address = address

    def __str__(self) -> str:
        return self.address

    def where(self, name: str) -> str:
        """The address of a name, as a user writes it."""
        return f"{self.address}/{name}"

    def absolute(self) -> str:
        """The address as a process finds it, wherever it was started."""
        return self.address

    @abstractmethod
    def local(self, name: str) -> Path:
        """A place on this machine's file system for what is no part of the result: logs and job scripts."""

    @abstractmethod
    def exists(self, name: str) -> bool:
        """Whether the file is there, and so is whole."""

    @abstractmethod
    def names(self, folder: str) -> list[str]:
        """Names of the whole files in a folder, without the folder, sorted; none where there is no folder."""

    @abstractmethod
    def folders(self, folder: str) -> list[str]:
        """Names of the folders in a folder, sorted."""

    @abstractmethod
    def times(self, folder: str) -> dict[str, float]:
        """When each file in a folder was last written, in seconds since the epoch by `clock`."""

    @abstractmethod
    def clock(self) -> float:
        """Seconds since the epoch by the clock that stamps this folder's files; by ours where it cannot be asked."""

    @abstractmethod
    def open(self, name: str) -> BinaryIO:
        """The file for reading, from any place in it."""

    @abstractmethod
    def open_arrow(self, name: str) -> pa.NativeFile:
        """The file for Arrow, which reads a local one itself: through a file of Python's, each byte is copied again."""

    @abstractmethod
    def content(self, name: str) -> Content:
        """Length and digest of the file."""

    @abstractmethod
    def find(self, name: str) -> bytes | None:
        """The whole file; None where there is none."""

    def read_bytes(self, name: str) -> bytes:
        """The whole file."""
        if (data := self.find(name)) is None:
            raise StorageError(f"{self.where(name)}: cannot be read: there is no such file")
        return data

    def read_each(self, names: Sequence[str]) -> Iterator[bytes]:
        """The whole of each of these small files, in their order."""
        return map(self.read_bytes, names)

    @abstractmethod
    def writing(self, name: str) -> AbstractContextManager[Path]:
        """A path aside to write to; on leaving without an error the file takes its name, else it is gone."""

    def write_bytes(self, name: str, data: bytes) -> None:
        """Write a file whole or not at all."""
        with self.writing(name) as aside:
            aside.write_bytes(data)

    @abstractmethod
    def note(self, name: str, text: str = "") -> None:
        """Write a short text, or renew its time, as cheaply as can be: for marks by which nothing is decided."""

    @abstractmethod
    def delete(self, *names: str) -> None:
        """Remove files that may be there."""

    @abstractmethod
    def remove(self, folder: str) -> None:
        """Remove a folder with all that is in it."""

    @abstractmethod
    def sweep(self, folder: str) -> None:
        """Remove what killed writers left aside in a folder. For when nobody writes there any more."""

    @abstractmethod
    def problems(self, needed: int) -> list[str]:
        """Why the folder cannot take a result of so many bytes, as far as that can be known beforehand."""


class LocalFolder(Folder):
    """A folder on a file system that all workers see."""

    def __init__(self, root: str | Path) -> None:
        self.root = Path(root)
        super().__init__(str(self.root))

    def absolute(self) -> str:
        """The absolute path."""
        return str(self.root.absolute())

    def local(self, name: str) -> Path:
        """Where a name lies."""
        return self.root / name

    def where(self, name: str) -> str:
        """The path."""
        return str(self.local(name))

    def exists(self, name: str) -> bool:
        """See Folder."""
        return self.local(name).is_file()

    def names(self, folder: str) -> list[str]:
        """See Folder."""
        return sorted(entry.name for entry in self._entries(folder) if entry.is_file())

    def folders(self, folder: str) -> list[str]:
        """See Folder."""
        return sorted(entry.name for entry in self._entries(folder) if entry.is_dir())

    def times(self, folder: str) -> dict[str, float]:
        """See Folder."""
        found = {}
        for entry in self._entries(folder):
            try:
                found[entry.name] = entry.stat().st_mtime
            except FileNotFoundError:  # gone since it was listed
                continue
        return found

    def clock(self) -> float:
        """See Folder."""
        try:
            with tempfile.TemporaryFile(dir=self.local("plans")) as probe:
                return os.fstat(probe.fileno()).st_mtime
        except OSError:
            return time.time()

    def open(self, name: str) -> BinaryIO:
        """See Folder."""
        with self._reading(name):
            return self.local(name).open("rb")

    def find(self, name: str) -> bytes | None:
        """See Folder."""
        with self._reading(name):
            try:
                return self.local(name).read_bytes()
            except FileNotFoundError:
                return None

    def open_arrow(self, name: str) -> pa.NativeFile:
        """See Folder."""
        with self._reading(name):
            return pa.OSFile(str(self.local(name)))

    def content(self, name: str) -> Content:
        """See Folder."""
        with self.open(name) as file:
            digest = digest_of(file)
            return Content(file.tell(), digest)

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """See Folder."""
        target = self.local(name)
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

    def note(self, name: str, text: str = "") -> None:
        """See Folder."""
        path = self.local(name)
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
            os.utime(path)
        except OSError as error:
            raise storage_error(error, path) from error

    def delete(self, *names: str) -> None:
        """See Folder."""
        for name in names:
            try:
                self.local(name).unlink(missing_ok=True)
            except OSError as error:
                raise storage_error(error, self.local(name)) from error

    def remove(self, folder: str) -> None:
        """See Folder."""
        try:
            shutil.rmtree(self.local(folder))
        except FileNotFoundError:
            return
        except OSError as error:
            raise storage_error(error, self.local(folder)) from error

    def sweep(self, folder: str) -> None:
        """See Folder."""
        for aside in self.local(folder).glob(f".*{TEMPORARY}"):
            aside.unlink(missing_ok=True)

    def problems(self, needed: int) -> list[str]:
        """See Folder."""
        place = self.root.absolute()
        try:
            while not place.exists():
                place = place.parent
        except PermissionError:
            return [f"{place}: a folder above it may not be entered; choose another --output"]
        if not place.is_dir():
            return [f"{place}: is a file; the output must be a folder"]
        if not os.access(place, os.W_OK | os.X_OK):
            return [f"{place}: may not be written; choose another --output"]
        free = shutil.disk_usage(place).free
        if free < needed:
            return [
                f"{self}: needs about {needed / 1e9:.2f} GB and has {free / 1e9:.2f} GB free; choose another --output"
            ]
        return []

    def _entries(self, folder: str) -> Iterator[os.DirEntry[str]]:
        """What lies in a folder, without what is still being written."""
        try:
            entries = os.scandir(self.local(folder))
        except FileNotFoundError:
            return
        with entries:
            yield from (entry for entry in entries if not entry.name.endswith(TEMPORARY))

    @contextmanager
    def _reading(self, name: str) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise StorageError(f"{self.local(name)}: cannot be read: {os.strerror(error.errno or 0)}") from None


def storage_error(error: OSError, place: str | Path) -> StorageError:
    """The error in the words of a user: which file, what happened, what to do."""
    if error.errno in (errno.ENOSPC, errno.EDQUOT):
        return StorageError(f"{place}: the disk is full; free some room and run the same command again")
    if error.errno in (errno.EACCES, errno.EROFS, errno.EPERM):
        return StorageError(f"{place}: may not be written; choose another output folder")
    return StorageError(f"{place}: {error.strerror or error}; run the same command again")


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
