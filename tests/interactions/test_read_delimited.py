"""Delimited text: every record is used or rejected with its reason, line and text."""

import pytest

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.times import PLACEHOLDERS


@pytest.fixture
def read_text(tmp_path):
    def read(text, name="log.csv", **options):
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return fg.read(path, **options)

    return read


def rows(log):
    columns = ("account", "content", "line")
    return list(zip(*(log.table[name].to_pylist() for name in columns), strict=True))


def rejects(log):
    return list(log.rejected[["line", "reason", "raw_text"]].itertuples(index=False, name=None))


def test_plain_log(read_text):
    log = read_text("user,page,time\na,p,2024-05-01T00:00:00Z\nb,q,\n")
    assert rows(log) == [("a", "p", 1), ("b", "q", 2)]
    assert log.rejected.empty
    assert log.n_rows == 2
    # 2024-05-01 is day 19,844 since 1970: 54 years of 365 days, 13 leap days, 31 + 29 + 31 + 30 days.
    assert log.table["time"].cast("int64").to_pylist() == [(54 * 365 + 13 + 121) * 86_400_000_000, None]
    assert log.n_without_time == 1
    assert log.table["action"].null_count == 2


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
@pytest.mark.parametrize("last", [True, False])
def test_line_ends_and_a_missing_last_one(read_text, end, last):
    text = end.join(["user,page,time", "a,p,1", '"b",q,2', ""])
    log = read_text(text if last else text.removesuffix(end))
    assert rows(log) == [("a", "p", 1), ("b", "q", 2)]
    assert log.n_rows == 2


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|"])
def test_delimiters(read_text, delimiter):
    # The other candidates stand in the quoted header field and in the rows, and must not win.
    header = delimiter.join(["user", '"page ,;|\t,;|\t,;|\tx"', "time"])
    log = read_text(f"{header}\na{delimiter}p{delimiter}1\n", content="page ,;|\t,;|\t,;|\tx")
    assert rows(log) == [("a", "p", 1)]


@pytest.mark.parametrize("above", ["sep=;\n", '"SEP=;"\r\n', "\n\nsep=;\r"])
def test_the_line_that_spreadsheets_write_above_the_header(read_text, above):
    # The comma stands more often in the header, and is no delimiter.
    log = read_text(f'{above}user;"a,b,c";page\nx;1,2;p\n')
    assert rows(log) == [("x", "p", 1)]
    assert log.n_rows == 1


def test_quoted_fields_keep_delimiters_line_ends_and_quotes(read_text):
    log = read_text('user,page,time\n"a,1","p\n""x""\r\nq",1\n"""",b"c"d,2\n')
    assert rows(log) == [("a,1", 'p\n"x"\r\nq', 1), ('"', 'b"c"d', 2)]


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        ("", "blank line"),
        ("   ", "blank line"),
        ("a,p", "too few fields"),
        ("a,p,1,2", "too many fields"),
        ('"a"x,p,1', "broken quoting"),
        ('a,"p" ,1', "broken quoting"),
        ('a,"p,1', "unclosed quote"),
        ("a\0,p,1", "NUL byte"),
        (",p,1", "empty account"),
        (" ,p,1", "empty account"),
        ("a,,1", "empty content"),
        ('a,"",1', "empty content"),
        ("a,p,soon", "unreadable time"),
        ("a,p,9999-12-31", "unreadable time"),
    ],
)
def test_one_bad_line_is_rejected_alone(read_text, line, reason):
    log = read_text(f"user,page,time\na,p,1\n{line}\nb,q,2\n")
    assert rows(log) == [("a", "p", 1), ("b", "q", 3)]
    assert rejects(log) == [(2, reason, line.replace("\0", "\\x00"))]
    assert log.rejected_by_reason == {reason: 1}
    assert log.rejected["source"].tolist() == [log.source[0].path]


