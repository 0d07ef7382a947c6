"""Damage that once spread, or ended in a foreign error; found by mutating logs."""

import json
import warnings
from pathlib import Path

import pyarrow as pa
import pytest

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.paths import lists_from_text

FIXTURES = Path(__file__).parent / "presets" / "fixtures"

RECORDS = [
    {
        "user": f"u{i}",
        "page": f"p{i}",
        "tags": [{"id": 1, "t": ["a", "b"]}, {"id": 2}],
        "more": {"x": {"y": "z"}},
    }
    for i in range(6)
]
WRITTEN = {
    "on one line": lambda rows: "[" + ", ".join(rows) + "]",
    "compact": lambda rows: json.dumps([json.loads(row) for row in rows], separators=(",", ":")),
    "a line each": lambda rows: "[\n" + ",\n".join(rows) + "\n]\n",
    "in an object": lambda rows: (
        '{"data": [\n' + ",\n".join(rows) + '\n], "meta": {"n": [1, {"user": "x"}]}}'
    ),
    "braces side by side": lambda rows: (
        "[" + ", ".join(r.replace('{"user"', '{\n "user"') for r in rows) + "]"
    ),
    "indented": lambda rows: json.dumps([json.loads(row) for row in rows], indent=1),
    "indented in an object": lambda rows: json.dumps({"items": [json.loads(row) for row in rows]}, indent=2),
}


def spoilt(text, old, new):
    """Spoil the third record: what is replaced stands behind its user."""
    at = text.index(old, text.index("u2"))
    return text[:at] + new + text[at + len(old) :]


@pytest.mark.parametrize("form", WRITTEN)
@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("}", ""),
        ("{", ""),
        ("]", ""),
        ("[", ""),
        ('"', ""),
        ('"p2"', '"p2'),
        ('"p2"', 'p2"'),
        ('"p2"', '"p"2"'),
        ('"p2"', '"p2\\"'),
        ('"p2"', "{"),
        ('"p2"', "["),
        ('"p2"', "[{"),
        ('"p2"', "}"),
        (":", ""),
        (",", ""),
        ('"z"', '"z'),
        ('"z"', '["z"'),
        ('"z"', '{"z":1'),
    ],
)
def test_a_damaged_element_of_an_array_costs_no_other(tmp_path, form, old, new):
    text = spoilt(WRITTEN[form]([json.dumps(record) for record in RECORDS]), old, new)
    path = tmp_path / "log.json"
    path.write_text(text, encoding="utf-8")
    log = fg.read(path, account="user", content="page")
    assert log.table["account"].to_pylist() == ["u0", "u1", "u3", "u4", "u5"]
    assert len(log.rejected) == log.n_rows - 5 >= 1


@pytest.mark.parametrize("form", WRITTEN)
def test_the_last_element_may_be_damaged_or_cut_off(tmp_path, form):
    text = WRITTEN[form]([json.dumps(record) for record in RECORDS])
    at = text.index("u5") + 3
    for damaged in (text[:at], text[:at] + "]}" + text[at:], text[:at] + text[at:].replace("}", "", 1)):
        (tmp_path / "log.json").write_text(damaged, encoding="utf-8")
        log = fg.read(tmp_path / "log.json", account="user", content="page")
        assert log.table["account"].to_pylist()[:5] == ["u0", "u1", "u2", "u3", "u4"]
        assert len(log) == 5


def test_damage_costs_no_time_that_grows_with_the_square(tmp_path):
    records = [json.dumps(record) for record in RECORDS] * 3_000
    records[1::2] = [record.replace('"page": "', '"page": ') for record in records[1::2]]
    for form in ("on one line", "a line each"):
        (tmp_path / "log.json").write_text(WRITTEN[form](records), encoding="utf-8")
        log = fg.read(tmp_path / "log.json", account="user", content="page", duplicates="keep")
        assert (len(log), log.n_rows) == (9_000, 18_000)


@pytest.mark.parametrize("n", [1, 2, 5])
@pytest.mark.parametrize(
    "around", ["[\n%s\n]", '{"data": [\n%s\n]}', '{"data": [\n%s\n], "meta": {}}', "[%s\n]"]
)
def test_an_array_with_an_element_on_each_line_is_no_log_of_lines(tmp_path, around, n):
    rows = ",\n".join(json.dumps(record) for record in RECORDS[:n])
    (tmp_path / "log.json").write_text(around % rows, encoding="utf-8")
    log = fg.read(tmp_path / "log.json", account="user", content="page")
    assert (len(log), log.n_rows) == (n, n)


def test_of_arrays_one_after_another_the_first_is_read(tmp_path):
    (tmp_path / "log.json").write_text('[{"user": "a", "page": "b"}]\n[{"user": "c", "page": "d"}]\n')
    log = fg.read(tmp_path / "log.json")
    assert log.table["account"].to_pylist() == ["a"]
    assert log.rejected["raw_text"].str.contains('"c"').tolist() == [True]


@pytest.mark.parametrize(
    "odd",
    [
        '{"data": [1, 2]}',
        '{"data": [null]}',
        '{"data": "x"}',
        '{"data": 5}',
        '{"id": "1"}',
        '{"data": [{}], "x": 1}',
    ],
)
def test_one_odd_page_does_not_cost_the_others(tmp_path, odd):
    pages = (FIXTURES / "twitter-v2.jsonl").read_text(encoding="utf-8")
    whole = fg.read(FIXTURES / "twitter-v2.jsonl")
    (tmp_path / "log.jsonl").write_text(odd + "\n" + pages, encoding="utf-8")
    log = fg.read(tmp_path / "log.jsonl")
    assert log.preset == whole.preset == "twitter-v2"
    assert log.table["content"].to_pylist() == whole.table["content"].to_pylist()


def test_lists_in_tables_hold_what_no_text_can():
    texts = ['["\\ud800a"]', "['\\ud83e\\udd86']", "{'b', 'a', 'c'}", r"['a\d', 'b\\d']"]
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        found = lists_from_text(pa.array(texts)).to_pylist()
    assert found == [["\ufffda"], ["🦆"], ["a", "b", "c"], ["a\\d", "b\\d"]]


def test_a_column_that_a_format_needs_may_not_be_there_twice(tmp_path):
    header, *rows = (FIXTURES / "coortweet.csv").read_text(encoding="utf-8").splitlines()
    (tmp_path / "log.csv").write_text("\n".join([f"account_id,{header}", *(f"x,{row}" for row in rows)]))
    with pytest.raises(InputError, match="'account_id' 2 times"):
        fg.read(tmp_path / "log.csv")
    (tmp_path / "log.csv").write_text("\n".join([f"content_id,{header}", *(f"x,{row}" for row in rows)]))
    assert len(fg.read(tmp_path / "log.csv")) == len(fg.read(FIXTURES / "coortweet.csv")) > 0
