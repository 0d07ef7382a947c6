"""What files do in the wild: encodings, line ends, quotes, huge cells, identifiers, times; every row counted."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError, UsageError

QUICK = settings(
    max_examples=80,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
BIG = 1_467_890_123_456_789_013  # beyond 2^53 = 9,007,199,254,740,992, and odd: no float holds it


@pytest.fixture
def read(tmp_path):
    def read_text(text, name="log.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return counted(fg.read(path, **options))

    return read_text


def counted(log):
    """Check that every row is used or rejected once, with its reason."""
    assert log.n_rows == log.n_used + len(log.rejected)
    assert sum(log.rejected_by_reason.values()) == len(log.rejected)
    used = set(log.table["line"].to_pylist())
    assert sorted([*used, *log.rejected["line"]]) == list(range(1, log.n_rows + 1))
    assert len(used) == log.n_used
    return log


def names(log):
    return list(zip(log.table["account"].to_pylist(), log.table["content"].to_pylist(), strict=True))


TEXT = "user,page\nZoë,p\nJosé,straße\n"
ROWS = [("Zoë", "p"), ("José", "straße")]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "utf-32"])
@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_encodings_that_tell_themselves(read, encoding, form):
    text = (
        TEXT
        if form == "csv"
        else "".join(
            json.dumps(dict(zip(("user", "page"), row, strict=True)), ensure_ascii=False) + "\n"
            for row in ROWS
        )
    )
    log = read(text.encode(encoding), f"log.{form}")
    assert names(log) == ROWS
    assert not any("was read as" in note for note in log.notes)


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("windows-1252", "user,page\nZoë,p\nJosé,€5 „süße“\n"),
        ("latin-1", "user,page\nZo\u00eb,p\nJos\u00e9,\u0081\n"),
    ],
)
def test_what_is_plainly_no_utf8_is_read_in_its_encoding(read, encoding, text):
    log = read(text.encode({"windows-1252": "cp1252"}.get(encoding, encoding)))
    assert names(log) == [tuple(line.split(",")) for line in text.splitlines()[1:]]
    (note,) = [note for note in log.notes if "not UTF-8" in note]
    assert f"is not UTF-8 and was read as {encoding}. Look at some names" in note
    assert "encoding= (on the command line --encoding)" in note
    assert log.rejected_by_reason == {}
    # What was read in vain leaves no trace: names in the dictionary are those of the second reading.
    assert log.table["account"].chunk(0).dictionary.to_pylist() == ["Zoë", "José"]
    # Whoever names it is told nothing.
    named = read(text.encode({"windows-1252": "cp1252"}.get(encoding, encoding)), encoding=encoding)
    assert named.table.equals(log.table)
    assert not any("not UTF-8" in note for note in named.notes)


def test_a_few_broken_rows_do_not_make_another_encoding(read):
    log = read("user,page\nZoë,p\n".encode() + b"Jos\xe9,p\n" + "José,q\n".encode())
    assert names(log) == [("Zoë", "p"), ("José", "q")]
    assert log.rejected[["line", "reason", "raw_text"]].values.tolist() == [[2, "not UTF-8", "Jos\\xe9,p"]]
    assert not any("was read as" in note for note in log.notes)
    # An encoding that is named is not doubted.
    assert read(b"user,page\nJos\xe9,p\na,p\n", encoding="utf-8").rejected_by_reason == {"not UTF-8": 1}


def test_a_named_encoding(read):
    assert names(read("user,page\nИван,да\n".encode("koi8-r"), encoding="koi8-r")) == [("Иван", "да")]
    with pytest.raises(UsageError, match="encoding is 'klingon'"):
        read("user,page\na,p\n", encoding="klingon")


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_line_ends(read, end):
    log = read(end.join(["user,page,time", "a,p,1", '"b\r\nc","p\nq",2', "", "d,p,3"]) + end)
    assert names(log) == [("a", "p"), ("b\r\nc", "p\nq"), ("d", "p")]
    assert log.rejected[["line", "reason"]].values.tolist() == [[3, "blank line"]]
    assert log.table["time"].cast("int64").to_pylist() == [1_000_000, 2_000_000, 3_000_000]


def test_quotes_and_ragged_rows(read):
    lines = [
        *(
            'user,page,"time"',
            'a,"p,""q"", r",1',
            "b,p",
            "c,p,1,2",
            'd,"p,1',
            'e,p"q,1',
            'f,"p"q,1',
            '"","p",1',
        ),
        *("g\0h,p,1", 'i,"""",1', '"j",p,"1"'),
    ]
    log = read("\n".join(lines))
    assert names(log) == [("a", 'p,"q", r'), ("e", 'p"q'), ("i", '"'), ("j", "p")]
    assert log.rejected[["line", "reason"]].values.tolist() == [
        *([2, "too few fields"], [3, "too many fields"], [4, "broken quoting"], [6, "broken quoting"]),
        *([7, "empty account"], [8, "NUL byte"]),
    ]
    assert log.rejected["raw_text"].tolist() == [
        "b,p",
        "c,p,1,2",
        'd,"p,1',
        'f,"p"q,1',
        '"","p",1',
        "g\\x00h,p,1",
    ]


