"""What all tests share: where compiled kernels are kept, folders, and that no generated case is judged by a clock."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import settings

from pipeline.network.folders import ObjectFolder
from pipeline.network.locations import bucket_store
from pipeline.storage import Folder, LocalFolder
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


@pytest.fixture(params=["local", "objects"])
def folder(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Folder:
    """A folder with nothing in it: one on the disk, and one in a bucket. A test that takes it runs with both."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    if request.param == "local":
        return LocalFolder(tmp_path / "和文 #1%")
    return ObjectFolder(f"{request.getfixturevalue('bucket').url}/和文 #1%/[a]+b")
