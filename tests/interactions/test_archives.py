"""ZIP archives read: their data files, what these are called, and how they are packed."""

import gzip
import hashlib
import struct
import zipfile

import pyarrow as pa
import pytest
from interactions.zips import LOG, text_of, zip_of

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.archives import Member
from farmgraph.interactions.sources import identity, kind_of, name_of, resolve


@pytest.mark.parametrize("method", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
@pytest.mark.parametrize("name", ["log.zip", "log", "log.csv"])
def test_data_files_of_an_archive(archive, method, name):
    path = archive(
        [
            ("b/likes.csv", LOG),
            ("b/", b""),
            ("a.jsonl", b'{"user":"c","page":"q"}\n'),
            ("README.txt", b"read me"),
            ("LICENSE", b"free"),
            ("notes.MD", b"# notes"),
            ("codebook.pdf", b"%PDF-"),
            ("__MACOSX/b/._likes.csv", b"\0\5\x16\7"),
            (".DS_Store", b"\0\0\0\1Bud1"),
            ("b/Thumbs.db", b"\xd0\xcf\x11\xe0"),
        ],
        method=method,
        name=name,
    )
    items = resolve(path)
    assert items == [Member(path, "a.jsonl", 24), Member(path, "b/likes.csv", len(LOG))]
    assert [name_of(item) for item in items] == [f"{path}/a.jsonl", f"{path}/b/likes.csv"]
    assert [kind_of(item) for item in items] == [("json", ""), ("delimited", "")]
    assert text_of(items[1]) == LOG
    assert identity(items[1]) == (len(LOG), hashlib.sha256(LOG).hexdigest())


def test_read_an_archive(archive, tmp_path):
    path = archive([("b.csv", LOG), ("a.csv", LOG.replace(b"a,p", b"c,q"))])
    log = fg.read(path)
    assert log.table["account"].to_pylist() == ["c", "a"]
    assert log.table["source"].to_pylist() == [f"{path}/a.csv", f"{path}/b.csv"]
    assert log.rejected["source"].tolist() == [f"{path}/a.csv", f"{path}/b.csv"]
    assert log.source[1].path == f"{path}/b.csv"
    assert (log.source[1].n_bytes, log.source[1].sha256) == (len(LOG), hashlib.sha256(LOG).hexdigest())
    (tmp_path / "plain.csv").write_bytes(LOG)
    assert fg.read([tmp_path / "plain.csv", tmp_path / "*.zip"]).n_rows == 6


def test_packed_and_recoded_members(archive):
    text = "user,page\nZoë,p\n"
    path = archive(
        [
            ("a.csv.gz", gzip.compress(LOG, mtime=0)),
            ("b.csv.zst", pa.compress(LOG, codec="zstd", asbytes=True)),
            ("c.csv", text.encode("utf-16")),
            ("d.csv.gz", gzip.compress(text.encode("latin-1"), mtime=0)),
            ("e.csv", b"\xef\xbb\xbf" + text.encode()),
        ]
    )
    a, b, c, d, e = resolve(path)
    assert [kind_of(item)[1] for item in (a, b, c, d, e)] == ["gzip", "zstd", "", "gzip", ""]
    assert text_of(a) == text_of(b) == LOG
    assert text_of(c) == text_of(d, encoding="latin-1") == text_of(e) == text.encode()
    # Size and hash are those of the member as it comes out of the archive, packed though it is.
    packed = gzip.compress(LOG, mtime=0)
    assert identity(a) == (len(packed), hashlib.sha256(packed).hexdigest())


def test_the_same_member_twice_in_a_list(archive):
    path = archive([("a.csv", LOG)])
    with pytest.raises(InputError, match=r"log\.zip/a\.csv is named twice"):
        resolve([path, path])


@pytest.mark.parametrize("name", ["Zoë/日本.csv", "слайд.csv"])
def test_names_that_are_not_ascii(archive, name):
    (item,) = resolve(archive([(name, LOG)]))
    assert item.name == name
    assert text_of(item) == LOG


def without_utf8_flag(data):
    """Take the note that names are UTF-8 from an archive of one file, as macOS leaves it out."""
    data = bytearray(data)
    central = data.index(b"PK\x01\x02")
    for at in (6, central + 8):
        flags = struct.unpack_from("<H", data, at)[0]
        struct.pack_into("<H", data, at, flags & ~0x800)
    return bytes(data)


def test_names_without_a_note_of_their_encoding(archive):
    (item,) = resolve(archive(without_utf8_flag(zip_of([("Zoë.csv", LOG)]))))
    assert item.name == "Zoë.csv"
    assert text_of(item) == LOG
    # Where it is no UTF-8 it is what ZIP says it is: code page 437.
    data = zip_of([("Zo_.csv", LOG)]).replace(b"Zo_.csv", b"Zo\x89.csv")
    (item,) = resolve(archive(data))
    assert item.name == "Zoë.csv"
    assert text_of(item) == LOG
