import pytest

from stages.text.adult_urls import is_adult_url


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("www.pornsite.com", ""),
        ("free-porn.example", "/"),
        ("porn18.example", "/"),
        ("example.xxx", "/"),
        ("sexy-girls.jp", ""),
        ("adult.example.jp", ""),
        ("blog.example", "/ero/1.html"),
        ("blog.example", "/2024/hitozuma-3"),
        ("blog.example", "/エロ動画/"),
        ("blog.example", "/tag/%E3%82%A2%E3%83%80%E3%83%AB%E3%83%88%E5%8B%95%E7%94%BB"),
        ("blog.example", "/AV女優"),
    ],
)
def test_adult_words_are_found(host, path):
    assert is_adult_url(host, path)


@pytest.mark.parametrize(
    ("host", "path"),
    [
        ("www.essex.ac.uk", "/"),
        ("sussex.example", "/middlesex"),
        ("example.jp", "/sextant/hero/zero/erosion"),
        ("example.jp", "/sex-education/"),
        ("adult-education.example.jp", ""),
        ("fuzoku.example.ac.jp", "/fuzoku/"),
        ("example.jp", "/analysis/analog"),
        ("example.jp", "/hentaigana/"),
        ("example.jp", "/bmw/r18/"),
        ("example.jp", "/docs/xxx.html"),
        ("pornic.example.fr", ""),
        ("example.jp", "/エロイカ/アダルトチルドレン"),
        ("example.jp", "/ヘテロエロス"),
        ("example.jp", "/%E3%82%%%FF"),
        ("", ""),
    ],
)
def test_words_that_hold_them_are_not(host, path):
    assert not is_adult_url(host, path)


def test_the_end_of_a_hostile_path_is_not_read():
    assert not is_adult_url("example.jp", "/" + "a/" * 1_000_000 + "porn")
