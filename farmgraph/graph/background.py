"""What the rest of the log says about a block, once the block itself is left out.

A block must not explain itself. So its own edges are taken out, its accounts go to the topic on which most of
their other edges fall, and its contents to the topic of most of their other visitors: a farm that has become a
topic of its own dissolves, and a fan club stays where its members' interests are.
"""

from dataclasses import dataclass

import numpy as np
from numba import njit

from farmgraph.graph.bipartite import BipartiteGraph
from farmgraph.graph.layout import grouped
from farmgraph.graph.scratch import zeros
from farmgraph.graph.topics import SMOOTHING, Topics

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
    topics, graph, k = model.topics, model.graph, model.topics.n_topics
    edges, removed, votes_of_account, votes_of_content = _tally(
        accounts,
        contents,
        graph.account_starts,
        graph.account_contents,
        model.content_starts,
        model.content_accounts,
        topics.of_account,
        topics.of_content,
        zeros("accounts", graph.n_accounts, np.bool_),
        zeros("contents", graph.n_contents, np.bool_),
        k,
    )
    of_account, of_content = topics.of_account[accounts], topics.of_content[contents]
    held = float((removed**2).sum() / max((removed * topics.edges).sum(), 1.0))
    density = len(edges) / max(len(accounts) * len(contents), 1)
    new_account, new_content = _voted(votes_of_account, of_account), _voted(votes_of_content, of_content)
    rest = topics.edges - removed
    rest += _by_topic(new_account, votes_of_account) - _by_topic(of_account, votes_of_account)
    rest += (_by_topic(new_content, votes_of_content) - _by_topic(of_content, votes_of_content)).T
    d, n = votes_of_account.sum(1), votes_of_content.sum(1)
    rates, more_d, more_n = _with_a_hole(
        rest,
        np.bincount(new_account, weights=d, minlength=k),
        np.bincount(new_content, weights=n, minlength=k),
        topics.edges.sum(),
    )
    activity, popularity = d * more_d[new_account] + 1.0, n * more_n[new_content] + 1.0
    return Background(edges, new_account, new_content, activity, popularity, rates, density, held)


@njit(nogil=True, cache=True)
def _tally(  # type: ignore[no-untyped-def]
    accounts,
    contents,
    account_starts,
    account_contents,
    content_starts,
    content_accounts,
    of_account,
    of_content,
    is_account,
    is_content,
    k,
):
    """Count the edges of a block's accounts and contents: inside, and outside by the topic that they lead to.

    `is_account` and `is_content` (bool by code) are False before and after. Returns positions of the edges inside,
    their number by (topic, topic), and votes (float64) of the edges outside, shapes (accounts, topics of contents)
    and (contents, topics of accounts).
    """
    n_edges = 0
    for a in accounts:
        n_edges += account_starts[a + 1] - account_starts[a]
    edges = np.empty(n_edges, np.int64)
    removed = np.zeros((k, k))
    votes_of_account = np.zeros((len(accounts), k))
    votes_of_content = np.zeros((len(contents), k))
    # From here on nothing takes memory, so that nothing can fail before the masks are False again.
    is_account[accounts] = True
    is_content[contents] = True
    n = 0
    for row in range(len(accounts)):
        a = accounts[row]
        for i in range(account_starts[a], account_starts[a + 1]):
            c = account_contents[i]
            if is_content[c]:
                edges[n] = i
                n += 1
                removed[of_account[a], of_content[c]] += 1
            else:
                votes_of_account[row, of_content[c]] += 1
    for row in range(len(contents)):
        c = contents[row]
        for i in range(content_starts[c], content_starts[c + 1]):
            if not is_account[content_accounts[i]]:
                votes_of_content[row, of_account[content_accounts[i]]] += 1
    is_account[accounts] = False
    is_content[contents] = False
    return edges[:n].copy(), removed, votes_of_account, votes_of_content


def _voted(votes: np.ndarray, now: np.ndarray) -> np.ndarray:
    """Return for each node the topic that most votes name, ties to the first; the present one without votes."""
    return np.where(votes.any(1), votes.argmax(1), now).astype(np.int32)


@njit(nogil=True, cache=True)
def _by_topic(of_node, votes):  # type: ignore[no-untyped-def]
    """Add up the votes of nodes of one topic: float64, shape (n_topics, n_topics)."""
    total = np.zeros((votes.shape[1], votes.shape[1]))
    for row in range(len(votes)):
        for topic in range(votes.shape[1]):
            total[of_node[row], topic] += votes[row, topic]
    return total


@njit(nogil=True, cache=True)
def _with_a_hole(rest, of_block_accounts, of_block_contents, n_all):  # type: ignore[no-untyped-def]
    """Fit rates to edges outside a block: (rates, factor by topic for its accounts, factor for its contents).

    What a member does elsewhere is less than what it would do without the block, by the share of its interests that
    lies inside. Without the factors (quasi-independence, fitted in turns; at most 4) half of a random log would be
    expected to hold a third of the edges that it does.
    """
    k = len(rest)
    other_accounts, other_contents = np.zeros(k), np.zeros(k)
    for i in range(k):
        for j in range(k):
            other_accounts[i] += rest[i, j]
            other_contents[j] += rest[i, j]
    other_accounts -= of_block_accounts
    other_contents -= of_block_contents
    more_d, more_n, rates = np.ones(k), np.ones(k), np.zeros((k, k))
    for _ in range(ROUNDS):
        by_d, by_n = np.zeros(k), np.zeros(k)
        for i in range(k):
            for j in range(k):
                inside_d, inside_n = more_d[i] * of_block_accounts[i], more_n[j] * of_block_contents[j]
                exposure = (other_accounts[i] + inside_d) * (
                    other_contents[j] + inside_n
                ) - inside_d * inside_n
                rates[i, j] = (rest[i, j] + SMOOTHING) / (exposure + SMOOTHING * n_all)
                by_d[i] += rates[i, j] * other_contents[j]
                by_n[j] += other_accounts[i] * rates[i, j]
        for i in range(k):
            more_d[i] = 1 / min(max(by_d[i], 1 / MOST_MORE), 1.0)
            more_n[i] = 1 / min(max(by_n[i], 1 / MOST_MORE), 1.0)
    return rates, more_d, more_n


def edges_from(nodes: np.ndarray, starts: np.ndarray) -> np.ndarray:
    """Return the positions of all edges of some nodes, node by node."""
    lengths = starts[nodes + 1] - starts[nodes]
    first = np.repeat(starts[nodes] - np.cumsum(lengths) + lengths, lengths)
    return first + np.arange(lengths.sum())
