"""Text logs in blocks: where each record stands, which are clean, and the original text of those that are not."""

import hashlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from farmgraph.interactions.batches import BLOCK_ROWS, RAW_TEXT_LIMIT, Reject, shortened
from farmgraph.interactions.spill import share_of_limit

REASONS = (
    "",
    "blank line",
    "too few fields",
    "too many fields",
    "broken quoting",
    "unclosed quote",
    "NUL byte",
    "not UTF-8",
    "longer than a gigabyte",
)
"""Why a record cannot be parsed; the position in this tuple is the code that the compiled loops give."""

_BLOCK_BYTES = 1 << 26
# Several blocks are under way at a time, and what is made of one is several times as large.
_LEAST_ROWS, _LEAST_BYTES = 1 << 14, 1 << 20
_ROW_PARTS, _BYTE_PARTS = 1 << 12, 64

Scan = Callable[..., tuple[int, int]]


@dataclass(frozen=True)
class Block:
    """Consecutive records: byte ranges, codes (positions in `REASONS`), and where their wanted fields stand.

    `begin` and `stop` have one row per wanted field; they are empty for formats that find fields otherwise.
    """

    starts: np.ndarray
    ends: np.ndarray
    codes: np.ndarray
    begin: np.ndarray
    stop: np.ndarray

    @property
    def clean(self) -> np.ndarray:
        """Positions of the records that can be parsed."""
        return np.flatnonzero(self.codes == 0)


def blocks(scan: Scan, pos: int, n: int, *, rows: int | None = None, n_fields: int = 0) -> Iterator[Block]:
    """Walk from byte `pos` to byte `n` and yield blocks of records.

    `scan` fills the arrays that it is given (starts, ends, codes, begin, stop) from a position on, and returns how
    many records it found and where it stopped.
    """
    rows = rows or share_of_limit(BLOCK_ROWS, least=_LEAST_ROWS, parts=_ROW_PARTS)
    most = share_of_limit(_BLOCK_BYTES, least=_LEAST_BYTES, parts=_BYTE_PARTS)
    while pos < n:
        starts, ends = np.empty(rows, np.int64), np.empty(rows, np.int64)
        codes = np.empty(rows, np.uint8)
        begin, stop = np.empty((n_fields, rows), np.int64), np.empty((n_fields, rows), np.int64)
        count, pos = scan(pos, starts, ends, codes, begin, stop, most)
        if count:
            yield Block(starts[:count], ends[:count], codes[:count], begin[:, :count], stop[:, :count])


def about_blocks(n_bytes: int, n_rows: float) -> int:
    """Guess, for a bar, how many blocks so many bytes and rows will be."""
    rows = share_of_limit(BLOCK_ROWS, least=_LEAST_ROWS, parts=_ROW_PARTS)
    most = share_of_limit(_BLOCK_BYTES, least=_LEAST_BYTES, parts=_BYTE_PARTS)
    return max(1, round(max(n_rows / rows, n_bytes / most)))


def unparsed(data: np.ndarray, block: Block) -> list[Reject]:
    """Return the records of a block that cannot be parsed, as rejects with their positions in it."""
    bad = np.flatnonzero(block.codes)
    return [(int(i), REASONS[block.codes[i]], raw_text(data, block.starts[i], block.ends[i])) for i in bad]


def hashes_of(data: np.ndarray, starts: np.ndarray, ends: np.ndarray) -> np.ndarray:
    """Return a 64-bit hash of each record's bytes."""
    from farmgraph.interactions.namekernel import hash_ranges

    out = np.empty(len(starts), np.uint64)
    hash_ranges(data, starts, ends, False, out)
    return out


def salt_of(names: Sequence[str]) -> np.uint64:
    """Return a number for the columns of a log: rows of equal bytes under other columns are not the same.

    Examples
    --------
    >>> bool(salt_of(["user", "page"]) == salt_of(["page", "user"]))
    False
    """
    digest = hashlib.blake2b("\0".join(names).encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return np.uint64(int.from_bytes(digest, "little"))


def raw_text(data: np.ndarray, start: int, end: int) -> str:
    r"""Return a record's original text; bytes that are no UTF-8 are shown as ``\xff``.

    Examples
    --------
    >>> raw_text(np.frombuffer(b"caf\xe9,1", dtype=np.uint8), 0, 6)
    'caf\\xe9,1'
    """
    # A character has at most four bytes, so this holds all that is kept, without decoding a gigabyte.
    most = 4 * RAW_TEXT_LIMIT
    text = bytes(data[start : min(end, start + most)]).decode("utf-8", "backslashreplace")
    if end - start <= most:
        return shortened(text)
    return f"{text[:RAW_TEXT_LIMIT]} [cut; {end - start:,} bytes in all]".replace("\0", "\\x00")
