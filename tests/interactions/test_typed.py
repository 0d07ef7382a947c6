"""Typed columns whose text is no text, or whose type says more than what is stored."""

import json
import uuid

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.typed import readable_text

DAMAGED = pa.array([b"a", b"caf\xe9", None, b"b"], pa.binary())
ID = uuid.UUID("00010203-0405-0607-0809-0a0b0c0d0e0f")


def extended(kind, stored):
    return pa.ExtensionArray.from_storage(kind, stored)


@pytest.mark.parametrize(
    "column",
    [
        DAMAGED,
        DAMAGED.view(pa.string()),
        DAMAGED.cast(pa.large_binary()),
        DAMAGED.cast(pa.binary_view()),
        DAMAGED.view(pa.string()).cast(pa.string_view()),
        DAMAGED.view(pa.string()).dictionary_encode(),
        DAMAGED.dictionary_encode(),
    ],
    ids=["binary", "string", "large", "binary view", "string view", "dictionary", "binary dictionary"],
)
@pytest.mark.parametrize("as_file", [False, True])
def test_bytes_that_are_no_text_reject_their_row_alone(tmp_path, column, as_file):
    table = pa.table({"user": column, "page": ["p", "q", "r", "s"]})
    source = table
    if as_file:
        source = tmp_path / "log.parquet"
        pq.write_table(table, source)
    log = fg.read(source)
    assert log.table["account"].to_pylist() == ["a", "b"]
    assert log.rejected[["line", "reason"]].values.tolist() == [[2, "not UTF-8"], [3, "empty account"]]
    assert log.rejected["raw_text"][0] == json.dumps({"user": r"caf\xe9", "page": "q"}, separators=(",", ":"))


@pytest.mark.parametrize("role", ["time", "type", "note"])
def test_damaged_text_in_any_wanted_column_rejects_its_row_alone(role):
    column = pa.array([b"1", b"\xff", b"3"], pa.binary()).view(pa.string())
    log = fg.read(
        pa.table({"user": ["a", "b", "c"], "page": ["p"] * 3, role: column}),
        keep=["note"] if role == "note" else [],
    )
    assert log.table["line"].to_pylist() == [1, 3]
    assert log.rejected["reason"].tolist() == ["not UTF-8"]


def test_identifiers_of_a_fixed_number_of_bytes():
    users = pa.array([b"ab", b"\xff\xff", None], pa.binary(2))
    log = fg.read(pa.table({"user": users, "page": ["p", "q", "r"]}))
    assert log.table["account"].to_pylist() == ["ab"]
    assert log.rejected_by_reason == {"empty account": 1, "not UTF-8": 1}


def test_bytes_of_which_none_is_text_are_refused(monkeypatch):
    monkeypatch.setattr("farmgraph.interactions.batches.BLOCK_ROWS", 2)
    users = [b"\xff", b"\xfe", None, b"\xe9"]
    with pytest.raises(InputError, match=r"column 'user' holds bytes, and not one of them is text in UTF-8"):
        fg.read(pa.table({"user": users, "page": ["p"] * 4}))
    # One that is text, in whatever block: then each row is judged by itself.
    log = fg.read(pa.table({"user": [*users, b"a"], "page": ["p"] * 5}))
    assert log.rejected_by_reason == {"not UTF-8": 3, "empty account": 1}


def test_damaged_text_inside_lists_names_the_column():
    tags = pa.ListArray.from_arrays(pa.array([0, 1], pa.int32()), pa.array([b"\xff"]).view(pa.string()))
    with pytest.raises(InputError, match=r"Column 'tags' holds list.*not UTF-8.*leave it out of keep"):
        fg.read(pa.table({"user": ["a"], "page": ["p"], "tags": tags}), keep=["tags"])


def test_kept_bytes_stay_bytes():
    log = fg.read(pa.table({"user": ["a"], "page": ["p"], "hash": [b"\xff"]}), keep=["hash"])
    assert log.table["hash"].to_pylist() == [b"\xff"]


