import datetime as dt
import random

import numpy as np
import pyarrow as pa
import pytest

from pipeline.errors import InputError
from stages.dedup_near import DedupNear
from tests.stages.gathering import MemorySketches, gathered, kept

LETTERS = (
    "いろはにほへとちりぬるをわかよたれそつねならむうゐのおくやまけふこえてあさきゆめみしゑひもせす日月火水木金土山川田"
)


def prose(seed: int, length: int = 1000) -> str:
    return "".join(random.Random(seed).choices(LETTERS, k=length))


def edited(text: str, edits: int, seed: int = 0) -> str:
    characters = list(text)
    for place in random.Random(seed).sample(range(len(text)), edits):
        characters[place] = "＊"
    return "".join(characters)


def documents(*texts: str | None, **columns: list) -> pa.Table:
    first = dt.datetime(2024, 1, 1, tzinfo=dt.UTC)
    dates = [first + dt.timedelta(days=i) for i in range(len(texts))]
    return pa.table(
        {
            "id": pa.array([f"id{i}" for i in range(len(texts))], pa.string()),
            "text": pa.array(texts, pa.string()),
            "date": pa.array(dates, pa.timestamp("us", tz="UTC")),
            "num_characters": pa.array([len(text or "") for text in texts], pa.int64()),
            **columns,
        }
    )


def test_near_duplicates_fall_with_the_id_of_what_they_repeat():
    made = gathered(DedupNear(), documents(prose(1), prose(2), edited(prose(1), 8), edited(prose(1), 5)))
    assert made["drop_reason"].to_pylist() == [None, None, "near_duplicate", "near_duplicate"]
    assert made["duplicate_of"].to_pylist() == [None, None, "id0", "id0"]
    assert made["cluster_size"].to_pylist() == [3, 1, 3, 3]
    ids = made["cluster_id"].to_pylist()
    assert ids[0] == ids[2] == ids[3] != ids[1]


def test_strangers_are_not_merged():
    made = gathered(DedupNear(bands=40, rows=3), documents(*(prose(i, 300) for i in range(300))))
    assert made["drop_reason"].null_count == 300


def test_dakuten_tell_documents_apart():
    texts = ["バスに乗る", "パスに乗る", "ハスに乗る", "ﾊﾞｽに乗る"]
    assert kept(gathered(DedupNear(), documents(*texts))) == ["id0", "id1", "id2"]


def test_white_space_and_punctuation_count_as_told():
    spaced = " ".join(prose(1))
    table = documents(prose(1), spaced, "。".join(prose(1)))
    assert kept(gathered(DedupNear(), table)) == ["id0", "id2"]
    assert kept(gathered(DedupNear(keep_white_space=True), table)) == ["id0", "id1", "id2"]
    assert kept(gathered(DedupNear(keep_punctuation=False), table)) == ["id0"]


def test_empty_documents_stand_alone_and_short_ones_are_duplicates_only_when_equal():
    long = prose(3, 19)
    texts = ["", None, "猫", "猫", "三文字", "三文字", "三文犬", long, long[:-1] + "犬", long]
    made = gathered(DedupNear(bands=100, rows=1), documents(*texts))
    assert made["duplicate_of"].to_pylist() == [None] * 3 + ["id2", None, "id4", None, None, None, "id7"]


def test_a_text_of_the_least_length_is_compared_by_its_shingles():
    text = prose(3, 20)
    for least, expected in ((20, 1), (21, 2)):
        stage = DedupNear(bands=100, rows=1, min_characters=least)
        assert len(kept(gathered(stage, documents(text, text[:-1] + "犬")))) == expected


@pytest.mark.parametrize(
    ("keep", "winner"), [("oldest", "id0"), ("newest", "id2"), ("longest", "id1"), ("best", "id2")]
)
def test_keep_chooses_the_representative(keep, winner):
    text = prose(4)
    table = documents(text, text + "。あい", text + "。", quality_score=pa.array([0.2, None, 0.9]))
    made = gathered(DedupNear(keep=keep), table)
    assert kept(made) == [winner]


def test_clusters_join_through_a_third():
    text = prose(5, 2000)
    far = edited(text, 400, 1)
    between = "".join(b if i < 1000 else a for i, (a, b) in enumerate(zip(text, far, strict=True)))
    stage = DedupNear(bands=60, rows=4)
    assert gathered(stage, documents(text, far))["cluster_size"].to_pylist() == [1, 1]
    assert gathered(stage, documents(text, far, between))["cluster_size"].to_pylist() == [3, 3, 3]


def test_copies_that_fell_before_count_in_the_cluster():
    table = documents(prose(6), edited(prose(6), 3), prose(7), num_copies=pa.array([5, 2, 4]))
    assert gathered(DedupNear(count_copies=True), table)["cluster_size"].to_pylist() == [7, 7, 4]


def test_repeat_follows_the_table_on_both_sides_of_each_size():
    texts = [prose(1)] + [prose(2)] * 2 + [prose(3)] * 3
    made = gathered(DedupNear(repeat=((3, 0.5), (2, 4.0))), documents(*texts))
    assert made["repeat"].to_pylist() == [1.0, 4.0, 4.0, 0.5, 0.5, 0.5]
    assert "repeat" not in gathered(DedupNear(), documents("犬")).schema.names


