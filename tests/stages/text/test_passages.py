import numpy as np
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.folding import fold
from stages.text.passages import Passages, contains, covered, frequent, passages, scoped


def found(*texts: str | None, num_lines: int = 1) -> Passages:
    return passages(codepoints(pa.array(texts, pa.string())), num_lines)


@settings(deadline=None)  # the first call compiles
@given(st.lists(st.text("ab\n ｱア", max_size=20), max_size=4))
def test_passages_are_the_lines_that_hold_text(texts):
    made = found(*texts)
    expected = [(d, n, fold(line)) for d, text in enumerate(texts) for n, line in enumerate(text.split("\n"))]
    expected = [entry for entry in expected if entry[2]]
    assert made.documents().tolist() == [d for d, _, _ in expected]
    assert made.numbers.tolist() == [n for _, n, _ in expected]
    assert made.lengths.tolist() == [len(line) for _, _, line in expected]
    assert made.offsets.tolist() == [sum(d < i for d, _, _ in expected) for i in range(len(texts) + 1)]
    for a, first in zip(made.hashes, expected, strict=True):
        for b, second in zip(made.hashes, expected, strict=True):
            assert (a == b) == (first[2] == second[2])


def test_a_line_hashes_the_same_wherever_it_stands():
    one = found("バスの時刻表", "前\nﾊﾞｽの 時刻表\n後", "パスの時刻表")
    assert one.hashes[0] == one.hashes[2]
    assert len(set(one.hashes.tolist())) == 4


def test_runs_of_lines_stay_within_their_document():
    made = found("一\n二\n\n三", "二\n三", "三\n二", num_lines=2)
    assert [hash_ == 0 for hash_ in made.hashes] == [False, False, True, False, True, False, True]
    assert made.hashes[1] == made.hashes[3]
    assert len({made.hashes[i] for i in (0, 1, 5)}) == 3


def test_every_line_of_a_repeated_run_is_covered():
    made = found("一\n二\n三\n四", num_lines=3)
    repeated = np.array([False, True, False, False])
    assert covered(repeated, made, 3).tolist() == [False, True, True, True]
    assert covered(repeated, made, 1).tolist() == repeated.tolist()


def test_a_scope_tells_equal_passages_apart_and_leaves_none_none():
    hashes = np.array([5, 5, 0], np.uint64)
    scoped_hashes = scoped(hashes, np.array([1, 2, 1], np.uint64))
    assert scoped_hashes[0] != scoped_hashes[1]
    assert scoped_hashes[2] == 0
    assert scoped(hashes[:1], np.array([1], np.uint64)) == scoped_hashes[0]


def test_frequent_counts_on_both_sides_of_the_limit():
    keys, counts = frequent(np.array([4, 4, 4, 5, 5, 6], np.uint64), 2)
    assert (keys.tolist(), counts.tolist()) == ([4], [3])
    assert frequent(np.array([4, 4], np.uint64), 1)[0].tolist() == [4]
    assert len(frequent(np.array([], np.uint64), 0)[0]) == 0


def test_contains_finds_what_is_there():
    ordered = np.array([3, 9], np.uint64)
    assert contains(ordered, np.array([2, 3, 9, 10], np.uint64)).tolist() == [False, True, True, False]
    assert contains(ordered[:0], ordered).tolist() == [False, False]
