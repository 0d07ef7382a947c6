"""Packed files that would fill the disk, and disks that are full."""

import gzip
import os
import shutil
import tempfile
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pytest
from interactions.zips import LOG, text_of, zip_of

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions import archives
from farmgraph.interactions.sources import plain_bytes, resolve


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
