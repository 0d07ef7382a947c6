"""ZIP archives that are refused: names that lead elsewhere, what is no data, what is damaged."""

import gzip
import struct
import zipfile

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from interactions.zips import LOG, link, text_of, zip_of

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions import archives
from farmgraph.interactions.sources import identity, kind_of, resolve


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("../likes.csv", r"leads out of the archive \(\.\.\): '\.\./likes\.csv'"),
        ("a/../../likes.csv", r"leads out of the archive"),
        ("/etc/likes.csv", r"is an absolute path: '/etc/likes\.csv'"),
        ("C:likes.csv", "has a drive letter: 'C:likes"),
        ("c:/likes.csv", "has a drive letter"),
        ("..\\likes.csv", "has a backslash"),
        ("a\\likes.csv", "has a backslash"),
        ("a\x1b[2J.csv", r"has control characters: 'a\\x1b\[2J\.csv'"),
        ("a\nb.csv", "has control characters"),
        ("../", "leads out of the archive"),
        ("../.hidden", "leads out of the archive"),
        ("/", "is no name"),
    ],
)
def test_names_that_lead_elsewhere(archive, tmp_path, name, message):
    path = archive([("fine.csv", LOG), (name, LOG)])
    with pytest.raises(InputError, match=rf"log\.zip holds a file whose name {message}"):
        resolve(path)
    assert [entry.name for entry in tmp_path.iterdir()] == ["log.zip"]


def test_a_nul_in_a_name(archive):
    data = zip_of([("a_b.csv", LOG)]).replace(b"a_b.csv", b"a\0b.csv")
    with pytest.raises(InputError, match="has control characters"):
        resolve(archive(data))


def test_links_are_not_followed(archive, tmp_path):
    (tmp_path / "secret.csv").write_bytes(LOG)
    path = archive([("fine.csv", LOG), link("likes.csv", str(tmp_path / "secret.csv"))])
    with pytest.raises(InputError, match=r"log\.zip/likes\.csv is a symbolic link.*name the file that is"):
        resolve(path)


@pytest.mark.filterwarnings("ignore:Duplicate name")
def test_two_members_of_one_name(archive):
    path = archive([("a.csv", LOG), ("a.csv", LOG + b"z,z,3\n")])
    with pytest.raises(InputError, match=r"log\.zip holds 'a\.csv' 2 times, and nothing tells which"):
        resolve(path)


def test_nothing_inside_is_data(archive):
    files = [(f"{i}.pdf", b"%PDF") for i in range(7)]
    message = (
        r"log\.zip is a ZIP archive without a data file: it holds '0\.pdf', .*'4\.pdf' and 2 more\. Expected"
    )
    with pytest.raises(InputError, match=message):
        resolve(archive(files))
    with pytest.raises(InputError, match="without a data file: it is empty"):
        resolve(archive([]))


@pytest.mark.parametrize("name", ["[Content_Types].xml", "mimetype"])
def test_office_documents_are_refused_as_before(archive, name):
    path = archive([(name, b"x"), ("xl/worksheets/sheet1.xml", b"<x/>")], name="log.xlsx")
    (item,) = resolve(path)
    message = "looks like a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV"
    with pytest.raises(InputError, match=message):
        kind_of(item)
    with pytest.raises(InputError, match=message):
        fg.read(path)


def test_parquet_and_archives_inside_an_archive(archive, tmp_path):
    pq.write_table(pa.table({"user": ["a"]}), tmp_path / "log.parquet")
    parquet = (tmp_path / "log.parquet").read_bytes()
    inner = zip_of([("a.csv", LOG)])
    cases = {
        "a.parquet": (parquet, "is a Parquet file inside a ZIP archive; unpack it first"),
        "a.parquet.gz": (gzip.compress(parquet), "is a Parquet file packed with gzip; unpack it first"),
        "a.zip": (inner, r"is a ZIP archive or an Excel workbook inside a ZIP archive\. Unpack .*log\.zip"),
        "a.zip.gz": (gzip.compress(inner), "is a ZIP archive or an Excel workbook inside a ZIP archive"),
        "a.csv.bz2": (b"BZh91AY", "compressed with bzip2; use gzip or zstd"),
        "a.csv": (b"", r"log\.zip/a\.csv is empty \(0 bytes\)"),
    }
    for name, (data, message) in cases.items():
        (item,) = resolve(archive([(name, data)]))
        with pytest.raises(InputError, match=message):
            kind_of(item)


def test_encrypted_members(archive):
    data = bytearray(zip_of([("a.csv", LOG)]))
    for at in (6, data.index(b"PK\x01\x02") + 8):
        data[at] |= 1
    with pytest.raises(
        InputError, match=r"log\.zip/a\.csv is encrypted\. Unpack the archive with its password"
    ):
        resolve(archive(bytes(data)))


@pytest.mark.parametrize(
    ("method", "called"), [(9, "deflate64"), (12, "bzip2"), (14, "lzma"), (93, "zstd"), (98, "number 98")]
)
def test_other_ways_of_packing(archive, method, called):
    data = bytearray(zip_of([("a.csv", LOG)]))
    for at in (8, data.index(b"PK\x01\x02") + 10):
        struct.pack_into("<H", data, at, method)
    with pytest.raises(InputError, match=rf"a\.csv is packed with a method \({called}\) that is not read"):
        resolve(archive(bytes(data)))


def test_damaged_archives(archive):
    data = zip_of([("a.csv", LOG * 99)])
    with pytest.raises(InputError, match=r"log\.zip looks like a ZIP archive.* cannot be unpacked .*cut off"):
        resolve(archive(data[:-30]))
    flipped = bytearray(zip_of([("a.csv", LOG)], method=zipfile.ZIP_STORED))
    flipped[flipped.index(b"a,p,1")] ^= 1
    (item,) = resolve(archive(bytes(flipped)))
    for use in (text_of, identity):
        with pytest.raises(InputError, match=r"log\.zip/a\.csv cannot be unpacked .*CRC.*damaged"):
            use(item)


@pytest.mark.parametrize("declared", [10, 10_000])
def test_declared_sizes_are_not_believed(archive, declared):
    data = bytearray(zip_of([("a.csv", LOG)]))
    struct.pack_into("<I", data, data.index(b"PK\x01\x02") + 24, declared)
    (item,) = resolve(archive(bytes(data)))
    with pytest.raises(InputError, match=r"log\.zip/a\.csv cannot be unpacked"):
        text_of(item)
    with pytest.raises(InputError, match=r"log\.zip/a\.csv cannot be unpacked"):
        identity(item)


def test_an_archive_that_changes_meanwhile(archive):
    (item,) = resolve(archive([("a.csv", LOG)]))
    archive([("b.csv", LOG * 2)])
    with pytest.raises(InputError, match=r"log\.zip/a\.csv is not there any more: .*changed meanwhile"):
        kind_of(item)


def test_too_many_members(archive, monkeypatch):
    monkeypatch.setattr(archives, "MOST_MEMBERS", 20)
    resolve(archive([(f"{i}.csv", b"") for i in range(20)]))
    with pytest.raises(InputError, match=r"log\.zip holds 21 files; at most 20 are read"):
        resolve(archive([(f"{i}.csv", b"") for i in range(21)]))


def test_a_huge_table_of_contents_is_not_loaded(archive, monkeypatch):
    monkeypatch.setattr(archives, "DIRECTORY_BYTES", 1_000)
    with pytest.raises(InputError, match=r"cannot be unpacked \(table of contents of 1,\d\d\d bytes\)"):
        resolve(archive([(f"{i:02}.csv", b"") for i in range(20)]))
