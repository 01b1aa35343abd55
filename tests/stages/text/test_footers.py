import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.footers import trim_furniture

BODY = (
    "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。\n" * 9
    + "何でも薄暗いじめじめした所で泣いていた。"
)


@pytest.mark.parametrize(
    "line",
    [
        "トップページ | お問い合わせ | サイトマップ",
        "Copyright © 2024 Neko Inc. All Rights Reserved.",
        "コメント(3) トラックバック(0)",
        "無断転載を禁じます。 ©COPYRIGHT 猫の会",
        "≪前の記事　次の記事≫",
    ],
)
def test_furniture_lines_are_cut_at_both_ends(line):
    assert trim_furniture(f"{BODY}\n{line}") == (BODY, 1)
    assert trim_furniture(f"{line}\n\n{BODY}\n\n{line}\n") == (BODY, 2)


@pytest.mark.parametrize(
    "line",
    [
        "コメントをくださった皆さま、ありがとうございました。",
        "お問い合わせの際は、必ず会員番号をお知らせください。",
        "ONLINE STOP",
        "2024-01-01",
        "以上",
    ],
)
def test_prose_and_bare_dates_at_the_edges_stay(line):
    text = f"{line}\n{BODY}\n{line}"
    assert trim_furniture(text) == (text, 0)


@pytest.mark.parametrize("title", ["よくある質問", "7.3. ログイン", "挿入メニュー"])
def test_one_keyword_at_the_top_is_a_title_and_stays(title):
    text = f"{title}\n{BODY}"
    assert trim_furniture(text) == (text, 0)
    assert trim_furniture(f"ホーム | {title}\n{BODY}") == (BODY, 1)


def test_a_date_between_furniture_and_the_edge_goes_with_it():
    assert trim_furniture(f"{BODY}\nログイン\n2024-01-01") == (BODY, 2)


def test_cutting_ends_at_the_first_line_of_prose():
    text = f"{BODY}\nログイン\n猫が鳴いた。"
    assert trim_furniture(text) == (text, 0)


def test_coverage_is_judged_on_both_sides():
    assert trim_furniture(f"{BODY}\nログインあああ", min_coverage=4 / 7)[1] == 1
    assert trim_furniture(f"{BODY}\nログインああああ", min_coverage=4 / 7)[1] == 0


def test_a_text_of_two_lines_is_not_emptied():
    assert trim_furniture("ログイン\nメニュー") == ("ログイン\nメニュー", 0)


def test_the_share_cut_is_judged_on_both_sides():
    text = "あ" * 15 + "\nログイン"  # 20 characters, of which 5 would go
    assert trim_furniture(text, max_fraction=0.25)[1] == 1
    assert trim_furniture(text, max_fraction=0.24)[1] == 0


@given(st.lists(st.sampled_from(["ログイン", "メニュー | ホーム", "猫である。", "", "2024", "---"])), st.floats(0, 1))
def test_never_more_than_the_share_is_cut(lines, fraction):
    text = "\n".join(lines)
    trimmed, count = trim_furniture(text, max_fraction=fraction)
    if count:
        assert len(text.replace("\n", "")) - len(trimmed.replace("\n", "")) <= fraction * len(text)
    else:
        assert trimmed == text


def test_one_long_line_of_keywords_is_not_searched():
    text = BODY + "\n" + "ログイン" * 100_000
    assert trim_furniture(text, max_fraction=1.0) == (text, 0)
