"""Data files inside ZIP archives, and how much unpacking may produce.

Nothing is ever unpacked to a path that an archive chooses: members are only streamed.
"""

import contextlib
import functools
import io
import os
import re
import shutil
import stat
import struct
import tempfile
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import PurePosixPath
from typing import IO, Any

from farmgraph.errors import InputError

MOST_MEMBERS = 10_000
"""Files that an archive may hold."""

MOST_BYTES = 256 * 10**6
"""Bytes that anything may unpack to, however small it is packed."""

MOST_RATIO = 200
"""Beyond `MOST_BYTES`: bytes that one packed byte may unpack to. Logs rarely reach 20; bombs begin at 1,000."""

SPARE_BYTES = 1 << 28
"""Bytes that are left free in the folder of temporary files (on a small disk, a twentieth of it)."""

DIRECTORY_BYTES = 1 << 25
"""Bytes that an archive's table of contents may have."""

# How zipfile and its helpers say that an archive is damaged; ValueError covers broken names and offsets.
DAMAGED = (
    *(zipfile.BadZipFile, zlib.error, struct.error, EOFError),
    *(ValueError, OverflowError, NotImplementedError, RuntimeError),
)

_MAGIC = (b"PK\x03\x04", b"PK\x05\x06")
_METHODS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_OTHER_METHODS = {9: "deflate64", 12: "bzip2", 14: "lzma", 93: "zstd"}
_NO_DATA = (".pdf", ".png", ".jpg", ".jpeg", ".gif", ".svg", ".webp", ".md", ".rst")
_ABOUT = ("readme", "license", "licence")
_NAMES_SHOWN = 5


@dataclass(frozen=True)
class Member:
    """A data file inside a ZIP archive.

    Attributes
    ----------
    archive : str
        Path of the archive.
    name : str
        Name of the file inside it.
    n_bytes : int
        Its size when unpacked.
    """

    archive: str
    name: str
    n_bytes: int

    def __str__(self) -> str:
        return f"{self.archive}/{self.name}"


def is_zip(head: bytes) -> bool:
    r"""Whether a file that begins with these bytes is a ZIP archive, whatever its name.

    Examples
    --------
    >>> is_zip(b"PK\x03\x04"), is_zip(b"PK,time")
    (True, False)
    """
    return head.startswith(_MAGIC)


def members_of(path: str) -> list[Member] | None:
    """List the data files inside a ZIP archive, by their names; None for an office document.

    Folders, hidden files, what macOS adds, pictures, PDFs and texts about the data
    (``readme.txt``, ``license``, ``*.md``) are left out.

    Raises
    ------
    InputError
        If the archive is damaged, holds no data file or two of one name, is far larger
        unpacked than packed, or if a data file is encrypted, a link, packed in an unknown
        way, or has a name that leads out of the archive.
    """
    infos, _ = _contents(path)
    if len(infos) > MOST_MEMBERS:
        raise InputError(
            f"{path} holds {len(infos):,} files; at most {MOST_MEMBERS:,} are read from one archive. "
            "Unpack it and name the files that are meant."
        )
    if {"[Content_Types].xml", "mimetype"} & {info.filename for info in infos}:
        return None
    for info in infos:
        _check_name(path, info.orig_filename)
    kept = [info for info in infos if _may_be_data(info.filename)]
    if not kept:
        names = [repr(info.filename) for info in infos[:_NAMES_SHOWN]]
        more = f" and {len(infos) - len(names):,} more" if len(infos) > len(names) else ""
        inside = f"it holds {', '.join(names)}{more}" if infos else "it is empty"
        raise InputError(
            f"{path} is a ZIP archive without a data file: {inside}. "
            "Expected CSV, TSV or JSON lines in it, each also as .gz or .zst."
        )
    counts = Counter(info.filename for info in kept)
    for name in sorted(name for name, n in counts.items() if n > 1):
        raise InputError(
            f"{path} holds {name!r} {counts[name]} times, and nothing tells which is meant. "
            "Unpack it and name the file that is."
        )
    for info in kept:
        _check_member(path, info)
    # No member can yield more than it declares, so this bounds the archive as a whole.
    total = sum(info.file_size for info in kept)
    check_growth(total, os.path.getsize(path), path)
    return [Member(path, info.filename, info.file_size) for info in sorted(kept, key=lambda i: i.filename)]


@contextlib.contextmanager
def open_member(member: Member) -> Iterator[tuple[IO[bytes], int]]:
    """Open a member as a stream of its unpacked bytes, and tell how many bytes it has packed."""
    infos, names = _contents(member.archive)
    info = next((info for info in infos if info.filename == member.name), None)
    if info is None:
        raise InputError(f"{member} is not there any more: {member.archive} changed meanwhile.")
    with (
        open_plain(member.archive) as file,
        _Known(file, metadata_encoding=names) as archive,
        archive.open(info) as stream,
    ):
        yield stream, min(info.compress_size, os.path.getsize(member.archive))


def check_growth(n_bytes: int, packed: int, name: str) -> None:
    """Raise InputError where something grows in unpacking as only a bomb does.

    Examples
    --------
    >>> check_growth(2_000_000_000, 100_000_000, "log.csv.gz")
    >>> check_growth(2_000_000_000, 2_000_000, "log.csv.gz")
    Traceback (most recent call last):
    ...
    farmgraph.errors.InputError: log.csv.gz unpacks to 2,000,000,000 bytes or more from 2,000,000: more than 200 \
times its size, as files do that are made to fill disks. If that is meant, unpack it yourself and name the result.
    """
    if n_bytes > MOST_BYTES and n_bytes > MOST_RATIO * packed:
        raise InputError(
            f"{name} unpacks to {n_bytes:,} bytes or more from {packed:,}: more than {MOST_RATIO} times its size, "
            "as files do that are made to fill disks. If that is meant, unpack it yourself and name the result."
        )


