"""Parquet and data frames: typed columns become the same interactions as text."""

import datetime as dt
import json

import duckdb
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import farmgraph as fg
from farmgraph.errors import InputError

WHEN = dt.datetime(2024, 5, 1, 12, 0, 0, 250_000)
COLUMNS = {"user": ["a", "b"], "page": ["p", "q"], "time": [WHEN, None]}


def frames():
    table = pa.table(COLUMNS)
    yield "pandas", table.to_pandas()
    yield "polars", pl.DataFrame(COLUMNS)
    yield "pyarrow", table
    yield "batch", table.to_batches()[0]
    yield "reader", table.to_reader()
    yield "duckdb", duckdb.from_arrow(table)


@pytest.mark.parametrize("name", ["pandas", "polars", "pyarrow", "batch", "reader", "duckdb"])
def test_every_kind_of_frame_gives_the_same_log(name):
    log = fg.read(dict(frames())[name])
    assert log.table["account"].to_pylist() == ["a", "b"]
    assert log.table["content"].to_pylist() == ["p", "q"]
    assert log.table["time"].to_pylist() == [WHEN.replace(tzinfo=dt.UTC), None]
    assert log.table["line"].to_pylist() == [1, 2]
    (source,) = log.source
    assert (source.path, source.n_rows, source.n_used) == ("<data frame>", 2, 2)
    assert len(source.sha256) == 64
    assert "Times without a zone were read as UTC." in log.notes


def test_parquet_like_the_frame_that_it_was_written_from(tmp_path):
    path = tmp_path / "log.parquet"
    frame = pd.DataFrame(
        {"user": [2**60 + 1, 5], "page": ["p", None], "time": [1_700_000_000, 1_700_000_001]}
    )
    frame.to_parquet(path)
    from_file, from_frame = fg.read(path), fg.read(frame)
    assert from_file.table["account"].to_pylist() == [str(2**60 + 1)]
    assert from_file.table.drop_columns("source").equals(from_frame.table.drop_columns("source"))
    assert from_file.rejected["raw_text"].tolist() == ['{"user":5,"page":null,"time":1700000001}']
    assert from_file.rejected["line"].tolist() == [2]
    assert from_file.source[0].n_bytes == path.stat().st_size


def test_identifiers_of_all_types():
    ids = {
        "int": (pa.array([7, None]), ["7"]),
        "uint64": (pa.array([2**64 - 1, None], pa.uint64()), [str(2**64 - 1)]),
        "whole float": (pa.array([12.0, None]), ["12"]),
        "nan": (pa.array([12.0, np.nan]), ["12"]),
        "float": (pa.array([12.5, None]), ["12.5"]),
        "text": (pa.array(["é", ""]), ["é"]),
        "blank": (pa.array(["é", "  "]), ["é"]),
        "large": (pa.array(["é", None], pa.large_string()), ["é"]),
        "view": (pa.array(["é", None], pa.string_view()), ["é"]),
        "category": (pa.array(["x", None]).dictionary_encode(), ["x"]),
        "number category": (pa.array([3.0, None]).dictionary_encode(), ["3"]),
        "bool": (pa.array([True, None]), ["true"]),
        "decimal": (pa.array([dt_decimal("12.00"), None]), ["12"]),
        "date": (pa.array([dt.date(2024, 5, 1), None]), ["2024-05-01"]),
        "bytes": (pa.array([b"xy", None]), ["xy"]),
    }
    for name, (column, expected) in ids.items():
        log = fg.read(pa.table({"user": column, "page": ["p", "p"]}))
        assert log.table["account"].to_pylist() == expected, name
        assert log.rejected_by_reason == {"empty account": 1}, name


def dt_decimal(text):
    from decimal import Decimal

    return Decimal(text)


def test_categories_that_no_row_uses_do_not_become_accounts():
    frame = pd.DataFrame({"user": pd.Categorical(["a"], categories=["z", "a"]), "page": ["p"]})
    log = fg.read(frame)
    assert log.table["account"].combine_chunks().dictionary.to_pylist() == ["a"]


def test_polars_categories_and_times():
    frame = pl.DataFrame(
        {
            "user": pl.Series(["b", "a", None], dtype=pl.Categorical),
            "page": pl.Series(["p", "p", "p"], dtype=pl.Enum(["p"])),
            "time": pl.Series([0, 1, 2], dtype=pl.Datetime("ms", "Europe/Berlin")),
        }
    )
    log = fg.read(frame, keep="page")
    assert log.table["account"].to_pylist() == ["b", "a"]
    assert log.table["page"].to_pylist() == ["p", "p"]
    assert log.table["time"].cast("int64").to_pylist() == [0, 1000]
    assert json.loads(log.rejected["raw_text"][0])["user"] is None


def test_floats_beyond_their_digits_are_noted():
    log = fg.read(pd.DataFrame({"user": [2.0**60, None], "page": ["p", "p"]}))
    assert log.table["account"].to_pylist() == [str(2**60)]
    assert any(
        "Column user holds floats beyond 2^53, whose last digits are lost" in note for note in log.notes
    )


def test_the_input_is_not_changed_and_its_index_not_read():
    frame = pd.DataFrame({"user": ["a", "b"], "page": ["p", "p"], "mixed": [1, "x"]}, index=[9, 9])
    before = frame.copy(deep=True)
    assert fg.read(frame).table["line"].to_pylist() == [1, 2]
    pd.testing.assert_frame_equal(frame, before)


