"""Compiled loops that give every distinct name a code. Imported only by the functions that need them."""

from typing import Any

import numpy as np
from numba import njit

from farmgraph.prefetching import prefetch

_QUOTE = 34
_AHEAD = 16
"""Names ahead of the one that is looked up whose place is asked for."""
_FREE, _UPPER, _LOWER = np.uint64(0), np.uint64(0xFFFFFFFF00000000), np.uint64(0xFFFFFFFF)
_QUOTES, _ONES, _TOPS = (
    np.uint64(0x2222222222222222),
    np.uint64(0x0101010101010101),
    np.uint64(0x8080808080808080),
)
_PRIME, _SEED = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x243F6A8885A308D3)


@njit(nogil=True, cache=True)
def _mixed(h: Any, word: Any) -> Any:
    h = (h ^ word) * _PRIME
    return h ^ (h >> np.uint64(29))


@njit(nogil=True, cache=True)
def _word(data: Any, i: int) -> Any:
    """Read eight bytes as one number; positions without a sign let the compiler make one load of it."""
    at = np.uint64(i)
    word = np.uint64(data[at])
    word |= np.uint64(data[at + np.uint64(1)]) << np.uint64(8)
    word |= np.uint64(data[at + np.uint64(2)]) << np.uint64(16)
    word |= np.uint64(data[at + np.uint64(3)]) << np.uint64(24)
    word |= np.uint64(data[at + np.uint64(4)]) << np.uint64(32)
    word |= np.uint64(data[at + np.uint64(5)]) << np.uint64(40)
    word |= np.uint64(data[at + np.uint64(6)]) << np.uint64(48)
    return word | np.uint64(data[at + np.uint64(7)]) << np.uint64(56)


@njit(nogil=True, cache=True)
def _tail(data: Any, end: int, n: int) -> Any:
    """Read the last `n` bytes (1 to 7) before `end` (8 or more) as one number, as if zeros followed them."""
    return _word(data, end - 8) >> np.uint64(8 * (8 - n))


@njit(nogil=True, cache=True)
def _holds_quote(word: Any) -> bool:
    """Whether one of eight bytes is a quote: a byte becomes zero by it, and zeros alone carry into their top bit."""
    odd = word ^ _QUOTES
    return (odd - _ONES) & ~odd & _TOPS != _FREE


@njit(nogil=True, cache=True)
def hash_ranges(data: Any, begin: Any, stop: Any, unquote: bool, hashes: Any) -> None:
    """Hash ranges of bytes into 64 bits; with `unquote`, two quotes in a quoted field count as one."""
    for r in range(len(begin)):
        i = begin[r]
        end = stop[r]
        h = _SEED
        quoted = unquote and i > 0 and i < end and data[i - 1] == _QUOTE
        n = 0
        while i + 8 <= end:
            word = _word(data, i)
            if quoted and _holds_quote(word):
                break
            h = _mixed(h, word)
            i += 8
            n += 8
        word = np.uint64(0)
        left = end - i
        if 0 < left < 8 <= end:
            word = _tail(data, end, left)
            if quoted and _holds_quote(word):
                word = np.uint64(0)
            else:
                n += left
                i = end
        shift = 0
        while i < end:
            word |= np.uint64(data[i]) << np.uint64(shift)
            shift += 8
            i += 2 if quoted and data[i] == _QUOTE else 1
            n += 1
            if shift == 64:
                h = _mixed(h, word)
                word = np.uint64(0)
                shift = 0
        # The length tells a name from the same name with NUL bytes behind it.
        h = _mixed(_mixed(h, word), np.uint64(n))
        hashes[r] = h ^ (h >> np.uint64(32))


@njit(nogil=True, cache=True)
def fill_slots(hashes: Any, n_names: int, slots: Any) -> None:
    """Enter the first `n_names` names into an empty table of slots (0 is free; a power of two of them).

    A slot holds the upper half of a name's hash and, below it, the name's code plus one.
    """
    mask = np.uint64(len(slots) - 1)
    for code in range(n_names):
        prefetch(slots, np.int64(hashes[min(code + _AHEAD, n_names - 1)] & mask))
        s = hashes[code] & mask
        while slots[s] != _FREE:
            s = (s + np.uint64(1)) & mask
        slots[s] = (hashes[code] & _UPPER) | np.uint64(code + 1)


