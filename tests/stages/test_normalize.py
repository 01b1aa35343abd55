import pickle

import pyarrow as pa
import pytest

from stages.normalize import Normalize

DIRTY = "　ｶﾞｲﾄﾞは，か\u3099くせい\u200bと①㈱だ．  \r\nＨｉ，そして，３．１４"
CLEAN = "ガイドは、がくせいと①㈱だ。\nＨｉ，そして、３．１４"


def batch(*texts):
    return pa.record_batch({"text": pa.array(texts, pa.string()), "id": list(range(len(texts)))})


def rows(stage, *texts):
    return stage.apply(batch(*texts)).to_pylist()


def test_every_rule_is_applied_and_counted():
    assert rows(Normalize(), DIRTY) == [
        {
            "text": CLEAN,
            "id": 0,
            "num_invisible_characters": 1,
            "num_widened_characters": 5,
            "num_recomposed_characters": 2,
            "num_white_space_changes": 4,
            "num_punctuation_changes": 3,
            "num_furniture_lines": 0,
        }
    ]


@pytest.mark.parametrize(
    ("option", "column"),
    [
        ("remove_invisible", "num_invisible_characters"),
        ("widen_katakana", "num_widened_characters"),
        ("uniform_white_space", "num_white_space_changes"),
        ("japanese_punctuation", "num_punctuation_changes"),
    ],
)
def test_a_rule_that_is_off_changes_and_counts_nothing(option, column):
    row = rows(Normalize(**{option: False}), DIRTY)[0]
    assert row[column] == 0
    assert row["text"] != CLEAN


def test_the_unicode_form_is_a_choice():
    assert rows(Normalize(unicode_form="off"), "か\u3099①")[0]["text"] == "か\u3099①"
    assert rows(Normalize(unicode_form="nfkc"), "か\u3099①")[0]["text"] == "が1"


def test_furniture_is_cut_unless_switched_off():
    text = "吾輩は猫である。名前はまだ無い。" * 5 + "\nログイン"
    assert rows(Normalize(), text)[0]["num_furniture_lines"] == 1
    assert rows(Normalize(trim_furniture=False), text)[0]["text"] == text


def test_a_clean_batch_keeps_its_very_column():
    clean = batch(CLEAN, "", None)
    result = Normalize().apply(clean)
    assert result.column("text").to_pylist() == [CLEAN, "", None]
    assert result.column("text").buffers()[2].address == clean.column("text").buffers()[2].address


def test_empty_batches_pass_and_the_stage_pickles():
    stage = pickle.loads(pickle.dumps(Normalize()))
    result = stage.apply(batch())
    assert result.num_rows == 0
    assert {c.name for c in stage.columns_written()} <= set(result.schema.names)


def test_the_result_does_not_depend_on_the_batch():
    texts = [DIRTY, CLEAN, None, "", "ログイン"]
    together = [{k: v for k, v in row.items() if k != "id"} for row in rows(Normalize(), *texts)]
    alone = [{k: v for k, v in rows(Normalize(), text)[0].items() if k != "id"} for text in texts]
    assert together == alone
