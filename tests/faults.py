"""An http server on loopback whose replies fail as told, and a note of every request it had."""

import contextlib
import socket
import threading
import time
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, NamedTuple


@dataclass(frozen=True)
class Fault:
    """What goes wrong with one reply: all bytes counts are of this reply's body."""

    delay: float = 0.0  # seconds before the reply
    status: int = 0  # this status and no body
    cut: int | None = None  # close the connection after so many bytes
    drip: float = 0.0  # seconds before each byte
    stall: int | None = None  # fall silent after so many bytes
    claim: int | None = None  # say this Content-Length, or in a ranged reply this total
    no_length: bool = False  # say none; the end is where the connection closes
    ignore_range: bool = False  # reply with the whole file to a request for a range
    shift: int = 0  # reply with a range that begins so much later
    flip: int | None = None  # one wrong bit in this byte
    etag: str = '"1"'
    headers: tuple[tuple[str, str], ...] = ()


class Asked(NamedTuple):
    """One request as it came."""

    method: str
    path: str
    range: str | None
    user_agent: str | None
    at: float  # seconds, monotonic


@dataclass
class Server:
    """Files by path, the faults of the replies to come, and what was asked so far."""

    base: str = ""
    files: dict[str, bytes] = field(default_factory=dict)
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))  # of GET, used up in order
    always: dict[str, Fault] = field(default_factory=dict)
    asked: list[Asked] = field(default_factory=list)

    def put(self, path: str, data: bytes, *faults: Fault, always: Fault | None = None) -> str:
        """Serve a file whose first replies fail so; the URL."""
        self.files[path] = data
        self.faults[path] = list(faults)
        if always:
            self.always[path] = always
        return f"{self.base}/{path}"

    def gets(self, path: str = "") -> list[Asked]:
        """The GET requests so far, of one path or of all."""
        return [a for a in self.asked if a.method == "GET" and path in ("", a.path)]


@contextlib.contextmanager
def serving() -> Iterator[Server]:
    """A server for as long as the context lasts."""
    state = Server()
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def log_message(self, *_: Any) -> None:
            pass

        def do_HEAD(self) -> None:
            path = self._note()
            self._reply(path, state.always.get(path, Fault()))

        def do_GET(self) -> None:
            path = self._note()
            waiting = state.faults.get(path)
            self._reply(path, waiting.pop(0) if waiting else state.always.get(path, Fault()))

        def _note(self) -> str:
            path = self.path.partition("?")[0].lstrip("/")
            get = self.headers.get
            state.asked.append(Asked(self.command, path, get("Range"), get("User-Agent"), time.monotonic()))
            return path

        def _reply(self, path: str, fault: Fault) -> None:
            stopped.wait(fault.delay)
            whole = state.files.get(path)
            if fault.status or whole is None:
                self.send_response(fault.status or 404)
                for header in fault.headers:
                    self.send_header(*header)
                self.send_header("Content-Length", "0")
                self.end_headers()
                return
            asked = self.headers.get("Range")
            body = whole
            if asked and not fault.ignore_range:
                first, _, last = asked.removeprefix("bytes=").partition("-")
                start = int(first) + fault.shift
                if start >= len(whole):
                    self.send_response(416)
                    self.send_header("Content-Range", f"bytes */{len(whole)}")
                    self.send_header("Content-Length", "0")
                    self.end_headers()
                    return
                body = whole[start : int(last) + 1 + fault.shift if last else None]
                self.send_response(206)
                total = fault.claim if fault.claim is not None else len(whole)
                self.send_header("Content-Range", f"bytes {start}-{start + len(body) - 1}/{total}")
                self.send_header("Content-Length", str(len(body)))
            else:
                self.send_response(200)
                if not fault.no_length:
                    self.send_header("Content-Length", str(fault.claim if fault.claim is not None else len(whole)))
            self.send_header("ETag", fault.etag)
            for header in fault.headers:
                self.send_header(*header)
            self.end_headers()
            if self.command != "HEAD":
                self._body(body, fault)

        def _body(self, body: bytes, fault: Fault) -> None:
            if fault.flip is not None:
                body = body[: fault.flip] + bytes([body[fault.flip] ^ 1]) + body[fault.flip + 1 :]
            end = next((n for n in (fault.cut, fault.stall) if n is not None), len(body))
            with contextlib.suppress(OSError):
                for start in range(end if fault.drip else 0):
                    stopped.wait(fault.drip)
                    self.wfile.write(body[start : start + 1])
                self.wfile.write(body[:end] if not fault.drip else b"")
                self.wfile.flush()
                if fault.stall is not None:
                    stopped.wait(10)
                if fault.claim is not None or fault.no_length or end < len(body) or fault.stall is not None:
                    self.close_connection = True
                    self.connection.shutdown(socket.SHUT_RDWR)

    class Quiet(ThreadingHTTPServer):
        daemon_threads = True

        def handle_error(self, *_: Any) -> None:
            pass

    server = Quiet(("127.0.0.1", 0), Handler)
    state.base = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    try:
        yield state
    finally:
        stopped.set()
        server.shutdown()
        server.server_close()
        thread.join()
