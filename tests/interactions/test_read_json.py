"""JSON lines and JSON arrays: nested names, exact numbers, and every line accounted for."""

import gzip
import json

import pytest

import farmgraph as fg
from farmgraph.errors import InputError

BIG = 1467890123456789012  # above 2^53: as a float it would end in ...888


@pytest.fixture
def read_text(tmp_path):
    def read(text, name="log.jsonl", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return fg.read(path, **options)

    return read


def rows(log):
    columns = ("account", "content", "line")
    return list(zip(*(log.table[name].to_pylist() for name in columns), strict=True))


def test_lines_and_nested_names(read_text):
    lines = [
        {
            "id": BIG,
            "user": {"id_str": "7", "a/b~c": "x"},
            "page.id": "p",
            "created_at": "2024-05-01T00:00:00Z",
        },
        {"id": 2**70, "user": {"id_str": "8", "a/b~c": "y'"}, "page.id": "q", "created_at": None},
    ]
    text = "\n".join(map(json.dumps, lines))
    log = read_text(text, account="user.id_str", content="page.id", keep=["id", "user.a/b~c"])
    assert rows(log) == [("7", "p", 1), ("8", "q", 2)]
    assert log.table["id"].to_pylist() == [str(BIG), str(2**70)]
    assert log.table["user.a/b~c"].to_pylist() == ["x", "y'"]
    assert log.columns["time"] == "created_at"
    assert log.n_without_time == 1
    # Big numbers as accounts keep every digit too.
    assert read_text(text, account="id", content="page.id").table["account"].to_pylist() == [
        str(BIG),
        str(2**70),
    ]


def test_github_archive_is_guessed(read_text):
    line = {
        "type": "WatchEvent",
        "actor": {"login": "a"},
        "repo": {"name": "o/r"},
        "created_at": "2024-05-01T00:00:00Z",
    }
    log = read_text(json.dumps(line))
    assert log.preset == "gharchive"
    plain = read_text(json.dumps(line), preset="none")
    assert plain.columns == {
        "account": "actor.login",
        "content": "repo.name",
        "time": "created_at",
        "action": "type",
    }


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "blank line"),
        ("  \t", "blank line"),
        ('{"user":"a","page":"p"', "malformed JSON"),
        ('{"user":"a","page":"p",}', "malformed JSON"),
        ('{"user":"a"} {"page":"p"}', "malformed JSON"),
        ("user,page", "malformed JSON"),
        ("[1,2]", "not a JSON object"),
        ('"text"', "not a JSON object"),
        ("12", "not a JSON object"),
        ("null", "not a JSON object"),
        ('{"page":"p"}', "empty account"),
        ('{"user":null,"page":"p"}', "empty account"),
        ('{"user":NaN,"page":"p"}', "empty account"),
        ('{"user":"a","page":""}', "empty content"),
        ('{"user":["a"],"page":"p"}', "account is an array or object"),
        ('{"user":"a","page":{"id":1}}', "content is an array or object"),
        ('{"user":"a\\u0000","page":"p"}', "NUL byte in account"),
        ('{"user":"a","page":"p","time":"soon"}', "unreadable time"),
        ('{"user":"a","page":"p","time":[1]}', "unreadable time"),
    ],
)
def test_one_bad_line_is_rejected_alone(read_text, line, reason):
    text = f'{{"user":"a","page":"p","time":1}}\n{line}\n{{"user":12.0,"page":7,"time":1.5}}\n'
    log = read_text(text)
    assert rows(log) == [("a", "p", 1), ("12", "7", 3)]
    found = log.rejected.iloc[0]
    assert (found["line"], found["reason"], found["raw_text"]) == (2, reason, line.strip())
    assert log.table["time"].cast("int64").to_pylist() == [1_000_000, 1_500_000]


def test_rejects_come_in_the_order_of_the_log(read_text):
    log = read_text('{"user":"a","page":"p"}\n[1]\n{\n\n"x"\n{"user":1}\n\n')
    # The last line end closes row 7, which is blank.
    assert log.rejected["line"].tolist() == [2, 3, 4, 5, 6, 7]


def test_bytes_that_are_not_utf8_and_nul(read_text):
    log = read_text(b'{"user":"a","page":"p"}\n{"user":"\xe9","page":"p"}\n{"user":"b\0","page":"p"}\r\n')
    assert log.rejected["reason"].tolist() == ["not UTF-8", "NUL byte"]
    assert log.rejected["raw_text"].tolist() == [
        '{"user":"\\xe9","page":"p"}',
        '{"user":"b\\x00","page":"p"}',
    ]


