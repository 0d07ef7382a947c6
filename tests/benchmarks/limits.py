"""The machine's own limits, beside which a join can be judged: kernels, and what they reach on two threads.

`triad` is a stream through memory (a = b + s c), `random_increments` adds to counters in no order, which is what
counting partners comes down to, and `bare_enumeration` walks the pair events of a window and does nothing but add up
the partners' codes. Rates are those of the fastest run.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from meter import measured
from numba import njit

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.interactions.schema import MICROSECONDS, NO_TIME
from farmgraph.runtime import thread_count

CACHED, UNCACHED = 512 * 1024, 256 * 1024 * 1024
"""Bytes of int32 counters that each thread adds to."""
BLOCKS = 16


@njit(nogil=True, cache=True)
def triad(a, b, c, scale):  # type: ignore[no-untyped-def]
    for i in range(len(a)):
        a[i] = b[i] + scale * c[i]


@njit(nogil=True, cache=True)
def random_increments(counters, n, state):  # type: ignore[no-untyped-def]
    """Add to counters (a power of two of them) at places of a linear congruential generator."""
    mask = np.uint64(len(counters) - 1)
    for _ in range(n):
        state = state * np.uint64(6364136223846793005) + np.uint64(1442695040888963407)
        counters[(state >> np.uint64(32)) & mask] += 1


@njit(nogil=True, cache=True)
def window_ends(starts, times, width, ends):  # type: ignore[no-untyped-def]
    """Write where the stretch of later rows within the window ends, for each row; return the pair events."""
    events = 0
    for c in range(len(starts) - 1):
        end = starts[c]
        for i in range(starts[c], starts[c + 1]):
            while end < starts[c + 1] and times[end] - times[i] <= width:
                end += 1
            ends[i] = end
            events += end - i - 1
    return events


@njit(nogil=True, cache=True, fastmath=True)
def enumerate_rows(accounts, ends, first, last):  # type: ignore[no-untyped-def]
    total = 0
    for i in range(first, last):
        for j in range(i + 1, ends[i]):
            total += accounts[j]
    return total


def rows_that_count(graph: BipartiteGraph, min_contents: int) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return starts, accounts and times of the rows that `farmgraph.co_engagement` compares."""
    kept = (graph.account_degrees >= min_contents)[graph.content_accounts] & (graph.content_times != NO_TIME)
    starts = np.concatenate(([0], np.cumsum(kept)))[graph.content_starts]
    return starts, graph.content_accounts[kept], graph.content_times[kept]


def bare_enumeration(
    graph: BipartiteGraph, window: float, *, min_contents: int = 2, threads: int | None = None
) -> dict[str, Any]:
    """Return what walking a window's pair events takes when nothing is counted, bounds made beforehand."""
    starts, accounts, times = rows_that_count(graph, min_contents)
    ends = np.empty(len(accounts), np.int64)
    events = int(window_ends(starts, times, round(window * MICROSECONDS), ends))
    cuts = np.linspace(0, len(accounts), BLOCKS + 1).astype(np.int64)
    work = [(accounts, ends, cuts[i], cuts[i + 1]) for i in range(BLOCKS)]
    step, _ = _in_threads(enumerate_rows, work, threads)
    return {"events": events, "per_s": round(events / max(step["low_s"], 1e-6)), **step}


def triad_bandwidth(*, n: int = 20_000_000, threads: int | None = None) -> dict[str, Any]:
    """Return bytes a second of a = b + s c on float64 arrays beyond the caches (three streams)."""
    a, b, c = np.zeros(n), np.ones(n), np.ones(n)
    cuts = np.linspace(0, n, BLOCKS + 1).astype(np.int64)
    parts = [(a[i:j], b[i:j], c[i:j], 3.0) for i, j in pairwise(cuts)]
    step, _ = _in_threads(triad, parts, threads)
    return {"bytes_per_s": round(24 * n / max(step["low_s"], 1e-6)), **step}


def increments(size: int, *, n: int = 50_000_000, threads: int | None = None) -> dict[str, Any]:
    """Return increments a second on counters of `size` bytes, in each thread its own."""
    workers = thread_count(threads)
    own = [(np.zeros(size // 4, np.int32), n // workers, np.uint64(i + 1)) for i in range(workers)]
    step, _ = _in_threads(random_increments, own, threads)
    return {"per_s": round(n // workers * workers / max(step["low_s"], 1e-6)), **step}


def machine_limits(*, threads: int | None = None) -> dict[str, Any]:
    """Return all limits that do not depend on a log."""
    return {
        "triad": triad_bandwidth(threads=threads),
        "random increments, 512 KB": increments(CACHED, threads=threads),
        "random increments, 256 MB": increments(UNCACHED, threads=threads),
    }


def _in_threads(kernel: Any, work: list[Any], threads: int | None) -> tuple[dict[str, Any], Any]:
    kernel(*work[0])  # compiled beforehand
    with ThreadPoolExecutor(thread_count(threads)) as pool:
        return measured(lambda: list(pool.map(lambda arguments: kernel(*arguments), work)))
