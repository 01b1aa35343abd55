"""What commands take from the command line alike: the folder of a result."""

from typing import Any

import click

from pipeline.errors import StorageError
from pipeline.network.folders import open_folder
from pipeline.network.locations import is_remote
from pipeline.storage import Folder


class _ResultFolder(click.Path):
    """The folder of a result: one that is there, or a URL."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """The folder, opened. Raises StorageError for a URL where it cannot be."""
        if isinstance(value, Folder):
            return value
        if not is_remote(value):
            return open_folder(str(super().convert(value, param, ctx)))
        folder = open_folder(value)
        if problems := folder.problems(0):
            raise StorageError("\n".join(problems))
        return folder


result_argument = click.argument("folder", metavar="OUT", type=_ResultFolder(exists=True, file_okay=False))
"""The argument OUT; the command is given the Folder, `folder`."""
