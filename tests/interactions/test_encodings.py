"""Text that is not UTF-8: what tells its encoding, what is decoded, and what is guessed."""

import codecs
import encodings
import pkgutil

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError, UsageError
from farmgraph.interactions.encodings import (
    checked_encoding,
    guess_encoding,
    recoded,
    settled_encoding,
    told_encoding,
)
from farmgraph.interactions.sources import encoding_of, kind_of, plain_bytes

QUICK = settings(
    max_examples=400,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
TEXT = "user,page,time\nZoë,p,1\nJosé,q€,2\n"


@pytest.fixture
def text_of(tmp_path):
    def read(data, **options):
        path = tmp_path / "log.csv"
        path.write_bytes(data)
        with plain_bytes(str(path), "", **options) as found:
            return bytes(found)

    return read


def text_encodings():
    """List the encodings of text that Python brings along."""
    names = {codecs.lookup("ascii").name}
    for module in pkgutil.iter_modules(encodings.__path__):
        try:
            names.add(checked_encoding(module.name))
        except UsageError:
            continue
    return sorted(names)


@pytest.mark.parametrize(
    "name", ["", "utf-8", "UTF8", "utf-8-sig", "latin-1", "Windows-1252", "cp1251", "shift_jis", "gb18030"]
)
def test_names_that_python_knows(name):
    found = checked_encoding(name)
    assert found == (codecs.lookup(name).name if name else "")


@pytest.mark.parametrize("name", ["base64", "rot13", "hex", "zlib", "undefined", "idna", "unicode_escape"])
def test_codecs_that_encode_no_text(name):
    with pytest.raises(UsageError, match=rf"encoding is '{name}', which does not encode text\. Expected for"):
        checked_encoding(name)


@pytest.mark.parametrize(
    "name", ["klingon", "latin-1\0", "\ud800", "a" * 1000, None, 8, b"utf-8", "../utf_8"]
)
def test_names_that_python_does_not_know(name, tmp_path):
    with pytest.raises(UsageError, match=r"which Python does not know\. Expected for example 'utf-8', 'win"):
        checked_encoding(name)
    (tmp_path / "log.csv").write_text(TEXT, encoding="utf-8")
    with (
        pytest.raises(UsageError, match="which Python does not know"),
        plain_bytes(str(tmp_path / "log.csv"), "", encoding=name),
    ):
        pass


def test_every_encoding_decodes_what_it_encodes_in_any_pieces():
    names = text_encodings()
    assert len(names) > 90
    for name in names:
        data = "user,page\nabc,+1~é".encode(name, "ignore")
        expected = data.decode(name).encode()
        assert b"".join(recoded([data], name)) == expected, name
        assert b"".join(recoded([data[i : i + 1] for i in range(len(data))], name)) == expected, name


@QUICK
@given(st.sampled_from(text_encodings()), st.binary(max_size=40), st.integers(1, 9))
def test_no_byte_vanishes(name, data, size):
    pieces = [data[i : i + size] for i in range(0, len(data), size)]
    try:
        expected = data.decode(name)
    except UnicodeError:
        expected = None
    try:
        found = b"".join(recoded(pieces, name))
    except UnicodeError:
        # Only where the order of the bytes is not told, and that is settled before.
        assert name in ("utf-16", "utf-32")
        return
    if expected is None:
        assert b"\xff" in found
    else:
        assert found == expected.encode("utf-8", "replace") or b"\xff" in found


@pytest.mark.parametrize(
    "name", ["shift_jis", "euc_jp", "gb18030", "gbk", "big5", "euc_kr", "cp949", "utf-7"]
)
def test_a_broken_character_does_not_swallow_the_end_of_its_line(name):
    for lead in range(128, 256):
        assert b"\n" in b"".join(recoded([bytes([lead, 10, 65])], name)), lead


def test_named_encodings(text_of):
    assert text_of(TEXT.encode("cp1252"), encoding="windows-1252") == TEXT.encode()
    assert text_of("имя,стр\n".encode("koi8-r"), encoding="koi8-r") == "имя,стр\n".encode()
    assert text_of(TEXT.encode("utf-16-le"), encoding="utf-16-le") == TEXT.encode()
    assert text_of(TEXT.encode(), encoding="utf-8") == TEXT.encode()
    assert text_of(b"a,\xe9\n", encoding="utf-8") == b"a,\xe9\n"
    # Undefined in this encoding: FF, which is no UTF-8, is left of it.
    assert text_of(b"a\n\x81,b\n", encoding="windows-1252") == b"a\n\xff,b\n"
    assert text_of(b"a\n\xe9,b\n", encoding="ascii") == b"a\n\xff,b\n"


def test_a_byte_order_mark_outranks_a_name(text_of):
    for encoding in ("utf-8-sig", "utf-16", "utf-32"):
        for named in ("", "latin-1", "utf-8", "utf-16-be"):
            assert text_of(TEXT.encode(encoding), encoding=named) == TEXT.encode(), (encoding, named)
    assert text_of(b"\xff\xfe" + TEXT.encode("utf-16-le"), encoding="utf-16-le") == TEXT.encode()


def test_utf16_without_a_byte_order_mark(text_of, tmp_path):
    for order in ("le", "be"):
        data = TEXT.encode(f"utf-16-{order}")
        assert text_of(data) == TEXT.encode()
        assert text_of(data, encoding="utf-16") == TEXT.encode()
        assert encoding_of(str(tmp_path / "log.csv"), "") == f"utf-16-{order}"
        # Half a character at the end is no character.
        assert text_of(data + b"a") == TEXT.encode() + b"\xff"
    cyrillic = "имя,страница\n" + "аб,1234567\n" * 400
    assert text_of(cyrillic.encode("utf-16-le")) == cyrillic.encode()


@pytest.mark.parametrize(
    "data",
    [
        b"a,b\n",
        b"user,\0page\na,p\n",
        b"\0" * 100,
        b"user,pag" + b"a\0" * 99,
        b"a\0\0\0,\0\0\0" * 9,
        b"a\0",
        b"",
    ],
)
def test_what_is_no_utf16(data):
    assert told_encoding(data) == ""


@given(st.binary(max_size=64))
def test_nothing_without_nul_or_mark_is_told(data):
    data = data.replace(b"\0", b"0")
    told = told_encoding(data)
    assert bool(told) is any(
        data.startswith(mark) for mark in (codecs.BOM_UTF8, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
    )


@pytest.mark.parametrize("name", ["utf-16", "utf-32"])
def test_an_order_of_bytes_that_nothing_tells(text_of, name):
    with pytest.raises(InputError, match=rf"has no byte order mark.* encoding='{name}-le' .* or '{name}-be'"):
        text_of(b"a,b\nc,d\n", encoding=name)
    assert settled_encoding(b"", name + "-le", name="log.csv") == name + "-le"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-32"])
def test_json_is_known_in_any_of_these(tmp_path, encoding):
    path = tmp_path / "log"
    path.write_bytes('\n{"user":"Zoë","page":"p"}\n'.encode(encoding))
    assert kind_of(str(path)) == ("json", "")
    assert fg.read(path).table["account"].to_pylist() == ["Zoë"]


@pytest.mark.parametrize("data", [b"\xff\xfe", b"\xef\xbb\xbf"])
def test_nothing_but_a_mark(tmp_path, data):
    (tmp_path / "log.csv").write_bytes(data)
    with pytest.raises(InputError, match=r"log\.csv .*nothing but"):
        fg.read(tmp_path / "log.csv")


def is_character(data):
    try:
        return len(data.decode()) == 1
    except UnicodeDecodeError:
        return False


def reference(data):
    """Guess by what Python's own decoder says of every place."""
    if any(c < 32 and c not in b"\t\n\r" for c in data):
        return ""
    whole = broken = i = 0
    while i < len(data):
        length = 1
        if data[i] >= 128:
            length = next((n for n in (2, 3, 4) if is_character(data[i : i + n])), 0)
            whole, broken = whole + (length > 0), broken + (length == 0)
        i += max(length, 1)
    if not broken or 20 * whole >= broken:
        return ""
    try:
        data.decode("cp1252")
    except UnicodeDecodeError:
        return "latin-1"
    return "windows-1252"


BYTES = st.one_of(
    st.binary(max_size=30),
    st.binary(max_size=30).map(lambda data: bytes(c | 32 for c in data)),
    st.lists(
        st.sampled_from(
            [
                *b"ab,\n\r\t\x00\x0b\x1f\x7f",
                0x80,
                0x81,
                0x9D,
                0xA0,
                0xBF,
                0xC0,
                0xC2,
                0xE0,
                0xED,
                0xF0,
                0xF4,
                0xFF,
            ]
        ),
        max_size=8,
    ).map(bytes),
    st.lists(st.sampled_from([0x61, 0x80, 0x8F, 0x90, 0xE0, 0xED, 0xEF, 0xF0, 0xF1, 0xF4]), max_size=6).map(
        bytes
    ),
    st.text(max_size=4).map(str.encode),
)


@settings(QUICK, max_examples=1_500)
@given(BYTES, st.integers(0, 12), st.sampled_from([0, 4_090]))
@example(b"Jos\xe9", 0, 0)
@example(b"\xed\xa0\x80", 0, 0)
@example(b"\xf4\x90\x80\x80", 0, 0)
@example(b"\xc3\xa9", 6, 4_090)
def test_guess_is_that_of_the_reference(data, before, filler):
    # The filler moves it over the border between two of the kernel's blocks.
    data = b"x" * (filler + before) + data
    assert guess_encoding(np.frombuffer(data, np.uint8)) == reference(data)


@pytest.mark.parametrize(
    ("data", "expected"),
    [
        (b"user,page\nJos\xe9,\x80\n", "windows-1252"),
        (b"user,page\nJos\xe9,\x81\n", "latin-1"),
        (b"user,page\nJos\xe9,\x0c\n", ""),
        ("user,page\nJosé,p\n".encode() + b"Jos\xe9,p\n", ""),
        (b"", ""),
        (b"a,b\n", ""),
        # DF 93 is the end of "Spass" and a closing quote by chance; 21 other letters outweigh it, 20 do not.
        (b"\xfcx" * 21 + b"Spa\xdf\x93", "windows-1252"),
        (b"\xfcx" * 20 + b"Spa\xdf\x93", ""),
    ],
)
def test_guess(data, expected):
    assert guess_encoding(np.frombuffer(data, np.uint8)) == expected
    aligned = np.frombuffer(b"123" + data, np.uint8)[3:]
    assert guess_encoding(aligned) == expected


def test_read_names_an_encoding(tmp_path):
    (tmp_path / "log.csv").write_bytes("user,page\nИван,p\n".encode("koi8-r"))
    log = fg.read(tmp_path / "log.csv", encoding="koi8-r")
    assert log.table["account"].to_pylist() == ["Иван"]
    with pytest.raises(UsageError, match="encoding is 'klingon'"):
        fg.read(tmp_path / "log.csv", encoding="klingon")


def test_read_rejects_what_an_encoding_does_not_define(tmp_path):
    (tmp_path / "log.csv").write_bytes(b"user,page\nZo\xeb,p\n\x81,q\n")
    log = fg.read(tmp_path / "log.csv", encoding="windows-1252")
    assert log.table["account"].to_pylist() == ["Zoë"]
    assert log.rejected_by_reason == {"not UTF-8": 1}


def test_read_utf16_without_a_byte_order_mark(tmp_path):
    (tmp_path / "log.csv").write_bytes(TEXT.encode("utf-16-le"))
    assert fg.read(tmp_path / "log.csv").table["account"].to_pylist() == ["Zoë", "José"]
