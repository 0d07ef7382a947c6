"""Paths, globs, lists and packed files."""

import gzip
import hashlib
import os
import re
import shutil
import socket
import subprocess
import sys
import tempfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest

import farmgraph as fg
from farmgraph.errors import InputError
from farmgraph.interactions.sources import identity, kind_of, name_of, plain_bytes, resolve

LOG = "user,page,time\na,p,1\nb,,2\n"


def zstd(data):
    return pa.compress(data, codec="zstd", asbytes=True)


@pytest.mark.parametrize(
    ("name", "data"),
    [
        ("log.csv.gz", gzip.compress(LOG.encode(), mtime=0)),
        ("two.csv.gz", gzip.compress(LOG[:20].encode(), mtime=0) + gzip.compress(LOG[20:].encode(), mtime=0)),
        ("log.csv.zst", zstd(LOG.encode())),
        ("silent", gzip.compress(LOG.encode(), mtime=0)),
        ("utf16.csv.gz", gzip.compress(LOG.encode("utf-16"), mtime=0)),
        ("log.tsv", LOG.replace(",", "\t").encode()),
        ("log.txt", LOG.replace(",", "|").encode()),
    ],
)
def test_packed_and_plain(tmp_path, name, data):
    path = tmp_path / name
    path.write_bytes(data)
    log = fg.read(path)
    assert log.table["account"].to_pylist() == ["a"]
    assert log.rejected_by_reason == {"empty content": 1}
    # Size and hash are those of the file as it lies there, not of what is in it.
    assert log.source[0].n_bytes == len(data)


def test_files_of_a_glob_come_in_order_and_keep_their_names(tmp_path):
    for name in ("b", "a", "c"):
        (tmp_path / f"{name}.csv").write_text(LOG.replace("a,p", f"{name},p"))
    log = fg.read(str(tmp_path / "*.csv"))
    assert log.table["account"].to_pylist() == ["a", "b", "c"]
    expected = [str(tmp_path / f"{name}.csv") for name in "abc"]
    assert log.table["source"].to_pylist() == expected
    assert [source.path for source in log.source] == expected
    assert log.table["line"].to_pylist() == [1, 1, 1]
    assert log.rejected[["source", "line"]].values.tolist() == [[path, 2] for path in expected]
    assert sum("Columns guessed" in note for note in log.notes) == 1
    listed = fg.read([tmp_path / "c.csv", str(tmp_path / "[ab].csv")])
    assert listed.table["account"].to_pylist() == ["c", "a", "b"]


def test_every_file_must_have_the_columns(tmp_path):
    (tmp_path / "a.csv").write_text(LOG)
    (tmp_path / "b.csv").write_text("account,page,time\na,p,1\n")
    with pytest.raises(InputError, match=r"b\.csv has no column 'user' .*Found: 'account', 'page', 'time'"):
        fg.read(str(tmp_path / "*.csv"))


def test_formats_mix_and_kept_columns_of_two_types_become_text(tmp_path):
    (tmp_path / "a.csv").write_text("user,page,n\na,p,1\n")
    (tmp_path / "b.jsonl").write_text('{"user":"b","page":"p","n":2}\n')
    frame = pa.table({"user": ["c"], "page": ["p"], "n": [3]})
    log = fg.read([tmp_path / "a.csv", tmp_path / "b.jsonl", frame], keep=["n"])
    assert log.table["account"].to_pylist() == ["a", "b", "c"]
    assert log.table["n"].to_pylist() == ["1", "2", "3"]


@pytest.mark.parametrize(("role", "header", "value"), [("time", "liked_at", "1"), ("action", "type", "like")])
@pytest.mark.parametrize("order", ["ab", "ba"])
def test_what_one_file_alone_has_is_refused(tmp_path, role, header, value, order):
    (tmp_path / "a.csv").write_text("user,page\na,p\n")
    (tmp_path / "b.csv").write_text(f"user,page,{header}\na,p,{value}\n")
    files = [tmp_path / f"{name}.csv" for name in order]
    message = (
        rf"b\.csv has a column of {role}s \('{header}'\), but .*a\.csv has no such column\. Read them apart, "
        rf"or name the column alike in both; if it holds no {role}s, give it another name\."
    )
    with pytest.raises(InputError, match=message):
        fg.read(files)


