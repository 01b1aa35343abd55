import unicodedata

import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.codepoints import codepoints
from stages.text.ng_words import NgWords
from tests.shared import shared_data


def found(words, *texts, fold_kana=False):
    return NgWords({"l": words}, fold_kana=fold_kana).count(codepoints(pa.array(texts, pa.string())))


def total(words, text, **options):
    return int(found(words, text, **options).total[0, 0])


@pytest.mark.parametrize(
    ("word", "text", "count"),
    [
        ("アス", "アスパラガス", 0),
        ("アス", "アス", 1),
        ("アス", "アスと「アス」", 2),
        ("アス", "アース、アスー、ｱｽﾊﾟﾗ", 0),
        ("アス", "アス・アス", 2),
        ("ラーメン", "ララーメン", 0),
        ("ラーメン", "ラーメン屋のラーメン", 2),
        ("ラーメン", "味噌ラーメンを", 1),
        ("SM", "ISMS SMS 3SM SM2", 0),
        ("SM", "SM、ＳＭとsmのSm", 4),
        ("動画", "無修正動画配信", 1),
        ("エロい", "エロいエロ", 1),
        ("だめ", "まだめがさめない", 1),  # hiragana has no boundary that can be seen
        ("デリヘル", "ﾃﾞﾘﾍﾙとテ\u3099リヘル", 2),
        ("バス", "ハス パス バス", 1),
        ("𠮷野", "𠮷野と吉野", 1),
        ("g スポット", "Ｇ　スポット", 1),
    ],
)
def test_words_are_found_as_words(word, text, count):
    assert total([word], text) == count


def test_kana_differ_unless_folded():
    assert total(["エロ"], "えろ") == 0
    assert total(["エロ"], "えろ", fold_kana=True) == 1
    assert total(["えろ"], "エロス", fold_kana=True) == 0
    assert total(["ヴァ"], "う\u3099ぁ", fold_kana=True) == 1


def test_the_longest_word_counts_and_no_character_twice():
    result = found(["アダルト", "アダルト動画", "動画", "動画配信"], "アダルト動画配信")
    assert (result.total[0, 0], result.num_words[0]) == (1, 1)
    assert result.fraction[0] == 6 / 8


def test_the_fraction_is_of_japanese_letters():
    assert found(["広告"], "広告の文章ー、abc").fraction[0] == 2 / 6
    assert found(["ad"], "ad ad ad").fraction[0] == 1.0
    assert found(["広告"], "").fraction[0] == 0.0


def test_lists_are_counted_apart_and_words_in_two_lists_in_both():
    words = NgWords({"a": ["猫", "犬"], "b": ["犬", "鳥", "犬"]})
    result = words.count(codepoints(pa.array(["犬犬猫", None, "鳥"])))
    assert result.distinct.tolist() == [[2, 1], [0, 0], [0, 1]]
    assert result.total.tolist() == [[3, 2], [0, 0], [0, 1]]
    assert result.num_words.tolist() == [2, 0, 1]
    assert len(words) == 3


def test_no_lists_and_no_texts_pass():
    assert NgWords({}).count(codepoints(pa.array(["文"]))).total.shape == (1, 0)
    assert found(["猫"]).total.shape == (0, 1)


def test_too_many_lists_are_refused():
    with pytest.raises(ValueError, match="64 word lists"):
        NgWords({str(n): ["猫"] for n in range(64)})


def plain(words, text):
    """Leftmost longest words with the boundaries, in plain Python over text that folding does not change."""
    kind = lambda c: "k" if "ァ" <= c <= "ー" else "l" if c.isascii() and c.isalnum() else c  # noqa: E731
    at, hits = 0, []
    while at < len(text):
        fits = [
            w
            for w in words
            if text.startswith(w, at)
            and not (at and kind(text[at - 1]) == kind(text[at]) in "kl")
            and not (at + len(w) < len(text) and kind(text[at + len(w)]) == kind(w[-1]) in "kl")
        ]
        hits += [max(fits, key=len)] if fits else []
        at += len(hits[-1]) if fits else 1
    return hits


@given(
    st.lists(st.text("あアー漢a1", min_size=1, max_size=4), unique=True, max_size=10),
    st.lists(st.text("あアー漢a1、", max_size=40), max_size=4),
)
def test_counts_equal_those_of_plain_python(words, texts):
    result = found(words, *texts)
    for i, text in enumerate(texts):
        hits = plain(words, text)
        assert result.total[i, 0] == len(hits)
        assert result.distinct[i, 0] == result.num_words[i] == len(set(hits))


def test_every_half_width_katakana_is_found_in_its_full_width():
    for code in range(0xFF66, 0xFF9E):
        assert total([unicodedata.normalize("NFKC", chr(code))], chr(code)) == 1


def test_real_lists_are_found_in_their_own_words():
    words = shared_data("ng_words/hojichar_adult_keywords_ja.txt").read_text().split("\n")
    words = [w for w in words if w.strip()]
    result = found(words, *words)
    assert (result.num_words >= 1).all()
    assert found(words, "アスパラガスのパスタ").total.sum() == 0
