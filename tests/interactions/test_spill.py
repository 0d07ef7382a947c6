import gc
import os
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st
from interactions.same import assert_same_log

import farmgraph as fg
from farmgraph.interactions import spill
from farmgraph.interactions.duplicates import repeated
from farmgraph.interactions.names import with_gaps
from farmgraph.memory import resident, within_memory

FIXTURES = sorted((Path(__file__).parent / "presets" / "fixtures").iterdir())


@pytest.fixture
def short(monkeypatch):
    """Make memory short from the first block on, and pieces small."""

    def begin():
        monkeypatch.setattr("farmgraph.interactions.ledger.is_short", lambda n_bytes: True)
        for module in ("spill", "names", "duplicates"):
            monkeypatch.setattr(f"farmgraph.interactions.{module}.CHUNK", 8)
        monkeypatch.setattr("farmgraph.interactions.records.BLOCK_ROWS", 16)
        monkeypatch.setattr("farmgraph.interactions.batches.BLOCK_ROWS", 16)

    return begin


def some_rows(seed, n):
    rng = np.random.default_rng(seed)
    frame = pd.DataFrame(
        {
            "user": [f"u{i}" for i in rng.integers(0, 9, n)],
            "page": rng.choice(["p", "q", "", "1.2E+18", "r"], n),
            "time": rng.choice(["60", "61", "", "never"], n),
            "action": rng.choice(["like", "share"], n),
            "extra": rng.choice(["x", "ä"], n),
        }
    )
    return frame


@pytest.mark.parametrize("path", FIXTURES, ids=lambda path: path.name)
def test_every_format_is_read_the_same_beside_the_memory(path, short):
    expected = fg.read(path)
    short()
    assert_same_log(fg.read(path), expected)


@pytest.mark.parametrize("options", [{}, {"duplicates": "keep"}, {"actions": ["like"]}, {"keep": ["extra"]}])
def test_several_files_with_faults_and_duplicates(tmp_path, short, options):
    for n in range(3):
        some_rows(n, 90).to_csv(tmp_path / f"{n}.csv", index=False)
    expected = fg.read(str(tmp_path / "*.csv"), **options)
    assert len(expected.rejected_by_reason) > 2
    short()
    assert_same_log(fg.read(str(tmp_path / "*.csv"), **options), expected)


@pytest.mark.parametrize("threads", [1, 2])
def test_parquet_and_frames(tmp_path, short, threads):
    rows = some_rows(5, 200)
    pq.write_table(pa.Table.from_pandas(rows), tmp_path / "log.parquet")
    files, frame = fg.read(tmp_path / "log.parquet"), fg.read(rows)
    assert files.rejected_by_reason["exact duplicate"] > 10
    short()
    assert_same_log(fg.read(tmp_path / "log.parquet", threads=threads), files)
    assert_same_log(fg.read(rows, threads=threads), frame)


def test_a_tight_limit_changes_nothing_but_where_columns_lie(tmp_path, monkeypatch):
    """What is measured decides, with interactions that are said to take ten kilobytes each instead of 60 bytes."""
    rows = pd.concat([some_rows(1, 5_000)] * 20)
    rows.to_csv(tmp_path / "log.csv", index=False)
    expected = fg.read(tmp_path / "log.csv")
    made = []

    def on_disk(what):
        made.append(spill.OnDisk(what))
        return made[-1]

    monkeypatch.setattr("farmgraph.interactions.ledger.OnDisk", on_disk)
    assert_same_log(fg.read(tmp_path / "log.csv", memory_limit=resident() + 300_000_000), expected)
    assert made == []
    # What repeats is found in the end: until then more than 40,000 are held, 400 MB where 300 may be taken.
    assert expected.n_used + expected.rejected_by_reason["exact duplicate"] > 40_000
    monkeypatch.setattr("farmgraph.interactions.ledger._ROW_BYTES", 10_000)
    assert_same_log(fg.read(tmp_path / "log.csv", memory_limit=resident() + 300_000_000), expected)
    assert [(one.what, len(one.file) > 0) for one in made] == [(str(tmp_path / "log.csv"), True)]


def test_a_data_frame_is_said_in_words():
    with pytest.raises(
        fg.BudgetError, match=r"^Keeping what was read of the data frame, 3,000 rows so far, needs about"
    ):
        fg.read(some_rows(1, 3_000), memory_limit="64MB")


