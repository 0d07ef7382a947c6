"""Names and their codes, against a plain dictionary, and where hashes fail to tell names apart."""

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.interactions.names import (
    CUT,
    EMPTY,
    FINE,
    NUL,
    Names,
    Texts,
    constant,
    dictionary,
    texts_of,
)

QUICK = settings(
    max_examples=150,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
NAME = st.one_of(
    st.text(alphabet='ab"\0é🙂 ', max_size=5),
    # Around eight bytes words become bytes; quotes may stand on either side of that border.
    st.text(alphabet='a"', min_size=6, max_size=18),
    st.text(alphabet='a"é', min_size=1, max_size=2).map(lambda text: text * 40),
    st.sampled_from(["", "\0", "a\0", "a\0\0", "a" * 7, "a" * 8, "a" * 9, '"', '""', 'a""b', 'a"b']),
)


def laid_out(names):
    """Write (name, whether in quotes) behind each other as a CSV does, and say where they stand."""
    data, begin, stop = b"", [], []
    for name, quoted in names:
        data += b'"' if quoted else b""
        begin.append(len(data))
        data += (name.replace('"', '""') if quoted else name).encode()
        stop.append(len(data))
        data += b'",' if quoted else b","
    return Texts(np.frombuffer(data or b",", np.uint8), np.array(begin), np.array(stop), unquote=True)


@QUICK
@given(st.lists(st.lists(st.tuples(NAME, st.booleans()), min_size=1, max_size=12), min_size=1, max_size=4))
@example([[("a" * 8, False), ("a" * 8, True), ("a" * 8 + "\0", False)]])
def test_codes_are_those_of_a_plain_dictionary(written):
    names, known = Names("account"), {}
    for block in written:
        texts = laid_out(block)
        codes = names.encode(texts, texts.hashes())
        assert codes.tolist() == [known.setdefault(name, len(known)) for name, _ in block]
        assert texts.to_arrow().to_pylist() == [name for name, _ in block]
    assert names.to_arrow().to_pylist() == list(known)
    assert names.n == len(known)


@QUICK
@given(NAME)
def test_quotes_around_a_name_change_nothing_about_its_hash(name):
    hashes = laid_out([(name, False), (name, True), (name + "\0", True)]).hashes()
    assert hashes[0] == hashes[1] != hashes[2]


def test_two_quotes_without_quotes_around_are_two():
    # In quotes a""b is the name a"b; bare it is a""b.
    texts = laid_out([('a"b', True), ('a""b', False), ('a"b', False)])
    names = Names("account")
    assert names.encode(texts, texts.hashes()).tolist() == [0, 1, 0]
    assert names.to_arrow().to_pylist() == ['a"b', 'a""b']


def test_a_table_that_grows_keeps_what_it_has():
    # 4,096 names and 65,536 bytes fit at first; 30,000 names of 40 bytes and more do not.
    names, rng = Names("account"), np.random.default_rng(7)
    known: dict[str, int] = {}
    for _ in range(10):
        block = [f"{number:05}" * 8 for number in rng.integers(0, 30_000, 6_000)]
        texts = texts_of(pa.array(block))
        assert names.encode(texts, texts.hashes()).tolist() == [
            known.setdefault(n, len(known)) for n in block
        ]
    assert len(known) > 20_000
    assert names.to_arrow().to_pylist() == list(known)
    assert names.to_arrow(len(known) - 2).to_pylist() == list(known)[-2:]


CLASHES = {
    "all the same": lambda hashes: np.full_like(hashes, 7),
    "upper halves the same": lambda hashes: hashes & np.uint64(0xFFFFFFFF),
    "upper halves and slots the same": lambda hashes: (hashes & np.uint64(0xFF)) << np.uint64(20),
    "lower halves the same": lambda hashes: hashes & np.uint64(0xFFFFFFFF00000000),
    "few": lambda hashes: hashes % np.uint64(3),
}


@pytest.mark.parametrize("clash", CLASHES)
def test_names_of_one_hash_stay_apart(clash):
    @settings(QUICK, max_examples=80)
    @given(st.lists(st.lists(st.tuples(NAME, st.booleans()), min_size=1, max_size=10), max_size=3))
    def check(written):
        names, seen = Names("account"), {}
        for block in written:
            texts = laid_out(block)
            codes = names.encode(texts, CLASHES[clash](texts.hashes())).tolist()
            for (name, _), code in zip(block, codes, strict=True):
                assert seen.setdefault(name, code) == code
        assert len(set(seen.values())) == len(seen) == names.n
        stored = names.to_arrow().to_pylist()
        assert all(stored[code] == name for name, code in seen.items())

    check()


@pytest.mark.parametrize("clash", CLASHES)
def test_a_log_is_the_same_whatever_the_hashes(tmp_path, monkeypatch, clash):
    # 3,000 rows in blocks of 500; 89 accounts and 61 contents, an account in two ways of writing it.
    monkeypatch.setattr("farmgraph.interactions.records.BLOCK_ROWS", 500)
    rows = [f"u{i % 89},p{i % 61},{i}" if i % 2 else f'"u{i % 89}","p{i % 61}",{i}' for i in range(3_000)]
    (tmp_path / "log.csv").write_text("user,page,time\n" + "\n".join(rows))
    plain = fg.read(tmp_path / "log.csv")
    assert len(plain) == 3_000
    assert plain.table["account"].to_pylist() == [f"u{i % 89}" for i in range(3_000)]
    assert len(plain.table["account"].chunk(0).dictionary) == 89
    hashes = Texts.hashes
    monkeypatch.setattr(Texts, "hashes", lambda texts: CLASHES[clash](hashes(texts)))
    again = fg.read(tmp_path / "log.csv")
    for role in ("account", "content"):
        assert again.table[role].to_pylist() == plain.table[role].to_pylist()
        assert len(again.table[role].chunk(0).dictionary) == len(plain.table[role].chunk(0).dictionary)


@pytest.mark.parametrize(
    ("name", "state"),
    [
        ("a", FINE),
        ("", EMPTY),
        (" \t\u00a0", EMPTY),
        ("a\0", NUL),
        ("1.2E+18", CUT),
        ("-1,23e+123", CUT),
        ("1E+18", CUT),
        *(
            (name, FINE)
            for name in ("1e5", "1E18", "A1.5E+10x", "12.5E+10", "1.2E+1", "1.2E+1000", "1.2E-18")
        ),
        *((name, FINE) for name in (" 1.2E+18", "E+18", ".2E+18", "1.E+18", "0x1.2E+18")),
    ],
)
def test_what_a_name_is(name, state):
    names = Names("account")
    texts = texts_of(pa.array([name]))
    assert names.states[names.encode(texts, texts.hashes())].tolist() == [state]


def test_columns_with_a_dictionary_slices_and_nulls():
    column = pa.array(["x", "b", None, "a", "b"]).slice(1)
    for some in (column, column.dictionary_encode(), column.cast(pa.large_string())):
        names = Names("account")
        texts = texts_of(some)
        codes = names.encode(texts, texts.hashes())
        stored = names.to_arrow().to_pylist()
        assert len(texts) == 4
        assert [stored[code] for code in codes] == ["b", "", "a", "b"] == texts.to_arrow().to_pylist()
    assert texts_of(pa.array([], pa.string())).to_arrow().to_pylist() == []
    assert texts_of(pa.array([None, None], pa.string())).to_arrow().to_pylist() == ["", ""]
    assert constant("like", 3).to_arrow().to_pylist() == ["like"] * 3
    assert constant("", 2).to_arrow().to_pylist() == ["", ""]


@QUICK
@given(st.lists(st.integers(-1, 9), max_size=20))
def test_a_dictionary_holds_nothing_that_no_row_uses(codes):
    texts = texts_of(pa.array([f"n{i}" for i in range(10)]))
    names = Names("account")
    names.encode(texts, texts.hashes())
    column = dictionary(np.array(codes, np.int32), names)
    assert column.to_pylist() == [None if code < 0 else f"n{code}" for code in codes]
    assert column.dictionary.to_pylist() == [f"n{code}" for code in sorted({*codes} - {-1})]


def test_names_of_rejected_rows_are_not_in_the_table(tmp_path):
    (tmp_path / "log.csv").write_text("user,page,time\na,p,1\nghost,q,never\nb,,1\na,r,1\na,r,1\n")
    table = fg.read(tmp_path / "log.csv").table
    assert table["account"].chunk(0).dictionary.to_pylist() == ["a"]
    assert table["content"].chunk(0).dictionary.to_pylist() == ["p", "r"]
