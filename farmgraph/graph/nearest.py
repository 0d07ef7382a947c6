"""Each account's nearest accounts by surprise: who shares rare contents with whom, and who comes when whom does.

One action of account u on content c is surprising by s(u, c) = max(0, -ln(n_c max(d_u, 3) / m))
nats: an unpopular content, a quiet account. Two accounts are as near as the sum over shared
contents of sqrt(s(u, c) s(v, c)), so that a content everybody knows counts for nothing. In time, a shared content
counts by how few of its other visitors came closer, whether everybody knows it or not.
"""

import threading
from collections.abc import Callable
from itertools import pairwise

import numpy as np

from farmgraph.graph.background import Expectation
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import grouped, row_cuts
from farmgraph.graph.nearkernels import both_ways, closest, nearest, roots_of_surprises, share_two
from farmgraph.graph.scratch import room, zeros
from farmgraph.graph.times import Times
from farmgraph.runtime import map_threads, thread_count

N_NEAREST = 10
MAX_STEPS = 10_000_000_000
SAMPLE = 1_000
"""Accounts that tell how many steps all will take."""
AT_A_TIME = 32
LOOK_UP = 30.0
"""Steps that it takes as long as to look up one account on one content."""
QUIETEST = 3
BLOCK = 512
REACH = 64
"""Visitors of a content, nearest in time, that are looked at from each."""

BYTES_PER_ACCOUNT = 32
"""Memory of each thread for each account: its totals, and what was touched."""

Links = tuple[np.ndarray, np.ndarray, np.ndarray]
"""Pairs of accounts and how near they are: (a, b, weights)."""


def nearest_mutual(model: Expectation, *, threads: int | None = None) -> tuple[Links, list[str]]:
    """Link accounts that are among each other's ten nearest.

    Parameters
    ----------
    model : Expectation
    threads : int, optional

    Returns
    -------
    links : (a, b, weights)
        numpy.ndarray: int32 codes, a < b, ascending, and float64 nearness in nats.
    notes : list of str
        What was skipped.

    Notes
    -----
    Exact up to a budget. Each account walks the visitors of its contents, the least popular first, until what is
    left cannot bring anybody new among its nearest: a content that everybody knows is then looked up for few accounts
    and walked for none. Where a thousand accounts, busy and quiet, say that even this would be more than
    ten thousand million steps, the most popular contents are left out until it is not, which a note says. Memory: 8
    bytes per edge, one counter per account and thread.
    """
    graph = model.graph
    n = graph.n_accounts
    mine, most, roots = _surprise_roots(model, threads)

    def walk(block: np.ndarray, allowed: np.ndarray) -> tuple[np.ndarray, np.ndarray, float]:
        found: tuple[np.ndarray, np.ndarray, float] = nearest(
            block,
            graph.account_starts,
            graph.account_contents,
            model.content_starts,
            model.content_accounts,
            mine,
            allowed,
            roots,
            N_NEAREST,
            zeros("nearness", n, np.float32),
            room("touched", n + 1, np.int32),
            LOOK_UP,
        )
        return found

    sample, weights = _sample(graph)

    def fits(n_skipped: int) -> bool:
        allowed, steps = _without(most, by_size[:n_skipped]), 0.0
        for first in range(0, len(sample), AT_A_TIME):
            some = range(first, min(first + AT_A_TIME, len(sample)))
            taken = map_threads(
                lambda i: walk(sample[i : i + 1], allowed)[2] * weights[i], some, threads=threads
            )
            steps += sum(taken)
            if steps > MAX_STEPS:
                return False
        return True

    by_size = np.argsort(-model.content_degrees, kind="stable")
    n_skipped = _fewest(fits, graph.n_contents)
    notes = []
    if n_skipped:
        smallest = int(model.content_degrees[by_size[n_skipped - 1]])
        notes.append(
            f"The {n_skipped:,} most popular contents (each with {smallest:,} accounts or more) were left out "
            "when looking for near accounts; they count again when groups are refined and weighed."
        )
    allowed = _without(most, by_size[:n_skipped])
    blocks = _blocks(n)
    parts = map_threads(lambda b: walk(b, allowed)[:2], blocks, threads=threads, step="Nearest accounts")
    return _mutual(parts), notes


def memory_needed(n_accounts: int, threads: int | None) -> int:
    """Return the bytes that threads take beside what grows with the edges."""
    return BYTES_PER_ACCOUNT * n_accounts * thread_count(threads)


def _sample(graph: BipartiteGraph) -> tuple[np.ndarray, np.ndarray]:
    """Return accounts (int32), and for how many like it each stands: evenly chosen by the root of their degrees.

    What an account takes goes with its degree. An even choice of accounts would be at the mercy of the busiest ones, an
    even choice of edges would walk little else.
    """
    share = np.cumsum(np.sqrt(graph.account_degrees))
    places = (np.arange(SAMPLE) + 0.5) * (share[-1] / SAMPLE)
    sample, hits = np.unique(np.searchsorted(share, places, side="right"), return_counts=True)
    # The quietest first: where the budget is exceeded, that is known before the busiest are walked.
    sample, hits = sample[::-1].astype(np.int32), hits[::-1]
    return sample, hits * (share[-1] / SAMPLE) / np.sqrt(graph.account_degrees[sample])


