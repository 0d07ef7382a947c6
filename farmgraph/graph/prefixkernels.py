"""Kernels for pairs at any time: partners that cannot reach the threshold are never generated.

Whoever shares k contents with an account shares at least one that is not among the account's k - 1
most popular (prefix filtering; Bayardo, Ma & Srikant 2007). So candidates come from all contents but these k - 1, which
hold most of the pair events, and for each candidate it is looked up whether it acted on these as well: in a
row of bits per popular content, or by walking the content's accounts once more where that is the shorter way. What
comes out is the same as from counting everything, to the last bit of the sums: both add up from the rarest content to
the most popular.
"""

from typing import NamedTuple

import numpy as np
from numba import njit

from farmgraph.graph.kernels import MOST_IN_A_BYTE, clear, cut, grown, keep, no_pairs
from farmgraph.graph.layout import count
from farmgraph.graph.walks import Walk

BITS_BYTES = 32_000_000  # for the rows of bits, whatever the size of the log
SMALLEST_HUB = 65
"""Accounts of the smallest content that gets a row of bits: a row pays where it spares a long walk."""


class Hubs(NamedTuple):
    """Rows of bits for the contents with the most accounts.

    `row` (int32 per content) is the content's row of `bits`, or -1; bit v of a row (uint64, shape
    (n_hubs, ceil(n_accounts / 64))) says whether account v is on the content.
    """

    row: np.ndarray
    bits: np.ndarray


def hubs_of(walk: Walk, n_contents: int) -> Hubs:
    """Make rows of bits for as many contents as 32 MB hold, those with the most accounts first."""
    n_accounts = len(walk.starts) - 1
    sizes = np.zeros(n_contents, np.int64)
    count(walk.contents, 0, len(walk.contents), sizes)
    n_hubs, n_words = _shape(int((sizes >= SMALLEST_HUB).sum()), n_accounts)
    chosen = np.argsort(-sizes, kind="stable")[:n_hubs]
    row = np.full(n_contents, -1, np.int32)
    row[chosen] = np.arange(len(chosen))
    bits = np.zeros((len(chosen), n_words), np.uint64)
    _fill(walk, row, bits)
    return Hubs(row, bits)


def hub_bytes(n_large: int, n_accounts: int) -> int:
    """Return the bytes of the rows of bits where so many contents are large enough for one."""
    n_hubs, n_words = _shape(n_large, n_accounts)
    return 8 * n_hubs * n_words


