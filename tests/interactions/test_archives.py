"""ZIP archives, and packed files that would fill the disk."""

import gzip
import hashlib
import io
import os
import shutil
import stat
import struct
import tempfile
import zipfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions import archives
from farmgraph.interactions.archives import Member
from farmgraph.interactions.sources import identity, kind_of, name_of, plain_bytes, resolve

LOG = b"user,page,time\na,p,1\nb,,2\n"
QUICK = settings(
    max_examples=300,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)


def zip_of(files, *, method=zipfile.ZIP_DEFLATED):
    """Make an archive of (name or ZipInfo, bytes); names are written as they are."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as archive:
        for name, data in files:
            if isinstance(name, str):
                # With a date of its own, so that the bytes are always the same.
                name = zipfile.ZipInfo(name)
                name.compress_type = method
            archive.writestr(name, data)
    return out.getvalue()


def link(name, target):
    info = zipfile.ZipInfo(name)
    info.create_system = 3
    info.external_attr = (stat.S_IFLNK | 0o777) << 16
    return info, target


@pytest.fixture
def archive(tmp_path):
    def write(files, *, name="log.zip", **options):
        path = tmp_path / name
        path.write_bytes(files if isinstance(files, bytes) else zip_of(files, **options))
        return str(path)

    return write


def text_of(item, **options):
    _, compression = kind_of(item)
    with plain_bytes(item, compression, **options) as data:
        return bytes(data)


@contextmanager
def written_while(monkeypatch):
    """Count the bytes that are written to temporary files inside the block."""
    sizes = []
    make = tempfile.TemporaryFile

    def counting(*args, **options):
        file = make(*args, **options)
        write = file.write

        class Counting:
            def __getattr__(self, name):
                return getattr(file, name)

            def write(self, data):
                sizes.append(len(data))
                return write(data)

            def __enter__(self):
                return self

            def __exit__(self, *error):
                file.close()

        return Counting()

    with monkeypatch.context() as patch:
        patch.setattr(tempfile, "TemporaryFile", counting)
        yield sizes


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


# Limits are lowered instead of making bombs of the size that the real ones forbid.
ZEROS = b"user,page\n" + bytes(30_000_000)


@pytest.fixture
def low(monkeypatch):
    monkeypatch.setattr(archives, "MOST_BYTES", 5_000_000)


@pytest.mark.parametrize("packing", ["gzip", "zstd", "zip", "gzip in zip"])
def test_bombs_are_stopped_early(tmp_path, archive, low, monkeypatch, packing):
    packed = {
        "gzip": lambda: gzip.compress(ZEROS),
        "zstd": lambda: pa.compress(ZEROS, codec="zstd", asbytes=True),
        "zip": lambda: zip_of([("a.csv", ZEROS)]),
        # Packed twice, the inner file is small and harmless to look at.
        "gzip in zip": lambda: zip_of([("a.csv.gz", gzip.compress(ZEROS))]),
    }[packing]()
    path = tmp_path / "bomb"
    path.write_bytes(packed)
    message = r"bomb.* unpacks to [\d,]+ bytes or more from [\d,]+: more than 200 times .*unpack it yourself"
    with written_while(monkeypatch) as sizes, pytest.raises(InputError, match=message):
        text_of(resolve(str(path))[0])
    assert sum(sizes) <= 5_000_000
    with pytest.raises(InputError, match=message):
        fg.read(path)


def test_a_real_bomb_meets_the_real_limit(tmp_path, monkeypatch):
    # Half as much again as allowed, made of one packed megabyte repeated: gzip files may be joined.
    piece = gzip.compress(bytes(1 << 24), mtime=0)
    path = tmp_path / "bomb.csv.gz"
    path.write_bytes(gzip.compress(b"user,page\n", mtime=0) + piece * 24)
    with (
        written_while(monkeypatch) as sizes,
        pytest.raises(InputError, match=r"unpacks to 2\d\d,\d\d\d,\d\d\d"),
    ):
        text_of(str(path))
    assert sum(sizes) <= archives.MOST_BYTES


def test_many_members_are_a_bomb_together(archive, low):
    files = [(f"{i}.csv", bytes(2_000_000)) for i in range(4)]
    with pytest.raises(InputError, match=r"log\.zip unpacks to 8,000,000 bytes or more from"):
        resolve(archive(files))
    assert len(resolve(archive(files[:2]))) == 2


def test_what_is_well_packed_but_small_or_large_but_honest_passes(tmp_path, archive, low):
    small = b"user,page\n" + b"a,p\n" * 1_000_000
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(small, mtime=0))
    assert len(small) > 200 * path.stat().st_size
    assert text_of(str(path)) == small
    large = b"user,page\n" + b"".join(b"%d,p%d\n" % (i * 7919, i % 77) for i in range(500_000))
    assert text_of(resolve(archive([("a.csv", large)]))[0]) == large
    assert len(large) > archives.MOST_BYTES


def test_a_disk_that_would_be_full(tmp_path, archive, monkeypatch):
    usage = type(shutil.disk_usage("/"))
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(LOG * 100_000, mtime=0))
    recoded = tmp_path / "log.csv"
    recoded.write_bytes((LOG * 100).decode().encode("utf-16"))
    (member,) = resolve(archive([("a.csv", LOG * 100_000)]))
    monkeypatch.setattr(archives, "SPARE_BYTES", 1_000)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10_000_000, 9_000_000, 2_000))
    folder = tempfile.gettempdir()
    message = rf"needs more room in {folder}, .*2,000 bytes are free, of which 1,000 stay so.*TMPDIR"
    for item in (str(path), str(recoded), member):
        with pytest.raises(InputError, match=message):
            text_of(item)
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(10_000_000, 0, 10_000_000))
    assert len(text_of(member)) == len(LOG) * 100_000
    # A file system that does not tell its size must not forbid everything.
    monkeypatch.setattr(shutil, "disk_usage", lambda folder: usage(0, 0, 0))
    assert len(text_of(member)) == len(LOG) * 100_000


@pytest.mark.skipif(not os.path.exists("/dev/full"), reason="only Linux has a device that is always full")
def test_a_disk_that_is_full(tmp_path, monkeypatch):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(LOG, mtime=0))
    full = Path("/dev/full")
    monkeypatch.setattr(tempfile, "TemporaryFile", lambda prefix: full.open("wb"))
    with pytest.raises(InputError, match=r"needs more room in .*No space left on device.*TMPDIR"):
        text_of(str(path))


def test_no_folder_for_temporary_files(tmp_path, monkeypatch):
    path = tmp_path / "log.csv.gz"
    path.write_bytes(gzip.compress(LOG, mtime=0))
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "gone"))
    with pytest.raises(InputError, match=r"no folder for temporary files .*TMPDIR"):
        text_of(str(path))


def test_temporary_files_leave_nothing_behind(tmp_path, archive, monkeypatch):
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    (item,) = resolve(archive([("a.csv", LOG)]))
    with plain_bytes(item, "") as data:
        assert bytes(data) == LOG
        assert list(folder.iterdir()) == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    return tmp_path_factory.mktemp("fuzz")


def survives(path):
    """Whether a file could be used to the end; every error but InputError passes through."""
    try:
        for item in resolve(str(path)):
            assert name_of(item).startswith(str(path))
            text_of(item)
            n_bytes, digest = identity(item)
            assert n_bytes > 0
            assert len(digest) == 64
    except InputError as error:
        assert str(path) in str(error)  # noqa: PT017
        return False
    return True


WHOLE = {
    "zip": zip_of([("Zoë.csv", LOG), ("b/c.csv.gz", gzip.compress(LOG, mtime=0)), ("readme.txt", b"x")]),
    "stored.zip": zip_of([("a.csv", LOG)], method=zipfile.ZIP_STORED),
    "csv.gz": gzip.compress(LOG, mtime=0),
    "csv.zst": pa.compress(LOG, codec="zstd", asbytes=True),
}


@QUICK
@given(
    suffix=st.sampled_from([".zip", ".gz", ".csv.zst"]),
    magic=st.sampled_from([b"", b"PK\x03\x04", b"PK\x05\x06", b"\x1f\x8b\x08", b"\x28\xb5\x2f\xfd"]),
    body=st.binary(max_size=200),
)
def test_any_bytes_end_in_nothing_worse_than_an_input_error(folder, suffix, magic, body):
    path = folder / f"random{suffix}"
    path.write_bytes(magic + body)
    survives(path)


@QUICK
@given(kind=st.sampled_from(sorted(WHOLE)), data=st.data())
def test_any_damage_ends_in_nothing_worse_than_an_input_error(folder, kind, data):
    whole = bytearray(WHOLE[kind])
    for _ in range(data.draw(st.integers(1, 4))):
        at = data.draw(st.integers(0, len(whole) - 1))
        whole[at : at + data.draw(st.integers(0, 3))] = data.draw(st.binary(max_size=3))
        if not whole:
            break
    path = folder / f"damaged.{kind}"
    path.write_bytes(whole)
    survives(path)


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_what_is_not_damaged_survives(folder, kind):
    path = folder / f"whole.{kind}"
    path.write_bytes(WHOLE[kind])
    assert survives(path)


@pytest.mark.parametrize("kind", sorted(WHOLE))
def test_every_cut_and_every_wrong_byte(folder, kind):
    path = folder / f"wrong.{kind}"
    for at in range(len(WHOLE[kind])):
        path.write_bytes(WHOLE[kind][:at])
        # Up to its fourth byte it may be a text that begins strangely.
        assert not survives(path) or at < 4
        for flip in (1, 0xFF):
            wrong = bytearray(WHOLE[kind])
            wrong[at] ^= flip
            path.write_bytes(wrong)
            survives(path)


@settings(QUICK, max_examples=80)
@given(st.sampled_from([".zip", ".csv.gz"]), st.booleans(), st.binary(min_size=1, max_size=80))
def test_read_any_bytes_inside_a_packed_file(folder, suffix, header, body):
    text = (b"user,page,time\n" if header else b"") + body
    path = folder / f"packed{suffix}"
    path.write_bytes(zip_of([("a.csv", text)]) if suffix == ".zip" else gzip.compress(text, mtime=0))
    try:
        log = fg.read(path, account="user", content="page")
    except InputError as error:
        assert not header, error  # noqa: PT017
    else:
        assert len(log) + len(log.rejected) == log.n_rows
