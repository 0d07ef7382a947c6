"""Lay rows out so that each account can walk its partners: what the counting kernels read.

Rows lie content by content, sorted by time (or by account, where any time will do), so that the
partners of a row are one stretch of the array. First the rows that cannot matter are dropped: at a
window of a minute that is most of them. Then the stretches are listed account by account, which is
the order in which the kernels read them.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from farmgraph.interactions.schema import NO_TIME
from farmgraph.runtime import map_threads, thread_count

# Numba bakes globals in, as they are when it compiles.
_NO_TIME = np.int64(NO_TIME)
_MOST_CHUNKS = 8  # each has a counter per account


class Walk(NamedTuple):
    """Everything the counting kernels read.

    `accounts` (int32) lists the rows' accounts content by content. The rows of account u stand at
    ``starts[u]:starts[u + 1]`` (int64) of `bounds` (int32, shape (n, 2)): first and one past the last of the
    stretch of `accounts` that the row is compared with. `contents` (int32) is each row's content, empty where
    nobody asks. `repeats` says whether any account has two rows on one content.
    """

    accounts: np.ndarray
    starts: np.ndarray
    bounds: np.ndarray
    contents: np.ndarray
    repeats: bool


def timed_walk(
    content_starts: np.ndarray,
    content_accounts: np.ndarray,
    content_times: np.ndarray,
    linked: np.ndarray,
    *,
    window: int,
    n_accounts: int,
    min_contents: int,
    with_contents: bool,
    threads: int | None,
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
    with_contents : bool
        Whether `contents` is wanted even where no account repeats a content.
    threads : int or None

    Returns
    -------
    Walk
    """
    n_chunks = min(thread_count(threads), _MOST_CHUNKS)
    cuts = content_cuts(content_starts, n_chunks)
    log = (content_starts, content_accounts, linked)
    rows, kept, repeats = _rows_kept(log, cuts, n_accounts, min_contents, threads)
    starts = np.zeros(n_accounts + 1, np.int64)
    np.cumsum(rows.sum(axis=0), out=starts[1:])
    # A chunk's rows of an account come after those of the chunks before it.
    free = np.cumsum(rows, axis=0, dtype=np.int64)
    free -= rows
    free += starts[:-1]
    first = np.concatenate(([0], np.cumsum(rows.sum(axis=1, dtype=np.int64))))
    del rows
    n = int(starts[-1])
    accounts = np.empty(n, np.int32)
    bounds = np.empty((n, 2), np.int32)
    contents = np.empty(n if repeats or with_contents else 0, np.int32)
    out = (accounts, bounds, contents)
    map_threads(
        lambda i: _lay_out(*log, content_times, kept, window, cuts[i], cuts[i + 1], first[i], free[i], *out),
        range(n_chunks),
        threads=threads,
    )
    return Walk(accounts, starts, bounds, contents, repeats)


def _rows_kept(
    log: tuple[np.ndarray, np.ndarray, np.ndarray],
    cuts: np.ndarray,
    n_accounts: int,
    min_contents: int,
    threads: int | None,
) -> tuple[np.ndarray, np.ndarray, bool]:
    """Return the linked rows of kept accounts (int32 per chunk and account), who is kept, and whether rows repeat."""
    n_chunks = len(cuts) - 1
    rows, degrees = np.zeros((n_chunks, n_accounts), np.int32), np.zeros((n_chunks, n_accounts), np.int32)
    map_threads(
        lambda i: _count_linked(*log, cuts[i], cuts[i + 1], rows[i], degrees[i]),
        range(n_chunks),
        threads=threads,
    )
    kept = degrees.sum(axis=0) >= min_contents
    repeats = bool((rows != degrees).any())
    rows[:, ~kept] = 0
    return rows, kept, repeats


def timed_bytes(
    n_rows: int, n_accounts: int, longest: int, *, with_contents: bool, threads: int | None
) -> int:
    """Return the bytes that `timed_walk` has at most at once, for so many linked rows, what it returns included.

    Of them 12 or, with contents, 16 per row and 8 per account are returned. `longest` is the number of rows of the
    longest content.
    """
    n_chunks = min(thread_count(threads), _MOST_CHUNKS)
    # First the counters of rows, of degrees and of the last contents, then positions instead of them.
    counting = (13 * n_chunks + 16) * n_accounts
    scratch = 16 * n_chunks * longest
    return max(counting, (12 + 4 * with_contents) * n_rows + (8 * n_chunks + 17) * n_accounts + scratch)


def untimed_walk(
    account_starts: np.ndarray, account_contents: np.ndarray, allowed: np.ndarray, kept: np.ndarray
) -> Walk:
    """Lay out the distinct edges of allowed accounts with kept contents (bool), each content's accounts ascending.

    The stretch of an edge is the head of the content's list, up to the account itself: every pair is met
    once, by its quieter account, and the partners are busy ones, whose counters stay in the cache.
    """
    accounts, starts, bounds, contents = _transpose(account_starts, account_contents, allowed, kept)
    return Walk(accounts, starts, bounds, contents, False)


def content_cuts(content_starts: np.ndarray, n: int) -> np.ndarray:
    """Cut contents into n runs with about as many rows each: n + 1 bounds."""
    rows = np.linspace(0, content_starts[-1], n + 1).astype(np.int64)
    cuts = np.searchsorted(content_starts, rows)
    cuts[0], cuts[-1] = 0, len(content_starts) - 1
    return cuts


