"""Paths of presets, against a plain walk through the values."""

import json
import re

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from farmgraph.interactions.jsonquery import column_of, query_table
from farmgraph.interactions.paths import (
    JsonSource,
    Path,
    TableSource,
    as_json,
    as_lists,
    as_texts,
    columns_in,
    json_name,
    list_name,
    lists_from_text,
    parsed,
)
from farmgraph.interactions.times import PLACEHOLDERS

QUICK = settings(
    max_examples=50,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
PATHS = (
    *("a", "b", "a.b", "a.b.a", "a[]", "a[].b", "a[].b[]", "a[].b[].a", "b.a[].b", "a[].a.b", "a[a=x].b"),
    *("a[b=1].a", "a[a.b=x].b", "a[b=X].b[a=x].a", "joined:a[].b", "joined:a"),
)


def text_of(value):
    """Write a plain value as text; lists and objects have none."""
    if isinstance(value, bool):
        return "true" if value else "false"
    return None if value is None or isinstance(value, (dict, list)) else str(value)


def down(value, fields):
    for field in filter(None, fields.split(".")):
        value = value.get(field) if isinstance(value, dict) else None
    return value


def walked(value, path):
    """Return all texts at a path that are not blank."""
    if path.startswith("joined:"):
        whole = "".join(walked(value, path.removeprefix("joined:")))
        return [whole] if whole else []
    current = [value]
    while (found := re.match(r"([^\[\]]*)\[([^\]]*)\]\.?(.*)", path)) is not None:
        fields, condition, path = found.groups()
        lists = (down(one, fields) for one in current)
        current = [element for some in lists if isinstance(some, list) for element in some]
        if condition:
            field, wanted = condition.split("=")
            current = [one for one in current if (text_of(down(one, field)) or "").lower() == wanted.lower()]
    texts = [text_of(down(one, path)) for one in current]
    return [text for text in texts if text is not None and text.strip(" ")]


def asked(source, inner, table, paths):
    sql = ", ".join(f"{source.values(path)} AS v{k}" for k, path in enumerate(paths))
    # A table brings each column as JSON, too; texts are it as they stand.
    plain = [name for name in table.schema.names if name != "line" and not name.endswith("[]")]
    for name in plain:
        table = table.append_column(json_name(name), table[name])
    found = query_table(f"SELECT {sql} FROM (SELECT {inner} FROM log)", table)
    return [column_of(found, f"v{k}").to_pylist() for k in range(len(paths))]


LEAF = st.one_of(
    st.sampled_from(["x", "X", "", " ", "é🦊", '"', "a b"]), st.integers(0, 2), st.none(), st.booleans()
)
VALUE = st.recursive(
    LEAF,
    lambda inner: st.one_of(
        st.lists(inner, max_size=3),
        st.dictionaries(st.sampled_from(["a", "b"]), inner, min_size=1, max_size=2),
    ),
    max_leaves=14,
)
RECORD = st.dictionaries(st.sampled_from(["a", "b"]), VALUE, max_size=2)


@QUICK
@given(st.lists(RECORD, min_size=1, max_size=20))
@example([{"a": [{"b": [{"a": 1}, {"a": "x"}], "a": "x"}, {"b": ["y"]}, 5]}, {"a": {"b": "x"}}])
@example([{"a": [{"a": "X", "b": "y"}, {"a": "x", "b": 2}, {"a": "xx", "b": 3}]}])
def test_json_like_a_walk(records):
    source = JsonSource(PATHS)
    table = pa.table({"line": [json.dumps(record) for record in records]})
    found = asked(source, f"{source.picked()} AS j", table, PATHS)
    for path, values in zip(PATHS, found, strict=True):
        assert values == [walked(record, path) for record in records], path


@QUICK
@given(st.lists(VALUE, min_size=1, max_size=20))
def test_json_in_a_table_like_a_walk(values):
    # In a table the first field is a column, and what is inside is JSON.
    paths = [path for path in PATHS if path.split("joined:")[-1].startswith("a[") and path != "a[]"]
    source = TableSource(["a"])
    table = pa.table({"a": [json.dumps(value) for value in values], "a[]": [["unused"]] * len(values)})
    for path, found in zip(paths, asked(source, "*", table, paths), strict=True):
        assert found == [walked({"a": value}, path) for value in values], path


def test_a_table_of_plain_columns():
    table = pa.table(
        {"a": ["x", "", None, " NA ", "NULL", "NAN "], "user.id": ["1"] * 6, 'q"uote': ["y"] * 6}
    )
    source = TableSource(table.schema.names)
    found = asked(source, "*", table, ["a", "user.id", 'q"uote', "nowhere", "nowhere[]", "a.b"])
    # Placeholders are missing values, with blanks around them too; what only looks similar is not.
    assert found[0] == [["x"], [], [], [], [], ["NAN "]]
    assert found[1:] == [[["1"]] * 6, [["y"]] * 6, [[]] * 6, [[]] * 6, [[]] * 6]
    for word in PLACEHOLDERS:
        assert asked(TableSource(["a"]), "*", pa.table({"a": [word]}), ["a"]) == [[[]]]


@pytest.mark.parametrize("text", ["", "no JSON", "[1", "[]", "{}", "null", "NA", None])
def test_a_column_that_holds_no_json(text):
    table = pa.table({"a": pa.array([text, '[{"b": "x"}]'], pa.string())})
    assert asked(TableSource(["a"]), "*", table, ["a[].b"]) == [[[], ["x"]]]


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a", Path("a")),
        ("a.b c.d", Path("a.b c.d")),
        ("a[]", Path("a", (("", ""),))),
        ("a.b[].c.d[x=1].e", Path("a.b", (("", "c.d"), ("x=1", "e")))),
        ("Post Created", Path("Post Created")),
    ],
)
def test_paths_taken_apart(path, expected):
    assert parsed(path) == expected


