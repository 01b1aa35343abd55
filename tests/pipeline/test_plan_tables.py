from pathlib import Path

import pytest

from pipeline.plan_tables import Digests, StoredInputs, inputs_lines
from pipeline.storage import LocalFolder


def test_digests_are_told_by_rank() -> None:
    digests = Digests.of(["a" * 32, "b" * 32])
    assert len(digests) == 2
    assert digests[1] == "b" * 32
    assert list(digests) == ["a" * 32, "b" * 32]
    assert Digests(digests.joined) == digests
    with pytest.raises(IndexError):
        digests[2]


def test_inputs_come_back_by_rank(tmp_path: Path) -> None:
    inputs = (({"name": "和文.warc.gz"}, {"name": "b"}), ({"name": "c"},))
    folder = LocalFolder(tmp_path)
    folder.write_bytes("inputs.jsonl", inputs_lines(inputs))
    stored = StoredInputs(folder, "inputs.jsonl", 2)
    assert stored[0] == inputs[0]
    assert stored[1] == inputs[1]
    assert tuple(stored) == inputs
    with pytest.raises(IndexError):
        stored[2]