def _surprise_roots(model: Expectation, threads: int | None) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the roots of surprises (float32): by edge of each account, largest by content, by edge of each content."""
    graph = model.graph
    log_edges = np.log(max(graph.n_edges, 1))
    log_quiet, log_popular = _log_quiet(model), np.log(np.maximum(model.content_degrees, 1))

    def roots(
        starts: np.ndarray, others: np.ndarray, log_size: np.ndarray, log_others: np.ndarray
    ) -> np.ndarray:
        found = np.empty(len(others), np.float32)
        parts = list(pairwise(row_cuts(starts, thread_count(threads)).tolist()))
        map_threads(
            lambda part: roots_of_surprises(starts, others, log_size, log_others, log_edges, found, *part),
            parts,
            threads=threads,
        )
        return found

    return (
        roots(graph.account_starts, graph.account_contents, log_quiet, log_popular),
        np.sqrt(np.maximum(log_edges - log_popular - np.log(QUIETEST), 0)).astype(np.float32),
        roots(model.content_starts, model.content_accounts, log_popular, log_quiet),
    )


def _log_quiet(model: Expectation) -> np.ndarray:
    return np.log(np.maximum(model.account_degrees, QUIETEST))


def _without(most: np.ndarray, skipped: np.ndarray) -> np.ndarray:
    kept = most.copy()
    kept[skipped] = 0
    return kept


def _fewest(fits: Callable[[int], bool], n_contents: int) -> int:
    """Return how many of the most popular contents have to be left out to keep the budget of steps, within a tenth."""
    if fits(0):
        return 0
    low, high = 0, 1
    while high < n_contents and not fits(high):
        low, high = high, 4 * high
    high = min(high, n_contents)
    while high - low > max(1, high // 10):
        middle = (low + high) // 2
        if fits(middle):
            high = middle
        else:
            low = middle
    return high


def _blocks(n_accounts: int) -> list[np.ndarray]:
    chosen = np.arange(n_accounts, dtype=np.int32)
    return [chosen[i : i + BLOCK] for i in range(0, n_accounts, BLOCK)]


def nearest_in_time(model: Expectation, times: Times, *, threads: int | None = None) -> Links:
    """Link accounts that are among each other's ten nearest where a shared content counts by how close they came.

    Parameters
    ----------
    model : Expectation
    times : Times
        Of the same graph.
    threads : int, optional

    Returns
    -------
    (a, b, weights)
        As for `nearest_mutual`.

    Notes
    -----
    If v is the r-th nearest in time to u among the visitors of a content, this is surprising by
    max(0, -ln(r max(d_v, 3) / m)) nats: how many visits of v, of m in all, one expects among r. A pair's
    nearness is the sum over contents of the root of both sides' surprises. The content's popularity cancels out, so
    this also sees teams on targets that everybody knows. Equal times share the largest rank. Only the 64 nearest
    visitors are looked at: O(64 rows).
    """
    contents = np.repeat(np.arange(len(times.starts) - 1, dtype=np.int32), np.diff(times.starts))
    n_accounts = model.graph.n_accounts
    starts, rows = grouped(times.accounts, np.arange(len(times.accounts), dtype=np.int32), n_accounts)
    log_quiet, log_edges = _log_quiet(model), np.log(max(model.graph.n_edges, 1))
    log_rank = np.log(np.arange(1, REACH + 1))
    own = threading.local()

    def work(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        if not hasattr(own, "totals"):
            own.totals = np.column_stack((np.zeros(n_accounts), log_quiet))
        return closest(
            block,
            starts,
            rows,
            contents,
            times.starts,
            times.accounts,
            times.times,
            log_rank,
            log_edges,
            N_NEAREST,
            own.totals,
            room("touched", n_accounts + 1, np.int32),
        )

    parts = map_threads(work, _blocks(n_accounts), threads=threads, step="Nearest in time")
    return _mutual(parts)


def with_two_shared(links: Links, graph: BipartiteGraph) -> Links:
    """Return the links of accounts that have two contents in common, or more; O(edges of both ends) per link."""
    a, b, weights = links
    kept = share_two(a, b, graph.account_starts, graph.account_contents)
    return a[kept], b[kept], weights[kept]


def _mutual(parts: list[tuple[np.ndarray, np.ndarray]]) -> Links:
    """Return the pairs in which each is among the other's nearest, and their nearness as the higher code sees it."""
    near = np.concatenate([p[0] for p in parts]) if parts else np.empty((0, N_NEAREST), np.int32)
    weights = np.concatenate([p[1] for p in parts]) if parts else np.empty((0, N_NEAREST))
    pairs: Links = both_ways(near, weights)
    return pairs
