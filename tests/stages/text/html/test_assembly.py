import pytest

from stages.text.html import extract

PROSE = "この段落は、本文であることがよくわかるように、すこし長めに書いてある。読点も句点もある。"


def text(html):
    return (
        extract(f"<p>{PROSE}</p>{html}<p>{PROSE}</p>".encode()).text.removeprefix(PROSE).removesuffix(PROSE).strip("\n")
    )


@pytest.mark.parametrize(
    ("html", "expected"),
    [
        ("<ul><li>りんごを一つ<li>みかんを二つ</ul>", "・りんごを一つ\n・みかんを二つ"),
        ("<ol><li>洗って皮をむく<li>切って煮る</ol>", "1. 洗って皮をむく\n2. 切って煮る"),
        ("<ol start=0><li>洗って皮をむく<li>切って煮る</ol>", "0. 洗って皮をむく\n1. 切って煮る"),
        ("<ol start=999999><li>洗って皮をむく<li>切って煮る</ol>", "999999. 洗って皮をむく\n1000000. 切って煮る"),
        ("<ul><li>・りんごを一つ<li>※みかんを二つ</ul>", "・りんごを一つ\n※みかんを二つ"),
        ("<ul><li><p>一つ目の段落。</p><p>二つ目の段落。</p></ul>", "・一つ目の段落。\n二つ目の段落。"),
        ("<table><tr><th>山の名<td>高さ<tr><th>富士山<td>3,776m</table>", "山の名\t高さ\n富士山\t3,776m"),
        ("<table><tr><td>午前<br>午後<td>晴れのち曇り</table>", "午前\n午後\n晴れのち曇り"),
        ("<table><tr><td>一段目<td><table><tr><td>内側<td>の表</table></table>", "一段目\n内側\tの表"),
    ],
)
def test_lists_and_tables_are_lines(html, expected):
    assert text(html) == expected
