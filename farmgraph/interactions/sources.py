"""What `read` can be given: paths, globs, lists and frames; and the plain bytes of a text file."""

import codecs
import contextlib
import glob
import gzip
import os
import tempfile
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import IO, Any

import numpy as np

from farmgraph.errors import InputError

_PIECE = 1 << 22

_FOREIGN = {
    b"PK\x03\x04": "a ZIP archive or an Excel workbook; unpack it, or save the sheet as CSV",
    b"\xd0\xcf\x11\xe0": "an old Excel workbook; save the sheet as CSV",
    b"ARROW1": "an Arrow or Feather file; load it with pyarrow and give the table to read",
    b"SQLite format 3": "an SQLite database; export the table as CSV",
    b"BZh": "compressed with bzip2; use gzip or zstd, or unpack it",
    b"\xfd7zXZ": "compressed with xz; use gzip or zstd, or unpack it",
    b"%PDF": "a PDF",
    b"\x89PNG": "a picture",
    b"\xff\xd8\xff": "a picture",
    b"\x89HDF": "an HDF5 file",
    b"ORC": "an ORC file; convert it to Parquet",
    b"Obj\x01": "an Avro file; convert it to Parquet",
}
_EXPECTED = "Expected CSV, TSV, JSON lines (each also as .gz or .zst) or Parquet"

# The longest mark first: UTF-32's begins with UTF-16's.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