@pytest.mark.parametrize("form", ["frame", "json"])
def test_duckdb_is_told_of_the_limit_and_puts_nothing_on_the_disk(tmp_path, monkeypatch, form):
    import duckdb

    rows = some_rows(2, 2_000)
    rows.to_json(tmp_path / "log.jsonl", orient="records", lines=True)
    told, before = [], duckdb.connect

    def connect(config):
        told.append(config)
        return before(config=config)

    monkeypatch.setattr("duckdb.connect", connect)
    limit = resident() + 400_000_000
    fg.read(rows if form == "frame" else tmp_path / "log.jsonl", memory_limit=limit)
    assert told
    assert all(config["temp_directory"] == "" for config in told)
    assert all(int(config["memory_limit"].removesuffix("B")) <= limit // 2 for config in told)


def test_what_is_too_large_for_duckdb_is_refused_with_a_way_out():
    with (
        pytest.raises(fg.BudgetError, match=r"the memory that DuckDB may take \(.*\)\. Allow more with"),
        within_memory(resident() + 100_000_000),
        spill.duck(threads=1) as connection,
    ):
        connection.sql("CREATE TABLE numbers AS SELECT hash(range) AS x FROM range(80000000)")


def test_columns_outlive_their_files_and_leave_nothing(tmp_path, monkeypatch, short):
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    path = FIXTURES[0]
    expected = fg.read(path).table.to_pylist()
    short()
    log = fg.read(path)
    assert os.listdir(tmp_path) == []
    gc.collect()
    assert log.table.to_pylist() == expected


def test_too_small_a_limit_is_refused_while_reading(tmp_path):
    some_rows(1, 3_000).to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(fg.BudgetError, match=r"of memory, but .* are in use and the limit is 64 MB"):
        fg.read(tmp_path / "log.csv", memory_limit="64MB")


def test_names_have_to_fit(tmp_path, monkeypatch):
    monkeypatch.setattr("farmgraph.interactions.names._WORTH_ASKING", 0)
    monkeypatch.setattr("farmgraph.interactions.names.claim", lambda step, n: pytest.fail(f"{step} {n > 0}"))
    some_rows(1, 10_000).assign(user=range(10_000)).to_csv(tmp_path / "log.csv", index=False)
    with pytest.raises(
        pytest.fail.Exception, match="Knowing the distinct accounts by their names, 0 so far, True"
    ):
        fg.read(tmp_path / "log.csv")


def test_a_full_disk_is_an_error_and_not_the_end(monkeypatch, short):
    def full(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.posix_fallocate", full, raising=False)
    short()
    with pytest.raises(fg.BudgetError, match=r"does not fit into the memory, and not beside it .*TMPDIR"):
        fg.read(FIXTURES[0])


@given(st.lists(st.integers(0, 40), max_size=60), st.integers(1, 20))
def test_repeats_are_found_part_by_part(numbers, at_a_time):
    # Spread over all 64 bits, as hashes are.
    hashes = np.array(numbers, np.uint64) * np.uint64(0x9E3779B97F4A7C15)
    expected = sorted({int(h) for h in hashes if (hashes == h).sum() > 1})
    assert repeated(hashes, at_a_time=at_a_time).tolist() == expected


@given(st.lists(st.integers(-1, 5), max_size=40))
def test_gaps(numbers):
    array = with_gaps(np.array(numbers, np.int32), pa.int32(), gap=-1)
    assert array.to_pylist() == [None if n < 0 else n for n in numbers]
    array.validate(full=True)


def test_arrays_on_disk_are_apart_and_zero_is_fine(tmp_path):
    allocate = spill.OnDisk("test")
    arrays = [allocate(n, kind) for n in (0, 3, 1_000_000) for kind in (np.uint8, np.int32, np.int64)]
    for number, array in enumerate(arrays):
        array[:] = number + 1
    assert [set(array.tolist()) - {number + 1} for number, array in enumerate(arrays)] == [set()] * 9


def test_repeats_have_to_fit(tmp_path, monkeypatch):
    asked = {}
    monkeypatch.setattr(
        "farmgraph.interactions.duplicates.claim",
        lambda step, n, *, way_out: asked.update({step: (n, way_out)}),
    )
    (tmp_path / "log.csv").write_text("user,page,time\n" + "a,p,60\n" * 50 + "b,p,60\n")
    assert fg.read(tmp_path / "log.csv").rejected_by_reason == {"exact duplicate": 49}
    assert list(asked) == ["Comparing 50 rows that look the same", "Listing 49 rows that repeat earlier ones"]
    assert all("--duplicates keep" in way_out for _, way_out in asked.values())
