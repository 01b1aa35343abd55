import pytest
from hypothesis import given
from hypothesis import strategies as st

from stages.text.decoding import decode

ENCODINGS = [
    "utf-8",
    "shift_jis",
    "euc-jp",
    "iso-2022-jp",
    "euc-kr",
    "gbk",
    "gb18030",
    "big5",
    "windows-1252",
    "utf-16le",
]


@pytest.mark.parametrize(
    ("encoding", "raw"),
    [
        ("shift_jis", b"\x87\x40\xfa\xb1\x81\x60\xb1"),
        ("euc-jp", b"\xad\xa1\xf9\xf5\xa1\xc1\x8e\xb1"),
        ("iso-2022-jp", b"\x1b$B-!yu!A\x1b(I1\x1b(B"),
    ],
)
def test_signs_of_nec_and_ibm_and_half_width_kana_are_read(encoding: str, raw: bytes) -> None:
    assert decode(raw, encoding) == "①﨑～ｱ"


@pytest.mark.parametrize("encoding", ["shift_jis", "euc-jp", "iso-2022-jp"])
def test_the_three_read_the_same_signs(encoding: str) -> None:
    text = "～∥－￠￡￢漢字"
    pairs = bytes.fromhex("2141 2142 215d 2171 2172 224c 3441 3b7a")  # row and cell of each
    raw = {
        "iso-2022-jp": b"\x1b$B" + pairs + b"\x1b(B",
        "euc-jp": bytes(byte | 0x80 for byte in pairs),
        "shift_jis": text.encode("cp932"),
    }[encoding]
    assert decode(raw, encoding) == text


@pytest.mark.parametrize("escape", [b"\x1b$@", b"\x1b$B", b"\x1b$(B", b"\x1b&@\x1b$B"])
def test_every_escape_to_jis_x_0208_is_known(escape: bytes) -> None:
    assert decode(b"<p>" + escape + b"F|K\\" + b"\x1b(J</p>\x1b(B!", "iso-2022-jp") == "<p>日本</p>!"


def test_the_supplementary_set_is_read() -> None:
    assert decode(b"\x1b$(D0!\x1b(B", "iso-2022-jp") == b"\x8f\xb0\xa1".decode("euc_jp")


def test_a_line_end_inside_a_double_byte_run_stays() -> None:
    assert decode(b"\x1b$BF|\nK\\\x1b(B", "iso-2022-jp") == "日\n本"


def test_eight_bit_half_width_kana_in_iso_2022_jp_are_read() -> None:
    assert decode(b"\xb1\xb2 \x1b$BF|\x1b(B", "iso-2022-jp") == "ｱｲ 日"


def test_wave_dashes_in_utf8_stay_as_they_are() -> None:
    assert decode("〜−¢".encode(), "utf-8") == "〜−¢"


def test_nuls_go_and_byte_order_marks_go() -> None:
    assert decode(b"\xef\xbb\xbfa\0b", "utf-8") == "ab"
    assert decode("\ufeff和文".encode("utf-16-le"), "utf-16le") == "和文"


def test_lone_surrogates_become_replacement_characters() -> None:
    assert "\ud800" not in decode("a\ud800b".encode("utf-16-le", "surrogatepass"), "utf-16le")
    assert decode(b"a\xed\xa0\x80b", "utf-8").strip("\ufffd") == "a" + decode(b"\xed\xa0\x80", "utf-8") + "b"


def test_a_pair_that_exists_nowhere_costs_one_character() -> None:
    assert decode("あ".encode("euc_jp") + b"\xae\xa1" + "い".encode("euc_jp"), "euc-jp") == "あ\ufffdい"


def test_bytes_in_another_encoding_are_decoded_in_linear_time() -> None:
    text = decode("春はあけぼの。".encode("cp932") * 200_000, "euc-jp")
    assert text.count("\ufffd") > 100_000


@given(st.binary(max_size=300), st.sampled_from(ENCODINGS))
def test_any_bytes_become_text_that_can_be_stored(payload: bytes, encoding: str) -> None:
    text = decode(payload, encoding)
    assert "\0" not in text
    text.encode()


@given(st.text(st.characters(codec="cp932", exclude_characters="\0\ufeff¢£¬‖−〜"), max_size=80))
def test_text_in_shift_jis_comes_back(text: str) -> None:
    assert decode(text.encode("cp932"), "shift_jis") == text.encode("cp932").decode("cp932")
