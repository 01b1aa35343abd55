"""A result in an object store, and any result's folder by its address.

A put shows an object whole or not at all, and so does the end of a multipart upload: nothing is ever renamed, and what
a killed writer leaves is seen by nobody.
"""

import io
import os
import re
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from datetime import timedelta
from functools import cached_property
from hashlib import sha256
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO, Final

import pyarrow as pa

from pipeline.errors import InputError, StorageError, StorageFault
from pipeline.network.fetch import clock_of
from pipeline.network.locations import bucket_and_key, first_line
from pipeline.network.seekable import seekable
from pipeline.storage import Content, Folder, LocalFolder, digest_of, storage_error

if TYPE_CHECKING:
    from obstore.store import RetryConfig, S3Store

_TAIL_BYTES: Final = 1 << 17  # come with the opening: the footer of most Parquet files, the whole of a small file
_READ_BYTES: Final = 1 << 20  # of one request at least, so that columns side by side come together
_PART_BYTES: Final = 1 << 24  # of an upload; a smaller file goes as one put
_MAX_PARTS: Final = 9_000  # S3 takes 10,000
_PARTS_AT_A_TIME: Final = 4
_READS_AT_A_TIME: Final = 32
_TRIES: Final = 20  # of a request, within _PATIENCE, while the store is busy or fails
_PATIENCE: Final = timedelta(minutes=4)  # object_store asks for less than 5 minutes, for credentials grow old
_FIRST_TRIES: Final = 5  # of the first request of a command, so that a wrong address is told in seconds


def open_folder(place: str | Path) -> Folder:
    """The folder at a path or an s3 URL. Raises StorageError for another URL, which would else become a path."""
    if str(place).startswith("s3://"):
        return ObjectFolder(str(place))
    if "://" in str(place):
        raise StorageError(f"{place}: is no folder; name a path, or s3://BUCKET/PREFIX")
    return LocalFolder(place)