def test_times_under_two_names_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("user,page,time\na,p,1\n")
    (tmp_path / "b.csv").write_text("user,page,created_at\na,p,1\n")
    with pytest.raises(
        InputError, match=r"a\.csv has a column of times \('time'\), but .*b\.csv has no such"
    ):
        fg.read(str(tmp_path / "*.csv"))


def test_times_that_only_the_later_file_makes_plain_are_refused(tmp_path):
    (tmp_path / "a.csv").write_text("user,page,sent_at,seen_at\na,p,1,2\n")
    (tmp_path / "b.csv").write_text("user,page,seen_at\na,p,2\n")
    with pytest.raises(
        InputError, match=r"b\.csv has 'seen_at' as its only .*a\.csv has it among others.*time="
    ):
        fg.read(str(tmp_path / "*.csv"))
    assert fg.read(str(tmp_path / "*.csv"), time="seen_at").n_without_time == 0


def test_a_column_that_no_role_is_guessed_from_may_stand_in_one_file_alone(tmp_path):
    (tmp_path / "a.csv").write_text("user,page\na,p\n")
    (tmp_path / "b.csv").write_text("user,page,note\na,p,1\n")
    assert len(fg.read(str(tmp_path / "*.csv"))) == 2


def test_what_is_not_there(tmp_path):
    (tmp_path / "likes.csv").write_text(LOG)
    cases = {
        str(tmp_path / "like.csv"): r"No such file: .*like\.csv .*Did you mean .*likes\.csv\?",
        str(tmp_path / "no" / "likes.csv"): "There is no folder .*no either",
        str(tmp_path / "*.tsv"): r"No file matches .*\*\.tsv",
        str(tmp_path): r"is a folder\. It holds likes\.csv\. Name its files, for example .*\*\.csv",
        "log\0.csv": "is no path: it holds a NUL character",
    }
    for path, message in cases.items():
        with pytest.raises(InputError, match=message):
            fg.read(path)
    with pytest.raises(InputError, match=r"likes\.csv is named twice"):
        fg.read([tmp_path / "likes.csv", str(tmp_path / "*.csv")])
    with pytest.raises(InputError, match="list of sources is empty"):
        fg.read([])
    with pytest.raises(InputError, match=r"Cannot read a builtins\.int"):
        fg.read([1])
    with pytest.raises(InputError, match="has been read already"):
        fg.read(fg.read(tmp_path / "likes.csv"))


@pytest.mark.parametrize(
    ("name", "data", "message"),
    [
        ("log.csv.gz", gzip.compress(LOG.encode() * 99, mtime=0)[:-12], "cannot be unpacked"),
        ("log.csv.zst", zstd(LOG.encode() * 99)[:-6], "cannot be unpacked"),
        ("log.csv.gz", gzip.compress(b"", mtime=0), "is empty once unpacked"),
        (
            "log.parquet.gz",
            gzip.compress(b"PAR1", mtime=0),
            "is a Parquet file packed with gzip; unpack it first",
        ),
        ("log.csv.bz2", b"BZh91AY", "compressed with bzip2; use gzip or zstd"),
    ],
)
def test_damaged_or_foreign_packing(tmp_path, name, data, message):
    (tmp_path / name).write_bytes(data)
    with pytest.raises(InputError, match=message):
        fg.read(tmp_path / name)


@pytest.mark.parametrize(
    "address",
    [
        "https://example.org/log.csv",
        "http://example.org/*.csv",
        "https://example.org/log.parquet?part=[12]",
        "s3://bucket/log.parquet",
        "file:///tmp/log.parquet",
        "file:/tmp/log.parquet",
        "gs://bucket/*.jsonl",
        "hdfs://host/log.csv",
        Path("https://example.org/log.csv"),
    ],
)
def test_addresses_are_refused_and_never_opened(tmp_path, monkeypatch, address):
    monkeypatch.chdir(tmp_path)
    # Even where a folder has that name: what follows might open the address instead.
    (tmp_path / "https:" / "example.org").mkdir(parents=True)

    def connect(*_):
        raise AssertionError("the network was used")

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket, "getaddrinfo", connect)
    pattern = os.fsdecode(address).split("*")[0].split("[")[0]
    for source in (address, [address]):
        with pytest.raises(InputError, match=f"{re.escape(pattern)}.* is an address. Only local files"):
            fg.read(source)


