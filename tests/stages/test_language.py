"""The stage keeps Japanese and gives every other row a reason."""

import gzip
import json
import pickle
from io import BytesIO

import pyarrow as pa
import pytest

from stages.language import Language
from stages.sample import write_sample
from tests.shared import shared_data


def batch(*texts):
    return pa.record_batch({"text": pa.array(texts, pa.string()), "id": list(range(len(texts)))})


def rows(stage, *texts):
    return stage.apply(batch(*texts)).to_pylist()


def test_japanese_is_kept_and_the_rest_is_not_japanese():
    found = rows(Language(), "春はあけぼの。やうやう白くなりゆく山ぎは。", "Spring: the dawn.", None, "")
    assert [row["drop_reason"] for row in found] == [None, "not_japanese", "not_japanese", "not_japanese"]
    assert [row["language"] for row in found] == ["ja", "en", "und", "und"]
    assert [row["id"] for row in found] == [0, 1, 2, 3]


def test_the_threshold_is_the_least_score_kept():
    text = "データ Data を sort する"
    score = rows(Language(), text)[0]["language_score"]
    assert 0.5 < score < 1
    assert rows(Language(min_score=score), text)[0]["drop_reason"] is None
    assert rows(Language(min_score=score + 1e-9), text)[0]["drop_reason"] == "not_japanese"


def test_the_scripts_can_be_switched_off():
    text = "The icon is described on this page of the manual. " * 6 + "並べ替えの条件を指定します。" * 60
    assert rows(Language(), text)[0]["language"] == "ja"
    assert rows(Language(use_scripts=False), text)[0]["language"] == "en"


def test_columns_are_of_the_declared_types():
    result = Language().apply(batch("こんにちは"))
    for column in Language().columns_written():
        assert result.schema.field(column.name).type == column.type


def test_empty_batches_pass_and_the_stage_pickles():
    stage = pickle.loads(pickle.dumps(Language()))
    stage.warm()
    result = stage.apply(batch())
    assert result.num_rows == 0
    assert {c.name for c in stage.columns_written()} <= set(result.schema.names)


def test_the_result_does_not_depend_on_the_batch():
    texts = ["吾輩は猫である。", "我是猫。", None, "I am a cat.", "나는 고양이다."]
    together = [{k: v for k, v in row.items() if k != "id"} for row in rows(Language(), *texts)]
    alone = [{k: v for k, v in rows(Language(), text)[0].items() if k != "id"} for text in texts]
    assert together == alone


def test_a_model_that_is_missing_is_told_before_work():
    assert Language().check() == []
    assert Language(model="/nowhere/lid.bin").check() == ["language.model: /nowhere/lid.bin: no such language model"]


def test_the_licence_of_the_model_is_named():
    assert "lid.176" in Language().licences()[0]


def test_every_page_of_the_sample_is_told():
    records = [r for r in write_sample(BytesIO(), num_pages=400).records if r.text]
    found = rows(Language(), *(r.text for r in records))
    assert [
        r.url for r, row in zip(records, found, strict=True) if (row["language"] == "ja") != (r.language == "ja")
    ] == []


@pytest.mark.parametrize("use_extra_line", [False, True])
def test_paragraphs_of_the_universal_declaration_are_told(use_extra_line):
    with gzip.open(shared_data("udhr.lid.jsonl.gz"), "rt", encoding="utf-8") as lines:
        wanted = ("ja", "zh", "zh-Hant", "yue", "ko", "wuu", "hak")
        paragraphs = [row for row in map(json.loads, lines) if row["lang"] in wanted]
    texts = [("\n" if use_extra_line else "") + row["text"] for row in paragraphs]
    kept = [row["drop_reason"] is None for row in rows(Language(), *texts)]
    right = sum(k == (row["lang"] == "ja") for k, row in zip(kept, paragraphs, strict=True))
    assert right / len(paragraphs) >= 0.995


def test_labelled_pages_are_told_with_recall_and_precision():
    """Texts of real pages: at least .995 of each."""
    with gzip.open(shared_data("web.labels.jsonl.gz"), "rt", encoding="utf-8") as lines:
        labels = {row["page_id"]: row for row in map(json.loads, lines) if row["lang_eval"]}
    with gzip.open(shared_data("web.gold.jsonl.gz"), "rt", encoding="utf-8") as lines:
        texts = {row["page_id"]: row["text"] for row in map(json.loads, lines) if len(row["text"]) >= 100}
    ids = sorted(texts.keys() & labels.keys())
    kept = [row["drop_reason"] is None for row in rows(Language(), *(texts[i] for i in ids))]
    japanese = [labels[i]["language"] == "ja" for i in ids]
    right = sum(k and j for k, j in zip(kept, japanese, strict=True))
    assert right / sum(japanese) >= 0.995
    assert right / sum(kept) >= 0.995
