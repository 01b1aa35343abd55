"""Manners towards a host that says it is busy: one request per second, from all processes of this machine together."""

import fcntl
import math
import os
import tempfile
import time
from pathlib import Path
from urllib.parse import urlsplit

from xxhash import xxh3_64_hexdigest

SECONDS = 1.0  # Common Crawl asks for at most about one retry per second: https://status.commoncrawl.org/

RECOVERY_SECONDS = 5.0  # how long requests still take turns after the first that is served again

_busy_until: dict[str, float] = {}


def note_busy(url: str) -> None:
    """The host has said 429 or 503: every request to it waits for its turn, until some time after it serves again."""
    _busy_until[_host(url)] = math.inf


def note_served(url: str) -> None:
    """The host serves."""
    host = _host(url)
    if host in _busy_until:
        _busy_until[host] = min(_busy_until[host], time.monotonic() + RECOVERY_SECONDS)


def wait_for_turn(url: str) -> None:
    """Return at once, or, while the host is busy, a second after the last turn that any process here had."""
    if _busy_until.get(_host(url), 0.0) < time.monotonic():
        return
    place = Path(tempfile.gettempdir()) / f"wabun-{os.getuid()}-turn-{xxh3_64_hexdigest(_host(url).encode())}"
    with place.open("a") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        since = time.time() - os.fstat(file.fileno()).st_mtime
        if os.fstat(file.fileno()).st_size and 0 <= since < SECONDS:
            time.sleep(SECONDS - since)
        file.truncate(0)
        file.write("busy")
        file.flush()
        os.utime(file.fileno())


def _host(url: str) -> str:
    return urlsplit(url).netloc