def resolve(source: Any) -> list[Any]:
    """Turn what the user gave into a flat list of file paths (str) and frames.

    Globs are expanded and sorted. A file or folder whose name looks like a glob is taken
    at its word.

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
    if isinstance(source, (str, os.PathLike)):
        return list(_files(os.fspath(source)))
    if is_frame(source):
        return [source]
    if isinstance(source, Sequence) and not isinstance(source, (bytes, bytearray)):
        found = [item for part in source for item in _resolve_one(part)]
        if not found:
            raise InputError("The list of sources is empty; expected at least one path or data frame.")
        real = [os.path.realpath(item) for item in found if isinstance(item, str)]
        twice = sorted({path for path in real if real.count(path) > 1})
        if twice:
            raise InputError(f"{twice[0]} is named twice; its rows would count double. Name each file once.")
        return found
    raise _wrong_type(source)


def _resolve_one(part: Any) -> list[Any]:
    if isinstance(part, (str, os.PathLike)):
        return list(_files(os.fspath(part)))
    if is_frame(part):
        return [part]
    raise _wrong_type(part)


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
    if os.path.isdir(path):
        inside = sorted(entry.name for entry in os.scandir(path) if entry.is_file())[:5]
        hint = f" It holds {', '.join(inside)}." if inside else ""
        raise InputError(
            f"{path} is a folder.{hint} Name its files, for example {os.path.join(path, '*.csv')}."
        )
    if os.path.exists(path):
        return [path]
    if glob.has_magic(path):
        matches = sorted(match for match in glob.glob(path, recursive=True) if os.path.isfile(match))
        if not matches:
            raise InputError(f"No file matches {path} (searched from {os.getcwd()}).")
        return matches
    if "://" in path:
        raise InputError(f"{path} is an address. Only local files are read: download it first.")
    raise InputError(f"No such file: {path} (searched from {os.getcwd()}).{_near_file(path)}")


def _near_file(path: str) -> str:
    import difflib

    folder = os.path.dirname(path) or "."
    if not os.path.isdir(folder):
        return f" There is no folder {folder} either."
    close = difflib.get_close_matches(os.path.basename(path), os.listdir(folder), n=1)
    return f" Did you mean {os.path.join(os.path.dirname(path), close[0])}?" if close else ""


def kind_of(path: str) -> tuple[str, str]:
    """Say what a file is by its first bytes, and by its name where they leave it open.

    Returns
    -------
    tuple of str
        Kind (``"parquet"``, ``"json"`` or ``"delimited"``) and compression (``""``, ``"gzip"``
        or ``"zstd"``).

    Raises
    ------
    InputError
        If the file is empty, cannot be opened, or is something else altogether.
    """
    head = _head(path, "")
    if not head:
        raise InputError(f"{path} is empty (0 bytes). {_EXPECTED}.")
    compression = ""
    if head.startswith(b"\x1f\x8b"):
        compression = "gzip"
    elif head.startswith(b"\x28\xb5\x2f\xfd"):
        compression = "zstd"
    if compression:
        head = _head(path, compression)
        if not head:
            raise InputError(f"{path} is empty once unpacked. {_EXPECTED}.")
        if head.startswith(b"PAR1"):
            raise InputError(f"{path} is a Parquet file packed with {compression}; unpack it first.")
    if head.startswith(b"PAR1"):
        return "parquet", compression
    for magic, what in _FOREIGN.items():
        if head.startswith(magic):
            raise InputError(f"{path} is not a table of text: it looks like {what}. {_EXPECTED}.")
    names = [suffix.lower() for suffix in Path(path).suffixes]
    if any(name in (".json", ".jsonl", ".ndjson") for name in names[-2:]):
        return "json", compression
    if any(name in (".parquet", ".pq") for name in names[-1:]):
        raise InputError(f"{path} is called Parquet but does not begin as such a file does (PAR1).")
    known_text = any(name in (".csv", ".tsv", ".tab", ".psv", ".txt") for name in names[-2:])
    if not known_text and head.removeprefix(codecs.BOM_UTF8).lstrip()[:1] in (b"{", b"["):
        return "json", compression
    return "delimited", compression


@contextlib.contextmanager
def plain_bytes(path: str, compression: str) -> Iterator[np.ndarray]:
    """Map a text file's bytes: unpacked, decoded from UTF-16 or UTF-32, without byte order mark.

    Yields
    ------
    numpy.ndarray of uint8, shape (bytes,)
        A read-only view of the file, or of a temporary file that is gone after the block.
    """
    with contextlib.ExitStack() as stack:
        head = _head(path, compression)
        encoding = next((name for mark, name in _MARKS if head.startswith(mark)), "")
        if not compression and not encoding:
            file: IO[bytes] = stack.enter_context(open(path, "rb"))
        else:
            # On disk, not in memory: an unpacked log may be larger than either expects.
            file = stack.enter_context(tempfile.TemporaryFile(prefix="farmgraph-"))
            decoder = codecs.getincrementaldecoder(encoding)("surrogatepass") if encoding else None
            for piece in _pieces(path, compression):
                file.write(_recode(decoder, piece, path) if decoder else piece)
            if decoder and decoder.getstate()[0]:
                # Half a character at the end: its row must fall to the check for UTF-8, not vanish.
                file.write(b"\xff")
            file.flush()
            if file.tell() == 0:
                raise InputError(f"{path} holds a byte order mark and nothing else. {_EXPECTED}.")
        # A plain view of the map: slicing numpy's own memmap class costs microseconds each time.
        data = np.asarray(np.memmap(file, dtype=np.uint8, mode="r"))
        yield data[3:] if bytes(data[:3]) == codecs.BOM_UTF8 else data


def _recode(decoder: codecs.IncrementalDecoder, piece: bytes, path: str) -> bytes:
    try:
        # Lone surrogates pass here as bytes that are no UTF-8, so that their row is rejected and counted.
        return decoder.decode(piece).encode("utf-8", "surrogatepass")
    except UnicodeDecodeError as error:
        raise InputError(
            f"{path} begins like {error.encoding} but is not: {error.reason}. Save it as UTF-8."
        ) from None


def _head(path: str, compression: str) -> bytes:
    return next(_pieces(path, compression, size=4096), b"")


def _pieces(path: str, compression: str, *, size: int = _PIECE) -> Iterator[bytes]:
    try:
        with _opened(path, compression) as file:
            while piece := file.read(size):
                yield bytes(piece)
    except (EOFError, zlib.error, gzip.BadGzipFile) as error:
        raise InputError(f"{path} cannot be unpacked ({error}): it may be cut off or damaged.") from None
    except OSError as error:
        if compression and error.errno is None:
            raise InputError(f"{path} cannot be unpacked ({error}): it may be cut off or damaged.") from None
        raise InputError(f"Cannot open {path}: {error.strerror or error}.") from None


def _opened(path: str, compression: str) -> Any:
    if compression == "gzip":
        return gzip.open(path, "rb")
    if compression == "zstd":
        import pyarrow as pa

        return pa.input_stream(path, compression="zstd")
    return open(path, "rb")
