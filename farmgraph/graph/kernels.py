"""Kernels that count which accounts acted on the same contents: arrays in, arrays out.

Rows lie content by content, sorted by time, so that the rows within the window of a row are
one stretch of the array. First the rows that cannot matter are dropped: at a window of a
minute that is most of them. Then each account walks its own rows and, for each, the stretch,
counting every partner with a higher code in a dense counter; partners below the threshold
are never stored. Accounts are independent, so blocks of them run in threads without the GIL,
and the result does not depend on how many threads there are.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from farmgraph.graph.layout import group_order
from farmgraph.interactions.schema import NO_TIME

# Numba bakes globals in, as they are when it compiles.
_NO_TIME = np.int64(NO_TIME)
_PIECE = 4096


class Walk(NamedTuple):
    """Everything the counting walk reads.

    `accounts` (int32) lists the rows' accounts content by content. The rows of account u
    stand at ``starts[u]:starts[u + 1]`` (int64) of the other arrays: `low` and `high` bound
    the stretch of `accounts` that lies within the window of the row (int32), `contents` is
    the row's content (int32). `repeats` says whether any account has two rows on one content.
    """

    accounts: np.ndarray
    starts: np.ndarray
    low: np.ndarray
    high: np.ndarray
    contents: np.ndarray
    repeats: bool


class Counters(NamedTuple):
    """One thread's counters, an entry per account; `counts` and `sums` are zero between accounts.

    `counts` (int32) are the shared contents so far, `marks` (int32) the row that counted last,
    `sums` (float64) the weights so far. `sums` is empty where nothing is summed, `marks` also
    where moreover no account has two rows on one content.
    """

    counts: np.ndarray
    marks: np.ndarray
    sums: np.ndarray


def timed_walk(
    content_starts: np.ndarray,
    content_accounts: np.ndarray,
    linked: np.ndarray,
    content_times: np.ndarray,
    window: int,
    n_accounts: int,
    min_contents: int,
) -> Walk:
    """Lay out the rows that have another row within the window, for accounts that have enough of them.

    Parameters
    ----------
    content_starts, content_accounts, content_times : numpy.ndarray
        As in `BipartiteGraph`.
    linked : numpy.ndarray
        bool per row, from `count_events`.
    window : int
        Microseconds, inclusive.
    n_accounts, min_contents : int
        Accounts with linked rows on fewer contents than `min_contents` are left out: they
        cannot share that many with anybody.

    Returns
    -------
    Walk
    """
    degrees, repeats = _linked_degrees(content_starts, content_accounts, linked, n_accounts)
    kept = degrees >= min_contents
    accounts, contents, times = _compact(content_starts, content_accounts, content_times, linked, kept)
    low, high = _bounds(contents, times, window)
    starts, order = group_order(accounts, np.arange(len(accounts)), n_accounts)
    return Walk(accounts, starts, low[order], high[order], contents[order], bool(repeats))


def untimed_walk(
    account_starts: np.ndarray, account_contents: np.ndarray, allowed: np.ndarray, n_contents: int
) -> Walk:
    """Lay out the distinct edges of the allowed accounts, each content's accounts ascending.

    The stretch of an edge is the tail of the content's list, so every pair is met once.
    """
    accounts, starts, low, high, contents = _transpose(account_starts, account_contents, allowed, n_contents)
    return Walk(accounts, starts, low, high, contents, False)


@njit(nogil=True, cache=True)
def count_events(starts, accounts, times, allowed, window, first, last, linked, events):  # type: ignore[no-untyped-def]
    """Count, for contents `first` to `last`, the pairs of rows within the window; mark rows that have one.

    Only rows with a time and an account in `allowed` (bool per account) count. Fills `linked`
    (bool per row) and `events` (int64 per content) in place, each content its own part.
    """
    scratch = np.empty(0, np.int64)
    for c in range(first, last):
        size = starts[c + 1] - starts[c]
        if size < 2:
            continue
        if size > len(scratch):
            scratch = np.empty(2 * size, np.int64)
        n = 0
        for p in range(starts[c], starts[c + 1]):
            if times[p] == _NO_TIME:
                break
            scratch[n] = p
            n += allowed[accounts[p]]
        total = 0
        oldest = 0
        for i in range(1, n):
            while times[scratch[i]] - times[scratch[oldest]] > window:
                oldest += 1
            if oldest < i:
                total += i - oldest
                linked[scratch[i]] = True
                linked[scratch[i - 1]] = True
        events[c] = total


@njit(nogil=True, cache=True)
def _linked_degrees(starts, accounts, linked, n_accounts):  # type: ignore[no-untyped-def]
    """Count each account's contents with a linked row; say whether any account has two on one content."""
    degrees = np.zeros(n_accounts, np.int32)
    last_content = np.full(n_accounts, -1, np.int32)
    repeats = False
    for c in range(len(starts) - 1):
        for p in range(starts[c], starts[c + 1]):
            if linked[p]:
                u = accounts[p]
                if last_content[u] == c:
                    repeats = True
                else:
                    last_content[u] = c
                    degrees[u] += 1
    return degrees, repeats


