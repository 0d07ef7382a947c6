import os
import shutil
import stat
import threading
import warnings
import zipfile
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pandas as pd
import pytest
from interactions.same import assert_same_log

import farmgraph as fg
from farmgraph.interactions import cache
from farmgraph.interactions import read as reading
from farmgraph.interactions.options import checked_options

FIXTURES = sorted((Path(__file__).parent / "presets" / "fixtures").iterdir())
ENTRY = ["interactions.arrow", "rejected.arrow", "reading.json"]
ROWS = "user,page,time\na,p,60\nb,p,61\na,p,60\n,p,62\nb,q,never\n"


@pytest.fixture
def log_file(tmp_path):
    path = tmp_path / "likes.csv"
    path.write_text(ROWS)
    return path


@pytest.fixture
def no_reading(monkeypatch):
    """Return a function after which whoever reads fails."""

    def begin():
        def fail(*_):
            raise AssertionError("read again")

        monkeypatch.setattr(reading, "_read", fail)

    return begin


def closely(source, folder, **options):
    return reading.read_closely(source, checked_options(columns={}, **options), cache=folder)


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_format_comes_back_as_it_was_read(path, tmp_path, no_reading):
    expected = closely(path, None)
    assert_same_log(fg.read(path, cache=tmp_path / "c"), expected.interactions)
    no_reading()
    again = closely(path, tmp_path / "c")
    assert_same_log(again.interactions, expected.interactions)
    assert again.from_cache
    for name in ("columns_found", "guessed", "recognised", "forms", "time_kinds"):
        assert getattr(again, name) == getattr(expected, name)


def test_content_counts_and_not_the_name(tmp_path, no_reading):
    """Two files with repeats in each other, one not UTF-8: their names stand in notes, rejects and the table."""
    before, after = tmp_path / "before", tmp_path / "after"
    before.mkdir()
    (before / "one.csv").write_text(ROWS)
    (before / "two.csv").write_bytes(ROWS.encode() + "ü,p,63\n".encode("cp1252") * 3)
    shutil.copytree(before, after)
    (after / "two.csv").rename(after / "zwei von one.csv")
    fg.read(str(before / "*.csv"), cache=tmp_path / "c")
    expected = fg.read(str(after / "*.csv"))
    assert expected.rejected["raw_text"].str.contains("of .*after/one.csv").any()
    assert any(note.startswith(str(after / "zwei von one.csv")) for note in expected.notes)
    no_reading()
    assert_same_log(fg.read(str(after / "*.csv"), cache=tmp_path / "c"), expected)


@pytest.mark.parametrize(
    "options",
    [
        {"duplicates": "keep"},
        {"keep": ["user"]},
        {"timezone": "Europe/Berlin"},
        {"encoding": "cp1252"},
        {"normalise": "text"},
        {"account": "page", "content": "user"},
    ],
)
def test_other_options_are_another_entry(log_file, tmp_path, options):
    fg.read(log_file, cache=tmp_path / "c")
    expected = fg.read(log_file, **options)
    for _ in range(2):
        assert_same_log(fg.read(log_file, cache=tmp_path / "c", **options), expected)
    assert len(os.listdir(tmp_path / "c")) == 2


def test_threads_are_no_option_that_counts(log_file, tmp_path, no_reading):
    fg.read(log_file, cache=tmp_path / "c", threads=1)
    no_reading()
    fg.read(log_file, cache=tmp_path / "c", threads=2)


def test_another_content_of_the_same_size_is_read(log_file, tmp_path):
    fg.read(log_file, cache=tmp_path / "c")
    log_file.write_text(ROWS.replace("b,p,61", "c,p,61"))
    assert "c" in fg.read(log_file, cache=tmp_path / "c").table["account"].to_pylist()


@pytest.fixture
def readers():
    """Return the function that says what reads, which is asked anew."""
    cache._readers.cache_clear()
    yield cache._readers
    cache._readers.cache_clear()


@pytest.mark.parametrize("library", ["duckdb", "numpy", "pandas", "pyarrow"])
def test_another_version_of_a_library_reads_again(log_file, tmp_path, monkeypatch, readers, library):
    fg.read(log_file, cache=tmp_path / "c")
    before = cache.version
    monkeypatch.setattr(cache, "version", lambda name: "99.9" if name == library else before(name))
    readers.cache_clear()
    assert not closely(log_file, tmp_path / "c").from_cache
    assert closely(log_file, tmp_path / "c").from_cache


