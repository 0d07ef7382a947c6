"""What shared interest explains: expected edges under a degree-corrected topic model.

An account of topic k acts on a content of topic l at the rate d n omega[k, l]: d and n are
how busy the account and how popular the content is, omega how much that topic likes the
other (Karrer & Newman 2011, for two kinds of nodes). Topics are coarse communities of the
bipartite graph. Small communities are no topics: a farm must not become its own excuse.
"""

from dataclasses import dataclass

import numpy as np

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.communities import bipartite_communities

RESOLUTION = 1.5
SMALLEST_SHARE = 0.04
SMALLEST_ACCOUNTS = 100
DENSE = 0.25
ROUNDS = 5
MOST_EDGES = 2_500_000
"""Edges in which communities are looked for; of a larger log every k-th account."""
BYTES_PER_EDGE = 250
"""Memory that the search takes for each of these, measured."""
SMOOTHING = 0.5


@dataclass(frozen=True, eq=False)
class Topics:
    """Topics of accounts and contents, and how often each pair of topics meets.

    Attributes
    ----------
    of_account, of_content : numpy.ndarray
        int32 topic of each code.
    edges : numpy.ndarray
        float64, shape (n_topics, n_topics): distinct edges from accounts of topic k to contents of topic l.
    rates : numpy.ndarray
        float64, same shape: omega, expected edges per unit of d n.
    """

    of_account: np.ndarray
    of_content: np.ndarray
    edges: np.ndarray
    rates: np.ndarray

    @property
    def n_topics(self) -> int:
        """Number of topics."""
        return len(self.edges)


def topics(graph: BipartiteGraph, *, seed: int = 0) -> Topics:
    """Fit topics to a graph.

    Parameters
    ----------
    graph : BipartiteGraph
    seed : int
        Seed of the community search.

    Returns
    -------
    Topics
        At least one topic; with one it is the plain degree model.

    Notes
    -----
    Leiden with modularity at resolution 1.5 on the bipartite edges. Communities of fewer than 4 % of
    the accounts or fewer than 100, and communities in which more than a quarter of all possible edges
    exist, are too small or too dense to be topics; their members go to the topic on which most of their
    edges fall, in up to five rounds. O(edges) per round. Of a graph with more than 2.5 million edges every k-th account
    and all its edges are looked at, and the others go where most of their edges lead: topics are coarse, so that a
    part shows them as well as the whole.

    It does not claim that the topics mean anything to a reader.

    Examples
    --------
    >>> import pandas as pd, farmgraph as fg
    >>> log = fg.read(pd.DataFrame({"user": ["a", "b"], "page": ["p", "p"]}))
    >>> topics(fg.bipartite(log)).n_topics
    1
    """
    edge_accounts, edge_contents = graph.edge_accounts, graph.account_contents
    of_account, of_content, n_topics = _communities(graph, seed)
    if n_topics > 1:
        of_account, of_content = _reassign(of_account, of_content, edge_accounts, edge_contents, n_topics)
    edges = pair_counts(of_account, of_content, edge_accounts, edge_contents, n_topics)
    return Topics(of_account, of_content, edges, edge_rates(edges, edges.sum()))


def _communities(graph: BipartiteGraph, seed: int) -> tuple[np.ndarray, np.ndarray, int]:
    """Return topics of those accounts and contents that have one yet (-1 elsewhere), and their number, at least 1."""
    accounts, edge_accounts, edge_contents = _even_part(graph)
    contents, rank = np.unique(edge_contents, return_inverse=True)
    of_account, of_content = bipartite_communities(
        edge_accounts, rank, len(accounts), len(contents), resolution=RESOLUTION, seed=seed
    )
    kept = _large_and_loose(of_account, of_content, edge_accounts, rank)
    if len(kept) < 2:
        return np.zeros(graph.n_accounts, np.int32), np.zeros(graph.n_contents, np.int32), 1
    label = np.full(int(max(of_account.max(), of_content.max())) + 1, -1, np.int32)
    label[kept] = np.arange(len(kept), dtype=np.int32)
    account_topics = np.full(graph.n_accounts, -1, np.int32)
    content_topics = np.full(graph.n_contents, -1, np.int32)
    account_topics[accounts], content_topics[contents] = label[of_account], label[of_content]
    return account_topics, content_topics, len(kept)


