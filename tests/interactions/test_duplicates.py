"""Rows that stand in a log twice: the first stays, and nothing that differs anywhere is taken for the same."""

import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.interactions.duplicates import repeated

QUICK = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NOTE = "left out; duplicates='keep' (--duplicates keep) keeps such rows."


@pytest.fixture
def write(tmp_path):
    def written(name, text):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return written


def told(log):
    """Return (source, row, raw text) of the duplicates, by the file's own name."""
    some = log.rejected[log.rejected["reason"] == "exact duplicate"]
    return [
        (source.rpartition("/")[2], line, text)
        for source, line, text in zip(some["source"], some["line"], some["raw_text"], strict=True)
    ]


def checked(log):
    """Check that every row is used or rejected, and return the rows that are used."""
    assert log.n_rows == log.n_used + len(log.rejected)
    assert sum(log.rejected_by_reason.values()) == len(log.rejected)
    return log.table["line"].to_pylist()


def test_the_first_stays(write):
    log = fg.read(write("a.csv", "user,page,time\na,p,1\nb,q,2\na,p,1\nb,q,3\na,p,1\nb,q,2\n"))
    assert checked(log) == [1, 2, 4]
    assert told(log) == [
        ("a.csv", 3, "the same as row 1"),
        ("a.csv", 5, "the same as row 1"),
        ("a.csv", 6, "the same as row 2"),
    ]
    assert log.rejected_by_reason == {"exact duplicate": 3}
    assert f"3 rows are the same as an earlier one in every field and were {NOTE}" in log.notes
    assert (log.source[0].n_rows, log.source[0].n_used) == (6, 3)


def test_one_is_told_in_the_singular(write):
    log = fg.read(write("a.csv", "user,page\na,p\na,p\n"))
    assert f"1 row is the same as an earlier one in every field and was {NOTE}" in log.notes


def test_they_can_be_kept(write):
    path = write("a.csv", "user,page,time\na,p,1\na,p,1\n")
    log = fg.read(path, duplicates="keep")
    assert checked(log) == [1, 2]
    assert log.options == {"duplicates": "keep"}
    assert not any("every field" in note for note in log.notes)
    with pytest.raises(fg.UsageError, match=r"duplicates is 'drop'; expected one of remove, keep\."):
        fg.read(path, duplicates="drop")


def test_a_column_that_is_not_read_tells_rows_apart(write):
    rows = [("a", "p", "x"), ("a", "p", "y"), ("a", "p", "x")]
    text = write("a.csv", "user,page,note\n" + "".join(",".join(row) + "\n" for row in rows))
    lines = write(
        "a.jsonl",
        "\n".join(json.dumps(dict(zip(("user", "page", "note"), row, strict=True))) for row in rows),
    )
    frame = pd.DataFrame(rows, columns=["user", "page", "note"])
    pq.write_table(pa.Table.from_pandas(frame), text.with_suffix(".parquet"))
    for source in (text, lines, text.with_suffix(".parquet"), frame, pl.from_pandas(frame), pa.table(frame)):
        log = fg.read(source)
        assert checked(log) == [1, 2]
        assert log.rejected["raw_text"].tolist() == ["the same as row 1"]


def test_across_files(write):
    one = write("1.csv", "user,page,time\na,p,1\nb,q,2\n")
    two = write("2.csv", "user,page,time\nc,q,2\na,p,1\nb,q,2\nb,q,2\n")
    log = fg.read([one, two])
    assert checked(log) == [1, 2, 1]
    assert [(line, text.rpartition("/")[0].rpartition(" ")[0], text[-5:]) for _, line, text in told(log)] == [
        (2, "the same as row 1 of", "1.csv"),
        (3, "the same as row 2 of", "1.csv"),
        (4, "the same as row 2 of", "1.csv"),
    ]
    assert [(source.n_rows, source.n_used) for source in log.source] == [(2, 2), (4, 1)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        # Equal bytes under other columns say something else.
        ("user,page,x,y\na,p,1,2\n", "user,page,y,x\na,p,1,2\n"),
        ("user,page,likes\na,p,1\n", "user,page,shares\na,p,1\n"),
        ("user,page\na,p\n", "page,user\na,p\n"),
        ("user,page\na,p\n", "page,user\np,a\n"),
    ],
)
def test_other_columns_are_not_the_same(write, first, second):
    log = fg.read([write("1.csv", first), write("2.csv", second)], account="user", content="page")
    assert checked(log) == [1, 1]
    halves = [pd.read_csv(write("1.csv", first)), pd.read_csv(write("2.csv", second))]
    assert len(checked(fg.read(halves, account="user", content="page"))) == 2


