"""Names become codes: each distinct text gets a number, in the order in which it first appears."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from farmgraph.errors import InputError
from farmgraph.interactions.spill import CHUNK, Allocate, in_memory
from farmgraph.memory import claim

FINE, EMPTY, NUL, CUT = range(4)
"""What a name can be: fine, nothing but white space, with a NUL in it, a number that a spreadsheet has cut."""

# 1.23E+18 or 1E+18: what Excel shows, and saves, of an identifier with more digits than it keeps.
_CUT = r"^[+-]?[0-9](?:[.,][0-9]+)?[eE]\+[0-9]{2,3}$"
_MOST_BYTES = (1 << 31) - 1
_WORTH_ASKING = 1 << 24


@dataclass(frozen=True)
class Texts:
    """A column of texts as byte ranges.

    Attributes
    ----------
    data : numpy.ndarray of uint8
        The bytes, UTF-8.
    begin, stop : numpy.ndarray of int64, shape (k,)
        Where each text begins and stops. A missing text is an empty one.
    unquote : bool
        Whether two quotes in a range that a quote precedes stand for one.
    index : numpy.ndarray of int64, shape (n,), or None
        Which range each row has; None where row and range are one.
    """

    data: np.ndarray
    begin: np.ndarray
    stop: np.ndarray
    unquote: bool = False
    index: np.ndarray | None = None

    def __len__(self) -> int:
        return len(self.begin) if self.index is None else len(self.index)

    def hashes(self) -> np.ndarray:
        """Return a 64-bit hash of each range."""
        from farmgraph.interactions.namekernel import hash_ranges

        out = np.empty(len(self.begin), np.uint64)
        hash_ranges(self.data, self.begin, self.stop, self.unquote, out)
        return out

    def to_arrow(self) -> pa.Array:
        """Return the texts as an Arrow array."""
        plain = texts(self.data, self.begin, self.stop, unquote=self.unquote)
        return plain if self.index is None else plain.take(pa.array(self.index))


def texts_of(column: Any) -> Texts:
    """Return the texts of an Arrow column of strings, in a dictionary or not; nulls become empty.

    Examples
    --------
    >>> texts_of(pa.array(["a", None, "bc"])).to_arrow().to_pylist()
    ['a', '', 'bc']
    """
    if pa.types.is_dictionary(column.type):
        plain = texts_of(
            pa.concat_arrays([column.dictionary.cast(pa.large_string()), pa.array([""], pa.large_string())])
        )
        missing = len(plain.begin) - 1
        index = column.indices.cast(pa.int64()).fill_null(missing).to_numpy(zero_copy_only=False)
        return Texts(plain.data, plain.begin, plain.stop, index=index)
    column = column.cast(pa.large_string())
    _, offsets, data = column.buffers()
    bounds = np.frombuffer(offsets, np.int64)[column.offset : column.offset + len(column) + 1]
    letters = np.frombuffer(data if data is not None and data.size else b" ", np.uint8)
    begin, stop = bounds[:-1], bounds[1:]
    if column.null_count:
        stop = np.where(column.is_null().to_numpy(zero_copy_only=False), begin, stop)
    return Texts(letters, begin, stop)


def texts(data: np.ndarray, begin: np.ndarray, stop: np.ndarray, *, unquote: bool = False) -> Any:
    """Copy byte ranges that are known to be UTF-8 into an Arrow array of strings."""
    from farmgraph.interactions.kernels import gather

    out = np.empty(int((stop - begin).sum()), np.uint8)
    offsets = np.empty(len(begin) + 1, np.int32)
    gather(data, begin, stop, unquote, offsets, out)
    return pa.StringArray.from_buffers(len(begin), pa.py_buffer(offsets), pa.py_buffer(out))


def constant(text: str, n: int) -> Texts:
    """Return a column that holds one text `n` times."""
    data = np.frombuffer(text.encode() or b" ", np.uint8)
    return Texts(data, np.zeros(1, np.int64), np.array([len(text.encode())]), index=np.zeros(n, np.int64))


@dataclass
class Names:
    """All names of one role so far: grows block by block, and belongs to one reading alone."""

    role: str
    n: int = 0
    known: np.ndarray = field(default_factory=lambda: np.empty(1 << 12, np.uint64))
    offsets: np.ndarray = field(default_factory=lambda: np.zeros((1 << 12) + 1, np.int64))
    store: np.ndarray = field(default_factory=lambda: np.empty(1 << 16, np.uint8))
    slots: np.ndarray = field(default_factory=lambda: np.zeros(1 << 13, np.uint64))
    states: np.ndarray = field(default_factory=lambda: np.empty(1 << 12, np.uint8))

    @property
    def n_bytes(self) -> int:
        """Bytes of all names, and of the numbers that say where each begins."""
        return int(self.offsets[self.n]) + 8 * self.n

    def encode(self, texts: Texts, hashes: np.ndarray) -> np.ndarray:
        """Return the int32 code of each row; new names are taken in."""
        from farmgraph.interactions.namekernel import encode_ranges

        before, codes = self.n, np.empty(len(texts.begin), np.int32)
        self._make_room(len(codes), int((texts.stop - texts.begin).sum()))
        self.n = encode_ranges(
            *(texts.data, texts.begin, texts.stop, texts.unquote, hashes),
            *(self.slots, self.known, self.store, self.offsets, self.n, codes),
        )
        if self.n > before:
            self.states[before : self.n] = _states(self.to_arrow(before))
        return codes if texts.index is None else codes[texts.index]

    def to_arrow(self, start: int = 0) -> pa.Array:
        """Return the names from a code on, as texts."""
        offsets = pa.py_buffer(self.offsets[start : self.n + 1].copy())
        return pa.LargeStringArray.from_buffers(self.n - start, offsets, pa.py_buffer(self.store))

    def _make_room(self, more: int, more_bytes: int) -> None:
        from farmgraph.interactions.namekernel import fill_slots

        grows = self._growth(more, more_bytes)
        if grows > _WORTH_ASKING:
            claim(f"Knowing the distinct {self.role}s by their names, {self.n:,} so far,", grows)
        if self.n + more > len(self.known):
            most = max(self.n + more, 2 * len(self.known))
            self.known = _grown(self.known, self.n, most)
            self.offsets = _grown(self.offsets, self.n + 1, most + 1)
            self.states = _grown(self.states, self.n, most)
        used = int(self.offsets[self.n])
        if used + more_bytes > len(self.store):
            self.store = _grown(self.store, used, max(used + more_bytes, 2 * len(self.store)))
        if 2 * (self.n + more) > len(self.slots):
            size = 1 << int(2 * (self.n + more)).bit_length()
            self.slots = np.zeros(size, np.uint64)
            fill_slots(self.known, self.n, self.slots)

    def _growth(self, more: int, more_bytes: int) -> int:
        """Return the bytes that making room takes at once; the old arrays are freed one after the other."""
        grows = 0
        if self.n + more > len(self.known):
            grows += 17 * max(self.n + more, 2 * len(self.known))
        used = int(self.offsets[self.n])
        if used + more_bytes > len(self.store):
            grows += max(used + more_bytes, 2 * len(self.store))
        if 2 * (self.n + more) > len(self.slots):
            grows += 8 << int(2 * (self.n + more)).bit_length()
        return grows


def dictionary(codes: np.ndarray, names: Names, *, allocate: Allocate = in_memory) -> pa.DictionaryArray:
    """Return codes (-1 is missing) as a dictionary array that holds no name that no row uses.

    Raises
    ------
    InputError
        If the names have more than two gigabytes together.
    """
    present = np.zeros(names.n + 1, bool)
    n_missing = 0
    for start in range(0, len(codes), CHUNK):
        some = codes[start : start + CHUNK]
        present[some] = True
        n_missing += int((some < 0).sum())
    present = present[:-1]
    values = names.to_arrow()
    if not present.all():
        now = np.append((np.cumsum(present) - 1).astype(np.int32), np.int32(-1))
        before, codes = codes, allocate(len(codes), np.int32)
        for start in range(0, len(codes), CHUNK):
            codes[start : start + CHUNK] = now[before[start : start + CHUNK]]
        values = values.filter(pa.array(present))
    if len(values) and values.nbytes - 8 * (len(values) + 1) > _MOST_BYTES:
        raise InputError(
            f"The distinct {names.role}s have more than two gigabytes of names. Shorten them (a hash of a long text "
            "will do), or read the log in parts."
        )
    return pa.DictionaryArray.from_arrays(
        with_gaps(codes, pa.int32(), gap=-1 if n_missing else None), values.cast(pa.string())
    )


def with_gaps(values: np.ndarray, kind: Any, *, gap: int | None) -> Any:
    """Return an Arrow array of values, without a copy; where they are `gap` there is none.

    Examples
    --------
    >>> with_gaps(np.array([3, -1], np.int32), pa.int32(), gap=-1).to_pylist()
    [3, None]
    """
    there, n_gaps = None, 0
    if gap is not None:
        bits = np.empty(-(-len(values) // 8), np.uint8)
        for start in range(0, len(values), CHUNK):
            present = values[start : start + CHUNK] != gap
            n_gaps += int(len(present) - np.count_nonzero(present))
            packed = np.packbits(present, bitorder="little")
            bits[start // 8 : start // 8 + len(packed)] = packed
        there = pa.py_buffer(bits) if n_gaps else None
    return pa.Array.from_buffers(kind, len(values), [there, pa.py_buffer(values)], n_gaps)


def _grown(values: np.ndarray, used: int, size: int) -> np.ndarray:
    grown = np.empty(size, values.dtype)
    grown[:used] = values[:used]
    return grown


def _states(names: pa.Array) -> np.ndarray:
    """Judge each name."""
    blank = pc.equal(pc.utf8_trim_whitespace(names), "").to_numpy(zero_copy_only=False)
    nul = pc.match_substring(names, "\0").to_numpy(zero_copy_only=False)
    cut = pc.match_substring_regex(names, _CUT).to_numpy(zero_copy_only=False)
    return np.select([blank, nul, cut], [EMPTY, NUL, CUT], FINE).astype(np.uint8)