@njit(nogil=True, cache=True)
def account_cuts(walk, n):  # type: ignore[no-untyped-def]
    """Cut accounts into n runs with about as much to walk each: n + 1 bounds."""
    n_accounts = len(walk.starts) - 1
    ends = np.empty(n_accounts, np.int64)
    total = 0
    for u in range(n_accounts):
        total += 1
        for i in range(walk.starts[u], walk.starts[u + 1]):
            total += walk.bounds[i, 1] - walk.bounds[i, 0]
        ends[u] = total
    cuts = np.zeros(n + 1, np.int64)
    u = 0
    for block in range(1, n + 1):
        # Account by account, so that neither rounding nor one giant leaves anybody out.
        while u < n_accounts and (block == n or ends[u] <= total / n * block):
            u += 1
        cuts[block] = u
    return cuts


@njit(nogil=True, cache=True)
def most_pairs(walk, cuts, min_contents, n_dropped):  # type: ignore[no-untyped-def]
    """Return how many pairs a run of accounts can hold at most, given where the runs are cut.

    An account has no more pairs than there are accounts with a lower code, than it walks steps on all but the
    `n_dropped` contents that come first, and than a `min_contents`-th of all its steps.
    """
    most = 0
    for block in range(len(cuts) - 1):
        n = 0
        for u in range(cuts[block], cuts[block + 1]):
            begin, end = walk.starts[u], walk.starts[u + 1]
            steps, dropped = 0, 0
            for i in range(begin, end):
                steps += walk.bounds[i, 1] - walk.bounds[i, 0]
                if i - begin < n_dropped:
                    dropped = steps
            if end - begin >= min_contents:
                n += min(u, steps - dropped, steps // min_contents)
        most = max(most, n)
    return most


@njit(nogil=True, cache=True)
def count_events(starts, accounts, times, allowed, kept, window, first, last, linked, events):  # type: ignore[no-untyped-def]
    """Count, for contents `first` to `last`, the pairs of rows within the window; mark rows that have one.

    Only rows with a time and an account in `allowed` (bool per account) count. Fills `linked`
    (bool per row; only of contents in `kept`) and `events` (int64 per content) in place, each content its own part.
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
                linked[scratch[i]] = kept[c]
                linked[scratch[i - 1]] = kept[c]
        events[c] = total


@njit(nogil=True, cache=True)
def _count_linked(starts, accounts, linked, first, last, rows, degrees):  # type: ignore[no-untyped-def]
    """Count each account's linked rows, and the contents with one, among the contents `first` to `last`."""
    last_content = np.full(len(rows), -1, np.int32)
    for c in range(first, last):
        for p in range(starts[c], starts[c + 1]):
            if linked[p]:
                u = accounts[p]
                rows[u] += 1
                degrees[u] += last_content[u] != c
                last_content[u] = c


@njit(nogil=True, cache=True)
def _lay_out(starts, accounts, linked, times, kept, window, first, last, n, free, new, bounds, contents):  # type: ignore[no-untyped-def]
    """Write the linked rows of kept accounts from position `n` on, and each one's stretch where `free` says."""
    with_contents = len(contents) > 0
    scratch = np.empty(0, np.int64)
    for c in range(first, last):
        size = starts[c + 1] - starts[c]
        if size < 2:
            continue
        if size > len(scratch):
            scratch = np.empty(2 * size, np.int64)
        m = 0
        for p in range(starts[c], starts[c + 1]):
            if linked[p] and kept[accounts[p]]:
                new[n + m] = accounts[p]
                scratch[m] = times[p]
                m += 1
        low = 0
        high = 0
        for i in range(m):
            while scratch[i] - scratch[low] > window:
                low += 1
            while high < m and scratch[high] - scratch[i] <= window:
                high += 1
            u = new[n + i]
            bounds[free[u], 0] = n + low
            bounds[free[u], 1] = n + high
            if with_contents:
                contents[free[u]] = c
            free[u] += 1
        n += m


@njit(nogil=True, cache=True)
def _transpose(account_starts, account_contents, allowed, kept):  # type: ignore[no-untyped-def]
    n_contents = len(kept)
    begins = np.zeros(n_contents + 1, np.int64)
    n_accounts = len(account_starts) - 1
    for u in range(n_accounts):
        if allowed[u]:
            for e in range(account_starts[u], account_starts[u + 1]):
                begins[account_contents[e] + 1] += kept[account_contents[e]]
    for c in range(n_contents):
        begins[c + 1] += begins[c]
    n = begins[n_contents]
    free = begins[:-1].copy()
    accounts = np.empty(n, np.int32)
    starts = np.zeros(n_accounts + 1, np.int64)
    bounds = np.empty((n, 2), np.int32)
    contents = np.empty(n, np.int32)
    i = 0
    for u in range(n_accounts):
        if allowed[u]:
            for e in range(account_starts[u], account_starts[u + 1]):
                c = account_contents[e]
                if kept[c]:
                    bounds[i, 0] = begins[c]
                    bounds[i, 1] = free[c]
                    contents[i] = c
                    accounts[free[c]] = u
                    free[c] += 1
                    i += 1
        starts[u + 1] = i
    return accounts, starts, bounds, contents
