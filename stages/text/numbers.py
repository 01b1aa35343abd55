"""Numbers as Japanese text writes them: digits of two widths, a dozen hyphens, and the words that name a number."""

import re

DIGITS = "0-9０-９"
LETTERS = "A-Za-zＡ-Ｚａ-ｚ"
HYPHENS = "\\-‐‑‒–—―−－ーｰ─"
"""For character classes: what stands for a digit, a Latin letter, a hyphen between digits."""

_WIDE = str.maketrans("０１２３４５６７８９．：＋", "0123456789.:+")
_NOT_DIGITS = re.compile(r"[^0-9]+")


def narrow(number: str) -> str:
    """The number with ASCII digits, points and colons.

    >>> narrow("１９２．0．２．１")
    '192.0.2.1'
    """
    return number.translate(_WIDE)


def digits_of(number: str) -> str:
    """The digits alone, in ASCII.

    >>> digits_of("（０３）1234ー5678")
    '0312345678'
    """
    return _NOT_DIGITS.sub("", narrow(number))


_NAMED_OTHERWISE = re.compile(
    r"(?:(?:注文|受注|発注|伝票|追跡|送り状|問い?合わ?せ|管理|商品|製品|部品|在庫|会員|顧客|お客様|受付|整理|登録|識別|文書|予約|申込み?|申請|契約"
    r"|証券|請求書?|領収書?|見積書?|取引|決済|承認|特許|出願|公開|公報|法人|許可|認可|届出|製造|ロット|口座|案件|チケット|資料|図書|書誌|発送|配送|荷物"
    r"|社員|学籍|受験|保険証?|年金|免許証?|車台|機体|シリアル|トラッキング|レコード|事業者|インボイス)[^\S\n]*"
    r"(?:番号|コード|ナンバー|№|No\b\.?|ID|ＩＤ|Ｎｏ．?)"
    r"|(?<=[一-龥ァ-ヶーけせみり])(?<!電話|携帯|代表|直通|専用|緊急|絡先|クス|ヤル|個人|ード|口座)番号"
    r"|ISBN(?:[-‐]?1[03])?|ＩＳＢＮ|ISSN|JAN(?:コード)?|ＪＡＮ(?:コード)?|EAN|UPC|GTIN|ASIN|SKU|DOI|PMID|型番|品番|型式|品名|シリアル|ロット|S/N|P/N"
    r"|バーコード|コード|特許第?|特開|特願|(?<![A-Za-z])(?:No|ID|Order|Part|Item|Model|Serial)\b\.?|Ｎｏ．?|№|第|[#＃])"
    r"[\s:：=＝#＃はがの、・.\[(（「『【〔\])）」』】〕]{0,4}$",
    re.IGNORECASE,
)


def is_named_otherwise(text: str, begin: int) -> bool:
    """Whether the words before a number name it as something that is nobody's: an order, a book, a patent, a part.

    >>> is_named_otherwise("注文番号：0312345678", 5), is_named_otherwise("電話番号：0312345678", 5)
    (True, False)
    """
    return _NAMED_OTHERWISE.search(text[max(0, begin - 20) : begin]) is not None
