import shlex
import subprocess
from pathlib import Path

import pytest

from pipeline.executors import pbs, sge, slurm
from pipeline.executors.engine import DIALECTS
from pipeline.executors.script import Job, SliceFailed, run_script
from pipeline.site import Site

JOB = Job("01-dedup.sketch", "/data/和文 out", Path("/data/和文 out/plans/01-dedup.sketch"), 8, needs=("00-read",))
SITE = Site(account="grp", queue="cpu", wall_time="01:00:00", procs=3, options=("--extra",), max_running_tasks=2)


def script_of(dialect: object, job: Job = JOB, site: Site = SITE) -> str:
    return dialect.script(job, site)  # type: ignore[attr-defined,no-any-return]


def test_slurm_is_asked_for_an_array_behind_another_that_ended_well() -> None:
    command = slurm.submission(JOB, SITE, ["7", "8"])
    for word in ("--array=0-7%2", "--cpus-per-task=3", "--time=01:00:00", "--partition=cpu", "--extra", "--requeue"):
        assert word in command
    assert command[command.index("-A") + 1] == "grp"
    assert "--dependency=afterok:7:8" in command
    assert "--kill-on-invalid-dep=yes" in command
    assert command[-1] == str(JOB.script)


def test_a_job_behind_nothing_has_no_dependency() -> None:
    assert not any("dependency" in word for word in slurm.submission(JOB, SITE, []))
    assert "-hold_jid" not in sge.submission(JOB, SITE, [])
    assert "-W" not in pbs.submission(JOB, SITE, [])


def test_grid_engine_counts_tasks_from_one() -> None:
    command = sge.submission(JOB, SITE, ["7"])
    assert command[command.index("-t") + 1] == "1-8"
    assert command[command.index("-tc") + 1] == "2"
    assert command[command.index("-hold_jid") + 1] == "7"
    assert "h_rt=01:00:00" in command
    assert "slice=$((SGE_TASK_ID - 1))" in script_of(sge)
    assert "exit 99" in script_of(sge)


def test_the_option_for_the_account_is_the_sites() -> None:
    site = Site(account="tgx", account_option="-g")
    assert sge.submission(JOB, site, [])[sge.submission(JOB, site, []).index("-g") + 1] == "tgx"


def test_pbs_is_asked_for_an_array_only_where_there_are_two_tasks() -> None:
    command = pbs.submission(JOB, Site(account="grp", queue="q", resources=("select=1:ncpus=4",)), ["7[]"])
    assert command[command.index("-J") + 1] == "0-7"
    assert command[command.index("-P") + 1] == "grp"
    assert command[command.index("-l") + 1] == "select=1:ncpus=4"
    assert command[command.index("-W") + 1] == "depend=afterok:7[]"
    one = Job("03-x", "/o", Path("/o/plans/03-x"), 1)
    assert "-J" not in pbs.submission(one, SITE, [])
    assert 'slice="${PBS_ARRAY_INDEX:-0}"' in script_of(pbs, one)


def test_the_worker_stops_a_margin_before_the_wall_time() -> None:
    for dialect in DIALECTS.values():
        assert "--time-budget 3000 " in script_of(dialect)
        assert "--time-budget" not in script_of(dialect, site=Site())


@pytest.mark.parametrize("name", sorted(DIALECTS))
def test_a_script_is_bash_whatever_the_folder_is_called(name: str, tmp_path: Path) -> None:
    path = tmp_path / "job.sh"
    path.write_text(script_of(DIALECTS[name], site=Site(preamble="module load x\n", scratch="/local/$USER")))
    assert subprocess.run(["bash", "-n", path], check=False).returncode == 0
    assert shlex.quote(str(JOB.folder)) in path.read_text()


def test_only_the_ranks_that_are_missing_are_named() -> None:
    job = Job("00-read", "/o", Path("/o/plans/00-read"), 2, ranks="3,7-9")
    assert '--slice "$slice"/2' in script_of(slurm, job)
    assert "--ranks 3,7-9" in script_of(slurm, job)


def test_a_container_holds_the_worker_only() -> None:
    text = script_of(pbs, site=Site(container="singularity exec wabun.sif", command="wabun"))
    assert "\nsingularity exec wabun.sif wabun work " in text
    assert "  wabun retry " in text


@pytest.mark.parametrize(("times", "ends_well"), [(2, True), (3, False)])
def test_a_slice_out_of_time_is_run_again_a_few_times(tmp_path: Path, times: int, ends_well: bool) -> None:
    count = tmp_path / "count"
    script = f'echo >>{count}\n[ "$(wc -l <{count})" -gt {times} ] || exit 75\n[ "$WABUN_SLICE" = 5 ]\n'
    if ends_well:
        run_script(script, 5, 2)
    else:
        with pytest.raises(SliceFailed, match="exit code 75"):
            run_script(script, 5, 2)


def test_states_of_other_jobs_and_headings_are_no_states() -> None:
    assert list(sge.states("job-ID prior\n----\n")) == []
    assert list(pbs.states("Job id Name\n---- ----\n7[].pbs1 w u 0 B q\n")) == []
    assert list(slurm.states("\n")) == []