@njit(nogil=True, cache=True)
def _compact(starts, accounts, times, linked, kept):  # type: ignore[no-untyped-def]
    """Copy the linked rows of kept accounts: (accounts, contents, times)."""
    n = 0
    for p in range(len(accounts)):
        n += linked[p] and kept[accounts[p]]
    new_accounts = np.empty(n, np.int32)
    new_contents = np.empty(n, np.int32)
    new_times = np.empty(n, np.int64)
    i = 0
    for c in range(len(starts) - 1):
        for p in range(starts[c], starts[c + 1]):
            if linked[p] and kept[accounts[p]]:
                new_accounts[i] = accounts[p]
                new_contents[i] = c
                new_times[i] = times[p]
                i += 1
    return new_accounts, new_contents, new_times


@njit(nogil=True, cache=True)
def _bounds(contents, times, window):  # type: ignore[no-untyped-def]
    """Bound, for each row, the rows of the same content within the window: (first, one past the last)."""
    n = len(times)
    low = np.empty(n, np.int32)
    high = np.empty(n, np.int32)
    first = 0
    for i in range(n):
        while contents[first] != contents[i] or times[i] - times[first] > window:
            first += 1
        low[i] = first
    end = n
    for i in range(n - 1, -1, -1):
        while contents[end - 1] != contents[i] or times[end - 1] - times[i] > window:
            end -= 1
        high[i] = end
    return low, high


@njit(nogil=True, cache=True)
def _transpose(account_starts, account_contents, allowed, n_contents):  # type: ignore[no-untyped-def]
    ends = np.zeros(n_contents + 1, np.int64)
    n_accounts = len(account_starts) - 1
    for u in range(n_accounts):
        if allowed[u]:
            for e in range(account_starts[u], account_starts[u + 1]):
                ends[account_contents[e] + 1] += 1
    for c in range(n_contents):
        ends[c + 1] += ends[c]
    n = ends[n_contents]
    free = ends[:-1].copy()
    accounts = np.empty(n, np.int32)
    starts = np.zeros(n_accounts + 1, np.int64)
    low = np.empty(n, np.int32)
    high = np.empty(n, np.int32)
    contents = np.empty(n, np.int32)
    i = 0
    for u in range(n_accounts):
        if allowed[u]:
            for e in range(account_starts[u], account_starts[u + 1]):
                c = account_contents[e]
                accounts[free[c]] = u
                free[c] += 1
                low[i] = free[c]
                high[i] = ends[c + 1]
                contents[i] = c
                i += 1
        starts[u + 1] = i
    return accounts, starts, low, high, contents


