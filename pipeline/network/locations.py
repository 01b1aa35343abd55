"""Names of places: local paths, http(s) and s3 URLs; how they are joined, listed and turned into requests."""

from datetime import timedelta
from fnmatch import fnmatchcase
from functools import cache
from typing import TYPE_CHECKING, Final, Literal
from urllib.parse import unquote, urlsplit

from pipeline.errors import InputError

if TYPE_CHECKING:
    from obstore.store import S3Store

_SCHEMES: Final = ("http://", "https://", "s3://")
_VALID: Final = timedelta(hours=1)  # of a signed URL; each try signs anew


def is_remote(written: str) -> bool:
    """Whether this is a URL rather than a path.

    >>> is_remote("s3://bucket/日本語.warc.gz"), is_remote("data/日本語.warc.gz")
    (True, False)
    """
    return written.startswith(_SCHEMES)


def join(base: str, name: str) -> str:
    """The place of a name under a base.

    >>> join("https://example.jp/", "crawl-data/a.warc.gz"), join("s3://bucket", "/a"), join("", "a"), join("b", "s3://c/a")
    ('https://example.jp/crawl-data/a.warc.gz', 's3://bucket/a', 'a', 's3://c/a')
    """
    if not base or is_remote(name):
        return name
    return f"{base.rstrip('/')}/{name.lstrip('/')}"


def root_of(location: str) -> str:
    """The root of a URL's host or bucket: what the lines of a published list of paths are relative to.

    >>> root_of("https://example.jp/crawl-data/CC-MAIN-2024-10/warc.paths.gz")
    'https://example.jp/'
    """
    parts = urlsplit(location)
    return f"{parts.scheme}://{parts.netloc}/"


def archive_name(location: str) -> str:
    """How the column `warc_file` names a file: its path in the crawl where it has one, else its own name.

    >>> archive_name("/data/crawl-data/CC-MAIN-2024-10/segments/1/warc/a.warc.gz")
    'crawl-data/CC-MAIN-2024-10/segments/1/warc/a.warc.gz'
    >>> archive_name("/data/a.warc.gz"), archive_name("https://example.jp/a%20b.warc.gz?key=1")
    ('a.warc.gz', 'a b.warc.gz')
    """
    if location.startswith(("http://", "https://")):
        location = unquote(urlsplit(location).path)
    parts = location.split("/")
    return "/".join(parts[parts.index("crawl-data") :]) if "crawl-data" in parts else parts[-1]


def url_of(location: str, method: Literal["GET", "HEAD"] = "GET") -> str:
    """The URL to ask for a location: an s3 one is signed with the credentials of the environment.

    Raises InputError where there are no credentials.
    """
    if not location.startswith("s3://"):
        return location
    import obstore

    bucket, key = bucket_and_key(location)
    store = bucket_store(bucket)
    try:
        return obstore.sign(store, method, key, _VALID)
    except Exception as error:
        raise InputError(f"{location}: cannot be signed: {first_line(error)}; check AWS_… in the environment") from None


def bucket_and_key(location: str) -> tuple[str, str]:
    """Bucket and key of an s3 URL.

    >>> bucket_and_key("s3://bucket/a/日本語.warc.gz")
    ('bucket', 'a/日本語.warc.gz')
    """
    bucket, _, key = location.removeprefix("s3://").partition("/")
    return bucket, key


@cache
def bucket_store(bucket: str) -> "S3Store":
    """The bucket as obstore sees it, with region, endpoint and credentials from the environment."""
    from obstore.store import S3Store

    return S3Store(bucket)


def list_s3(location: str) -> list[tuple[str, int, str]]:
    """Location, size and ETag of the objects under a prefix (ending in `/`) or matching a glob, sorted.

    Raises InputError when the bucket cannot be listed.
    """
    import obstore

    bucket, pattern = bucket_and_key(location)
    fixed = min((pattern.find(c) for c in "*?[" if c in pattern), default=len(pattern))
    prefix = pattern[:fixed].rpartition("/")[0]
    wanted = pattern if fixed < len(pattern) else f"{pattern}*"
    try:
        found = [item for batch in obstore.list(bucket_store(bucket), prefix=prefix or None) for item in batch]
    except Exception as error:
        raise InputError(f"{location}: cannot be listed: {first_line(error)}") from None
    return sorted(
        (f"s3://{bucket}/{item['path']}", item["size"], item["e_tag"] or "")
        for item in found
        if fnmatchcase(item["path"], wanted)
    )


def first_line(error: Exception) -> str:
    """What an error says, without the debugging lines that some libraries append."""
    return (str(error).splitlines() or [type(error).__name__])[0][:300]
