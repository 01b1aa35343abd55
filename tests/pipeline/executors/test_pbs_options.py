"""What is asked of PBS, held against the options and variables of its manual."""

import re
from pathlib import Path

import pytest

from pipeline.executors import pbs
from pipeline.executors.engine import Scheduler
from pipeline.executors.script import Job
from pipeline.site import Site, find_site, load_site
from tests.cluster.pbs_manual import VARIABLES, refusals

FULL = Site(
    executor="pbs",
    account="grp",
    queue="rt_HC",
    resources=("select=1:ncpus=4:mem=8gb", "place=excl"),
    options=("-m", "n"),
    wall_time="1-02:00:00",
    max_running_tasks=3,
    scratch="${PBS_LOCALDIR:-/tmp}",
)
ARRAY = Job("01-dedup_near.sketch", "/data/out", Path("/data/out/plans/01-dedup_near.sketch"), 8)
SITES = [FULL, Site(executor="pbs"), load_site(find_site("abci"))]


@pytest.mark.parametrize("after", [[], ["7[]"], ["7[]", "12"]])
@pytest.mark.parametrize("site", SITES)
def test_every_option_and_its_argument_stands_in_the_manual(site: Site, after: list[str]) -> None:
    for job in (ARRAY, Job("03-settle", "/data/out", Path("/data/out/plans/03-settle"), 1)):
        words = pbs.submission(job, site, after)
        assert words[0] == "qsub"
        assert refusals(words[1:]) == []


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (["-t", "0-3", "job.sh"], "invalid option -t"),
        (["-J", "0-0", "job.sh"], "illegal -J value"),
        (["-J", "3", "job.sh"], "illegal -J value"),
        (["-W", "depend=afterok:", "job.sh"], "illegal -W value"),
        (["-W", "depend=singleton", "job.sh"], "illegal -W value"),
        (["-l", "walltime=1-02:00:00", "job.sh"], "illegal -l value"),
        (["-l", "select", "job.sh"], "illegal -l value"),
        (["-N", "和文", "job.sh"], "illegal -N value"),
        (["-k", "ox", "job.sh"], "illegal -k value"),
        (["-P", "a:b", "job.sh"], "illegal -P value"),
        (["-N", "x"], "expected one script"),
    ],
)
def test_what_the_manual_does_not_have_is_refused(words: list[str], why: str) -> None:
    assert why in refusals(words)[0]


@pytest.mark.parametrize("site", SITES)
def test_every_variable_stands_in_the_manual(site: Site) -> None:
    assert set(re.findall(r"PBS_\w+", pbs.script(ARRAY, site))) <= VARIABLES


def test_a_job_that_names_no_chunk_asks_for_the_processors_it_uses() -> None:
    words = pbs.submission(ARRAY, Site(executor="pbs", procs=6), [])
    assert words[words.index("-l") + 1] == "select=1:ncpus=6"
    assert "select=1:ncpus=6" not in pbs.submission(ARRAY, FULL, [])


def test_the_rest_of_a_chain_waits_for_a_job_out_of_time_however_it_ends() -> None:
    rest = Job("02-link", "/data/out", Path("/data/out/plans/02-link"), 2, needs=(ARRAY.plan,))
    shown = [text for text in Scheduler(pbs, FULL).shown([ARRAY, rest], ["7[]"]) if text.startswith("$")]
    assert "depend=afterany:7[]" in shown[0]
    assert "depend=afterok:${ID_01}" in shown[1]
