"""Stands in for PBS Professional: takes its options and no others, and runs scripts with its variables.

`qsub`, `qstat` and `qdel` only write and read a folder; `run_all` is the server that runs what is queued, in order.
A job whose `afterok` was not met is deleted, as PBS Professional does.
"""

import argparse
import json
import os
import re
import subprocess
import sys
from pathlib import Path

SERVER = "pbs1"


def install(folder: Path) -> dict[str, str]:
    """Put the commands into a folder; returns the environment that finds them."""
    (folder / "bin").mkdir(parents=True)
    (folder / "queue").mkdir()
    for name in ("qsub", "qstat", "qdel"):
        command = folder / "bin" / name
        command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{__file__}" {name} "{folder}/queue" "$@"\n')
        command.chmod(0o755)
    return {"PATH": f"{folder}/bin:{os.environ['PATH']}"}


def qsub(queue: Path, words: list[str]) -> int:
    """Queue a script; the options are those of the reference guide."""
    parser = argparse.ArgumentParser(prog="qsub")
    for option in ("-N", "-J", "-S", "-o", "-P", "-q", "-W"):
        parser.add_argument(option)
    parser.add_argument("-l", action="append", default=[])
    parser.add_argument("-k", choices=("oe", "eo", "oed", "eod", "doe", "deo"))
    parser.add_argument("-j", choices=("oe", "eo", "n"))
    parser.add_argument("-r", choices=("y", "n"))
    parser.add_argument("-m", choices=("n", "a", "b", "e"))
    parser.add_argument("script")
    found = parser.parse_args(words)
    array = re.fullmatch(r"(\d+)-(\d+)(?:%\d+)?", found.J or "")
    if found.J and not (array and int(array[1]) < int(array[2])):
        return _refuse(f"illegal -J value: {found.J}")
    depend = re.fullmatch(r"depend=(afterok|afterany)((?::\d+(?:\[\])?(?:\.\w+)?)+)", found.W or "")
    if found.W and not depend:
        return _refuse(f"illegal -W value: {found.W}")
    if not re.match(r"[A-Za-z]", found.N or "x") or any("=" not in resource for resource in found.l):
        return _refuse("illegal -N or -l value")
    number = len(list(queue.iterdir())) + 1
    job = {
        "id": f"{number}[]" if array else str(number),
        "tasks": list(range(int(array[1]), int(array[2]) + 1)) if array else [None],
        "kind": depend[1] if depend else "",
        "after": [one.partition(".")[0] for one in depend[2].split(":")[1:]] if depend else [],
        "script": found.script,
        "workdir": str(Path.cwd()),
        "state": "Q",
        "codes": [],
    }
    (queue / f"{number:05d}.json").write_text(json.dumps(job))
    print(f"{job['id']}.{SERVER}")
    return 0


def qstat(queue: Path, words: list[str]) -> int:
    """List what waits or runs, as `qstat -t`."""
    print("Job id            Name             User              Time Use S Queue\n---- ---- ---- ---- - ----")
    for job in _jobs(queue):
        if job["id"] in words and job["state"] in "QR":
            for task in job["tasks"]:
                name = job["id"].replace("[]", f"[{task}]")
                print(f"{name}.{SERVER} wabun root 00:00:00 {job['state']} workq")
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
        "PBS_JOBID": f"{number.replace('[]', f'[{task}]')}.{SERVER}",
    }
    if task is not None:
        variables |= {"PBS_ARRAY_INDEX": str(task), "PBS_ARRAY_ID": f"{number}.{SERVER}"}
    command = ["/bin/bash", str(job["script"])]
    return subprocess.run(command, env=variables, cwd=variables["HOME"], timeout=300, check=False).returncode


def _jobs(queue: Path) -> list[dict[str, list[str]]]:
    return [json.loads(path.read_text()) for path in sorted(queue.iterdir())]


def _refuse(why: str) -> int:
    print(f"qsub: {why}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    _commands = {"qsub": qsub, "qstat": qstat, "qdel": qdel}
    sys.exit(_commands[sys.argv[1]](Path(sys.argv[2]), sys.argv[3:]))
