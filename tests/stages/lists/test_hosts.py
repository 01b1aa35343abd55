import pytest

from stages.lists.hosts import cache_folder, host_table, list_files
from stages.text.key_table import contains, keys_of


def ut1(folder, **categories):
    for name, (domains, urls) in categories.items():
        (folder / name).mkdir(parents=True)
        (folder / name / "domains").write_text("\n".join(domains))
        (folder / name / "urls").write_text("\n".join(urls))
    return folder


def test_folders_categories_and_files_are_found(tmp_path):
    root = ut1(tmp_path / "ut1", adult=(["a.jp"], ["b.jp/c"]), games=(["g.jp"], []))
    assert [str(p.relative_to(root)) for p in list_files(str(root))] == [
        "adult/domains",
        "adult/urls",
        "games/domains",
        "games/urls",
    ]
    assert [p.parent.name for p in list_files(str(root), ["games"])] == ["games", "games"]
    assert [p.name for p in list_files(str(root / "adult"))] == ["domains", "urls"]
    assert list_files(str(root / "adult/urls")) == [root / "adult/urls"]
    with pytest.raises(FileNotFoundError, match="neither a file nor a folder"):
        list_files(str(root), ["none"])


def test_every_name_is_held_and_the_file_is_reused(tmp_path):
    names = [f"host{i}.example.jp" for i in range(5000)]
    listed = tmp_path / "hosts.txt"
    listed.write_text("# hosts\n" + "\n".join(names) + "\nhost1.example.jp\n")
    table = host_table([listed], tmp_path / "cache")
    assert contains(table, keys_of(names)).all()
    assert not contains(table, keys_of([f"x{name}" for name in names])).any()
    (kept,) = (tmp_path / "cache").iterdir()
    written = kept.stat().st_mtime_ns
    host_table([listed], tmp_path / "cache")
    assert kept.stat().st_mtime_ns == written
    assert not table.flags.writeable


def test_other_contents_make_another_file(tmp_path):
    listed = tmp_path / "hosts.txt"
    listed.write_text("a.jp\n")
    host_table([listed], tmp_path / "cache")
    listed.write_text("b.jp\n")
    assert contains(host_table([listed], tmp_path / "cache"), keys_of(["a.jp", "b.jp"])).tolist() == [False, True]
    assert len(list((tmp_path / "cache").iterdir())) == 2


def test_empty_lists_hold_nothing(tmp_path):
    listed = tmp_path / "hosts.txt"
    listed.write_text("# nothing\n\n")
    assert host_table([listed], tmp_path / "cache").shape == (2, 0)
    assert host_table([listed], tmp_path / "cache").shape == (2, 0)
    assert host_table([], tmp_path).shape == (2, 0)


def test_lines_that_are_not_utf8_harm_only_themselves(tmp_path):
    listed = tmp_path / "hosts.txt"
    listed.write_bytes(b"a.jp\n\xff\xfe.jp\nb.jp\n")
    assert contains(host_table([listed], tmp_path / "c"), keys_of(["a.jp", "b.jp"])).all()


def test_the_cache_follows_the_users_settings(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder(None) == tmp_path / "wabun" / "hosts"
    assert cache_folder("/x").as_posix() == "/x"
