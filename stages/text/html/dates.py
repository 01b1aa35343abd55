"""Dates as pages write them, Western and Japanese, as ISO dates."""

import re
from datetime import date
from typing import Final

# The year before an era's first, and its first day (Act on era names and the imperial proclamations).
_ERAS: Final = {
    "明治": (1867, date(1868, 1, 25)),
    "大正": (1911, date(1912, 7, 30)),
    "昭和": (1925, date(1926, 12, 25)),
    "平成": (1988, date(1989, 1, 8)),
    "令和": (2018, date(2019, 5, 1)),
}
_LETTERS: Final = {"M": "明治", "T": "大正", "S": "昭和", "H": "平成", "R": "令和"}
_MONTH_NAMES: Final = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTHS: Final = {name: number for number, name in enumerate(_MONTH_NAMES, 1)}
_WIDE: Final = str.maketrans("０１２３４５６７８９／－．　：Ｒ", "0123456789/-. :R") | {ord("元"): "1"}
_EARLIEST_YEAR, _LATEST_YEAR = 1000, 2100

_WESTERN = re.compile(r"(?<!\d)(\d{4})\s*(?:年|[-/.])\s*(\d{1,2})\s*(?:月|[-/.])\s*(\d{1,2})(?!\d)")
_COMPACT = re.compile(r"(?<!\d)(\d{4})(\d{2})(\d{2})(?:T?\d{4,6}Z?)?(?!\d)")
_ERA = re.compile(r"(明治|大正|昭和|平成|令和)\s*(\d{1,2})\s*年\s*(\d{1,2})\s*月\s*(\d{1,2})(?!\d)")
_ERA_LETTER = re.compile(r"(?<![A-Za-z0-9])([MTSHR])\s?(\d{1,2})[./年](\d{1,2})[./月](\d{1,2})(?!\d)")
_ENGLISH = re.compile(r"(?<!\d)(\d{1,2})[ -]([A-Za-z]{3})[a-z]*\.?,?[ -](\d{4})(?!\d)")
_AMERICAN = re.compile(r"\b([A-Za-z]{3})[a-z]*\.? (\d{1,2})(?:st|nd|rd|th)?, (\d{4})(?!\d)")
_LONGEST = 500  # characters that are searched


def iso_date(text: str) -> str | None:
    """The first date in the text, as YYYY-MM-DD; None where there is none or no calendar knows it.

    An era's years go on after its end, as in documents written before it.

    >>> iso_date("令和6年5月1日"), iso_date("２０２４年５月１日（水）"), iso_date("平成31年10月1日")
    ('2024-05-01', '2024-05-01', '2019-10-01')
    >>> iso_date("2024-05-01T09:00:00+09:00"), iso_date("Wed, 01 May 2024 00:00:00 GMT"), iso_date("R6.5.1")
    ('2024-05-01', '2024-05-01', '2024-05-01')
    >>> iso_date("2024/13/01"), iso_date("令和元年1月1日"), iso_date("電話 0120-123-456")
    (None, None, None)
    """
    text = text[:_LONGEST].translate(_WIDE)
    found: list[tuple[int, str]] = []
    for pattern, read in _FORMS:
        match = pattern.search(text)
        if match:
            day = read(*match.groups())
            if day is not None:
                found.append((match.start(), day.isoformat()))
    return min(found)[1] if found else None


def _western(year: str, month: str, day: str) -> date | None:
    if not _EARLIEST_YEAR <= int(year) <= _LATEST_YEAR:
        return None
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _era(name: str, year: str, month: str, day: str) -> date | None:
    before_first, first_day = _ERAS[_LETTERS.get(name, name)]
    found = _western(str(before_first + int(year)), month, day)
    return found if found is not None and found >= first_day else None


def _english(day: str, month: str, year: str) -> date | None:
    number = _MONTHS.get(month.lower())
    return _western(year, str(number), day) if number else None


def _american(month: str, day: str, year: str) -> date | None:
    return _english(day, month, year)


_FORMS: Final = (
    (_WESTERN, _western),
    (_ERA, _era),
    (_ERA_LETTER, _era),
    (_COMPACT, _western),
    (_ENGLISH, _english),
    (_AMERICAN, _american),
)

_DIGIT = "[0-9０-９]"
_YEAR = rf"(?:{_DIGIT}{{4}}\s*[年/.\-／]|(?:令和|平成|昭和)\s*(?:{_DIGIT}{{1,2}}|元)\s*年)"
_DATE = rf"{_YEAR}\s*{_DIGIT}{{1,2}}\s*[月/.\-／]\s*{_DIGIT}{{1,2}}"
_PUBLISHED_LABEL = re.compile(
    rf"(?:公開|掲載|投稿|発行|発表|配信|作成|登録)(?:日時?|年月日)?[\s:：】\]）)]{{0,4}}({_DATE})"
)
_MODIFIED_LABEL = re.compile(rf"(?:最終)?(?:更新|改訂|改定|修正)(?:日時?|年月日)?[\s:：】\]）)]{{0,4}}({_DATE})")
_DAY_AND_TIME = rf"日?\s*(?:[（(][月火水木金土日]曜?日?[)）])?\s*(?:{_DIGIT}{{1,2}}[:：時]{_DIGIT}{{2}}分?)?"
_LINE = re.compile(rf"^[\s【\[（(]*({_DATE}){_DAY_AND_TIME}\s*(?:公開|掲載|投稿)?[】\])）]?$", re.MULTILINE)
_FEW_LINES = 2
_SEARCHED = 3000  # characters at either end of a page where its dates stand


def labelled_dates(text: str) -> tuple[str | None, str | None]:
    """The dates that a page's lines call published and modified; a date that stands alone counts as published.

    Many lines that are nothing but dates are a list of other pages, and say nothing of this one.

    >>> labelled_dates("掲載日：令和6年5月1日\\n更新日　2024年5月7日\\n本文。")
    ('2024-05-01', '2024-05-07')
    >>> labelled_dates("２０２４年５月１日（水）\\n本文。"), labelled_dates("2024年5月1日に雨が降りました。")
    (('2024-05-01', None), (None, None))
    """
    if len(text) > 2 * _SEARCHED:
        text = text[:_SEARCHED] + "\n" + text[-_SEARCHED:]
    published = _first(_PUBLISHED_LABEL, text)
    modified = _first(_MODIFIED_LABEL, text)
    if published is None:
        alone = _LINE.findall(text)
        if 0 < len(alone) <= _FEW_LINES:
            published = iso_date(alone[0])
    return published, modified


def _first(pattern: re.Pattern[str], text: str) -> str | None:
    found = pattern.search(text)
    return iso_date(found[1]) if found else None
