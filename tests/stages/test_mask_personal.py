import pickle

import pyarrow as pa

from stages.mask_personal import MaskPersonal

TEXT = "電話 03-1234-5678、090-1234-5678、メール taro@wabun.jp、接続元 203.104.128.7"


def rows(stage, *texts):
    return stage.apply(pa.record_batch({"text": pa.array(texts, pa.string())})).to_pylist()


def test_every_kind_is_masked_and_counted():
    row = rows(MaskPersonal(), TEXT)[0]
    assert row["text"] == "電話 <電話番号>、<電話番号>、メール <メールアドレス>、接続元 <IPアドレス>"
    assert (row["num_phones"], row["num_emails"], row["num_ip_addresses"]) == (2, 1, 1)
    assert row["num_cards"] == 0
    assert "drop_reason" not in row


def test_a_kind_that_is_off_is_neither_masked_nor_counted():
    row = rows(MaskPersonal(phone="off"), TEXT)[0]
    assert "03-1234-5678" in row["text"]
    assert row["num_phones"] == 0
    assert row["num_emails"] == 1


def test_a_kind_to_drop_gives_a_reason_and_leaves_its_data():
    dropped, kept = rows(MaskPersonal(email="drop"), TEXT, "電話 03-1234-5678")
    assert dropped["drop_reason"] == "has_email"
    assert "taro@wabun.jp" in dropped["text"]
    assert kept["drop_reason"] is None
    assert kept["text"] == "電話 <電話番号>"


def test_fake_values_keep_the_shape():
    assert rows(MaskPersonal(replacement="fake"), "電話 03-1234-5678")[0]["text"] == "電話 000-0000-0000"


def test_clean_texts_nulls_and_empty_batches_pass():
    stage = pickle.loads(pickle.dumps(MaskPersonal()))
    assert [row["text"] for row in rows(stage, "文章。", None, "")] == ["文章。", None, ""]
    empty = stage.apply(pa.record_batch({"text": pa.array([], pa.string())}))
    assert {c.name for c in stage.columns_written()} <= set(empty.schema.names)
