"""CSV and its relatives: comma, semicolon, tab or bar, with a header, quoted as RFC 4180 says.

The records are found and cut by loops of our own, because the ready-made readers do not account for
every row: DuckDB's skips blank lines in silence and numbers the rest wrongly, and outside its strict
mode drops surplus fields and repairs broken quotes; pandas and pyarrow differ again. One reader also
leaves no second opinion on where a row begins.
"""

import contextlib
import csv
import io
import os
import re
from collections.abc import Iterator

import numpy as np

from farmgraph.errors import InputError
from farmgraph.interactions.columns import Roles, listed
from farmgraph.interactions.log import Log
from farmgraph.interactions.records import REASONS, Block, Scan, blocks, raw_text, texts, unparsed
from farmgraph.interactions.rows import Batch, Piece, Rows, in_threads, judge
from farmgraph.interactions.sources import plain_bytes
from farmgraph.runtime import sha256_of

DELIMITERS = {",": "comma", "\t": "tab", ";": "semicolon", "|": "bar"}
"""What may stand between fields; the earlier wins where a header has equally many."""

_HEADER_LIMIT = 1 << 20


@contextlib.contextmanager
def open_delimited(path: str, compression: str) -> Iterator[Log]:
    """Open a delimited text and read its header.

    The delimiter is the candidate that stands most often in the header outside quotes.

    Raises
    ------
    InputError
        If there is no header, no row under it, or the file is no text.
    """
    from farmgraph.interactions.kernels import byte_classes, scan_records

    with plain_bytes(path, compression) as data:
        start = _skip_blank_lines(data)
        line = bytes(data[start : start + _HEADER_LIMIT])
        _check_text(path, line)
        delimiter = choose_delimiter(line)
        classes = byte_classes(ord(delimiter))

        def scan_for(fields: int) -> Scan:
            return lambda pos, starts, ends, codes, most: scan_records(
                data, pos, classes, fields, starts, ends, codes, most
            )

        starts, ends, codes = np.zeros(1, np.int64), np.zeros(1, np.int64), np.zeros(1, np.uint8)
        _, first = scan_for(-1)(start, starts, ends, codes, 1)
        header = _header(path, data, int(starts[0]), int(ends[0]), int(codes[0]), delimiter)
        if first >= len(data):
            raise InputError(
                f"{path} has a header ({listed(header)}) and no rows under it. "
                "If that is a row, the file has no header: put one above it."
            )

        def rows(roles: Roles, threads: int | None) -> Rows:
            wanted = np.array(sorted(header.index(name) for name in roles.wanted), np.int64)

            def work(block: Block) -> Piece:
                return judge(_batch(data, block, header, wanted, ord(delimiter)), roles, source=path)

            n_rows = 0

            def counted() -> Iterator[Block]:
                nonlocal n_rows
                for block in blocks(scan_for(len(header)), first, len(data)):
                    n_rows += len(block.codes)
                    yield block

            pieces = in_threads(work, counted(), threads=threads, step=f"Reading {path}")
            return Rows(pieces, n_rows)

        form = f"text, fields between {DELIMITERS[delimiter]}s" + (f", {compression}" if compression else "")
        yield Log(header, form, rows, lambda _: (os.path.getsize(path), sha256_of(path)))


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


def _batch(data: np.ndarray, block: Block, header: list[str], wanted: np.ndarray, delimiter: int) -> Batch:
    from farmgraph.interactions.kernels import find_fields

    clean = block.clean
    starts, ends = block.starts[clean], block.ends[clean]
    begin = np.empty((len(wanted), len(clean)), np.int64)
    stop = np.empty_like(begin)
    find_fields(data, starts, ends, delimiter, wanted, begin, stop)
    columns = {header[w]: texts(data, begin[k], stop[k], unquote=True) for k, w in enumerate(wanted)}
    return Batch(
        lines=block.first_line + clean.astype(np.int64),
        columns=columns,
        raw_texts=lambda at: [raw_text(data, starts[i], ends[i]) for i in at],
        rejected=unparsed(data, block),
    )
