import datetime as dt

import pyarrow as pa
import pytest

from stages.dedup_exact import DedupExact
from tests.stages.gathering import gathered, kept


def documents(*rows: tuple) -> pa.Table:
    """Rows of (text, url, day), with the ids a, b, c, …; a day of None is no date."""
    return pa.table(
        {
            "id": pa.array([chr(ord("a") + i) for i in range(len(rows))], pa.string()),
            "text": pa.array([row[0] for row in rows], pa.string()),
            "url": pa.array([row[1] for row in rows], pa.string()),
            "date": pa.array(
                [row[2] and dt.datetime(2024, 1, row[2], tzinfo=dt.UTC) for row in rows], pa.timestamp("us", tz="UTC")
            ),
            "num_characters": pa.array([len(row[0] or "") for row in rows], pa.int64()),
        }
    )


U = "https://example.jp/"


def test_equal_texts_keep_the_oldest_and_name_it():
    made = gathered(DedupExact(), documents(("犬", U, 3), ("犬", U, 1), ("猫", U, 2), ("犬", U, 2)))
    assert made["drop_reason"].to_pylist() == ["exact_duplicate", None, None, "exact_duplicate"]
    assert made["duplicate_of"].to_pylist() == ["b", None, None, "b"]
    assert made["num_copies"].to_pylist() == [3, 3, 1, 3]


@pytest.mark.parametrize(("keep", "winner"), [("oldest", "b"), ("newest", "c"), ("longest", "d")])
def test_keep_chooses_the_representative(keep, winner):
    table = documents(("犬", U, 2), ("犬 ", U, 1), ("犬", U, 3), ("犬   ", U, None))
    assert kept(gathered(DedupExact(keep=keep), table)) == [winner]


def test_a_document_without_a_date_is_the_last_choice():
    for keep in ("oldest", "newest"):
        assert kept(gathered(DedupExact(keep=keep), documents(("犬", U, None), ("犬", U, 9)))) == ["b"]


def test_width_and_white_space_do_not_make_another_text_but_dakuten_do():
    table = documents(("ﾊﾞｽ に乗る", U, 1), ("バスに乗る", U, 2), ("パスに乗る", U, 3), ("ハスに乗る", U, 4))
    assert kept(gathered(DedupExact(), table)) == ["a", "c", "d"]
    assert kept(gathered(DedupExact(keep_white_space=True), table)) == ["a", "b", "c", "d"]


def test_punctuation_makes_another_text_unless_told_otherwise():
    table = documents(("犬。", U, 1), ("犬！", U, 2))
    assert len(kept(gathered(DedupExact(), table))) == 2
    assert len(kept(gathered(DedupExact(keep_punctuation=False), table))) == 1


def test_empty_texts_are_not_duplicates_of_each_other():
    made = gathered(DedupExact(by="both"), documents(("", U, 1), ("", U, 2), (None, U, 3), (" \n", U, 4)))
    assert made["drop_reason"].null_count == 4
    assert made["num_copies"].to_pylist() == [1, 1, 1, 1]


def test_one_address_keeps_the_newest_capture():
    table = documents(
        ("古い", "http://Example.jp/?utm_source=x", 1), ("新しい", U, 2), ("別", U + "b", 3), ("別", None, 4)
    )
    made = gathered(DedupExact(by="url", keep="newest"), table)
    assert made["drop_reason"].to_pylist() == ["duplicate_url", None, None, None]
    assert made["duplicate_of"].to_pylist() == ["b", None, None, None]


def test_documents_without_an_address_are_not_the_same_address():
    assert len(kept(gathered(DedupExact(by="url"), documents(("犬", None, 1), ("猫", None, 2), ("鳥", "", 3))))) == 3


def test_both_joins_by_either_and_tells_which():
    table = documents(("犬", U, 1), ("犬", U + "b", 2), ("猫", U, 3), ("鳥", U + "c", 4))
    made = gathered(DedupExact(by="both"), table)
    assert made["drop_reason"].to_pylist() == [None, "exact_duplicate", "duplicate_url", None]


def test_nothing_depends_on_batches_memory_or_the_order_of_inputs():
    rows = [(f"文{i % 7}", f"{U}{i % 11}", 1 + i % 5) for i in range(60)]
    table = documents(*rows)
    expected = gathered(DedupExact(by="both"), table)
    for batch_rows, memory, seed in ((1, 400, 1), (7, 900, 2), (60, 10**9, 3)):
        assert gathered(DedupExact(by="both", memory=memory), table, batch_rows=batch_rows, seed=seed).select(
            ["id", "drop_reason", "duplicate_of", "num_copies"]
        ) == expected.select(["id", "drop_reason", "duplicate_of", "num_copies"])
    turned = gathered(DedupExact(by="both"), table.take(list(range(59, -1, -1))))
    assert (
        turned.select(["drop_reason", "duplicate_of"]).take(list(range(59, -1, -1))).to_pylist()
        == expected.select(["drop_reason", "duplicate_of"]).to_pylist()
    )


def test_no_documents_pass():
    assert len(gathered(DedupExact(), documents())) == 0
