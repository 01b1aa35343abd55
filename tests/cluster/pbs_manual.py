"""What the manual of PBS Professional lets a job ask for, as far as a batch job can: options, their forms, variables.

Taken from the manual pages qsub(1B), pbs_resources(7B) and pbs_job_attributes(7B) that PBS Professional and OpenPBS
share; each form under the option's own heading in qsub(1B). Variables: its ENVIRONMENT VARIABLES, PBS_ARRAY_INDEX of
job arrays, and PBS_LOCALDIR, which ABCI adds (its user guide, Job Execution, Environment Variables).
"""

import re

_NAME = r"[A-Za-z0-9][!-~]{0,229}"
_JOB = r"\d+(?:\[\])?(?:\.[\w.-]+)?"
_KIND = "after|afterok|afternotok|afterany"
_CHUNK = r"(?:\d+:)?\w+=[^:+,\s]+(?::\w+=[^:+,\s]+)*"
_OTHER = r"(?!select=|place=|walltime=)\w+=[^,\s]+"
_RESOURCE = (
    rf"select=(?:\d+|{_CHUNK}(?:\+{_CHUNK})*)|place=[\w:=]+|walltime=(?:(?:\d+:)?\d+:)?\d+|{_OTHER}(?:,{_OTHER})*"
)

OPTIONS: dict[str, str] = {
    "-a": r"\d{4,12}(?:\.\d\d)?",
    "-A": r"\S+",
    "-e": r"(?:[\w.-]+:)?/?\S.*",
    "-J": r"(?P<first>\d+)-(?P<last>\d+)(?::\d+)?(?:%\d+)?",
    "-j": "oe|eo|n",
    "-k": "n|d?(?:o|e|oe|eo)d?",
    "-l": _RESOURCE,
    "-m": "n|j?[abe]{1,3}",
    "-M": r"\S+",
    "-N": _NAME,
    "-o": r"(?:[\w.-]+:)?/?\S.*",
    "-p": r"-?\d{1,4}",
    "-P": r"[^/\[\]\";:|<>+,?*\s]+",
    "-q": r"[\w.-]+(?:@[\w.-]+)?|@[\w.-]+",
    "-r": "y|n",
    "-R": "o|e|oe|eo",
    "-S": r"/\S+",
    "-v": r"\w+(?:=[^,]*)?(?:,\w+(?:=[^,]*)?)*",
    "-W": rf"depend=(?:{_KIND})(?::{_JOB})+(?:,(?:{_KIND})(?::{_JOB})+)*|umask=\d{{1,4}}|block=true|sandbox=\w+",
}
"""Options that take an argument, with the form that the whole argument must have."""

FLAGS = {"-f", "-h", "-V", "-z"}
"""Options without an argument."""

VARIABLES = {
    *("PBS_ENVIRONMENT", "PBS_JOBDIR", "PBS_JOBID", "PBS_JOBNAME", "PBS_NODEFILE", "PBS_QUEUE", "PBS_ARRAY_INDEX"),
    *("PBS_O_HOME", "PBS_O_HOST", "PBS_O_LOGNAME", "PBS_O_PATH", "PBS_O_QUEUE", "PBS_O_SHELL", "PBS_O_WORKDIR"),
    "PBS_LOCALDIR",
}
"""Variables that a job may count on."""


def taken_apart(words: list[str]) -> tuple[dict[str, list[str]], list[str]]:
    """What follows `qsub`: the arguments of each option, and what is left over: one script."""
    found: dict[str, list[str]] = {}
    rest = list(words)
    while rest and rest[0].startswith("-"):
        option = rest.pop(0)
        found.setdefault(option, []).extend(rest[:1] if option in OPTIONS else [])
        del rest[: option in OPTIONS]
    return found, rest


def refusals(words: list[str]) -> list[str]:
    """Why qsub would not take these words (what follows `qsub`, the script last); empty when it would."""
    given, rest = taken_apart(words)
    problems = [f"invalid option {option}" for option in given if option not in OPTIONS and option not in FLAGS]
    for option, values in given.items():
        for value in values:
            found = re.fullmatch(OPTIONS[option], value)
            if not found or (option == "-J" and int(found["first"]) >= int(found["last"])):
                problems.append(f"illegal {option} value: {value}")
    if len(rest) != 1:
        problems.append(f"expected one script, found {rest}")
    return problems
