"""The signals that need words, as columns."""

import subprocess
import sys

import pyarrow as pa
import pytest

from stages import words as module
from stages.text.words import is_installed
from stages.words import Words

needs_words = pytest.mark.skipif(not is_installed(), reason="the extra wabun[words] is not installed")


@needs_words
def test_words_are_measured_and_an_empty_text_has_none() -> None:
    batch = Words().apply(pa.record_batch({"text": pa.array(["猫が好きだ。\n犬も好きだ。", "", None])}))
    assert batch.column("num_words").to_pylist() == [8, 0, 0]
    assert batch.column("num_stop_words").to_pylist() == [1, 0, 0]
    assert batch.column("newline_word_ratio").to_pylist() == [0.1, 0, 0]
    for column in Words().columns_written():
        assert batch.column(column.name).to_pylist()[1:] == [0, 0], column.name


def test_a_missing_extra_is_told_before_the_run(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "is_installed", lambda: False)
    assert Words().check() == [
        "words: SudachiPy and its dictionary are not installed: pip install 'wabun[words]'",
    ]


def test_rules_on_characters_do_not_load_the_tokenizer() -> None:
    program = (
        "import sys, pyarrow as pa; from stages.signals import Signals; from stages.quality import Quality;"
        "import stages.words;"
        "batch = Signals().apply(pa.record_batch({'text': ['猫が好きだ。']}));"
        "Quality(min_characters=1).apply(batch); assert 'sudachipy' not in sys.modules"
    )
    subprocess.run([sys.executable, "-c", program], check=True, cwd=module.__file__.rpartition("/stages/")[0])
