"""Replies to http requests, each with what it says of the file it comes from; a failed try is told as a fault."""

import random
import re
import time
from dataclasses import asdict, dataclass
from email.utils import parsedate_to_datetime
from functools import lru_cache
from threading import Event
from typing import Any, Final
from urllib.parse import unquote, urlsplit
from urllib.request import getproxies, proxy_bypass

import urllib3

from pipeline.errors import InputError, NetworkFault
from pipeline.network import turns
from pipeline.network.locations import url_of

_BUSY: Final = (429, 503)
_AGAIN: Final = (408, 425, 500, 502, 504)
_CONNECT_SECONDS: Final = 20.0
_MAX_WAIT_SECONDS: Final = 60.0
_PROGRESS_BYTES: Final = 1 << 18  # what must have come for the count of failed tries to begin anew
_SLOW_BYTES: Final = 1 << 16  # a reply that gives less than this ...
_SLOW_TIMEOUTS: Final = 5  # ... while it is waited for so many read timeouts has as good as stalled


@dataclass(frozen=True)
class Fetching:
    """How bytes are fetched. Nothing here changes which bytes come."""

    user_agent: str = "wabun"
    concurrency: int = 8  # ranges under way at a time, in one rank
    tries: int = 8
    read_timeout_seconds: float = 60.0
    gap_bytes: int = 65_536  # ranges nearer than this are fetched as one

    def as_plain(self) -> dict[str, Any]:
        """As a plan's JSON holds it; back by `Fetching(**plain)`."""
        return asdict(self)


class Fault(Exception):  # noqa: N818 - one failed try, which is no error yet
    """A try that failed in a way that may pass. `busy`: the server asked for patience, for `wait` seconds at least."""

    def __init__(self, message: str, *, busy: bool = False, wait: float = 0.0) -> None:
        super().__init__(message)
        self.busy = busy
        self.wait = wait


class Tries:
    """The tries that one piece of work may still take, with ever longer waits between them.

    stopped: set from another thread when nobody wants the work any more.
    """

    def __init__(self, location: str, tries: int, stopped: Event | None = None) -> None:
        self._location = location
        self._tries = tries
        self._stopped = stopped or Event()
        self._failed = 0
        self._since = 0

    def progressed(self, num_bytes: int) -> None:
        """Bytes have come; after enough of them earlier failures are forgotten."""
        self._since += num_bytes
        if self._since >= _PROGRESS_BYTES:
            self._failed = self._since = 0

    def wait_after(self, fault: Fault) -> None:
        """Wait before the next try. Raises NetworkFault when there is none left."""
        self._failed += 1
        self._since = 0
        if self._failed >= self._tries:
            raise NetworkFault(f"{self._location}: {fault}; gave up after {self._failed} tries; run the command again")
        base = turns.SECONDS if fault.busy else 0.1
        longest = min(_MAX_WAIT_SECONDS, base * 2**self._failed)
        if self._stopped.wait(max(fault.wait, random.uniform(base, longest))):
            raise InputError(f"{self._location}: {fault}; stopped")


class Reply:
    """The body of one successful reply, and what the reply says: where it begins, how long the whole file is."""

    def __init__(self, response: Any, fetching: Fetching, *, start: int, total: int, validator: str) -> None:
        self.start = start
        self.total = total  # bytes of the whole file
        self.validator = validator  # strong ETag, or Last-Modified, or empty
        self._response = response
        self._patience = fetching.read_timeout_seconds * _SLOW_TIMEOUTS
        self._waited = 0.0
        self._came = 0

    def read(self, size: int) -> bytes:
        """The next bytes; empty where the body ends. Raises Fault when it ends badly or hardly goes on."""
        started = time.monotonic()
        try:
            data: bytes = self._response.read1(size, decode_content=False)
        except (urllib3.exceptions.HTTPError, OSError) as error:
            raise Fault(_words(error)) from None
        self._waited += time.monotonic() - started
        self._came += len(data)
        if self._came >= _SLOW_BYTES:
            self._waited, self._came = 0.0, 0
        elif self._waited > self._patience:
            raise Fault(f"only {self._came:,} bytes came in {self._waited:.0f} s")
        return data

    def close(self) -> None:
        """Let go of the connection; it is used again only if the body was read to its end."""
        self._response.close() if self._response.length_remaining else self._response.release_conn()


def get(location: str, fetching: Fetching, start: int = 0, stop: int | None = None) -> Reply:
    """Ask for bytes [start, stop) of a file, once. The reply may begin earlier where the server knows no ranges.

    Raises Fault for what may pass, InputError for what will not.
    """
    url = url_of(location)
    headers = {"Range": f"bytes={start}-{'' if stop is None else stop - 1}"} if start or stop is not None else {}
    response = _request("GET", url, location, fetching, headers)
    try:
        return _reply(response, fetching, start, stop)
    except Fault:
        response.close()
        raise


