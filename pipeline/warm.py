"""The fork server: a process that has imported the stages and compiled their kernels, from which ranks are forked.

Kernels are compiled in this one process, under a lock, and cached on disk; a rank's process inherits them ready.
"""

import contextlib
import fcntl
import json
import os
import sys
import tempfile
import time
from collections.abc import Callable, Sequence
from importlib.metadata import version
from multiprocessing import forkserver, get_context
from pathlib import Path
from typing import Any

from xxhash import xxh3_64_hexdigest

import stages

_STAGES = "WABUN_WARM_STAGES"
_CACHE = "NUMBA_CACHE_DIR"


def start_server(wanted: Sequence[tuple[str, dict[str, Any]]], say: Callable[[str], None]) -> None:
    """Start the fork server with these stages warm; say so when kernels must be compiled first.

    A second call in the same process does nothing: the server keeps what it was started with.
    """
    if os.environ.get(_STAGES) is not None:
        return
    os.environ[_STAGES] = json.dumps(list(wanted))
    names = " ".join(sorted(name for name, _ in wanted))
    stamp = use_kernel_cache() / f"compiled-{xxh3_64_hexdigest(names.encode())}"
    if not stamp.exists():
        say("compiling kernels for this machine, once (up to 30 s)")
    started = time.monotonic()
    forkserver.set_forkserver_preload([__name__ + "ed"])
    forkserver.ensure_running()
    process = get_context("forkserver").Process(target=_nothing)
    process.start()
    process.join()
    if not stamp.exists():
        stamp.touch()
        say(f"kernels compiled in {time.monotonic() - started:.0f} s, kept in {stamp.parent}")


def use_kernel_cache() -> Path:
    """Let compiled kernels be kept in a folder of this code's own, unless the environment names another.

    numba knows a kernel by its own file alone, so kernels of two versions of Wabun must not share a folder. To be
    called before numba is imported. Returns the folder.
    """
    if _CACHE not in os.environ:
        os.environ[_CACHE] = str(cache_folder() / f"kernels-{_code_digest()}")
    folder = Path(os.environ[_CACHE])
    folder.mkdir(parents=True, exist_ok=True)
    return folder


def cache_folder() -> Path:
    """A folder that this user may write and that outlives the process, where there is one."""
    home = os.environ.get("XDG_CACHE_HOME") or str(Path.home() / ".cache")
    for candidate in (Path(home) / "wabun", Path(tempfile.gettempdir()) / f"wabun-{os.getuid()}"):
        try:
            candidate.mkdir(parents=True, exist_ok=True)
            with tempfile.TemporaryFile(dir=candidate):
                if candidate.stat().st_uid == os.getuid():  # another user's files would be run as ours
                    return candidate
        except OSError:
            continue
    return Path(tempfile.mkdtemp(prefix="wabun-"))


def warm_here() -> None:
    """Import the stages that the environment names and make them ready, one process at a time on this machine."""
    from pipeline.options import build

    if _STAGES not in os.environ:
        return
    wanted = json.loads(os.environ[_STAGES])
    with (Path(os.environ[_CACHE]) / "compiling.lock").open("w") as lock:
        with contextlib.suppress(OSError):  # a file system without locks: then nodes may compile side by side
            fcntl.flock(lock, fcntl.LOCK_EX)
        for name, options in wanted:
            try:
                build(name, options).warm()
            except Exception as error:  # the rank that meets it will say it where it is shown
                print(f"stage {name}: could not be made ready: {error}", file=sys.stderr)


def _code_digest() -> str:
    """What compiled kernels depend on: the code of the kernels, the compiler, the processor."""
    root = Path(stages.__path__[0])
    code = [(str(path.relative_to(root)), path.read_text(encoding="utf-8")) for path in sorted(root.glob("*/**/*.py"))]
    return xxh3_64_hexdigest(json.dumps([code, version("numba"), os.uname().machine]).encode())


def _nothing() -> None:
    """What the first process does: it shows that the server is ready."""
