"""An S3 of our own on loopback (moto), reached by the same environment variables as the real one.

It notes every request it had, and fails those that it is told to fail.
"""

import contextlib
import functools
import itertools
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple
from urllib.parse import unquote

import obstore
import pytest
import urllib3
from obstore.store import S3Store

_numbers = itertools.count()


class Asked(NamedTuple):
    """One request as it came, without the bucket."""

    method: str
    key: str
    query: str
    size: int  # bytes of the reply, where it said


@dataclass
class Server:
    """The server, what was asked of it, and which requests it refuses."""

    base: str = ""
    asked: list[Asked] = field(default_factory=list)
    status: Callable[[str, str], str] = lambda method, key: ""
    """Of a method and key: the status to fail with, such as `503 Slow Down`; empty: serve."""

    def keys(self, *methods: str) -> list[str]:
        """The keys asked for by these methods, in order."""
        return [asked.key for asked in self.asked if asked.method in methods]


@dataclass(frozen=True)
class Bucket:
    """An empty bucket for one test."""

    name: str
    server: Server
    store: S3Store

    @property
    def url(self) -> str:
        """Its address."""
        return f"s3://{self.name}"

    def put(self, key: str, data: bytes) -> None:
        """An object in the bucket."""
        obstore.put(self.store, key, data)

    def objects(self, prefix: str = "") -> dict[str, bytes]:
        """Every object under a prefix."""
        found = [item["path"] for batch in obstore.list(self.store, prefix or None) for item in batch]
        return {path.removeprefix(prefix): bytes(obstore.get(self.store, path).bytes()) for path in found}


def result_in(bucket: Bucket, prefix: str) -> dict[str, bytes]:
    """What `result_of` says of a local folder, of a prefix in a bucket."""
    wanted = ("shards/", "dropped/", "stats.json", "README.md")
    return {name: data for name, data in bucket.objects(f"{prefix}/").items() if name.startswith(wanted)}


@contextlib.contextmanager
def s3_bucket(patch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket that this process and its children find. Skips without moto."""
    server = _server()
    name = f"bucket-{next(_numbers)}"
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": server.base,
        "AWS_ALLOW_HTTP": "true",
    }
    for key, value in environment.items():
        patch.setenv(key, value)
    urllib3.request("PUT", f"{server.base}/{name}")
    server.asked.clear()
    try:
        yield Bucket(name, server, S3Store(name))
    finally:
        server.status = Server.status


@functools.cache
def _server() -> Server:
    """The one server of these tests; it ends with the process."""
    moto = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    serving = pytest.importorskip("werkzeug.serving")
    state = Server()
    served = moto.DomainDispatcherApplication(moto.create_backend_app)

    def application(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        method = environ["REQUEST_METHOD"]
        key = unquote(environ["REQUEST_URI"].partition("?")[0].lstrip("/")).partition("/")[2]
        failure = state.status(method, key)

        def noted(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            size = dict(headers).get("Content-Length", "0")
            state.asked.append(Asked(method, key, environ["QUERY_STRING"], int(size)))
            return start_response(status, headers, *more)

        if failure:
            environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
            noted(failure, [("Content-Length", "0")])
            return [b""]
        found: Iterable[bytes] = served(environ, noted)
        return found

    class Quiet(serving.WSGIRequestHandler):  # type: ignore[name-defined, misc]
        def log(self, *_: Any) -> None: ...

    server = serving.make_server("127.0.0.1", 0, application, threaded=True, request_handler=Quiet)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    state.base = f"http://127.0.0.1:{server.server_port}"
    return state
