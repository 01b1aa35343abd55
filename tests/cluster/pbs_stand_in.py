"""Stands in for PBS Professional: takes the manual's options and no others, and runs scripts with its variables.

`qsub`, `qstat` and `qdel` only write and read a folder; `run_all` is the server that runs what is queued, in order.
A job whose `afterok` was not met is deleted, as PBS Professional does.
"""

import json
import os
import subprocess
import sys
from pathlib import Path

from tests.cluster.pbs_manual import refusals, taken_apart

SERVER = "pbs1"


def install(folder: Path) -> dict[str, str]:
    """Put the commands into a folder; returns the environment that finds them."""
    (folder / "bin").mkdir(parents=True)
    (folder / "queue").mkdir()
    root = Path(__file__).resolve().parent.parent.parent
    for name in ("qsub", "qstat", "qdel"):
        command = folder / "bin" / name
        module = f'PYTHONPATH="{root}" exec "{sys.executable}" -m tests.cluster.pbs_stand_in'
        command.write_text(f'#!/bin/sh\n{module} {name} "{folder}/queue" "$@"\n')
        command.chmod(0o755)
    return {"PATH": f"{folder}/bin:{os.environ['PATH']}"}


def qsub(queue: Path, words: list[str]) -> int:
    """Queue a script."""
    if problems := refusals(words):
        print(*(f"qsub: {problem}" for problem in problems), sep="\n", file=sys.stderr)
        return 1
    given, [script] = taken_apart(words)
    array = given.get("-J", [""])[-1]
    first, _, last = array.partition("%")[0].partition("-")
    kind, _, after = given.get("-W", [""])[-1].removeprefix("depend=").partition(":")
    number = len(list(queue.iterdir())) + 1
    job = {
        "id": f"{number}[]" if array else str(number),
        "tasks": list(range(int(first), int(last) + 1)) if array else [None],
        "kind": kind,
        "after": [one.partition(".")[0] for one in after.split(":")] if after else [],
        "name": given["-N"][-1],
        "script": script,
        "workdir": str(Path.cwd()),
        "state": "Q",
        "codes": [],
    }
    (queue / f"{number:05d}.json").write_text(json.dumps(job))
    print(f"{job['id']}.{SERVER}")
    return 0


def qstat(queue: Path, words: list[str]) -> int:
    """List what waits or runs, as `qstat -t`, in its columns: 17, 16 and 16 wide."""
    print("Job id            Name             User              Time Use S Queue")
    print("----------------  ---------------- ----------------  -------- - -----")
    for job in _jobs(queue):
        if job["id"] in words and job["state"] in "QR":
            for task in job["tasks"]:
                name = f"{job['id'].replace('[]', f'[{task}]')}.{SERVER}"
                print(f"{name:<17.17} {job['name']:<16.16} {'root':<16} {'00:00:00':>9} {job['state']} workq")
    return 0


def qdel(queue: Path, words: list[str]) -> int:
    """Take jobs out of the queue."""
    for path in sorted(queue.iterdir()):
        job = json.loads(path.read_text())
        if job["id"] in words:
            path.write_text(json.dumps(job | {"state": "D"}))
    return 0


def run_all(queue: Path, environment: dict[str, str]) -> None:
    """Run what is queued until nothing waits, also what jobs queue while they run."""
    while waiting := next((p for p in sorted(queue.iterdir()) if json.loads(p.read_text())["state"] == "Q"), None):
        job = json.loads(waiting.read_text())
        before = {one["id"]: one for one in _jobs(queue)}
        if job["kind"] == "afterok" and any(any(before[one]["codes"] or [1]) for one in job["after"]):
            waiting.write_text(json.dumps(job | {"state": "D"}))
            continue
        waiting.write_text(json.dumps(job | {"state": "R"}))
        codes = [_run_task(job, task, environment) for task in job["tasks"]]
        waiting.write_text(json.dumps(job | {"state": "F", "codes": codes}))


def _run_task(job: dict[str, object], task: int | None, environment: dict[str, str]) -> int:
    """Run one script with PBS's variables, and little else of ours, in the home folder, as PBS does."""
    number = str(job["id"])
    variables = {
        "PATH": environment["PATH"],
        "HOME": os.environ.get("HOME", "/"),
        "PBS_ENVIRONMENT": "PBS_BATCH",
        "PBS_O_WORKDIR": str(job["workdir"]),
        "PBS_JOBNAME": str(job["name"]),
        "PBS_JOBID": f"{number.replace('[]', f'[{task}]')}.{SERVER}",
    }
    if task is not None:
        variables["PBS_ARRAY_INDEX"] = str(task)
    command = ["/bin/bash", str(job["script"])]
    return subprocess.run(command, env=variables, cwd=variables["HOME"], timeout=300, check=False).returncode


def _jobs(queue: Path) -> list[dict[str, str]]:
    return [json.loads(path.read_text()) for path in sorted(queue.iterdir())]


if __name__ == "__main__":
    _commands = {"qsub": qsub, "qstat": qstat, "qdel": qdel}
    sys.exit(_commands[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:]))