@njit(nogil=True, cache=True)
def count_partners(walk, counters, min_contents, content_weights, block, n_blocks):  # type: ignore[no-untyped-def]
    """Count the contents shared with partners of a higher code, for every n_blocks-th account from `block` on.

    Parameters
    ----------
    walk : Walk
    counters : Counters
    min_contents : int
        Pairs with fewer shared contents are dropped.
    content_weights : numpy.ndarray
        float64 per content, summed over the shared contents; empty for no sums.
    block, n_blocks : int
        Which accounts.

    Returns
    -------
    a, b, n_contents : numpy.ndarray
        int32, a < b.
    weights : numpy.ndarray
        float64 sums, or empty.
    """
    counts, sums = counters.counts, counters.sums
    weighted = len(content_weights) > 0
    touched = np.empty(len(counts), np.int32)
    gathered = np.empty(2 * _PIECE, np.int32)
    n_found = 0
    found_a = np.empty(1024, np.int32)
    found_b = np.empty(1024, np.int32)
    found_n = np.empty(1024, np.int32)
    found_sum = np.empty(1024 if weighted else 0, np.float64)
    for u in range(block, len(walk.starts) - 1, n_blocks):
        if walk.repeats or weighted:
            n = _tally_marked(u, walk, counters, content_weights, touched)
        else:
            n = _tally(u, walk, counts, touched, gathered)
        if n_found + n > len(found_a):
            size = 2 * (n_found + n)
            found_a = _grown(found_a, n_found, size)
            found_b = _grown(found_b, n_found, size)
            found_n = _grown(found_n, n_found, size)
            if weighted:
                found_sum = _grown(found_sum, n_found, size)
        for i in range(n):
            v = touched[i]
            found_a[n_found] = u
            found_b[n_found] = v
            found_n[n_found] = counts[v]
            if weighted:
                found_sum[n_found] = sums[v]
                sums[v] = 0.0
            n_found += counts[v] >= min_contents
            counts[v] = 0
    found_sum = found_sum[: n_found if weighted else 0].copy()
    return found_a[:n_found].copy(), found_b[:n_found].copy(), found_n[:n_found].copy(), found_sum


@njit(nogil=True, cache=True)
def _tally(u, walk, counts, touched, gathered):  # type: ignore[no-untyped-def]
    """Count partners where no account has two rows on one content; return how many were touched."""
    accounts, low, high = walk.accounts, walk.low, walk.high
    n = 0
    n_gathered = 0
    for i in range(walk.starts[u], walk.starts[u + 1]):
        for first in range(low[i], high[i], _PIECE):
            # Half of all partners have a lower code, in no order: gather the higher ones without a branch.
            for j in range(first, min(first + _PIECE, high[i])):
                gathered[n_gathered] = accounts[j]
                n_gathered += accounts[j] > u
            if n_gathered >= _PIECE:
                n = _count(gathered[:n_gathered], counts, touched, n)
                n_gathered = 0
    return _count(gathered[:n_gathered], counts, touched, n)


@njit(nogil=True, cache=True)
def _count(partners, counts, touched, n):  # type: ignore[no-untyped-def]
    for v in partners:
        if counts[v] == 0:
            touched[n] = v
            n += 1
        counts[v] += 1
    return n


@njit(nogil=True, cache=True)
def _tally_marked(u, walk, counters, content_weights, touched):  # type: ignore[no-untyped-def]
    """Count partners once per content, however often they come up on it, and sum weights."""
    accounts, contents = walk.accounts, walk.contents
    counts, marks, sums = counters.counts, counters.marks, counters.sums
    weighted = len(content_weights) > 0
    n = 0
    mark = np.int32(0)
    for i in range(walk.starts[u], walk.starts[u + 1]):
        if i == walk.starts[u] or contents[i] != contents[i - 1]:
            mark = np.int32(i + 1)  # a row belongs to one account, so no other account leaves this mark
        for j in range(walk.low[i], walk.high[i]):
            v = accounts[j]
            if v > u and marks[v] != mark:
                marks[v] = mark
                if counts[v] == 0:
                    touched[n] = v
                    n += 1
                counts[v] += 1
                if weighted:
                    sums[v] += content_weights[contents[i]]
    return n


@njit(nogil=True, cache=True)
def _grown(values, n, size):  # type: ignore[no-untyped-def]
    larger = np.empty(size, values.dtype)
    larger[:n] = values[:n]
    return larger
