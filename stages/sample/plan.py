"""How many captures of each kind a sample holds: the web in small, with more Japanese than the web has."""

# Shares of all captures. Common Crawl is about 5 % Japanese; here it is 45 %, so that each later step has work.
_SHARES = (
    ("prose:ja", 0.270),
    ("exact:ja", 0.025),
    ("near:ja", 0.040),
    ("link_list:ja", 0.025),
    ("keywords:ja", 0.020),
    ("katakana:ja", 0.020),
    ("short:ja", 0.025),
    ("prose:en", 0.295),
    ("prose:zh-Hans", 0.100),
    ("prose:zh-Hant", 0.045),
    ("prose:ko", 0.045),
    ("not_found:ja", 0.020),
    ("not_found:en", 0.015),
    ("redirect:", 0.020),
    ("pdf:", 0.0075),
    ("revisit:", 0.0075),
    ("truncated_member:ja", 0.0050),
    ("long_content_length:ja", 0.0025),
    ("short_content_length:ja", 0.0025),
    ("garbage_before_member:ja", 0.0050),
    ("garbage_body:", 0.0050),
)


def plan(num_pages: int) -> list[tuple[str, str]]:
    """(what, language) of each capture, by kind: every kind at least once where 60 or more are asked for.

    Raises ValueError for a negative number.

    >>> plan(2), sum(language == "ja" for _, language in plan(400))
    ([('prose', 'ja'), ('prose', 'en')], 186)
    """
    if num_pages < 0:
        raise ValueError(f"num_pages is a count of captures, not {num_pages}")
    least = 1 if num_pages >= 60 else 0
    exact = [share * (num_pages - least * len(_SHARES)) for _, share in _SHARES]
    counts = [int(x) + least for x in exact]
    by_remainder = sorted(range(len(exact)), key=lambda i: (int(exact[i]) - exact[i], -_SHARES[i][1]))
    for i in (by_remainder * 2)[: num_pages - sum(counts)]:
        counts[i] += 1
    planned: list[tuple[str, str]] = []
    for (key, _), count in zip(_SHARES, counts, strict=True):
        what, _, language = key.partition(":")
        planned += [(what, language)] * count
    return planned
