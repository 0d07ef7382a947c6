"""What more there is to say about given pairs of accounts: kernel and wrapper behind `CoEngagement.describe`."""

import numpy as np
from numba import njit

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import grouped
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME

_NO_TIME = np.int64(NO_TIME)


def describe_pairs(
    graph: BipartiteGraph, a: np.ndarray, b: np.ndarray, window_s: float | None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Look at every content that both accounts of a pair acted on.

    Parameters
    ----------
    graph : BipartiteGraph
    a, b : numpy.ndarray
        int32 codes, shape (n_pairs,).
    window_s : float or None
        What counts as a co-action, in seconds; None: any two actions with times.

    Returns
    -------
    n_contents : numpy.ndarray
        int64: contents of both, at any time.
    first_time : numpy.ndarray
        datetime64[us] (UTC) at which the second of the two acted in their first co-action, or NaT.
    median_gap_s : numpy.ndarray
        float64, NaN where no shared content has times of both.
    """
    width = NO_TIME if window_s is None else round(window_s * MICROSECONDS)
    rows = np.arange(graph.n_interactions, dtype=np.int32)
    starts, positions = grouped(graph.content_accounts, rows, graph.n_accounts)
    contents = np.repeat(np.arange(graph.n_contents, dtype=np.int32), np.diff(graph.content_starts))
    n, first, gap = _describe(a, b, starts, contents[positions], graph.content_times[positions], width)
    first_time = np.where(first == NO_TIME, np.iinfo(np.int64).min, first).astype("datetime64[us]")
    return n, first_time, gap / MICROSECONDS


@njit(nogil=True, cache=True)
def _describe(a, b, starts, contents, times, window):  # type: ignore[no-untyped-def]
    """Merge the rows of both accounts, which lie sorted by content and time."""
    n_contents = np.zeros(len(a), np.int64)
    first_time = np.full(len(a), _NO_TIME, np.int64)
    median_gap = np.full(len(a), np.nan, np.float64)
    for pair in range(len(a)):
        i, end_i = starts[a[pair]], starts[a[pair] + 1]
        j, end_j = starts[b[pair]], starts[b[pair] + 1]
        gaps = np.empty(min(end_i - i, end_j - j), np.int64)
        n_gaps = 0
        while i < end_i and j < end_j:
            if contents[i] != contents[j]:
                if contents[i] < contents[j]:
                    i += 1
                else:
                    j += 1
                continue
            c = contents[i]
            n_contents[pair] += 1
            smallest = _NO_TIME
            last_a, last_b = _NO_TIME, _NO_TIME
            while (i < end_i and contents[i] == c) or (j < end_j and contents[j] == c):
                of_a = not (j < end_j and contents[j] == c) or (
                    i < end_i and contents[i] == c and times[i] <= times[j]
                )
                if of_a:
                    now, other = times[i], last_b
                    last_a = now
                    i += 1
                else:
                    now, other = times[j], last_a
                    last_b = now
                    j += 1
                # The latest row of the other before this one is the nearest before it.
                if now != _NO_TIME and other != _NO_TIME:
                    smallest = min(smallest, now - other)
                    if now - other <= window:
                        first_time[pair] = min(first_time[pair], now)
            if smallest != _NO_TIME:
                gaps[n_gaps] = smallest
                n_gaps += 1
        if n_gaps:
            median_gap[pair] = np.median(gaps[:n_gaps])
    return n_contents, first_time, median_gap
