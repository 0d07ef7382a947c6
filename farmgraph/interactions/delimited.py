"""CSV and its relatives: comma, semicolon, tab or bar, with a header, quoted as RFC 4180 says.

The records are found and cut by loops of our own, because the ready-made readers do not account for
every row: DuckDB's skips blank lines in silence and numbers the rest wrongly, and outside its strict
mode drops surplus fields and repairs broken quotes; pandas and pyarrow differ again. One reader also
leaves no second opinion on where a row begins.
"""

import contextlib
import csv
import io
import re
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from farmgraph.errors import InputError
from farmgraph.interactions.archives import Member
from farmgraph.interactions.batches import Records, Wanted
from farmgraph.interactions.columns import listed
from farmgraph.interactions.log import Log, Passing
from farmgraph.interactions.names import Texts
from farmgraph.interactions.records import (
    REASONS,
    Block,
    Scan,
    about_blocks,
    blocks,
    hashes_of,
    raw_text,
    salt_of,
    unparsed,
)
from farmgraph.interactions.sources import identity, name_of, plain_bytes
from farmgraph.runtime import in_order

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
"""What may stand between fields; the earlier wins where a header has equally many."""

_HEADER_LIMIT = 1 << 20

# What spreadsheets write in front of the header.
_SEPARATOR = re.compile(rb'"?sep=([,;|\t])"?(?:\r\n|\n|\r)', re.IGNORECASE)


@contextlib.contextmanager
def open_delimited(item: str | Member, compression: str, *, encoding: str = "") -> Iterator[Log]:
    """Open a delimited text and read its header.

    The delimiter is the candidate that stands most often in the header outside quotes, or what a line ``sep=;`` above
    it names.

    Raises
    ------
    InputError
        If there is no header, no row under it, or the file is no text.
    """
    from farmgraph.interactions.kernels import byte_classes, scan_records

    path = name_of(item)
    with plain_bytes(item, compression, encoding=encoding) as data:
        start = _skip_blank_lines(data)
        line = bytes(data[start : start + _HEADER_LIMIT])
        told = _SEPARATOR.match(line)
        if told:
            start += told.end()
            line = line[told.end() :]
        _check_text(path, line)
        delimiter = told.group(1).decode() if told else choose_delimiter(line)
        classes = byte_classes(ord(delimiter))

        def scan_for(n_fields: int, fields: np.ndarray) -> Scan:
            return lambda pos, *to: scan_records(data, pos, classes, n_fields, fields, *to)

        none = np.zeros(0, np.int64)
        first = next(blocks(scan_for(-1, none), start, len(data), rows=1))
        header = _header(path, data, int(first.starts[0]), int(first.ends[0]), int(first.codes[0]), delimiter)
        body = int(first.ends[0]) + 1
        if bytes(data[body - 1 : body + 1]) == b"\r\n":
            body += 1
        if body >= len(data):
            raise InputError(
                f"{path} has a header ({listed(header)}) and no rows under it. "
                "If that is a row, the file has no header: put one above it."
            )

        def records(
            wanted: Wanted, work: Passing, settle: Callable[[Any], None], threads: int | None
        ) -> tuple[str, ...]:
            salt = salt_of(header)
            at = {name: header.index(name) for name in wanted.columns}
            fields = np.array(sorted(set(at.values())), np.int64)
            places = {name: int(np.searchsorted(fields, field)) for name, field in at.items()}
            found = blocks(scan_for(len(header), fields), body, len(data), n_fields=len(fields))
            in_order(
                lambda block: work(_records(data, block, places, salt)),
                found,
                settle,
                threads=threads,
                step=f"Reading {path}",
                total=_about(data, body, len(data)),
            )
            return ()

        form = f"text, fields between {DELIMITERS[delimiter]}s" + (f", {compression}" if compression else "")
        yield Log(header, form, records, lambda _: identity(item))


def choose_delimiter(text: bytes) -> str:
    r"""Return the candidate that stands most often in a header outside quotes.

    Examples
    --------
    >>> choose_delimiter(b'user;"page, likes";time\n1,2,3,4,5;x;y')
    ';'
    """
    line = re.match(rb'(?:"(?:[^"]|"")*"|[^"\r\n])*', text)
    outside = re.sub(rb'"(?:[^"]|"")*"', b"", line.group() if line else b"")
    # A quote that never closes hides the rest of the line; count in what there is.
    outside = outside or re.split(rb"[\r\n]", text, maxsplit=1)[0]
    return max(DELIMITERS, key=lambda candidate: outside.count(candidate.encode()))


def _skip_blank_lines(data: np.ndarray) -> int:
    start = 0
    while start < len(data) and data[start] in b"\r\n":
        start += 1
    return start


def _check_text(path: str, head: bytes) -> None:
    line = re.split(rb"[\r\n]", head, maxsplit=1)[0]
    if not line.strip():
        raise InputError(f"{path} has nothing but blank lines. Expected a header that names the columns.")
    if b"\0" in line:
        raise InputError(
            f"{path} is not a table of text: its first line holds NUL bytes. Expected CSV, TSV, JSON lines "
            "(each also as .gz or .zst) or Parquet; text in UTF-16 needs its byte order mark, or save it as UTF-8."
        )
    if re.search(rb"[\x01-\x08\x0e-\x1f\x7f]", line):
        raise InputError(
            f"{path} is not a table of text: its first line holds control characters. "
            "Expected CSV, TSV, JSON lines (each also as .gz or .zst) or Parquet."
        )


def _header(path: str, data: np.ndarray, start: int, end: int, code: int, delimiter: str) -> list[str]:
    text = bytes(data[start:end]).decode("utf-8", "backslashreplace")
    if code and REASONS[code] not in ("not UTF-8", "too few fields", "too many fields"):
        raise InputError(f"{path}: the header has {REASONS[code]}: {text[:200]!r}. Correct the first line.")
    try:
        names = next(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True))
    except csv.Error as error:
        raise InputError(f"{path}: the header cannot be read ({error}): {text[:200]!r}.") from None
    names = [name.strip() for name in names]
    if len(names) == 1:
        raise InputError(
            f"{path} has a single column, {names[0][:200]!r}. Expected at least an account and a content, "
            "with a comma, semicolon, tab or bar between them."
        )
    return names


def _records(data: np.ndarray, block: Block, places: dict[str, int], salt: np.uint64) -> Records:
    clean = block.clean
    whole = len(clean) == len(block.codes)
    starts, ends = (block.starts, block.ends) if whole else (block.starts[clean], block.ends[clean])
    columns = {}
    for name, k in places.items():
        begin, stop = block.begin[k], block.stop[k]
        columns[name] = Texts(
            data, begin if whole else begin[clean], stop if whole else stop[clean], unquote=True
        )
    return Records(
        n_rows=len(block.codes),
        lines=clean,
        columns=columns,
        raw_texts=lambda at: [raw_text(data, starts[i], ends[i]) for i in at],
        rejected=[] if whole else unparsed(data, block),
        hashes=hashes_of(data, starts, ends) ^ salt,
    )


def _about(data: np.ndarray, start: int, end: int) -> int:
    """Guess how many blocks there will be, for the bar: from the first hundred kilobytes."""
    head = bytes(data[start : start + 100_000])
    rows = head.count(b"\n") + head.count(b"\r") + 1
    return about_blocks(end - start, (end - start) / max(len(head), 1) * rows)
