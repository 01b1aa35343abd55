import codecs

import pytest

from stages.text.encodings import codec_name, encoding_name


@pytest.mark.parametrize(
    ("label", "name"),
    [
        ("UTF8", "utf-8"),
        ("utf-8", "utf-8"),
        ("Windows-31J", "shift_jis"),
        ("ms_kanji", "shift_jis"),
        ("x-euc-jp", "euc-jp"),
        ("csISO2022JP", "iso-2022-jp"),
        ("iso-8859-1", "windows-1252"),
        ("us-ascii", "windows-1252"),
        ("iso-8859-9", "windows-1254"),
        ("ks_c_5601-1987", "euc-kr"),
        ("gb2312", "gbk"),
        ("big5-hkscs", "big5"),
        ("tis-620", "windows-874"),
        ("iso-8859-15", "iso-8859-15"),
        ("utf-16", "utf-16le"),
    ],
)
def test_labels_of_the_standard_are_known(label: str, name: str) -> None:
    assert encoding_name(label) == name


@pytest.mark.parametrize("label", ["none", "", "utf-7", "replacement", "x-user-defined", "unknown-8bit", None])
def test_labels_that_name_nothing_are_not(label: str | None) -> None:
    assert encoding_name(label) is None


@pytest.mark.parametrize("label", [" Shift_JIS ", '"shift_jis"', "\tSHIFT_JIS\r\n", "'sjis'"])
def test_space_and_quotes_around_a_label_do_not_matter(label: str) -> None:
    assert encoding_name(label) == "shift_jis"


@pytest.mark.parametrize("label", ["sjis", "ujis", "latin1", "l6", "arabic", "koi8-ru", "mac", "ucs-2", "866"])
def test_every_encoding_has_a_codec(label: str) -> None:
    name = encoding_name(label)
    assert name is not None
    codecs.lookup(codec_name(name))