@njit(nogil=True, cache=True)
def encode_ranges(
    data: Any,
    begin: Any,
    stop: Any,
    unquote: bool,
    hashes: Any,
    slots: Any,
    known: Any,
    store: Any,
    offsets: Any,
    n_names: int,
    codes: Any,
) -> int:
    """Write the code of each range of bytes; new names are appended to `store`. Returns the number of names.

    `known` holds the hashes of the names and `offsets` where they lie in `store`. Names are compared byte by
    byte, so that two of one hash stay two: first all are looked up by half of their hashes, then all are compared,
    because what many independent look-ups need can be asked for ahead.
    """
    mask = np.uint64(len(slots) - 1)
    last = len(begin) - 1
    for r in range(len(begin)):
        prefetch(slots, np.int64(hashes[min(r + _AHEAD, last)] & mask))
        h = hashes[r]
        s = h & mask
        upper = h & _UPPER
        while True:
            slot = slots[s]
            if slot == _FREE:
                n_names = _append(data, begin[r], stop[r], unquote, h, known, store, offsets, n_names)
                slots[s] = upper | np.uint64(n_names)
                codes[r] = n_names - 1
                break
            if slot & _UPPER == upper:
                codes[r] = np.int64(slot & _LOWER) - 1
                break
            s = (s + np.uint64(1)) & mask
    for r in range(len(begin)):
        # Where a name lies is asked for first, and the name itself when that has come.
        prefetch(offsets, np.int64(codes[min(r + 2 * _AHEAD, last)]))
        prefetch(store, offsets[codes[min(r + _AHEAD, last)]])
        code = codes[r]
        if not _same(data, begin[r], stop[r], unquote, store, offsets[code], offsets[code + 1]):
            n_names = _encode_one(
                data, begin, stop, unquote, hashes, slots, known, store, offsets, n_names, codes, r
            )
    return n_names


@njit(nogil=True, cache=True)
def _encode_one(
    data: Any,
    begin: Any,
    stop: Any,
    unquote: bool,
    hashes: Any,
    slots: Any,
    known: Any,
    store: Any,
    offsets: Any,
    n_names: int,
    codes: Any,
    r: int,
) -> int:
    """Find or append one name of which another has the same half of a hash."""
    mask = np.uint64(len(slots) - 1)
    s = hashes[r] & mask
    while slots[s] != _FREE:
        code = np.int64(slots[s] & _LOWER) - 1
        if known[code] == hashes[r] and _same(
            data, begin[r], stop[r], unquote, store, offsets[code], offsets[code + 1]
        ):
            codes[r] = code
            return n_names
        s = (s + np.uint64(1)) & mask
    n_names = _append(data, begin[r], stop[r], unquote, hashes[r], known, store, offsets, n_names)
    slots[s] = (hashes[r] & _UPPER) | np.uint64(n_names)
    codes[r] = n_names - 1
    return n_names


@njit(nogil=True, cache=True)
def _append(
    data: Any, i: int, end: int, unquote: bool, h: Any, known: Any, store: Any, offsets: Any, n_names: int
) -> int:
    quoted = unquote and i > 0 and i < end and data[i - 1] == _QUOTE
    at = offsets[n_names]
    while i < end:
        store[at] = data[i]
        at += 1
        i += 2 if quoted and data[i] == _QUOTE else 1
    known[n_names] = h
    offsets[n_names + 1] = at
    return n_names + 1


@njit(nogil=True, cache=True)
def _same(data: Any, i: int, end: int, unquote: bool, store: Any, at: int, last: int) -> bool:
    """Whether a range of bytes is a name."""
    quoted = unquote and i > 0 and i < end and data[i - 1] == _QUOTE
    if not quoted and last - at != end - i:
        return False
    while i + 8 <= end and at + 8 <= last:
        word = _word(data, i)
        if quoted and _holds_quote(word):
            break
        if word != _word(store, at):
            return False
        i += 8
        at += 8
    left = end - i
    if 0 < left < 8 <= end and last - at == left and last >= 8:
        word = _tail(data, end, left)
        if not (quoted and _holds_quote(word)):
            return word == _tail(store, last, left)
    while i < end and at < last and data[i] == store[at]:
        i += 2 if quoted and data[i] == _QUOTE else 1
        at += 1
    return at == last and i >= end
