"""What `read` can be given: paths, globs, lists and frames; and the plain bytes of a text file."""

import codecs
import contextlib
import errno
import glob
import gzip
import hashlib
import os
import re
import stat
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from pathlib import PurePath
from typing import IO, Any

import numpy as np

from farmgraph.errors import InputError
from farmgraph.interactions.archives import (
    DAMAGED,
    Member,
    check_growth,
    check_room,
    is_zip,
    members_of,
    no_room,
    open_member,
    open_plain,
)
from farmgraph.interactions.encodings import checked_encoding, recoded, settled_encoding, told_encoding
from farmgraph.runtime import sha256_of

_PIECE = 1 << 22

_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"ARROW1": "an Arrow or Feather file; load it with pyarrow and give the table to read",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"BZh": "compressed with bzip2; use gzip or zstd, or unpack it",
    b"\xfd7zXZ": "compressed with xz; use gzip or zstd, or unpack it",
    b"7z\xbc\xaf": "a 7z archive; unpack it",
    b"Rar!": "a RAR archive; unpack it",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x89HDF": "an HDF5 file",
    b"ORC": "an ORC file; convert it to Parquet",
    b"Obj\x01": "an Avro file; convert it to Parquet",
}
_EXPECTED = "Expected CSV, TSV, JSON lines (each also as .gz, .zst or in a .zip) or Parquet"

