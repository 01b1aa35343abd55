import pickle

import pyarrow as pa

from stages.ng_words import CountNgWords


def batch(*texts):
    return pa.record_batch({"text": pa.array(texts, pa.string())})


def test_counts_stand_in_a_column_for_each_list(tmp_path):
    (tmp_path / "Animals-1.txt").write_text("猫\n犬\n")
    stage = CountNgWords(lists=(str(tmp_path / "Animals-1.txt"), "advertisement"))
    row = stage.apply(batch("猫と犬と猫は送料無料")).to_pylist()[0]
    assert row["ng_animals_1_distinct"] == 2
    assert row["ng_animals_1_total"] == 3
    assert row["ng_advertisement_distinct"] == 1
    assert row["num_ng_words"] == 3
    assert row["ng_fraction"] == 7 / 10
    assert "drop_reason" not in row


def test_the_limit_is_judged_on_both_sides():
    stage = CountNgWords(max_ng_fraction=0.2)
    reasons = stage.apply(batch("送料無料" + "あ" * 16, "送料無料" + "あ" * 17)).column("drop_reason")
    assert reasons.to_pylist() == ["ng_words", None]


def test_an_empty_batch_has_every_column():
    stage = pickle.loads(pickle.dumps(CountNgWords()))
    stage.warm()
    result = stage.apply(batch())
    assert {c.name: c.type for c in stage.columns_written()}.items() <= dict(
        zip(result.schema.names, result.schema.types, strict=True)
    ).items()


def test_lists_that_cannot_be_read_are_told_before_the_run(tmp_path):
    assert CountNgWords().check() == []
    problems = CountNgWords(lists=(str(tmp_path / "none.txt"), "no_such_list")).check()
    assert len(problems) == 2
    assert all("there is no file" in p for p in problems)
    assert "one name" in CountNgWords(lists=("advertisement", "advertisement")).check()[0]