def test_same_frame_same_hash_other_frame_other_hash():
    one = pa.table({"user": ["a"], "page": ["p"]})
    assert fg.read(one).source[0].sha256 == fg.read(one).source[0].sha256
    assert fg.read(one).source[0].sha256 != fg.read(pa.table({"user": ["a"], "page": ["q"]})).source[0].sha256


def test_times_too_far_out_to_be_written_are_rejected():
    table = pa.table({"user": ["a"], "page": ["p"], "time": pa.array([2**62], pa.timestamp("s"))})
    log = fg.read(table)
    assert log.rejected_by_reason == {"unreadable time": 1}
    assert str(2**62) in json.loads(log.rejected["raw_text"][0])["time"]


def test_many_rows_keep_their_order(monkeypatch):
    monkeypatch.setattr("farmgraph.interactions.batches.BLOCK_ROWS", 7)
    table = pa.table({"user": [f"u{i % 30}" for i in range(100)], "page": ["p"] * 100, "n": list(range(100))})
    log = fg.read(table, keep=["n"], threads=3)
    assert log.table["n"].to_pylist() == list(range(100))
    assert log.table["account"].to_pylist() == table["user"].to_pylist()


def test_several_frames():
    one, two = pd.DataFrame({"user": ["a"], "page": ["p"]}), pl.DataFrame({"page": ["q"], "user": [5]})
    log = fg.read([one, two])
    assert log.table["account"].to_pylist() == ["a", "5"]
    assert log.table["source"].to_pylist() == ["<data frame 1>", "<data frame 2>"]


@pytest.mark.parametrize(
    ("source", "message"),
    [
        (pd.DataFrame({"user": [1, "x"], "page": ["p", "p"]}), r"cannot be converted to Arrow .* mix types"),
        (
            pd.DataFrame({"user": [[1]], "page": ["p"]}),
            "Column 'user' holds list.* which cannot be an account",
        ),
        (
            pa.table({"user": ["a"], "page": ["p"], "time": [True]}),
            "Column 'time' holds bool, which are no times",
        ),
        (pd.DataFrame({"user": [], "page": []}), r"<data frame> has columns \('user', 'page'\) and no rows"),
        (pd.Series([1, 2]), r"pandas.*Series is not a table"),
        (
            pd.DataFrame({"user": ["a"]}),
            r"no column of contents recognised among 'user'\. Name it: content=",
        ),
        (pa.table({"user": [[1]], "page": ["p"]}), "Column 'user' holds list"),
        (np.zeros((2, 2)), r"Cannot read a numpy\.ndarray"),
        ({"user": ["a"]}, r"Cannot read a builtins\.dict\. Expected a path"),
        (None, "Cannot read a builtins.NoneType"),
    ],
)
def test_no_log(source, message):
    with pytest.raises(InputError, match=message):
        fg.read(source)


def test_damaged_parquet(tmp_path):
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"user": ["a"], "page": ["p"]}), path)
    path.write_bytes(path.read_bytes()[:-20])
    with pytest.raises(InputError, match=r"log\.parquet cannot be read as Parquet"):
        fg.read(path)
    path.write_text("user,page\na,p\n")
    with pytest.raises(InputError, match="is called Parquet but does not begin as such a file does"):
        fg.read(path)
    pq.write_table(pa.table({"user": pa.array([], pa.string()), "page": pa.array([], pa.string())}), path)
    with pytest.raises(InputError, match=r"has columns \('user', 'page'\) and no rows"):
        fg.read(path)


def test_parquet_names_with_dots(tmp_path):
    path = tmp_path / "log.parquet"
    pq.write_table(pa.table({"user.id": ["a"], "page": ["p"], "user": ["other"]}), path)
    assert fg.read(path, account="user.id").table["account"].to_pylist() == ["a"]


def test_both_zeros_are_one_account():
    log = fg.read(pd.DataFrame({"user": [0.0, -0.0, 1.0], "page": ["p", "q", "r"]}))
    assert log.table["account"].combine_chunks().dictionary.to_pylist() == ["0", "1"]


@pytest.mark.parametrize("frame", [pd.DataFrame(), pd.DataFrame(index=[1, 2]), pl.DataFrame(), pa.table({})])
def test_a_frame_without_columns_says_so(frame, tmp_path):
    message = r" has no columns\. Expected at least a column of accounts and one of contents\."
    for options in ({}, {"account": "user"}):
        with pytest.raises(InputError, match=f"^<data frame>{message}"):
            fg.read(frame, **options)
    if isinstance(frame, pa.Table):
        pq.write_table(frame, tmp_path / "log.parquet")
        with pytest.raises(InputError, match=rf"log\.parquet{message}"):
            fg.read(tmp_path / "log.parquet")


def test_categories_of_one_name_become_one_account():
    twice = pa.DictionaryArray.from_arrays(pa.array([0, 1, 2, 1]), pa.array(["a", "b", "a"]))
    log = fg.read(pa.table({"user": twice, "page": ["p"] * 4}), duplicates="keep")
    assert log.table["account"].combine_chunks().dictionary.to_pylist() == ["a", "b"]
    assert log.table["account"].to_pylist() == ["a", "b", "a", "b"]