def test_bytes_that_are_not_utf8_are_shown(read_text):
    log = read_text(
        b"user,page,time\nJos\xe9,p,1\nZo\xc3\xab,p,2\nx\xed\xa0\x80,p,3\ny\xc0\xaf,p,4\nz,p\xf0\x9f"
    )
    assert rows(log) == [("Zoë", "p", 2)]
    assert rejects(log) == [
        (1, "not UTF-8", "Jos\\xe9,p,1"),
        (3, "not UTF-8", "x\\xed\\xa0\\x80,p,3"),  # a surrogate
        (4, "not UTF-8", "y\\xc0\\xaf,p,4"),  # an overlong slash
        (5, "not UTF-8", "z,p\\xf0\\x9f"),  # cut off
    ]


def test_an_unclosed_quote_condemns_its_first_line_only(read_text):
    log = read_text('user,page,time\na,"p\nb,q,2\nc,"r,s",3\nd,t,4')
    # The quote of row 1 seems to close in front of r, which is neither delimiter nor line end.
    assert rejects(log) == [(1, "broken quoting", 'a,"p')]
    assert rows(log) == [("b", "q", 2), ("c", "r,s", 3), ("d", "t", 4)]


def test_many_unclosed_quotes_do_not_take_quadratic_time(read_text):
    n = 20_000
    log = read_text("user,page,time\n" + 'a,"p,1\nb,"",2\n' * n)
    assert log.n_rows == 2 * n
    assert len(log) + len(log.rejected) == 2 * n


def test_long_raw_text_is_cut_and_says_so(read_text):
    # "a,p,1," and 20,000 x are 20,006 characters; 10,000 are kept.
    log = read_text("user,page,time\na,p,1," + "x" * 20_000 + "\nb,q," + "é" * 50_000 + "\n")
    first, second = log.rejected["raw_text"]
    assert first == "a,p,1," + "x" * 9_994 + " [cut; 20,006 characters in all]"
    assert second.endswith(" [cut; 100,004 bytes in all]")


def test_byte_order_marks(read_text):
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        log = read_text("user,page,time\nZoë,p,1\n".encode(encoding))
        assert rows(log) == [("Zoë", "p", 1)], encoding
    for order in ("le", "be"):
        mark = {"le": b"\xff\xfe", "be": b"\xfe\xff"}[order]
        assert rows(read_text(mark + "user,page\na,p\n".encode(f"utf-16-{order}"))) == [("a", "p", 1)]


def test_half_a_character_at_the_end_of_utf16_is_rejected_not_lost(read_text):
    log = read_text("user,page\na,p\nb,q".encode("utf-16")[:-1])
    assert rows(log) == [("a", "p", 1)]
    assert log.rejected_by_reason == {"not UTF-8": 1}


def test_order_blocks_and_threads(read_text, monkeypatch):
    monkeypatch.setattr("farmgraph.interactions.records.BLOCK_ROWS", 7)
    text = "user,page,time\n" + "".join(f"u{i},p{i % 10},{i}\n" if i % 9 else "\n" for i in range(100))
    one, many = read_text(text, threads=1), read_text(text, threads=4)
    # Rows 1, 10, ..., 100 (i = 0, 9, ..., 99) are the twelve blank ones.
    assert one.rejected["line"].tolist() == list(range(1, 101, 9))
    assert one.table["line"].to_pylist() == [i + 1 for i in range(100) if i % 9]
    assert one.table["account"].to_pylist() == [f"u{i}" for i in range(100) if i % 9]
    assert one.table.equals(many.table)
    assert one.table["account"].num_chunks == 1


def test_dictionaries_hold_nothing_that_no_row_uses(read_text):
    log = read_text("user,page,time\na,p,1\nghost,q,never\nb,p,2\n")
    assert log.table["account"].combine_chunks().dictionary.to_pylist() == ["a", "b"]
    assert log.table["content"].combine_chunks().dictionary.to_pylist() == ["p"]


def test_keep_and_action(read_text):
    text = 'user,page,time,type,text\na,p,1,like,"hello, you"\nb,p,2,,\n'
    log = read_text(text, keep=["text", "user"])
    assert log.table.schema.names[-2:] == ["text", "user"]
    assert log.table["text"].to_pylist() == ["hello, you", ""]
    assert log.table["action"].to_pylist() == ["like", None]
    assert read_text(text, keep="text").table.schema.names[-1] == "text"
    with pytest.raises(
        UsageError, match=r"keep names 'time', which is a name that farmgraph's own table uses"
    ):
        read_text(text, keep=["time"])


