"""What all tests share: where compiled kernels are kept, a bucket, and that no generated case is judged by a clock."""

from collections.abc import Iterator

import pytest
from hypothesis import settings

from pipeline.network.locations import bucket_store
from pipeline.warm import use_kernel_cache
from tests.objects import Bucket, s3_bucket

use_kernel_cache()  # the command's own folder, so that each kernel is compiled once

settings.register_profile("wabun", deadline=None)  # the first case may compile a kernel
settings.load_profile("wabun")


@pytest.fixture
def bucket(monkeypatch: pytest.MonkeyPatch) -> Iterator[Bucket]:
    """An empty bucket of an S3 on loopback."""
    bucket_store.cache_clear()
    with s3_bucket(monkeypatch) as found:
        yield found
    bucket_store.cache_clear()