def _shape(n_large: int, n_accounts: int) -> tuple[int, int]:
    n_words = max(1, -(-n_accounts // 64))
    return min(BITS_BYTES // (8 * n_words), n_large), n_words


@njit(nogil=True, cache=True)
def _fill(walk, row, bits):  # type: ignore[no-untyped-def]
    for u in range(len(walk.starts) - 1):
        for e in range(walk.starts[u], walk.starts[u + 1]):
            r = row[walk.contents[e]]
            if r >= 0:
                bits[r, u >> 6] |= np.uint64(1) << np.uint64(u & 63)


@njit(nogil=True, cache=True)
def count_walked(walk, n_dropped):  # type: ignore[no-untyped-def]
    """Count the steps at any time: events that are walked, and look-ups or second walks, whichever is less."""
    total = 0
    for u in range(len(walk.starts) - 1):
        begin, end = walk.starts[u], walk.starts[u + 1]
        if end - begin <= n_dropped:
            continue
        walked = 0
        for e in range(begin + n_dropped, end):
            walked += walk.bounds[e, 1] - walk.bounds[e, 0]
        total += walked
        for e in range(begin, begin + n_dropped):
            total += min(walked, walk.bounds[e, 1] - walk.bounds[e, 0])
    return total


@njit(nogil=True, cache=True)
def count_at_any_time(walk, counters, hubs, min_contents, n_dropped, content_weights, first, last):  # type: ignore[no-untyped-def]
    """Count the contents that the accounts `first` to `last` share with partners of a lower code.

    Parameters
    ----------
    walk : Walk
        From `untimed_walk`.
    counters : Counters
    hubs : Hubs
    min_contents : int
        Pairs with fewer shared contents are dropped.
    n_dropped : int
        Most popular contents of an account from which no candidates come: min_contents - 1, or 0 to count everything.
    content_weights : numpy.ndarray
        float64 per content, summed over the shared contents; empty for no sums.
    first, last : int
        Which accounts.

    Returns
    -------
    pairs, n_contents, weights : numpy.ndarray
        As from `count_in_window`.
    """
    starts = walk.starts
    small, counts, sums = counters.small, counters.counts, counters.sums
    touched, alive = counters.touched, counters.alive
    weighted = len(content_weights) > 0
    found = no_pairs(weighted)
    n_found = 0
    for u in range(first, last):
        begin, end = starts[u], starts[u + 1]
        if end - begin < min_contents:
            continue
        if end - begin <= MOST_IN_A_BYTE:
            n, n_alive = _tally(
                walk, counters, small, hubs, begin, end, min_contents, n_dropped, content_weights
            )
            found = grown(found, n_found, n_alive)
            n_found = keep(u, alive, n_alive, small, sums, min_contents, found, n_found)
            clear(touched, n, small)
        else:
            n, n_alive = _tally(
                walk, counters, counts, hubs, begin, end, min_contents, n_dropped, content_weights
            )
            found = grown(found, n_found, n_alive)
            n_found = keep(u, alive, n_alive, counts, sums, min_contents, found, n_found)
            clear(touched, n, counts)
        if weighted:
            clear(touched, n, sums)
    return cut(found, n_found)


@njit(nogil=True, cache=True)
def _tally(walk, counters, counts, hubs, begin, end, min_contents, n_dropped, content_weights):  # type: ignore[no-untyped-def]
    """Count an account's partners; return how many were touched and how many can still be pairs."""
    accounts, bounds, contents = walk.accounts, walk.bounds, walk.contents
    touched, alive, sums = counters.touched, counters.alive, counters.sums
    weighted = len(content_weights) > 0
    n = 0
    # Contents ascend from the most popular: from the rarest back, the dropped come last.
    for e in range(end - 1, begin + n_dropped - 1, -1):
        weight = content_weights[contents[e]] if weighted else 0.0
        for j in range(bounds[e, 0], bounds[e, 1]):
            v = accounts[j]
            before = np.int64(counts[v])
            counts[v] = before + 1
            touched[n] = v
            n += before == 0
            if weighted:
                sums[v] += weight
    n_alive = _alive(touched, n, counts, min_contents - n_dropped, alive)
    for e in range(begin + n_dropped - 1, begin - 1, -1):
        weight = content_weights[contents[e]] if weighted else 0.0
        least = min_contents - (e - begin)  # the contents still to come can add one each
        row = hubs.row[contents[e]]
        low, high = bounds[e, 0], bounds[e, 1]
        if row >= 0 and n_alive < high - low:
            n_alive = _look_up(alive, n_alive, hubs.bits, row, counts, sums, weight, least)
        else:
            for j in range(low, high):
                v = accounts[j]
                more = counts[v] > 0
                counts[v] += more
                if weighted:
                    sums[v] += weight * more
            n_alive = _alive(alive, n_alive, counts, least, alive)
    return n, n_alive


@njit(nogil=True, cache=True)
def _look_up(alive, n_alive, bits, row, counts, sums, weight, least):  # type: ignore[no-untyped-def]
    """Count one more content, where the bits have the partner; keep the partners that can still be pairs."""
    weighted = len(sums) > 0
    n = 0
    for i in range(n_alive):
        v = alive[i]
        more = np.int64((bits[row, v >> 6] >> np.uint64(v & 63)) & np.uint64(1))
        after = np.int64(counts[v]) + more
        counts[v] = after
        if weighted:
            sums[v] += weight * more
        alive[n] = v
        n += after >= least
    return n


@njit(nogil=True, cache=True)
def _alive(partners, n_partners, counts, least, alive):  # type: ignore[no-untyped-def]
    n = 0
    for i in range(n_partners):
        v = partners[i]
        alive[n] = v
        n += counts[v] >= least
    return n