# One letter is a drive. With a single slash it is what pathlib leaves of an address.
_ADDRESS = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:(//|/)")
_SPECIAL = (
    (stat.S_ISFIFO, "a pipe"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def resolve(source: Any) -> list[Any]:
    """Turn what the user gave into a flat list of file paths (str), members of ZIP archives, and frames.

    Globs are expanded and sorted. A file or folder whose name looks like a glob is taken
    at its word. A ZIP archive is known by its content and stands for the data files in it.

    Raises
    ------
    InputError
        If there is nothing to read, or something that cannot be read.

    Examples
    --------
    >>> resolve([])
    Traceback (most recent call last):
    ...
    farmgraph.errors.InputError: The list of sources is empty; expected at least one path or data frame.
    """
    if isinstance(source, (str, os.PathLike)) or is_frame(source):
        return _resolve_one(source)
    if isinstance(source, Sequence) and not isinstance(source, (bytes, bytearray)):
        found = [item for part in source for item in _resolve_one(part)]
        if not found:
            raise InputError("The list of sources is empty; expected at least one path or data frame.")
        counts = Counter(_real_name(item) for item in found if not is_frame(item))
        twice = sorted(name for name, n in counts.items() if n > 1)
        if twice:
            raise InputError(f"{twice[0]} is named twice; its rows would count double. Name each file once.")
        return found
    raise _wrong_type(source)


def name_of(item: str | Member) -> str:
    """Return what a file is called in tables and messages: its path, or that of its archive and its name there.

    Examples
    --------
    >>> name_of("likes.csv"), name_of(Member("logs.zip", "may/likes.csv", 1_000))
    ('likes.csv', 'logs.zip/may/likes.csv')
    """
    return str(item)


def identity(item: str | Member) -> tuple[int, str]:
    """Return size and SHA-256: of a file as it lies there, of a member of an archive as it is unpacked."""
    if isinstance(item, str):
        return os.path.getsize(item), sha256_of(item)
    digest, n_bytes = hashlib.sha256(), 0
    for piece in _pieces(item, ""):
        digest.update(piece)
        n_bytes += len(piece)
    return n_bytes, digest.hexdigest()


def _real_name(item: str | Member) -> str:
    if isinstance(item, Member):
        return f"{os.path.realpath(item.archive)}/{item.name}"
    return os.path.realpath(item)


def _resolve_one(part: Any) -> list[Any]:
    if isinstance(part, (str, os.PathLike)):
        return [item for path in _files(os.fspath(part)) for item in _inside(path)]
    if is_frame(part):
        return [part]
    raise _wrong_type(part)


def _inside(path: str) -> Sequence[str | Member]:
    with open_plain(path) as file:
        head = file.read(4)
    found = members_of(path) if is_zip(head) else None
    # An office document is a ZIP archive too, but what is inside is no log: it is refused as the file it is.
    return [path] if found is None else found


def _wrong_type(source: Any) -> InputError:
    kind = type(source)
    return InputError(
        f"Cannot read a {kind.__module__}.{kind.__qualname__}. Expected a path, a glob, a list of them, or a "
        "data frame (pandas, polars, pyarrow or a duckdb relation)."
    )


def is_frame(source: Any) -> bool:
    """Whether an object hands over its columns by the Arrow PyCapsule interface."""
    return hasattr(source, "__arrow_c_stream__") or hasattr(source, "__arrow_c_array__")


def _files(path: str | bytes) -> list[str]:
    if isinstance(path, bytes):
        path = os.fsdecode(path)
    if "\0" in path:
        raise InputError(f"{path!r} is no path: it holds a NUL character.")
    # An address is refused whatever lies on the disk, so that no library that could fetch it ever sees one.
    address = _ADDRESS.match(path)
    if address and (address.group(1) == "//" or not os.path.exists(path)):
        raise InputError(f"{path} is an address. Only local files are read: download it first.")
    if os.path.isdir(path):
        inside = _names_in(path, lambda entry: entry.is_file())[:5]
        hint = f" It holds {', '.join(inside)}." if inside else ""
        raise InputError(
            f"{path} is a folder.{hint} Name its files, for example {os.path.join(path, '*.csv')}."
        )
    if os.path.exists(path):
        mode = os.stat(path).st_mode
        if not stat.S_ISREG(mode):
            what = next((name for test, name in _SPECIAL if test(mode)), "something special")
            raise InputError(
                f"{path} is {what}, not a file. A log is read more than once, so save it as a file first."
            )
        return [path]
    if glob.has_magic(path):
        matches = sorted(match for match in glob.glob(path, recursive=True) if os.path.isfile(match))
        if not matches:
            raise InputError(f"No file matches {path} (searched from {os.getcwd()}).")
        return matches
    raise InputError(f"No such file: {path} (searched from {os.getcwd()}).{_near_file(path)}")


def _names_in(folder: str, wanted: Callable[[os.DirEntry[str]], bool] = lambda entry: True) -> list[str]:
    """List the names in a folder, for a hint: nothing where that is not allowed."""
    try:
        with os.scandir(folder) as entries:
            return sorted(entry.name for entry in entries if wanted(entry))
    except OSError:
        return []


def _near_file(path: str) -> str:
    import difflib

    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return f" There is no folder {folder} either."
    close = difflib.get_close_matches(os.path.basename(path), _names_in(folder), n=1)
    return f" Did you mean {os.path.join(os.path.dirname(path), close[0])}?" if close else ""


def kind_of(item: str | Member) -> tuple[str, str]:
    """Say what a file is by its first bytes, and by its name where they leave it open.

    Returns
    -------
    tuple of str
        Kind (``"parquet"``, ``"json"`` or ``"delimited"``) and compression (``""``, ``"gzip"``
        or ``"zstd"``); of a member of an archive, the compression that it has besides.

    Raises
    ------
    InputError
        If the file is empty, cannot be opened, or is something else altogether.
    """
    name = name_of(item)
    head = _head(item, "")
    if not head:
        raise InputError(f"{name} is empty (0 bytes). {_EXPECTED}.")
    compression = ""
    if head.startswith(b"\x1f\x8b"):
        compression = "gzip"
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        compression = "zstd"
    if compression:
        head = _head(item, compression)
        if not head:
            raise InputError(f"{name} is empty once unpacked. {_EXPECTED}.")
    if head.startswith(b"PAR1"):
        if compression:
            raise InputError(f"{name} is a Parquet file packed with {compression}; unpack it first.")
        if isinstance(item, Member):
            raise InputError(f"{name} is a Parquet file inside a ZIP archive; unpack it first.")
        return "parquet", compression
    if isinstance(item, Member) and is_zip(head):
        raise InputError(
            f"{name} is a ZIP archive or an Excel workbook inside a ZIP archive. Unpack {item.archive} and name "
            "its files."
        )
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise InputError(f"{name} is not a table of text: it looks like {what}. {_EXPECTED}.")
    if head[257:262] == b"ustar":
        raise InputError(
            f"{name} is not a table of text: it looks like a tar archive; unpack it. {_EXPECTED}."
        )
    names = [suffix.lower() for suffix in PurePath(name).suffixes]
    if any(suffix in (".json", ".jsonl", ".ndjson") for suffix in names[-2:]):
        return "json", compression
    if any(suffix in (".parquet", ".pq") for suffix in names[-1:]):
        raise InputError(f"{name} is called Parquet but does not begin as such a file does (PAR1).")
    known_text = any(suffix in (".csv", ".tsv", ".tab", ".psv", ".txt") for suffix in names[-2:])
    if not known_text and _first_character(head) in (b"{", b"["):
        return "json", compression
    return "delimited", compression


def _first_character(head: bytes) -> bytes:
    encoding = settled_encoding(head, "", name="")
    text = b"".join(recoded([head], encoding)) if encoding else head
    return text.removeprefix(codecs.BOM_UTF8).lstrip()[:1]


def encoding_of(item: str | Member, compression: str) -> str:
    """Return the encoding that a file tells by itself (see `told_encoding`); "" where it tells none.

    What tells its encoding needs no guess, whatever bytes are in it.
    """
    return told_encoding(_head(item, compression))


@contextlib.contextmanager
def plain_bytes(item: str | Member, compression: str, *, encoding: str = "") -> Iterator[np.ndarray]:
    """Map a text file's bytes: unpacked, as UTF-8, without byte order mark.

    Parameters
    ----------
    item : str or Member
        The file.
    compression : str
        ``""``, ``"gzip"`` or ``"zstd"``.
    encoding : str
        Any text encoding that Python knows; by default what the file tells by itself, or
        UTF-8. A byte order mark outranks it. Bytes that it does not define become the byte
        FF, which no UTF-8 has, so that their rows are rejected.

    Yields
    ------
    numpy.ndarray of uint8, shape (bytes,)
        A read-only view of the file, or of a temporary file that is gone after the block.

    Raises
    ------
    InputError
        If the file cannot be unpacked, or would fill the disk.
    UsageError
        If there is no such encoding.
    """
    name = name_of(item)
    asked = checked_encoding(encoding)
    with contextlib.ExitStack() as stack:
        encoding = settled_encoding(_head(item, compression), asked, name=name)
        if isinstance(item, str) and not compression and not encoding:
            file: IO[bytes] = stack.enter_context(open_plain(item))
        else:
            # On disk, not in memory: an unpacked log may be larger than either expects.
            file = stack.enter_context(_spill(item, compression, encoding))
        if os.fstat(file.fileno()).st_size == 0:
            raise InputError(f"{name} holds nothing but, at most, a byte order mark. {_EXPECTED}.")
        # A plain view of the map: slicing numpy's own memmap class costs microseconds each time.
        data = np.asarray(np.memmap(file, dtype=np.uint8, mode="r"))
        yield data[3:] if bytes(data[:3]) == codecs.BOM_UTF8 else data


def _spill(item: str | Member, compression: str, encoding: str) -> IO[bytes]:
    """Write a file's unpacked and decoded bytes to a temporary file that has no name."""
    name = name_of(item)
    if isinstance(item, Member) and not compression:
        check_room(item.n_bytes, name)
    pieces = _pieces(item, compression)
    try:
        # Closing may fail as writing did, so what is raised there must come here too.
        with contextlib.ExitStack() as stack:
            check_room(0, name)
            file = stack.enter_context(tempfile.TemporaryFile(prefix="farmgraph-"))
            for piece in recoded(pieces, encoding) if encoding else pieces:
                check_room(len(piece), name)
                file.write(piece)
            file.flush()
            stack.pop_all()
    except OSError as error:
        why = error.strerror or str(error)
        if error.errno in (errno.ENOSPC, errno.EDQUOT, errno.EFBIG):
            raise no_room(name, why) from None
        raise InputError(
            f"{name} cannot be unpacked or decoded: cannot write to {tempfile.gettempdir()} ({why}). "
            "Name another folder with the environment variable TMPDIR."
        ) from None
    return file


def _head(item: str | Member, compression: str) -> bytes:
    return next(_pieces(item, compression, size=4096), b"")


def _pieces(item: str | Member, compression: str, *, size: int = _PIECE) -> Iterator[bytes]:
    name = name_of(item)
    n_bytes = 0
    try:
        with _opened(item, compression) as (file, packed):
            while piece := file.read(size):
                n_bytes += len(piece)
                check_growth(n_bytes, packed, name)
                yield bytes(piece)
        if isinstance(item, Member) and not compression and n_bytes != item.n_bytes:
            raise EOFError(f"{n_bytes:,} bytes come out of it, not {item.n_bytes:,} as the archive says")
    except InputError:
        raise
    except (*DAMAGED, gzip.BadGzipFile) as error:
        raise InputError(f"{name} cannot be unpacked ({error}): it may be cut off or damaged.") from None
    except OSError as error:
        if (compression or isinstance(item, Member)) and error.errno is None:
            raise InputError(f"{name} cannot be unpacked ({error}): it may be cut off or damaged.") from None
        raise InputError(f"Cannot open {name}: {error.strerror or error}.") from None


@contextlib.contextmanager
def _opened(item: str | Member, compression: str) -> Iterator[tuple[Any, int]]:
    """Open a file to read its unpacked bytes, and say how many it has packed."""
    stream: Any
    with contextlib.ExitStack() as stack:
        if isinstance(item, Member):
            stream, packed = stack.enter_context(open_member(item))
        else:
            stream = stack.enter_context(open(item, "rb"))
            packed = os.fstat(stream.fileno()).st_size
        if compression == "gzip":
            stream = stack.enter_context(gzip.GzipFile(fileobj=stream, mode="rb"))
        elif compression == "zstd":
            import pyarrow as pa

            stream = stack.enter_context(pa.CompressedInputStream(stream, "zstd"))
        yield stream, packed
