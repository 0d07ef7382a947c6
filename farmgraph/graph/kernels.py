"""Kernels that count which accounts acted on the same contents: arrays in, arrays out.

Each account walks the stretches of its own rows (see `walks`) and counts every partner with a lower
code in a dense counter; partners below the threshold are never stored. Codes go by activity, so
partners with lower codes are busy ones: few counters are met often, and they stay in the cache. Accounts
are independent, so runs of them go through threads without the GIL, and the result does not depend on
how many threads there are.

At most 255 contents fit a counter of one byte, and nearly all accounts have fewer: their counters fit the
cache where counters of four bytes would not. No step of the walk branches on what it finds.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from farmgraph.prefetching import prefetch

_PIECE = 4096
_BUFFER = 1 << 17  # partners that are remembered, to set their counters back to zero
MOST_IN_A_BYTE = 255
_LINE = 16  # codes of four bytes in a line of the cache


class Counters(NamedTuple):
    """One thread's counters, an entry per account; all are zero between accounts.

    `small` (uint8) and `counts` (int32) are the shared contents so far of accounts with up to 255 contents and
    with more. `marks` (int32) is the row that counted last, `sums` (float64) the weights so far; `sums` is empty
    where nothing is summed, `marks` also where moreover no account has two rows on one content. `touched`,
    `alive` and `gathered` (int32) list partners.
    """

    small: np.ndarray
    counts: np.ndarray
    marks: np.ndarray
    sums: np.ndarray
    touched: np.ndarray
    alive: np.ndarray
    gathered: np.ndarray


def counter_bytes(n_accounts: int, *, marked: bool, weighted: bool) -> int:
    """Return the bytes of one thread's counters: 13, 17 or 25 per account, and half a megabyte."""
    return (13 + 4 * (marked or weighted) + 8 * weighted) * n_accounts + 4 * (_BUFFER + 2 * _PIECE)


def new_counters(n_accounts: int, *, marked: bool, weighted: bool) -> Counters:
    """Make one thread's counters; pages that are never touched cost nothing."""
    # One more place in the lists: what is appended without a branch is written before it is known to count.
    touched, alive = np.empty(n_accounts + 1, np.int32), np.empty(n_accounts + 1, np.int32)
    marks = np.zeros(n_accounts * (marked or weighted), np.int32)
    counts = np.zeros(n_accounts, np.int32)
    return Counters(
        np.zeros(n_accounts, np.uint8),
        counts,
        marks,
        np.zeros(n_accounts * weighted),
        touched,
        alive,
        np.empty(_BUFFER + 2 * _PIECE, np.int32),
    )


@njit(nogil=True, cache=True)
def count_in_window(walk, counters, min_contents, content_weights, first, last):  # type: ignore[no-untyped-def]
    """Count the contents that the accounts `first` to `last` share with partners of a lower code.

    Parameters
    ----------
    walk : Walk
        From `timed_walk`.
    counters : Counters
    min_contents : int
        Pairs with fewer shared contents are dropped.
    content_weights : numpy.ndarray
        float64 per content, summed over the shared contents; empty for no sums.
    first, last : int
        Which accounts.

    Returns
    -------
    pairs : numpy.ndarray
        uint64: the lower code times 2**32 plus the higher, by the higher.
    n_contents : numpy.ndarray
        int32.
    weights : numpy.ndarray
        float64 sums, or empty.
    """
    # Everything is taken out of its tuple once: numba counts references to arrays whenever they change hands.
    accounts, starts, bounds = walk.accounts, walk.starts, walk.bounds
    small, counts, sums = counters.small, counters.counts, counters.sums
    alive, touched, gathered = counters.alive, counters.touched, counters.gathered
    weighted = len(content_weights) > 0
    marked = walk.repeats or weighted
    found = no_pairs(weighted)
    n_found = 0
    for u in range(first, last):
        if u + 1 < last:
            _ask_for(accounts, bounds, starts[u + 1], starts[u + 2])
        begin, end = starts[u], starts[u + 1]
        if end - begin < min_contents:
            continue
        if marked:
            n = _tally_marked(u, walk, counters, content_weights)
            found = grown(found, n_found, n)
            n_found = keep(u, touched, n, counts, sums, min_contents, found, n_found)
            clear(touched, n, counts)
            if weighted:
                clear(touched, n, sums)
        elif end - begin <= MOST_IN_A_BYTE:
            n_gathered, n = _tally(u, accounts, bounds, begin, end, small, min_contents, alive, gathered)
            found = grown(found, n_found, n)
            n_found = keep(u, alive, n, small, sums, min_contents, found, n_found)
            _clear_all(u, gathered, n_gathered, small)
        else:
            n_gathered, n = _tally(u, accounts, bounds, begin, end, counts, min_contents, alive, gathered)
            found = grown(found, n_found, n)
            n_found = keep(u, alive, n, counts, sums, min_contents, found, n_found)
            _clear_all(u, gathered, n_gathered, counts)
    return cut(found, n_found)


@njit(nogil=True, cache=True)
def _ask_for(accounts, bounds, begin, end):  # type: ignore[no-untyped-def]
    """Ask for the stretches of the next account: they lie anywhere, and the walk would wait for each."""
    for i in range(begin, min(end, begin + 64)):
        for j in range(bounds[i, 0], min(bounds[i, 1], bounds[i, 0] + 8 * _LINE), _LINE):
            prefetch(accounts, j)


