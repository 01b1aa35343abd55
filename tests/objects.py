"""An S3 of our own on loopback (moto), reached by the same environment variables as the real one."""

import contextlib
from collections.abc import Iterator

import obstore
import pytest
import urllib3
from obstore.store import S3Store


@contextlib.contextmanager
def s3_bucket(name: str) -> Iterator[S3Store]:
    """An empty bucket, for as long as the context lasts; this process and its children find it. Skips without moto."""
    server_module = pytest.importorskip("moto.server", reason="moto[server] is not installed")
    server = server_module.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    environment = {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_REGION": "us-east-1",
        "AWS_ENDPOINT_URL": f"http://{host}:{port}",
        "AWS_ALLOW_HTTP": "true",
    }
    with pytest.MonkeyPatch.context() as patch:
        for key, value in environment.items():
            patch.setenv(key, value)
        urllib3.request("PUT", f"http://{host}:{port}/{name}")
        try:
            yield S3Store(name)
        finally:
            server.stop()


def put(bucket: S3Store, key: str, data: bytes) -> None:
    """An object in the bucket."""
    obstore.put(bucket, key, data)
