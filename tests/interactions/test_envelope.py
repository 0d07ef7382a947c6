"""Records inside an object around them, or on the pages of an answer."""

import json

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.envelope import USUAL, find_records, page_field, page_records, pointer

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
# What a loop that looks for brackets could stumble over.
TRAPS = ['{"x": [', "]}", '\\"', "\\", '"', "[{", "a\nb", "é🦊", ""]
RECORDS = [{"user": f"u{i}", "page": trap or "none", "n": [i, {"x": trap}]} for i, trap in enumerate(TRAPS)]
NAMES = [(record["user"], record["page"]) for record in RECORDS]


@pytest.fixture
def read(tmp_path):
    def read_text(value, name="log.json", indent=None, **options):
        path = tmp_path / name
        path.write_text(
            value if isinstance(value, str) else json.dumps(value, indent=indent, ensure_ascii=False)
        )
        log = fg.read(path, **options)
        assert log.n_rows == log.n_used + len(log.rejected)
        lines = sorted([*log.table["line"].to_pylist(), *log.rejected["line"]])
        assert lines == list(range(1, log.n_rows + 1))
        return log

    return read_text


def names(log):
    return list(zip(log.table["account"].to_pylist(), log.table["content"].to_pylist(), strict=True))


def lines_of(*objects):
    return "".join(json.dumps(one) + "\n" for one in objects)


@pytest.mark.parametrize("under", ["messages", "likes", "data.items", "answer.rows.found"])
def test_an_object_over_several_lines_around_records(read, under):
    value = RECORDS
    for part in reversed(under.split(".")):
        value = {
            "name": 'A "group" {',
            "braces": "}]",
            "empty": [],
            "numbers": [1, 2],
            part: value,
            "after": {"x": [3]},
        }
    log = read(value, indent=1)
    assert names(log) == NAMES
    assert log.table["line"].to_pylist() == list(range(1, len(RECORDS) + 1))


def test_the_usual_fields_come_first(read):
    other = [{"user": "x", "page": "y"}]
    assert names(read({"admins": other, "messages": RECORDS}, indent=1)) == NAMES
    assert names(read({"admins": other, "messages": RECORDS})) == NAMES
    # Without a usual one, the longest in the file; what is left aside is said.
    log = read({"info": {"admins": other}, "likes": RECORDS}, indent=1)
    assert names(log) == NAMES
    assert any(
        "taken from 'likes' alone; objects under 'info.admins' were not read" in note for note in log.notes
    )


def test_one_line_without_a_usual_field_is_a_record(read):
    with pytest.raises(InputError, match="The rows seem to lie under 'likes'"):
        read({"name": "x", "likes": RECORDS})
    assert names(read({"user": "a", "page": "p", "likes": [{"x": 1}]})) == [("a", "p")]


@pytest.mark.parametrize("cut", [1, 5, 30, 100, 200, 300])
def test_an_object_that_is_cut_off(read, cut):
    text = json.dumps(
        {"name": "x", "messages": [{"user": f"u{i}", "page": "p"} for i in range(20)]}, indent=1
    )
    whole = read(text)
    assert len(whole) == 20
    assert not any("never closed" in note for note in whole.notes)
    log = read(text[:-cut])
    # An element takes 45 characters or so; of the last one something may be left, which is rejected.
    complete = text[:-cut].count("}")
    assert len(log) == min(complete, 20)
    assert log.rejected_by_reason in ({}, {"malformed JSON": 1})
    # What is behind the array, such as the last bracket of the object, is no record.
    closed = "]" in text[:-cut]
    assert (
        any("the array is never closed, so the file may be cut off" in note for note in log.notes)
        is not closed
    )


KEY = st.sampled_from(["a", "b", "data", "items", "messages", "videos", 'k"', "é"])
LEAF = st.one_of(st.sampled_from(TRAPS), st.integers(0, 99), st.none(), st.booleans())
ANY = st.recursive(
    LEAF,
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(KEY, inner, max_size=3)),
    max_leaves=12,
)


def where(document):
    """Find the arrays of objects in a document, in its order, down to the third object."""
    found = {}

    def walk(value, prefix, depth):
        for key, inner in value.items():
            if isinstance(inner, list) and inner and isinstance(inner[0], dict):
                found.setdefault(prefix + key, inner)
            elif isinstance(inner, dict) and depth < 3:
                walk(inner, f"{prefix}{key}.", depth + 1)

    walk(document, "", 1)
    return found


@QUICK
@given(st.dictionaries(KEY, ANY, max_size=4), st.sampled_from([None, 0, 3]), st.booleans())
@example({"a": {"data": {"b": {"items": [{}]}}}}, None, True)
@example({"a": [{}], "data": [{"x": 1}]}, None, True)
def test_the_array_of_any_document(document, indent, ascii_only):
    text = json.dumps(document, indent=indent, ensure_ascii=ascii_only)
    data = np.frombuffer(text.encode(), np.uint8)
    at, under, _ = find_records(data, 0)
    found = where(document)
    if not found:
        assert (at, under) == (None, "")
        return
    sizes = {
        name: len(json.dumps(value, indent=indent, ensure_ascii=ascii_only)) for name, value in found.items()
    }
    usual = [name for name in USUAL if name in found]
    # An indent inside the document adds to the length, so only arrays without one are compared by it.
    assert under == usual[0] if usual else indent or sizes[under] == max(sizes.values())
    array, _ = json.JSONDecoder().raw_decode(data[at:].tobytes().decode())
    assert array == found[under]