class ObjectFolder(Folder):
    """The objects of a bucket under a prefix. Region, endpoint and credentials come from the environment."""

    def __init__(self, address: str) -> None:
        self._bucket, prefix = bucket_and_key(address)
        self._prefix = prefix.strip("/")
        super().__init__(f"s3://{self._bucket}/{self._prefix}".rstrip("/"))
        if not self._bucket:
            raise StorageError(f"{address}: names no bucket; write s3://BUCKET/PREFIX")
        self._put: dict[str, Content] = {}

    def local(self, name: str) -> Path:
        """Under the user's state folder, which the nodes of a cluster mostly share; else under the temporary one."""
        return self._local_root / name

    def exists(self, name: str) -> bool:
        """See Folder."""
        import obstore

        with self._asking(name):
            try:
                obstore.head(self._store, name)
            except FileNotFoundError:
                return False
            return True

    def names(self, folder: str) -> list[str]:
        """See Folder."""
        return sorted(item["path"].rpartition("/")[2] for item in self._list(folder)["objects"])

    def folders(self, folder: str) -> list[str]:
        """See Folder."""
        return sorted(path.rpartition("/")[2] for path in self._list(folder)["common_prefixes"])

    def times(self, folder: str) -> dict[str, float]:
        """See Folder."""
        found = self._list(folder)["objects"]
        return {item["path"].rpartition("/")[2]: item["last_modified"].timestamp() for item in found}

    def clock(self) -> float:
        """See Folder."""
        try:
            return clock_of(self.where("stats.json")) or time.time()
        except InputError:
            return time.time()

    def open(self, name: str) -> BinaryIO:
        """See Folder. One request brings the end of the object, and with it its size."""
        import obstore

        with self._asking(name):
            try:
                reply = obstore.get(self._store, name, options={"range": {"suffix": _TAIL_BYTES}})
                size, tail = reply.meta["size"], bytes(reply.bytes())
            except obstore.exceptions.GenericError:
                if obstore.head(self._store, name)["size"]:
                    raise
                size, tail = 0, b""  # no range of an empty object can be had
        if len(tail) == size:
            return io.BytesIO(tail)
        known = size - len(tail)  # where the tail begins

        def read(start: int, stop: int) -> bytes:
            if start < known:
                return self._read_range(name, start, min(stop, known))
            return tail[start - known : stop - known]

        return seekable(size, read, _READ_BYTES)

    def open_arrow(self, name: str) -> pa.NativeFile:
        """See Folder."""
        return pa.PythonFile(self.open(name), "r")

    def content(self, name: str) -> Content:
        """See Folder. What this process has put is not asked for again: the store took it with its SHA-256."""
        import obstore

        if name in self._put:
            return self._put[name]
        size, digest = 0, sha256()
        with self._asking(name):
            for block in obstore.get(self._store, name).stream(_READ_BYTES):
                digest.update(block)
                size += len(block)
        return Content(size, digest.hexdigest())

    def find(self, name: str) -> bytes | None:
        """See Folder."""
        import obstore

        with self._asking(name):
            try:
                return bytes(obstore.get(self._store, name).bytes())
            except FileNotFoundError as error:
                if "NoSuchBucket" in str(error):
                    raise
                return None

    def read_each(self, names: Sequence[str]) -> Iterator[bytes]:
        """See Folder. Many at a time, for each waits for its reply."""
        with ThreadPoolExecutor(_READS_AT_A_TIME) as pool:
            for at in range(0, len(names), 8 * _READS_AT_A_TIME):
                yield from pool.map(self.read_bytes, names[at : at + 8 * _READS_AT_A_TIME])

    def _read_range(self, name: str, start: int, stop: int) -> bytes:
        """Bytes [start, stop) of an object."""
        import obstore

        with self._asking(name):
            data = bytes(obstore.get_range(self._store, name, start=start, end=stop))
        if len(data) != stop - start:
            raise StorageError(f"{self.where(name)}: {len(data):,} bytes came for {stop - start:,}; run again")
        return data

    @contextmanager
    def writing(self, name: str) -> Iterator[Path]:
        """See Folder. What lies aside in the scratch folder has no name there, so that a kill leaves nothing."""
        import obstore

        try:
            with tempfile.TemporaryFile() as file:
                aside = Path(f"/proc/self/fd/{file.fileno()}")
                yield aside
                digest = digest_of(file)
                size = file.tell()
                part = max(_PART_BYTES, -(-size // _MAX_PARTS))
                with self._asking(name):
                    obstore.put(self._store, name, aside, chunk_size=part, max_concurrency=_PARTS_AT_A_TIME)
                self._put[name] = Content(size, digest)
        except OSError as error:
            raise storage_error(error, os.environ.get("TMPDIR", "/tmp")) from error

    def write_bytes(self, name: str, data: bytes) -> None:
        """See Folder."""
        import obstore

        with self._asking(name):
            obstore.put(self._store, name, data, use_multipart=False)
        self._put[name] = Content(len(data), sha256(data).hexdigest())

    def note(self, name: str, text: str = "") -> None:
        """See Folder."""
        self.write_bytes(name, text.encode())

    def delete(self, *names: str) -> None:
        """See Folder. A request per thousand."""
        import obstore

        with self._asking(names[0] if names else ""):
            if names:
                obstore.delete(self._store, names[0] if len(names) == 1 else list(names))
        for name in names:
            self._put.pop(name, None)

    def remove(self, folder: str) -> None:
        """See Folder."""
        import obstore

        with self._asking(folder):
            for found in obstore.list(self._store, folder):
                self.delete(*(item["path"] for item in found))

    def sweep(self, folder: str) -> None:
        """See Folder. There is nothing: what is put in part is no object."""

    def problems(self, needed: int) -> list[str]:
        """See Folder. Whether the bucket can be listed; nobody knows how much it may hold."""
        import obstore

        try:
            with self._asking(""):
                obstore.list_with_delimiter(self._connect(_FIRST_TRIES))
        except StorageError as error:
            return [str(error)]
        return []

    def _list(self, folder: str) -> Any:
        """Objects and folders in a folder: a request per thousand."""
        import obstore

        with self._asking(folder):
            return obstore.list_with_delimiter(self._store, folder or None)

    @cached_property
    def _store(self) -> "S3Store":
        return self._connect(_TRIES)

    def _connect(self, tries: int) -> "S3Store":
        from obstore.store import S3Store

        retries: RetryConfig = {"max_retries": tries, "retry_timeout": _PATIENCE}
        return S3Store(self._bucket, prefix=self._prefix or None, retry_config=retries)

    @cached_property
    def _local_root(self) -> Path:
        state = os.environ.get("XDG_STATE_HOME") or os.path.expanduser("~/.local/state")  # noqa: PTH111 - ~ may stay
        root = Path(state) / "wabun" / self._bucket / self._prefix
        try:
            root.mkdir(parents=True, exist_ok=True)
        except OSError:
            return Path(tempfile.gettempdir()) / f"wabun-{os.getuid()}" / self._bucket / self._prefix
        return root

    @contextmanager
    def _asking(self, name: str) -> Iterator[None]:
        """What the store answers in the words of a user: which object, what happened, what to do."""
        from obstore.exceptions import BaseError, PermissionDeniedError, UnauthenticatedError

        where = self.where(name) if name else self.address
        try:
            yield
        except (BaseError, OSError, ValueError) as error:
            said = str(error)
            if "NoSuchBucket" in said:
                raise StorageError(f"{where}: there is no bucket {self._bucket}; make it, or name another") from None
            if isinstance(error, FileNotFoundError):
                raise StorageError(f"{where}: cannot be read: there is no such file") from None
            denied = isinstance(error, PermissionDeniedError | UnauthenticatedError)
            if denied or re.search(r"status code: 40[13]", said):
                what = "access is not allowed; check AWS_… in the environment and the rights of its user"
                raise StorageError(f"{where}: {what}") from None
            reason = first_line(error).rpartition(" - ")[2]
            what = f"{reason}; check AWS_ENDPOINT_URL and AWS_REGION, and run the same command again"
            raise StorageFault(f"{where}: {what}") from None