def test_headers_that_name_a_column_twice(read):
    log = read("user,page,note,note,time\na,p,x,y,5\n")
    assert log.table["time"].cast("int64").to_pylist() == [5_000_000]
    with pytest.raises(
        InputError, match=r"the header names 'note' 2 times, so it is unclear which one is meant"
    ):
        read("user,page,note,note,time\na,p,x,y,5\n", keep=["note"])
    with pytest.raises(InputError, match=r"the header names 'user' 2 times"):
        read("user,page,user\na,p,b\n")


HUGE = """
import resource, sys, farmgraph as fg
fg.read(sys.argv[1], account="user", content="page")  # what loads once
before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
log = fg.read(sys.argv[2], account="user", content="page", keep=sys.argv[3:])
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before, log.n_used, len(log.rejected))
"""


@pytest.mark.parametrize("form", ["csv", "jsonl"])
def test_a_cell_of_ten_megabytes(tmp_path, form):
    def write(name, rows):
        path = tmp_path / f"{name}.{form}"
        if form == "csv":
            path.write_text("user,page,note\n" + "".join(",".join(row) + "\n" for row in rows))
        else:
            objects = (dict(zip(("user", "page", "note"), row, strict=True)) for row in rows)
            path.write_text("".join(json.dumps(one) + "\n" for one in objects))
        return str(path)

    cell = "x" * 10_000_000
    small = write("small", [("a", "p", "y")])
    logs = {
        "content": (write("content", [("a", cell, "y"), ("b", cell, "z"), ("b", "q", "z")]), []),
        "kept": (write("kept", [("a", "p", cell), ("b", "q", "z")]), ["note"]),
        "unused": (write("unused", [("a", "p", cell), ("b", "q", "z")]), []),
    }
    for name, (path, keep) in logs.items():
        log = counted(fg.read(path, account="user", content="page", keep=keep))
        assert log.rejected_by_reason == {}
        if name == "content":
            assert log.table["content"].to_pylist() == [cell, cell, "q"]
            assert len(log.table["content"].chunk(0).dictionary) == 2
        elif name == "kept":
            assert log.table["note"].to_pylist() == [cell, "z"]
    path, keep = logs["kept"]
    out = subprocess.run(
        [sys.executable, "-c", HUGE, small, path, *keep], capture_output=True, text=True, check=True
    )
    kilobytes, *rest = map(int, out.stdout.split())
    assert rest == [2, 0]
    # The file is mapped, and the cell is copied a handful of times: through DuckDB, into the block, into the table.
    assert kilobytes < 200_000


def test_a_huge_rejected_row_is_cut(read):
    log = read("user,page\n," + "x" * 1_000_000 + "\nb,p\n")
    (text,) = log.rejected["raw_text"]
    assert log.rejected_by_reason == {"empty account": 1}
    # A comma and a million letters; the first 10,000 characters are kept.
    assert text == "," + "x" * 9_999 + " [cut; 1,000,001 bytes in all]"


