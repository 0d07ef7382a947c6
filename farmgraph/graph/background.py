"""What the rest of the log says about a block, once the block itself is left out.

A block must not explain itself. So its own edges are taken out, its accounts go to the topic on which most of
their other edges fall, and its contents to the topic of most of their other visitors: a farm that has become a
topic of its own dissolves, and a fan club stays where its members' interests are.
"""

from dataclasses import dataclass

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import group_order
from farmgraph.graph.topics import DENSE, SMOOTHING, Topics, pair_counts

LARGEST_HELD = 0.5
ROUNDS = 8
MOST_MORE = 4.0


@dataclass(frozen=True, eq=False)
class Expectation:
    """A graph with its topics, arranged so that blocks can be priced quickly.

    Attributes
    ----------
    graph : BipartiteGraph
    topics : Topics
    account_degrees, content_degrees : numpy.ndarray
        int64 distinct neighbours.
    content_starts, content_accounts : numpy.ndarray
        CSR from contents to their distinct accounts (int32, ascending).
    """

    graph: BipartiteGraph
    topics: Topics
    account_degrees: np.ndarray
    content_degrees: np.ndarray
    content_starts: np.ndarray
    content_accounts: np.ndarray


def expectation(graph: BipartiteGraph, topics: Topics) -> Expectation:
    """Arrange a graph and its topics for pricing blocks; O(edges)."""
    starts, positions = group_order(graph.account_contents, np.arange(graph.n_edges), graph.n_contents)
    return Expectation(
        graph,
        topics,
        graph.account_degrees,
        graph.content_degrees,
        starts,
        graph.edge_accounts[positions],
    )


@dataclass(frozen=True, eq=False)
class Background:
    """What the rest of the log says about a block.

    Attributes
    ----------
    edges : numpy.ndarray
        int64 positions of the block's edges in `account_contents`, ascending.
    of_account, of_content : numpy.ndarray
        int32 topic of each of its accounts and contents.
    activity, popularity : numpy.ndarray
        float64: how busy each of its accounts and how popular each of its contents would be without the block.
    rates : numpy.ndarray
        omega by (topic of account, topic of content): expected edges per activity x popularity.
    density : float
        Share of the block's cells that hold an edge.
    own_left_out : bool
        Whether the block's own edges were left out.
    """

    edges: np.ndarray
    of_account: np.ndarray
    of_content: np.ndarray
    activity: np.ndarray
    popularity: np.ndarray
    rates: np.ndarray
    density: float
    own_left_out: bool


def background(accounts: np.ndarray, contents: np.ndarray, model: Expectation) -> Background:
    """Return what a block is compared with.

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    model : Expectation

    Returns
    -------
    Background

    Notes
    -----
    The block's own edges are left out unless it is loose enough to be a topic (`farmgraph.graph.topics.DENSE`) and
    holds more than half of its topics' edges: then the rest of the topic is too small to speak, and a whole topic
    would look like a block in its own absence.

    An account that does nothing else keeps its topic, as does a content that nobody else visits. To each activity and
    popularity one edge is added, so that nobody is expected to do nothing at all. O(edges of the
    accounts + edges of the contents + n_topics^2).
    """
    topics, graph, k = model.topics, model.graph, model.topics.n_topics
    mine = edges_from(accounts, graph.account_starts)
    what = graph.account_contents[mine]
    inside = np.isin(what, contents)
    edges = mine[inside]
    who = np.repeat(np.arange(len(accounts)), graph.account_degrees[accounts])
    of_account, of_content = topics.of_account[accounts], topics.of_content[contents]
    removed = pair_counts(of_account[who[inside]], topics.of_content[what[inside]], k)
    held = float((removed**2).sum() / max((removed * topics.edges).sum(), 1.0))
    density = len(edges) / max(len(accounts) * len(contents), 1)
    if held > LARGEST_HELD and density <= DENSE:
        d, n = model.account_degrees[accounts].astype(float), model.content_degrees[contents].astype(float)
        return Background(edges, of_account, of_content, d, n, topics.rates, density, own_left_out=False)
    who, what = who[~inside], topics.of_content[what[~inside]]
    visitors = model.content_accounts[edges_from(contents, model.content_starts)]
    outside = ~np.isin(visitors, accounts)
    where = np.repeat(np.arange(len(contents)), model.content_degrees[contents])[outside]
    visitors = topics.of_account[visitors[outside]]
    new_account = _vote(who, what, of_account, k)
    new_content = _vote(where, visitors, of_content, k)
    rest = topics.edges - removed
    rest += pair_counts(new_account[who], what, k) - pair_counts(of_account[who], what, k)
    rest += pair_counts(visitors, new_content[where], k) - pair_counts(visitors, of_content[where], k)
    d, n = np.bincount(who, minlength=len(accounts)), np.bincount(where, minlength=len(contents))
    rates, more_d, more_n = _with_a_hole(
        rest,
        np.bincount(new_account, weights=d, minlength=k),
        np.bincount(new_content, weights=n, minlength=k),
        topics.edges.sum(),
    )
    activity, popularity = d * more_d[new_account] + 1.0, n * more_n[new_content] + 1.0
    return Background(
        edges, new_account, new_content, activity, popularity, rates, density, own_left_out=True
    )


def _with_a_hole(
    rest: np.ndarray, of_block_accounts: np.ndarray, of_block_contents: np.ndarray, n_all: float
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Fit rates to edges outside a block: (rates, factor by topic for its accounts, factor for its contents).

    What a member does elsewhere is less than what it would do without the block, by the share of its interests that
    lies inside. Without the factors (quasi-independence, fitted in turns; at most 4) half of a random log would be
    expected to hold a third of the edges that it does.
    """
    other_accounts = rest.sum(1) - of_block_accounts
    other_contents = rest.sum(0) - of_block_contents
    more_d, more_n = np.ones(len(rest)), np.ones(len(rest))
    rates = rest
    for _ in range(ROUNDS):
        inside_d, inside_n = more_d * of_block_accounts, more_n * of_block_contents
        exposure = np.outer(other_accounts + inside_d, other_contents + inside_n) - np.outer(
            inside_d, inside_n
        )
        rates = (rest + SMOOTHING) / (exposure + SMOOTHING * n_all)
        more_d = 1 / np.clip(rates @ other_contents, 1 / MOST_MORE, 1)
        more_n = 1 / np.clip(other_accounts @ rates, 1 / MOST_MORE, 1)
    return rates, more_d, more_n


def edges_from(nodes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the positions of all edges of some nodes, node by node."""
    lengths = starts[nodes + 1] - starts[nodes]
    first = np.repeat(starts[nodes] - np.cumsum(lengths) + lengths, lengths)
    return first + np.arange(lengths.sum())


def _vote(nodes: np.ndarray, votes: np.ndarray, now: np.ndarray, k: int) -> np.ndarray:
    """Return for each node the topic that most votes name, ties to the first; the present one without votes."""
    counts = np.bincount(nodes * k + votes, minlength=len(now) * k).reshape(len(now), k)
    return np.where(counts.any(1), counts.argmax(1), now).astype(np.int32)
