import pyarrow as pa
import pytest

from stages.dedup_passages import DedupPassages
from tests.stages.gathering import gathered, kept

NAVIGATION = "ホーム｜会社案内｜お問い合わせ"
FOOTER = "当サイトの記事の無断転載を禁じます"


def body(number: int) -> str:
    return "\n".join(f"これは{number}番目の文書の{line}行目の本文である。" for line in "一二三四")


def documents(texts: list[str | None], hosts: list[str | None] | None = None) -> pa.Table:
    return pa.table(
        {
            "id": [f"id{i}" for i in range(len(texts))],
            "text": pa.array(texts, pa.string()),
            "host": pa.array(hosts or ["example.jp"] * len(texts), pa.string()),
        }
    )


def run(stage: DedupPassages, table: pa.Table, **options: int) -> pa.Table:
    made = gathered(stage, table, **options)
    return made.append_column("id", table["id"])


def test_lines_of_many_documents_of_a_host_are_cut_and_the_order_is_kept():
    texts = [f"{NAVIGATION}\n\n{body(i)}\n\n{FOOTER}" for i in range(3)]
    made = run(DedupPassages(max_documents_per_host=2), documents(texts))
    assert made["text"].to_pylist() == [body(i) for i in range(3)]
    assert made["num_cut_passages"].to_pylist() == [2, 2, 2]
    assert made["drop_reason"].null_count == 3
    expected = (len(NAVIGATION) + len(FOOTER)) / (len(NAVIGATION) + len(FOOTER) + len(body(0)) - 3)
    assert made["cut_fraction"].to_pylist() == pytest.approx([expected] * 3)


def test_at_the_limit_nothing_is_cut_and_a_repeat_in_one_document_counts_once():
    texts = [f"{NAVIGATION}\n{body(i)}\n{NAVIGATION}" for i in range(3)]
    made = run(DedupPassages(max_documents_per_host=3), documents(texts))
    assert made["text"].to_pylist() == texts
    assert made["num_cut_passages"].to_pylist() == [0, 0, 0]


def test_hosts_are_counted_apart_and_the_corpus_together():
    texts = [f"{NAVIGATION}\n{body(i)}" for i in range(4)]
    table = documents(texts, ["a.jp", "b.jp", "c.jp", None])
    assert run(DedupPassages(max_documents_per_host=1), table)["text"].to_pylist() == texts
    made = run(DedupPassages(max_documents_per_host=1, max_documents=3), table)
    assert made["text"].to_pylist() == [body(i) for i in range(4)]


def test_short_lines_are_no_passages_of_their_own():
    for line, cut in (("はい、そうです。", 1), ("はい、そうだ。", 0)):
        made = run(DedupPassages(max_documents_per_host=1), documents([f"{line}\n{body(i)}" for i in range(2)]))
        assert made["num_cut_passages"].to_pylist() == [cut, cut]


def test_a_document_that_loses_too_much_falls():
    table = documents([f"{NAVIGATION}\n{FOOTER}", f"{NAVIGATION}\n{FOOTER}\n{body(1)}", body(2)])
    made = run(DedupPassages(max_documents_per_host=1), table)
    assert made["drop_reason"].to_pylist() == ["mostly_boilerplate", None, None]
    assert made["cut_fraction"][0].as_py() == 1.0
    half = documents(["一二三四五六七八\n上中下左右東西南", "一二三四五六七八\n春夏秋冬朝昼夕夜"])
    assert len(kept(run(DedupPassages(max_documents_per_host=1), half))) == 2
    assert len(kept(run(DedupPassages(max_documents_per_host=1, max_cut_fraction=0.49), half))) == 0


def test_runs_of_lines_are_cut_where_single_lines_are_not():
    texts = [f"{body(0)}\n別の行がある。{i}\n{NAVIGATION}\n{FOOTER}" for i in range(2)] + [f"{body(9)}\n{FOOTER}"]
    made = run(DedupPassages(max_documents_per_host=1, num_lines=2, max_cut_fraction=1.0), documents(texts))
    assert made["text"].to_pylist() == ["別の行がある。0", "別の行がある。1", texts[2]]


def test_empty_and_missing_texts_pass():
    made = run(DedupPassages(max_documents_per_host=1), documents(["", None, "\n\n", NAVIGATION]))
    assert made["drop_reason"].null_count == 4
    assert made["text"].to_pylist() == ["", None, "\n\n", NAVIGATION]
    assert len(run(DedupPassages(), documents([]))) == 0


def test_nothing_depends_on_batches_memory_or_the_order_of_inputs():
    texts = [f"{NAVIGATION}{i % 3}\n{body(i)}\n{FOOTER}" for i in range(30)]
    table = documents(texts, [f"{i % 5}.jp" for i in range(30)])
    stage = DedupPassages(max_documents_per_host=4, max_documents=9)
    expected = run(stage, table)
    assert expected["num_cut_passages"].to_pylist() == [2] * 30
    for batch_rows, memory in ((1, 500), (7, 1000)):
        tight = DedupPassages(max_documents_per_host=4, max_documents=9, memory=memory)
        assert run(tight, table, batch_rows=batch_rows, seed=batch_rows).equals(expected)
    turned = list(range(29, -1, -1))
    assert run(stage, table.take(turned)).take(turned)["text"].to_pylist() == expected["text"].to_pylist()


def test_the_most_frequent_passages_are_listed():
    stage = DedupPassages(max_documents_per_host=1)
    columns = {
        "key": ["passage", "host_passage", "host_passage"],
        "hash": [1, 2, 3],
        "num_documents": [200, 30, 40],
        "beginning": ["甲", "乙", "丙"],
    }
    batch = pa.RecordBatch.from_pydict(columns, stage.verdict_schema())
    notes = stage.notes([batch])
    assert notes["num_corpus_passages"] == 1
    assert [entry["beginning"] for entry in notes["most_frequent_host_passages"]] == ["丙", "乙"]
