"""The door: the command `wabun`, joined from its commands."""

import os
import sys

import click

from pipeline.commands.cluster import cancel, logs, retry, submit
from pipeline.commands.deciding import compare, decide
from pipeline.commands.dumps import dumps
from pipeline.commands.indexing import index
from pipeline.commands.inspection import explain, show, stats, status, verify
from pipeline.commands.running import plan, run, work
from pipeline.commands.sampling import sample
from pipeline.commands.staging import stage, stages
from pipeline.errors import ConfigError, PreflightError, WabunError
from pipeline.warm import use_kernel_cache

CONTEXT = {"help_option_names": ["-h", "--help"], "show_default": True, "max_content_width": 100}


@click.group(context_settings=CONTEXT)
@click.version_option(package_name="wabun", prog_name="wabun")
def cli() -> None:
    """Japanese pretraining corpora from Common Crawl: WARC files in, Parquet shards and a funnel out."""


for _command in (
    run,
    plan,
    work,
    submit,
    retry,
    cancel,
    logs,
    compare,
    decide,
    stages,
    stage,
    status,
    stats,
    show,
    explain,
    verify,
    sample,
    index,
    dumps,
):
    cli.add_command(_command)


def main() -> None:
    """Run the command; an error that a user can mend ends in its own words and exit code."""
    use_kernel_cache()
    try:
        sys.exit(cli(standalone_mode=False))  # the code of an Exit comes back as a value
    except click.exceptions.Exit as done:
        sys.exit(done.exit_code)
    except click.Abort:
        print("wabun: stopped; the same command goes on from here", file=sys.stderr)
        sys.exit(130)
    except click.ClickException as error:
        error.show()
        sys.exit(error.exit_code)
    except (ConfigError, PreflightError) as error:
        for problem in error.problems:
            print(problem, file=sys.stderr)
        sys.exit(error.exit_code)
    except WabunError as error:
        print(f"wabun: {error}", file=sys.stderr)
        sys.exit(error.exit_code)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        sys.exit(0)
    except OSError as error:
        print(f"wabun: {error.filename or 'a file'}: {error.strerror or error}", file=sys.stderr)
        sys.exit(1)


if __name__ == "__main__":
    main()
