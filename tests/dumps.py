"""Two dumps of generated documents for deduplication, and processes that die or run out of disk where a test says."""

import datetime as dt
import random
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from tests.factories import ROOT, config_file

LETTERS = (
    "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす日月火水木金土山川田"
)
NOTICE = "このサイトの記事と写真を許可なく転載することを禁じます。"

SABOTAGE = '''
"""Taken in by every process of the run: `os` itself, made to fail at one file of one phase."""

import errno
import os
import signal
from pathlib import Path

how, flag = os.environ["SABOTAGE"], Path(os.environ["SABOTAGE_FLAG"])
place, rename, flush = os.environ["SABOTAGE_AT"], os.replace, os.fsync


def strike() -> None:
    """Kill every process of the run, once."""
    try:
        flag.touch(exist_ok=False)
    except FileExistsError:
        return
    os.killpg(0, signal.SIGKILL)


def replace(source, target, **options):
    if how == "before" and place in str(target):
        strike()
    rename(source, target, **options)
    if how == "after" and place in str(target):
        strike()


def fsync(descriptor):
    if how == "full" and place in os.readlink(f"/proc/self/fd/{descriptor}"):
        flag.touch()
        raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
    flush(descriptor)


os.replace, os.fsync = replace, fsync
'''


def prose(seed: int, length: int = 400) -> str:
    """A text that no other seed's is like."""
    return "".join(random.Random(seed).choices(LETTERS, k=length))


def edited(text: str, edits: int, seed: int) -> str:
    """The text with as many of its characters replaced."""
    characters = list(text)
    for place in random.Random(seed).sample(range(len(text)), edits):
        characters[place] = "＊"
    return "".join(characters)


def dumps(folder: Path, *, num_files: int = 2, documents: int = 40) -> list[list[Path]]:
    """Files of an earlier and of a later dump; documents repeat others of the same and of the other dump."""
    chance = random.Random(1)
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    made: list[list[Path]] = []
    number = 0
    for dump in range(2):
        made.append([])
        for place in range(num_files):
            rows = []
            for _ in range(documents):
                text = edited(prose(chance.randrange(documents)), chance.randrange(3), number)
                host = f"h{number % 3}.example.jp"
                rows.append(
                    {
                        "id": f"<{dump}-{number}>",
                        "url": f"https://{host}/{number}",
                        "host": host,
                        "date": first + dt.timedelta(days=number),
                        "text": f"{text}\n{NOTICE}",
                    }
                )
                number += 1
            path = folder / f"dump-{dump}-{place}.parquet"
            folder.mkdir(parents=True, exist_ok=True)
            pq.write_table(pa.Table.from_pylist(rows), path)
            made[-1].append(path)
    return made


def config(folder: Path, like: Path, *stages: str) -> Path:
    """A config of deduplicating stages over such files, which keeps all that fell."""
    folder.mkdir(parents=True, exist_ok=True)
    return config_file(folder, [f"read_parquet: {{like: {like}}}", *stages], keep_dropped="all")


def saboteur(folder: Path, how: str, place: str) -> dict[str, str]:
    """The environment of a run that is struck at the files whose path holds `place`: `before` or `after` it has its
    name every process is killed, `full` has no room for it."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "sitecustomize.py").write_text(SABOTAGE, encoding="utf-8")
    return {
        "PYTHONPATH": f"{folder}:{ROOT}",
        "SABOTAGE": how,
        "SABOTAGE_AT": place,
        "SABOTAGE_FLAG": str(folder / "struck"),
    }