@njit(nogil=True, cache=True)
def _tally(u, accounts, bounds, begin, end, counts, least, alive, gathered):  # type: ignore[no-untyped-def]
    """Count partners where no account has two rows on one content.

    Returns how many were gathered, or -1 if they did not fit, and how many reached the threshold.
    """
    n = 0
    n_gathered = 0
    overflown = False
    for i in range(begin, end):
        for first in range(bounds[i, 0], bounds[i, 1], _PIECE):
            # Half of all partners have a higher code, in no order: gather the lower ones without a branch.
            for j in range(first, min(first + _PIECE, bounds[i, 1])):
                v = accounts[j]
                gathered[n_gathered] = v
                n_gathered += v < u
            if n_gathered >= _BUFFER:
                n = _count(gathered, n_gathered, counts, least, alive, n)
                n_gathered = 0
                overflown = True
    n = _count(gathered, n_gathered, counts, least, alive, n)
    return -1 if overflown else n_gathered, n


@njit(nogil=True, cache=True)
def _count(partners, n_partners, counts, least, alive, n):  # type: ignore[no-untyped-def]
    for i in range(n_partners):
        v = partners[i]
        after = np.int64(counts[v]) + 1
        counts[v] = after
        alive[n] = v
        n += after == least
    return n


@njit(nogil=True, cache=True)
def _clear_all(u, gathered, n_gathered, counts):  # type: ignore[no-untyped-def]
    """Set the counters of everybody that account u met to zero: those gathered, or all where they did not fit."""
    if n_gathered < 0:
        counts[:u] = 0
    else:
        clear(gathered, n_gathered, counts)


@njit(nogil=True, cache=True)
def _tally_marked(u, walk, counters, content_weights):  # type: ignore[no-untyped-def]
    """Count partners once per content, however often they come up on it, and sum weights."""
    accounts, bounds, contents, gathered = walk.accounts, walk.bounds, walk.contents, counters.gathered
    n = 0
    mark = np.int32(0)
    for i in range(walk.starts[u], walk.starts[u + 1]):
        if i == walk.starts[u] or contents[i] != contents[i - 1]:
            mark = np.int32(i + 1)  # a row belongs to one account, so no other account leaves this mark
        weight = content_weights[contents[i]] if len(content_weights) > 0 else 0.0
        for first in range(bounds[i, 0], bounds[i, 1], _PIECE):
            n_gathered = 0
            for j in range(first, min(first + _PIECE, bounds[i, 1])):
                gathered[n_gathered] = accounts[j]
                n_gathered += accounts[j] < u
            n = _count_marked(gathered, n_gathered, counters, mark, weight, n)
    return n


@njit(nogil=True, cache=True)
def _count_marked(partners, n_partners, counters, mark, weight, n):  # type: ignore[no-untyped-def]
    counts, marks, sums, touched = counters.counts, counters.marks, counters.sums, counters.touched
    for i in range(n_partners):
        v = partners[i]
        fresh = marks[v] != mark
        marks[v] = mark
        before = counts[v]
        touched[n] = v
        n += before == 0
        counts[v] = before + fresh
        if len(sums) > 0:
            sums[v] += weight * fresh
    return n


@njit(nogil=True, cache=True)
def no_pairs(weighted):  # type: ignore[no-untyped-def]
    """Return room for pairs: (pairs, n_contents, weights)."""
    return np.empty(1024, np.uint64), np.empty(1024, np.int32), np.empty(1024 if weighted else 0, np.float64)


@njit(nogil=True, cache=True)
def grown(found, n_found, n_more):  # type: ignore[no-untyped-def]
    """Return the found with room for more, and one place to spare."""
    if n_found + n_more < len(found[0]):
        return found
    size = 2 * (n_found + n_more + 1)
    pairs, n_contents = np.empty(size, np.uint64), np.empty(size, np.int32)
    weights = np.empty(size if len(found[2]) > 0 else 0, np.float64)
    pairs[:n_found] = found[0][:n_found]
    n_contents[:n_found] = found[1][:n_found]
    if len(weights) > 0:
        weights[:n_found] = found[2][:n_found]
    return pairs, n_contents, weights


@njit(nogil=True, cache=True)
def keep(u, partners, n_partners, counts, sums, least, found, n_found):  # type: ignore[no-untyped-def]
    """Append account u's partners with at least so many shared contents; return how many pairs there are now."""
    pairs, n_contents, weights = found
    for i in range(n_partners):
        v = partners[i]
        pairs[n_found] = np.uint64(v) << np.uint64(32) | np.uint64(u)
        n_contents[n_found] = counts[v]
        if len(weights) > 0:
            weights[n_found] = sums[v]
        n_found += counts[v] >= least
    return n_found


@njit(nogil=True, cache=True)
def clear(partners, n_partners, values):  # type: ignore[no-untyped-def]
    """Set the values of the first partners to zero."""
    for i in range(n_partners):
        values[partners[i]] = 0


@njit(nogil=True, cache=True)
def cut(found, n):  # type: ignore[no-untyped-def]
    """Return the first n of what was found, without the room to spare."""
    return found[0][:n].copy(), found[1][:n].copy(), found[2][: n if len(found[2]) > 0 else 0].copy()