def head(location: str, fetching: Fetching) -> tuple[int | None, str]:
    """Size and validator of a file, as far as the server tells. Raises InputError where there is no such file."""
    tries = Tries(location, min(3, fetching.tries))
    while True:
        try:
            response = _request("HEAD", url_of(location, "HEAD"), location, fetching, {})
        except Fault as fault:
            tries.wait_after(fault)
            continue
        response.release_conn()
        if response.status != 200:
            return None, ""
        return _number(response.headers.get("Content-Length")), _validator(response)


def clock_of(location: str) -> float | None:
    """Seconds since the epoch by the server's own clock; None where it does not tell."""
    url = url_of(location, "HEAD")
    try:
        response = _pool(_proxy_for(url), 1).request("HEAD", url, timeout=_CONNECT_SECONDS)
        return parsedate_to_datetime(response.headers["Date"]).timestamp()
    except (urllib3.exceptions.HTTPError, OSError, KeyError, ValueError):
        return None


def _request(method: str, url: str, location: str, fetching: Fetching, headers: dict[str, str]) -> Any:
    """A response whose status is a success."""
    turns.wait_for_turn(url)
    headers = headers | {"User-Agent": fetching.user_agent, "Accept-Encoding": "identity"}
    timeout = urllib3.Timeout(connect=_CONNECT_SECONDS, read=fetching.read_timeout_seconds)
    try:
        response = _pool(_proxy_for(url), fetching.concurrency).request(
            method, url, headers=headers, timeout=timeout, preload_content=False
        )
    except (urllib3.exceptions.HTTPError, OSError) as error:
        raise Fault(_words(error)) from None
    status = response.status
    if status in (200, 206) or (method == "HEAD" and status in (405, 501)):
        turns.note_served(url)
        return response
    response.close()
    said = f"the server answers {status}"
    if status in _BUSY:
        turns.note_busy(url)
        wait = _number(response.headers.get("Retry-After")) or 0
        raise Fault(said, busy=True, wait=min(wait, _MAX_WAIT_SECONDS))
    if status in _AGAIN or status == 416:
        raise Fault(said)
    if status in (401, 403):
        raise InputError(f"{location}: {said}: access is not allowed; check the address and the credentials")
    raise InputError(f"{location}: {said}; check the address" + (" and base_url" if status in (404, 410) else ""))


def _reply(response: Any, fetching: Fetching, start: int, stop: int | None) -> Reply:
    """What the response says of the file, once it hangs together. Raises Fault when it does not."""
    length = _number(response.headers.get("Content-Length"))
    if length is None:
        raise Fault("the server does not say how long the file is")
    if response.status == 200:
        return Reply(response, fetching, start=0, total=length, validator=_validator(response))
    said = response.headers.get("Content-Range", "")
    found = re.fullmatch(r"bytes (\d+)-(\d+)/(\d+)", said)
    if not found:
        raise Fault(f"a part of the file came without saying which: Content-Range {said!r}")
    first, last, total = (int(group) for group in found.groups())
    expected_stop = total if stop is None else min(stop, total)
    if first != start or last + 1 != expected_stop or length != last + 1 - first:
        raise Fault(f"another part of the file came than was asked for: {said!r}")
    return Reply(response, fetching, start=first, total=total, validator=_validator(response))


def _validator(response: Any) -> str:
    """What changes when the file does; a weak ETag says too little."""
    etag: str = response.headers.get("ETag", "")
    modified: str = response.headers.get("Last-Modified", "")
    return etag if etag and not etag.startswith("W/") else modified


def _number(written: str | None) -> int | None:
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 19 else None


def _words(error: Exception) -> str:
    """A transport error in few words."""
    reason = getattr(error, "reason", None) or error
    return f"the connection failed ({type(reason).__name__}: {str(reason)[:160]})"


def _proxy_for(url: str) -> str | None:
    """The proxy that the environment names for this URL."""
    parts = urlsplit(url)
    proxies = getproxies()
    proxy = proxies.get(parts.scheme) or proxies.get("all")
    return None if not proxy or proxy_bypass(parts.hostname or "") else proxy


@lru_cache(maxsize=8)
def _pool(proxy: str | None, concurrency: int) -> urllib3.PoolManager:
    """Connections that are kept open between requests."""
    retries = urllib3.Retry(
        total=None, connect=0, read=0, other=0, status=0, redirect=5, respect_retry_after_header=False
    )
    if not proxy:
        return urllib3.PoolManager(maxsize=concurrency, retries=retries)
    user = urlsplit(proxy)
    given = f"{unquote(user.username)}:{unquote(user.password or '')}" if user.username else None
    headers = urllib3.make_headers(proxy_basic_auth=given) if given else None
    return urllib3.ProxyManager(proxy, maxsize=concurrency, retries=retries, proxy_headers=headers)
