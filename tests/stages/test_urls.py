import pickle

import pyarrow as pa
import pytest

from stages.urls import JudgeUrls


def judged(stage, *urls):
    return stage.apply(pa.record_batch({"url": pa.array(urls, pa.string())}))


def reasons(stage, *urls):
    return judged(stage, *urls).column("drop_reason").to_pylist()


@pytest.fixture
def lists(tmp_path):
    (tmp_path / "ut1/adult").mkdir(parents=True)
    (tmp_path / "ut1/adult/domains").write_text("bad.co.jp\nsub.half.jp\ntk\n")
    (tmp_path / "ut1/adult/urls").write_text("www.mixed.jp/private\n")
    return {"lists": (str(tmp_path / "ut1"),), "cache": str(tmp_path / "cache")}


def test_hosts_and_their_subdomains_are_blocked_and_neighbours_kept(lists):
    urls = [
        "http://bad.co.jp/",
        "https://www.bad.co.jp/x",
        "http://notbad.co.jp/",
        "http://half.jp/",
        "http://a.sub.half.jp",
    ]
    assert reasons(JudgeUrls(**lists), *urls) == ["blocked_host", "blocked_host", None, None, "blocked_host"]


def test_pages_below_a_listed_address_are_blocked(lists):
    urls = ["http://www.mixed.jp/private/1?x", "http://www.mixed.jp/privately", "http://www.mixed.jp/"]
    assert reasons(JudgeUrls(**lists), *urls) == ["blocked_url", None, None]


def test_a_listed_top_level_domain_blocks_its_hosts(lists):
    assert reasons(JudgeUrls(**lists), "http://a.b.tk/") == ["blocked_tld"]


def test_top_level_domains_are_blocked_or_allowed_by_option():
    urls = ["http://a.jp/", "http://a.xyz/", "http://a.cn/", "http://203.104.1.2/"]
    assert reasons(JudgeUrls(blocked_tlds=(".cn",)), *urls) == [None, None, "blocked_tld", None]
    assert reasons(JudgeUrls(allowed_tlds=("jp", "xyz")), *urls) == [None, None, "blocked_tld", None]


def test_hosts_named_in_the_config_are_blocked_with_all_below():
    stage = JudgeUrls(blocked_hosts=("*.5ch.net", "wikipedia.org"))
    assert reasons(stage, "https://ja.wikipedia.org/", "http://news.5ch.net/", "http://15ch.net/") == [
        "blocked_host",
        "blocked_host",
        None,
    ]


def test_adult_words_are_an_option():
    assert reasons(JudgeUrls(), "http://porn.example/") == ["adult_url"]
    assert reasons(JudgeUrls(adult_words=False), "http://porn.example/") == [None]
    assert reasons(JudgeUrls(), "http://example.jp/search?q=porn") == [None]


def test_the_registered_domain_is_written():
    domains = judged(JudgeUrls(), "https://www.example.co.jp/a", "nonsense", None).column("registered_domain")
    assert domains.to_pylist() == ["example.co.jp", None, None]


def test_an_empty_batch_passes_and_the_stage_pickles(lists):
    stage = pickle.loads(pickle.dumps(JudgeUrls(**lists)))
    stage.warm()
    assert judged(stage).num_rows == 0


def test_lists_that_are_not_there_are_told_before_the_run(lists):
    assert JudgeUrls(**lists).check() == []
    assert "neither a file nor a folder" in JudgeUrls(lists=("/none",)).check()[0]
