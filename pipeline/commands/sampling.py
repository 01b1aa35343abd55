"""The command that writes a synthetic WARC, and the sample that a config without inputs runs on."""

import io
from dataclasses import replace

import click

from pipeline.config import Settings
from pipeline.network.folders import open_folder
from pipeline.storage import Folder

SAMPLE_FILES = 4


@click.command()
@click.argument("out")
@click.option("--pages", type=click.IntRange(min=1), default=400, help="Pages in the file.")
@click.option("--seed", type=int, default=0, help="Another seed, other pages.")
def sample(out: str, pages: int, seed: int) -> None:
    """Write a small synthetic WARC, laid out as Common Crawl's, to OUT (.warc.gz).

    Its prose is made up. It holds Japanese, English, Chinese and Korean pages in several charsets, boilerplate,
    exact and near duplicates, and a few broken records.
    """
    folder, _, name = out.rpartition("/")
    _write(open_folder(folder or "."), name, pages, seed)
    click.echo(f"{out}: {pages:,} pages, seed {seed}")


def sample_files(settings: Settings, folder: Folder) -> Settings:
    """The settings with a sample as their input: a few files, so that there is work for several processes."""
    share, rest = divmod(settings.sample_pages, SAMPLE_FILES)
    names = []
    for seed in range(SAMPLE_FILES):
        if pages := share + (seed < rest):
            name = f"inputs/sample-{seed}-of-{pages}-pages.warc.gz"
            if not folder.exists(name):
                _write(folder, name, pages, seed)
            names.append(folder.where(name))
    return replace(settings, inputs=tuple(names))


def _write(folder: Folder, name: str, pages: int, seed: int) -> None:
    from stages.sample import write_sample

    stream = io.BytesIO()
    write_sample(stream, num_pages=pages, seed=seed)
    folder.write_bytes(name, stream.getvalue())