def test_an_address_among_files(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    with pytest.raises(InputError, match=r"s3://bucket/log\.csv is an address"):
        fg.read([tmp_path / "log.csv", "s3://bucket/log.csv"])


def test_a_folder_with_a_colon_in_its_name_is_no_address(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "day:1").mkdir()
    (tmp_path / "day:1" / "log.csv").write_text(LOG)
    assert len(fg.read("day:1/log.csv")) == 1


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="needs the special files of Unix")
def test_special_files_are_refused_without_waiting(tmp_path):
    os.mkfifo(tmp_path / "pipe.csv")
    (tmp_path / "link.csv").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as server:
        # Names of sockets must be short.
        folder = tempfile.mkdtemp(dir="/tmp")
        server.bind(f"{folder}/s")
        cases = {
            tmp_path / "pipe.csv": "a pipe",
            tmp_path / "link.csv": "a device",
            f"{folder}/s": "a socket",
        }
        for path, what in {**cases, "/dev/zero": "a device", "/dev/null": "a device"}.items():
            for source in (path, [path]):
                with pytest.raises(
                    InputError, match=f"{path} is {what}, not a file.*save it as a file first"
                ):
                    resolve(source)
    shutil.rmtree(folder)
    # A glob takes what is a file and leaves the rest.
    with pytest.raises(InputError, match="No file matches"):
        resolve(str(tmp_path / "*.csv"))


@pytest.mark.skipif(not os.path.exists("/dev/stdin"), reason="needs the special files of Unix")
def test_standard_input_is_no_file():
    code = "import farmgraph as fg; fg.read('/dev/stdin')"
    run = subprocess.run([sys.executable, "-c", code], input=LOG, capture_output=True, text=True, timeout=60)
    assert "InputError: /dev/stdin is a pipe, not a file" in run.stderr


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="needs a file that may not be read")
def test_what_may_not_be_read(tmp_path):
    (tmp_path / "log.csv").write_text(LOG)
    (tmp_path / "log.csv").chmod(0)
    with pytest.raises(InputError, match=r"Cannot open .*log\.csv: Permission denied"):
        resolve(tmp_path / "log.csv")


@pytest.mark.parametrize(
    ("data", "what"),
    [
        (b"7z\xbc\xaf\x27\x1c", "a 7z archive; unpack it"),
        (b"Rar!\x1a\x07", "a RAR archive; unpack it"),
        (b"log.csv".ljust(257, b"\0") + b"ustar\x0000", "a tar archive; unpack it"),
        (gzip.compress(b"log.csv".ljust(257, b"\0") + b"ustar\x0000", mtime=0), "a tar archive; unpack it"),
    ],
)
def test_other_archives_are_named(tmp_path, data, what):
    (tmp_path / "log").write_bytes(data)
    with pytest.raises(InputError, match=f"it looks like {what}"):
        kind_of(str(tmp_path / "log"))


def test_names_and_identities_of_paths(tmp_path):
    path = str(tmp_path / "log.csv.gz")
    data = gzip.compress(LOG.encode(), mtime=0)
    (tmp_path / "log.csv.gz").write_bytes(data)
    assert name_of(path) == path
    assert identity(path) == (len(data), hashlib.sha256(data).hexdigest())
    with plain_bytes(path, "gzip") as plain:
        assert bytes(plain) == LOG.encode()
    (tmp_path / "log.csv").write_text(LOG)
    with plain_bytes(str(tmp_path / "log.csv"), "") as plain:
        # A file that needs neither is not copied: its own bytes are mapped.
        assert isinstance(plain.base, np.memmap)
        assert plain.base.filename == str(tmp_path / "log.csv")
        assert not plain.flags.writeable
