"""The part of a graph in which anything can be found, and graphs of parts.

Most accounts of a log act once. They can be in no block, but they would swell every count that an
expectation rests on: a single viral post with 100,000 one-off visitors makes all other contents look
rare. So expectations are learnt, and blocks are priced, in the core alone.
"""

from dataclasses import dataclass, replace
from functools import partial
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
    content_starts, (who, when, which) = _cut(graph.content_starts, contents, rows, accounts, threads)
    account_starts, (what,) = _cut(
        graph.account_starts, accounts, (graph.account_contents,), contents, threads
    )
    _renumber(who, new_account)
    _renumber(what, new_content)
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


def edges_alone(graph: BipartiteGraph) -> BipartiteGraph:
    """Return a graph that has lost its rows, 20 bytes each, for work that needs only who acted on what."""
    return replace(
        graph,
        content_starts=np.zeros(graph.n_contents + 1, np.int64),
        content_accounts=graph.content_accounts[:0].copy(),
        content_times=graph.content_times[:0].copy(),
        content_rows=graph.content_rows[:0].copy(),
    )


def _cut(
    starts: np.ndarray,
    kept: np.ndarray,
    columns: tuple[np.ndarray, ...],
    others_kept: np.ndarray,
    threads: int | None,
) -> tuple[np.ndarray, list[np.ndarray]]:
    """Cut lists whose first column holds codes: (starts of the lists that are kept, what is kept of each column)."""
    others = columns[0]
    sizes = np.zeros(len(kept), np.int64)
    parts = list(pairwise(row_cuts(starts, thread_count(threads)).tolist()))
    map_threads(lambda ends: _count(starts, others, kept, others_kept, sizes, *ends), parts, threads=threads)
    places = np.cumsum(sizes) - sizes
    cut = []
    for column in columns:
        found = np.empty(sizes.sum(), column.dtype)
        work = partial(_fill, starts, others, kept, others_kept, column, places, found)
        map_threads(lambda ends, work=work: work(*ends), parts, threads=threads)  # type: ignore[misc]
        cut.append(found)
    return np.concatenate((places[kept], [sizes.sum()])), cut


@njit(nogil=True, cache=True)
def _count(starts, others, kept, others_kept, sizes, first, last):  # type: ignore[no-untyped-def]
    """Count what is kept of the lists `first` to `last`."""
    for k in range(first, last):
        if kept[k]:
            n = 0
            for i in range(starts[k], starts[k + 1]):
                n += others_kept[others[i]]
            sizes[k] = n


@njit(nogil=True, cache=True)
def _fill(starts, others, kept, others_kept, values, places, found, first, last):  # type: ignore[no-untyped-def]
    """Copy what is kept of the lists `first` to `last` to their places."""
    for k in range(first, last):
        if kept[k]:
            n = places[k]
            for i in range(starts[k], starts[k + 1]):
                if others_kept[others[i]]:
                    found[n] = values[i]
                    n += 1


@njit(nogil=True, cache=True)
def _renumber(codes, new):  # type: ignore[no-untyped-def]
    for i in range(len(codes)):
        codes[i] = new[codes[i]]
