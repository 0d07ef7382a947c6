"""What stands in a log twice, and what a later row takes back."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.interactions.ledger import LISTED_BYTES, Entries, Page, Piece
from farmgraph.interactions.spill import CHUNK, Allocate, in_memory, joined
from farmgraph.memory import claim

DUPLICATE, TAKEN_BACK = "exact duplicate", "taken back later"
REASONS = (DUPLICATE, TAKEN_BACK)
"""Reasons for records that were left out although nothing is wrong with them."""

_ALIKE_BYTES = 64
_WAY_OUT = "Or keep such rows with --duplicates keep."


def hashes_of(
    pages: Sequence[Page], pieces: Sequence[Sequence[Piece]], *, allocate: Allocate = in_memory
) -> np.ndarray:
    """Return the hash of each used record of all sources, in order; one of its own where a source has none."""
    found, own_ones = [], np.random.default_rng(0)
    for page, own in zip(pages, pieces, strict=True):
        for piece in own:
            hashes = piece.hashes
            if hashes is None:
                rows = np.unique(piece.lines) - 1
                if page.row_hashes is None:
                    hashes = own_ones.integers(0, 1 << 64, len(rows), np.uint64)
                else:
                    hashes = page.row_hashes[rows]
            found.append(hashes)
    return joined(found, np.uint64, allocate=allocate)


def keys_of(pieces: Sequence[Sequence[Piece]]) -> np.ndarray | None:
    """Return the key of each used record of all sources, in order; None where records have none."""
    found = [piece.keys for own in pieces for piece in own if piece.keys is not None]
    return np.concatenate(found) if found else None


def repeated(hashes: np.ndarray, *, at_a_time: int | None = None) -> np.ndarray:
    """Return the hashes that occur more than once, each once, in ascending order.

    Sorts a copy of all, or about `at_a_time` of them, again and again.
    """
    if at_a_time is None or len(hashes) <= at_a_time:
        ordered = np.sort(hashes)
        return np.unique(ordered[1:][ordered[1:] == ordered[:-1]])
    bits = (len(hashes) // at_a_time).bit_length()
    found = []
    for part in range(1 << bits):
        some = [
            piece[piece >> np.uint64(64 - bits) == np.uint64(part)]
            for piece in (hashes[start : start + CHUNK] for start in range(0, len(hashes), CHUNK))
        ]
        found.append(repeated(np.concatenate(some)))
    return np.concatenate(found)


def without_duplicates(
    entries: Entries, hashes: np.ndarray, twice: np.ndarray, pages: Sequence[Page]
) -> tuple[Entries, np.ndarray]:
    """Leave out records that are the same, in every field, as an earlier one, and enter them as rejected.

    Parameters
    ----------
    entries : Entries
        All used interactions.
    hashes : numpy.ndarray of uint64, shape (records,)
        Hash of each record that has interactions, in order. Records of one hash are the same if account, content
        and time are.
    twice : numpy.ndarray of uint64
        Hashes that occur more than once, ascending; see `repeated`.
    pages : sequence of Page
        Gets the rejects.

    Returns
    -------
    entries : Entries
        What is left.
    left : numpy.ndarray of bool, shape (records,)
        Which records are.
    """
    left = np.ones(len(hashes), bool)
    if not len(twice):
        return entries, left
    starts = record_starts(entries, n_records=len(hashes))
    some = np.flatnonzero(_among(hashes, twice))
    claim(f"Comparing {len(some):,} rows that look the same", _ALIKE_BYTES * len(some), way_out=_WAY_OUT)
    some = some[np.argsort(hashes[some], kind="stable")]
    group = np.cumsum(np.append(True, hashes[some][1:] != hashes[some][:-1])) - 1
    first = some[np.searchsorted(group, np.arange(group[-1] + 1))][group]
    same = some != first
    for values in (entries.codes["account"], entries.codes["content"], entries.times):
        same &= values[starts[some]] == values[starts[first]]
    n_repeats = int(same.sum())
    claim(f"Listing {n_repeats:,} rows that repeat earlier ones", LISTED_BYTES * n_repeats, way_out=_WAY_OUT)
    order = np.argsort(some[same], kind="stable")
    records, firsts = some[same][order], first[same][order]
    left[records] = False
    texts = _of_rows(entries, starts, firsts, pages, "the same as")
    return _drop(entries, starts, records, texts, pages, DUPLICATE), left


def without_taken_back(entries: Entries, keys: np.ndarray, pages: Sequence[Page]) -> Entries:
    """Leave out records that a later one takes back, and enter them as rejected.

    `keys` has a key for each record that has interactions. A record takes back the last one before it, in
    time, of its key: files of a stream may be named in any order.
    Returns what is left.
    """
    back = [(when, n, line, key, -1) for n, page in enumerate(pages) for when, line, key in page.taken_back]
    if not back:
        return entries
    starts = record_starts(entries, n_records=len(keys))
    named = np.unique(np.array([key for _, _, _, key, _ in back], np.uint64))
    some = np.flatnonzero(_among(keys, named))
    source = np.searchsorted(entries.bounds, starts[some], side="right") - 1
    columns = (entries.times[starts[some]], source, entries.lines[starts[some]], keys[some], some)
    made = list(zip(*(column.tolist() for column in columns), strict=True))
    alive: dict[int, list[int]] = {}
    gone, told = [], []
    for _, n, line, key, record in sorted(made + back):
        if record >= 0:
            alive.setdefault(key, []).append(record)
        elif alive.get(key):
            gone.append(alive[key].pop())
            told.append(f"by row {line} of {pages[n].name}" if len(pages) > 1 else f"by row {line}")
    order = np.argsort(gone, kind="stable")
    records = np.array(gone, np.int64)[order]
    texts = pa.array([told[i] for i in order], pa.large_string())
    return _drop(entries, starts, records, texts, pages, TAKEN_BACK)


def record_starts(entries: Entries, *, n_records: int | None = None) -> np.ndarray:
    """Return where each record's interactions begin."""
    n = len(entries.lines)
    starts = entries.allocate(n if n_records is None else n_records, np.int64)
    at = 0
    bounds = entries.bounds[:-1]
    for start in range(0, n, CHUNK):
        lines = entries.lines[start : start + CHUNK]
        new = np.ones(len(lines), bool)
        new[1:] = lines[1:] != lines[:-1]
        new[0] = start == 0 or lines[0] != entries.lines[start - 1]
        new[bounds[(bounds >= start) & (bounds < start + len(lines))] - start] = True
        found = np.flatnonzero(new)
        starts[at : at + len(found)] = found + start
        at += len(found)
    return starts[:at]