@pytest.mark.parametrize("indent", [None, 2])
def test_array_of_objects(read_text, indent):
    items = [
        {"user": "a,]", "page": {"id": "p"}},
        {"user": 'b"}', "page": {"id": "q"}},
        {"user": "", "page": {"id": "r"}},
    ]
    log = read_text(json.dumps(items, indent=indent), name="log.json", content="page.id")
    assert rows(log) == [("a,]", "p", 1), ('b"}', "q", 2)]
    assert log.rejected_by_reason == {"empty account": 1}


@pytest.mark.parametrize(
    ("text", "used", "reasons", "note"),
    [
        ('[{"user":"a","page":"p"},{"user":"b","pa', 1, ["malformed JSON"], True),
        ('[{"user":"a","page":"p"},{"user":"b","page":"q"}', 2, [], True),
        ('[{"user":"a","page":"p"},', 1, [], True),
        ('[{"user":"a","page":"p"},]', 1, ["blank line"], False),
        ('[{"user":"a","page":"p"},,{"user":"b","page":"q"}]', 2, ["blank line"], False),
        ('[{"user":"a","page":"p"}] trailing', 1, ["malformed JSON"], False),
        (
            '[{"user":"a","page":"p"},\n{"user":"b,"page":"q"},\n{"user":"c","page":"r"}]',
            2,
            ["malformed JSON"],
            False,
        ),
    ],
)
def test_damaged_arrays(read_text, text, used, reasons, note):
    log = read_text(text, name="log.json")
    assert len(log) == used
    assert log.rejected["reason"].tolist() == reasons
    assert any("the array is never closed" in said for said in log.notes) is note


def test_a_field_that_comes_late_can_be_named(read_text):
    lines = ['{"user":"a","page":"p"}'] * 1_200 + ['{"user":"a","page":"p","late":{"time":"5"}}']
    log = read_text("\n".join(lines), time="late.time", duplicates="keep")
    assert log.n_without_time == 1_200
    with pytest.raises(InputError, match=r"has no column 'later' \(time='later'\)\. Found: 'user', 'page'"):
        read_text("\n".join(lines), time="later")


def test_blocks_keep_the_order(read_text, monkeypatch):
    monkeypatch.setattr("farmgraph.interactions.records.BLOCK_ROWS", 7)
    lines = [f'{{"user":"u{i}","page":"p"}}' if i % 5 else "{" for i in range(1, 51)]
    one, many = read_text("\n".join(lines), threads=1), read_text("\n".join(lines), threads=3)
    assert one.table["account"].to_pylist() == [f"u{i}" for i in range(1, 51) if i % 5]
    assert one.rejected["line"].tolist() == list(range(5, 51, 5))
    assert one.table.equals(many.table)


def test_kinds_are_seen_by_content_where_the_name_is_silent(read_text, tmp_path):
    line = '{"user":"a","page":"p"}'
    assert rows(read_text(line, name="log")) == [("a", "p", 1)]
    assert rows(read_text(gzip.compress(line.encode()), name="log.jsonl.gz")) == [("a", "p", 1)]
    assert rows(read_text(b"\xef\xbb\xbf" + line.encode())) == [("a", "p", 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("\n \n", "nothing but blank lines"),
        ("user,page\na,p\n", r"no JSON object among its first rows\. Expected one object per line"),
        ("[]", "no JSON object among its first rows"),
        ("{}", "has no columns"),
        (
            '{"likes":[{"user":"a"}]}',
            r"no column of accounts recognised, only 'likes', which holds arrays or objects\. Expected plain columns, "
            r"or JSON with one object per row\. The rows seem to lie under 'likes'; write them one object per line\.$",
        ),
        (
            '{"n":1,"likes":[{"user":"a"}],"page":"p","links":{}}',
            r"no column of accounts recognised among 'n', 'page' \(and, with arrays or objects in it, 'likes', "
            r"'links'\)\. Name it: .* The rows seem to lie under 'likes'",
        ),
        ('[{"answer":{"likes":[{"user":"a"}]}}]', r"The rows seem to lie under 'answer\.likes'"),
        ('{"tags":["a"],"at":{}}', r"only 'tags', 'at', which hold arrays or objects\. [^.]*\.$"),
        ('{"x":1,"likes":[{"user":"a"}]}\n{"x":2,"likes":[]}', "command line\\.$"),
    ],
)
def test_no_json_log(read_text, text, message):
    with pytest.raises(InputError, match=message):
        read_text(text)


def test_a_named_column_of_rows_that_lie_inside_a_field(read_text):
    with pytest.raises(
        InputError, match=r"has no column 'user' .*Found: 'likes'\. The rows seem to lie under"
    ):
        read_text('{"likes":[{"user":"a","page":"p"}]}', account="user", content="page")


def test_one_row_with_a_list_of_objects_is_a_log(read_text):
    assert rows(read_text('{"user":"a","page":"p","tags":[{"x":1}]}')) == [("a", "p", 1)]
