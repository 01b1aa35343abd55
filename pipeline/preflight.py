"""What can be known to fail before any work begins: all of it at once."""

from collections.abc import Sequence

from pipeline.config import Config
from pipeline.errors import PreflightError
from pipeline.inputs import AnyInput, resolve_inputs
from pipeline.network.folders import open_folder
from pipeline.stage import Source

CRAWL_RATIO = 0.12  # bytes left in the output folder per byte of a crawl of which 5 % is Japanese: measured .10
FULL_RATIO = 1.6  # the same where every page is Japanese: measured 1.5
SPARE_BYTES = 50_000_000
UNKNOWN_BYTES = 1_000_000_000  # an archive of a list that nobody asked for its size: as Common Crawl cuts them


def preflight(config: Config) -> list[AnyInput]:
    """The inputs of a config, once everything that can be checked holds. Raises PreflightError with every problem."""
    problems: list[str] = []
    inputs: list[AnyInput] = []
    folder = open_folder(config.settings.output)
    if not config.settings.inputs:
        problems.append(f"{config.origin}: there is no input; name one with --input or `inputs:`")
    try:
        inputs = resolve_inputs(
            config.settings.inputs,
            base=config.settings.base_url,
            fetching=config.settings.fetching(),
            folder=folder if _reads_archives(config) else None,
        )
    except PreflightError as error:
        problems.extend(error.problems)
    for stage in config.stages:
        problems.extend(f"{stage.stage_name()}: {problem}" for problem in stage.check())
    problems.extend(folder.problems(estimated_bytes(inputs)))
    if problems:
        raise PreflightError(problems)
    return inputs


def _reads_archives(config: Config) -> bool:
    """Whether a Parquet input that names records of archives stands for those records."""
    return any(isinstance(stage, Source) and stage.reads_archives for stage in config.stages[:1])


def estimated_bytes(inputs: Sequence[AnyInput], ratio: float = CRAWL_RATIO) -> int:
    """Bytes that a run over these inputs takes on the disk, all plans together."""
    return int(sum(UNKNOWN_BYTES if item.size is None else item.size for item in inputs) * ratio) + SPARE_BYTES