def _among(values: np.ndarray, wanted: np.ndarray) -> np.ndarray:
    """Whether each value is one of the wanted, which are sorted; like numpy.isin, without sorting the values."""
    found = np.empty(len(values), bool)
    for start in range(0, len(values), CHUNK):
        some = values[start : start + CHUNK]
        at = np.searchsorted(wanted, some)
        found[start : start + CHUNK] = wanted[np.minimum(at, len(wanted) - 1)] == some
    return found


def _of_rows(
    entries: Entries, starts: np.ndarray, records: np.ndarray, pages: Sequence[Page], words: str
) -> Any:
    """Say for each of some records which one it is: ``the same as row 17``, with its source where there are several."""
    source = np.searchsorted(entries.bounds, starts[records], side="right") - 1
    rows = pa.array(entries.lines[starts[records]]).cast(pa.large_string())
    parts: list[Any] = [pa.scalar(f"{words} row ", pa.large_string()), rows]
    if len(pages) > 1:
        names = pa.array([f" of {page.name}" for page in pages], pa.large_string())
        parts.append(names.take(pa.array(source)))
    return pc.binary_join_element_wise(*parts, pa.scalar("", pa.large_string()))


def _drop(
    entries: Entries,
    starts: np.ndarray,
    records: np.ndarray,
    texts: Any,
    pages: Sequence[Page],
    reason: str,
) -> Entries:
    """Leave out some records (ascending), and enter each with its text among the rejects."""
    source = np.searchsorted(entries.bounds, starts[records], side="right") - 1
    lines, kinds = entries.lines[starts[records]], entries.kinds[starts[records]]
    for n, page in enumerate(pages):
        own = source == n
        page.alike.append((lines[own], reason, texts.filter(pa.array(own))))
        page.n_used -= int(own.sum())
        page.time_kinds -= np.bincount(kinds[own], minlength=len(page.time_kinds))
    ends = np.where(
        records + 1 < len(starts), starts[np.minimum(records + 1, len(starts) - 1)], len(entries.lines)
    )
    counts = ends - starts[records]
    within = np.arange(int(counts.sum())) - np.repeat(np.cumsum(counts) - counts, counts)
    kept = np.ones(len(entries.lines), bool)
    kept[np.repeat(starts[records], counts) + within] = False
    return entries.filtered(kept)
