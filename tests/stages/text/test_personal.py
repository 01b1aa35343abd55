from collections import Counter
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.personal import FAKES, KINDS, TOKENS, Span, find_personal, mask_personal


def cases():
    """Positive (kind, text, begin, end) and negative (family, text) lines of the table."""
    positive, negative = [], []
    for line in Path(__file__).with_name("personal_cases.tsv").read_text(encoding="utf-8").splitlines()[1:]:
        label, text = line.replace("\\n", "\n").split("\t")
        if label.startswith("("):
            negative.append((label.strip("()"), text))
        else:
            begin, end = text.index("«"), text.index("»") - 1
            positive.append((label, text.replace("«", "").replace("»", ""), begin, end))
    return positive, negative


POSITIVE, NEGATIVE = cases()


def test_the_table_is_large_and_without_doubles():
    assert len(POSITIVE) >= 400
    assert len(set(POSITIVE)) == len(POSITIVE)
    assert len(NEGATIVE) >= 400
    assert len(set(NEGATIVE)) == len(NEGATIVE)
    assert set(Counter(kind for kind, *_ in POSITIVE)) == set(KINDS)


def test_precision_and_recall_on_the_table(capsys):
    right, found, labelled = Counter(), Counter(), Counter()
    for kind, text, begin, end in POSITIVE:
        labelled[kind] += 1
        for span in find_personal(text):
            found[span.kind] += 1
            right[span.kind] += span == Span(begin, end, kind)
    for _, text in NEGATIVE:
        found.update(span.kind for span in find_personal(text))
    with capsys.disabled():
        print(f"\n{'kind':<14}{'labelled':>9}{'precision':>11}{'recall':>8}")
        for kind in KINDS:
            print(
                f"{kind:<14}{labelled[kind]:>9}{right[kind] / found[kind]:>11.3f}{right[kind] / labelled[kind]:>8.3f}"
            )
    assert all(right[kind] >= 0.98 * labelled[kind] and right[kind] >= 0.98 * found[kind] for kind in KINDS)


@pytest.mark.parametrize("family", sorted({family for family, _ in NEGATIVE}))
def test_what_is_nobodys_is_left_alone(family):
    texts = [text for f, text in NEGATIVE if f == family]
    wrong = [(text, find_personal(text)) for text in texts if find_personal(text)]
    assert len(wrong) <= 0.02 * len(texts), wrong


@pytest.mark.parametrize("text", ["0120-123-456", "（03）1234-5678", "０３－１２３４－５６７８", "03−1234−5678"])
def test_the_phone_forms_that_other_masks_miss_are_known(text):
    assert find_personal(text) == [Span(0, len(text), "phone")]


def test_a_13_digit_order_number_is_left_alone():
    assert find_personal("ご注文 0901234567890 を発送") == []


def test_kinds_that_are_not_asked_for_are_not_found():
    text = "電話 03-1234-5678 メール taro@wabun.jp"
    assert [s.kind for s in find_personal(text, {"email"})] == ["email"]
    assert find_personal(text, ()) == []


def test_an_address_takes_its_house_number_and_leaves_the_telephone():
    text = "〒060-0042 北海道札幌市中央区大通西2-3 電話011-234-5678"
    assert mask_personal(text, find_personal(text)) == "<住所> 電話<電話番号>"


def test_masked_text_holds_nothing_more_to_mask():
    for replacements in (TOKENS, FAKES):
        for _, text, _, _ in POSITIVE:
            masked = mask_personal(text, find_personal(text), replacements)
            assert find_personal(masked) == [], text


def test_text_around_a_datum_is_not_touched():
    for kind, text, begin, end in POSITIVE:
        assert mask_personal(text, [Span(begin, end, kind)]) == text[:begin] + TOKENS[kind] + text[end:]


PIECES = st.sampled_from(
    [text for _, text, _, _ in POSITIVE[::7]] + [text for _, text in NEGATIVE[::9]] + ["。", "\n", " "]
)


@given(st.lists(PIECES, max_size=6), st.text("あ漢0９-ー@.:() \n", max_size=30))
def test_spans_are_in_order_and_apart(pieces, noise):
    text = noise.join(pieces)
    spans = find_personal(text)
    assert all(0 <= s.begin < s.end <= len(text) for s in spans)
    assert all(a.end <= b.begin for a, b in pairwise(spans))


@given(st.lists(st.sampled_from([text for _, text, _, _ in POSITIVE]), min_size=1, max_size=3))
def test_distance_does_not_change_what_is_found(texts):
    far = ("。\n" + "あ" * 400 + "。\n").join(texts)
    assert [s.kind for s in find_personal(far)] == [s.kind for text in texts for s in find_personal(text)]


@pytest.mark.parametrize(
    "unit",
    [
        "0",
        "0-",
        "03-1234-5678 ",
        "a@",
        "1.",
        "(",
        "〒1",
        "@",
        "a.",
        "1:",
        "at]",
        "普通",
        "〒100-0001 東京都一番町",
        "一",
        "市",
    ],
)
def test_a_hostile_text_takes_linear_time(unit):
    text = unit * (100_000 // len(unit))
    assert len(find_personal(text)) <= len(text)


@pytest.mark.parametrize("text", ["", "0", "@", "〒", "03", "a@"])
def test_texts_of_hardly_a_character_hold_nothing(text):
    assert find_personal(text) == []
    assert mask_personal(text, []) == text
