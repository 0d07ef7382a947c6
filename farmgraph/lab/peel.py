"""FRAUDAR: peel a bipartite graph down to its densest block, popular contents counting for little."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice

import numpy as np
import pandas as pd
from numba import njit

from farmgraph.detect.clusters import CONTENT_COLUMNS, MEMBER_COLUMNS, Clusters
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.blocks import inside_edges
from farmgraph.graph.layout import grouped
from farmgraph.runtime import require, whole_number

SMOOTHING = 5.0


@dataclass(frozen=True, eq=False)
class Block:
    """One block: codes of its accounts and contents (int32, ascending), and its score g."""

    accounts: np.ndarray
    contents: np.ndarray
    score: float


def fraudar(graph: BipartiteGraph, *, n_blocks: int = 1) -> Clusters:
    """Find dense blocks as FRAUDAR does: drop the least connected until the average is largest.

    Parameters
    ----------
    graph : BipartiteGraph
        Times are not used.
    n_blocks : int
        How many blocks to find, one after the other, 1 or more. Fewer come back where no edge is left.

    Returns
    -------
    Clusters
        ``values`` holds the score g of each block; clusters are numbered by it, largest first. A block may
        hold a single account.

    Raises
    ------
    UsageError
        If `n_blocks` cannot be used.

    Notes
    -----
    g(S) = (sum of the weights of the edges inside S) / (accounts + contents of S), where an edge to content j
    weighs 1 / ln(d_j + 5) and d_j is the number of accounts of j in the input. Greedy: the account or
    content that loses least is dropped first, and of all steps the one with the largest g is returned. It
    reaches at least half of the largest possible g. For the next block the edges of the last one are deleted
    and the weights are computed again.

    The paper leaves ties to the order of the input. Here, at equal loss, accounts go before contents, and
    those with the fewest actions go first; at equal g (to twelve digits) the smaller block is returned.

    O(edges log(accounts + contents)) per block. Says nothing about chance: it always returns a block.

    References
    ----------
    Hooi et al., FRAUDAR: Bounding Graph Fraud in the Face of Camouflage, KDD 2016.

    Examples
    --------
    >>> import farmgraph as fg
    >>> from farmgraph.lab.peel import fraudar
    >>> found = fraudar(fg.bipartite(fg.datasets.load("fraudar_example")))
    >>> len(found.accounts_of(1)), len(found.contents_of(1)), round(float(found.values[1]), 6)
    (20, 20, 3.049029)
    """
    require(graph, BipartiteGraph, way_out="Build it with fg.bipartite(log).")
    whole_number(n_blocks, name="n_blocks", least=1)
    return blocks_as_clusters(list(islice(peel(graph), n_blocks)), graph, n_blocks)


def peel(graph: BipartiteGraph) -> Iterator[Block]:
    """Find one block after the other, each in what the earlier ones left, until no edge is left."""
    accounts, contents = graph.edge_accounts, graph.account_contents
    while len(accounts):
        of_accounts, of_contents = _densest(accounts, contents, graph.n_accounts, graph.n_contents)
        inside = of_accounts[accounts] & of_contents[contents]
        weights = _content_weights(contents, graph.n_contents)[contents[inside]]
        score = float(weights.sum() / (of_accounts.sum() + of_contents.sum()))
        chosen = [np.flatnonzero(of).astype(np.int32) for of in (of_accounts, of_contents)]
        yield Block(accounts=chosen[0], contents=chosen[1], score=score)
        accounts, contents = accounts[~inside], contents[~inside]


def blocks_as_clusters(blocks: list[Block], graph: BipartiteGraph, n_blocks: int) -> Clusters:
    """Put names on blocks, the largest score first."""
    members, found = [], []
    blocks = sorted(blocks, key=lambda block: -block.score)
    for number, block in enumerate(blocks, start=1):
        edges = inside_edges(block.accounts, block.contents, graph)
        of_account = np.searchsorted(block.accounts, graph.edge_accounts[edges])
        of_content = np.searchsorted(block.contents, graph.account_contents[edges])
        per_account = np.bincount(of_account, minlength=len(block.accounts))
        per_content = np.bincount(of_content, minlength=len(block.contents))
        first = np.argsort(-per_account, kind="stable")
        names, scores = (
            graph.names_of_accounts(block.accounts[first]),
            per_account[first] / len(block.contents),
        )
        members.append(pd.DataFrame(dict(zip(MEMBER_COLUMNS, (number, names, scores), strict=True))))
        first = np.argsort(-per_content, kind="stable")
        names = graph.names_of_contents(block.contents[first])
        found.append(
            pd.DataFrame(dict(zip(CONTENT_COLUMNS, (number, names, per_content[first]), strict=True)))
        )
    index = pd.Index(range(1, len(blocks) + 1), name="cluster")
    return Clusters(
        members=pd.concat(members, ignore_index=True),
        contents=pd.concat(found, ignore_index=True),
        values=pd.Series([block.score for block in blocks], index=index, name="value", dtype=float),
        method="fraudar",
        parameters={"n_blocks": n_blocks},
        notes=() if len(blocks) == n_blocks else (f"No edge was left after {len(blocks):,} blocks.",),
    )


def _content_weights(contents: np.ndarray, n_contents: int) -> np.ndarray:
    return np.asarray(1 / np.log(np.bincount(contents, minlength=n_contents) + SMOOTHING))


def _densest(
    accounts: np.ndarray, contents: np.ndarray, n_accounts: int, n_contents: int
) -> tuple[np.ndarray, np.ndarray]:
    """Return who is in the best prefix of the peel: bool per account, bool per content."""
    edges = np.arange(len(accounts))
    account_starts, by_account = grouped(accounts, edges, n_accounts)
    content_starts, by_content = grouped(contents, edges, n_contents)
    left_at = _peel(
        account_starts,
        contents[by_account],
        content_starts,
        accounts[by_content],
        _content_weights(contents, n_contents),
    )
    return left_at[n_contents:] < 0, left_at[:n_contents] < 0


@njit(nogil=True, cache=True)
def _peel(account_starts, account_contents, content_starts, content_accounts, weights):  # type: ignore[no-untyped-def]
    """Peel to the end; return the step at which each node left, -1 for those of the best prefix.

    Nodes are contents, then accounts. A tree of minima over them gives the next node: its leaves are the
    losses, every inner node is the smaller of its two children. At a tie the way down goes right.
    """
    n_accounts, n_contents = len(account_starts) - 1, len(content_starts) - 1
    n = n_accounts + n_contents
    size = 1
    while size < n:
        size *= 2
    tree = np.full(2 * size, np.inf)
    total = 0.0
    for c in range(n_contents):
        tree[size + c] = weights[c] * (content_starts[c + 1] - content_starts[c])
        total += tree[size + c]
    for u in range(n_accounts):
        leaf = size + n_contents + u
        tree[leaf] = 0.0
        for k in range(account_starts[u], account_starts[u + 1]):
            tree[leaf] += weights[account_contents[k]]
    for i in range(size - 1, 0, -1):
        tree[i] = min(tree[2 * i], tree[2 * i + 1])

    left_at = np.full(n, n, np.int64)
    best, best_step = total / n, 0
    for step in range(n - 1):
        i = 1
        while i < size:
            i = 2 * i + 1 if tree[2 * i + 1] <= tree[2 * i] else 2 * i
        node = i - size
        total -= tree[i]
        left_at[node] = step
        _set(tree, i, np.inf)
        if node < n_contents:
            for k in range(content_starts[node], content_starts[node + 1]):
                leaf = size + n_contents + content_accounts[k]
                if tree[leaf] != np.inf:
                    _set(tree, leaf, tree[leaf] - weights[node])
        else:
            for k in range(account_starts[node - n_contents], account_starts[node - n_contents + 1]):
                c = account_contents[k]
                if tree[size + c] != np.inf:
                    _set(tree, size + c, tree[size + c] - weights[c])
        score = total / (n - step - 1)
        # Sums of many steps agree to some twelve digits.
        if score >= best * (1 - 1e-12):
            best, best_step = max(best, score), step + 1
    for node in range(n):
        if left_at[node] >= best_step:
            left_at[node] = -1
    return left_at


@njit(nogil=True, cache=True)
def _set(tree, leaf, value):  # type: ignore[no-untyped-def]
    """Change a leaf and the minima above it."""
    tree[leaf] = value
    i = leaf // 2
    while i >= 1:
        smaller = min(tree[2 * i], tree[2 * i + 1])
        if tree[i] == smaller:
            break
        tree[i] = smaller
        i //= 2
