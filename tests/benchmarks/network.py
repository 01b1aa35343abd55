"""One file fetched from a server with faults, by Wabun and by others: how long it takes, and what comes.

    python tests/benchmarks/network.py --megabytes 64

`right`: all bytes. `error`: the caller is told. `SHORT`: fewer bytes than the file has are taken for the whole of it.
Peers that are not installed are left out: obstore, requests, boto3, pyarrow, fsspec with aiohttp, s3fs.
"""

import argparse
import gzip
import os
import random
import time
import urllib.request
from collections.abc import Callable
from datetime import timedelta
from typing import Any

from pipeline.network import turns
from pipeline.network.fetch import Fetching
from pipeline.network.remote import RemoteInput
from tests.faults import Fault, Server, serving

READ_SECONDS = 2.0
Fetch = Callable[[str, str, str], int]  # base, bucket, key: bytes that came
STEP = 1 << 20


def wabun(base: str, bucket: str, key: str) -> int:
    fetching = Fetching(tries=6, read_timeout_seconds=READ_SECONDS)
    with RemoteInput(key, f"{base}/{bucket}/{key}", fetching=fetching).open() as stream:
        return drained(stream)


def drained(stream: Any) -> int:
    size = 0
    while part := stream.read(STEP):
        size += len(part)
    return size


def obstore_http(base: str, bucket: str, key: str) -> int:
    from obstore.store import HTTPStore

    store = HTTPStore.from_url(
        f"{base}/{bucket}",
        client_options={
            "allow_http": True,
            "timeout": timedelta(hours=1),
            "read_timeout": timedelta(seconds=READ_SECONDS),
        },  # type: ignore[typeddict-item]
        retry_config={
            "max_retries": 5,
            "backoff": {"init_backoff": timedelta(seconds=1), "max_backoff": timedelta(seconds=8), "base": 2},
            "retry_timeout": timedelta(seconds=60),
        },
    )
    return sum(len(part) for part in store.get(key).stream(min_chunk_size=STEP))


def stdlib(base: str, bucket: str, key: str) -> int:
    with urllib.request.urlopen(f"{base}/{bucket}/{key}", timeout=READ_SECONDS) as stream:
        return drained(stream)


def with_requests(base: str, bucket: str, key: str) -> int:
    import requests

    with requests.get(f"{base}/{bucket}/{key}", stream=True, timeout=READ_SECONDS) as reply:
        reply.raise_for_status()
        return sum(len(part) for part in reply.iter_content(STEP))


def boto(base: str, bucket: str, key: str) -> int:
    import boto3
    from botocore.config import Config

    config = Config(
        read_timeout=READ_SECONDS, retries={"mode": "standard", "max_attempts": 6}, s3={"addressing_style": "path"}
    )
    client = boto3.client(
        "s3", endpoint_url=base, region_name="x", aws_access_key_id="x", aws_secret_access_key="x", config=config
    )
    return drained(client.get_object(Bucket=bucket, Key=key)["Body"])


def arrow(base: str, bucket: str, key: str) -> int:
    from pyarrow.fs import S3FileSystem

    files = S3FileSystem(
        endpoint_override=base, region="x", access_key="x", secret_key="x", request_timeout=READ_SECONDS, scheme="http"
    )
    with files.open_input_stream(f"{bucket}/{key}", compression=None) as stream:
        return drained(stream)


def fsspec_http(base: str, bucket: str, key: str) -> int:
    import aiohttp
    import fsspec

    files = fsspec.filesystem(
        "http", client_kwargs={"timeout": aiohttp.ClientTimeout(sock_read=READ_SECONDS)}, skip_instance_cache=True
    )
    with files.open(f"{base}/{bucket}/{key}", "rb") as stream:
        return drained(stream)


def s3fs(base: str, bucket: str, key: str) -> int:
    import s3fs as library

    files = library.S3FileSystem(
        endpoint_url=base, key="x", secret="x", config_kwargs={"read_timeout": READ_SECONDS}, skip_instance_cache=True
    )
    with files.open(f"{bucket}/{key}", "rb") as stream:
        return drained(stream)


PEERS: dict[str, Fetch] = {
    "wabun": wabun,
    "obstore": obstore_http,
    "urllib": stdlib,
    "requests": with_requests,
    "boto3": boto,
    "pyarrow S3": arrow,
    "fsspec http": fsspec_http,
    "s3fs": s3fs,
}


def scenes(size: int) -> dict[str, tuple[list[Fault], Fault | None]]:
    """What goes wrong: faults of the first replies, and one of all others."""
    return {
        "nothing": ([], None),
        "503 twice": ([Fault(status=503)] * 2, None),
        "cut twice": ([Fault(cut=size // 2), Fault(cut=size // 5)], None),
        "cut, no ranges": ([Fault(cut=size // 2)], Fault(ignore_range=True)),
        "silence": ([Fault(stall=size // 2)], None),
        "length too short": ([], Fault(claim=size - 5)),
    }


def tried(fetch: Fetch, server: Server, size: int) -> str:
    """What came, and in how many seconds."""
    started = time.perf_counter()
    try:
        came = fetch(server.base, "bucket", "a.warc.gz")
    except ImportError:
        return "-"
    except Exception:
        return f"error {time.perf_counter() - started:.2f}"
    word = "right" if came == size else "SHORT"
    return f"{word} {time.perf_counter() - started:.2f}"


def main() -> None:
    """Run every peer through every scene."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--megabytes", type=int, default=64)
    options = parser.parse_args()
    os.environ.setdefault("AWS_EC2_METADATA_DISABLED", "true")
    block = random.Random(0).randbytes(STEP)
    data = b"".join(gzip.compress(block, 1) for _ in range(options.megabytes))
    print(f"{len(data) / 1e6:.0f} MB, seconds; turns of {turns.SECONDS} s, silence ends after {READ_SECONDS} s")
    names = list(scenes(len(data)))
    print(f"{'':14}" + "".join(f"{name:>18}" for name in names))
    for peer, fetch in PEERS.items():
        cells = []
        for faults, always in scenes(len(data)).values():
            turns._busy_until.clear()
            with serving() as server:
                server.put("bucket/a.warc.gz", data, *faults, always=always)
                cells.append(tried(fetch, server, len(data)))
        print(f"{peer:14}" + "".join(f"{cell:>18}" for cell in cells), flush=True)


if __name__ == "__main__":
    main()