def test_another_source_code_reads_again(tmp_path, monkeypatch, readers):
    """Names and contents count, down into folders; dates do not."""
    found = []
    for number, (name, code) in enumerate([("a.py", "1"), ("a.py", "1"), ("a.py", "2"), ("b.py", "1")]):
        folder = tmp_path / str(number) / "interactions"
        (folder / "presets").mkdir(parents=True)
        (folder / "presets" / name).write_text(code)
        monkeypatch.setattr(cache, "__file__", str(folder / "cache.py"))
        readers.cache_clear()
        found.append(readers()[-1])
    assert found[0] == found[1]
    assert len(set(found)) == 3


def test_all_source_code_counts(readers, monkeypatch):
    read = []
    before = Path.read_bytes
    monkeypatch.setattr(Path, "read_bytes", lambda path: read.append(path.name) or before(path))
    readers()
    assert {"read.py", "cache.py", "jsonkernel.py", "twitter_v2.py"} <= set(read)


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX's")
def test_only_the_owner_can_look(log_file, tmp_path):
    fg.read(log_file, cache=tmp_path / "deep" / "c")
    for path in (tmp_path / "deep" / "c", *(tmp_path / "deep" / "c").rglob("*")):
        assert stat.S_IMODE(path.stat().st_mode) == (0o700 if path.is_dir() else 0o600)


@pytest.mark.parametrize("name", ENTRY)
@pytest.mark.parametrize("harm", ["flip", "cut", "empty", "gone"])
def test_what_is_damaged_is_read_again_and_kept_anew(log_file, tmp_path, name, harm):
    expected = fg.read(log_file, cache=tmp_path / "c")
    file = next((tmp_path / "c").rglob(name))
    held = file.read_bytes()
    if harm == "gone":
        file.unlink()
    else:
        half = len(held) // 2
        flipped = held[:half] + bytes([held[half] ^ 1]) + held[half + 1 :]
        file.write_bytes({"flip": flipped, "cut": held[:half], "empty": b""}[harm])
    with pytest.warns(UserWarning, match="was damaged, so the log was read again"):
        assert_same_log(fg.read(log_file, cache=tmp_path / "c"), expected)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert_same_log(fg.read(log_file, cache=tmp_path / "c"), expected)
    assert closely(log_file, tmp_path / "c").from_cache


@pytest.mark.parametrize("damaged", [False, True])
def test_several_readers_at_once_are_told_nothing(log_file, tmp_path, damaged):
    """Whoever comes second drops what it has; where all find the entry damaged, all read and one keeps."""
    expected = fg.read(log_file)
    for number in range(12):
        folder = tmp_path / str(number)
        if damaged:
            fg.read(log_file, cache=folder)
            next(folder.rglob("rejected.arrow")).write_bytes(b"")
        together = threading.Barrier(4)

        def come(_, folder=folder, together=together):
            together.wait()
            return closely(log_file, folder)

        with ThreadPoolExecutor(4) as several:
            found = list(several.map(come, range(4)))
        for one in found:
            assert_same_log(one.interactions, expected)
        for one in found:
            assert one.not_cached == "" or (damaged and "was damaged, so" in one.not_cached)
            assert "could not be kept" not in one.not_cached
        (entry,) = folder.iterdir()
        assert sorted(path.name for path in entry.iterdir()) == sorted(ENTRY)
        assert closely(log_file, folder).from_cache


def test_what_another_has_just_kept_is_left_alone(log_file, tmp_path, monkeypatch):
    """Also where it appears while ours is being written."""
    one = closely(log_file, tmp_path / "c")
    (entry,) = (tmp_path / "c").iterdir()
    before = cache._mark(entry)
    items, options = [str(log_file)], checked_options(columns={})
    assert cache.keep(tmp_path / "c", items, options, one) == ""
    cache._write(entry, one)
    assert (cache._mark(entry), os.listdir(tmp_path / "c")) == (before, [entry.name])
    # A reader that found the old one damaged does not take the new one away.
    cache._remove(entry, (before[0], before[1] - 1))
    assert (cache._mark(entry), os.listdir(tmp_path / "c")) == (before, [entry.name])
    cache._remove(entry, before)
    assert os.listdir(tmp_path / "c") == []


