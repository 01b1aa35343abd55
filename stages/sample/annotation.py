"""The metadata record's block: fetch time, detected charset and CLD2's languages, in Common Crawl's form."""

import json
from random import Random

from stages.sample.pages import Page

_NAMES = {
    "ja": ("ja", "jpn", "Japanese"),
    "en": ("en", "eng", "ENGLISH"),
    "zh-Hans": ("zh", "zho", "Chinese"),
    "zh-Hant": ("zh-Hant", "zho", "ChineseT"),
    "ko": ("ko", "kor", "Korean"),
}
_MISSING_SHARE = 0.04  # of pages, as where CLD2 gave up
_WRONG_SHARE = 0.015  # of Japanese pages: what a selection by label alone would lose


def metadata_block(page: Page, random: Random) -> bytes:
    """The block of the metadata record of this page."""
    lines = [f"fetchTimeMs: {random.randint(40, 4000)}"]
    if page.blocks:
        lines.append(f"charset-detected: {page.declared.charset.upper()}")
        if random.random() >= _MISSING_SHARE:
            languages = json.dumps(_cld2(page, random), separators=(",", ":"))
            lines.append(f"languages-cld2: {languages}")
    return ("\r\n".join(lines) + "\r\n").encode() + b"\r\n"


def _cld2(page: Page, random: Random) -> dict[str, object]:
    first = page.language
    if first == "ja" and random.random() < _WRONG_SHARE:
        first = "zh-Hans"
    covered = random.randint(82, 99)
    found = [_language(first, covered, random)]
    second = "ja" if any("「" in b.text for b in page.blocks) and page.language == "zh-Hans" else "en"
    if second != first and covered < 95:
        found.append(_language(second, max(1, 98 - covered), random))
    num_bytes = len(page.text.encode()) + random.randint(200, 2500)
    return {"reliable": covered > 85, "text-bytes": num_bytes, "languages": found}


def _language(language: str, covered: int, random: Random) -> dict[str, object]:
    code, iso, name = _NAMES[language]
    score = float(random.randint(600, 4000))
    return {"code": code, "code-iso-639-3": iso, "text-covered": covered / 100, "score": score, "name": name}
