import pytest

from stages.lists.words import SHIPPED, read_words


def test_blank_lines_and_comments_are_no_words(tmp_path):
    path = tmp_path / "mine.txt"
    path.write_text("\ufeff# a comment\n猫\n\n  犬 \r\n#タグ\n", encoding="utf-8")
    assert read_words(str(path)) == ["猫", "犬", "#タグ"]


@pytest.mark.parametrize("path", sorted(SHIPPED.glob("*.txt")), ids=lambda p: p.stem)
def test_shipped_lists_are_small_and_without_doubles(path):
    words = read_words(path.stem)
    assert 0 < len(words) <= 20
    assert len(set(words)) == len(words)