def test_foreign_things_in_the_folder_are_left_alone(log_file, tmp_path, no_reading):
    (tmp_path / "c" / "pictures").mkdir(parents=True)
    (tmp_path / "c" / "cat.jpg").write_text("cat")
    fg.read(log_file, cache=tmp_path / "c")
    no_reading()
    fg.read(log_file, cache=tmp_path / "c")
    assert (tmp_path / "c" / "cat.jpg").read_text() == "cat"
    assert len(os.listdir(tmp_path / "c")) == 3


def test_a_file_in_the_place_of_an_entry_is_replaced(log_file, tmp_path):
    fg.read(log_file, cache=tmp_path / "c")
    entry = next((tmp_path / "c").iterdir())
    shutil.rmtree(entry)
    entry.write_text("not a folder")
    with pytest.warns(UserWarning, match="damaged"):
        fg.read(log_file, cache=tmp_path / "c")
    assert entry.is_dir()


@pytest.mark.skipif(os.name != "posix", reason="files in use cannot be deleted elsewhere")
def test_it_can_be_deleted_while_a_log_uses_it(log_file, tmp_path):
    expected = fg.read(log_file, cache=tmp_path / "c").table.to_pylist()
    log = fg.read(log_file, cache=tmp_path / "c")
    shutil.rmtree(tmp_path / "c")
    assert log.table.to_pylist() == expected
    assert fg.read(log_file, cache=tmp_path / "c").table.to_pylist() == expected


def test_pseudonyms_work_on_it(log_file, tmp_path):
    expected = fg.read(log_file).pseudonymise(b"at least sixteen bytes")
    fg.read(log_file, cache=tmp_path / "c")
    assert_same_log(fg.read(log_file, cache=tmp_path / "c").pseudonymise(b"at least sixteen bytes"), expected)


def test_archives(tmp_path, no_reading):
    with zipfile.ZipFile(tmp_path / "logs.zip", "w") as archive:
        archive.writestr("a.csv", ROWS)
        archive.writestr("b.csv", ROWS.replace("a,p", "z,p"))
    expected = fg.read(tmp_path / "logs.zip")
    fg.read(tmp_path / "logs.zip", cache=tmp_path / "c")
    no_reading()
    assert_same_log(fg.read(tmp_path / "logs.zip", cache=tmp_path / "c"), expected)


def test_tables_in_memory_are_not_kept_and_it_says_so(tmp_path):
    frame = pd.DataFrame({"user": ["a"], "page": ["p"], "time": [60]})
    with pytest.warns(UserWarning, match="Tables in memory are not kept in the cache"):
        fg.read(frame, cache=tmp_path / "c")
    assert not (tmp_path / "c").exists()


def test_nothing_is_kept_unless_asked(log_file, tmp_path):
    fg.read(log_file)
    assert os.listdir(tmp_path) == ["likes.csv"]


@pytest.mark.parametrize("wrong", ["", 7, b"c"])
def test_wrong_folders(log_file, wrong):
    with pytest.raises(fg.UsageError, match=r"cache is .*expected the path of a folder"):
        fg.read(log_file, cache=wrong)


def test_a_file_is_no_folder(log_file):
    with pytest.raises(fg.UsageError, match="which is a file"):
        fg.read(log_file, cache=log_file)


def test_what_cannot_be_kept_is_read_all_the_same(log_file, tmp_path, monkeypatch):
    def full(*_, **__):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("farmgraph.interactions.cache._write_table", full)
    with pytest.warns(UserWarning, match=r"could not be kept in the cache \(No space left"):
        assert len(fg.read(log_file, cache=tmp_path / "c")) == 2
    assert os.listdir(tmp_path / "c") == []


def test_stopped_while_writing_leaves_nothing(log_file, tmp_path, monkeypatch):
    def stop(*_, **__):
        raise KeyboardInterrupt

    monkeypatch.setattr("farmgraph.interactions.cache._write_table", stop)
    with pytest.raises(KeyboardInterrupt):
        fg.read(log_file, cache=tmp_path / "c")
    assert os.listdir(tmp_path / "c") == []


def test_investigate_wants_it_for_reading_only(log_file, tmp_path):
    with pytest.raises(fg.UsageError, match="the log has been read already"):
        fg.investigate(fg.read(log_file), cache=tmp_path / "c")
