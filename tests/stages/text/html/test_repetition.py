from hypothesis import given
from hypothesis import strategies as st

from stages.text.html.repetition import repetitions
from stages.text.html.scan import scan


def others(html):
    found = scan(html.encode())
    return repetitions(found.text, found.blocks).tolist()


def test_other_lines_of_the_same_text_are_counted():
    assert others("<p>島の案内<p>船の時刻<p>島の案内<p>島の案内") == [2, 0, 2, 2]


def test_a_part_of_a_line_is_no_repetition():
    assert others("<p>島の案内<p>島の案内図") == [0, 0]


@given(st.lists(st.sampled_from(["島", "船", "宿", "島と船"]), min_size=1, max_size=40))
def test_counts_are_those_of_a_plain_count(lines):
    assert others("".join(f"<p>{line}" for line in lines)) == [lines.count(line) - 1 for line in lines]


def test_thousands_of_different_lines_are_all_single():
    assert not any(others("".join(f"<p>{number}" for number in range(50_000))))