def test_identifiers_of_64_bits(read, tmp_path):
    ids = [BIG, 2**63 - 1, 2**53 + 1]
    expected = [(str(number), "p") for number in ids]
    assert names(read("user,page\n" + "".join(f"{number},p\n" for number in ids))) == expected
    as_numbers = "".join(f'{{"user":{number},"page":"p"}}\n' for number in ids)
    as_texts = "".join(f'{{"user":"{number}","page":"p"}}\n' for number in ids)
    for text in (as_numbers, as_texts, "[" + as_numbers.strip().replace("\n", ",") + "]"):
        assert names(read(text, "log.json" if text[0] == "[" else "log.jsonl")) == expected
    for kind in (pa.int64(), pa.uint64()):
        some = ids + ([2**64 - 1] if kind == pa.uint64() else [])
        table = pa.table({"user": pa.array(some, kind), "page": ["p"] * len(some)})
        pq.write_table(table, tmp_path / "log.parquet")
        for source in (table, tmp_path / "log.parquet", table.to_pandas(), pl.from_arrow(table)):
            log = counted(fg.read(source))
            assert names(log) == [(str(number), "p") for number in some]
            assert not any("2^53" in note for note in log.notes)


def test_floats_that_have_lost_their_digits_are_told(read):
    note = "Column user holds floats beyond 2^53, whose last digits are lost; load it as text or as 64-bit integers."
    frame = pd.DataFrame({"user": [float(BIG), np.nan], "page": ["p", "q"]})
    assert note in counted(fg.read(frame)).notes
    # JSON that pandas wrote of such a frame.
    assert note in read(f'{{"user":{float(BIG)},"page":"p"}}\n', "log.jsonl").notes
    for small in (12.0, 2.0**53, 0.5):
        assert note not in read(f'{{"user":{small},"page":"p"}}\n', "log.jsonl").notes
        assert note not in fg.read(pd.DataFrame({"user": [small], "page": ["p"]})).notes
    # A number beyond the window is no identifier where it is a time or is kept.
    assert note not in read(f'{{"user":"a","page":"p","x":{float(BIG)}}}\n', "log.jsonl", keep=["x"]).notes


def test_identifiers_that_a_spreadsheet_has_cut(read):
    rows = [
        "1.2E+18,p",
        "b,1.46789E+18",
        '"1,2E+18",p',
        "1E+18,p",
        "1e5,p",
        "A1.5E+10x,p",
        "1.5E+10x,p",
        "b,1.2E-18",
    ]
    log = read("user,page\n" + "\n".join(rows))
    assert names(log) == [("1e5", "p"), ("A1.5E+10x", "p"), ("1.5E+10x", "p"), ("b", "1.2E-18")]
    assert log.rejected_by_reason == {"account cut by a spreadsheet": 3, "content cut by a spreadsheet": 1}
    assert sum("were cut by a spreadsheet, so that many share one name" in note for note in log.notes) == 1
    fine = read("user,page\n1e5,p\n")
    assert not any("spreadsheet" in note for note in fine.notes)


def test_times_of_many_kinds_in_one_column(read):
    # 2024-05-01 is day 19,844 since 1970 (54 * 365 + 13 leap days + 121): second 1,714,521,600.
    times = [
        *("2024-05-01T00:00:00Z", "2024-05-01 02:00:00+02:00", "2024-05-01", "20240501", "1714521600"),
        *("1714521600000", "1714521600.0", "2024/05/01 00:00"),
    ]
    log = read("user,page,time\n" + "".join(f"u{i},p,{time}\n" for i, time in enumerate(times)))
    assert log.table["time"].cast("int64").to_pylist() == [1_714_521_600_000_000] * 8
    assert "Times without a zone were read as UTC (3 of 8)." in log.notes
    assert (
        "Numbers were read as Unix time in seconds (2 of 8), Unix time in milliseconds (1 of 8)." in log.notes
    )


