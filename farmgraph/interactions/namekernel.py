"""Compiled loops that give every distinct name a code. Imported only by the functions that need them."""

from typing import Any

import numpy as np
from numba import njit

_QUOTE = 34
_PRIME, _SEED = np.uint64(0x9E3779B97F4A7C15), np.uint64(0x243F6A8885A308D3)


@njit(nogil=True, cache=True)
def _mixed(h: Any, word: Any) -> Any:
    h = (h ^ word) * _PRIME
    return h ^ (h >> np.uint64(29))


@njit(nogil=True, cache=True)
def hash_ranges(data: Any, begin: Any, stop: Any, unquote: bool, hashes: Any) -> None:
    """Hash ranges of bytes into 64 bits; with `unquote`, two quotes in a quoted field count as one."""
    for r in range(len(begin)):
        i = begin[r]
        end = stop[r]
        h = _SEED
        quoted = unquote and i > 0 and i < end and data[i - 1] == _QUOTE
        n = 0
        if not quoted:
            n = end - i
            while i + 8 <= end:
                word = np.uint64(0)
                for k in range(8):
                    word |= np.uint64(data[i + k]) << np.uint64(8 * k)
                h = _mixed(h, word)
                i += 8
        word = np.uint64(0)
        shift = 0
        while i < end:
            word |= np.uint64(data[i]) << np.uint64(shift)
            shift += 8
            if quoted:
                i += 2 if data[i] == _QUOTE else 1
                n += 1
            else:
                i += 1
            if shift == 64:
                h = _mixed(h, word)
                word = np.uint64(0)
                shift = 0
        # The length tells a name from the same name with NUL bytes behind it.
        h = _mixed(_mixed(h, word), np.uint64(n))
        hashes[r] = h ^ (h >> np.uint64(32))


@njit(nogil=True, cache=True)
def fill_slots(hashes: Any, n_names: int, slots: Any) -> None:
    """Enter the first `n_names` names into an empty table of slots (-1 is free; a power of two of them)."""
    mask = np.uint64(len(slots) - 1)
    for code in range(n_names):
        s = hashes[code] & mask
        while slots[s] >= 0:
            s = (s + np.uint64(1)) & mask
        slots[s] = code


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
    byte, so that two of one hash stay two.
    """
    mask = np.uint64(len(slots) - 1)
    for r in range(len(begin)):
        i = begin[r]
        end = stop[r]
        quoted = unquote and i > 0 and i < end and data[i - 1] == _QUOTE
        s = hashes[r] & mask
        while True:
            code = slots[s]
            if code < 0:
                at = offsets[n_names]
                j = i
                while j < end:
                    store[at] = data[j]
                    at += 1
                    j += 2 if quoted and data[j] == _QUOTE else 1
                known[n_names] = hashes[r]
                slots[s] = n_names
                codes[r] = n_names
                n_names += 1
                offsets[n_names] = at
                break
            if known[code] == hashes[r]:
                at = offsets[code]
                last = offsets[code + 1]
                j = i
                while j < end and at < last and store[at] == data[j]:
                    at += 1
                    j += 2 if quoted and data[j] == _QUOTE else 1
                if at == last and j >= end:
                    codes[r] = code
                    break
            s = (s + np.uint64(1)) & mask
    return n_names