def test_halves_of_characters_reject_their_row_alone():
    frame = pd.DataFrame(
        {
            "user": pd.Series(["a", "\ud800", None, "b"], dtype=object),
            "page": pd.Categorical(["p", "p", "q", "q"]),
            "time": [1, 2, 3, 4],
        }
    )
    log = fg.read(frame)
    assert log.table["account"].to_pylist() == ["a", "b"]
    assert log.rejected_by_reason == {"empty account": 1, "not UTF-8": 1}
    assert json.loads(log.rejected["raw_text"][0]) == {"user": r"\ud800", "page": "p", "time": 2}
    mixed = pd.DataFrame({"user": pd.Series(["\ud800", 3], dtype=object), "page": ["p", "p"]})
    with pytest.raises(InputError, match="column 'user' holds lone surrogates and not only text"):
        fg.read(mixed)


def test_a_slice_is_repaired_as_such():
    column, bad = readable_text(DAMAGED.slice(1), name="user", from_bytes=True)
    assert column.to_pylist() == [r"caf\xe9", None, "b"]
    assert bad.tolist() == [True, False, False]
    assert readable_text(DAMAGED.slice(2), name="user", from_bytes=True)[1] is None


@pytest.mark.parametrize(
    ("column", "expected"),
    [
        (pa.array([b"?" * 16, ID.bytes, None], pa.uuid()).slice(1), [str(ID), None]),
        (extended(pa.json_(), pa.array(['"x"', None])), ['"x"', None]),
        (extended(pa.bool8(), pa.array([2, 0], pa.int8())), ["true", "false"]),
        (extended(pa.opaque(pa.string(), "enum", "database"), pa.array(["x", None])), ["x", None]),
    ],
    ids=["uuid", "json", "bool8", "opaque"],
)
def test_harmless_extensions(column, expected):
    log = fg.read(pa.table({"user": ["a", "b"], "page": ["p", "q"], "type": column}))
    assert log.table["action"].to_pylist() == expected


PERIODS = pd.DataFrame(
    {"user": ["a"], "page": ["p"], "time": pd.period_range("2024-01", periods=1, freq="M")}
)


@pytest.mark.parametrize("form", ["frame", "category", "file", "kept", "uuid", "opaque"])
def test_stored_values_that_mean_something_else_are_refused(tmp_path, form):
    source, keep = PERIODS, ()
    match = (
        r"Column 'time' holds pandas\.period, stored as int64, .*\.dt\.to_timestamp.*time= \(on the command"
    )
    if form == "category":
        source = PERIODS.assign(time=PERIODS["time"].astype("category"))
    elif form == "file":
        # Whoever has not imported pandas finds whole numbers there, and the type in a footnote.
        source = tmp_path / "log.parquet"
        table = pa.Table.from_pandas(PERIODS)
        told = {"ARROW:extension:name": "pandas.period", "ARROW:extension:metadata": '{"freq": "M"}'}
        field = pa.field("time", pa.int64(), metadata=told)
        pq.write_table(
            pa.table(
                [*table.columns[:2], pa.array([648])], schema=pa.schema([*list(table.schema)[:2], field])
            ),
            source,
        )
    elif form == "kept":
        source, keep = PERIODS.rename(columns={"time": "month"}), ["month"]
        match = r"Column 'month' holds pandas\.period.*cannot be kept.*leave it out of keep"
    elif form == "uuid":
        source = pa.table({"user": ["a"], "page": ["p"], "time": pa.array([ID.bytes], pa.uuid())})
        match = r"Column 'time' holds arrow\.uuid"
    elif form == "opaque":
        times = extended(pa.opaque(pa.int64(), "t", "database"), pa.array([5]))
        source = pa.table({"user": ["a"], "page": ["p"], "time": times})
        match = r"Column 'time' holds arrow\.opaque"
    with pytest.raises(InputError, match=match):
        fg.read(source, keep=keep)


def test_kept_columns_of_types_that_text_cannot_join(tmp_path):
    (tmp_path / "a.csv").write_text("user,page,tags\na,p,x\n")
    frame = pa.table({"user": ["b"], "page": ["p"], "tags": [b"\xff"]})
    with pytest.raises(InputError, match="Column 'tags' holds binary in one source and something else"):
        fg.read([tmp_path / "a.csv", frame], keep=["tags"])