@pytest.mark.parametrize("path", ["a[", "a]", ".a", "a..b", "[x]", "a[][]"])
def test_no_path(path):
    with pytest.raises(ValueError, match="is no path of a preset"):
        parsed(path)


def test_which_columns_are_needed():
    columns = ["a", "b", "b[].c", "tags", "user.id"]
    assert columns_in(["a", "a", "b[].c", "tags[]", "user.id", "gone", "gone[]"], columns) == (
        ["a", "b[].c", "tags", "user.id"],
        ["tags"],
    )
    # With fields behind the brackets it is JSON and asked as it stands.
    assert columns_in(["joined:b[].d", "b[x=1].d"], columns) == (["b"], [])
    assert list_name("tags") == "tags[]"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        *(
            ("['a', 'b']", ["a", "b"]),
            ('["a", "b"]', ["a", "b"]),
            ("[a, b]", ["a", "b"]),
            ("a, b", ["a", "b"]),
        ),
        *(("a;b", ["a", "b"]), ("a|b", ["a", "b"]), ("{a,b}", ["a", "b"]), ("('a', 'b')", ["a", "b"])),
        *(
            ("('a',)", ["a"]),
            ("a", ["a"]),
            ("a b", ["a b"]),
            ("#a #b", ["#a", "#b"]),
            ("#a,#b", ["#a", "#b"]),
        ),
        *(("＃a ＃b", ["＃a", "＃b"]), ("['it''s']", ["its"]), ("[\"it's\", 'x']", ["it's", "x"])),
        ("https://a.org/1,2 https://b.org", ["https://a.org/1,2", "https://b.org"]),
        ("https://a.org,https://b.org", ["https://a.org", "https://b.org"]),
        ("https://a.org/?x=1;y=2, http://b.org", ["https://a.org/?x=1;y=2", "http://b.org"]),
        ("['https://a.org/1,2', 'https://b.org']", ["https://a.org/1,2", "https://b.org"]),
        ("[https://a.org/1,2 https://b.org]", ["https://a.org/1,2", "https://b.org"]),
        ("[1, 2]", ["1", "2"]),
        (f"[{2**60 + 1}]", [str(2**60 + 1)]),
        ('["a", null, "b"]', ["a", "b"]),
        ("['a', None]", ["a"]),
        ('[{"x": 1}, "a", [2]]', ["a"]),
        *(
            ("[]", []),
            ("", []),
            (" ", []),
            (" [] ", []),
            ("()", []),
            ("{}", []),
            ("NA", []),
            ("None", []),
            ("nan", []),
        ),
        *((None, []), ("[", ["["]), ("['a', 'b", ["['a", "b"])),
    ],
)
def test_lists_written_as_text(text, expected):
    assert lists_from_text(pa.array([text], pa.string())).to_pylist() == [expected]


WORD = st.text(alphabet="abé1🦊", min_size=1, max_size=4)
FORMS = {
    "Python": repr,
    "JSON": json.dumps,
    "JSON, letters as they are": lambda words: json.dumps(words, ensure_ascii=False),
    "brackets": lambda words: f"[{', '.join(words)}]",
    "commas": ", ".join,
    "semicolons": ";".join,
    "bars": "|".join,
    "PostgreSQL": lambda words: "{" + ",".join(words) + "}",
    "tuple": lambda words: repr(tuple(words)),
}


@QUICK
@given(
    st.lists(
        st.lists(WORD.filter(lambda word: not word.isdigit()), min_size=1, max_size=4), min_size=1, max_size=6
    )
)
def test_any_words_in_any_form(lists):
    for name, form in FORMS.items():
        assert lists_from_text(pa.array([form(words) for words in lists])).to_pylist() == lists, name
    tags = [[f"#{word}" for word in words] for words in lists]
    assert lists_from_text(pa.array([" ".join(words) for words in tags])).to_pylist() == tags
    links = [[f"https://{word}.org/a,b" for word in words] for words in lists]
    assert lists_from_text(pa.array([" ".join(words) for words in links])).to_pylist() == links


@given(st.text(max_size=12))
@settings(QUICK, max_examples=200)
@example("[" * 5_000)
@example("[(lambda: 0)()]")
def test_no_text_ends_in_an_error(text):
    (found,) = lists_from_text(pa.array([text])).to_pylist()
    assert all(isinstance(part, str) for part in found)


def test_columns_as_texts():
    # A list has no plain text; its elements come from elsewhere.
    assert as_texts(pa.array([[1, None], None])).to_pylist() == [None, None]
    assert as_lists(pa.array([[1, None], None])).to_pylist() == [["1"], []]
    assert as_json(pa.array([[1, None], None])).to_pylist() == ["[1, null]", None]
    assert as_texts(pa.array([True, None])).to_pylist() == ["true", None]
    assert as_texts(pa.array([2**60 + 1])).to_pylist() == [str(2**60 + 1)]