def test_header_is_the_first_line_that_is_not_blank(read_text):
    assert rows(read_text("\n\r\n user , page \na,p\n")) == [("a", "p", 1)]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", r"log\.csv is empty \(0 bytes\)\. Expected CSV, TSV, JSON lines"),
        ("\n\n", "nothing but blank lines"),
        ("user,page\n", r"has a header \('user', 'page'\) and no rows under it"),
        ("user,page", "no rows under it"),
        ("user\na\n", "single column, 'user'"),
        ('user,"page\na,p\n', "header has unclosed quote"),
        (b"user,\0page\na,p\n", "first line holds NUL bytes"),
        (b"\x01\x02\x7f,page\na,p\n", "first line holds control characters"),
        (b"PK\x03\x04rest", "looks like a ZIP archive or an Excel workbook"),
        (b"\x89PNG\r\n", "looks like a picture"),
    ],
)
def test_no_table(read_text, text, message):
    with pytest.raises(InputError, match=message):
        read_text(text)


def test_duplicate_header_matters_only_where_it_is_needed(read_text):
    text = "user,page,note,note\na,p,1,2\n"
    assert rows(read_text(text)) == [("a", "p", 1)]
    with pytest.raises(InputError, match="the header names 'note' 2 times"):
        read_text(text, keep=["note"])


def test_a_log_without_one_usable_row_says_why(read_text):
    log = read_text("user,page,time\n,p,1\n,q,2\nc,q\n")
    assert len(log) == 0
    assert log.rejected_by_reason == {"empty account": 2, "too few fields": 1}
    assert log.notes[-1] == "No row could be used; the most frequent reason is: empty account."
    assert repr(log) == "<Interactions: 0 of 3 rows used, no times>"


def test_source_is_the_file_as_it_stands(read_text, tmp_path):
    import hashlib

    log = read_text("user,page\na,p\n\n")
    data = (tmp_path / "log.csv").read_bytes()
    (source,) = log.source
    assert (source.path, source.n_bytes, source.n_rows, source.n_used) == (
        str(tmp_path / "log.csv"),
        15,
        2,
        1,
    )
    assert source.sha256 == hashlib.sha256(data).hexdigest()


@pytest.mark.parametrize("placeholder", PLACEHOLDERS)
def test_placeholders_are_missing_times_and_named_as_identifiers(read_text, placeholder):
    log = read_text(f"user,page,time\na,p,{placeholder}\na,{placeholder},2\n{placeholder},p,3\n")
    assert len(log.rejected) == 0
    assert log.table["time"].cast("int64").to_pylist() == [None, 2_000_000, 3_000_000]
    assert "1 time is written as NA, null or the like and counts as missing." in log.notes
    assert f"1 row has the account '{placeholder}'. If that means missing, filter it before." in log.notes
    assert f"1 row has the content '{placeholder}'. If that means missing, filter it before." in log.notes


def test_placeholders_are_counted_over_all_rows_that_are_used(read_text, tmp_path):
    # The seventh row has no account and so counts for nothing.
    text = "user,page,time\n" + "a,NA,NA\nb,null, NULL \n" * 3 + ",NA,NA\n"
    log = read_text(text, duplicates="keep")
    assert (len(log), log.n_without_time) == (6, 6)
    assert [note for note in log.notes if "missing" in note] == [
        "6 times are written as NA, null or the like and count as missing.",
        "3 rows have the content 'NA'. If that means missing, filter them before.",
        "3 rows have the content 'null'. If that means missing, filter them before.",
    ]
    (tmp_path / "more.csv").write_text("user,page,time\nc,NA,1\n")
    both = fg.read([tmp_path / "log.csv", tmp_path / "more.csv"], duplicates="keep")
    assert "4 rows have the content 'NA'. If that means missing, filter them before." in both.notes


def test_words_that_only_begin_like_placeholders_are_nothing_special(read_text):
    log = read_text("user,page,time\nNAN,NA1,1\n")
    assert not any("missing" in note for note in log.notes)