def test_early_and_late_times(read):
    times = ["1994-12-31T23:59:59Z", "1971-02-03T00:00:00Z", "1995-01-01T00:00:00Z", "2060-01-01T00:00:00Z"]
    bad = ["1969-12-31T23:59:59Z", "2150-01-01", "-1", "2100-01-01T00:00:00Z"]
    log = read("user,page,time\n" + "".join(f"u{i},p,{time}\n" for i, time in enumerate([*times, *bad])))
    assert [when.year for when in log.table["time"].to_pylist()] == [1994, 1971, 1995, 2060]
    assert log.rejected_by_reason == {"unreadable time": 4}
    # What lies in the future is not told: tomorrow the same file must give the same notes.
    assert log.notes[1:] == (
        "2 times lie before 1995, the earliest in 1971-02: often a sign of a missing time written as a number.",
    )
    one = read("user,page,time\na,p,1994-12-31T23:59:59Z\n")
    assert one.notes[1:] == (
        "1 time lies before 1995, the earliest in 1994-12: often a sign of a missing time written as a number.",
    )


def test_a_log_without_a_usable_row(read):
    log = read("user,page,time\n,p,1\na,p,soon\n,q,1\n")
    assert len(log) == 0
    assert log.rejected_by_reason == {"empty account": 2, "unreadable time": 1}
    assert log.notes[-1] == "No row could be used; the most frequent reason is: empty account."


CELL = st.one_of(
    st.sampled_from(
        ["a", "b", "", " ", "NA", "1.2E+18", "1e5", "\0", "a\nb", 'a"b', "é", str(BIG), "x" * 300]
    ),
    st.text(max_size=3).filter(lambda text: text.isprintable()),
)
TIME = st.sampled_from(
    ["", "1", "soon", "NA", "2024-05-01", "1969-12-31", "20240501", "2150-01-01", "1714521600000"]
)


@settings(QUICK, max_examples=20)
@given(st.lists(st.tuples(CELL, CELL, TIME), min_size=1, max_size=10), st.sampled_from(["remove", "keep"]))
@example([("a", "b", "1"), ("a", "b", "1"), ("\0", "b", "soon")], "remove")
def test_every_form_of_a_log_gives_the_same_rows(tmp_path_factory, rows, duplicates):
    # Unlike text that lies in a file, JSON and frames hold NUL in a name: the reasons for it differ by a word.
    folder = tmp_path_factory.getbasetemp()
    quoted = ('","'.join(cell.replace('"', '""') for cell in row) for row in rows)
    (folder / "care.csv").write_text(
        "user,page,time\n" + "".join(f'"{row}"\n' for row in quoted), encoding="utf-8"
    )
    frame = pd.DataFrame(rows, columns=["user", "page", "time"])
    (folder / "care.jsonl").write_text(
        "".join(json.dumps(dict(zip(frame, row, strict=True))) + "\n" for row in rows)
    )
    frame.to_parquet(folder / "care.parquet")
    logs = [
        counted(fg.read(source, duplicates=duplicates))
        for source in (
            folder / "care.csv",
            folder / "care.jsonl",
            folder / "care.parquet",
            frame,
            pl.from_pandas(frame),
        )
    ]
    first = logs[0]
    assert first.n_rows == len(rows)
    for log in logs[1:]:
        assert log.table.drop_columns("source").equals(first.table.drop_columns("source"))
        assert log.rejected["line"].tolist() == first.rejected["line"].tolist()
        for one, other in zip(log.rejected["reason"], first.rejected["reason"], strict=True):
            assert one == other or other == "NUL byte"


def test_memory_of_kept_columns_is_that_of_what_was_asked_for(tmp_path, monkeypatch):
    # A preset reads many columns; blocks that wait for their end hold only those that are to be kept.
    from farmgraph.interactions import ledger

    held = []
    entries_of = ledger.entries_of
    monkeypatch.setattr(
        "farmgraph.interactions.read.entries_of",
        lambda book, keep, **options: (
            [held.extend(piece.keep) for page in book.pages for piece in page.pieces]
            and entries_of(book, keep, **options)
        ),
    )
    path = tmp_path / "likes.csv"
    path.write_text("user,page,page_name,liked_at,note\na,p,P,2024-05-01,x\n")
    log = fg.read(path, keep=["note"])
    assert log.preset == "page-likes"
    assert held == ["note"]
    assert log.table["note"].to_pylist() == ["x"]
    assert Path(log.source[0].path) == path
