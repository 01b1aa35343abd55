"""What can be known to fail before any work begins: all of it at once."""

import os
import shutil
from collections.abc import Sequence
from pathlib import Path

from pipeline.config import Config
from pipeline.errors import PreflightError
from pipeline.inputs import AnyInput, resolve_inputs
from pipeline.stage import Source
from pipeline.storage import Folder

CRAWL_RATIO = 0.12  # bytes left in the output folder per byte of a crawl of which 5 % is Japanese: measured .10
FULL_RATIO = 1.6  # the same where every page is Japanese: measured 1.5
SPARE_BYTES = 50_000_000
UNKNOWN_BYTES = 1_000_000_000  # an archive of a list that nobody asked for its size: as Common Crawl cuts them


def preflight(config: Config) -> list[AnyInput]:
    """The inputs of a config, once everything that can be checked holds. Raises PreflightError with every problem."""
    problems: list[str] = []
    inputs: list[AnyInput] = []
    if not config.settings.inputs:
        problems.append(f"{config.origin}: there is no input; name one with --input or `inputs:`")
    try:
        inputs = resolve_inputs(
            config.settings.inputs,
            base=config.settings.base_url,
            fetching=config.settings.fetching(),
            folder=Folder(config.settings.output) if _reads_archives(config) else None,
        )
    except PreflightError as error:
        problems.extend(error.problems)
    for stage in config.stages:
        problems.extend(f"{stage.stage_name()}: {problem}" for problem in stage.check())
    problems.extend(_output_problems(Path(config.settings.output), estimated_bytes(inputs)))
    if problems:
        raise PreflightError(problems)
    return inputs


def _reads_archives(config: Config) -> bool:
    """Whether a Parquet input that names records of archives stands for those records."""
    return any(isinstance(stage, Source) and stage.reads_archives for stage in config.stages[:1])


def estimated_bytes(inputs: Sequence[AnyInput], ratio: float = CRAWL_RATIO) -> int:
    """Bytes that a run over these inputs takes on the disk, all plans together."""
    return int(sum(UNKNOWN_BYTES if item.size is None else item.size for item in inputs) * ratio) + SPARE_BYTES


def _output_problems(output: Path, needed: int) -> list[str]:
    """Why the output folder cannot take the result."""
    place = output.absolute()
    try:
        while not place.exists():
            place = place.parent
    except PermissionError:
        return [f"{place}: a folder above it may not be entered; choose another --output"]
    if not place.is_dir():
        return [f"{place}: is a file; the output must be a folder"]
    if not os.access(place, os.W_OK | os.X_OK):
        return [f"{place}: may not be written; choose another --output"]
    free = shutil.disk_usage(place).free
    if free < needed:
        return [
            f"{output}: needs about {needed / 1e9:.2f} GB and has {free / 1e9:.2f} GB free; choose another --output"
        ]
    return []
