"""The stage that judges documents by their addresses."""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Annotated, ClassVar, NamedTuple

import pyarrow as pa

from pipeline.stage import Column, Transform, with_columns
from stages.lists.hosts import cache_folder, host_table, list_files
from stages.text.adult_urls import is_adult_url
from stages.text.hosts import host_names, host_of, listed_name, path_of, registered_domain, top_level_domain, url_names
from stages.text.key_table import Table, contains, keys_of


class Listed(NamedTuple):
    """What the lists say of one address."""

    tld: bool
    host: bool
    page: bool


@dataclass(frozen=True, kw_only=True)
class JudgeUrls(Transform):
    """Drop documents whose host, address or top-level domain is listed, or whose URL calls itself adult."""

    reads: ClassVar = ("url",)
    writes: ClassVar = (Column("registered_domain", pa.string(), "the domain that somebody registered, of the URL"),)

    lists: Annotated[tuple[str, ...], "UT1-style folders (domains, urls; per category), host or URL list files"] = ()
    categories: Annotated[tuple[str, ...], "categories of those folders; none named means all"] = ()
    blocked_hosts: Annotated[tuple[str, ...], "hosts blocked with all below them, as 5ch.net"] = ()
    blocked_tlds: Annotated[tuple[str, ...], "top-level domains blocked"] = ()
    allowed_tlds: Annotated[tuple[str, ...], "the only top-level domains kept; none named means all"] = ()
    adult_words: Annotated[bool, "drop URLs with adult words in host or path"] = True
    cache: Annotated[str | None, "folder for hashed lists; none means ~/.cache/wabun/hosts"] = None

    def files(self) -> list[Path]:
        """The files of the lists."""
        return [file for path in self.lists for file in list_files(path, self.categories)]

    def check(self) -> list[str]:
        """Lists that are not there."""
        problems = []
        for path in self.lists:
            try:
                list_files(path, self.categories)
            except FileNotFoundError as error:
                problems.append(f"urls.lists: {error}")
        return problems

    def licences(self) -> list[str]:
        """The lists, whose own licences hold."""
        return [f"urls: {Path(path).name}: list of hosts and URLs, under its own licence" for path in self.lists]

    def warm(self) -> None:
        """Hash the lists, unless they are in the cache, and load the public suffixes."""
        self._table()
        host_names("www.example.co.jp")
        registered_domain("www.example.co.jp")

    def apply(self, batch: pa.RecordBatch) -> pa.RecordBatch:
        """The batch with `registered_domain` and the first reason that holds: a TLD, a host, a page, an adult word."""
        urls = [url or "" for url in batch.column("url").to_pylist()]
        hosts = [host_of(url) for url in urls]
        table = self._table()
        by_tld = _any_listed(table, [(top_level_domain(host),) for host in hosts])
        by_host = _any_listed(table, [host_names(host) for host in hosts])
        by_page = _any_listed(table, [url_names(url) if table.shape[1] else () for url in urls])
        domains = [registered_domain(host) or None for host in hosts]
        reasons = [
            self._reason(host, url, Listed(*listed))
            for host, url, *listed in zip(hosts, urls, by_tld, by_host, by_page, strict=True)
        ]
        return with_columns(batch, {"registered_domain": domains}, self.writes, drop_reason=reasons)

    def _reason(self, host: str, url: str, listed: Listed) -> str | None:
        """The first reason against one address."""
        tld = top_level_domain(host)
        if (
            listed.tld
            or tld in _named(self.blocked_tlds)
            or (tld and self.allowed_tlds and tld not in _named(self.allowed_tlds))
        ):
            return "blocked_tld"
        if listed.host or not _named(self.blocked_hosts).isdisjoint(host_names(host)):
            return "blocked_host"
        if listed.page:
            return "blocked_url"
        return "adult_url" if self.adult_words and is_adult_url(host, path_of(url)) else None

    def _table(self) -> Table:
        """The lists of these options."""
        return _table(self.lists, self.categories, self.cache)


@cache
def _table(lists: tuple[str, ...], categories: tuple[str, ...], cache_path: str | None) -> Table:
    """The lists' keys, mapped once in a process."""
    return host_table([file for path in lists for file in list_files(path, categories)], cache_folder(cache_path))


@cache
def _named(hosts: tuple[str, ...]) -> frozenset[str]:
    """Hosts or top-level domains named in a config, as host names."""
    return frozenset(map(listed_name, hosts))


def _any_listed(table: Table, names: Sequence[Sequence[str]]) -> list[bool]:
    """Whether the table holds any of the names of each address."""
    listed = [False] * len(names)
    if table.shape[1]:
        rows = [row for row, of_row in enumerate(names) for _ in of_row]
        found = contains(table, keys_of([name for of_row in names for name in of_row]))
        for at in found.nonzero()[0]:
            listed[rows[at]] = True
    return listed
