"""Lines of page furniture at the top and the bottom of a text, told by how much of a line is furniture words."""

import re
from collections.abc import Sequence

FURNITURE = (
    "トップページ|ページトップ|ページの先頭|このページの先頭|先頭に戻る|トップへ戻る|トップに戻る|ブログトップ|ホーム|メニュー|サイトマップ|サイト内検索"
    "|一覧へ戻る|一覧に戻る|一覧を見る|前へ|次へ|前のページ|次のページ|前の記事|次の記事|関連記事|人気記事|新着記事|最新記事|おすすめ記事|記事一覧"
    "|最近の投稿|最近の記事|最近のコメント|続きを読む|もっと見る|カテゴリー|カテゴリ|アーカイブ|月別アーカイブ|ランキング|タグ一覧|プロフィール"
    "|読者になる|コメント|コメントする|コメントを書く|コメントを投稿|コメントを残す|トラックバック|返信する|通報する|シェア|シェアする|ツイート|ツイートする"
    "|いいね|フォロー|フォローする|友だち追加|はてなブックマーク|ブックマーク|ログイン|ログアウト|新規登録|会員登録|新規会員登録|マイページ|お気に入り"
    "|カートを見る|買い物かご|お問い合わせ|お問合せ|お問い合せ|お問い合わせはこちら|資料請求|よくある質問|よくあるご質問|ヘルプ|ご利用ガイド|採用情報"
    "|求人情報|会社概要|会社案内|会社情報|運営会社|運営者情報|交通アクセス|個人情報保護方針|個人情報の取り扱い|個人情報の取扱い|プライバシーポリシー"
    "|サイトポリシー|クッキーポリシー|利用規約|利用条件|免責事項|著作権について|特定商取引法に基づく表記|特定商取引法に基づく表示|リンクについて|広告掲載"
    "|当サイトについて|このサイトについて|無断転載を禁じます|無断転載禁止|禁無断転載|無断複製|無断複写|転載を禁じます"
)
"""What Japanese sites write around a text rather than in it; our own list."""

LATIN_FURNITURE = (
    "All Rights? Reserved|Copyrights?|Powered by|Privacy Policy|Terms of (?:Service|Use)|Page ?Top|Back to Top"
    "|Site ?Map|Contact(?: Us)?|Menu|Log ?in|Home|Top|RSS|Facebook|Twitter|Instagram|YouTube|Pocket|Feedly|LINE|Share"
    "|Tweet|Follow"
)
_LONGEST_FIRST = sorted(FURNITURE.split("|"), key=len, reverse=True)
_BEGINS = "".join(
    sorted({keyword[0] for keyword in _LONGEST_FIRST})
)  # looked at first: most characters begin no keyword
_KEYWORD = re.compile(
    f"(?=[{_BEGINS}])(?:{'|'.join(_LONGEST_FIRST)})|(?=[A-Za-z])(?<![A-Za-z])(?i:{LATIN_FURNITURE})(?![A-Za-z])"
)
_NOT_LETTERS = re.compile(r"[\W\d_]+")

MAX_HEADER_LINES = 5
MAX_FOOTER_LINES = 10  # Okazaki et al., 2024: the last 10 lines are looked at
MIN_HEADER_KEYWORDS = 2  # one alone at the top is the title of a page about it
LONGEST_LINE = 200  # characters; a longer one is prose, whatever its words


def trim_furniture(text: str, *, min_coverage: float = 0.5, max_fraction: float = 0.3) -> tuple[str, int]:
    """The text without header and footer lines of page furniture, and how many lines were cut.

    A line is furniture when keywords cover at least `min_coverage` of its letters. Cutting begins at the edge and ends
    at the first other line, or before it would take more than `max_fraction` of the text's characters: a text of two
    lines cannot be emptied. One keyword alone at the top is a title, and stays.

    >>> body = "吾輩は猫である。名前はまだ無い。どこで生れたかとんと見当がつかぬ。何でも薄暗い所で泣いていた。"
    >>> trim_furniture(body + "\\nトップページ | お問い合わせ") == (body, 1)
    True
    >>> trim_furniture(body + "\\nコメントをくださった皆さまに感謝します。")[1]
    0
    >>> trim_furniture("お知らせ\\nお問い合わせ")
    ('お知らせ\\nお問い合わせ', 0)
    """
    if "\n" not in text:
        return text, 0
    lines = text.split("\n")
    budget = int(len(text) * max_fraction)
    end = len(lines) - _furniture(lines[: -MAX_FOOTER_LINES - 1 : -1], budget, min_coverage, 1)
    budget -= sum(len(line) + 1 for line in lines[end:])
    begin = _furniture(lines[: min(MAX_HEADER_LINES, end)], budget, min_coverage, MIN_HEADER_KEYWORDS)
    if begin == 0 and end == len(lines):
        return text, 0
    num_cut = sum(bool(line) for line in (*lines[:begin], *lines[end:]))
    return "\n".join(lines[begin:end]).strip("\n"), num_cut


def _furniture(lines: Sequence[str], budget: int, min_coverage: float, min_keywords: int) -> int:
    """How many of these lines, from the first, are furniture within the budget of characters and hold enough keywords.

    Lines without letters (dates, rules, blanks) go with the furniture beyond them, never alone.
    """
    furniture = num_keywords = 0
    for number, line in enumerate(lines, 1):
        budget -= len(line) + 1
        if budget < 0 or len(line) > LONGEST_LINE:
            break
        letters = _NOT_LETTERS.sub("", line)
        if not letters:
            continue
        keywords = _KEYWORD.findall(line)
        covered = sum(len(_NOT_LETTERS.sub("", keyword)) for keyword in keywords)
        if covered < min_coverage * len(letters):
            break
        furniture = number
        num_keywords += len(keywords)
    return furniture if num_keywords >= min_keywords else 0
