"""Each account's nearest accounts by surprise: who shares rare contents with whom, and who comes when whom does.

One action of account u on content c is surprising by s(u, c) = max(0, -ln(n_c max(d_u, 3) / m))
nats: an unpopular content, a quiet account. Two accounts are as near as the sum over shared
contents of sqrt(s(u, c) s(v, c)), so that a content everybody knows counts for nothing. In time, a shared content
counts by how few of its other visitors came closer, whether everybody knows it or not.
"""

import numpy as np
from numba import njit

from farmgraph.graph.background import Expectation
from farmgraph.graph.layout import group_order
from farmgraph.graph.times import Times
from farmgraph.runtime import map_threads

N_NEAREST = 10
MAX_STEPS = 4_000_000_000
BLOCK = 512
REACH = 64
"""Visitors of a content, nearest in time, that are looked at from each."""


def nearest_mutual(
    model: Expectation, *, threads: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray, list[str]]:
    """Link accounts that are among each other's ten nearest.

    Parameters
    ----------
    model : Expectation
    threads : int, optional

    Returns
    -------
    a, b : numpy.ndarray
        int32 codes, a < b, ascending.
    weights : numpy.ndarray
        float64 nearness in nats.
    notes : list of str
        What was skipped.

    Notes
    -----
    Walks sum n_c^2 steps over the contents; above four thousand million steps the most popular contents
    are left out, which a note says. Memory: one counter per account and thread.
    """
    graph = model.graph
    skip = np.zeros(graph.n_contents, bool)
    steps = model.content_degrees.astype(np.int64) ** 2
    by_size = np.argsort(-steps, kind="stable")
    remaining = steps.sum() - np.concatenate(([0], np.cumsum(steps[by_size])))
    n_skipped = int(np.argmax(remaining <= MAX_STEPS))
    notes = []
    if n_skipped:
        smallest = int(model.content_degrees[by_size[n_skipped - 1]])
        notes.append(
            f"The {n_skipped:,} most popular contents (each with {smallest:,} accounts or more) were left out "
            "when looking for near accounts; they count again when groups are refined and weighed."
        )
        skip[by_size[:n_skipped]] = True
    quiet = np.maximum(model.account_degrees, 3)
    chosen = np.arange(graph.n_accounts, dtype=np.int32)
    blocks = [chosen[i : i + BLOCK] for i in range(0, len(chosen), BLOCK)]

    def work(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _nearest(
            block,
            graph.account_starts,
            graph.account_contents,
            model.content_starts,
            model.content_accounts,
            np.log(quiet),
            np.log(np.maximum(model.content_degrees, 1)),
            np.log(graph.n_edges),
            skip,
            N_NEAREST,
        )

    return *_mutual(map_threads(work, blocks, threads=threads, step="Nearest accounts"), chosen), notes


def nearest_in_time(
    model: Expectation, times: Times, *, threads: int | None = None
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Link accounts that are among each other's ten nearest where a shared content counts by how close they came.

    Parameters
    ----------
    model : Expectation
    times : Times
        Of the same graph.
    threads : int, optional

    Returns
    -------
    a, b, weights : numpy.ndarray
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
    starts, rows = group_order(times.accounts, np.arange(len(times.accounts)), n_accounts)
    log_quiet = np.log(np.maximum(model.account_degrees, 3))
    chosen = np.arange(n_accounts, dtype=np.int32)
    log_edges = np.log(max(model.graph.n_edges, 1))

    def work(block: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        return _nearest_in_time(
            block,
            starts,
            rows,
            contents,
            times.starts,
            times.accounts,
            times.times,
            log_quiet,
            log_edges,
            REACH,
            N_NEAREST,
        )

    blocks = [chosen[i : i + BLOCK] for i in range(0, len(chosen), BLOCK)]
    return _mutual(map_threads(work, blocks, threads=threads, step="Nearest in time"), chosen)


def _mutual(
    parts: list[tuple[np.ndarray, np.ndarray]], chosen: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return the pairs in which each is among the other's nearest, and their nearness."""
    n = len(chosen)
    near = np.concatenate([p[0] for p in parts]) if parts else np.empty((0, N_NEAREST), np.int32)
    weight = np.concatenate([p[1] for p in parts]) if parts else np.empty((0, N_NEAREST))
    source = np.repeat(chosen, N_NEAREST)
    target, weight = near.ravel(), weight.ravel()
    known = target >= 0
    source, target, weight = source[known], target[known], weight[known]
    key = np.minimum(source, target).astype(np.int64) * n + np.maximum(source, target)
    order = np.argsort(key, kind="stable")
    mutual = np.flatnonzero(key[order][1:] == key[order][:-1])
    pick = order[mutual]
    a, b = key[pick] // n, key[pick] % n
    return a.astype(np.int32), b.astype(np.int32), weight[pick]


@njit(nogil=True, cache=True)
def _nearest(  # type: ignore[no-untyped-def]
    block,
    account_starts,
    account_contents,
    content_starts,
    content_accounts,
    log_quiet,
    log_popular,
    log_edges,
    skip,
    k,
):
    """Return the k nearest accounts of each account of a block and their nearness; -1 fills up."""
    n_accounts = len(account_starts) - 1
    total = np.zeros(n_accounts)
    touched = np.empty(n_accounts, np.int32)
    near = np.full((len(block), k), -1, np.int32)
    weights = np.zeros((len(block), k))
    for row in range(len(block)):
        u = block[row]
        n = 0
        for i in range(account_starts[u], account_starts[u + 1]):
            c = account_contents[i]
            mine = log_edges - log_popular[c] - log_quiet[u]
            if skip[c] or mine <= 0:
                continue
            for j in range(content_starts[c], content_starts[c + 1]):
                v = content_accounts[j]
                theirs = log_edges - log_popular[c] - log_quiet[v]
                if v == u or theirs <= 0:
                    continue
                if total[v] == 0.0:
                    touched[n] = v
                    n += 1
                total[v] += np.sqrt(mine * theirs)
        _keep_nearest(total, touched[:n], near[row], weights[row])
    return near, weights


@njit(nogil=True, cache=True)
def _nearest_in_time(  # type: ignore[no-untyped-def]
    block,
    account_starts,
    account_rows,
    row_contents,
    starts,
    accounts,
    times,
    log_quiet,
    log_edges,
    reach,
    k,
):
    """Return the k nearest accounts in time of each account of a block and their nearness; -1 fills up."""
    n_accounts = len(account_starts) - 1
    total = np.zeros(n_accounts)
    touched = np.empty(n_accounts, np.int32)
    near = np.full((len(block), k), -1, np.int32)
    weights = np.zeros((len(block), k))
    for row in range(len(block)):
        u = block[row]
        n = 0
        for i in range(account_starts[u], account_starts[u + 1]):
            here = account_rows[i]
            low, high = starts[row_contents[here]], starts[row_contents[here] + 1]
            left, right, rank = here - 1, here + 1, 0
            while left >= low or right < high:
                gap = times[right] - times[here] if right < high else np.int64(1) << 62
                if left >= low:
                    gap = min(gap, times[here] - times[left])
                first, last = left, right
                while left >= low and times[here] - times[left] == gap and first - left <= reach:
                    left -= 1
                while right < high and times[right] - times[here] == gap and right - last <= reach:
                    right += 1
                rank += (first - left) + (right - last)
                mine = log_edges - np.log(rank) - log_quiet[u]
                if rank > reach or mine <= 0:
                    break
                for j in range(left + 1, right):
                    if first < j < last:
                        continue
                    v = accounts[j]
                    theirs = log_edges - np.log(rank) - log_quiet[v]
                    if theirs <= 0:
                        continue
                    if total[v] == 0.0:
                        touched[n] = v
                        n += 1
                    total[v] += np.sqrt(mine * theirs)
        _keep_nearest(total, touched[:n], near[row], weights[row])
    return near, weights


@njit(nogil=True, cache=True)
def _keep_nearest(total, touched, near, weights):  # type: ignore[no-untyped-def]
    """Write the largest totals of the touched accounts, ties to the smaller code, and set the totals back to 0."""
    k = len(near)
    for v in touched:
        w = total[v]
        total[v] = 0.0
        place = k
        while place > 0 and (
            near[place - 1] < 0 or w > weights[place - 1] or (w == weights[place - 1] and v < near[place - 1])
        ):
            place -= 1
        if place == k:
            continue
        for s in range(k - 1, place, -1):
            near[s] = near[s - 1]
            weights[s] = weights[s - 1]
        near[place] = v
        weights[place] = w