def check_room(n_bytes: int, name: str) -> None:
    """Raise InputError where bytes do not fit into the folder of temporary files, with a margin."""
    try:
        folder = tempfile.gettempdir()
        usage = shutil.disk_usage(folder)
    except OSError as error:
        raise InputError(
            f"{name} must be unpacked or decoded, and there is no folder for temporary files ({error.strerror}). "
            "Name one with the environment variable TMPDIR."
        ) from None
    spare = min(SPARE_BYTES, usage.total // 20)
    # Some file systems do not tell; then the writing will.
    if usage.total and n_bytes > usage.free - spare:
        raise no_room(name, f"{usage.free:,} bytes are free, of which {spare:,} stay so")


def no_room(name: str, found: str) -> InputError:
    """Return the error for a full folder of temporary files."""
    return InputError(
        f"{name} cannot be unpacked or decoded: it needs more room in {tempfile.gettempdir()}, where temporary files "
        f"go ({found}). Make room there, or name another folder with the environment variable TMPDIR."
    )


class _Bounded(io.FileIO):
    """A file that is never asked for a large table of contents at one time."""

    def read(self, size: int | None = -1, /) -> Any:
        if size is not None and size > DIRECTORY_BYTES:
            raise zipfile.BadZipFile(f"table of contents of {size:,} bytes")
        return super().read(size)


class _Known(zipfile.ZipFile):
    """An archive whose table of contents is known already, so that it is not read again for every member."""

    def _RealGetContents(self) -> None: ...


def _contents(path: str) -> tuple[Sequence[zipfile.ZipInfo], str | None]:
    """Return an archive's table of contents, and the encoding of names that have no note of theirs."""
    try:
        status = os.stat(path)
    except OSError as error:
        raise _cannot_open(path, error) from None
    return _contents_at(path, (status.st_dev, status.st_ino, status.st_size, status.st_mtime_ns))


@functools.lru_cache(maxsize=4)
def _contents_at(path: str, state: tuple[int, ...]) -> tuple[Sequence[zipfile.ZipInfo], str | None]:
    """Read an archive's table of contents once, as long as the file's state (place, size, time) is the same."""
    with open_plain(path, _Bounded) as file:
        try:
            try:
                # So macOS writes them.
                return zipfile.ZipFile(file, metadata_encoding="utf-8").infolist(), "utf-8"
            except UnicodeDecodeError:
                # So the format says, which means code page 437.
                return zipfile.ZipFile(file).infolist(), None
        except (*DAMAGED, OSError) as error:
            # A workbook that was cut off looks the same.
            raise InputError(
                f"{path} looks like a ZIP archive or an Excel workbook, but cannot be unpacked ({error}): "
                "it may be cut off or damaged."
            ) from None


def open_plain(path: str, kind: Any = open) -> Any:
    """Open a file to read its bytes, or say why that cannot be done."""
    try:
        return kind(path, "rb")
    except OSError as error:
        raise _cannot_open(path, error) from None


def _cannot_open(path: str, error: OSError) -> InputError:
    return InputError(f"Cannot open {path}: {error.strerror or error}.")


def _check_name(path: str, name: str) -> None:
    wrong = ""
    if not name.strip("/"):
        wrong = "is no name"
    elif name.startswith("/"):
        wrong = "is an absolute path"
    elif ".." in name.split("/"):
        wrong = "leads out of the archive (..)"
    elif "\\" in name:
        wrong = "has a backslash"
    elif re.match(r"[A-Za-z]:", name):
        wrong = "has a drive letter"
    elif re.search(r"[\x00-\x1f\x7f-\x9f]", name):
        wrong = "has control characters"
    if wrong:
        raise InputError(
            f"{path} holds a file whose name {wrong}: {name[:200]!r}. Nothing is read from such an archive; "
            "unpack it with care, or pack it anew with plain names."
        )


def _may_be_data(name: str) -> bool:
    parts = name.split("/")
    if any(part.startswith(".") or part == "__MACOSX" for part in parts):
        return False
    base = PurePosixPath(parts[-1].lower())
    if not parts[-1] or base.suffix in _NO_DATA or base.name in ("thumbs.db", "desktop.ini"):
        return False
    return not (base.stem.startswith(_ABOUT) and base.suffix in ("", ".txt", ".html"))


def _check_member(path: str, info: zipfile.ZipInfo) -> None:
    where = f"{path}/{info.filename}"
    if info.flag_bits & 0x1:
        raise InputError(f"{where} is encrypted. Unpack the archive with its password and name the files.")
    if stat.S_ISLNK(info.external_attr >> 16):
        raise InputError(
            f"{where} is a symbolic link, and links in archives are not followed. "
            "Unpack the archive and name the file that is meant."
        )
    if info.compress_type not in _METHODS:
        method = _OTHER_METHODS.get(info.compress_type, f"number {info.compress_type}")
        raise InputError(
            f"{where} is packed with a method ({method}) that is not read; expected deflate. "
            "Unpack the archive and name the files, or pack it anew."
        )
