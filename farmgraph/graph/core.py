"""The part of a graph in which anything can be found, and graphs of parts.

Most accounts of a log act once. They can be in no block, but they would swell every count that an
expectation rests on: a single viral post with 100,000 one-off visitors makes all other contents look
rare. So expectations are learnt, and blocks are priced, in the core alone.
"""

from dataclasses import dataclass

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph

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
        accounts that are left, repeated until nothing more goes. Exact; O(edges) per round.
    """
    accounts, contents = graph.edge_accounts, graph.account_contents
    while True:
        in_account = np.bincount(accounts, minlength=graph.n_accounts) >= MIN_SHARED
        in_content = np.bincount(contents, minlength=graph.n_contents) >= MIN_SHARED
        keep = in_account[accounts] & in_content[contents]
        if keep.all():
            return in_account, in_content
        accounts, contents = accounts[keep], contents[keep]


def part(graph: BipartiteGraph, accounts: np.ndarray, contents: np.ndarray) -> Part:
    """Cut the accounts and contents of two bool masks out of a graph; O(rows)."""
    import pyarrow as pa

    new_account = np.cumsum(accounts, dtype=np.int32) - np.int32(1)
    new_content = np.cumsum(contents, dtype=np.int32) - np.int32(1)
    content_of_row = np.repeat(np.arange(graph.n_contents, dtype=np.int32), np.diff(graph.content_starts))
    rows = accounts[graph.content_accounts] & contents[content_of_row]
    edges = accounts[graph.edge_accounts] & contents[graph.account_contents]
    n_accounts, n_contents = int(accounts.sum()), int(contents.sum())
    cut = BipartiteGraph(
        account_names=graph.account_names.filter(pa.array(accounts)),
        content_names=graph.content_names.filter(pa.array(contents)),
        content_starts=_starts(new_content[content_of_row[rows]], n_contents),
        content_accounts=new_account[graph.content_accounts[rows]],
        content_times=graph.content_times[rows],
        content_rows=graph.content_rows[rows],
        account_starts=_starts(new_account[graph.edge_accounts[edges]], n_accounts),
        account_contents=new_content[graph.account_contents[edges]],
        resolution_s=graph.resolution_s,
    )
    return Part(cut, np.flatnonzero(accounts).astype(np.int32), np.flatnonzero(contents).astype(np.int32))


def _starts(codes: np.ndarray, n: int) -> np.ndarray:
    starts = np.zeros(n + 1, np.int64)
    np.cumsum(np.bincount(codes, minlength=n), out=starts[1:])
    return starts
