"""A whole run into an object store: the bytes of a local run, markers last, after kills, refusals and storms."""

import json
import os
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipeline.cli import cli
from tests.factories import ROOT, config_file, result_of, sample_warc, wabun, wabun_command
from tests.objects import Bucket, result_in

STAGES = ("read", "decode", "extract", "dedup_exact", "signals", "quality")


@dataclass(frozen=True)
class Local:
    """A config with its inputs, and the result of a run on the disk."""

    out: Path
    config: Path
    inputs: Path

    def arguments(self, out: object) -> list[object]:
        """What follows `wabun run` for a result elsewhere."""
        return [self.config, "-i", self.inputs, "-o", out, "-w", 2]

    def names(self) -> set[str]:
        """All that the run left, without logs."""
        found = {str(path.relative_to(self.out)) for path in self.out.rglob("*") if path.is_file()}
        return {name for name in found if "/log/" not in name}


@pytest.fixture(scope="module")
def local(tmp_path_factory: pytest.TempPathFactory) -> Local:
    folder = tmp_path_factory.mktemp("local")
    for seed in range(3):
        sample_warc(folder / f"in/{seed}.warc.gz", pages=40, seed=seed)
    made = Local(folder / "out", config_file(folder, STAGES, shard_characters=10_000, name="corpus"), folder / "in")
    ran(*made.arguments(made.out))
    return made