def test_what_is_written_otherwise_is_not_exact(write):
    # In text a row is its bytes: other quotes, spaces, digits or orders of fields are other rows.
    text = 'user,page,time\na,p,1\n"a",p,1\na,p,1.0\na, p,1\na,p,1\r\n'
    log = fg.read(write("a.csv", text))
    assert checked(log) == [1, 2, 3, 4]
    # The end of a line belongs to no row.
    assert told(log) == [("a.csv", 5, "the same as row 1")]
    lines = '{"user":"a","page":"p"}\n{"user": "a","page":"p"}\n{"page":"p","user":"a"}\n {"user":"a","page":"p"} \n'
    log = fg.read(write("a.jsonl", lines))
    assert checked(log) == [1, 2, 3]
    assert told(log) == [("a.jsonl", 4, "the same as row 1")]


def test_rejected_rows_are_no_first_ones(write):
    # Rows that cannot be used anyway keep their own reason, however often they stand there.
    log = fg.read(write("a.csv", "user,page,time\n,p,1\n,p,1\na,p,soon\na,p,soon\na,p\na,p\n\n\na,p,1\n"))
    assert checked(log) == [9]
    assert log.rejected_by_reason == {
        "blank line": 2,
        "empty account": 2,
        "too few fields": 2,
        "unreadable time": 2,
    }


def test_an_array_and_pages_of_json(write):
    record = {"user": "a", "page": "p", "n": 1}
    array = write("a.json", json.dumps([record, {**record, "n": 2}, record], indent=1))
    assert checked(fg.read(array)) == [1, 2]
    pages = write(
        "b.jsonl",
        "\n".join(json.dumps({"data": rows}) for rows in ([record, record], [{**record, "n": 2}, record])),
    )
    log = fg.read(pages)
    assert checked(log) == [1, 3]
    assert [text for *_, text in told(log)] == ["the same as row 1"] * 2


def frames(table):
    yield "pyarrow", table
    yield "pandas", table.to_pandas()
    yield "polars", pl.from_arrow(table)


@pytest.mark.parametrize(
    "values",
    [
        *(["", None], [[], None], [[None], []], [[1, None], [1]], [[[]], []], [{"x": None}, None], [0, None]),
        *(
            ["1", "01"],
            ["NULL", None],
            [[[1], [2]], [[1, 2], []]],
            [b"", None],
            [1.5, None],
            [["a,b"], ["a", "b"]],
        ),
    ],
    ids=repr,
)
def test_values_that_look_alike_are_not_the_same(values, tmp_path):
    table = pa.table({"user": ["a"] * 4, "page": ["p"] * 4, "x": values + values})
    assert checked(fg.read(table)) == [1, 2]
    pq.write_table(table, tmp_path / "log.parquet")
    assert checked(fg.read(tmp_path / "log.parquet")) == [1, 2]


def test_names_of_columns_that_sql_might_take_for_something_else(tmp_path):
    for name in ("rows", "hash", "row", "log", "select", 'a"b', "", "User", "user_", "page_"):
        table = pa.table({"user": ["a"] * 3, "page": ["p"] * 3, name: [1, 1, 1], "x": [1, 2, 1]})
        pq.write_table(table, tmp_path / "log.parquet")
        for source in (table, tmp_path / "log.parquet"):
            assert checked(fg.read(source, account="user", content="page")) == [1, 2], name


