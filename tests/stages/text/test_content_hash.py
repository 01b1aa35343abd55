import pyarrow as pa
import xxhash

from stages.text.codepoints import codepoints
from stages.text.content_hash import content_hashes, short_hashes


def test_hashes_are_those_of_xxhash_over_utf32():
    strings = ["", "猫", "𠮷野家", "a" * 1000]
    text = codepoints(pa.array(strings))
    raw = [string.encode("utf-32-le") for string in strings]
    whole = [int(high) << 64 | int(low) for high, low in content_hashes(text).tolist()]
    assert whole == [xxhash.xxh3_128_intdigest(x) for x in raw]
    assert short_hashes(text).tolist() == [xxhash.xxh3_64_intdigest(x) for x in raw]


def test_no_texts_give_no_hashes():
    text = codepoints(pa.array([], pa.string()))
    assert content_hashes(text).shape == (0, 2)
    assert short_hashes(text).shape == (0,)


def test_one_mark_makes_another_hash():
    hashes = content_hashes(codepoints(pa.array(["バス", "パス", "ハス", "バス"])))
    assert len({tuple(row) for row in hashes.tolist()}) == 3