def _even_part(graph: BipartiteGraph) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Return every k-th account, and its edges (places among these accounts, contents): all where they are not many.

    Codes go by activity, so that every k-th account is as busy as the others.
    """
    every = -(-graph.n_edges // MOST_EDGES)
    if every == 1:
        return np.arange(graph.n_accounts), graph.edge_accounts, graph.account_contents
    chosen = graph.edge_accounts % every == 0
    return (
        np.arange(0, graph.n_accounts, every),
        graph.edge_accounts[chosen] // every,
        graph.account_contents[chosen],
    )


def memory_needed(n_edges: int) -> int:
    """Return about how many bytes the search for topics takes in a graph of so many edges."""
    return BYTES_PER_EDGE * min(n_edges, MOST_EDGES)


def pair_counts(
    account_topics: np.ndarray,
    content_topics: np.ndarray,
    edge_accounts: np.ndarray,
    edge_contents: np.ndarray,
    n_topics: int,
) -> np.ndarray:
    """Count edges by (topic of account, topic of content): float64, shape (n_topics, n_topics)."""
    from farmgraph.graph.votes import count_pairs

    counts: np.ndarray = count_pairs(account_topics, content_topics, edge_accounts, edge_contents, n_topics)
    return counts


def edge_rates(edges: np.ndarray, n_all: float) -> np.ndarray:
    """Return omega: edges per unit of (account degree x content degree), by pair of topics.

    Each rate is drawn towards 1 / n_all, the rate without topics in a log of n_all edges, with the weight of half
    an edge, so that a pair of topics that hardly meets has a rate above 0.
    """
    exposure = np.outer(edges.sum(1), edges.sum(0))
    return (edges + SMOOTHING) / (exposure + SMOOTHING * n_all)


def _large_and_loose(
    of_account: np.ndarray, of_content: np.ndarray, edge_accounts: np.ndarray, edge_contents: np.ndarray
) -> np.ndarray:
    n_found = int(max(of_account.max(), of_content.max())) + 1
    n_accounts = np.bincount(of_account, minlength=n_found)
    n_contents = np.bincount(of_content, minlength=n_found)
    inside = of_account[edge_accounts] == of_content[edge_contents]
    n_inside = np.bincount(of_account[edge_accounts[inside]], minlength=n_found)
    density = n_inside / np.maximum(n_accounts * n_contents, 1)
    smallest = max(SMALLEST_ACCOUNTS, SMALLEST_SHARE * len(of_account))
    return np.flatnonzero((n_accounts >= smallest) & (n_contents > 0) & (density <= DENSE))


def _reassign(
    of_account: np.ndarray,
    of_content: np.ndarray,
    edge_accounts: np.ndarray,
    edge_contents: np.ndarray,
    n_topics: int,
) -> tuple[np.ndarray, np.ndarray]:
    """Send nodes without a topic (-1) where most of their edges lead; the first topic takes what leads nowhere."""
    from farmgraph.graph.votes import vote

    lost_accounts, lost_contents = of_account < 0, of_content < 0
    for _ in range(ROUNDS):
        before = (of_account, of_content)
        of_content = vote(of_content, lost_contents, edge_contents, of_account, edge_accounts, n_topics)
        of_account = vote(of_account, lost_accounts, edge_accounts, of_content, edge_contents, n_topics)
        if np.array_equal(before[0], of_account) and np.array_equal(before[1], of_content):
            break
    return np.maximum(of_account, 0), np.maximum(of_content, 0)