def test_threshold_chooses_bands_and_rows():
    assert DedupNear(threshold=0.8).banding() == (13, 8)
    assert DedupNear().banding() == (14, 8)
    assert DedupNear(threshold=0.05, num_perm=4).check()
    assert not DedupNear(threshold=0.5).check()


@pytest.mark.parametrize("verify", ["signature", "exact"])
def test_verified_pairs_are_alike_and_strangers_that_share_a_key_are_not_merged(verify):
    footer = prose(999, 100)
    texts = [prose(i, 300) + footer for i in range(60)] + [edited(prose(i, 300), 2, i) + footer for i in range(60)]
    loose = {"bands": 100, "rows": 1}
    assert len(kept(gathered(DedupNear(**loose), documents(*texts)))) < 20
    stage = DedupNear(verify=verify, min_jaccard=0.6, **loose)
    made = gathered(stage, documents(*texts))
    assert made["duplicate_of"].to_pylist() == [None] * 60 + [f"id{i}" for i in range(60)]
    tight = DedupNear(verify=verify, min_jaccard=0.6, memory=500_000 if verify == "exact" else 40_000, **loose)
    assert gathered(tight, documents(*texts), batch_rows=70) == made
    order = np.random.default_rng(0).permutation(len(texts))
    turned = gathered(stage, documents(*texts).take(order)).take(np.argsort(order))
    assert turned.drop_columns("row") == made.drop_columns("row")


def test_verification_keeps_short_and_empty_documents_as_they_are():
    texts = ["", "猫", "猫", "三文字", prose(1), prose(1)]
    for verify in ("signature", "exact"):
        made = gathered(DedupNear(verify=verify, min_jaccard=1.0), documents(*texts))
        assert made["duplicate_of"].to_pylist() == [None, None, "id1", None, None, "id4"]
    assert "leave one of the two" in DedupNear(verify="exact", index="somewhere", index_as="a").check()[0]


def test_detection_follows_the_curve():
    pairs = [(prose(i, 400), edited(prose(i, 400), 16, i)) for i in range(150)]

    def jaccard(a: str, b: str) -> float:
        left, right = ({text[i : i + 5] for i in range(len(text) - 4)} for text in (a, b))
        return len(left & right) / len(left | right)

    stage = DedupNear(bands=14, rows=8)
    expected = [stage.banding().detection(jaccard(a, b.replace("＊", "*"))) for a, b in pairs]
    made = gathered(stage, documents(*(text for pair in pairs for text in pair)))
    found = 300 - made["drop_reason"].null_count
    deviation = np.sqrt(sum(p * (1 - p) for p in expected))
    assert abs(found - sum(expected)) < 4 * deviation


def test_nothing_depends_on_batches_memory_or_the_order_of_inputs():
    texts = [edited(prose(i % 12, 200), i // 12, i) for i in range(72)] + ["", "短い", "短い"]
    table = documents(*texts)
    columns = ["id", "drop_reason", "duplicate_of", "cluster_size", "cluster_id"]
    expected = gathered(DedupNear(), table).select(columns)
    assert expected["drop_reason"].null_count < 50
    for batch_rows, memory, seed in ((1, 1000, 1), (7, 3000, 2)):
        assert gathered(DedupNear(memory=memory), table, batch_rows=batch_rows, seed=seed).select(columns) == expected
    order = np.random.default_rng(0).permutation(len(texts))
    turned = gathered(DedupNear(), table.take(order)).select(columns)
    assert turned.take(np.argsort(order)) == expected


def test_more_documents_than_a_link_can_number_are_refused():
    sketches = MemorySketches([], (1 << 32) - 1)
    assert DedupNear().num_parts(sketches) == 14
    sketches.num_rows += 1
    with pytest.raises(InputError, match="4,294,967,296 documents are more than the 4,294,967,295 of one run"):
        DedupNear().num_parts(sketches)


def test_no_documents_pass():
    assert len(gathered(DedupNear(), documents())) == 0


@pytest.mark.parametrize("options", [{}, {"verify": "signature"}, {"bands": 3}, {"keep": "longest"}])
def test_a_sketch_takes_the_bytes_that_the_plan_says(options):
    stage = DedupNear(**options)
    table = documents(*(prose(i, 60) for i in range(500)))
    ids = pa.array([f"<urn:uuid:{i:032d}-----a>"[:47] for i in range(500)])
    table = table.set_column(0, "id", ids).append_column("row", pa.array(np.arange(500)))
    sketch = stage.sketch(table.combine_chunks().to_batches()[0])
    assert sketch.nbytes / 500 == pytest.approx(stage.bytes_per_document()["sketch"], rel=0.05)
    assert stage.bytes_per_document()["link"] == 8 * stage.bands


def test_a_place_in_the_index_is_counted():
    told = DedupNear(index="index").bytes_per_document()
    remembered = DedupNear(index="index", index_as="a").bytes_per_document()
    assert remembered["settle"] - told["settle"] == 14 * 16 + 2 * 51 + 4 * 8