def test_a_file_whose_name_is_a_pattern(tmp_path):
    # The other file fits the pattern, and there all rows are the same.
    same, other = (pa.table({"user": ["a"] * 2, "page": ["p"] * 2, "x": x}) for x in ([1, 1], [1, 2]))
    (tmp_path / "year=2024").mkdir()
    for name, fitting in (("a[1]", "a1"), ("b*", "bx"), ("c?", "cx"), ("year=2024/d", "e")):
        pq.write_table(other, tmp_path / f"{name}.parquet")
        pq.write_table(same, tmp_path / f"{fitting}.parquet")
        assert checked(fg.read(tmp_path / f"{name}.parquet")) == [1, 2]
        assert checked(fg.read(tmp_path / f"{fitting}.parquet")) == [1]
    # A folder's name is no column of the file.
    pq.write_table(other, tmp_path / "d.parquet")
    assert checked(fg.read([tmp_path / "year=2024/d.parquet", tmp_path / "d.parquet"])) == [1, 2]


def test_a_file_and_the_frame_that_it_was_written_from(tmp_path):
    table = pa.table({"user": ["a", "b"], "page": ["p", "q"], "n": [1, 2]})
    pq.write_table(table, tmp_path / "log.parquet")
    log = fg.read([tmp_path / "log.parquet", table.to_pandas(), pl.from_arrow(table)])
    assert checked(log) == [1, 2]
    assert log.rejected_by_reason == {"exact duplicate": 4}


def test_columns_that_cannot_be_compared_are_told():
    table = pa.table(
        [pa.array(["a", "a"]), pa.array(["p", "p"]), pa.array([1, 2]), pa.array([3, 4])],
        ["user", "page", "x", "x"],
    )
    log = fg.read(table)
    assert checked(log) == [1, 2]
    assert (
        "<data frame> has columns that cannot be compared, so exact duplicates were not looked for."
        in log.notes
    )
    mixed = pd.DataFrame({"user": ["a", "a"], "page": ["p", "p"], "x": pd.Series([1, "b"], dtype=object)})
    assert checked(fg.read(mixed)) == [1, 2]


def test_rows_that_cannot_be_compared_beside_others(write):
    table = pa.table([["a", "a"], ["p", "p"], [1, 1], [3, 3]], ["user", "page", "x", "x"])
    for source in (
        [write("a.csv", "user,page\na,p\na,p\n"), table],
        [table, write("a.csv", "user,page\na,p\na,p\n")],
    ):
        log = fg.read(source)
        # Of the frame both rows stay, of the file one.
        assert len(checked(log)) == 3
        assert told(log)[0][0] == "a.csv"


FIELD = st.sampled_from(["a", "b", ""])
ROWS = st.lists(st.tuples(FIELD, FIELD, st.sampled_from(["1", "2", ""]), FIELD), min_size=1, max_size=12)


def by_hand(rows):
    """Return which rows are used, and which are the same as an earlier used one."""
    seen, used, same = set(), [], []
    for line, row in enumerate(rows, start=1):
        if not row[0] or not row[1]:
            continue
        (same if row in seen else used).append(line)
        seen.add(row)
    return used, same


@QUICK
@given(ROWS, st.integers(1, 5))
@example([("a", "a", "1", ""), ("a", "a", "1", "")], 1)
def test_any_rows_in_any_blocks(tmp_path_factory, rows, size):
    path = tmp_path_factory.getbasetemp() / "duplicates.csv"
    path.write_text("user,page,time,note\n" + "".join(",".join(row) + "\n" for row in rows))
    used, same = by_hand(rows)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("farmgraph.interactions.records.BLOCK_ROWS", size)
        patch.setattr("farmgraph.interactions.batches.BLOCK_ROWS", size)
        for source in (path, pd.DataFrame(rows, columns=["user", "page", "time", "note"])):
            log = fg.read(source)
            assert checked(log) == used
            assert [line for _, line, _ in told(log)] == same


