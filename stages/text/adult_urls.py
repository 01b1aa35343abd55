"""Words in a URL that adult sites choose for themselves, found as words: Essex and analysis are none."""

import re
from urllib.parse import unquote

# Our own list. Stems may be continued by letters; words may not. Left out for what they mean elsewhere: fuzoku (a
# school attached to a university), chijo (above ground), anal (analysis), escort and R18 in paths (vehicles), xxx and
# nude in paths (a placeholder, a colour), tits (birds).
_STEMS = "porn(?!ic)|hentai(?!-?[gk]ana)|xvideo|xhamster|erodou?ga|eroanime|eromanga|erogazou?|eroero|hamedori"
_STEMS += "|deriheru|oppai|cumshot|blowjob"
_WORDS = (
    "sexy?(?![-_/]?(?:ed|education|discrimination|ratio|difference|offender|crime|worker|chromosome|kyouiku))"
    "|ero|eroi|erotica?|milf|bdsm|camgirls?|fetish|hitozuma|soapland|deaikei|ecchi|pussy(?!-?(?:cat|willow))|boobs"
    "|gangbang|creampie|sexfriend|sefure"
)
_HOST_WORDS = "xxx|jav|nudes?|r18(?![0-9])|18kin|adult(?![-.]?(?:education|learn|school|care|day|children|kyouiku))"
_LATIN = f"(?<![a-z0-9])(?:(?:{_STEMS})[a-z]*|{_WORDS}"
_HOST = re.compile(f"{_LATIN}|{_HOST_WORDS})(?![a-z])")
_PATH = re.compile(f"{_LATIN})(?![a-z])")
_JAPANESE = re.compile(
    "(?<![ァ-ヶー])(?:アダルト(?:動画|サイト|ビデオ|グッズ|DVD)|エロ(?:い|動画|画像|漫画|アニメ)?|ポルノ|ハメ撮り|デリヘル|ソープランド)"
    "(?![ァ-ヶー])|無修正動画|av女優|風俗嬢|風俗店"
)
_LONGEST = 2_000  # characters of a path that are looked at


def is_adult_url(host: str, path: str) -> bool:
    """Whether a host or a path (as it stands in the URL, without the query) calls itself adult.

    >>> is_adult_url("www.porn-tube.example", "/"), is_adult_url("blog.example", "/%E3%82%A8%E3%83%AD%E3%81%84")
    (True, True)
    >>> is_adult_url("www.essex.ac.uk", "/sex-education/analysis/"), is_adult_url("blog.example", "/エロイカ")
    (False, False)
    """
    path = path[:_LONGEST]
    if _HOST.search(host) or _PATH.search(path.lower()):
        return True
    if "%" in path:
        path = unquote(path)
    return not path.isascii() and _JAPANESE.search(path.lower()) is not None
