"""What the rest of the log says about a block, once the block itself is left out.

A block must not explain itself. So its own edges are taken out, its accounts go to the topic on which most of
their other edges fall, and its contents to the topic of most of their other visitors: a farm that has become a
topic of its own dissolves, and a fan club stays where its members' interests are.
"""

from dataclasses import dataclass

import numpy as np

from farmgraph.graph import blockkernels as kernels
from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import grouped
from farmgraph.graph.scratch import zeros
from farmgraph.graph.topics import Topics


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

    @property
    def arrays(self) -> kernels.Model:
        """What the kernels need of it."""
        return kernels.Model(
            account_starts=self.graph.account_starts,
            account_contents=self.graph.account_contents,
            content_starts=self.content_starts,
            content_accounts=self.content_accounts,
            account_degrees=self.account_degrees,
            content_degrees=self.content_degrees,
            account_topics=self.topics.of_account,
            content_topics=self.topics.of_content,
            topic_edges=self.topics.edges,
        )


def expectation(graph: BipartiteGraph, topics: Topics) -> Expectation:
    """Arrange a graph and its topics for pricing blocks; O(edges)."""
    starts, accounts = grouped(graph.account_contents, graph.edge_accounts, graph.n_contents)
    return Expectation(graph, topics, graph.account_degrees, graph.content_degrees, starts, accounts)


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
    held : float
        Share of its topics' edges that are the block's own, weighted by where they are: near 1 for a whole topic, of
        which the rest is too small to say what interest explains.
    """

    edges: np.ndarray
    of_account: np.ndarray
    of_content: np.ndarray
    activity: np.ndarray
    popularity: np.ndarray
    rates: np.ndarray
    density: float
    held: float


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
    An account that does nothing else keeps its topic, as does a content that nobody else visits. To each activity and
    popularity one edge is added, so that nobody is expected to do nothing at all. O(edges of the
    accounts + edges of the contents + n_topics^2).
    """
    scratch = scratch_for(model.graph)
    rest = kernels.rest_without(accounts, contents, model.arrays, scratch)
    graph = model.graph
    edges = kernels.edges_inside(
        accounts, contents, graph.account_starts, graph.account_contents, scratch.is_content
    )
    return Background(edges=edges, **rest._asdict())


def scratch_for(graph: BipartiteGraph) -> kernels.Scratch:
    """Return this thread's masks and counters for a graph."""
    return kernels.Scratch(
        is_account=zeros("accounts", graph.n_accounts, np.bool_),
        is_content=zeros("contents", graph.n_contents, np.bool_),
        account_counter=zeros("account counter", graph.n_accounts, np.int32),
        content_counter=zeros("content counter", graph.n_contents, np.int32),
    )


def edges_from(nodes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the positions of all edges of some nodes, node by node."""
    lengths = starts[nodes + 1] - starts[nodes]
    first = np.repeat(starts[nodes] - np.cumsum(lengths) + lengths, lengths)
    return first + np.arange(lengths.sum())
