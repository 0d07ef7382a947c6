"""The part of a graph in which anything can be found, and graphs of parts.

Most accounts of a log act once. They can be in no block, but they would swell every count that an
expectation rests on: a single viral post with 100,000 one-off visitors makes all other contents look
rare. So expectations are learnt, and blocks are priced, in the core alone.
"""

from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
from numba import njit

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import row_cuts
from farmgraph.runtime import map_threads, thread_count

MIN_SHARED = 3


@dataclass(frozen=True, eq=False)
class Part:
    """A part of a graph, with the way back.

    Attributes
    ----------
    graph : BipartiteGraph
        The accounts and contents that were kept, in their old order, and the rows between them.
    accounts, contents : numpy.ndarray
        int32: code in the whole graph of each code in the part; ascending.
    """

    graph: BipartiteGraph
    accounts: np.ndarray
    contents: np.ndarray


def core(graph: BipartiteGraph) -> tuple[np.ndarray, np.ndarray]:
    """Find the accounts and contents that can be in a block at all.

    Parameters
    ----------
    graph : BipartiteGraph

    Returns
    -------
    accounts, contents : numpy.ndarray
        bool masks by code: accounts with at least 3 contents that are left, contents with at least 3
        accounts that are left, repeated until nothing more goes. Exact; O(edges) once, then a few looks at each account
        per round.
    """
    in_account, in_content = np.ones(graph.n_accounts, bool), np.empty(graph.n_contents, bool)
    _peel(graph.account_starts, graph.account_contents, MIN_SHARED, in_account, in_content)
    return in_account, in_content


@njit(nogil=True, cache=True)
def _peel(starts, contents, least, in_account, in_content):  # type: ignore[no-untyped-def]
    """Mark the accounts and contents that are left; the order in which the others go does not matter."""
    n_accounts_of = np.zeros(len(in_content), np.int32)
    for c in contents:
        n_accounts_of[c] += 1
    goes_on = True
    while goes_on:
        goes_on = False
        for a in range(len(in_account)):
            if not in_account[a]:
                continue
            # Popular contents come first, so three that are left are mostly found at once.
            n = 0
            for i in range(starts[a], starts[a + 1]):
                n += n_accounts_of[contents[i]] >= least
                if n == least:
                    break
            if n < least:
                in_account[a] = False
                goes_on = True
                for i in range(starts[a], starts[a + 1]):
                    n_accounts_of[contents[i]] -= 1
    for c in range(len(in_content)):
        in_content[c] = n_accounts_of[c] >= least


def part(
    graph: BipartiteGraph, accounts: np.ndarray, contents: np.ndarray, *, threads: int | None = None
) -> Part:
    """Cut the accounts and contents of two bool masks out of a graph; O(rows)."""
    import pyarrow as pa

    new_account = np.cumsum(accounts, dtype=np.int32) - np.int32(1)
    new_content = np.cumsum(contents, dtype=np.int32) - np.int32(1)
    rows = (graph.content_accounts, graph.content_times, graph.content_rows)
    content_starts, (who, when, which) = _cut(
        graph.content_starts,
        contents,
        lambda a, b: _rows_between(graph.content_starts, *rows, accounts, contents, new_account, a, b),
        threads,
    )
    account_starts, (what,) = _cut(
        graph.account_starts,
        accounts,
        lambda a, b: _edges_between(
            graph.account_starts, graph.account_contents, contents, accounts, new_content, a, b
        ),
        threads,
    )
    cut = BipartiteGraph(
        account_names=graph.account_names.filter(pa.array(accounts)),
        content_names=graph.content_names.filter(pa.array(contents)),
        content_starts=content_starts,
        content_accounts=who,
        content_times=when,
        content_rows=which,
        account_starts=account_starts,
        account_contents=what,
        resolution_s=graph.resolution_s,
    )
    return Part(cut, np.flatnonzero(accounts).astype(np.int32), np.flatnonzero(contents).astype(np.int32))


def _cut(
    starts: np.ndarray,
    kept: np.ndarray,
    work: Callable[[int, int], tuple[np.ndarray, ...]],
    threads: int | None,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Cut lists by parts: (starts of the lists that are kept, what they hold)."""
    cuts = row_cuts(starts, thread_count(threads)).tolist()
    parts = map_threads(lambda ends: work(*ends), list(pairwise(cuts)), threads=threads)
    sizes, *columns = (np.concatenate(column) for column in zip(*parts, strict=True))
    return np.concatenate(([0], np.cumsum(sizes[kept]))), columns


@njit(nogil=True, cache=True)
def _rows_between(starts, accounts, times, rows, in_account, in_content, new_account, first, last):  # type: ignore[no-untyped-def]
    """Copy the rows of kept accounts on the kept ones of contents `first` to `last`: (rows by content, ...)."""
    sizes = np.zeros(last - first, np.int64)
    n = 0
    for c in range(first, last):
        if in_content[c]:
            for p in range(starts[c], starts[c + 1]):
                sizes[c - first] += in_account[accounts[p]]
            n += sizes[c - first]
    kept_accounts, kept_times, kept_rows = np.empty(n, np.int32), np.empty(n, np.int64), np.empty(n, np.int64)
    n = 0
    for c in range(first, last):
        if in_content[c]:
            for p in range(starts[c], starts[c + 1]):
                if in_account[accounts[p]]:
                    kept_accounts[n] = new_account[accounts[p]]
                    kept_times[n] = times[p]
                    kept_rows[n] = rows[p]
                    n += 1
    return sizes, kept_accounts, kept_times, kept_rows


@njit(nogil=True, cache=True)
def _edges_between(starts, contents, in_content, in_account, new_content, first, last):  # type: ignore[no-untyped-def]
    """Copy the edges to kept contents of the kept ones of accounts `first` to `last`: (edges by account, contents)."""
    sizes = np.zeros(last - first, np.int64)
    n = 0
    for a in range(first, last):
        if in_account[a]:
            for i in range(starts[a], starts[a + 1]):
                sizes[a - first] += in_content[contents[i]]
            n += sizes[a - first]
    kept = np.empty(n, np.int32)
    n = 0
    for a in range(first, last):
        if in_account[a]:
            for i in range(starts[a], starts[a + 1]):
                if in_content[contents[i]]:
                    kept[n] = new_content[contents[i]]
                    n += 1
    return sizes, kept
