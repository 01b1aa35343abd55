"""Japanese postal codes with the addresses that follow them."""

import re
from collections.abc import Iterator

from stages.text.numbers import DIGITS, HYPHENS, LETTERS, digits_of

_D = f"[{DIGITS}]"
_PREFECTURES = (
    "北海道|青森県|岩手県|宮城県|秋田県|山形県|福島県|茨城県|栃木県|群馬県|埼玉県|千葉県|東京都|神奈川県|新潟県|富山県|石川県|福井県|山梨県|長野県"
    "|岐阜県|静岡県|愛知県|三重県|滋賀県|京都府|大阪府|兵庫県|奈良県|和歌山県|鳥取県|島根県|岡山県|広島県|山口県|徳島県|香川県|愛媛県|高知県|福岡県"
    "|佐賀県|長崎県|熊本県|大分県|宮崎県|鹿児島県|沖縄県"
)
_NAME = "々〆ヶヵぁ-んァ-ヶー一-龥"
_PLACE = f"(?:(?:{_PREFECTURES})[ \u3000]?(?:[{_NAME}]{{1,8}}?[市区町村郡])?|[{_NAME}]{{1,8}}?[市区町村郡])"
_NUMBER = f"(?:{_D}+|[一二三四五六七八九十]+(?=丁目|番地|番[{DIGITS}一二三四五六七八九十]))"
_UNIT = (
    f"丁目|番地の?|番|号|条|線|の|[東西南北](?={_D})|[{HYPHENS}](?={_D})|[ \u3000](?={_D}{{1,4}}(?:番|号|[{HYPHENS}]))"
)
_HOUSE = f"{_NUMBER}(?:{_UNIT}|{_D})*"
_ADDRESS = f"{_PLACE}(?:[ \u3000]?[{_NAME}]{{0,20}}?[ \u3000]?{_HOUSE}|[{_NAME}]{{0,12}})"
_POSTAL = re.compile(
    f"(?:(?P<mark>〒|郵便番号)[\\s:：は]{{0,3}}|(?<![{DIGITS}{LETTERS}{HYPHENS}.．,，/_]))"
    f"(?P<code>{_D}{{3}}[ ]?[{HYPHENS}][ ]?{_D}{{4}}|(?(mark){_D}{{7}}|(?!)))(?![{DIGITS}{LETTERS}]|[{HYPHENS}.．]{_D})"
    f"(?P<address>[)）]?[\\s,、]{{0,3}}(?:住所)?[:： ]?{_ADDRESS})?"
)


def postal_addresses(text: str, begin: int, end: int) -> Iterator[tuple[int, int]]:
    """Where postal codes stand in `text[begin:end]`, each with the address after it up to the house number.

    Seven digits are a postal code where `〒` or its name stands before them or an address after them.

    >>> text = "〒100-0001 東京都千代田区千代田1-1 皇居、品番100-0001、530-0001大阪市北区梅田3丁目1番3号"
    >>> [text[b:e] for b, e in postal_addresses(text, 0, 99)]
    ['〒100-0001 東京都千代田区千代田1-1', '530-0001大阪市北区梅田3丁目1番3号']
    """
    for found in _POSTAL.finditer(text, begin, end):
        if (found["mark"] or found["address"]) and digits_of(found["code"]) != "0000000":
            yield found.span()
