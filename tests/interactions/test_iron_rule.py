"""Rows used and rows rejected make up the rows of the file, whatever the file."""

import csv
import io
import json

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError

QUICK = settings(
    max_examples=120,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


@pytest.fixture(scope="module")
def path(tmp_path_factory):
    return tmp_path_factory.mktemp("iron") / "log.csv"


def reference(text):
    """Split a text into records by the same rules, one character at a time: (fields, or None if broken)."""
    records = []
    at = 0
    while at < len(text):
        fields, field, i, broken = [], "", at, False
        while True:
            if i < len(text) and text[i] == '"':
                i += 1
                while i < len(text) and not (text[i] == '"' and text[i + 1 : i + 2] != '"'):
                    field += text[i]
                    i += 2 if text[i] == '"' else 1
                broken = i >= len(text)
                i += 1
                broken = broken or (i < len(text) and text[i] not in ",\r\n")
            while not broken and i < len(text) and text[i] not in ",\r\n":
                field += text[i]
                i += 1
            fields.append(field)
            field = ""
            if broken or i >= len(text) or text[i] != ",":
                break
            i += 1
        if broken:
            i = at
            while i < len(text) and text[i] not in "\r\n":
                i += 1
        records.append(None if broken else fields)
        at = i + (2 if text[i : i + 2] == "\r\n" else 1)
    return records


@QUICK
@given(st.text(alphabet='ab",\n\r é', min_size=1, max_size=60))
def test_any_text_is_accounted_for(path, body):
    path.write_bytes(b"user,page,time\n" + body.encode())
    expected = reference(body)
    log = fg.read(path, account="user", content="page", time="time", duplicates="keep")
    assert log.n_rows == len(expected) == len(log) + len(log.rejected)
    # Times are made of the same letters, so that only an empty one is readable.
    good = [
        (line, fields[0], fields[1])
        for line, fields in enumerate(expected, start=1)
        if fields
        and len(fields) == 3
        and fields[0].strip()
        and fields[1].strip()
        and not fields[2].strip(" ")
    ]
    columns = (log.table[name].to_pylist() for name in ("line", "account", "content"))
    assert list(zip(*columns, strict=True)) == good
    lines = sorted(log.table["line"].to_pylist() + log.rejected["line"].tolist())
    assert lines == list(range(1, len(expected) + 1))


FIELD = st.text(alphabet='ab",\n\r;\t é🙂', max_size=8)


@QUICK
@given(st.lists(st.tuples(FIELD, FIELD, FIELD), min_size=1, max_size=8))
def test_what_the_csv_module_writes_comes_back(path, written):
    with open(path, "w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file, quoting=csv.QUOTE_ALL)
        writer.writerow(["user", "page", "text"])
        writer.writerows(written)
    again = list(csv.reader(io.StringIO(path.read_bytes().decode(), newline=""), strict=True))[1:]
    assert again == [list(row) for row in written]
    log = fg.read(path, keep=["text"], duplicates="keep")
    used = [row for row in written if row[0].strip() and row[1].strip()]
    columns = (log.table[name].to_pylist() for name in ("account", "content", "text"))
    assert list(zip(*columns, strict=True)) == used
    assert len(log) + len(log.rejected) == len(written)


@QUICK
@given(st.binary(min_size=1, max_size=80))
def test_any_bytes_are_accounted_for(path, body):
    path.write_bytes(b"user,page,time\n" + body)
    log = fg.read(path)
    lines = sorted(log.table["line"].to_pylist() + log.rejected["line"].tolist())
    assert lines == list(range(1, log.n_rows + 1))
    assert all("\0" not in text for text in log.rejected["raw_text"])


VALUE = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-(2**70), 2**70),
    st.text(max_size=4),
    st.lists(st.integers(), max_size=2),
)


@settings(QUICK, max_examples=50)
@given(
    st.lists(
        st.dictionaries(st.sampled_from(["user", "page", "time"]), VALUE).map(json.dumps)
        | st.text(alphabet='{}[]":, a1\t', max_size=12).filter(lambda s: "\n" not in s),
        max_size=8,
    )
)
def test_any_json_lines_are_accounted_for(path, lines):
    lines = ['{"user":"u","page":"p","time":1}', *lines]
    path.with_suffix(".jsonl").write_text("\n".join(lines) + "\n", encoding="utf-8")
    log = fg.read(path.with_suffix(".jsonl"), account="user", content="page", time="time")
    assert log.n_rows == len(lines) == len(log) + len(log.rejected)
    used = set(log.table["line"].to_pylist())
    for number, line in enumerate(lines, start=1):
        try:
            value = json.loads(line)
        except ValueError:
            value = None
        if not isinstance(value, dict):
            assert number not in used
    accounts = dict(zip(log.table["line"].to_pylist(), log.table["account"].to_pylist(), strict=True))
    for number, account in accounts.items():
        value = json.loads(lines[number - 1])["user"]
        assert account == (value if isinstance(value, str) else json.dumps(value))


@QUICK
@given(st.binary(max_size=60))
def test_no_file_ends_in_a_foreign_error(path, body):
    path.with_suffix("").write_bytes(body)
    try:
        log = fg.read(path.with_suffix(""), account="a", content="b")
    except InputError as error:
        assert str(path.with_suffix("")) in str(error)  # noqa: PT017
    else:
        assert len(log) + len(log.rejected) == log.n_rows