def test_a_field_that_stands_there_twice_is_the_first():
    text = b'{"messages": [{"user": "a"}], "messages": [{"user": "b"}]}'
    assert find_records(np.frombuffer(text, np.uint8), 0) == (13, "messages", ())


@pytest.mark.parametrize("end", range(1, 40))
def test_a_document_that_ends_anywhere(end):
    text = b'{"a": {"b": "x\\"", "c": [1]}, "messages": [{"user": 1}]}'[:end]
    at, *_ = find_records(np.frombuffer(text, np.uint8), 0)
    assert at is None


PAGE = {"data": RECORDS, "includes": {"users": [{"id": 1}]}, "meta": {"next_token": "x"}}


@pytest.mark.parametrize("name", ["log.jsonl", "log.json"])
def test_pages(read, name):
    pages = [
        PAGE,
        {"meta": {"result_count": 0}},
        {"data": [], "meta": {}},
        {"data": {"user": "single", "page": "p"}},
        {"data": [5, {"user": "last", "page": "q"}]},
    ]
    log = read(lines_of(*pages) if name == "log.jsonl" else json.dumps(pages), name)
    n = len(RECORDS)
    assert names(log) == [*NAMES, ("single", "p"), ("last", "q")]
    assert log.table["line"].to_pylist() == [*range(1, n + 1), n + 3, n + 5]
    assert log.rejected[["line", "reason"]].values.tolist() == [
        [n + 1, "page without records"],
        [n + 2, "page without records"],
        [n + 4, "not a JSON object"],
    ]
    assert json.loads(log.rejected["raw_text"][0]) == {"meta": {"result_count": 0}}
    assert log.rejected["raw_text"][2] == "5"


def test_a_single_page(read):
    for indent in (None, 2):
        assert names(read(PAGE, indent=indent)) == NAMES
        assert names(read(PAGE, "log.jsonl", indent=indent)) == NAMES
        assert names(read([PAGE], indent=indent)) == NAMES


def test_a_page_that_cannot_be_read_is_one_row(read):
    two = {"data": [{"user": "a", "page": "p"}, {"user": "b", "page": "q"}]}
    log = read(
        lines_of(two) + '{"data": [{"user"\n[1]\n\n' + lines_of({"data": [{"user": "c", "page": "r"}]}),
        "log.jsonl",
    )
    assert names(log) == [("a", "p"), ("b", "q"), ("c", "r")]
    assert log.table["line"].to_pylist() == [1, 2, 6]
    assert log.rejected["reason"].tolist() == ["malformed JSON", "not a JSON object", "blank line"]


def test_records_of_pages_are_judged_like_others(read):
    rows = [
        *({"user": "", "page": "p"}, {"user": "a", "page": None}, {"user": ["a"], "page": "p"}),
        *({"user": "a", "page": "p", "time": "soon"}, {"user": 2**60 + 1, "page": "p", "time": 1}),
    ]
    log = read(lines_of({"data": rows}), "log.jsonl", time="time")
    assert names(log) == [(str(2**60 + 1), "p")]
    assert log.rejected["reason"].tolist() == [
        *("empty account", "empty content", "account is an array or object", "unreadable time")
    ]


def test_pages_in_blocks(read, monkeypatch):
    monkeypatch.setattr("farmgraph.interactions.records.BLOCK_ROWS", 3)
    pages = [{"items": [{"user": f"u{i}", "page": f"p{k}"} for k in range(i % 4)]} for i in range(1, 30)]
    text = lines_of(*pages)
    one, many = (read(text, "log.jsonl", threads=threads) for threads in (1, 3))
    assert names(one) == [(f"u{i}", f"p{k}") for i in range(1, 30) for k in range(i % 4)]
    # Every fourth of 29 pages is empty.
    assert one.rejected_by_reason == {"page without records": 7}
    assert one.table.equals(many.table)


@pytest.mark.parametrize(
    ("objects", "field"),
    [
        ([{"data": [{"id": 1}], "meta": {}}, {"meta": {}}], "data"),
        ([{"items": []}, {"items": [{"id": 1}], "kind": "x"}], "items"),
        (
            [{"data": {"videos": [{"id": 1}]}, "error": {}}, {"data": {"videos": []}}, {"data": {}}],
            "data.videos",
        ),
        ([{"response": {"items": [{"id": 1}], "count": 1}}], "response.items"),
        ([{"data": {"id": 1}}], "data"),
        ([{"data": [{"id": 1}], "user": "a"}], ""),
        # One that is something else is a damaged page; where most are, these are no pages.
        ([{"data": [{"id": 1}]}, {"data": "text"}], "data"),
        ([{"data": [{"id": 1}]}, {"data": 5}, {"data": "text"}], ""),
        ([{"data": [{"id": 1}]}, *[{"user": "a", "page": "p"}] * 2], ""),
        ([{"data": [1, 2]}], ""),
        ([{"data": []}, {"meta": {}}], ""),
        ([], ""),
    ],
)
def test_what_pages_are(objects, field):
    assert page_field(objects) == field
    if field:
        assert [row for page in objects for row in page_records(page, field)] == [{"id": 1}]


@pytest.mark.parametrize(
    ("name", "expected"),
    [("a.b", "'/a/b'"), ("a~b/c.d", "'/a~0b~1c/d'"), ("it's", "'/it''s'")],
)
def test_pointers(name, expected):
    assert pointer(name, set()) == expected
    assert pointer(name, {name}).count("/") == 1
