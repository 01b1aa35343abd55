"""What is true of a sample, because the sample was made so: the labels that tests compare with."""

from typing import Literal, NamedTuple

Damage = Literal[
    "truncated_member", "long_content_length", "short_content_length", "garbage_before_member", "garbage_body"
]


class RecordTruth(NamedTuple):
    """One capture (a response or revisit record) as it was made."""

    record_id: str  # "<urn:uuid:…>", as in WARC-Record-ID
    url: str
    warc_type: Literal["response", "revisit"]
    offset: int  # bytes from the file's beginning to the gzip member that holds the record
    length: int  # bytes of that member, compressed
    status: int
    mime: str
    language: str  # "ja", "en", "zh-Hans", "zh-Hant", "ko"; "" where there is no text
    charset: str  # of the page's bytes, in WHATWG's spelling: "utf-8", "shift_jis", …; "" for a body that is no text
    http_charset: str | None  # as the HTTP header declares it
    meta_charset: str | None  # as the page's meta element declares it
    kind: str  # "news", "recipe", …; "link_list", "keywords", "katakana", "short"; "not_found", "redirect", "pdf", …
    quality: Literal["prose", "low"] | None  # None for what is no page
    title: str
    text: str  # the main text, a line per block, the heading first; "" where there is none
    duplicate_of: str | None = None  # record_id of the original
    duplicate_kind: Literal["exact", "near"] | None = None  # "exact": the same main text
    duplicate_jaccard: float | None = None  # of the character 5-grams of the two main texts
    damage: Damage | None = None

    @property
    def is_page(self) -> bool:
        """Whether a sound reader yields this record as an HTML page, whole."""
        lost = self.damage not in (None, "garbage_before_member")
        return self.warc_type == "response" and self.status == 200 and self.mime == "text/html" and not lost


class SampleTruth(NamedTuple):
    """The captures of a sample in the order of the file."""

    records: tuple[RecordTruth, ...]
    num_bytes: int  # of the compressed file

    def by_id(self) -> dict[str, RecordTruth]:
        """The captures by WARC-Record-ID."""
        return {record.record_id: record for record in self.records}

    def pages(self, language: str | None = None) -> list[RecordTruth]:
        """The HTML pages that a sound reader yields whole, all or of one language."""
        return [r for r in self.records if r.is_page and language in (None, r.language)]
