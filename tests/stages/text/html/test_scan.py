import pytest

from stages.text.html.scan import scan


def lines(html, **options):
    found = scan(html.encode(), **options)
    return [found.text[row[0] : row[1]].tobytes().decode() for row in found.blocks]


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<p>一<p>二", ["一", "二"]),
        ("<ul><li>一<li>二</ul>", ["一", "二"]),
        ("<table><tr><td>一<td>二<tr><td>三</table>", ["一", "二", "三"]),
        ("<dl><dt>語<dd>意味<dt>次", ["語", "意味", "次"]),
        ("<h1>題<h2>副題", ["題", "副題"]),
        ("<select><option>甲<option>乙</select>外", ["外"]),
        ("<div>前<div>中</div>後</div>", ["前", "中", "後"]),
        ("<p>段落</div>の続き", ["段落の続き"]),
        ("前</p>後", ["前", "後"]),
        ("前<br>後</br>終", ["前", "後", "終"]),
        ("前<hr>後", ["前", "後"]),
    ],
)
def test_end_tags_are_implied(html, expected):
    assert lines(html) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("前<!-- <p>注釈 -->後", "前後"),
        ("前<!-->後", "前後"),
        ("前<!--->後", "前後"),
        ("前<!-- --!>後", "前後"),
        ("前<!-- 終わらない注釈", "前"),
        ("前<!doctype html>後", "前後"),
        ("前<?php echo ?>後", "前後"),
        ("前<![CDATA[中]]>後", "前後"),
        ("前</>後", "前後"),
        ("前</ 偽 >後", "前後"),
        ("前< 後", "前< 後"),
        ("前<3後", "前<3後"),
        ("前<", "前<"),
        ("前<b", "前"),
        ("前<b title='終わらない", "前"),
        ("前<b title=a/>後", "前後"),
        ("前<b/>後", "前後"),
        ("前<b =x>後", "前後"),
        ("前<script>a</scripty>b</script >後", "前後"),
        ("前<script>終わらない", "前"),
        ("前<textarea><p>入力</textarea>後", "前後"),
        ("前<iframe><p>枠</iframe>後", "前後"),
        ("前<style>p{}</STYLE>後", "前後"),
        ("前\0後", "前後"),
        ("前<b\0>後", "前後"),
        ("前<o:p>中</o:p>後", "前中後"),
    ],
)
def test_markup_is_told_from_text(html, expected):
    assert "".join(lines(html)) == expected


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("日本\n語", "日本語"),
        ("日本 語", "日本 語"),
        ("日本\nEnglish", "日本 English"),
        ("one\ntwo", "one two"),
        ("가나\n다라", "가나 다라"),
        ("文。\n<b>次</b>", "文。次"),
        ("a<b> </b>b", "a b"),
        ("a <b> b", "a b"),
        ("  <b>a</b>  ", "a"),
        ("一&nbsp;&nbsp;二", "一  二"),
        ("&nbsp;一&nbsp;", "一"),
        ("　字下げ", "　字下げ"),
        ("&#10;一&#32;&#10;二", "一二"),
        ("「……\n…」", "「………」"),
    ],
)
def test_white_space_is_what_a_reader_sees(html, expected):
    assert lines(f"<p>{html}</p>") == [expected]


def test_preformatted_text_keeps_its_line_feeds():
    assert lines("<pre>\n一\r\n  二\r三  \n</pre>") == ["一\n  二\n三"]
    assert lines("<pre>\n\n一</pre>") == ["\n一"]
    assert lines("<p>一</p><pre>   </pre>") == ["一"]


def test_readings_are_dropped_or_put_in_brackets():
    ruby = "<p><ruby>漢字<rp>(</rp><rt>かんじ</rt><rp>)</rp></ruby>と<ruby>仮名<rt>かな</ruby>"
    assert lines(ruby) == ["漢字と仮名"]
    assert lines(ruby, keep_ruby=True) == ["漢字（かんじ）と仮名（かな）"]
    assert lines("<ruby>東<rt>とう<rb>京<rt>きょう</ruby>", keep_ruby=True) == ["東（とう）京（きょう）"]
    assert lines("<p hidden><ruby>漢<rt>かん</ruby></p>外", keep_ruby=True) == ["外"]


@pytest.mark.parametrize(
    ("attribute", "shown"),
    [
        ("hidden", False),
        ("hidden=until-found", True),
        ('style="display:none"', False),
        ('style="color: red; DISPLAY : None;"', False),
        ("style=visibility:hidden", False),
        ('style="display:block"', True),
        ('aria-hidden="true"', True),
        ('data-hidden="1"', True),
        ("class=hidden-gem", True),
    ],
)
def test_hidden_elements_are_not_text(attribute, shown):
    assert lines(f"<p>前</p><div {attribute}><b>中</b></div><p>後</p>") == (
        ["前", "中", "後"] if shown else ["前", "後"]
    )


def test_a_hidden_inline_element_ends_where_it_ends():
    assert lines("前<span hidden>中<span>内</span>中</span>後") == ["前後"]


def test_a_hidden_body_is_shown():
    assert lines('<body style="display:none">本文') == ["本文"]


def test_head_is_no_text_but_what_follows_it_is():
    assert lines("<head><title>題</title>頭<p>本文") == ["本文"]
    assert lines("<title>題</title>本文") == ["本文"]


def test_links_are_counted_by_characters():
    (row,) = scan("<p>前<a href=x>連鎖</a><a name=y>印</a></p>".encode()).blocks
    assert row[3] == 4
    assert row[4] == 2


def test_an_unclosed_link_ends_with_its_paragraph():
    first, second = scan("<p><a href=x>連鎖</p><p>外</p>".encode()).blocks
    assert (first[4], second[4]) == (2, 0)


def test_depth_is_bounded_on_both_sides():
    assert not scan(b"<div>" * 9 + b"x", max_depth=10).too_deep
    assert scan(b"<div>" * 11 + b"x", max_depth=10).too_deep


def test_unclosed_inline_elements_make_no_depth():
    assert lines("<font size=2>文" * 2000, max_depth=10) == ["文" * 2000]


def test_ordered_lists_count_from_their_start():
    nodes = scan(b"<ol start=3><li>a<li value=8>b<li>c</ol><ol><li>d<ul><li>e</ul><li>f</ol>").nodes
    assert [int(row[4]) for row in nodes if row[3] >= 0 and row[4] >= 0] == [3, 8, 9, 1, 2]