@pytest.fixture
def out(bucket: Bucket, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> str:
    """Where the result goes; logs go beside the test."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    return f"{bucket.url}/コーパス/out"


def ran(*arguments: object) -> str:
    """A whole run; what it said."""
    done = wabun("run", *arguments)
    assert done.returncode == 0, done.stderr
    return done.stderr


def told(*arguments: object) -> str:
    """What a command says, run in this process."""
    done = CliRunner().invoke(cli, [str(argument) for argument in arguments])
    assert done.exit_code == 0, done.output
    return done.output


def holds(bucket: Bucket, local: Local) -> bool:
    """Whether the bucket holds the local run's result, byte for byte."""
    return result_in(bucket, "コーパス/out") == result_of(local.out)


def test_the_result_is_that_of_a_local_run_and_markers_come_last(bucket: Bucket, local: Local, out: str) -> None:
    ran(*local.arguments(out))
    assert holds(bucket, local)
    left = bucket.objects("コーパス/out/")
    assert left.keys() == local.names()
    put = [key.removeprefix("コーパス/out/") for key in bucket.server.keys("PUT")]
    assert not [one for one in bucket.server.asked if "copy" in one.query]
    markers = [name for name in left if "/done/" in name]
    for marker in markers:
        for output in json.loads(left[marker])["outputs"]:
            assert max(n for n, name in enumerate(put) if name == output["name"]) < put.index(marker)
    assert len(markers) > 10

    bucket.server.asked.clear()
    assert "everything is done already" in ran(*local.arguments(out))
    assert bucket.server.keys("PUT", "POST", "DELETE") == []
    assert holds(bucket, local)


def test_every_command_tells_of_a_bucket_what_it_tells_of_a_folder(local: Local, out: str, tmp_path: Path) -> None:
    ran(*local.arguments(out))
    disk = shutil.copytree(local.out, tmp_path / "out")
    url = json.loads(told("show", disk, "--json", "-n", 1))["url"]
    for command, *options in (
        ("stats", "--json"),
        ("show", "-n", 3),
        ("show", "--dropped"),
        ("explain", url),
        ("verify", "--all"),
        ("compare", "--presets", "swallow-v1,swallow-v2"),
        ("decide", "--set", "quality.min_characters=500", "--dry-run"),
        ("retry",),
        ("cancel",),
    ):
        here, there = (told(command, place, *options) for place in (disk, out))
        assert there.replace(out, str(disk)) == here, command
    rows = [json.loads(told("status", place, "--json")) for place in (disk, out)]
    here, there = ([[row[key] for key in ("plan", "done", "missing")] for row in found] for found in rows)
    assert here == there
    assert f"{out}: rank 0 left no log" in wabun("logs", out, 0).stderr


def test_a_changed_decision_writes_and_sweeps_what_it_does_on_a_disk(
    bucket: Bucket, local: Local, out: str, tmp_path: Path
) -> None:
    again = Local(tmp_path / "out", local.config, local.inputs)
    shutil.copytree(local.out, again.out)
    ran(*local.arguments(out))
    for place in (again.out, out):
        done = wabun("decide", place, "--set", "quality.min_characters=500", "-w", 2)
        assert done.returncode == 0, done.stderr
    assert result_of(again.out) != result_of(local.out)
    assert holds(bucket, again)
    assert bucket.objects("コーパス/out/").keys() == again.names()


def test_a_put_that_is_refused_leaves_no_marker(bucket: Bucket, local: Local, out: str) -> None:
    bucket.server.status = lambda method, key: (
        "403 Forbidden" if method == "PUT" and "data/00-read/00001" in key else ""
    )
    done = wabun("run", *local.arguments(out))
    assert done.returncode == 3
    assert "access is not allowed; check AWS_… in the environment and the rights of its user" in done.stderr
    assert "Traceback" not in done.stderr
    found = bucket.objects("コーパス/out/plans/00-read/done/")
    assert sorted(name.partition("-")[0] for name in found) == ["00000", "00002"]
    assert "rank 1 failed" in wabun("status", out).stdout

    bucket.server.status = lambda method, key: ""
    ran(*local.arguments(out))
    assert holds(bucket, local)


@pytest.mark.parametrize("point", ["/data/00-read/00000", "/shards/part-00000"])
def test_a_run_that_is_killed_goes_on(bucket: Bucket, local: Local, out: str, point: str) -> None:
    started(["run", *local.arguments(out)], lambda: any(point in key for key in bucket.server.keys("PUT")))
    for data in bucket.objects("コーパス/out/plans/00-read/done/").values():
        assert json.loads(data)["outputs"][0]["name"] in bucket.objects("コーパス/out/")
    ran(*local.arguments(out))
    assert holds(bucket, local)
    assert bucket.objects("コーパス/out/").keys() == local.names()


def test_a_store_that_is_busy_now_and_then_is_only_slower(bucket: Bucket, local: Local, out: str) -> None:
    numbers = iter(range(10**9))
    bucket.server.status = lambda method, key: "" if next(numbers) % 10 else "503 Slow Down"
    ran(*local.arguments(out))
    assert holds(bucket, local)


def test_workers_side_by_side_do_what_a_run_does(bucket: Bucket, local: Local, out: str) -> None:
    assert wabun("plan", *local.arguments(out)[:-2]).returncode == 0
    slices = [worker(f"{out}/plans/00-read", f"{k}/2") for k in (0, 1)]
    assert [process.wait(timeout=60) for process in slices] == [0, 0]
    bucket.server.asked.clear()
    ran(*local.arguments(out))
    assert not [key for key in bucket.server.keys("PUT") if "/00-read/0" in key]
    assert holds(bucket, local)


def test_a_plan_that_needs_another_waits_for_its_markers(bucket: Bucket, local: Local, out: str) -> None:
    assert wabun("plan", *local.arguments(out)[:-2]).returncode == 0
    done = wabun("work", f"{out}/plans/01-dedup_exact.sketch", "--slice", "0/1")
    assert done.returncode == 4
    done = wabun("work", f"{out}/plans/none", "--slice", "0/1")
    assert f"{out}/plans/none: there is no plan here" in done.stderr


@pytest.mark.parametrize("command", ["run", "status"])
def test_where_nobody_answers_and_what_is_no_bucket_is_told_at_once(out: str, command: str) -> None:
    arguments = ("run", "quickstart", "-o") if command == "run" else ("status",)
    for place, told_there, environment in (
        ("https://example.jp/out", "is no folder; name a path, or s3://BUCKET/PREFIX", {}),
        ("s3://nowhere/out", "there is no bucket nowhere", {}),
        (out, "check AWS_ENDPOINT_URL", {"AWS_ENDPOINT_URL": "http://127.0.0.1:9"}),
    ):
        done = wabun(*arguments, place, **environment)
        assert done.returncode in (1, 2)
        assert f"{place}: " in done.stderr
        assert told_there in done.stderr
        assert "Traceback" not in done.stderr


def test_jobs_are_given_the_url_and_leave_their_logs_on_the_disk(local: Local, out: str, tmp_path: Path) -> None:
    told = wabun("submit", *local.arguments(out)[:-2], "--executor", "slurm", "--dry-run")
    assert told.returncode == 0, told.stderr
    assert f"work '{out}/plans/00-read' --slice" in told.stdout
    assert f"--output={tmp_path}/state/wabun/" in told.stdout


@pytest.mark.cluster
def test_a_dask_cluster_writes_the_bytes_of_a_local_run(bucket: Bucket, local: Local, out: str) -> None:
    pytest.importorskip("distributed", reason="Dask is not installed: pip install 'wabun[dask]'")
    ran(*local.arguments(out)[:-2], "--executor", "dask", "--slices", "2", "--procs", "1")
    assert holds(bucket, local)
    assert "slice 0 of" in told("logs", out, 0)


def worker(plan: str, part: str) -> "subprocess.Popen[bytes]":
    """A worker that has begun."""
    command = wabun_command("work", plan, "--slice", part)
    return subprocess.Popen(command, cwd=ROOT, env=os.environ | {"PYTHONPATH": str(ROOT)}, stderr=subprocess.DEVNULL)


def started(arguments: list[object], reached: Callable[[], bool]) -> None:
    """Run a command with all its processes until the condition holds, and kill them at once."""
    process = subprocess.Popen(
        wabun_command(*arguments),
        cwd=ROOT,
        env=os.environ | {"PYTHONPATH": str(ROOT)},
        stderr=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        start_new_session=True,
    )
    while not reached():
        assert process.poll() is None, "it ended before it was killed"
        time.sleep(0.002)
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