@QUICK
@given(st.lists(ROWS, min_size=2, max_size=3))
def test_any_rows_in_several_files(tmp_path_factory, files):
    paths = [tmp_path_factory.getbasetemp() / f"duplicates-{n}.csv" for n in range(len(files))]
    for path, rows in zip(paths, files, strict=True):
        path.write_text("user,page,time,note\n" + "".join(",".join(row) + "\n" for row in rows))
    places = [
        (str(path), line) for path, rows in zip(paths, files, strict=True) for line in range(1, len(rows) + 1)
    ]
    used, same = by_hand([row for rows in files for row in rows])
    log = fg.read(paths)
    found = zip(log.table["source"].to_pylist(), log.table["line"].to_pylist(), strict=True)
    assert list(found) == [places[n - 1] for n in used]
    some = log.rejected[log.rejected["reason"] == "exact duplicate"]
    assert list(zip(some["source"], some["line"], strict=True)) == [places[n - 1] for n in same]
    checked(log)


@pytest.mark.parametrize("kind", ["csv", "json", "frame"])
def test_rows_of_one_hash_that_differ_stay(write, monkeypatch, kind):
    # Six rows, all of one hash; the last is the first again. Who, what or when tells the others apart.
    rows = [("a", "p", 1), ("b", "p", 1), ("a", "q", 1), ("a", "p", 2), ("c", "r", 3), ("a", "p", 1)]
    if kind == "csv":
        source = write("a.csv", "user,page,time\n" + "".join(f"{u},{p},{t}\n" for u, p, t in rows))
    elif kind == "json":
        source = write(
            "a.jsonl", "".join(json.dumps({"user": u, "page": p, "time": t}) + "\n" for u, p, t in rows)
        )
    else:
        source = pd.DataFrame(rows, columns=["user", "page", "time"])
    flat = lambda data, starts, ends: np.zeros(len(starts), np.uint64)  # noqa: E731
    monkeypatch.setattr("farmgraph.interactions.delimited.hashes_of", flat)
    monkeypatch.setattr("farmgraph.interactions.jsonlines.hashes_of", flat)
    monkeypatch.setattr("farmgraph.interactions.frames._hashes", lambda *_: np.zeros(len(rows), np.uint64))
    log = fg.read(source)
    assert checked(log) == [1, 2, 3, 4, 5]
    assert [line for _, line, _ in told(log)] == [6]


@QUICK
@given(st.lists(st.integers(0, 5)))
def test_what_occurs_more_than_once(numbers):
    expected = sorted({number for number in numbers if numbers.count(number) > 1})
    assert repeated(np.array(numbers, np.uint64)).tolist() == expected


TWEET = {
    "id": "1",
    "author_id": "u",
    "text": "hi #a #b",
    "created_at": "2024-05-01T00:00:00Z",
    "edit_history_tweet_ids": ["1"],
}


def test_a_post_with_several_contents_goes_as_a_whole(write):
    post = {**TWEET, "entities": {"hashtags": [{"tag": "a"}, {"tag": "b"}]}}
    lines = [post, {**TWEET, "id": "2"}, post, {**post, "id": "3", "author_id": "v"}]
    log = fg.read(write("a.jsonl", "\n".join(map(json.dumps, lines))))
    # Two hashtags and a text; a text; nothing; two hashtags and a text.
    assert log.table["line"].to_pylist() == [1, 1, 1, 2, 4, 4, 4]
    assert (log.n_used, log.n_rows, len(log)) == (3, 4, 7)
    assert told(log) == [("a.jsonl", 3, "the same as row 1")]


def test_doing_it_again_later_is_no_duplicate_and_no_second_content(write):
    # a and b act on p and q, a three times on p: two contents in common, one pair, four edges.
    rows = ["a,p,1", "a,p,2", "a,p,2", "a,p,3", "a,q,4", "b,p,5", "b,q,6"]
    log = fg.read(write("a.csv", "user,page,time\n" + "\n".join(rows) + "\n"))
    assert checked(log) == [1, 2, 4, 5, 6, 7]
    assert fg.to_scipy(fg.bipartite(log)).nnz == 4
    pairs = fg.co_engagement(fg.bipartite(log), window=None, min_contents=1).pairs
    assert pairs[["account_a", "account_b", "n_contents"]].values.tolist() == [["a", "b", 2]]
