import os
import tempfile
from pathlib import Path

import pytest

from pipeline.warm import cache_folder, use_kernel_cache


def test_kernels_are_kept_in_the_users_cache(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "wabun"


def test_a_folder_of_another_user_is_not_trusted(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    us = os.getuid()
    monkeypatch.setattr(os, "getuid", lambda: us + 1)
    folder = cache_folder()
    assert folder.parent == tmp_path
    assert folder.name not in ("home", f"wabun-{us + 1}")


def test_a_folder_that_the_environment_names_is_made(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("NUMBA_CACHE_DIR", str(tmp_path / "a" / "b"))
    assert use_kernel_cache() == tmp_path / "a" / "b"
    assert (tmp_path / "a" / "b").is_dir()
