"""What the rest of the log says about a block, once the block itself is left out.

A block must not explain itself. So its own edges are taken out, its accounts go to the topic on which most of
their other edges fall, and its contents to the topic of most of their other visitors: a farm that has become a
topic of its own dissolves, and a fan club stays where its members' interests are.
"""

from dataclasses import dataclass

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import group_order
from farmgraph.graph.topics import Topics, edge_rates, pair_counts


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
    n_of_account, n_of_content : numpy.ndarray
        int64 edges of each of its accounts and contents.
    of_account, of_content : numpy.ndarray
        int32 topic of each of its accounts and contents.
    rates : numpy.ndarray
        omega by (topic of account, topic of content).
    held : float
        Share of its topics' edges that are the block's own, weighted by where its edges are: near 1 for a block
        that is a whole topic.
    own_left_out : bool
        Whether the block's own edges were left out of topics, rates and degrees.
    """

    edges: np.ndarray
    n_of_account: np.ndarray
    n_of_content: np.ndarray
    of_account: np.ndarray
    of_content: np.ndarray
    rates: np.ndarray
    held: float
    own_left_out: bool

    @property
    def density(self) -> float:
        """Share of the block's cells that hold an edge."""
        return len(self.edges) / max(len(self.n_of_account) * len(self.n_of_content), 1)

    def degrees(self, degrees: np.ndarray, n_inside: np.ndarray) -> np.ndarray:
        """Return degrees without edges inside, one added so that nobody is expected to do nothing at all."""
        return degrees - n_inside + 1.0 if self.own_left_out else degrees.astype(float)


def background(
    accounts: np.ndarray, contents: np.ndarray, model: Expectation, *, leave_out: bool = True
) -> Background:
    """Return what a block is compared with.

    Parameters
    ----------
    accounts, contents : numpy.ndarray
        int32 codes, ascending.
    model : Expectation
    leave_out : bool
        Whether the block's own edges are left out. With them a block explains itself in part, so that it looks
        less unusual than it is.

    Returns
    -------
    Background

    Notes
    -----
    An account that does nothing else keeps its topic, as does a content that nobody else visits. O(edges of the
    accounts + edges of the contents + n_topics^2).
    """
    topics, graph, k = model.topics, model.graph, model.topics.n_topics
    mine = edges_from(accounts, graph.account_starts)
    what = graph.account_contents[mine]
    inside = np.isin(what, contents)
    edges = mine[inside]
    who = np.repeat(np.arange(len(accounts)), graph.account_degrees[accounts])
    n_of_account = np.bincount(who[inside], minlength=len(accounts))
    n_of_content = np.bincount(np.searchsorted(contents, what[inside]), minlength=len(contents))
    of_account, of_content = topics.of_account[accounts], topics.of_content[contents]
    removed = pair_counts(of_account[who[inside]], topics.of_content[what[inside]], k)
    held = float((removed**2).sum() / max((removed * topics.edges).sum(), 1.0))
    rest = topics.edges
    if leave_out:
        who, what = who[~inside], topics.of_content[what[~inside]]
        theirs = edges_from(contents, model.content_starts)
        visitors = model.content_accounts[theirs]
        outside = ~np.isin(visitors, accounts)
        where = np.repeat(np.arange(len(contents)), model.content_degrees[contents])[outside]
        visitors = topics.of_account[visitors[outside]]
        new_account = _vote(who, what, of_account, k)
        new_content = _vote(where, visitors, of_content, k)
        rest = (
            rest
            - removed
            + (pair_counts(new_account[who], what, k) - pair_counts(of_account[who], what, k))
            + (pair_counts(visitors, new_content[where], k) - pair_counts(visitors, of_content[where], k))
        )
        of_account, of_content = new_account, new_content
    return Background(
        edges=edges,
        n_of_account=n_of_account,
        n_of_content=n_of_content,
        of_account=of_account,
        of_content=of_content,
        rates=edge_rates(rest, topics.edges.sum()),
        held=held,
        own_left_out=leave_out,
    )


def edges_from(nodes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the positions of all edges of some nodes, node by node."""
    lengths = starts[nodes + 1] - starts[nodes]
    first = np.repeat(starts[nodes] - np.cumsum(lengths) + lengths, lengths)
    return first + np.arange(lengths.sum())


def _vote(nodes: np.ndarray, votes: np.ndarray, now: np.ndarray, k: int) -> np.ndarray:
    """Return for each node the topic that most votes name, ties to the first; the present one without votes."""
    counts = np.bincount(nodes * k + votes, minlength=len(now) * k).reshape(len(now), k)
    return np.where(counts.any(1), counts.argmax(1), now).astype(np.int32)
