"""Another project's extractor behind a time limit per page that holds even where it hangs in native code."""

import atexit
import os
import socket
import subprocess
import sys
import time
from pathlib import Path

from stages.peers.child import FAILED, LENGTH

_START_SECONDS = 120.0  # importing, on a machine whose disk is busy
_ROOT = Path(__file__).resolve().parents[2]


class Extractor:
    """One child process, started when the first page comes and again after it was killed."""

    def __init__(self, name: str) -> None:
        self.name = name
        self._process: subprocess.Popen[bytes] | None = None
        self._socket: socket.socket | None = None

    def __call__(self, html: bytes, seconds: float) -> tuple[str, str | None]:
        """The text, and why there is none: `no_text`, `extraction_timeout` or `extraction_failed`."""
        if self._process is None or self._process.poll() is not None:
            self._start()
        assert self._socket is not None
        try:
            self._socket.settimeout(seconds)
            deadline = time.monotonic() + seconds
            self._socket.sendall(LENGTH.pack(len(html)) + html)
            (size,) = LENGTH.unpack(self._receive(LENGTH.size, deadline))
            if size == FAILED:
                return "", "no_text"
            return self._receive(size, deadline).decode("utf-8", "replace"), None
        except TimeoutError:
            self.stop()
            return "", "extraction_timeout"
        except OSError:
            self.stop()
            return "", "extraction_failed"

    def stop(self) -> None:
        """Kill the child, if there is one."""
        if self._socket is not None:
            self._socket.close()
        if self._process is not None:
            self._process.kill()
            self._process.wait()
        self._process = self._socket = None

    def _start(self) -> None:
        """Raises RuntimeError where the child cannot load its extractor."""
        self.stop()
        ours, theirs = socket.socketpair()
        command = [sys.executable, "-m", "stages.peers.child", self.name]
        path = os.pathsep.join(filter(None, (str(_ROOT), os.environ.get("PYTHONPATH"))))
        with theirs:
            self._process = subprocess.Popen(
                command, stdin=theirs.fileno(), stdout=subprocess.DEVNULL, env={**os.environ, "PYTHONPATH": path}
            )
        self._socket = ours
        ours.settimeout(_START_SECONDS)
        try:
            self._receive(LENGTH.size, time.monotonic() + _START_SECONDS)
        except OSError as error:
            self.stop()
            raise RuntimeError(f"{self.name} does not start; pip install 'wabun[{self.name}]'") from error

    def _receive(self, size: int, deadline: float) -> bytes:
        assert self._socket is not None
        parts = bytearray()
        while len(parts) < size:
            left = deadline - time.monotonic()
            if left <= 0:
                raise TimeoutError
            self._socket.settimeout(left)
            part = self._socket.recv(min(size - len(parts), 1 << 20))
            if not part:
                raise ConnectionError(f"{self.name} has ended")
            parts += part
        return bytes(parts)


_extractors: dict[tuple[int, str], Extractor] = {}


def extractor(name: str) -> Extractor:
    """This process's own child for an extractor; a forked process makes another."""
    key = os.getpid(), name
    if key not in _extractors:
        _extractors[key] = Extractor(name)
        atexit.register(_extractors[key].stop)
    return _extractors[key]
