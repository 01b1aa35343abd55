import pickle

import pyarrow as pa
import pytest

from stages.extract import Extract
from stages.peers import extractors

PAGE = (
    "<html lang=ja><title>雨の日｜散歩帳</title><meta property=og:site_name content=散歩帳>"
    "<nav><a href=/>最初</a></nav>"
    "<p>雨の日は、傘を差して川べりを歩きます。水面に落ちる雨を見ていると、時間を忘れてしまいます。</p>"
    "<p>帰りには、角の店で温かい茶を飲みます。店の人は、いつも静かに本を読んでいます。</p>"
)
TEXT = "雨の日は、傘を差して川べりを歩きます。水面に落ちる雨を見ていると、時間を忘れてしまいます。\n" + (
    "帰りには、角の店で温かい茶を飲みます。店の人は、いつも静かに本を読んでいます。"
)


def batch(*pages, robots=None):
    return pa.record_batch(
        {
            "html": pa.array(pages, pa.large_string()),
            "url": pa.array(["https://example.jp/"] * len(pages), pa.string()),
            "http_robots": pa.array([robots] * len(pages), pa.string()),
        }
    )


def rows(stage, *pages, **columns):
    return stage.apply(batch(*pages, **columns)).to_pylist()


def test_text_and_metadata_become_columns():
    (row,) = rows(Extract(), PAGE, robots="noai")
    assert row["text"] == TEXT
    assert row["title"] == "雨の日"
    assert row["html_language"] == "ja"
    assert row["robots"] == "noai"
    assert row["drop_reason"] is None


def test_a_page_without_text_is_dropped_with_its_reason():
    assert [row["drop_reason"] for row in rows(Extract(), "", None, "<p></p>")] == ["no_text"] * 3


def test_size_is_bounded_on_both_sides():
    size = len(PAGE.encode())
    assert rows(Extract(max_html_bytes=size), PAGE)[0]["drop_reason"] is None
    assert rows(Extract(max_html_bytes=size - 1), PAGE)[0]["drop_reason"] == "too_large"


def test_depth_is_bounded_on_both_sides():
    page = "<div>" * 10 + "<p>" + TEXT
    assert rows(Extract(max_depth=12), page)[0]["drop_reason"] is None
    assert rows(Extract(max_depth=10), page)[0]["drop_reason"] == "too_deep"


def test_an_empty_batch_has_all_columns():
    result = Extract().apply(batch())
    assert result.num_rows == 0
    assert {column.name for column in Extract.writes} <= set(result.schema.names)


def test_ruby_is_an_option():
    page = "<p><ruby>猫<rt>ねこ</rt></ruby>が、縁側で長い昼寝をしています。</p>"
    assert rows(Extract(), page)[0]["text"].startswith("猫が、")
    assert rows(Extract(keep_ruby=True), page)[0]["text"].startswith("猫（ねこ）が、")


def test_the_stage_pickles():
    assert pickle.loads(pickle.dumps(Extract(keep_ruby=True))) == Extract(keep_ruby=True)


@pytest.mark.parametrize("name", ["trafilatura", "resiliparse"])
def test_peers_give_their_text_and_our_metadata(name):
    pytest.importorskip(name)
    first, second = rows(Extract(extractor=name), PAGE, PAGE)
    assert "雨の日は、傘を差して" in first["text"]
    assert first["title"] == "雨の日"
    assert first == second
    extractors.extractor(name).stop()


def test_a_page_that_takes_too_long_is_dropped_and_the_next_is_served(monkeypatch):
    pytest.importorskip("resiliparse")
    slow = Extract(extractor="resiliparse", page_seconds=1e-6)
    assert rows(slow, PAGE)[0]["drop_reason"] == "extraction_timeout"
    assert rows(Extract(extractor="resiliparse"), PAGE)[0]["drop_reason"] is None
    extractors.extractor("resiliparse").stop()


def test_an_extractor_that_is_not_installed_is_told_before_the_run(monkeypatch):
    monkeypatch.setattr("stages.extract.find_spec", lambda name: None)
    assert Extract().check() == []
    assert Extract(extractor="trafilatura").check() == [
        "extractor trafilatura is not installed: pip install 'wabun[trafilatura]'"
    ]


def test_either_string_type_is_read():
    pages = batch(PAGE)
    plain = pages.set_column(0, "html", pages.column("html").cast(pa.string()))
    assert Extract().apply(plain).column("text").to_pylist() == [TEXT]
